/// Draws what stands at the `$` places of templates: a small key space, and values at every edge.
struct Values {
  var random: Random
  /// What a name ending in a digit was drawn as, within one template.
  private var drawn: [String: [UInt8]] = [:]
  /// Rises, so that most XADDs get an identifier that is new.
  private var streamTime = 1
  /// Everything of small size, so that lists and sets repeat themselves, or not.
  private let isLong: Bool

  init(random: Random) {
    self.random = random
    isLong = self.random.chance(30)
  }

  static let integers = [
    "0", "1", "-1", "2", "-2", "3", "5", "9", "10", "12", "13", "127", "128", "-128", "-129", "255", "4095", "4096",
    "-4096",
    "9999", "10000", "32767", "32768", "-32768", "-32769", "8388607", "8388608", "-8388608", "-8388609", "2147483647",
    "2147483648", "-2147483648", "-2147483649", "4294967295", "9223372036854775807", "-9223372036854775808",
  ]
  static let almostIntegers = [
    "9223372036854775808", "-9223372036854775809", "18446744073709551616", "00", "01", "-0", "+1", " 1", "1 ", "0x10",
    "1.0",
    "1e3", "", "abc", "--1", "1\0",
  ]
  /// Not negative zero, which 7.0 loses on the way through a listpack where 7.2 makes a skiplist at once.
  static let floats = [
    "0", "1", "-1", "1.5", "-2.25", "3.0", "0.1", "0.2", "1e3", "1e-5", "1e17", "1e21", "123456789012345678",
    "3.14159265358979",
    "1e300", "-1e300", "1e-300", "17179869184.5", "100", "10", "7", "1e5", "0.30000000000000004",
  ]
  /// None that overflows: `strtod` then leaves ERANGE behind, which the next SORT of Redis takes for its own.
  static let edgeFloats = [
    "inf", "-inf", "+inf", "Infinity", "nan", "-nan", "", "abc", "1e", "0x1p3", " 1", "1 ", "1.5.5", "infx",
    "1e308", "-1e308", "1.7e308", "12345678901234567890123456789",
  ]
  static let texts = [
    "", "a", "b", "c", "foo", "bar", "hello world", "\r\n", "\0", "é", "A", "aa", "ab", "*", "?", "[a]", "x:1", "3.5",
  ]

  mutating func forget() { drawn.removeAll(keepingCapacity: true) }

  mutating func draw(_ name: String) -> [UInt8] {
    guard let last = name.last, last.isNumber else { return value(name) }
    if let known = drawn[name] { return known }
    let new = value(String(name.dropLast()))
    drawn[name] = new
    return new
  }

  static let kinds = ["str", "list", "hash", "set", "iset", "zset", "stream", "hll", "geo"]
  static let keysOfKind = 4
  static let allKeys = kinds.flatMap { kind in (0..<keysOfKind).map { Array("\(kind)\($0)".utf8) } }

  /// Those that commands of any type meet. No geographic ones: where other scores than GEOADD's make members of one
  /// distance, their order is left to chance.
  static let commonKeys = allKeys.filter { !$0.starts(with: Array("geo".utf8)) }

  /// Sorted sets in which all scores are equal, as the lexicographic ranges ask for: with others what these give is not
  /// defined. No command for keys of any kind takes them.
  static let lexicographicKeys = (0..<keysOfKind).map { Array("lex\($0)".utf8) }

  static let checkedKeys = allKeys + lexicographicKeys

  private mutating func key(_ kind: String) -> [UInt8] {
    kind != "geo" && random.chance(4)
      ? random.pick(Self.commonKeys) : Array("\(kind)\(random.below(Self.keysOfKind))".utf8)
  }

  private mutating func text(_ choices: [String]) -> [UInt8] { Array(random.pick(choices).utf8) }
  private func number(_ value: Int) -> [UInt8] { Array("\(value)".utf8) }

