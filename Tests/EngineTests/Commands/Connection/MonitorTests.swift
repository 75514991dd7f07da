import Testing

@testable import Engine

@Suite struct MonitorTests {
  @Test func showsWhatRuns() {
    var test = TestEngine()
    let monitor = test.connect()
    let second = test.connect()
    let client = test.connect()
    #expect(test.run("MONITOR", from: monitor) == "+OK\r\n")
    #expect(test.run("MONITOR", from: second) == "+OK\r\n")
    #expect(test.run("MONITOR", from: second) == "")
    test.now.unixMicroseconds += 42
    _ = test.run(["set", "a", "x\"y\n\u{1}"], from: client)
    let line = "+1700000000.000042 [0 127.0.0.1:50003] \"set\" \"a\" \"x\\\"y\\n\\x01\"\r\n"
    #expect(test.output(of: monitor) == line)
    #expect(test.output(of: second) == line)
    _ = test.run("SELECT 2", from: client)
    #expect(test.output(of: monitor) == "+1700000000.000042 [2 127.0.0.1:50003] \"SELECT\" \"2\"\r\n")
  }

  @Test func hidesWhatIsSecret() {
    var test = TestEngine()
    let monitor = test.connect()
    let client = test.connect()
    _ = test.run("MONITOR", from: monitor)
    _ = test.run("auth not-a-password", from: client)
    _ = test.run("auth default not-a-password", from: client)
    _ = test.run("hello 2 auth default x setname y", from: client)
    _ = test.run("CLIENT LIST", from: client)
    _ = test.run("nonsense", from: client)
    #expect(
      test.output(of: monitor).split(separator: "\r\n").map { $0.drop { $0 != "]" } } == [
        "] \"auth\" \"(redacted)\"", "] \"auth\" \"(redacted)\" \"(redacted)\"",
        "] \"hello\" \"2\" \"auth\" \"(redacted)\" \"(redacted)\" \"setname\" \"y\"",
      ])
  }

  @Test func touchesNoKeys() {
    var test = TestEngine()
    let monitor = test.connect()
    _ = test.run("MONITOR", from: monitor)
    #expect(test.run("GET a", from: monitor) == "-ERR Replica can't interact with the keyspace\r\n")
    #expect(test.run("PING", from: monitor).hasPrefix("+PONG\r\n+1700") == true)
    #expect(test.run("RESET", from: monitor).hasPrefix("+RESET\r\n") == true)
    #expect(test.run("GET a", from: monitor) == "$-1\r\n")
  }
}
