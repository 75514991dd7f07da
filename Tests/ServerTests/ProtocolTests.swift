import Foundation
import Testing

/// RESP2 and inline requests as bytes: however they are cut, however many, however large.
@Suite(.withServerLogs) struct ProtocolTests {
  // MARK: - Cuts

  /// A little of everything a parser has to carry from one read to the next.
  private static let mixed: (sent: [UInt8], expected: String) = (
    request("SET", "key", "va\r\nlue") + Array("PING\r\n".utf8) + request("GET", "key") + Array("\r\n".utf8)
      + request("ECHO", "") + Array("SET \"a b\" 'c d'\r\n".utf8) + request("GET", "a b") + Array("*0\r\n".utf8)
      + Array("*-1\r\n".utf8) + request("STRLEN", "key"),
    "+OK\r\n+PONG\r\n$7\r\nva\r\nlue\r\n$0\r\n\r\n+OK\r\n$3\r\nc d\r\n:7\r\n"
  )

  @Test func requestsMayBeCutAnywhere() throws {
    try withServer { _, client in
      for cut in 1..<Self.mixed.sent.count {
        try client.send(Array(Self.mixed.sent[..<cut]))
        usleep(800)
        try client.send(Array(Self.mixed.sent[cut...]))
        try client.expect(Self.mixed.expected, after: "the requests, cut at \(cut)")
      }
      try client.expectSilence()
    }
  }

  @Test func requestsMayComeByteByByte() throws {
    try withServer { _, client in
      for byte in Self.mixed.sent {
        try client.send([byte])
        usleep(300)
      }
      try client.expect(Self.mixed.expected, after: "the requests, byte by byte")
    }
  }

  @Test func manyClientsMayBeCutInTurns() throws {
    try withServer { server, _ in
      let clients = try (0..<20).map { _ in try server.connect() }
      for start in stride(from: 0, to: Self.mixed.sent.count, by: 7) {
        for client in clients { try client.send(Array(Self.mixed.sent[start..<min(start + 7, Self.mixed.sent.count)])) }
      }
      for client in clients { try client.expect(Self.mixed.expected, after: "the requests in sevens") }
    }
  }

  // MARK: - Depth and size

  @Test func pipelinesMayBeDeep() throws {
    try withServer { _, client in
      let count = 100_000
      var bytes: [UInt8] = []
      for number in 1...count { bytes += request("INCRBY", "sum", "\(number)") }
      try client.send(bytes)
      var sum = 0
      for number in 1...count {
        sum += number
        let reply = try client.readLine()
        guard reply == ":\(sum)" else { throw HarnessError("reply \(number) is \(reply), expected :\(sum)") }
      }
      try client.expectSilence()
    }
  }

  @Test(arguments: [1, 511, 16_383, 16_384, 16_385, 32_768, 65_535, 65_536, 131_073, 1 << 20, (1 << 20) + 1])
  func valuesOfAllSizesComeBack(size: Int) throws {
    try withServer { _, client in
      let value = patterned(size)
      try client.command([Array("SET".utf8), Array("key".utf8), value], gives: .ok)
      try client.command("GET", "key", gives: .bulk(value))
      // Between other requests of the same packet.
      try client.send(request("PING") + request([Array("ECHO".utf8), value]) + request("STRLEN", "key"))
      #expect(try client.read() == .simple("PONG"))
      #expect(try client.read() == .bulk(value))
      #expect(try client.read() == .integer(size))
    }
  }

  @Test func largeValuesComeBack() throws {
    try withServer { _, client in
      client.patience = 60
      let value = patterned(64 << 20)
      try client.command([Array("SET".utf8), Array("key".utf8), value])
      try client.command("STRLEN", "key", gives: .integer(value.count))
      try client.command("GET", "key", gives: .bulk(value))
      try client.command("APPEND", "key", "tail", gives: .integer(value.count + 4))
      try client.command("GETRANGE", "key", "-8", "-1", gives: .bulk(value.suffix(4) + Array("tail".utf8)))
    }
  }

