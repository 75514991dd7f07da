import Testing

@testable import Engine

@Suite struct LegacyEncodingTests {
  /// A ziplist written by hand: strings of each length form and integers of each width.
  static func ziplist(_ elements: [[UInt8]]) -> [UInt8] {
    var body: [UInt8] = []
    var before = 0
    var last = 10
    for element in elements {
      last = 10 + body.count
      let start = body.count
      if before < 254 {
        body.append(UInt8(before))
      } else {
        body += [0xFE] + withUnsafeBytes(of: UInt32(before).littleEndian) { Array($0) }
      }
      body += element
      before = body.count - start
    }
    let total = 10 + body.count + 1
    let head =
      withUnsafeBytes(of: UInt32(total).littleEndian) { Array($0) }
      + withUnsafeBytes(of: UInt32(last).littleEndian) { Array($0) }
      + withUnsafeBytes(of: UInt16(elements.count).littleEndian) { Array($0) }
    return head + body + [0xFF]
  }

  static func string(_ text: [UInt8]) -> [UInt8] {
    if text.count < 64 { return [UInt8(text.count)] + text }
    if text.count < 16384 { return [0x40 | UInt8(text.count >> 8), UInt8(text.count & 255)] + text }
    return [0x80] + withUnsafeBytes(of: UInt32(text.count).bigEndian) { Array($0) } + text
  }

  static func elements(_ bytes: [UInt8]) -> [String]? {
    var found: [String] = []
    let isSound = bytes.withBytes { view in
      Ziplist.forEach(in: view) { value in
        found.append(value.withBytes { $0.text })
        return true
      }
    }
    return isSound ? found : nil
  }

  private let sample: [[UInt8]] = [
    string(Array("a")), string([UInt8](repeating: 0x62, count: 300)), string([UInt8](repeating: 0x63, count: 20_000)),
    [0xF1], [0xFD], [0xFE, 0x80], [0xC0, 0xFF, 0x7F], [0xF0, 0, 0, 0x80], [0xD0, 1, 0, 0, 0],
    [0xE0, 0, 0, 0, 0, 0, 0, 0, 0x80], string([]),
  ]

  @Test func ziplistsOfEveryForm() {
    let text = Self.elements(Self.ziplist(sample))
    #expect(
      text == [
        "a", String(repeating: "b", count: 300), String(repeating: "c", count: 20_000), "0", "12", "-128", "32767",
        "-8388608", "1", "-9223372036854775808", "",
      ])
    #expect(Self.elements(Self.ziplist([])) == [])
  }

  @Test func damagedZiplistsAreRefusedOrRead() {
    let small = Self.ziplist([Self.string(Array("abc")), [0xC0, 1, 2], Self.string([UInt8](repeating: 1, count: 70))])
    for count in 0..<small.count { #expect(Self.elements(Array(small[0..<count])) == nil) }
    for position in small.indices {
      for value in 0...255 as ClosedRange<UInt8> {
        var damaged = small
        damaged[position] = value
        _ = Self.elements(damaged)
        if position < 8, value != small[position] { #expect(Self.elements(damaged) == nil) }
      }
    }
  }

  @Test func zipmaps() {
    func pairs(_ bytes: [UInt8]) -> [String]? {
      var found: [String] = []
      let isSound = bytes.withBytes { view in
        Zipmap.forEach(in: view) { field, value in
          found += [field.text, value.text]
          return true
        }
      }
      return isSound ? found : nil
    }
    let long = [UInt8](repeating: 0x78, count: 300)
    let map: [UInt8] =
      [2, 3] + Array("foo") + [3, 2] + Array("bar") + [0, 0] + [5] + Array("hello") + [0xFE, 0x2C, 1, 0, 0, 0] + long
      + [0xFF]
    #expect(pairs(map) == ["foo", "bar", "hello", String(repeating: "x", count: 300)])
    #expect(pairs([1, 0xFE, 1, 0, 0, 0, 0x66, 1, 0, 0x76, 0xFF]) == nil)
    #expect(pairs([0, 0xFF]) == nil && pairs([]) == nil && pairs([0xFF]) == nil)
    for count in 0..<map.count { #expect(pairs(Array(map[0..<count])) == nil) }
    for position in 0..<24 {
      for value in 0...255 as ClosedRange<UInt8> {
        var damaged = map
        damaged[position] = value
        _ = pairs(damaged)
      }
    }
  }

  @Test func listpacksOfGroups() {
    func groups(_ elements: [String], of group: Int, isDeep: Bool = true) -> Int? {
      var listpack = Listpack.make()
      defer { listpack.free() }
      for element in elements { Array(element.utf8).withBytes { listpack.append($0) } }
      let policy = LoadPolicy(Configuration(), hash: KeyHash(secret: 1, 2), isDeep: isDeep)
      return Listpack.validGroups(listpack.bytes, of: group, 2, policy)
    }
    #expect(groups(["a", "1", "b", "1"], of: 2) == 2 && groups(["a", "1", "b"], of: 2) == nil)
    #expect(groups(["a", "1", "a", "2"], of: 2) == nil && groups(["a", "1", "a", "2"], of: 2, isDeep: false) == 2)
    #expect(groups(["12", "x", "12"], of: 1) == nil && groups([], of: 3) == 0)
    #expect(groups((0..<1000).map { "m\($0)" }, of: 1) == 1000)
    #expect(groups(["a", "1", "a", "2", "b", "3"], of: 2, isDeep: false) == nil)
  }
}
