import Testing

@testable import Engine

/// Hashes beside a dictionary that is told the same.
@Suite struct HashValueTests {
  struct Model {
    var value: [UInt8]
    var expiry: Int64?
  }

  struct Pair: ~Copyable {
    var hash = HashValue.make()
    var model: [[UInt8]: Model] = [:]
    let limits: HashLimits
    let key = KeyHash(secret: 3, 4)

    init(_ limits: HashLimits) { self.limits = limits }

    deinit { hash.free() }

    mutating func set(_ field: [UInt8], _ value: [UInt8], _ change: FieldExpiryChange) {
      let isNew = field.withBytes { field in
        value.withBytes { hash.set(field, to: $0, expiry: change, limits, key) }
      }
      #expect(isNew == (model[field] == nil))
      model[field] = Model(value: value, expiry: change.applied(to: model[field]?.expiry))
    }

    mutating func remove(_ field: [UInt8]) {
      let removed = field.withBytes { hash.remove($0) }
      #expect(removed == (model.removeValue(forKey: field) != nil))
    }

    mutating func setExpiry(_ field: [UInt8], _ expiry: Int64?) {
      guard model[field] != nil else { return }
      field.withBytes { hash.setExpiry(of: $0, to: expiry) }
      model[field]?.expiry = expiry
    }

    /// Takes out what expired before a moment, in slices of a few fields.
    mutating func expire(before moment: Int64) {
      // A second walk where the table shrank under the first.
      for _ in 0..<3 {
        while true {
          let found = hash.findExpired(before: moment, limit: 4)
          var names: [[UInt8]] = []
          hash.forEachName(of: found) { names.append($0.array) }
          #expect(names.count == found.count)
          for name in names { #expect(model.removeValue(forKey: name)?.expiry.map { $0 < moment } == true) }
          hash.remove(found)
          if found.isAtEnd { break }
        }
      }
      #expect(model.values.allSatisfy { ($0.expiry ?? .max) >= moment })
      #expect(hash.earliestExpiry >= moment)
    }

    func check() {
      hash.checkInvariants()
      #expect(hash.count == model.count)
      var seen = 0
      hash.forEach { field, value, expiry in
        let wanted = model[field.withBytes { $0.array }]
        #expect(wanted?.value == value.withBytes { $0.array })
        #expect(wanted?.expiry == expiry)
        seen += 1
      }
      #expect(seen == model.count)
      let expiring = model.values.compactMap(\.expiry)
      #expect(hash.hasExpiringFields == !expiring.isEmpty)
      if let earliest = expiring.min() { #expect(hash.earliestExpiry <= earliest) }
      for (field, wanted) in model {
        #expect(field.withBytes { hash.find($0)?.value.withBytes { $0.array } } == wanted.value)
      }
    }
  }

  private static func value(_ random: inout RandomGenerator) -> [UInt8] {
    switch random.next(below: 8) {
    case 0: Array("\(Int64(bitPattern: random.next()) >> Int64(random.next(below: 60)))".utf8)
    case 1: Array(repeating: 7, count: 1500)
    case 2: Array(repeating: 8, count: 70_000)
    case 3: []
    default: Array(repeating: 65, count: random.next(below: 40))
    }
  }

  @Test(arguments: [(0, 64), (16, 100_000), (1000, 100_000), (1000, 64), (40, 1_000)])
  func agreesWithAModel(entries: Int, bytes: Int) {
    var random = RandomGenerator(seed: UInt64(entries * 7 + bytes))
    var pair = Pair(HashLimits(listpackEntries: entries, listpackValueBytes: bytes))
    var now: Int64 = 1000
    for step in 0..<3000 {
      let field = Array("\(random.next(below: 2) == 0 ? "field:" : "")\(random.next(below: 60))".utf8)
      let moment = now + Int64(random.next(below: 1000))
      switch random.next(below: 12) {
      case 0...3: pair.set(field, Self.value(&random), .remove)
      case 4: pair.set(field, Self.value(&random), .keep)
      case 5: pair.set(field, Self.value(&random), .at(moment))
      case 6, 7: pair.setExpiry(field, moment)
      case 8: pair.setExpiry(field, nil)
      case 9:
        now += Int64(random.next(below: 60))
        pair.expire(before: now)
      default: pair.remove(field)
      }
      if step % 16 == 0 { pair.check() }
    }
    pair.check()
    let copy = pair.hash.copy()
    #expect(copy.encoding == pair.hash.encoding && copy.count == pair.hash.count)
    copy.checkInvariants()
    copy.free()
  }

  /// A field longer than a header of four bytes can say, and values beside and apart.
  @Test func keepsAnyLength() {
    var pair = Pair(HashLimits(listpackEntries: 0, listpackValueBytes: 0))
    for fieldCount in [0, 1, 255, 256, 70_000] {
      for valueCount in [0, 959, 960, 961, 65_535, 65_536, 70_000] {
        let field = Array(repeating: UInt8(3), count: fieldCount)
        for change in [FieldExpiryChange.remove, .at(5), .keep, .remove] {
          pair.set(field, Array(repeating: 4, count: valueCount), change)
          pair.check()
        }
      }
    }
  }

  @Test func isFreedInSlices() {
    var hash = HashValue.make()
    let key = KeyHash(secret: 1, 2)
    for number in 0..<10_000 {
      NumberText(Int64(number)).withBytes {
        _ = hash.set($0, to: $0, HashLimits(listpackEntries: 512, listpackValueBytes: 64), key)
      }
    }
    var slices = 1
    var bytes = hash.allocatedBytes
    while hash.drain(limit: 100) {
      #expect(hash.allocatedBytes < bytes)
      bytes = hash.allocatedBytes
      slices += 1
    }
    #expect(slices > 50 && slices < 300)
  }
}
