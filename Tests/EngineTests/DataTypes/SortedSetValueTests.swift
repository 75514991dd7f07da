import Testing

@testable import Engine

/// Sorted sets in either encoding beside a dictionary that is told the same.
@Suite struct SortedSetValueTests {
  struct Pair: ~Copyable {
    var set: SortedSetValue
    var model: [String: Double] = [:]
    var random: RandomGenerator
    let limits: SortedSetLimits
    let hash = KeyHash(secret: 1, 2)

    init(seed: UInt64, listpackEntries: Int) {
      random = RandomGenerator(seed: seed)
      limits = SortedSetLimits(listpackEntries: listpackEntries, listpackValueBytes: 64)
      set = .make(limits: limits, hash: hash)
    }

    deinit { set.free() }

    mutating func put(_ member: String, _ score: Double) {
      let isNew = Array(member.utf8).withBytes { bytes in
        set.set(bytes, score: score, limits: limits, hash: hash, &random)
      }
      #expect(isNew == (model.updateValue(score, forKey: member) == nil))
    }

    mutating func remove(_ member: String) {
      let wasThere = Array(member.utf8).withBytes { set.remove($0) }
      #expect(wasThere == (model.removeValue(forKey: member) != nil))
    }

    mutating func remove(ranks: Range<Int>) {
      for (member, _) in sorted[ranks] { model[member] = nil }
      if let rest = set.remove(ranks: ranks) {
        rebuiltCount += 1
        rest.checkInvariants()
        rest.free()
      }
    }

    /// How often so many members went that the set was made anew of the others.
    private(set) var rebuiltCount = 0