  @Test func manyArgumentsAreTaken() throws {
    try withServer { _, client in
      let arguments = ["MSET"] + (0..<50_000).flatMap { ["k\($0)", "v\($0)"] }
      try client.command(arguments.map { Array($0.utf8) }, gives: .ok)
      try client.command("DBSIZE", gives: .integer(50_000))
      let values = try client.command((["MGET"] + (0..<50_000).map { "k\($0)" }).map { Array($0.utf8) }).elements
      #expect(values.count == 50_000 && values[49_999] == .bulk("v49999"))
    }
  }

  @Test func bulksAreLimited() throws {
    try withServer("--proto-max-bulk-len", "1mb") { server, client in
      try client.command([Array("SET".utf8), Array("k".utf8), patterned(1 << 20)], gives: .ok)
      let text = Reply.error("ERR string exceeds maximum allowed size (proto-max-bulk-len)")
      try client.command("APPEND", "k", "x", gives: text)
      try client.command("SETRANGE", "k", "\(1 << 20)", "x", gives: text)
      try client.send("*2\r\n$4\r\nECHO\r\n$1048577\r\n")
      try client.expect("-ERR Protocol error: invalid bulk length\r\n")
      try client.expectClosed()
      try server.connect().exchange("PING\r\n", "+PONG\r\n")
    }
  }

  // MARK: - Inline requests

  @Test func inlineRequests() throws {
    try withServer { _, client in
      try client.exchange("PING\r\n", "+PONG\r\n")
      try client.exchange("PING\n", "+PONG\r\n")
      try client.exchange("\r\n\n\r\nPING\r\n", "+PONG\r\n")
      try client.exchange("   PING   hello  \r\n", "$5\r\nhello\r\n")
      try client.exchange("SET key \"a\\x41\\r\\n\\\"\"\r\n", "+OK\r\n")
      try client.exchange("GET key\r\n", "$5\r\naA\r\n\"\r\n")
      try client.exchange("SET key 'it\\'s'\r\nGET key\r\n", "+OK\r\n$4\r\nit's\r\n")
      try client.exchange("ECHO \"\"\r\n", "$0\r\n\r\n")
      try client.expectSilence()
    }
  }

  @Test func redisCliPipeEndsWithABlankLineAndAnEcho() throws {
    try withServer { _, client in
      try client.exchange(
        "SET a 1\r\n\r\n*2\r\n$4\r\nECHO\r\n$20\r\n01234567890123456789\r\n", "+OK\r\n$20\r\n01234567890123456789\r\n")
    }
  }

  // MARK: - Errors that end a connection

  static let protocolErrors: [(String, String)] = [
    ("*3\r\n$3\r\nSET\r\n$1\r\nx\r\nfooz\r\n", "expected '$', got 'f'"),
    ("*1\r\n:1\r\n", "expected '$', got ':'"),
    ("*abc\r\n", "invalid multibulk length"),
    ("*2147483648\r\n", "invalid multibulk length"),
    ("*20000000000000000000000\r\n", "invalid multibulk length"),
    ("*1\r\n$-1\r\n", "invalid bulk length"),
    ("*1\r\n$abc\r\n", "invalid bulk length"),
    ("*1\r\n$536870913\r\n", "invalid bulk length"),
    ("*1\r\n$20000000000000000000000\r\n", "invalid bulk length"),
    ("SET a \"b\r\n", "unbalanced quotes in request"),
    ("SET a 'b\r\n", "unbalanced quotes in request"),
    ("SET a \"b\"c\r\n", "unbalanced quotes in request"),
    ("*" + String(repeating: "1", count: 65_600), "too big mbulk count string"),
    ("*1\r\n$" + String(repeating: "1", count: 65_600), "too big bulk count string"),
    (String(repeating: "x", count: 65_600), "too big inline request"),
  ]

  @Test(arguments: protocolErrors.indices) func protocolErrorsEndTheConnection(index: Int) throws {
    let (sent, text) = Self.protocolErrors[index]
    try withServer { server, client in
      try client.exchange("PING\r\n", "+PONG\r\n")
      try client.exchange(sent, "-ERR Protocol error: \(text)\r\n")
      let rest = try client.expectClosed()
      #expect(rest.isEmpty, "after the error comes nothing: \(readable(rest))")
      try server.connect().exchange("PING\r\n", "+PONG\r\n")
    }
  }

