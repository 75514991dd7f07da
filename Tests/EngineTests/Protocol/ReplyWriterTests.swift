import Testing

@testable import Engine

@Suite struct ReplyWriterTests {
  /// What `body` writes, in the version asked for, behind `padding` bytes of an earlier reply.
  private func written(version: Int = 2, padding: Int = 0, _ body: (inout ReplyWriter) -> Void) -> String {
    var writer = ReplyWriter()
    writer.begin(OutputChain(), version: version, isMuted: false)
    for _ in 0..<padding { writer.raw("x") }
    body(&writer)
    let chain = writer.end()
    let bytes = chain.array
    let count = chain.count
    #expect(bytes.count == count)
    return String(decoding: bytes.dropFirst(padding), as: UTF8.self)
  }

  @Test func writesWhatEachVersionHas() {
    #expect(written(version: 2) { $0.null() } == "$-1\r\n")
    #expect(written(version: 3) { $0.null() } == "_\r\n")
    #expect(written(version: 2) { $0.nullArray() } == "*-1\r\n")
    #expect(written(version: 3) { $0.nullArray() } == "_\r\n")
    #expect(written(version: 2) { $0.map(2) } == "*4\r\n")
    #expect(written(version: 3) { $0.map(2) } == "%2\r\n")
    #expect(written(version: 2) { $0.set(12) } == "*12\r\n")
    #expect(written(version: 3) { $0.set(12) } == "~12\r\n")
    #expect(written(version: 3) { $0.push(1) } == ">1\r\n")
    #expect(written(version: 2) { $0.boolean(true) } == ":1\r\n")
    #expect(written(version: 3) { $0.boolean(false) } == "#f\r\n")
    #expect(written(version: 2) { $0.verbatim("abc") } == "$3\r\nabc\r\n")
    #expect(written(version: 3) { $0.verbatim("abc") } == "=7\r\ntxt:abc\r\n")
    #expect(written(version: 3) { $0.bigNumber("123") } == "(123\r\n")
    #expect(written { $0.integer(Int64.min) } == ":-9223372036854775808\r\n")
    #expect(written { $0.bulk(integer: -5) } == "$2\r\n-5\r\n")
    #expect(written { $0.bulk(Bytes()) } == "$0\r\n\r\n")
  }

  /// Every kind of reply at every place around the end of a chunk.
  @Test func crossesTheEndOfAChunkAnywhere() {
    let value = Array(repeating: UInt8(ascii: "v"), count: 30)
    for padding in OutputPool.chunkBytes - 80...OutputPool.chunkBytes + 2 {
      let text = written(padding: padding) { writer in
        writer.integer(123)
        let outer = writer.openAggregate()
        let inner = writer.openAggregate()
        writer.bulk(value)
        writer.close(inner, array: 1)
        writer.ok()
        writer.close(outer, array: 2)
        writer.error(.syntax)
      }
      let expected =
        ":123\r\n*2\r\n*1\r\n$30\r\n\(String(repeating: "v", count: 30))\r\n+OK\r\n-ERR syntax error\r\n"
      #expect(text == expected, "behind \(padding) bytes")
    }
  }

  @Test func closesAnAggregateOverManyChunks() {
    let text = written { writer in
      let mark = writer.openAggregate()
      for index in 0..<20_000 { writer.integer(index) }
      writer.close(mark, array: 20_000)
    }
    #expect(text == "*20000\r\n" + (0..<20_000).map { ":\($0)\r\n" }.joined())
  }

  @Test func writesBigBulksWhole() {
    for count in [OutputPool.chunkBytes - 10, OutputPool.chunkBytes, OutputPool.chunkBytes + 1, 3_000_000] {
      let value = [UInt8](repeating: 7, count: count)
      let text = written(padding: 5) { writer in
        writer.bulk(value)
        writer.ok()
      }
      #expect(text == "$\(count)\r\n\(String(decoding: value, as: UTF8.self))\r\n+OK\r\n")
    }
  }

  @Test func releasesInPiecesAndUsesChunksAgain() {
    var random = RandomGenerator(seed: 3)
    var writer = ReplyWriter()
    var chain = OutputChain()
    var expected: [UInt8] = []
    for _ in 0..<3000 {
      writer.begin(chain, version: 2, isMuted: false)
      let value = [UInt8](repeating: UInt8(truncatingIfNeeded: random.next()), count: random.next(below: 9000))
      writer.raw(value)
      expected += value
      chain = writer.end()
      let sent = random.next(below: chain.count + 1)
      writer.pool.release(sent, of: &chain)
      expected.removeFirst(sent)
      if expected.count > 100_000 {
        let left = chain.array
        #expect(left == expected)
        writer.pool.release(chain.count, of: &chain)
        expected = []
      }
      let count = chain.count
      #expect(count == expected.count)
    }
    let left = chain.array
    #expect(left == expected)
  }

  @Test func writesNothingWhereMuted() {
    var writer = ReplyWriter()
    writer.begin(OutputChain(), version: 3, isMuted: true)
    let mark = writer.openAggregate()
    writer.bulk(Bytes("value"))
    writer.close(mark, map: 1)
    writer.error(.syntax)
    let errors = writer.errorCount
    #expect(errors == 1)
    let chain = writer.end()
    let isEmpty = chain.isEmpty
    #expect(isEmpty)
  }
}

extension ReplyWriter {
  fileprivate mutating func raw(_ bytes: [UInt8]) { bytes.withBytes { raw($0) } }
}
