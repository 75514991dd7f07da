import Foundation
import Testing

/// HELLO, AUTH, and the shapes of RESP3.
@Suite(.withServerLogs) struct HelloTests {
  @Test func helloTellsAboutTheServer() throws {
    try withServer { _, client in
      for (version, isMap) in [("2", false), ("3", true), ("2", false)] {
        let reply = try client.command("HELLO", version)
        if case .map = reply { #expect(isMap) } else { #expect(!isMap, "\(reply)") }
        let names = stride(from: 0, to: reply.elements.count, by: 2).map { reply[$0].text }
        #expect(names == ["server", "version", "proto", "id", "mode", "role", "modules"])
        #expect(reply[5] == .integer(Int(version) ?? 0))
        #expect(reply[9] == .bulk("standalone"))
        #expect(reply[11] == .bulk("master"))
        #expect(reply[13] == .array([]))
      }
    }
  }

  @Test func helloErrors() throws {
    try withServer { _, client in
      try client.exchange("HELLO 4\r\n", "-NOPROTO unsupported protocol version\r\n")
      try client.exchange("HELLO 1\r\n", "-NOPROTO unsupported protocol version\r\n")
      try client.exchange("HELLO x\r\n", "-ERR Protocol version is not an integer or out of range\r\n")
      try client.exchange("HELLO 3 NOSUCH\r\n", "-ERR Syntax error in HELLO option 'NOSUCH'\r\n")
      try client.exchange(
        "HELLO 3 SETNAME \"a b\"\r\n", "-ERR Client names cannot contain spaces, newlines or special characters.\r\n")
      try client.exchange(
        "HELLO 3 AUTH default x\r\n".replacing("default", with: "nobody"),
        "-WRONGPASS invalid username-password pair or user is disabled.\r\n")
      // None of these changed the protocol: a missing key is still RESP2's null.
      try client.exchange("GET missing\r\n", "$-1\r\n")
    }
  }

  @Test func helloSetsNameAndProtocol() throws {
    try withServer { _, client in
      _ = try client.command("HELLO", "3", "SETNAME", "me")
      try client.exchange("CLIENT GETNAME\r\n", "$2\r\nme\r\n")
      try client.exchange("GET missing\r\n", "_\r\n")
      _ = try client.command("RESET")
      try client.exchange("GET missing\r\n", "$-1\r\n")
    }
  }

  @Test func shapesOfTheThirdProtocol() throws {
    try withServer { _, client in
      _ = try client.command("HELLO", "3")
      try client.exchange("CONFIG GET maxclients\r\n", "%1\r\n$10\r\nmaxclients\r\n$5\r\n10000\r\n")
      try client.exchange("MGET a b\r\n", "*2\r\n_\r\n_\r\n")
      try client.exchange("SET k 3.0\r\nINCRBYFLOAT k 0.5\r\n", "+OK\r\n$3\r\n3.5\r\n")
      try client.command("COMMAND", "INFO", "nosuch", gives: .array([.null]))
      let specification = try client.command("COMMAND", "INFO", "get").elements.first?.elements ?? []
      #expect(specification.count == 10 && specification[0] == .bulk("get"))
      if specification.count == 10 {
        #expect(specification[2] == .set([.simple("readonly"), .simple("fast")]))
        #expect(specification[6] == .set([.simple("@read"), .simple("@string"), .simple("@fast")]))
      }
      if case .verbatim(let text) = try client.command("INFO", "server") {
        #expect(text.hasPrefix("txt:# Server\r\n"))
      } else {
        Issue.record("INFO is a verbatim string")
      }
      if case .verbatim = try client.command("CLIENT", "LIST") {} else { Issue.record("CLIENT LIST is verbatim") }
      if case .map = try client.command("MEMORY", "STATS") {} else { Issue.record("MEMORY STATS is a map") }
    }
  }

  static let debugShapes: [(String, String, String)] = [
    ("string", "$11\r\nHello World\r\n", "$11\r\nHello World\r\n"),
    ("integer", ":12345\r\n", ":12345\r\n"),
    ("double", "$5\r\n3.141\r\n", ",3.141\r\n"),
    ("null", "$-1\r\n", "_\r\n"),
    ("array", "*3\r\n:0\r\n:1\r\n:2\r\n", "*3\r\n:0\r\n:1\r\n:2\r\n"),
    ("set", "*3\r\n:0\r\n:1\r\n:2\r\n", "~3\r\n:0\r\n:1\r\n:2\r\n"),
    ("map", "*6\r\n:0\r\n:0\r\n:1\r\n:1\r\n:2\r\n:0\r\n", "%3\r\n:0\r\n#f\r\n:1\r\n#t\r\n:2\r\n#f\r\n"),
    ("verbatim", "$25\r\nThis is a verbatim\nstring\r\n", "=29\r\ntxt:This is a verbatim\nstring\r\n"),
    ("true", ":1\r\n", "#t\r\n"),
    ("false", ":0\r\n", "#f\r\n"),
    (
      "bignum", "$37\r\n1234567999999999999999999999999999999\r\n", "(1234567999999999999999999999999999999\r\n"
    ),
  ]

  @Test(arguments: debugShapes.indices) func everyShapeInBothProtocols(index: Int) throws {
    let (kind, second, third) = Self.debugShapes[index]
    try withServer { _, client in
      try client.exchange("DEBUG PROTOCOL \(kind)\r\n", second)
      _ = try client.command("HELLO", "3")
      try client.exchange("DEBUG PROTOCOL \(kind)\r\n", third)
    }
  }

  // MARK: - Before authentication

  @Test func nothingButTheDoorIsOpenWithoutThePassword() throws {
    try withServer("--requirepass", "secret") { server, client in
      for command in [
        "PING", "GET a", "SET a b", "CONFIG GET *", "CLIENT LIST", "COMMAND", "ACL WHOAMI", "PSYNC ? -1",
        "DEBUG SLEEP 0",
      ] {
        try client.exchange("\(command)\r\n", "-NOAUTH Authentication required.\r\n")
      }
      // Its end differs between Redis 7.0 and 7.2.
      let refusal = try client.command("HELLO", "3").text
      #expect(
        refusal.hasPrefix("NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO "))
      try client.exchange("AUTH wrong\r\n", "-WRONGPASS invalid username-password pair or user is disabled.\r\n")
      try client.exchange(
        "AUTH default wrong\r\n", "-WRONGPASS invalid username-password pair or user is disabled.\r\n")
      try client.exchange("AUTH a b c\r\n", "-ERR syntax error\r\n")
      try client.exchange("PING\r\n", "-NOAUTH Authentication required.\r\n")
      try client.exchange("AUTH secret\r\n", "+OK\r\n")
      try client.exchange("PING\r\n", "+PONG\r\n")

      let named = try server.connect()
      try named.exchange("AUTH default secret\r\nPING\r\n", "+OK\r\n+PONG\r\n")
      let greeting = try server.connect()
      if case .map = try greeting.command("HELLO", "3", "AUTH", "default", "secret") {
      } else {
        Issue.record("HELLO AUTH")
      }
      try greeting.exchange("PING\r\n", "+PONG\r\n")
      let leaving = try server.connect()
      try leaving.exchange("QUIT\r\n", "+OK\r\n")
    }
  }