  @Test func whatCameBeforeAProtocolErrorIsAnswered() throws {
    try withServer { server, client in
      try client.exchange(
        "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\nPING\r\n*x\r\nPING\r\n",
        "+OK\r\n+PONG\r\n-ERR Protocol error: invalid multibulk length\r\n")
      #expect(try client.expectClosed().isEmpty)
      try server.connect().command("GET", "a", gives: .bulk("1"))
    }
  }

  // MARK: - Errors that do not

  @Test func errorTextsOfDispatch() throws {
    try withServer { _, client in
      try client.exchange("NOSUCH\r\n", "-ERR unknown command 'NOSUCH', with args beginning with: \r\n")
      try client.exchange(
        "NoSuch a 'b c' d\r\n", "-ERR unknown command 'NoSuch', with args beginning with: 'a' 'b c' 'd' \r\n")
      try client.exchange("GET\r\n", "-ERR wrong number of arguments for 'get' command\r\n")
      try client.exchange("GET a b\r\n", "-ERR wrong number of arguments for 'get' command\r\n")
      try client.exchange(
        "CONFIG NOSUCH\r\n", "-ERR unknown subcommand 'NOSUCH'. Try CONFIG HELP.\r\n")
      try client.exchange("CONFIG GET\r\n", "-ERR wrong number of arguments for 'config|get' command\r\n")
      try client.exchange("SET a b EX 0\r\n", "-ERR invalid expire time in 'set' command\r\n")
      try client.exchange("SET a b NOSUCH\r\n", "-ERR syntax error\r\n")
      try client.exchange("SET a b\r\nINCR a\r\n", "+OK\r\n-ERR value is not an integer or out of range\r\n")
      try client.exchange("SELECT 16\r\n", "-ERR DB index is out of range\r\n")
      try client.exchange("SELECT x\r\n", "-ERR value is not an integer or out of range\r\n")
      try client.exchange("PING\r\n", "+PONG\r\n")
    }
  }

  /// Unknown names and arguments are cut to 128 bytes and freed of line ends, so that an error stays one line.
  @Test func errorTextsQuoteNoLineEnds() throws {
    try withServer { _, client in
      let reply = try client.command("no\r\nsuch", "x\ny")
      #expect(reply == .error("ERR unknown command 'no  such', with args beginning with: 'x y' "))
      let long = try client.command(String(repeating: "n", count: 1000), "a").text
      #expect(long == "ERR unknown command '\(String(repeating: "n", count: 128))', with args beginning with: 'a' ")
    }
  }

  @Test func quitAnswersThenCloses() throws {
    try withServer { _, client in
      try client.exchange("PING\r\nQUIT\r\nPING\r\n", "+PONG\r\n+OK\r\n")
      #expect(try client.expectClosed().isEmpty)
    }
  }

  /// Who is killed learns of it at once, whatever else the same turn does.
  @Test func killedClientsAreCutOffWithinTheTransaction() throws {
    try withServer { server, client in
      let victim = try server.connect()
      let id = try victim.command("CLIENT", "ID")
      guard case .integer(let number) = id else { throw HarnessError("no number: \(id.summary)") }
      for words in [["MULTI"], ["CLIENT", "KILL", "ID", "\(number)"], ["DEBUG", "SLEEP", "3"]] {
        try client.command(words.map { Array($0.utf8) })
      }
      try client.send(request("EXEC"))
      try victim.expectClosed()
      try client.expectSilence(seconds: 0)
      try client.expect("*2\r\n:1\r\n+OK\r\n")
    }
  }

  @Test func halfClosedClientsStillGetTheirReplies() throws {
    try withServer { server, _ in
      let client = try server.connect()
      try client.send(Array(repeating: request("PING"), count: 100).flatMap { $0 })
      client.finishSending()
      // Redis itself may drop replies it has not written yet; whatever comes must be whole and the end must come.
      let replies = try client.expectClosed()
      #expect(replies.count % 7 == 0)
    }
  }
}

/// Bytes that differ everywhere, so that a misplaced piece shows.
func patterned(_ count: Int) -> [UInt8] {
  var state: UInt64 = 0x9E37_79B9_7F4A_7C15
  return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
    for index in 0..<count {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      buffer[index] = UInt8(truncatingIfNeeded: state >> 56)
    }
    initialized = count
  }
}
