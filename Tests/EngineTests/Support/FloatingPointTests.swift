import Foundation
import Testing

@testable import Engine

@Suite struct FloatingPointTests {
  private func written(_ value: Double) -> String {
    var buffer = ByteBuffer()
    buffer.append(double: value)
    return buffer.text
  }

  private func parsed(_ text: String) -> Double? { Array(text.utf8).withBytes { $0.parseDouble() } }

  /// C's strtod, and Redis's conditions on its result.
  private func reference(_ text: String) -> Double? {
    errno = 0
    return text.withCString { start in
      var end: UnsafeMutablePointer<CChar>?
      let value = strtod(start, &end)
      if text.utf8.isEmpty || isspace(Int32(start[0])) != 0
        || end! - UnsafeMutablePointer(mutating: start) != text.utf8.count
        || value.isNaN || (errno == ERANGE && (value.isInfinite || value == 0))
      {
        return nil
      }
      return value
    }
  }

  /// Texts that look like numbers, most of them.
  private func numberText(_ random: inout RandomGenerator) -> String {
    func digits(_ limit: Int) -> String {
      String((0..<random.next(below: limit)).map { _ in Character(String(random.next(below: 10))) })
    }
    var text = ["", "", "", "-", "+"][random.next(below: 5)]
    switch random.next(below: 10) {
    case 0:
      text += "0x" + String(random.next() >> random.next(below: UInt64(64)), radix: 16)
      if random.next(below: 2) == 0 { text += "." + String(random.next(), radix: 16) + digits(20) }
      if random.next(below: 2) == 0 { text += "p" + String(random.next(below: 2200) - 1100) }
    case 1:
      text += "\(Double(bitPattern: random.next()))"
    case 2:
      text += digits(800) + "." + digits(900)
    default:
      text += digits(25)
      if random.next(below: 2) == 0 { text += "." + digits(25) }
      if random.next(below: 2) == 0 { text += "e" + String(random.next(below: 700) - 350) }
    }
    return text
  }

  @Test func readsAsStrtod() {
    var random = RandomGenerator(seed: 3)
    for text in [
      "", "-", "+", ".", "-.", "1.", ".5", "1e", "1e+", "1e5", " 1", "1 ", "inf", "-INF", "+Infinity", "infinit", "nan",
      "0x",
      "0x.", "0x.8", "0X1P3", "0x1p", "1e400", "-1e400", "1e-400", "4.9e-324", "2.4703282292062328e-324",
      "2.4703282292062327e-324",
      "1.7976931348623158e308", "1.7976931348623159e308", "0e999999999999999999999", "1e99999999999999999999",
      "9007199254740993", "9007199254740992.99999999", "9007199254740993.0000000000000000001",
      "2.2250738585072011e-308",
      "0x1.fffffffffffff8p1023", "0x1.fffffffffffff7p1023", "0x0.0000000000001p-1022", "0x1p-1075", "0x1.1p-1075",
      "1_0", "1,0", "--1",
      "-0", "0x-1", "1e5.5", "1..2", "00012", "0000000000000000000000000001e-5",
    ] {
      #expect(parsed(text)?.bitPattern == reference(text)?.bitPattern, "\(text)")
    }
    for _ in 0..<20_000 {
      let text = numberText(&random)
      #expect(parsed(text)?.bitPattern == reference(text)?.bitPattern, "\(text)")
    }
  }

  @Test func writesAsRedis() {
    for (value, text) in [
      (3.0, "3"), (-0.0, "-0"), (0.1, "0.1"), (1e20, "1e+20"), (1.5e-9, "1.5e-9"), (.infinity, "inf"),
      (-.infinity, "-inf"),
      (.nan, "nan"), (3.5, "3.5"), (1e15, "1000000000000000"), (1e18, "1000000000000000000"), (-123.456, "-123.456"),
      (0.000001, "0.000001"), (.leastNonzeroMagnitude, "5e-324"), (1e100, "1e+100"),
      (1.7976931348623157e308, "1.7976931348623157e+308"),
      (17179869184.5, "17179869184.5"), (1e-7, "1e-7"), (1e19, "1e+19"),
      (12_345_678_901_234_567_168, "12345678901234567000"),
    ] as [(Double, String)] {
      #expect(written(value) == text)
    }
    var random = RandomGenerator(seed: 4)
    var longer = 0
    for round in 0..<50_000 {
      let value =
        round % 2 == 0 ? Double(bitPattern: random.next()) : Double(random.next(below: 1 << 40)) / 1000
      guard value.isFinite else { continue }
      let text = written(value)
      #expect(text.utf8.count <= 25 && Double(text) == value, "\(value) \(text)")
      #expect(NumberText(value).withBytes { $0.text } == text)
      func digits(_ text: String) -> Int {
        let digits = text.prefix { $0 != "e" }.filter { $0.isNumber }.drop { $0 == "0" }
        return String(digits.reversed().drop { $0 == "0" }).count
      }
      if digits(text) > digits(value.description) { longer += 1 }
    }
    #expect(longer < 200)
  }

