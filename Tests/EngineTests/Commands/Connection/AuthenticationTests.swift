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

  @Test func knowsOneUser() {
    var test = TestEngine()
    let client = test.connect()
    #expect(test.run("ACL WHOAMI", from: client) == "$7\r\ndefault\r\n")
    #expect(test.run("ACL USERS", from: client) == "*1\r\n$7\r\ndefault\r\n")
    #expect(
      test.run("ACL LIST", from: client) == "*1\r\n$51\r\nuser default on nopass sanitize-payload ~* &* +@all\r\n")
    #expect(test.run("ACL GETUSER somebody", from: client) == "$-1\r\n")
    #expect(test.run("ACL SETUSER somebody", from: client) == "-ERR unknown subcommand 'SETUSER'. Try ACL HELP.\r\n")
    #expect(test.run("ACL", from: client) == "-ERR wrong number of arguments for 'acl' command\r\n")
    #expect(test.run("CONFIG SET requirepass foo", from: client) == "+OK\r\n")
    let digest = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
    #expect(
      test.run("ACL LIST", from: client)
        == "*1\r\n$110\r\nuser default on sanitize-payload #\(digest) ~* &* +@all\r\n")
    _ = test.run("HELLO 3", from: client)
    #expect(
      test.run("ACL GETUSER default", from: client)
        == "%6\r\n$5\r\nflags\r\n~2\r\n$2\r\non\r\n$16\r\nsanitize-payload\r\n"
        + "$9\r\npasswords\r\n*1\r\n$64\r\n\(digest)\r\n$8\r\ncommands\r\n$5\r\n+@all\r\n"
        + "$4\r\nkeys\r\n$2\r\n~*\r\n$8\r\nchannels\r\n$2\r\n&*\r\n$9\r\nselectors\r\n*0\r\n")
  }

  @Test func makesPasswordsUp() {
    var test = TestEngine()
    let client = test.connect()
    let first = test.run("ACL GENPASS", from: client)
    #expect(first.hasPrefix("$64\r\n") && first.utf8.count == 71)
    #expect(test.run("ACL GENPASS", from: client) != first)
    #expect(test.run("ACL GENPASS 5", from: client).hasPrefix("$2\r\n"))
    #expect(test.run("ACL GENPASS 4096", from: client).hasPrefix("$1024\r\n"))
    for refused in ["0", "4097", "-1"] {
      #expect(
        test.run("ACL GENPASS \(refused)", from: client)
          == "-ERR ACL GENPASS argument must be the number of bits for the output password, "
          + "a positive number up to 4096\r\n")
    }
    #expect(
      test.run("ACL GENPASS 1 2", from: client)
        == "-ERR unknown subcommand or wrong number of arguments for 'GENPASS'. Try ACL HELP.\r\n")
  }

  @Test func listsCategories() {
    var test = TestEngine()
    let client = test.connect()
    #expect(test.run("ACL CAT", from: client).hasPrefix("*21\r\n$8\r\nkeyspace\r\n"))
    #expect(test.run("ACL CAT String", from: client).contains("$6\r\ngetdel\r\n"))
    #expect(test.run("ACL CAT foo", from: client) == "-ERR Unknown category 'foo'\r\n")
  }
}
