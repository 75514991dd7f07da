import Testing

@testable import Engine

/// MULTI, EXEC and DISCARD: the stages "Transactions" and what lies beyond them.
@Suite struct TransactionTests {
  @Test func runsWhatWasQueued() {
    Transcript.expect(
      """
      EXEC                     -> -ERR EXEC without MULTI
      DISCARD                  -> -ERR DISCARD without MULTI
      MULTI                    -> +OK
      EXEC                     -> *0
      EXEC                     -> -ERR EXEC without MULTI
      MULTI                    -> +OK
      SET foo 41               -> +QUEUED
      INCR foo                 -> +QUEUED
      GET missing              -> +QUEUED
      EXEC                     -> *3 +OK :42 $-1
      GET foo                  -> $2 42
      MULTI                    -> +OK
      SET foo 0                -> +QUEUED
      DISCARD                  -> +OK
      GET foo                  -> $2 42
      MULTI                    -> +OK
      SELECT 3                 -> +QUEUED
      SET foo other            -> +QUEUED
      EXEC                     -> *2 +OK +OK
      GET foo                  -> $5 other
      """)
  }

  @Test func whatFailsInATransactionFailsAlone() {
    Transcript.expect(
      """
      SET a text               -> +OK
      MULTI                    -> +OK
      INCR a                   -> +QUEUED
      SET b 1                  -> +QUEUED
      EXEC                     -> *2 -ERR value is not an integer or out of range +OK
      GET b                    -> $1 1
      """)
  }

  @Test func whatCannotBeQueuedSpoilsTheTransaction() {
    Transcript.expect(
      """
      MULTI                    -> +OK
      SET a                    -> -ERR wrong number of arguments for 'set' command
      SET a 1                  -> +QUEUED
      EXEC                     -> -EXECABORT Transaction discarded because of previous errors.
      GET a                    -> $-1
      MULTI                    -> +OK
      nonsense x               -> -ERR unknown command 'nonsense', with args beginning with: 'x'\u{20}
      EXEC                     -> -EXECABORT Transaction discarded because of previous errors.
      PING                     -> +PONG
      MULTI                    -> +OK
      SET a 1                  -> +QUEUED
      EXEC now                 -> -EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command
      GET a                    -> $-1
      EXEC                     -> -ERR EXEC without MULTI
      MULTI                    -> +OK
      SHUTDOWN NOSAVE          -> -ERR Command not allowed inside a transaction
      EXEC                     -> -EXECABORT Transaction discarded because of previous errors.
      """)
  }

  @Test func someCommandsRunAtOnce() {
    Transcript.expect(
      """
      MULTI                    -> +OK
      MULTI                    -> -ERR MULTI calls can not be nested
      WATCH a                  -> -ERR WATCH inside MULTI is not allowed
      UNWATCH                  -> +QUEUED
      EXEC                     -> *1 +OK
      MULTI                    -> +OK
      SET a 1                  -> +QUEUED
      RESET                    -> +RESET
      EXEC                     -> -ERR EXEC without MULTI
      GET a                    -> $-1
      MULTI                    -> +OK
      MONITOR                  -> +QUEUED
      WAIT 1 0                 -> +QUEUED
      PING                     -> +QUEUED
      EXEC                     -> *3 -ERR MONITOR isn't allowed for DENY BLOCKING client :0 +PONG
      """)
  }

