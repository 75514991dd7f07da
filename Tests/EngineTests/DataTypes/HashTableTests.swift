import Testing

@testable import Engine

/// The hash table beside a dictionary that is told the same.
@Suite struct HashTableTests {
  /// A table of entries, and what should be in it.
  struct Pair: ~Copyable {
    var table: HashTable<Entry>
    var model: [Int: Entry] = [:]
    let hash: KeyHash

    init(seed: UInt64) {
      var random = RandomGenerator(seed: seed)
      hash = KeyHash(secret: random.next(), random.next())
      table = HashTable(hash: hash)
    }

    deinit { for entry in model.values { entry.freeShell() } }

    static func withKey<Result>(_ number: Int, _ body: (Bytes) -> Result) -> Result {
      NumberText(Int64(number)).withBytes(body)
    }

    func hash(of number: Int) -> UInt64 { Self.withKey(number) { hash($0) } }

    static func entry(_ number: Int, expiry: Int64? = nil) -> Entry {
      withKey(number) {
        .make(key: $0, type: .string, encoding: .integer, content: .integer(0), expiry: expiry, access: 0)
      }
    }

    func find(_ number: Int) -> Entry? { Self.withKey(number) { table.find($0, hash: hash($0)) } }

    mutating func insert(_ number: Int) {
      let entry = Self.entry(number)
      table.insert(entry, hash: hash(of: number))
      model[number] = entry
    }

    mutating func replace(_ number: Int) {
      guard let old = model[number] else { return }
      let entry = Self.entry(number)
      table.replace(old, by: entry, hash: hash(of: number))
      old.freeShell()
      model[number] = entry
    }

    mutating func remove(_ number: Int) {
      guard let entry = model.removeValue(forKey: number) else { return }
      table.remove(entry, hash: hash(of: number))
      entry.freeShell()
    }

    mutating func toggle(_ number: Int) { if model[number] == nil { insert(number) } else { remove(number) } }

    /// Whether table and model agree about the numbers of `range`.
    func agrees(on range: Range<Int>) -> Bool {
      guard table.count == model.count else { return false }
      for number in range where find(number)?.address != model[number]?.address { return false }
      return true
    }
  }

