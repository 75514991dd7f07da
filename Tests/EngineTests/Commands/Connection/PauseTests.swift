import Testing

@testable import Engine

@Suite struct PauseTests {
  @Test func putsOffAndResumesInOrder() {
    var test = TestEngine()
    let client = test.connect()
    let other = test.connect()
    #expect(test.run("CLIENT PAUSE 1000", from: client) == "+OK\r\n")
    #expect(test.send(Array("SET a 1\r\nAPPEND a 2\r\n".utf8), from: other) == "")
    #expect(test.send(Array("GET a\r\n".utf8), from: other) == "")
    #expect(test.engine.call.sessions.blockedCount == 1)
    test.advance(milliseconds: 999)
    test.apply(.cron(HostSample()))
    #expect(test.output(of: other) == "")
    test.advance(milliseconds: 1)
    test.apply(.cron(HostSample()))
    #expect(test.output(of: other).hasPrefix("+OK\r\n") == true)
    #expect(test.engine.call.sessions.blockedCount == 0)
    #expect(test.run("PING", from: client) == "+PONG\r\n")
  }

  @Test func letsReadsPassWhileWritesWait() {
    var test = TestEngine()
    let client = test.connect()
    let other = test.connect()
    #expect(test.run("CLIENT PAUSE 100000 WRITE", from: client) == "+OK\r\n")
    #expect(test.send(Array("GET a\r\nSET a 1\r\nGET a\r\nPING\r\n".utf8), from: other) == "$-1\r\n")
    #expect(test.run("CLIENT LIST", from: client).contains(" flags=b ") == true)
    #expect(test.run("CLIENT UNBLOCK 2", from: client) == ":0\r\n")
    #expect(test.run("CLIENT UNPAUSE", from: client) == "+OK\r\n")
    #expect(test.output(of: other) == "+OK\r\n$1\r\n1\r\n+PONG\r\n")
  }

  @Test func neitherShortensNorNarrows() {
    var test = TestEngine()
    let client = test.connect()
    _ = test.run("CLIENT PAUSE 1000 WRITE", from: client)
    _ = test.run("CLIENT PAUSE 10 ALL", from: client)
    #expect(test.run("PING", from: client) == "")
    test.advance(milliseconds: 500)
    test.apply(.cron(HostSample()))
    #expect(test.output(of: client) == "")
    test.advance(milliseconds: 500)
    test.apply(.cron(HostSample()))
    #expect(test.output(of: client) == "+PONG\r\n")
  }

  @Test func endsOnTime() {
    var test = TestEngine()
    let client = test.connect()
    _ = test.run("CLIENT PAUSE 250", from: client)
    #expect(test.engine.nextDeadline == nil)
    _ = test.run("PING", from: client)
    #expect(test.engine.nextDeadline == test.now.monotonicMicroseconds + 250_000)
    _ = test.run("CLIENT UNPAUSE", from: client)
    let other = TestEngine()
    #expect(other.engine.nextDeadline == nil)
  }

  @Test func lastsForEver() {
    var test = TestEngine()
    let client = test.connect()
    #expect(test.run("CLIENT PAUSE 9000000000000000000", from: client) == "+OK\r\n")
    #expect(test.run("PING", from: client) == "")
    let deadline = test.engine.nextDeadline
    #expect(deadline != nil)
  }

  @Test func refusesNonsense() {
    var test = TestEngine()
    let client = test.connect()
    #expect(test.run("CLIENT PAUSE abc", from: client) == "-ERR timeout is not an integer or out of range\r\n")
    #expect(test.run("CLIENT PAUSE -1", from: client) == "-ERR timeout is negative\r\n")
    #expect(test.run("CLIENT PAUSE 1 FOO", from: client) == "-ERR CLIENT PAUSE mode must be WRITE or ALL\r\n")
    #expect(test.run("CLIENT PAUSE 9223372036854775807", from: client) == "-ERR timeout is out of range\r\n")
    #expect(test.run("CLIENT PAUSE 0", from: client) == "+OK\r\n")
    #expect(test.run("PING", from: client) == "+PONG\r\n")
  }

  @Test func forgetsAPausedSessionThatLeaves() {
    var test = TestEngine()
    let client = test.connect()
    let other = test.connect()
    _ = test.run("CLIENT PAUSE 1000 WRITE", from: client)
    #expect(test.run("SET a 1", from: other) == "")
    test.apply(.disconnected(other))
    #expect(test.engine.call.sessions.blockedCount == 0)
    #expect(test.run("CLIENT UNPAUSE", from: client) == "+OK\r\n")
    #expect(test.run("GET a", from: client) == "$-1\r\n")
  }
}
