import Testing

@testable import Engine

@Suite struct StreamBlockingTests {
  @Test func aReaderIsServedByTheEntryItWaitsFor() {
    var test = TestEngine()
    let reader = test.connect()
    let writer = test.connect()
    _ = test.run("XADD s 1-0 f old", from: writer)
    #expect(test.run("XREAD BLOCK 0 STREAMS s t $ $", from: reader) == "")
    _ = test.run("XADD s 2-0 f new", from: writer)
    #expect(Transcript.flat(test.output(of: reader)) == "*1 *2 $1 s *1 *2 $3 2-0 *2 $1 f $3 new")
    #expect(test.run("PING", from: reader) == "+PONG\r\n")
    // What is there is given at once.
    #expect(test.run("XREAD BLOCK 0 STREAMS s 1", from: reader).hasPrefix("*1"))
  }

  @Test func aTimeoutEndsInNothing() {
    var test = TestEngine()
    let reader = test.connect()
    #expect(test.run("XREAD BLOCK 100 STREAMS s $", from: reader) == "")
    test.advance(milliseconds: 101)
    test.engine.runTimers(now: test.now)
    #expect(test.output(of: reader) == "*-1\r\n")
  }

  @Test func aTransactionIsSeenWhole() {
    var test = TestEngine()
    let reader = test.connect()
    let writer = test.connect()
    #expect(test.run("XREAD BLOCK 0 COUNT 5 STREAMS s $", from: reader) == "")
    for command in ["MULTI", "XADD s 1-0 f 1", "XADD s 2-0 f 2", "EXEC"] { _ = test.run(command, from: writer) }
    #expect(
      Transcript.flat(test.output(of: reader)) == "*1 *2 $1 s *2 *2 $3 1-0 *2 $1 f $1 1 *2 $3 2-0 *2 $1 f $1 2")
  }

  @Test func inATransactionNobodyWaits() {
    var test = TestEngine()
    let client = test.connect()
    _ = test.run("XGROUP CREATE s g $ MKSTREAM", from: client)
    _ = test.run("MULTI", from: client)
    _ = test.run("XREAD BLOCK 0 STREAMS s $", from: client)
    _ = test.run("XREADGROUP GROUP g c BLOCK 0 STREAMS s >", from: client)
    #expect(test.run("EXEC", from: client) == "*2\r\n*-1\r\n*-1\r\n")
  }

  @Test func otherTypesWakeNobodyWhoReads() {
    var test = TestEngine()
    let reader = test.connect()
    let writer = test.connect()
    #expect(test.run("XREAD BLOCK 0 STREAMS s $", from: reader) == "")
    for command in ["SET s x", "DEL s", "XGROUP CREATE s g $ MKSTREAM"] { _ = test.run(command, from: writer) }
    #expect(test.output(of: reader) == "")
    _ = test.run("XADD s 1-0 f v", from: writer)
    #expect(test.output(of: reader).hasPrefix("*1"))
  }

  @Test func consumersAreServedInTheirOrder() {
    var test = TestEngine()
    let first = test.connect()
    let second = test.connect()
    let writer = test.connect()
    _ = test.run("XGROUP CREATE s g $ MKSTREAM", from: writer)
    #expect(test.run("XREADGROUP GROUP g a BLOCK 0 STREAMS s >", from: first) == "")
    #expect(test.run("XREADGROUP GROUP g b BLOCK 0 STREAMS s >", from: second) == "")
    _ = test.run("XADD s 1-0 f v", from: writer)
    #expect(Transcript.flat(test.output(of: first)) == "*1 *2 $1 s *1 *2 $3 1-0 *2 $1 f $1 v")
    #expect(test.output(of: second) == "")
    _ = test.run("XADD s 2-0 f w", from: writer)
    #expect(Transcript.flat(test.output(of: second)) == "*1 *2 $1 s *1 *2 $3 2-0 *2 $1 f $1 w")
    #expect(
      Transcript.flat(test.run("XPENDING s g", from: writer)) == "*4 :2 $3 1-0 $3 2-0 *2 *2 $1 a $1 1 *2 $1 b $1 1")
  }

  @Test(arguments: [
    ("DEL s", "-NOGROUP"), ("SET s x", "-WRONGTYPE"), ("XGROUP DESTROY s g", "-NOGROUP"), ("FLUSHALL", "-NOGROUP"),
    ("RENAME s t", "-NOGROUP"), ("PEXPIREAT s 1", "-NOGROUP"),
  ]) func aGroupThatGoesEndsTheWait(command: String, error: String) {
    var test = TestEngine()
    let reader = test.connect()
    let writer = test.connect()
    _ = test.run("XGROUP CREATE s g $ MKSTREAM", from: writer)
    #expect(test.run("XREADGROUP GROUP g c BLOCK 0 STREAMS s >", from: reader) == "")
    _ = test.run(command, from: writer)
    #expect(test.output(of: reader).hasPrefix(error))
    #expect(test.run("PING", from: reader) == "+PONG\r\n")
  }

  @Test func replicasSeeTheEntryAndThenTheClaim() {
    var test = TestEngine()
    let reader = test.connect()
    let writer = test.connect()
    _ = test.run("XGROUP CREATE s g $ MKSTREAM", from: writer)
    test.engine.call.log.activate()
    let cursor = test.engine.call.log.cursorAtEnd()
    #expect(test.run("XREADGROUP GROUP g c BLOCK 0 STREAMS s >", from: reader) == "")
    _ = test.run("XADD s 1-0 f v", from: writer)
    #expect(
      GenericPropagationTests.recorded(&test, cursor) == [
        "SELECT 0", "XADD s 1-0 f v",
        "XCLAIM s g c 0 1-0 TIME 1700000000000 RETRYCOUNT 1 FORCE JUSTID LASTID 1-0",
      ])
  }
}
