import Testing

@testable import Engine

/// The intset beside a set of integers that is told the same.
@Suite struct IntsetTests {
  /// Around the ends of each width.
  static let edges: [Int64] = [
    0, 1, -1, 32767, 32768, -32768, -32769, 2_147_483_647, 2_147_483_648, -2_147_483_648, -2_147_483_649, .max, .min,
  ]

  static func integers(_ intset: Intset) -> [Int64] { (0..<intset.count).map { intset[$0] } }

  /// Every order of three of the edges, and the removal of each.
  @Test func agreesInAllSmallHistories() {
    for first in Self.edges {
      for second in Self.edges {
        for third in Self.edges {
          var intset = Intset.make()
          var model: Set<Int64> = []
          for value in [first, second, third] {
            let isNew = model.insert(value).inserted
            let isAdded = intset.add(value)
            #expect(isAdded == isNew)
            intset.checkInvariants()
          }
          #expect(Self.integers(intset) == model.sorted())
          for value in Self.edges {
            #expect(intset.contains(value) == model.contains(value))
            let wasThere = model.remove(value) != nil
            let isRemoved = intset.remove(value)
            #expect(isRemoved == wasThere)
            intset.checkInvariants()
          }
          #expect(intset.count == 0)
          intset.free()
        }
      }
    }
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func agreesInLongRandomHistories(seed: UInt64) {
    var random = RandomGenerator(seed: seed)
    var intset = Intset.make()
    defer { intset.free() }
    var model: Set<Int64> = []
    for round in 0..<4000 {
      let value = Int64(random.next(below: 900)) - 450 + Self.edges[random.next(below: round < 2000 ? 3 : 9)] / 2
      if random.next(below: 3) == 0 {
        let isRemoved = intset.remove(value)
        #expect(isRemoved == (model.remove(value) != nil))
      } else {
        let isAdded = intset.add(value)
        #expect(isAdded == model.insert(value).inserted)
      }
      #expect(intset.count == model.count)
    }
    intset.checkInvariants()
    #expect(Self.integers(intset) == model.sorted())
    let copy = intset.copy()
    #expect(copy.bytes == intset.bytes)
    copy.free()
  }

  /// The bytes that Redis has for the same integers.
  @Test func hasTheBytesOfRedis() {
    var intset = Intset.make()
    defer { intset.free() }
    for value in [5, -1, 300] as [Int64] { _ = intset.add(value) }
    #expect(intset.bytes.array == [2, 0, 0, 0, 3, 0, 0, 0, 0xFF, 0xFF, 5, 0, 0x2C, 1])
    _ = intset.add(70000)
    #expect(
      intset.bytes.array == [
        4, 0, 0, 0, 4, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 5, 0, 0, 0, 0x2C, 1, 0, 0, 0x70, 0x11, 1, 0,
      ])
    // Widths never shrink.
    _ = intset.remove(70000)
    #expect(intset.width == 4)
  }

  @Test func refusesWhatIsNone() {
    let good: [UInt8] = [2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 2, 0]
    func isValid(_ bytes: [UInt8]) -> Bool { bytes.withBytes { Intset.isValid($0, isDeep: true) } }
    #expect(isValid(good))
    for length in 0..<good.count { #expect(!isValid(Array(good[0..<length]))) }
    #expect(!isValid([3, 0, 0, 0, 0, 0, 0, 0]))
    #expect(!isValid([2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 1, 0]))
    #expect(!isValid([2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 1, 0]))
    #expect(!isValid([8, 0, 0, 0, 255, 255, 255, 255]))
  }
}
