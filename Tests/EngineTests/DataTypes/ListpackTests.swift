import Testing

@testable import Engine

@Suite struct ListpackTests {
  /// Strings and integers on either side of where the encoding of an element changes, and of where the length behind
  /// it takes one byte more.
  static let boundaries: [[UInt8]] = {
    let integers: [Int64] = [0, 1, 127, 128, -1, 4095, 4096, 32767, 32768, 8_388_607, 8_388_608, 2_147_483_647]
    let more: [Int64] = [
      2_147_483_648, .max, .min, -4096, -4097, -32768, -32769, -8_388_608, -8_388_609, -2_147_483_648,
    ]
    let texts = (integers + more + [-2_147_483_649]).map { Array("\($0)") }
    let lengths = [0, 1, 20, 21, 62, 63, 64, 125, 126, 127, 128, 4094, 4095, 4096, 16377, 16378, 16379, 16380, 70000]
    let strings = lengths.map { [UInt8](repeating: UInt8(ascii: "x"), count: $0) }
    let almost = ["00", "-0", "+1", "1 ", "9223372036854775808", "-9223372036854775809", "1.0"].map { Array($0) }
    return texts + strings + almost
  }()

  private static func make(_ elements: [[UInt8]]) -> Listpack {
    var listpack = Listpack.make()
    for element in elements { element.withBytes { listpack.append($0) } }
    return listpack
  }

  static func elements(of listpack: Listpack) -> [[UInt8]] {
    var elements: [[UInt8]] = []
    var position = listpack.first
    while let here = position {
      elements.append(listpack[here].withBytes { $0.array })
      position = listpack.position(after: here)
    }
    return elements
  }

  private static func elementsFromTheEnd(of listpack: Listpack) -> [[UInt8]] {
    var elements: [[UInt8]] = []
    var position = listpack.last
    while let here = position {
      elements.append(listpack[here].withBytes { $0.array })
      position = listpack.position(before: here)
    }
    return elements
  }

  @Test func holdsEveryEncodingAtItsEnds() {
    for element in Self.boundaries {
      let listpack = Self.make([element, Array("between"), element])
      listpack.checkInvariants()
      #expect(Self.elements(of: listpack) == [element, Array("between"), element])
      #expect(Self.elementsFromTheEnd(of: listpack) == [element, Array("between"), element])
      listpack.free()
    }
    let all = Self.make(Self.boundaries)
    #expect(Self.elements(of: all) == Self.boundaries)
    #expect(Self.elementsFromTheEnd(of: all) == Self.boundaries.reversed())
    for (index, element) in Self.boundaries.enumerated() {
      guard let position = all.position(ofIndex: index), let found = element.withBytes({ all.find($0) }) else {
        Issue.record("no element \(index)")
        continue
      }
      #expect(position == found && all.position(ofIndex: index - Self.boundaries.count) == position)
    }
    #expect(all.position(ofIndex: Self.boundaries.count) == nil)
    #expect(all.position(ofIndex: -Self.boundaries.count - 1) == nil)
    all.free()
  }

  @Test func isThatOfRedisByteForByte() throws {
    guard RealRedis.isInstalled else { return }
    let redis = try RealRedis(options: ["--rdbcompression", "no", "--list-max-listpack-size", "-5"])
    for element in Self.boundaries where element.count < 60_000 {
      let words = [Array("RPUSH"), Array("l"), element, Array("5"), element]
      let replies = try redis.pipeline([[Array("DEL"), Array("l")], words, [Array("DUMP"), Array("l")]])
      let nodes = DumpedList.nodes(replies[2] ?? [])
      let listpack = Self.make([element, Array("5"), element])
      #expect(nodes.count == 1 && nodes[0].container == .packed && nodes[0].contents == listpack.bytes.array)
      listpack.free()
    }
  }

  @Test func changesAsAnArrayDoes() {
    var random = RandomGenerator(seed: 7)
    for _ in 0..<30 {
      var listpack = Listpack.make()
      var model: [[UInt8]] = []
      for _ in 0..<200 {
        let element = Self.boundaries[Int(random.next(below: UInt64(Self.boundaries.count - 1)))]
        let index = model.isEmpty ? 0 : Int(random.next(below: UInt64(model.count)))
        switch random.next(below: 8) {
        case 0, 1:
          element.withBytes { listpack.append($0) }
          model.append(element)
        case 2:
          element.withBytes { listpack.prepend($0) }
          model.insert(element, at: 0)
        case 3:
          let position = listpack.position(ofIndex: index) ?? listpack.endPosition
          element.withBytes { listpack.insert(ListpackElement($0), at: position) }
          model.insert(element, at: index)
        case 4 where !model.isEmpty:
          element.withBytes { listpack.replace(at: listpack.position(ofIndex: index) ?? 0, with: ListpackElement($0)) }
          model[index] = element
        case 5, 6:
          let count = min(Int(random.next(below: 3)), model.count - index)
          if count > 0 {
            listpack.remove(at: listpack.position(ofIndex: index) ?? 0, count: count)
            model.removeSubrange(index..<index + count)
          }
        default:
          let found = element.withBytes { listpack.find($0) }
          let expected = model.firstIndex(of: element).flatMap { listpack.position(ofIndex: $0) }
          #expect(found == expected)
        }
        listpack.checkInvariants()
        #expect(listpack.count == model.count && listpack.isEmpty == model.isEmpty)
      }
      #expect(Self.elements(of: listpack) == model && Self.elementsFromTheEnd(of: listpack) == model.reversed())
      let copy = listpack.copy()
      #expect(copy.bytes == listpack.bytes && copy.address != listpack.address)
      copy.free()
      listpack.free()
    }
  }

