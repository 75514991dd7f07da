import Testing

@testable import Engine

/// Sets in all their forms beside a set of strings that is told the same.
@Suite struct SetValueTests {
  static let hash = KeyHash(secret: 3, 4)
  static let limits = SetLimits(intsetEntries: 8, listpackEntries: 6, listpackValueBytes: 10)

  static func withBytes<Result>(_ text: String, _ body: (Bytes) -> Result) -> Result {
    Array(text.utf8).withBytes { body($0) }
  }

  static func members(_ set: SetValue) -> [String] {
    var members: [String] = []
    set.forEach { member in
      members.append(member.withBytes { $0.text })
      return true
    }
    return members.sorted()
  }

  static func add(_ text: String, to set: inout SetValue) -> Bool {
    withBytes(text) { set.add($0, limits, hash: hash) }
  }

  static func make(_ members: [String]) -> SetValue {
    var set = withBytes(members.first ?? "") { SetValue.make(for: $0, expecting: 1, limits, hash: hash) }
    for member in members { _ = add(member, to: &set) }
    return set
  }

  /// Integers, short and long words: every change of form is on the way.
  static func word(_ number: Int) -> String {
    switch number % 5 {
    case 0, 1: "\(number)"
    case 2: "word\(number)"
    case 3: "00\(number)"
    default: number % 40 == 4 ? String(repeating: "long", count: number) : ""
    }
  }

  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func agreesInRandomHistories(seed: UInt64) {
    var random = RandomGenerator(seed: seed)
    let range = [6, 12, 40, 200][Int(seed) % 4]
    let kinds = seed % 3 == 0 ? 2 : 5
    var set = SetValue(Intset.make())
    var model: Set<String> = []
    for step in 0..<800 {
      let number = random.next(below: range)
      let word = Self.word(kinds == 2 ? number * 5 : number)
      if random.next(below: 5) < (step < 400 ? 3 : 2) {
        let isAdded = Self.add(word, to: &set)
        #expect(isAdded == model.insert(word).inserted)
      } else {
        let isRemoved = Self.withBytes(word) { set.remove($0) }
        #expect(isRemoved == (model.remove(word) != nil))
      }
      #expect(set.count == model.count)
      let isMember = Self.withBytes(word) { set.contains($0) }
      #expect(isMember == model.contains(word))
      if step % 50 == 0 {
        set.checkInvariants()
        #expect(Self.members(set) == model.sorted())
      }
    }
    let copy = set.copy()
    #expect(copy.encoding == set.encoding)
    #expect(Self.members(copy) == model.sorted())
    #expect(copy.allocatedBytes == set.allocatedBytes || set.encoding == .hashTable)
    copy.free()
    set.free()
  }

  @Test func takesTheFormsOfRedis() {
    #expect(Self.form(of: ["1", "2"]) == .intset)
    #expect(Self.form(of: (0..<8).map { "\($0)" }) == .intset)
    #expect(Self.form(of: (0..<9).map { "\($0)" }) == .hashTable)
    #expect(Self.form(of: ["1", "a"]) == .listpack)
    #expect(Self.form(of: ["a", "1", "2", "3", "4", "5"]) == .listpack)
    #expect(Self.form(of: ["a", "1", "2", "3", "4", "5", "6"]) == .hashTable)
    #expect(Self.form(of: ["0123456789"]) == .listpack)
    #expect(Self.form(of: ["0123456789a"]) == .hashTable)
    #expect(Self.form(of: ["12345678901", "a"]) == .hashTable, "an integer that is too long for a listpack")
    #expect(Self.form(of: (0..<6).map { "\($0)" } + ["a"]) == .hashTable)
    #expect(Self.form(of: (0..<5).map { "\($0)" } + ["a"]) == .listpack)
  }

  static func form(of members: [String]) -> Encoding {
    let set = make(members)
    defer { set.free() }
    return set.encoding
  }

  @Test(arguments: [5, 7, 300]) func drainsInSlices(count: Int) {
    var set = Self.make((0..<count).map { "m\($0)" })
    var slices = 1
    var bytes = set.allocatedBytes
    while set.drain(limit: 16) {
      #expect(set.allocatedBytes < bytes)
      bytes = set.allocatedBytes
      slices += 1
    }
    #expect(slices > 1 || count < 100)
  }

  /// Every choice of members is met, and of each size only what was asked for.
  @Test(arguments: [["1", "2", "3", "4"], ["a", "b", "c", "d"], ["a-long-member", "b", "c", "d"]])
  func samplesEvenly(members: [String]) {
    var random = RandomGenerator(seed: 5)
    let set = Self.make(members)
    defer { set.free() }
    for wanted in 0...4 {
      var counts: [[String]: Int] = [:]
      for _ in 0..<1200 {
        var chosen: [String] = []
        set.sample(wanted, &random) { member in chosen.append(member.withBytes { $0.text }) }
        counts[chosen.sorted(), default: 0] += 1
      }
      let choices = [1, 4, 6, 4, 1][wanted]
      #expect(counts.count == choices)
      #expect(counts.values.allSatisfy { abs($0 - 1200 / choices) < 90 })
    }
  }

  @Test(arguments: 1...30 as ClosedRange<UInt64>)
  func removesAtRandom(seed: UInt64) {
    var random = RandomGenerator(seed: seed)
    let members = (0..<(2 + random.next(below: 60))).map { seed % 2 == 0 ? "\($0)" : "m\($0)" }
    var set = Self.make(members)
    let wanted = 1 + random.next(below: members.count - 1)
    var removed: [String] = []
    set.removeRandom(wanted, Self.limits, hash: Self.hash, &random) { member in
      removed.append(member.withBytes { $0.text })
    }
    set.checkInvariants()
    #expect(removed.count == wanted)
    #expect(set.count == members.count - wanted)
    #expect((removed + Self.members(set)).sorted() == members.sorted())
    set.free()
  }

  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func bothWaysToADifferenceAgree(seed: UInt64) {
    var random = RandomGenerator(seed: seed)
    var sets: [SetValue] = []
    var models: [Set<String>] = []
    for _ in 0..<(1 + random.next(below: 4)) {
      let members = (0..<(1 + random.next(below: 40))).map { _ in Self.word(random.next(below: 60)) }
      sets.append(Self.make(members))
      models.append(Set(members))
    }
    defer { for set in sets { set.free() } }
    let expected = models.dropFirst().reduce(models[0]) { $0.subtracting($1) }.sorted()
    guard let difference = Difference(sets.map { $0 }) else { preconditionFailure() }
    var asked: [String] = []
    difference.forEachByAsking { member in asked.append(member.withBytes { $0.text }) }
    #expect(asked.sorted() == expected)
    let rest = difference.makeSetByRemoving(Self.limits, hash: Self.hash)
    #expect(Self.members(rest) == expected)
    rest.free()
  }

  @Test func scanReportsAll() {
    let members = (0..<500).map { "m\($0)" }
    let set = Self.make(members)
    defer { set.free() }
    var seen: Set<String> = []
    var cursor: UInt64 = 0
    repeat {
      cursor = set.scan(cursor: cursor) { member in seen.insert(member.withBytes { $0.text }) }
    } while cursor != 0
    #expect(seen == Set(members))
  }
}