  @Test func transactionsOfSeveralClientsDoNotMix() {
    var test = TestEngine()
    let clients = [test.connect(), test.connect(), test.connect()]
    for client in clients { #expect(test.run("MULTI", from: client) == "+OK\r\n") }
    for client in clients { #expect(test.run("INCR n", from: client) == "+QUEUED\r\n") }
    let other = test.connect()
    #expect(test.run("GET n", from: other) == "$-1\r\n")
    #expect(test.run("EXEC", from: clients[2]) == "*1\r\n:1\r\n")
    #expect(test.run("DISCARD", from: clients[0]) == "+OK\r\n")
    #expect(test.run("EXEC", from: clients[1]) == "*1\r\n:2\r\n")
  }

  @Test func aLongQueueKeepsItsArguments() {
    var test = TestEngine()
    let client = test.connect()
    _ = test.run("MULTI", from: client)
    for number in 0..<500 {
      _ = test.run(["SET", "key\(number)", String(repeating: "v", count: number)], from: client)
    }
    #expect(test.run("CLIENT LIST", from: test.connect()).contains("multi=500 ") == true)
    #expect(test.run("EXEC", from: client).hasPrefix("*500\r\n+OK\r\n") == true)
    #expect(test.run("STRLEN key499", from: client) == ":499\r\n")
    #expect(test.run("CLIENT INFO", from: client).contains("multi=-1 ") == true)
  }

  @Test func theEffectsArePropagatedTogether() {
    let propagated = GenericPropagationTests.propagated
    #expect(propagated(["MULTI", "SET a 1", "EXEC"], Configuration(), 0) == ["SELECT 0", "SET a 1"])
    #expect(
      propagated(["MULTI", "SET a 1", "GET a", "SELECT 2", "SET b 1 EX 10", "DEL x", "EXEC"], Configuration(), 0) == [
        "SELECT 0", "MULTI", "SET a 1", "SELECT 2", "SET b 1 PXAT 1700000010000", "EXEC",
      ])
    #expect(propagated(["MULTI", "GET a", "DEL a", "EXEC"], Configuration(), 0) == [])
    #expect(propagated(["MULTI", "SET a 1", "nonsense", "EXEC"], Configuration(), 0) == [])
    #expect(
      propagated(["MULTI", "PUBLISH a b", "EXEC", "SPUBLISH c d"], Configuration(), 0) == [
        "SELECT 0", "PUBLISH a b", "SPUBLISH c d",
      ])
  }

  @Test func theGatesJudgeWhatIsQueued() {
    var test = TestEngine()
    let client = test.connect()
    let other = test.connect()
    _ = test.run("MULTI", from: client)
    _ = test.run("SET a 1", from: client)
    _ = test.run("CONFIG SET replicaof-is-not-settable x", from: other)
    _ = test.run("CONFIG SET min-replicas-to-write 1", from: other)
    #expect(
      test.run("EXEC", from: client)
        == "-EXECABORT Transaction discarded because of: NOREPLICAS Not enough good replicas to write.\r\n")
    #expect(test.run("EXEC", from: client) == "-ERR EXEC without MULTI\r\n")
    _ = test.run("MULTI", from: client)
    #expect(test.run("SET a 1", from: client) == "-NOREPLICAS Not enough good replicas to write.\r\n")
    #expect(test.run("GET a", from: client) == "+QUEUED\r\n")
    #expect(test.run("EXEC", from: client).hasPrefix("-EXECABORT Transaction discarded because of previous") == true)
  }

  @Test func monitorsSeeItAsItRuns() {
    var test = TestEngine()
    let monitor = test.connect()
    let client = test.connect()
    _ = test.run("MONITOR", from: monitor)
    for line in ["MULTI", "SET a 1", "EXEC"] { _ = test.run(line, from: client) }
    let seen = test.output(of: monitor).split(separator: "\r\n").map { $0.split(separator: "] ").last ?? "" }
    #expect(seen == ["\"MULTI\"", "\"SET\" \"a\" \"1\"", "\"EXEC\""])
  }

  @Test func aPauseOfWritesHoldsTheTransactionsThatWrite() {
    var test = TestEngine()
    let client = test.connect()
    let reader = test.connect()
    for line in ["MULTI", "SET a 1"] { _ = test.run(line, from: client) }
    for line in ["MULTI", "GET a"] { _ = test.run(line, from: reader) }
    _ = test.run("CLIENT PAUSE 1000 WRITE", from: test.connect())
    #expect(test.run("EXEC", from: reader) == "*1\r\n$-1\r\n")
    #expect(test.run("EXEC", from: client) == "")
    _ = test.run("CLIENT UNPAUSE", from: reader)
    #expect(test.output(of: client) == "*1\r\n+OK\r\n")
  }

  @Test func repliesMayBeOff() {
    var test = TestEngine()
    let client = test.connect()
    _ = test.run("CLIENT REPLY OFF", from: client)
    for line in ["MULTI", "SET a 1", "EXEC"] { #expect(test.run(line, from: client) == "") }
    #expect(test.run("CLIENT REPLY ON", from: client) == "+OK\r\n")
    #expect(test.run("GET a", from: client) == "$1\r\n1\r\n")
  }
}