  /// Every sequence of seven changes of four keys, beside so many others that they meet a bucket that fills, a further
  /// bucket, or a split.
  @Test(arguments: [0, 3, 6, 12, 18])
  func agreesInAllSmallHistories(others: Int) {
    let keys = 4
    for history in 0..<16384 {
      var pair = Pair(seed: UInt64(others))
      for number in 0..<others { pair.insert(100 + number) }
      var rest = history
      for _ in 0..<7 {
        pair.toggle(rest % keys)
        rest /= keys
      }
      let agrees = pair.agrees(on: 0..<keys)
      #expect(agrees)
      pair.table.checkInvariants()
    }
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
  func agreesInLongRandomHistories(seed: UInt64) {
    var pair = Pair(seed: seed)
    var random = RandomGenerator(seed: seed)
    let range = 1 << (seed * 2)
    for phase in 0..<8 {
      let growing = phase % 2 == 0
      for _ in 0..<min(6000, 3 * range) {
        let number = random.next(below: Int(range))
        let roll = random.next(below: 10)
        if roll == 0 {
          pair.replace(number)
        } else if (roll < 8) == growing {
          if pair.model[number] == nil { pair.insert(number) }
        } else {
          pair.remove(number)
        }
      }
      let agrees = pair.agrees(on: 0..<Int(range))
      #expect(agrees)
      pair.table.checkInvariants()
    }
    for number in pair.model.keys.sorted() { pair.remove(number) }
    #expect(pair.table.count == 0)
    pair.table.checkInvariants()
  }

  /// What stays from the first call to the last is reported, however the table grows and shrinks meanwhile.
  @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as [UInt64])
  func scanReportsAllThatStays(seed: UInt64) {
    var pair = Pair(seed: seed)
    var random = RandomGenerator(seed: seed)
    let staying = random.next(below: 400)
    for number in 0..<staying { pair.insert(number) }
    var next = 1000
    for _ in 0..<random.next(below: 2000) {
      pair.insert(next)
      next += 1
    }
    var seen = Set<String>()
    var cursor: UInt64 = 0
    repeat {
      cursor = pair.table.scan(cursor: cursor) { seen.insert($0.key.text) }
      // Now it grows, now it shrinks, by a few buckets or by many.
      let grows = random.next(below: 2) == 0
      for _ in 0..<random.next(below: 60) {
        if grows {
          pair.insert(next)
          next += 1
        } else if next > 1000 {
          next -= 1
          pair.remove(next)
        }
      }
    } while cursor != 0
    for number in 0..<staying { #expect(seen.contains("\(number)")) }
  }

  @Test func scanReportsEachOnceWhileNothingChanges() {
    for count in [0, 1, 5, 6, 7, 100, 1000, 5555] {
      var pair = Pair(seed: 9)
      for number in 0..<count { pair.insert(number) }
      var seen: [String] = []
      var calls = 0
      var cursor: UInt64 = 0
      repeat {
        cursor = pair.table.scan(cursor: cursor) { seen.append($0.key.text) }
        calls += 1
      } while cursor != 0
      #expect(seen.count == count && Set(seen).count == count)
      #expect(calls == max(pair.table.scanPositions, 1))
    }
  }

  @Test func scanEndsFromAnyCursor() {
    var pair = Pair(seed: 2)
    for number in 0..<500 { pair.insert(number) }
    for start in [1, 77, .max, 1 << 63, 12_345_678_901] as [UInt64] {
      var cursor = start
      for _ in 0..<1000 where cursor != 0 { cursor = pair.table.scan(cursor: cursor) { _ in } }
      #expect(cursor == 0)
    }
  }

  /// A mark set for a key is visited by every full sweep until the sweep's body gives it up.
  @Test func sweepVisitsEveryMarkedChain() {
    var pair = Pair(seed: 4)
    var random = RandomGenerator(seed: 4)
    var marked = Set<Int>()
    var next = 0
    for round in 0..<30 {
      for _ in 0..<200 {
        if round % 3 == 2, next > 300, let gone = pair.model.keys.randomElement(using: &random), !marked.contains(gone)
        {
          pair.remove(gone)
        } else {
          pair.insert(next)
          if random.next(below: 8) == 0 {
            pair.table.mark(hash: pair.hash(of: next))
            marked.insert(next)
          }
          next += 1
        }
      }
      var met = Set<Int>()
      var position = 0
      repeat {
        position = pair.table.sweep(from: position, limit: 7) { entry in
          guard let number = Int(entry.key.text), marked.contains(number) else { return false }
          met.insert(number)
          return true
        }
      } while position != 0
      #expect(met == marked)
    }
    var visits = 0
    for _ in 0..<2 {
      var position = 0
      repeat {
        position = pair.table.sweep(from: position, limit: 7) { _ in
          visits += 1
          return false
        }
      } while position != 0
      if marked.isEmpty { #expect(visits == 0) }
      marked = []
      if visits > 0 { visits = 0 }
    }
  }

  @Test func randomElementIsEven() {
    for count in [1, 7, 8, 9, 21, 40] {
      var pair = Pair(seed: UInt64(count))
      for number in 0..<count { pair.insert(number) }
      var random = RandomGenerator(seed: 5)
      var times = [Int](repeating: 0, count: count)
      let draws = 2000 * count
      for _ in 0..<draws {
        guard let number = Int(pair.table.randomElement({ random.next() })!.key.text) else { continue }
        times[number] += 1
      }
      // Each is drawn 2000 times, give or take five standard deviations.
      for time in times { #expect(abs(time - 2000) < 230) }
    }
    var empty = Pair(seed: 1)
    #expect(empty.table.randomElement({ 7 }) == nil)
    empty.insert(1)
    empty.remove(1)
    #expect(empty.table.randomElement({ 7 }) == nil)
  }

  @Test func drainGivesEveryElementBackOnce() {
    var pair = Pair(seed: 3)
    for number in 0..<5000 { pair.insert(number) }
    var seen = Set<String>()
    var calls = 0
    var more = true
    while more {
      more = pair.table.drain(limit: 100) { seen.insert($0.key.text) }
      calls += 1
    }
    #expect(seen.count == 5000)
    #expect(calls > 5)
  }

  @Test func findsByHashAlone() {
    var pair = Pair(seed: 8)
    for number in 0..<1000 { pair.insert(number) }
    for number in 0...1000 {
      let found = pair.table.first(hash: pair.hash(of: number))
      #expect(found == pair.model[number])
    }
  }
}

extension Entry: Equatable {
  public static func == (left: Entry, right: Entry) -> Bool { left.address == right.address }
}
