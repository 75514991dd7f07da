import Testing

@testable import Engine

/// `notify-keyspace-events`: what is told of which command.
@Suite struct KeyspaceNotificationTests {
  /// The events (`event key`) that `lines` cause; an event of another database has `@database` behind it.
  private func events(_ classes: String, _ lines: [String], waiting: Int64 = 0) -> [String] {
    var test = TestEngine()
    let listener = test.connect()
    let client = test.connect()
    _ = test.run("PSUBSCRIBE __keyevent@*", from: listener)
    _ = test.run("CONFIG SET notify-keyspace-events \(classes)", from: client)
    for (index, line) in lines.enumerated() {
      if index == lines.count - 1 { test.advance(milliseconds: waiting) }
      _ = test.run(line, from: client)
    }
    var found: [String] = []
    let words = test.output(of: listener).split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
    for index in words.indices where words[index] == "pmessage" {
      let channel = words[index + 4].split(separator: ":")
      let database = channel[0].dropFirst("__keyevent@".count).dropLast(2)
      found.append("\(channel[1]) \(words[index + 6])" + (database == "0" ? "" : "@\(database)"))
    }
    return found
  }

  @Test func strings() {
    #expect(
      events(
        "EA",
        [
          "SET a 1", "SET a 1 EX 10", "SETEX a 10 1", "SETNX b 1", "GETSET a 1", "GETEX a EX 5", "GETEX a PERSIST",
          "APPEND a x", "APPEND fresh x", "SETRANGE a 0 z", "MSET c 1 d 2", "INCR c", "DECRBY c 2", "INCRBYFLOAT c 1",
          "GETDEL c", "GET a",
        ]) == [
          "set a", "set a", "expire a", "set a", "expire a", "set b", "set a", "expire a", "persist a", "append a",
          "append fresh", "setrange a", "set c", "set d", "incrby c", "incrby c", "incrbyfloat c", "del c",
        ])
  }

  @Test func keysOfAnyType() {
    #expect(
      events(
        "Eg",
        [
          "SET a 1", "EXPIRE a 10", "PERSIST a", "RENAME a b", "COPY b c", "COPY b d DB 2", "MOVE b 1", "DEL c none",
          "SET e 1", "EXPIRE e -1", "FLUSHALL",
        ]) == [
          "expire a", "persist a", "rename_from a", "rename_to b", "copy_to c", "copy_to d@2", "move_from b",
          "move_to b@1", "del c", "del e",
        ])
  }

  @Test func newKeysAndMisses() {
    #expect(
      events("E$n", ["SET a 1", "SET a 2", "INCR n", "MSET a 1 x 2", "SETRANGE y 1 z"]) == [
        "new a", "set a", "set a", "new n", "incrby n", "set a", "new x", "set x", "new y", "setrange y",
      ])
    #expect(
      events("En", ["SET a 1", "SET a 2", "RENAME a b", "COPY b c", "MOVE c 1"]) == [
        "new a", "new b", "new c", "new c@1",
      ])
    #expect(
      events("Em", ["GET a", "SET b 1", "GET b", "OBJECT ENCODING z", "EXISTS c", "TTL d", "SET e 1"]) == [
        "keymiss a", "keymiss c", "keymiss d",
      ])
  }

  @Test func expiryAndEviction() {
    #expect(events("Ex", ["SET a 1 PX 10", "GET a"], waiting: 20) == ["expired a"])
    #expect(
      events("Ee", ["SET a 1", "CONFIG SET maxmemory-policy allkeys-lru", "CONFIG SET maxmemory 1", "GET a"]) == [
        "evicted a"
      ])
  }

  @Test func bothKindsOfChannel() {
    var test = TestEngine()
    let listener = test.connect()
    let client = test.connect()
    _ = test.run("PSUBSCRIBE *", from: listener)
    _ = test.run("CONFIG SET notify-keyspace-events KA", from: client)
    _ = test.run("SET a 1", from: client)
    #expect(Transcript.flat(test.output(of: listener)) == "*4 $8 pmessage $1 * $16 __keyspace@0__:a $3 set")
    _ = test.run("CONFIG SET notify-keyspace-events KEA", from: client)
    _ = test.run("SELECT 3", from: client)
    _ = test.run("SET a 1", from: client)
    #expect(
      Transcript.flat(test.output(of: listener))
        == "*4 $8 pmessage $1 * $16 __keyspace@3__:a $3 set *4 $8 pmessage $1 * $18 __keyevent@3__:set $1 a")
    _ = test.run("CONFIG SET notify-keyspace-events \"\"", from: client)
    _ = test.run("SET a 1", from: client)
    #expect(test.output(of: listener) == "")
  }
}
