import Testing

@testable import Engine

/// Commands that wait for keys: who is served when, with what, and what is propagated.
@Suite struct BlockingTests {
  private static func bulks(_ words: String...) -> String {
    "*\(words.count)\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
  }

  // MARK: Who is served

  @Test func servesWhoCameFirst() {
    var test = TestEngine()
    let (first, second, pusher) = (test.connect(), test.connect(), test.connect())
    for waiting in [first, second] {
      let reply = test.run("BLPOP a b 0", from: waiting)
      #expect(reply == "")
    }
    let pushed = test.run("RPUSH b 1", from: pusher)
    #expect(pushed == ":1\r\n")
    let served = test.output(of: first)
    #expect(served == Self.bulks("b", "1"))
    let still = test.output(of: second)
    #expect(still == "")
    _ = test.run("LPUSH a 2 3", from: pusher)
    let next = test.output(of: second)
    #expect(next == Self.bulks("a", "3"))
    let left = test.run("LRANGE a 0 -1", from: pusher)
    #expect(left == Self.bulks("2"))
  }

  @Test func servesManyFromOnePush() {
    var test = TestEngine()
    let waiting = [test.connect(), test.connect(), test.connect()]
    let pusher = test.connect()
    for handle in waiting { _ = test.run("BRPOP a 0", from: handle) }
    let pushed = test.run("RPUSH a 1 2 3 4", from: pusher)
    #expect(pushed == ":4\r\n")
    for (handle, element) in zip(waiting, ["4", "3", "2"]) {
      let reply = test.output(of: handle)
      #expect(reply == Self.bulks("a", element))
    }
  }

  @Test func requestsBehindItWait() {
    var test = TestEngine()
    let (waiting, pusher) = (test.connect(), test.connect())
    let none = test.send(Array("BLPOP a 0\r\nPING\r\nBLPOP a 0\r\nECHO x\r\n".utf8), from: waiting)
    #expect(none == "")
    _ = test.run("RPUSH a 1", from: pusher)
    let first = test.output(of: waiting)
    #expect(first == Self.bulks("a", "1") + "+PONG\r\n")
    _ = test.run("RPUSH a 2", from: pusher)
    let second = test.output(of: waiting)
    #expect(second == Self.bulks("a", "2") + "$1\r\nx\r\n")
  }

  @Test func isServedInTheMiddleOfAPipeline() {
    var test = TestEngine()
    let (waiting, pusher) = (test.connect(), test.connect())
    _ = test.run("BLPOP a 0", from: waiting)
    let replies = test.send(Array("RPUSH a 1\r\nLLEN a\r\nRPUSH a 2\r\nLLEN a\r\n".utf8), from: pusher)
    #expect(replies == ":1\r\n:0\r\n:1\r\n:1\r\n")
    let served = test.output(of: waiting)
    #expect(served == Self.bulks("a", "1"))
  }

  @Test func followsChains() {
    var test = TestEngine()
    let (first, second, third, pusher) = (test.connect(), test.connect(), test.connect(), test.connect())
    _ = test.run("BLMOVE a b LEFT RIGHT 0", from: first)
    _ = test.run("BRPOPLPUSH b c 0", from: second)
    _ = test.run("BLPOP c 0", from: third)
    _ = test.run("RPUSH a 1", from: pusher)
    let replies = [test.output(of: first), test.output(of: second), test.output(of: third)]
    #expect(replies == ["$1\r\n1\r\n", "$1\r\n1\r\n", Self.bulks("c", "1")])
    let left = test.run("EXISTS a b c", from: pusher)
    #expect(left == ":0\r\n")
  }

  @Test func circlesEnd() {
    var test = TestEngine()
    let (first, second, pusher) = (test.connect(), test.connect(), test.connect())
    _ = test.run("BLMOVE a b LEFT LEFT 0", from: first)
    _ = test.run("BLMOVE b a LEFT LEFT 0", from: second)
    _ = test.run("RPUSH a 1", from: pusher)
    let replies = [test.output(of: first), test.output(of: second), test.run("LRANGE a 0 -1", from: pusher)]
    #expect(replies == ["$1\r\n1\r\n", "$1\r\n1\r\n", Self.bulks("1")])
  }