  private mutating func value(_ name: String) -> [UInt8] {
    switch name {
    case "key": return random.chance(3) ? Array("none".utf8) : random.pick(Self.commonKeys)
    case "str", "list", "hash", "set", "iset", "zset", "stream", "hll", "geo": return key(name)
    case "lexset": return random.pick(Self.lexicographicKeys)
    case "group": return text(["g1", "g1", "g2"])
    case "consumer": return text(["c1", "c2", "c3"])
    case "v": return bytes()
    case "m": return member()
    case "im": return random.chance(85) ? number(random.below(60) - 20) : text(Self.integers)
    case "int": return random.chance(80) ? text(Self.integers) : text(Self.almostIntegers)
    case "n": return random.chance(90) ? number(random.below(12) - 4) : text(Self.integers + Self.almostIntegers)
    case "pos":
      return random.chance(93) ? number(random.below(6) + 1) : text(["0", "-1", "100", "9223372036854775807", "abc"])
    case "cnt":
      return random.chance(90) ? number(random.below(15) - 5) : text(["-9223372036854775808", "abc", "30", "-40"])
    case "off":
      return random.chance(90)
        ? number(random.below(40)) : text(["-1", "536870912", "9223372036854775807", "abc", "3000"])
    case "bit":
      return random.chance(90)
        ? number(random.below(200)) : text(["-1", "4294967296", "9223372036854775807", "x", "40000"])
    case "f": return random.chance(92) ? text(Self.floats) : text(Self.edgeFloats)
    case "small": return number(random.below(20))
    case "score":
      return random.chance(55)
        ? number(random.below(20)) : random.chance(90) ? text(Self.floats) : text(Self.edgeFloats)
    case "sr":
      return (random.chance(25) ? Array("(".utf8) : [])
        + (random.chance(75) ? number(random.below(22) - 1) : text(["-inf", "+inf", "1.5", "x", "0.1"]))
    case "lex": return random.chance(20) ? text(["-", "+", "x", "["]) : text(["[", "("]) + member()
    case "ttl": return text(["100000", "200000", "999999"])
    case "far": return text(["4102444800", "4102444801", "5102444800"])
    case "farms": return text(["4102444800000", "4102444800001", "5102444800000"])
    case "badttl": return text(["0", "-1", "abc", "9223372036854775807", "-9223372036854775808", "9223372036854775"])
    case "new":
      streamTime += random.below(3)
      return number(streamTime) + (random.chance(70) ? Array("-\(random.below(5))".utf8) : [])
    case "newstar":
      streamTime += 1
      return number(streamTime) + Array("-*".utf8)
    case "id": return identifier()
    case "lon":
      return random.chance(95)
        ? Array("\(Double(random.below(3600)) / 10 - 180)".utf8) : text(["181", "abc", "180.1"])
    case "lat":
      return random.chance(95)
        ? Array("\(Double(random.below(1700)) / 10 - 85)".utf8) : text(["86", "nan", "-85.1"])
    case "long":
      return [UInt8](repeating: UInt8(97 + random.below(3)), count: random.pick([20, 63, 64, 65, 500, 4096, 9000]))
    default: preconditionFailure("no values are called \(name)")
    }
  }

  private mutating func member() -> [UInt8] {
    switch random.below(100) {
    case 0..<60: return Array("m\(random.below(isLong ? 200 : 25))".utf8)
    case 60..<80: return number(random.below(isLong ? 300 : 30))
    case 80..<88: return text(Self.integers)
    case 88..<92: return text(Self.almostIntegers)
    case 92..<97: return text(Self.texts)
    default: return bytes()
    }
  }

  private mutating func bytes() -> [UInt8] {
    switch random.below(100) {
    case 0..<25: return text(Self.integers)
    case 25..<35: return text(Self.almostIntegers)
    case 35..<55: return text(Self.texts)
    case 55..<65: return text(Self.floats)
    case 65..<85: return Array("v\(random.below(50))".utf8)
    case 85..<90: return (0..<random.below(12)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    case 90..<97:
      let length = random.pick([11, 12, 19, 20, 21, 43, 44, 45, 62, 63, 64, 65, 66, 127, 128, 200])
      return [UInt8](repeating: UInt8(97 + random.below(26)), count: length)
    default:
      let length = random.pick([253, 254, 255, 256, 1000, 4095, 4096])
      return (0..<length).map { _ in UInt8(97 + random.below(random.chance(50) ? 2 : 26)) }
    }
  }

  private mutating func identifier() -> [UInt8] {
    if random.chance(10) {
      return text([
        "0", "0-0", "18446744073709551615-18446744073709551615", "abc", "1-", "-1", "5-x", "18446744073709551615",
      ])
    }
    let time = max(0, streamTime - random.below(60))
    return number(time) + (random.chance(60) ? Array("-\(random.below(5))".utf8) : [])
  }
}
