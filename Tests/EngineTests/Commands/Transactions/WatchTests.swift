import Testing

@testable import Engine

/// WATCH and UNWATCH: the stages "Optimistic locking" and what lies beyond them.
@Suite struct WatchTests {
  /// What EXEC answers to a client that watched `key` before another client ran `lines`.
  private func outcome(
    watching key: String = "key", before: [String] = ["SET key 1"], _ lines: [String], waiting milliseconds: Int64 = 0
  ) -> String {
    var test = TestEngine()
    let client = test.connect()
    let other = test.connect()
    for line in before { _ = test.run(line, from: other) }
    if milliseconds < 0 { test.advance(milliseconds: -milliseconds) }
    #expect(test.run("WATCH \(key)", from: client) == "+OK\r\n")
    for line in lines { _ = test.run(line, from: other) }
    if milliseconds > 0 { test.advance(milliseconds: milliseconds) }
    _ = test.run("MULTI", from: client)
    _ = test.run("PING", from: client)
    return test.run("EXEC", from: client)
  }

  private let ran = "*1\r\n+PONG\r\n"
  private let lost = "*-1\r\n"

  @Test(arguments: [
    ["SET key 1"], ["SET key 2", "SET key 1"], ["APPEND key x"], ["INCR key"], ["DEL key"], ["UNLINK key"],
    ["EXPIRE key 10"], ["PERSIST key", "EXPIRE key 5"], ["RENAME key x"], ["SET x 1", "RENAME x key"],
    ["SET x 1", "COPY x key REPLACE"], ["MOVE key 1"], ["FLUSHDB"], ["FLUSHALL"], ["SWAPDB 0 1"], ["GETDEL key"],
    ["GETEX key EX 5"], ["SETRANGE key 0 x"], ["MSET key 1 x 2"], ["INCRBYFLOAT key 1"], ["GETSET key 1"],
    ["SETEX key 10 v"], ["EXPIRE key -1"],
  ]) func aChangeOfTheKeyLosesTheTransaction(lines: [String]) {
    #expect(outcome(lines) == lost)
  }

  @Test(arguments: [
    ["SET other 1"], ["GET key"], ["DEL other"], ["PERSIST key"], ["TOUCH key"], ["SELECT 1", "SET key 1"],
    ["SELECT 1", "FLUSHDB"], ["SWAPDB 1 2"], ["SETNX key 1"], ["COPY key x"], ["EXPIRE missing 10"],
  ]) func whatDoesNotChangeTheKeyDoesNot(lines: [String]) {
    #expect(outcome(lines) == ran)
  }

  @Test func aMissingKeyThatAppearsIsAChange() {
    #expect(outcome(before: [], ["SET key 1"]) == lost)
    #expect(outcome(before: [], ["SET key 1", "DEL key"]) == lost)
    #expect(outcome(before: ["SELECT 1", "SET key 1"], ["SWAPDB 0 1"]) == lost)
    #expect(outcome(before: ["SELECT 2", "SET key 1", "SELECT 0"], ["MOVE key 0"]) == ran)
    #expect(outcome(before: ["SELECT 2", "SET key 1"], ["MOVE key 0"]) == lost)
  }

  @Test func severalKeys() {
    #expect(outcome(watching: "a b key c", ["SET key 1"]) == lost)
    #expect(outcome(watching: "a b c a a", ["SET key 1"]) == ran)
  }

  @Test func aKeyThatExpiresIsAChange() {
    #expect(outcome(before: ["SET key 1 PX 10"], [], waiting: 20) == lost)
    #expect(outcome(before: ["SET key 1 PX 10"], [], waiting: 5) == ran)
  }

  @Test func oneThatHadExpiredBeforeIsNot() {
    let stale = ["SET key 1 PX 10"]
    #expect(outcome(before: stale, [], waiting: -20) == ran)
    #expect(outcome(before: stale, ["GET key"], waiting: -20) == ran)
    #expect(outcome(before: stale, ["DEL key"], waiting: -20) == ran)
    #expect(outcome(before: stale, ["FLUSHALL"], waiting: -20) == ran)
    #expect(outcome(before: stale, ["SWAPDB 0 1"], waiting: -20) == ran)
    #expect(outcome(before: stale, ["SET key 2"], waiting: -20) == lost)
  }

  @Test func watchesEnd() {
    Transcript.expect(
      """
      WATCH a b                -> +OK
      UNWATCH                  -> +OK
      SET a 1                  -> +OK
      MULTI                    -> +OK
      PING                     -> +QUEUED
      EXEC                     -> *1 +PONG
      WATCH a                  -> +OK
      SET a 2                  -> +OK
      MULTI                    -> +OK
      PING                     -> +QUEUED
      EXEC                     -> *-1
      SET a 3                  -> +OK
      MULTI                    -> +OK
      PING                     -> +QUEUED
      EXEC                     -> *1 +PONG
      WATCH a                  -> +OK
      SET a 4                  -> +OK
      UNWATCH                  -> +OK
      MULTI                    -> +OK
      EXEC                     -> *0
      WATCH a                  -> +OK
      SET a 5                  -> +OK
      MULTI                    -> +OK
      DISCARD                  -> +OK
      MULTI                    -> +OK
      PING                     -> +QUEUED
      EXEC                     -> *1 +PONG
      HELLO 3                  -> \(Self.greeting)
      WATCH a                  -> +OK
      SET a 6                  -> +OK
      MULTI                    -> +OK
      EXEC                     -> _
      """, comparesWithRedis: false)
  }

  private static let greeting =
    "%7 $6 server $5 redis $7 version $5 7.2.4 $5 proto :3 $2 id :1 $4 mode $10 standalone $4 role $6 master "
    + "$7 modules *0"

  @Test func nothingIsLeftOfAClientThatGoes() {
    var test = TestEngine()
    let client = test.connect()
    _ = test.run("WATCH a b", from: client)
    _ = test.run("SUBSCRIBE c", from: client)
    #expect(test.engine.call.watches.keyCount == 2)
    #expect(test.run("INFO clients", from: test.connect()).contains("total_watched_keys:2") == true)
    test.apply(.disconnected(client))
    #expect(test.engine.call.watches.keyCount == 0)
    #expect(test.engine.call.watches.sessionCount == 0)
    #expect(test.engine.call.subscriberCount == 0)
    #expect(test.engine.call.pubSub.channels.count == 0)
  }
}