  @Test func findsOnlyWhereItLooks() {
    let listpack = Self.make(["a", "b", "b", "c", "7", "a"].map { Array($0) })
    func index(_ wanted: String, from start: Int = 0, skipping: Int = 0) -> Int? {
      let found = Array(wanted).withBytes {
        listpack.find($0, from: listpack.position(ofIndex: start), skipping: skipping)
      }
      return found.flatMap { found in (0..<6).first { listpack.position(ofIndex: $0) == found } }
    }
    #expect(index("b") == 1 && index("b", skipping: 1) == 2 && index("b", from: 3) == nil)
    #expect(index("7") == 4 && index("07") == nil && index("a", from: 1) == 5 && index("a", from: 1, skipping: 1) == 5)
    listpack.free()
  }

  @Test func countsMoreThanItsHeaderCan() {
    var listpack = Listpack.make()
    for _ in 0..<65_534 { listpack.append(1) }
    #expect(listpack.count == 65_534 && listpack.bytes[4] == 0xFE)
    for _ in 0..<3 { listpack.append(1) }
    listpack.checkInvariants()
    #expect(listpack.count == 65_537 && listpack.bytes[4] == 0xFF && listpack.bytes[5] == 0xFF)
    #expect(listpack.position(ofIndex: 65_536) == listpack.last && listpack.position(ofIndex: 65_537) == nil)
    listpack.remove(at: Listpack.headerBytes, count: 3)
    // The header learns of it with the next count.
    #expect(listpack.count == 65_534 && listpack.bytes[4] == 0xFE)
    listpack.checkInvariants()
    listpack.free()
  }

  @Test func takesOverElementsOfAnother() {
    let source = Self.make(Self.boundaries)
    var target = Self.make([Array("first")])
    target.append(
      elements: source.bytes[Listpack.headerBytes..<source.endPosition], count: Self.boundaries.count)
    target.checkInvariants()
    #expect(Self.elements(of: target) == [Array("first")] + Self.boundaries)
    source.free()
    target.free()
  }

  /// Whatever the bytes: either they are refused, or all of them can be walked both ways.
  @Test func refusesWhatIsNotOne() {
    func walk(_ bytes: [UInt8]) {
      let isValid = bytes.withBytes { Listpack.isValid($0, isDeep: true) }
      guard isValid else { return }
      let listpack = bytes.withBytes { Listpack.make($0) }
      #expect(Self.elements(of: listpack) == Self.elementsFromTheEnd(of: listpack).reversed())
      listpack.free()
    }
    let small = Self.make(Self.boundaries.filter { $0.count < 200 })
    let valid = small.bytes.array
    small.free()
    #expect(valid.withBytes { Listpack.isValid($0, isDeep: true) })
    for count in 0..<valid.count {
      let cut = Array(valid[0..<count])
      #expect(!cut.withBytes { Listpack.isValid($0, isDeep: false) })
      walk(cut)
    }
    for index in valid.indices {
      for value in [0, 1, 0x7F, 0x80, 0xBF, 0xC0, 0xDF, 0xE0, 0xEF, 0xF0, 0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xFF] as [UInt8]
      {
        var changed = valid
        changed[index] = value
        walk(changed)
      }
    }
    var random = RandomGenerator(seed: 3)
    for _ in 0..<20_000 {
      let count = 7 + Int(random.next(below: 40))
      var noise = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      noise.replaceSubrange(0..<6, with: [UInt8(count), 0, 0, 0, 255, 255])
      noise[count - 1] = 255
      walk(noise)
    }
  }

  @Test func isDeepWhereAsked() {
    // A count that is wrong, a length behind an element that is wrong, an element that the caller does not want.
    let count: [UInt8] = [9, 0, 0, 0, 2, 0, 5, 1, 255]
    let length: [UInt8] = [9, 0, 0, 0, 1, 0, 5, 2, 255]
    let sound: [UInt8] = [9, 0, 0, 0, 1, 0, 5, 1, 255]
    for bytes in [count, length] {
      #expect(bytes.withBytes { Listpack.isValid($0, isDeep: false) })
      #expect(!bytes.withBytes { Listpack.isValid($0, isDeep: true) })
    }
    #expect(sound.withBytes { Listpack.isValid($0, isDeep: true) })
    #expect(!sound.withBytes { Listpack.isValid($0, isDeep: true) { $0.integer != 5 } })
  }
}

/// A list as DUMP gives it, its strings uncompressed.
enum DumpedList {
  static func nodes(_ payload: [UInt8]) -> [(container: QuicklistNode.Container, contents: [UInt8])] {
    var position = 1
    func length() -> Int {
      let first = Int(payload[position])
      position += 1
      switch first >> 6 {
      case 0: return first
      case 1:
        position += 1
        return (first & 63) << 8 | Int(payload[position - 1])
      default:
        position += 4
        return payload[position - 4..<position].reduce(0) { $0 << 8 | Int($1) }
      }
    }
    guard payload.first == 18 else { return [] }
    var nodes: [(QuicklistNode.Container, [UInt8])] = []
    for _ in 0..<length() {
      guard let container = QuicklistNode.Container(rawValue: UInt8(length())) else { return [] }
      let count = length()
      nodes.append((container, Array(payload[position..<position + count])))
      position += count
    }
    return nodes
  }
}