  @Test func authWithoutAPasswordSaysSo() throws {
    try withServer { _, client in
      try client.exchange(
        "AUTH x\r\n",
        "-ERR AUTH <password> called without any password configured for the default user. Are you sure your "
          + "configuration is correct?\r\n")
    }
  }

  /// A pipeline that authenticates in its first request is authenticated for the second.
  @Test func authCountsForTheRestOfThePacket() throws {
    try withServer("--requirepass", "secret") { _, client in
      let big = patterned(20_000)
      try client.send(
        request("AUTH", "secret") + request([Array("SET".utf8), Array("k".utf8), big]) + request("STRLEN", "k"))
      try client.expect("+OK\r\n+OK\r\n:20000\r\n")
    }
  }

  @Test(arguments: [
    ("*11\r\n", "unauthenticated multibulk length"), ("*1\r\n$16385\r\n", "unauthenticated bulk length"),
  ]) func limitsAreTightBeforeAuthentication(sent: String, text: String) throws {
    try withServer("--requirepass", "secret") { server, client in
      try client.exchange(sent, "-ERR Protocol error: \(text)\r\n")
      try client.expectClosed()
      let other = try server.connect()
      try other.exchange("AUTH secret\r\n", "+OK\r\n")
      try other.send("*11\r\n")
      try other.expectSilence()
    }
  }

  @Test func passwordsCanBeSetAndTakenAway() throws {
    try withServer { server, client in
      try client.exchange("CONFIG SET requirepass new\r\n", "+OK\r\n")
      try client.exchange("PING\r\n", "+PONG\r\n")
      let second = try server.connect()
      try second.exchange("PING\r\n", "-NOAUTH Authentication required.\r\n")
      try client.exchange("CONFIG SET requirepass \"\"\r\n", "+OK\r\n")
      try server.connect().exchange("PING\r\n", "+PONG\r\n")
    }
  }
}
