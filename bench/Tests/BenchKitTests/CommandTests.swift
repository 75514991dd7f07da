import Testing

@testable import BenchKit

@Suite struct CommandTests {
  private func encode(_ entries: [String], size: ValueSize, count: Int = 1, seed: UInt64 = 1) -> String {
    let mix = CommandMix(parsing: entries, valueSize: size)!
    var encoder = CommandEncoder(
      mix: mix, valueSize: size, keys: KeySampler(.sequential, keySpace: 1000), seed: seed)
    let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: encoder.largestEncoding * count)
    defer { buffer.deallocate() }
    var length = 0
    for _ in 0..<count {
      let one = encoder.encode(to: buffer + length)
      #expect(one <= encoder.largestEncoding)
      length += one
    }
    return String(decoding: UnsafeBufferPointer(start: buffer, count: length), as: UTF8.self)
  }

  @Test func fillsKeys() {
    #expect(
      encode(["get"], size: .fixed(3), count: 2)
        == "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000000\r\n*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000001\r\n")
    #expect(
      encode(["MGET __key__ x__key__"], size: .fixed(3))
        == "*3\r\n$4\r\nMGET\r\n$12\r\n000000000000\r\n$13\r\nx000000000001\r\n")
  }

  @Test(arguments: [ValueSize.fixed(10), .uniform(0...50), .weighted([.init(bytes: 7, weight: 1)])])
  func valuesHaveTheLengthTheirHeaderSays(size: ValueSize) {
    let text = encode(["SET k a__data__b EX 5"], size: size)
    let parts = text.split(separator: "\r\n", omittingEmptySubsequences: false)
    #expect(parts[0] == "*5")
    #expect(parts[5] == "$\(parts[6].utf8.count)")
    #expect(parts[6].hasPrefix("a") && parts[6].hasSuffix("b"))
    #expect(parts[7...] == ["$2", "EX", "$1", "5", ""])
  }

  @Test func weightsHold() {
    let text = encode(["9*get", "1*set"], size: .fixed(4), count: 10_000)
    let sets = text.split(separator: "SET").count - 1
    #expect((900...1100).contains(sets))
  }

  @Test func scannerCountsRepliesHoweverTheyAreCut() {
    let stream = Array(
      ("+OK\r\n:12\r\n$5\r\nab\r\nc\r\n$-1\r\n*2\r\n$1\r\na\r\n*1\r\n:1\r\n*0\r\n*-1\r\n-ERR no\r\n"
        + "%1\r\n+a\r\n:1\r\n_\r\n$0\r\n\r\n").utf8)
    let expected = 11
    for first in 0...stream.count {
      for second in first...stream.count {
        var scanner = ReplyScanner()
        var replies = 0
        stream.withUnsafeBufferPointer { bytes in
          for range in [0..<first, first..<second, second..<stream.count] where !range.isEmpty {
            replies += scanner.scan(bytes.baseAddress! + range.lowerBound, count: range.count)
          }
        }
        #expect(replies == expected)
        #expect(scanner.errors == 1 && scanner.firstError == Array("ERR no".utf8))
      }
    }
  }
}
