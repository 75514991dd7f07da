import Testing

@testable import Engine

@Suite struct AuthenticationTests {
  private func withPassword(_ password: String) -> Configuration {
    var configuration = Configuration()
    configuration.requirepass = Array(password.utf8)
    return configuration
  }

  private let helloRefused =
    "-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> "
    + "<pass> option can be used to authenticate the client and select the RESP protocol version at the same time\r\n"
  private let wrongPassword = "-WRONGPASS invalid username-password pair or user is disabled.\r\n"

  @Test func letsNobodyInWithoutThePassword() {
    var test = TestEngine(withPassword("secret"))
    let client = test.connect()
    #expect(test.run("GET a", from: client) == "-NOAUTH Authentication required.\r\n")
    #expect(test.run("PING", from: client) == "-NOAUTH Authentication required.\r\n")
    #expect(test.run("AUTH wrong", from: client) == wrongPassword)
    #expect(test.run("AUTH somebody secret", from: client) == wrongPassword)
    #expect(test.run("AUTH default secre", from: client) == wrongPassword)
    #expect(test.run("AUTH a b c", from: client) == "-ERR syntax error\r\n")
    #expect(test.run("HELLO 3", from: client) == helloRefused)
    #expect(test.run("AUTH default secret", from: client) == "+OK\r\n")
    #expect(test.run("PING", from: client) == "+PONG\r\n")
    #expect(test.run("RESET", from: client) == "+RESET\r\n")
    #expect(test.run("PING", from: client) == "-NOAUTH Authentication required.\r\n")
  }

  @Test func runsAPipelineBehindThePassword() {
    var test = TestEngine(withPassword("secret"))
    let client = test.connect()
    let many = "*12\r\n$6\r\nEXISTS\r\n" + String(repeating: "$1\r\na\r\n", count: 11)
    #expect(
      test.send(Array("GET a\r\nAUTH secret\r\nPING\r\n".utf8), from: client)
        == "-NOAUTH Authentication required.\r\n+OK\r\n+PONG\r\n")
    let other = test.connect()
    #expect(
      test.send(Array(many.utf8), from: other).hasPrefix("-ERR Protocol error: unauthenticated multibulk") == true)
    #expect(test.isEnded(other) == true)
  }

  @Test func explainsAMissingPassword() {
    var test = TestEngine()
    let client = test.connect()
    #expect(
      test.run("AUTH any", from: client)
        == "-ERR AUTH <password> called without any password configured for the default user. Are you sure your "
        + "configuration is correct?\r\n")
    #expect(test.run("AUTH default any", from: client) == "+OK\r\n")
  }

  @Test func greets() {
    var test = TestEngine(withPassword("secret"))
    let client = test.connect()
    let greeting = test.run("HELLO 3 AUTH default secret SETNAME fred", from: client)
    #expect(
      greeting
        == "%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.2.4\r\n$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:1\r\n"
        + "$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n")
    #expect(test.run("GET missing", from: client) == "_\r\n")
    #expect(test.run("CLIENT GETNAME", from: client) == "$4\r\nfred\r\n")
    #expect(test.run("HELLO 2", from: client).hasPrefix("*14\r\n$6\r\nserver") == true)
    #expect(test.run("HELLO", from: client).contains("proto\r\n:2\r\n") == true)
    #expect(test.run("HELLO 4", from: client) == "-NOPROTO unsupported protocol version\r\n")
    #expect(
      test.run("HELLO x", from: client) == "-ERR Protocol version is not an integer or out of range\r\n")
    #expect(test.run("HELLO 3 FOO", from: client) == "-ERR Syntax error in HELLO option 'FOO'\r\n")
    #expect(test.run("HELLO 3 AUTH a", from: client) == "-ERR Syntax error in HELLO option 'AUTH'\r\n")
    #expect(
      test.run(["HELLO", "3", "SETNAME", "a b"], from: client)
        == "-ERR Client names cannot contain spaces, newlines or special characters.\r\n")
    #expect(test.run("HELLO 3 AUTH default wrong", from: client) == wrongPassword)
    #expect(test.run("GET missing", from: client) == "$-1\r\n")
  }
}