  @Test func waitsOnUntilTheTypeFits() {
    var test = TestEngine()
    let (waiting, pusher) = (test.connect(), test.connect())
    _ = test.run("BLPOP a 0", from: waiting)
    for line in ["SET a x", "DEL a", "ZADD a 1 x", "DEL a"] { _ = test.run(line, from: pusher) }
    let none = test.output(of: waiting)
    #expect(none == "")
    _ = test.run("RPUSH a 1", from: pusher)
    let served = test.output(of: waiting)
    #expect(served == Self.bulks("a", "1"))
    _ = test.run("SET a x", from: pusher)
    let wrong = test.run("BLPOP a 0", from: waiting)
    #expect(wrong.hasPrefix("-WRONGTYPE"))
  }

  @Test func anErrorEndsTheWaiting() {
    var test = TestEngine()
    let (waiting, pusher) = (test.connect(), test.connect())
    _ = test.run("SET b x", from: pusher)
    _ = test.run("BLMOVE a b LEFT LEFT 0", from: waiting)
    _ = test.run("RPUSH a 1", from: pusher)
    let reply = test.output(of: waiting)
    #expect(reply.hasPrefix("-WRONGTYPE"))
    let left = test.run("LLEN a", from: pusher)
    #expect(left == ":1\r\n")
  }

  @Test(arguments: [
    ["RPUSH x 1", "RENAME x a"], ["RPUSH x 1", "COPY x a"], ["SELECT 1", "RPUSH a 1", "MOVE a 0"],
    ["SELECT 1", "RPUSH a 1", "SWAPDB 0 1"], ["LPUSH x 1", "LMOVE x a LEFT LEFT"], ["MULTI", "RPUSH a 1", "EXEC"],
    ["RPUSH x 1", "COPY x a DB 3", "SWAPDB 3 0"],
  ])
  func isServedHoweverTheListComes(lines: [String]) {
    var test = TestEngine()
    let (waiting, pusher) = (test.connect(), test.connect())
    _ = test.run("BLPOP a 0", from: waiting)
    for line in lines { _ = test.run(line, from: pusher) }
    let served = test.output(of: waiting)
    #expect(served == Self.bulks("a", "1"))
  }

  @Test func transactionsAreServedAsAWhole() {
    var test = TestEngine()
    let (waiting, pusher) = (test.connect(), test.connect())
    _ = test.run("BLPOP a 0", from: waiting)
    for line in ["MULTI", "LPUSH a 1", "LPUSH a 2", "DEL a", "EXEC"] { _ = test.run(line, from: pusher) }
    let none = test.output(of: waiting)
    #expect(none == "")
    for line in ["MULTI", "LPUSH a 1", "LPUSH a 2", "LLEN a", "EXEC"] { _ = test.run(line, from: pusher) }
    let served = test.output(of: waiting)
    #expect(served == Self.bulks("a", "2"))
  }