  @Test func fixedDecimalsAsPrintf() {
    var random = RandomGenerator(seed: 5)
    for _ in 0..<20_000 {
      var value = Double(bitPattern: random.next())
      if random.next(below: 3) > 0 { value = Double(Int64(truncatingIfNeeded: random.next()) >> 30) / 64 }
      guard value.isFinite else { continue }
      let decimals = random.next(below: 18)
      var buffer = ByteBuffer()
      buffer.append(double: value, decimals: decimals)
      #expect(buffer.text == String(format: "%.\(decimals)f", value))
    }
  }

  @Test func memorySizes() {
    func size(_ text: StaticString) -> UInt64? { Bytes(text).parseMemorySize() }
    #expect(size("0") == 0 && size("100b") == 100 && size("1k") == 1000 && size("1KB") == 1024)
    #expect(size("3mb") == 3 << 20 && size("1G") == 1_000_000_000 && size("2Gb") == 2 << 30)
    #expect(size("-1") == nil && size("1t") == nil && size("1 mb") == nil && size("1.5gb") == nil)
    func human(_ size: UInt64) -> String {
      var buffer = ByteBuffer()
      buffer.append(humanSize: size)
      return buffer.text
    }
    #expect(human(1023) == "1023B" && human(1024) == "1.00K" && human(1_048_576) == "1.00M")
    #expect(human(1_572_864) == "1.50M" && human(1 << 30) == "1.00G" && human(1 << 60) == "1152921504606846976B")
    #expect(human((1 << 20) - 1) == "1024.00K")
  }

  #if arch(x86_64)
    private func human(_ value: LongDouble) -> String {
      var buffer = ByteBuffer()
      buffer.append(human: value)
      return buffer.text
    }

    @Test func longDoublesAsTheLibraryReadsThem() {
      // Swift's own Float80 parser is C's strtold.
      var random = RandomGenerator(seed: 6)
      for _ in 0..<5_000 {
        let text = numberText(&random)
        guard let value = Array(text.utf8).withBytes({ $0.parseLongDouble() }) else { continue }
        #expect(value == Float80(text), "\(text)")
      }
      for text in ["1e4932", "1.18973149535723176502e4932", "3.6e-4951", "1e-4940", "0x1p-16445", "1e-4000"] {
        #expect(Array(text.utf8).withBytes { $0.parseLongDouble() } == Float80(text)!, "\(text)")
      }
      for text in ["1e4933", "1.2e4932", "1e-4960", "nan", "", " 1", "0x1p-16447"] {
        #expect(Array(text.utf8).withBytes { $0.parseLongDouble() } == nil, "\(text)")
      }
      #expect(human(0) == "0" && human(-1e-30) == "0" && human(.infinity) == "inf" && human(3.0) == "3")
      #expect(human(1e22) == "10000000000000000000000" && human(0x1p-3) == "0.125" && human(100) == "100")
    }

    @Test(.enabled(if: RealRedis.isInstalled, "needs redis-server")) func incrementsAsRedis() throws {
      let redis = try RealRedis()
      var random = RandomGenerator(seed: 8)
      var pairs: [(String, String)] = [
        ("10.50", "0.1"), ("5.0e3", "2.0e2"), ("0", "1e-17"), ("3", "-3.0000000000000000001"), ("1e4000", "1"),
        ("1e-4940", "0"),
        ("0.1", "0.2"), ("123456789012345678", "0.00000000000000001"), ("1e4932", "1e4932"), ("inf", "1"),
        ("0x10", "0x.8"),
      ]
      for _ in 0..<4_000 { pairs.append((numberText(&random), numberText(&random))) }
      for _ in 0..<4_000 {
        func short() -> String {
          "\(random.next(below: 2_000_000) - 1_000_000).\(random.next(below: 1 << random.next(below: 40)))"
        }
        pairs.append((short(), short()))
      }
      let commands = pairs.flatMap {
        [[Array("SET"), Array("k"), Array($0)], [Array("INCRBYFLOAT"), Array("k"), Array($1)]]
      }
      let replies = try redis.pipeline(commands)
      for (index, pair) in pairs.enumerated() {
        let theirs = String(decoding: replies[index * 2 + 1] ?? [], as: UTF8.self)
        var ours = "-ERR value is not a valid float"
        if let first = Array(pair.0.utf8).withBytes({ $0.parseLongDouble() }),
          let second = Array(pair.1.utf8).withBytes({ $0.parseLongDouble() })
        {
          let sum = first + second
          ours = sum.isFinite ? human(sum) : "-ERR increment would produce NaN or Infinity"
        }
        #expect(ours == theirs, "\(pair)")
      }
    }
  #endif
}
