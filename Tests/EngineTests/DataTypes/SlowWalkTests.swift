import Testing

@testable import Engine

/// Walks in slices see a table as it was when they began, whatever changes meanwhile.
@Suite struct SlowWalkTests {
  @Test(arguments: 0..<40) func everyElementIsSeenOnceAsItWas(seed: Int) {
    var random = RandomGenerator(seed: UInt64(seed))
    let hash = KeyHash(secret: 1, UInt64(seed))
    var table = HashFieldTable(hash: hash)
    var model: [String: String] = [:]
    func change(_ count: Int, growing: Bool) {
      for _ in 0..<count {
        let name = "field:\(random.next(below: 600))"
        switch random.next(below: growing ? 4 : 6) {
        case 0..<3:
          let value = String(repeating: "v", count: Int(random.next(below: 90)))
          model[name] = value
          Array(name.utf8).withBytes { name in
            Array(value.utf8).withBytes { _ = table.set(name, to: $0, expiry: .remove) }
          }
        default:
          guard model.removeValue(forKey: name) != nil else { continue }
          Array(name.utf8).withBytes { if let field = table.find($0) { table.remove(field) } }
        }
      }
    }
    change(2000, growing: true)
    for round in 0..<4 {
      let before = model
      table.table.beginWalk()
      var seen: [String: String] = [:]
      var visits = 0
      var hasMore = true
      while hasMore {
        hasMore = table.table.walk(limit: 1 + Int(random.next(below: 40))) { field in
          visits += 1
          seen[field.key.text] = field.value.text
        }
        change(Int(random.next(below: 60)), growing: round % 2 == 0)
        table.checkInvariants()
      }
      #expect(visits == before.count)
      #expect(seen == before)
      #expect(table.table.count == model.count)
    }
    table.table.beginWalk()
    change(100, growing: true)
    table.table.abandonWalk()
    let before = model
    table.table.beginWalk()
    var visits = 0
    while table.table.walk(limit: 7, { _ in visits += 1 }) {}
    #expect(visits == before.count)
  }

  /// A listpack from elsewhere with an element twice becomes a table with each once, which can be written and read.
  @Test func whatIsThereTwiceIsKeptOnce() {
    var listpack = Listpack.make()
    for word in ["a", "1", "a", "2", "b", "3"] { Array(word.utf8).withBytes { listpack.append($0) } }
    let hash = KeyHash(secret: 1, 2)
    var value = HashValue.make(listpack.copy())
    value.convertToTable(hash)
    #expect(value.count == 2)
    value.free()
    var random = RandomGenerator(seed: 1)
    var set = SortedSetValue.make(listpack: listpack.bytes)
    set.convertToSkipList(hash: hash, &random)
    #expect(set.count == 2)
    set.checkInvariants()
    set.free()
    listpack.free()
  }
}