    var sorted: [(String, Double)] {
      model.sorted {
        $0.value < $1.value || $0.value == $1.value && Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8))
      }
      .map { ($0.key, $0.value) }
    }

    /// Whether order, ranks, ways back and look-ups are the model's.
    func agrees() -> Bool {
      set.checkInvariants()
      let expected = sorted
      guard set.count == expected.count else { return false }
      var index = 0
      var matches = true
      set.forEach { member, score in
        matches =
          matches && index < expected.count && member.withBytes { $0.text } == expected[index].0
          && score == expected[index].1
        index += 1
      }
      guard matches, index == expected.count else { return false }
      var position = set.last
      while let here = position {
        index -= 1
        guard index >= 0, set.rank(of: here) == index, set.position(ofRank: index) == here else { return false }
        guard Array(expected[index].0.utf8).withBytes({ set.find($0) }) == here else { return false }
        position = set.position(before: here)
      }
      return index == 0
    }
  }

  /// Every sequence of six of these changes: three members, each with either of two scores, or removed.
  @Test(arguments: [0, 2, 8]) func agreesInAllSmallHistories(listpackEntries: Int) {
    let changes = 9
    var count = 1
    for _ in 0..<5 { count *= changes }
    for history in 0..<count {
      var pair = Pair(seed: UInt64(history), listpackEntries: listpackEntries)
      var rest = history
      for _ in 0..<5 {
        let (member, change) = (rest % changes / 3, rest % 3)
        if change == 2 { pair.remove("m\(member)") } else { pair.put("m\(member)", Double(change)) }
        rest /= changes
      }
      let agrees = pair.agrees()
      #expect(agrees)
    }
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64]) func agreesInLongRandomHistories(seed: UInt64) {
    var pair = Pair(seed: seed, listpackEntries: seed % 2 == 0 ? 0 : 100)
    var random = RandomGenerator(seed: seed)
    let range = 1 << (seed * 2)
    for phase in 0..<6 {
      for _ in 0..<min(3000, 4 * range) {
        let member = "member-\(random.next(below: range))"
        let score = Double(random.next(below: 40)) / 4 - 5
        if random.next(below: 10) < (phase % 2 == 0 ? 8 : 3) { pair.put(member, score) } else { pair.remove(member) }
      }
      if pair.model.count > 4 {
        let start = random.next(below: pair.model.count)
        pair.remove(ranks: start..<start + random.next(below: pair.model.count - start + 1) / 2)
      }
      let agrees = pair.agrees()
      #expect(agrees)
    }
    let copy = pair.set.copy()
    copy.checkInvariants()
    #expect(copy.count == pair.set.count && copy.encoding == pair.set.encoding)
    #expect(copy.allocatedBytes < pair.set.allocatedBytes * 5 / 4)
    copy.free()
  }

  @Test(arguments: [0, 1000]) func findsRanges(listpackEntries: Int) {
    var pair = Pair(seed: 9, listpackEntries: listpackEntries)
    for number in 0..<200 { pair.put("\(number)", Double(number / 4)) }
    for low in stride(from: -1.5, through: 51, by: 0.5) {
      for width in [0, 0.5, 1, 7, 100] {
        for exclusion in 0..<4 {
          let range = ScoreRange(
            minimum: low, maximum: low + width, excludesMinimum: exclusion & 1 == 1, excludesMaximum: exclusion & 2 == 2
          )
          let expected = pair.model.values.count { !range.isBelow($0) && range.reaches($0) }
          let found = pair.set.ranks(in: range)
          #expect(found.count == expected)
          if let position = pair.set.position(ofRank: found.lowerBound), !found.isEmpty {
            #expect(!range.isBelow(pair.set.score(at: position)))
          }
        }
      }
    }
  }

  /// What a builder comes to is what the same changes come to one after the other.
  @Test func builds() {
    var random = RandomGenerator(seed: 4)
    var pair = Pair(seed: 4, listpackEntries: 0)
    var builder = SkipListBuilder(hash: pair.hash)
    for _ in 0..<5000 {
      let member = "m\(random.next(below: 1000))"
      let score = Double(random.next(below: 10))
      Array(member.utf8).withBytes { builder.add($0, score, &random) { max($0, $1) } }
      pair.put(member, max(score, pair.model[member] ?? score))
      if random.next(below: 10) == 0 {
        Array("m5".utf8).withBytes { builder.remove($0) }
        pair.remove("m5")
      }
    }
    pair.set.free()
    pair.set = .make(&builder, limits: pair.limits)
    let agrees = pair.agrees()
    #expect(agrees)
  }

  /// A large set goes in slices, each of which takes its part off the account, down to nothing.
  @Test func drainsInSlices() {
    var pair = Pair(seed: 3, listpackEntries: 0)
    for number in 0..<20_000 { pair.put("member:\(number)", Double(number)) }
    #expect(pair.set.freeEffort >= 20_000)
    var set = pair.set.copy()
    let whole = set.allocatedBytes
    var slices = 0
    var before = whole
    while set.drain(limit: 500) {
      slices += 1
      #expect(set.allocatedBytes <= before)
      before = set.allocatedBytes
    }
    #expect(slices > 40)
    #expect(before < whole / 8)
  }

  /// With members of 16 bytes Redis takes some 120 bytes for each: 32 for the string, 48 and more for the node, and a
  /// table entry.
  @Test func takesLittleMemory() {
    var pair = Pair(seed: 3, listpackEntries: 0)
    for number in 1_000_000_000_000_000..<1_000_000_000_020_000 { pair.put("\(number)", Double(number % 1000)) }
    #expect(pair.set.allocatedBytes / 20_000 < 80)
  }

  @Test func samplesEvenly() {
    for (entries, wanted) in [(1000, 10), (0, 10), (0, 50)] {
      var pair = Pair(seed: 8, listpackEntries: entries)
      for number in 0..<100 { pair.put("\(number)", Double(number)) }
      var counts: [String: Int] = [:]
      for _ in 0..<2000 {
        var seen = Set<String>()
        var random = pair.random
        pair.set.sample(wanted, &random) { member, score in
          let name = member.withBytes { $0.text }
          #expect(Double(name) == score)
          #expect(seen.insert(name).inserted)
          counts[name, default: 0] += 1
        }
        pair.random = random
        #expect(seen.count == wanted)
      }
      let expected = 2000 * wanted / 100
      #expect(counts.count == 100 && counts.values.allSatisfy { $0 > expected / 2 && $0 < expected * 2 })
    }
  }

  @Test func judgesForeignListpacks() {
    func listpack(_ elements: [String]) -> Bool {
      var listpack = Listpack.make()
      for element in elements { Array(element.utf8).withBytes { listpack.append($0) } }
      defer { listpack.free() }
      return SortedSetValue.isValid(listpack: listpack.bytes, isDeep: true)
    }
    #expect(listpack(["a", "1", "b", "1", "c", "2.5", "d", "inf"]))
    #expect(!listpack(["a", "1", "b"]))
    #expect(!listpack(["b", "1", "a", "1"]))
    #expect(!listpack(["a", "2", "b", "1"]))
    #expect(!listpack(["a", "1", "a", "2"]))
    #expect(!listpack(["a", "x"]))
  }

  /// Where few of many stay, they are the set, and what it was is somebody else's to free.
  @Test(arguments: [0..<3990, 10..<4000, 0..<2500, 700..<3900, 0..<4000]) func fewStay(ranks: Range<Int>) {
    var pair = Pair(seed: 9, listpackEntries: 0)
    for member in 0..<4000 { pair.put("member-\(member)", Double(member % 50)) }
    pair.remove(ranks: ranks)
    let agrees = pair.agrees()
    #expect(agrees && pair.rebuiltCount == 1)
    // It is a set like any other.
    for member in 0..<300 { pair.put("member-\(member * 3)", Double(member)) }
    pair.remove(ranks: 5..<60)
    let agreesStill = pair.agrees()
    #expect(agreesStill && pair.rebuiltCount == 1)
  }
}