  @Test func servesSortedSets() {
    var test = TestEngine()
    let (lowest, highest, many, pusher) = (test.connect(), test.connect(), test.connect(), test.connect())
    _ = test.run("HELLO 3", from: highest)
    _ = test.run("BZPOPMIN z 0", from: lowest)
    _ = test.run("BZPOPMAX z 0", from: highest)
    _ = test.run("BZMPOP 0 2 y z MAX COUNT 2", from: many)
    _ = test.run("ZADD z 1 a 2 b 3 c 4 d 5 e", from: pusher)
    let replies = [test.output(of: lowest), test.output(of: highest), test.output(of: many)]
    #expect(
      replies == [
        Self.bulks("z", "a", "1"), "*3\r\n$1\r\nz\r\n$1\r\ne\r\n,5\r\n",
        "*2\r\n$1\r\nz\r\n*2\r\n" + Self.bulks("d", "4") + Self.bulks("c", "3"),
      ])
  }

  // MARK: Time

  @Test func givesUpNeverEarly() {
    var test = TestEngine()
    let waiting = test.connect()
    _ = test.run("BLPOP a 0.0101", from: waiting)
    #expect(test.engine.nextDeadline == test.now.monotonicMicroseconds + 11_000)
    test.now.monotonicMicroseconds += 10_999
    test.engine.runTimers(now: test.now)
    let early = test.output(of: waiting)
    #expect(early == "")
    test.now.monotonicMicroseconds += 1
    test.engine.runTimers(now: test.now)
    let late = test.output(of: waiting)
    #expect(late == "*-1\r\n")
    #expect(test.engine.nextDeadline == nil)
  }

  @Test func keepsItsDeadlineOverFruitlessRuns() {
    var test = TestEngine()
    let (first, second, pusher) = (test.connect(), test.connect(), test.connect())
    _ = test.run("HELLO 3", from: second)
    _ = test.run("BLPOP a 1", from: first)
    _ = test.run("BLPOP a 1", from: second)
    test.advance(milliseconds: 900)
    // Both are run again within one transaction's aftermath; there is one element.
    _ = test.run("RPUSH a 1", from: pusher)
    test.advance(milliseconds: 99)
    test.engine.runTimers(now: test.now)
    let early = test.output(of: second)
    #expect(early == "")
    test.advance(milliseconds: 1)
    test.engine.runTimers(now: test.now)
    let late = test.output(of: second)
    #expect(late == "_\r\n")
  }

  @Test func deadlinesComeInOrder() {
    var test = TestEngine()
    let waiting = (0..<200).map { _ in test.connect() }
    let span = { (index: Int) in 1 + index * 7919 % 200 }
    for (index, handle) in waiting.enumerated() {
      _ = test.run("BLPOP a\(index) \(span(index))", from: handle)
    }
    for index in stride(from: 0, to: 200, by: 2) { test.engine.apply(.disconnected(waiting[index]), now: test.now) }
    var ended: [Int] = []
    while let deadline = test.engine.nextDeadline {
      test.now.monotonicMicroseconds = max(deadline, test.now.monotonicMicroseconds)
      test.engine.runTimers(now: test.now)
      for index in stride(from: 1, to: 200, by: 2) {
        let reply = test.output(of: waiting[index])
        if !reply.isEmpty { ended.append(span(index)) }
      }
    }
    #expect(ended == ended.sorted() && ended.count == 100)
    #expect(test.engine.call.waits.isEmpty && test.engine.call.sessions.blockedCount == 0)
  }

  @Test func answersAsRedisDoes() {
    Transcript.expect(
      """
      BLPOP a x -> -ERR timeout is not a float or out of range
      BLPOP a -1 -> -ERR timeout is negative
      BLPOP a -inf -> -ERR timeout is negative
      BLPOP a nan -> -ERR timeout is not a float or out of range
      BLPOP a 0.001 -> *-1
      BRPOP a b c 0.001 -> *-1
      BLMOVE a b LEFT RIGHT 0.001 -> *-1
      BLMOVE a b LEFT MIDDLE x -> -ERR syntax error
      BLMOVE a b LEFT RIGHT x -> -ERR timeout is not a float or out of range
      BRPOPLPUSH a b 0.001 -> *-1
      BLMPOP 0.001 1 a LEFT -> *-1
      BLMPOP x 0 a LEFT -> -ERR numkeys should be greater than 0
      BLMPOP x 1 a LEFT -> -ERR timeout is not a float or out of range
      BLMPOP 0 1 a UP -> -ERR syntax error
      BLMPOP 0 1 a LEFT COUNT 0 -> -ERR count should be greater than 0
      BZPOPMIN z 0.001 -> *-1
      BZPOPMAX z 0.001 -> *-1
      BZMPOP 0.001 1 z MIN -> *-1
      BZMPOP -1 1 z MIN -> -ERR timeout is negative
      RPUSH a 1 2 3 4 5 6 7 -> :7
      BLPOP none a 0 -> *2 $1 a $1 1
      BRPOP a 0 -> *2 $1 a $1 7
      BLMOVE a b LEFT RIGHT 0 -> $1 2
      BRPOPLPUSH a b 0 -> $1 6
      LRANGE b 0 -1 -> *2 $1 6 $1 2
      BLMPOP 0 2 none a RIGHT COUNT 2 -> *2 $1 a *2 $1 5 $1 4
      ZADD z 1 a 2.5 b 3 c 4 d -> :4
      BZPOPMIN z 0 -> *3 $1 z $1 a $1 1
      BZPOPMAX z 0 -> *3 $1 z $1 d $1 4
      BZMPOP 0 1 z MIN COUNT 5 -> *2 $1 z *2 *2 $1 b $3 2.5 *2 $1 c $1 3
      SET s x -> +OK
      BLPOP s 0 -> -WRONGTYPE Operation against a key holding the wrong kind of value
      BLPOP none s 0 -> -WRONGTYPE Operation against a key holding the wrong kind of value
      BZPOPMIN s 0 -> -WRONGTYPE Operation against a key holding the wrong kind of value
      DEL a b z -> :2
      MULTI -> +OK
      BLPOP a 0 -> +QUEUED
      BLMOVE a b LEFT LEFT 0 -> +QUEUED
      BRPOPLPUSH a b 0 -> +QUEUED
      BLMPOP 0 1 a LEFT -> +QUEUED
      BZPOPMIN z 0 -> +QUEUED
      BZMPOP 0 1 z MIN -> +QUEUED
      EXEC -> *6 *-1 $-1 $-1 *-1 *-1 *-1
      """, waitingOutTimeouts: true)
  }

  /// Redis 7.0 takes some of these for negative, and waits for ever for the rest.
  @Test func refusesTimeoutsTooLong() {
    Transcript.expect(
      """
      BLPOP a inf -> -ERR timeout is out of range
      BLPOP a 1e400 -> -ERR timeout is out of range
      BLPOP a 9223372036854775807 -> -ERR timeout is out of range
      BLPOP a 9223372036854775 -> -ERR timeout is out of range
      """, comparesWithRedis: false)
  }

  // MARK: Ends of other kinds

  @Test func clientUnblockEndsIt() {
    var test = TestEngine()
    let (waiting, other) = (test.connect(), test.connect())
    let id = test.run("CLIENT ID", from: waiting).dropFirst().dropLast()
    _ = test.run("BLPOP a 0", from: waiting)
    let line = test.run("CLIENT LIST ID \(id)", from: other)
    #expect(line.contains(" flags=b "))
    let unblocked = test.run("CLIENT UNBLOCK \(id)", from: other)
    #expect(unblocked == ":1\r\n")
    let timeout = test.output(of: waiting)
    #expect(timeout == "*-1\r\n")
    let again = test.run("CLIENT UNBLOCK \(id)", from: other)
    #expect(again == ":0\r\n")
    _ = test.run("BLPOP a 0", from: waiting)
    _ = test.run("CLIENT UNBLOCK \(id) ERROR", from: other)
    let error = test.output(of: waiting)
    #expect(error == "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n")
    let information = test.run("INFO everything", from: other)
    #expect(information.contains("errorstat_UNBLOCKED:count=1\r\n"))
    #expect(information.contains("cmdstat_blpop:calls=2,"))
    #expect(
      information.contains("cmdstat_client|unblock:calls=3,usec=0,usec_per_call=0.00,rejected_calls=0,failed_calls=0"))
  }

  @Test func goneClientsAreNotServed() {
    var test = TestEngine()
    let (first, second, third, pusher) = (test.connect(), test.connect(), test.connect(), test.connect())
    for handle in [first, second, third] { _ = test.run("BLPOP a 5", from: handle) }
    test.apply(.disconnected(first))
    _ = test.run("CLIENT KILL 127.0.0.1:50002", from: pusher)
    _ = test.run("RPUSH a 1", from: pusher)
    let served = test.output(of: third)
    #expect(served == Self.bulks("a", "1"))
    let information = test.run("INFO clients", from: pusher)
    for field in ["blocked_clients:0", "clients_in_timeout_table:0", "total_blocking_keys:0"] {
      #expect(information.contains(field + "\r\n"))
    }
  }

  @Test func servingOneMayEndAnother() {
    var test = TestEngine()
    let (first, second, pusher) = (test.connect(), test.connect(), test.connect())
    _ = test.run("BLMOVE a b LEFT LEFT 0", from: first)
    _ = test.run("BLPOP b 0", from: second)
    test.apply(.disconnected(second))
    _ = test.run("RPUSH a 1", from: pusher)
    let left = test.run("LRANGE b 0 -1", from: pusher)
    #expect(left == Self.bulks("1"))
  }

  @Test func becomingAReplicaEndsIt() {
    var test = TestEngine()
    let (waiting, other) = (test.connect(), test.connect())
    _ = test.run("BLPOP a 0", from: waiting)
    _ = test.run("REPLICAOF 127.0.0.1 1", from: other)
    let reply = test.output(of: waiting)
    #expect(
      reply
        == "-UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)\r\n")
    let isEnded = test.isEnded(waiting)
    #expect(isEnded)
  }

  @Test func skippedRepliesStaySkipped() {
    var test = TestEngine()
    let (waiting, pusher) = (test.connect(), test.connect())
    _ = test.send(Array("CLIENT REPLY SKIP\r\nBLPOP a 0\r\nPING\r\n".utf8), from: waiting)
    _ = test.run("RPUSH a 1", from: pusher)
    let reply = test.output(of: waiting)
    #expect(reply == "+PONG\r\n")
  }

  @Test func aPauseOfWritesPutsServingOff() {
    var test = TestEngine()
    let (waiting, pusher) = (test.connect(), test.connect())
    _ = test.run("BLPOP a 0", from: waiting)
    for line in ["MULTI", "RPUSH a 1", "CLIENT PAUSE 1000 WRITE", "EXEC"] { _ = test.run(line, from: pusher) }
    let none = test.output(of: waiting)
    #expect(none == "")
    _ = test.run("CLIENT UNPAUSE", from: pusher)
    let served = test.output(of: waiting)
    #expect(served == Self.bulks("a", "1"))
  }

  // MARK: What others see

  @Test func countsOnceAndShowsOnce() {
    var test = TestEngine()
    let (waiting, monitor, pusher) = (test.connect(), test.connect(), test.connect())
    _ = test.run("MONITOR", from: monitor)
    _ = test.run("BLPOP a b 0", from: waiting)
    let information = test.run("INFO everything", from: pusher)
    #expect(information.contains("blocked_clients:1\r\n") && information.contains("total_blocking_keys:2\r\n"))
    #expect(!information.contains("cmdstat_blpop"))
    _ = test.run("RPUSH a 1", from: pusher)
    let statistics = test.run("INFO commandstats", from: pusher)
    #expect(statistics.contains("cmdstat_blpop:calls=1,"))
    let shown = test.output(of: monitor)
    #expect(shown.components(separatedBy: "\"BLPOP\"").count == 2)
  }

  @Test func propagatesWhatItDid() {
    var test = TestEngine()
    test.recordEffects()
    let (first, second, third, pusher) = (test.connect(), test.connect(), test.connect(), test.connect())
    _ = test.run("BLPOP a 0", from: first)
    _ = test.run("BLMOVE b c LEFT RIGHT 0", from: second)
    _ = test.run("BZMPOP 0 1 z MAX COUNT 9", from: third)
    _ = test.run("RPUSH a 1", from: pusher)
    for line in ["MULTI", "RPUSH b 1", "ZADD z 1 m 2 n", "EXEC"] { _ = test.run(line, from: pusher) }
    let words = String(decoding: test.propagated(), as: UTF8.self).split(separator: "\r\n")
      .filter { !$0.hasPrefix("*") && !$0.hasPrefix("$") }.joined(separator: " ")
    #expect(
      words
        == "SELECT 0 RPUSH a 1 LPOP a MULTI RPUSH b 1 ZADD z 1 m 2 n EXEC LMOVE b c LEFT RIGHT ZPOPMAX z 2")
  }
}

extension String {
  fileprivate func components(separatedBy text: String) -> [Substring] {
    split(separator: text, omittingEmptySubsequences: false)
  }
}
