import Testing

@testable import Engine

@Suite struct DecimalIntegerTests {
  private func parsed(_ text: String) -> Int64? { Array(text.utf8).withBytes { $0.parseInt64() } }
  private func parsedUnsigned(_ text: String) -> UInt64? { Array(text.utf8).withBytes { $0.parseUInt64() } }

  @Test func readsCanonicalTextOnly() {
    #expect(parsed("0") == 0)
    #expect(parsed("-1") == -1)
    #expect(parsed("9223372036854775807") == .max)
    #expect(parsed("-9223372036854775808") == .min)
    for refused in [
      "", "-", "-0", "00", "01", "-01", "+1", " 1", "1 ", "1.0", "1e3", "0x1", "a", "9223372036854775808",
      "-9223372036854775809", "18446744073709551616", "99999999999999999999", "100000000000000000000", "1\0", "--1",
    ] { #expect(parsed(refused) == nil, "\(refused)") }
    #expect(parsedUnsigned("18446744073709551615") == .max)
    #expect(parsedUnsigned("18446744073709551616") == nil)
    #expect(parsedUnsigned("28446744073709551615") == nil)
    #expect(parsedUnsigned("1844674407370955161a") == nil)
  }

  @Test func writesWhatItReads() {
    var random = SystemRandomNumberGenerator()
    var samples: [Int64] = [.min, .max, 0, -1, 1]
    var power: Int64 = 1
    for _ in 0..<18 {
      power *= 10
      samples += [power - 1, power, power + 1, -power, 1 - power]
    }
    for _ in 0..<20_000 { samples.append(Int64.random(in: .min ... .max, using: &random) >> Int64.random(in: 0..<64)) }
    var buffer = ByteBuffer()
    for sample in samples {
      buffer.removeAll()
      buffer.append(decimal: sample)
      #expect(buffer.text == String(sample))
      #expect(buffer.bytes.parseInt64() == sample)
      #expect(DecimalInteger.count(sample) == buffer.count)
      #expect(NumberText(sample).withBytes { $0.text } == String(sample))
      let unsigned = UInt64(bitPattern: sample)
      #expect(NumberText(unsigned).withBytes { $0.parseUInt64() } == unsigned)
    }
  }
}
