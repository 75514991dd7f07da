import Testing

@testable import Engine

@Suite struct RequestParserTests {
  private static let open = RequestParser.Limits(bulkBytes: 512 << 20, isUnauthenticated: false)
  private let session = SessionHandle(slot: 1, generation: 1)

  private enum Parsed: Equatable {
    case request([[UInt8]])
    case failure(ProtocolError)
  }

  /// Parses `input` as it would arrive in `pieces`, each offered with what was left of the ones before.
  private func parse(_ pieces: [[UInt8]], limits: RequestParser.Limits = open) -> [Parsed] {
    var parser = RequestParser()
    var held: [UInt8] = []
    var parsed: [Parsed] = []
    for piece in pieces {
      held += piece
      var batch = RequestBatch()
      let consumed = held.withBytes { bytes in
        let (consumed, ending) = parser.parse(
          bytes, session: session, limits: limits, maximumRequests: .max, into: &batch)
        for index in 0..<batch.count {
          let request = batch[index]
          if let failure = request.failure {
            parsed.append(.failure(failure))
          } else {
            let arguments = batch.arguments(of: request)
            parsed.append(.request((0..<arguments.count).map { arguments[$0].array }))
          }
        }
        return ending == .failed ? bytes.count : consumed
      }
      held.removeFirst(consumed)
      if case .failure = parsed.last { return parsed }
    }
    return parsed
  }

  private func parse(_ text: String, limits: RequestParser.Limits = open) -> [Parsed] {
    parse([Array(text.utf8)], limits: limits)
  }

  private func words(_ words: String...) -> Parsed { .request(words.map { Array($0.utf8) }) }

  private static let pipelines: [String] = [
    "*1\r\n$4\r\nPING\r\n",
    "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$12\r\n\r\n$3\r\n*1\r\n\r\n\r\n*2\r\n$3\r\nGET\r\n$0\r\n\r\n",
    "PING\r\nSET a \"x y\\x41\\n\" 'it\\'s'\r\n\r\n*0\r\n*-1\r\n  GET   a  \n",
    "*2\r\n$3\r\nGET\r\n$1\r\na\r\nPING\r\n*1\r\n$4\r\nQUIT\r\n",
    "*70\r\n" + String(repeating: "$2\r\nab\r\n", count: 70) + "PING\r\n",
  ]

  @Test(arguments: pipelines) func readsTheSameHoweverItIsCut(text: String) {
    let bytes = Array(text.utf8)
    let whole = parse([bytes])
    #expect(!whole.isEmpty)
    for cut in 0...bytes.count {
      #expect(parse([Array(bytes[..<cut]), Array(bytes[cut...])]) == whole, "cut at \(cut)")
    }
    #expect(parse(bytes.map { [$0] }) == whole)
    for first in stride(from: 0, through: bytes.count, by: 7) {
      for second in stride(from: first, through: bytes.count, by: 11) {
        let pieces = [Array(bytes[..<first]), Array(bytes[first..<second]), Array(bytes[second...])]
        #expect(parse(pieces) == whole, "cut at \(first) and \(second)")
      }
    }
  }

  @Test func readsARequestOfManyArgumentsOnce() {
    var bytes = Array("*5000\r\n".utf8)
    for index in 0..<5000 { bytes += Array("$\("\(index)".utf8.count)\r\n\(index)\r\n".utf8) }
    let pieces = stride(from: 0, to: bytes.count, by: 13).map { Array(bytes[$0..<min($0 + 13, bytes.count)]) }
    #expect(parse(pieces) == [.request((0..<5000).map { Array("\($0)".utf8) })])
  }

  @Test func readsInlineRequests() {
    #expect(parse("SET key \"a b\"\r\n") == [words("SET", "key", "a b")])
    #expect(parse("SET key \"\"\n") == [words("SET", "key", "")])
    #expect(parse("\r\n\n  \r\nPING\n") == [words("PING")])
    #expect(parse("a\"b\"\r\n") == [words("ab")])
    #expect(parse("a \"b\"c\r\n") == [.failure(.unbalancedQuotes)])
    #expect(parse("a \"b\r\n") == [.failure(.unbalancedQuotes)])
    #expect(parse("PING\r\na 'b\r\nPING\r\n") == [words("PING"), .failure(.unbalancedQuotes)])
    #expect(parse(String(repeating: "a", count: 64 * 1024 + 1)) == [.failure(.tooBigInlineRequest)])
    #expect(parse(String(repeating: "a", count: 64 * 1024)) == [])
  }

  @Test func stopsAfterAsManyRequestsAsAsked() {
    var parser = RequestParser()
    var batch = RequestBatch()
    Array("PING\r\nPING\r\nPING\r\n".utf8).withBytes { bytes in
      let (consumed, ending) = parser.parse(
        bytes, session: session, limits: Self.open, maximumRequests: 2, into: &batch)
      #expect(consumed == 12)
      #expect(ending == .requestLimit)
      #expect(batch.count == 2)
    }
  }

  /// Arguments that are only announced are waited for, and nothing is claimed for them.
  @Test(arguments: [
    ("*2147483647\r\n", 5 * 2_147_483_647, 5), ("*3\r\n$3\r\nGET\r\n$100\r\nabc", 99 + 5, 99), ("*1", 1, 1),
    ("GET", 1, 1),
    ("*1\r\n$\(1 << 48)\r\n", (1 << 48) + 2, (1 << 48) + 2),
  ])
  func saysWhatTheArgumentAtHandLacks(text: String, missing: Int, ofArgument: Int) {
    var parser = RequestParser()
    var batch = RequestBatch()
    let limits = RequestParser.Limits(bulkBytes: .max, isUnauthenticated: false)
    Array(text.utf8).withBytes { bytes in
      let (_, ending) = parser.parse(bytes, session: session, limits: limits, maximumRequests: 2, into: &batch)
      #expect(ending == .incomplete(missing: missing, ofArgument: ofArgument))
    }
  }

  /// A length that no memory has does no harm where any is allowed.
  @Test func refusesLengthsBeyondAllMemory() {
    let limits = RequestParser.Limits(bulkBytes: .max, isUnauthenticated: false)
    #expect(parse("*1\r\n$\(Int.max)\r\n", limits: limits) == [.failure(.invalidBulkLength)])
  }

  @Test func limitsWhoHasNotAuthenticated() {
    let limits = RequestParser.Limits(bulkBytes: 512 << 20, isUnauthenticated: true)
    #expect(parse("*11\r\n", limits: limits) == [.failure(.unauthenticatedMultibulkLength)])
    #expect(parse("*10\r\n", limits: limits) == [])
    #expect(parse("*1\r\n$16385\r\n", limits: limits) == [.failure(.unauthenticatedBulkLength)])
    #expect(parse("*1\r\n$16384\r\n", limits: limits) == [])
  }

  /// What a real server says to bytes that are no request. (A zero byte in an inline request keeps it waiting for ever,
  /// since it looks for the line's end as C looks in a string; there this parser ends the line at the zero.)
  @Test(.enabled(if: RealRedis.isInstalled)) func refusesAsRedisDoes() throws {
    let real = try RealRedis()
    let many = String(repeating: "1", count: 70_000)
    for text in [
      "*1\r\n+PING\r\n", "*1\r\n\r\n", "*1\r\n$x\r\n", "*1\r\n$-1\r\n", "*1\r\n$536870913\r\n", "*1\r\n$\r\n",
      "*1\r\n$01\r\na\r\n", "*1\r\n$+1\r\na\r\n", "*x\r\n", "*\r\n", "*2147483648\r\n", "*99999999999999999999\r\n",
      "*-10\r\nPING\r\n", "*01\r\n$4\r\nPING\r\n", "*+1\r\n$4\r\nPING\r\n", "* 1\r\n$4\r\nPING\r\n", "*" + many,
      "*1\r\n$" + many, many, "PING \"x\r\n", "PING 'x'y\r\n", "PING 'x\\'y'\r\n", "PING \"\\x4a\\x4\"\r\n",
      "*1\r\n$4\r\nPINGxx*1\r\n$4\r\nPING\r\n", "*1\rx$4\r\nPING\r\n",
      "*1\r\n$4\rxPING\r\n", "$4\r\nPING\r\n", "PING\rPING\r\n", " \t PING \t a\r\n", "PING a\tb\r\n",
    ] {
      let theirs = String(decoding: try real.exchangeUntilClosed(Array(text.utf8)), as: UTF8.self)
      var test = TestEngine()
      let client = test.connect()
      let ours = test.send(Array(text.utf8), from: client)
      #expect(ours == theirs, "\(text.prefix(40).debugDescription)")
    }
  }

  @Test func survivesRandomBytes() {
    var random = RandomGenerator(seed: 20_260_101)
    let alphabet = Array("*$+-:0123456789\r\n\r\n\r\n \"'\\xPINGset\u{0}".utf8)
    for _ in 0..<20_000 {
      let count = Int(random.next(below: UInt64(40)))
      let bytes = (0..<count).map { _ in
        random.next(below: UInt64(10)) == 0
          ? UInt8(truncatingIfNeeded: random.next()) : alphabet[Int(random.next(below: UInt64(alphabet.count)))]
      }
      let whole = parse([bytes])
      #expect(parse(bytes.map { [$0] }) == whole, "\(bytes)")
    }
  }
}
