import Testing

@testable import Engine

@Suite struct StreamValueTests {
  /// A stream as lists.
  struct Model {
    struct Entry: Equatable {
      var id: StreamID
      var pairs: [[UInt8]]
    }
    var entries: [Entry] = []
    var lastID = StreamID.zero
  }

  static func contents(_ entries: consuming StreamEntries) -> [Model.Entry] {
    var all: [Model.Entry] = []
    while let entry = entries.next() {
      var pairs: [[UInt8]] = []
      entry.forEachPair { field, value in
        pairs.append(field.withBytes { $0.array })
        pairs.append(value.withBytes { $0.array })
      }
      all.append(Model.Entry(id: entry.id, pairs: pairs))
    }
    return all
  }

  static func append(_ stream: StreamValue, _ id: StreamID, _ pairs: [[UInt8]], _ limits: StreamLimits) {
    let joined = pairs.flatMap { $0 }
    joined.withBytes { bytes in
      var list = Slab<Bytes>(capacity: pairs.count)
      var offset = 0
      for part in pairs {
        list.append(bytes[offset..<offset + part.count])
        offset += part.count
      }
      stream.append(id, Arguments(list, 0..<list.count), limits: limits)
    }
  }

  @Test(arguments: [1, 2, 3, 4]) func randomChangesAgainstLists(seed: UInt64) {
    var random = RandomGenerator(seed: seed)
    let limits = [
      StreamLimits(nodeBytes: 4096, nodeEntries: 100), StreamLimits(nodeBytes: 100, nodeEntries: 0),
      StreamLimits(nodeBytes: 0, nodeEntries: 7), StreamLimits(nodeBytes: 0, nodeEntries: 0),
    ][Int(seed) - 1]
    let stream = StreamValue.make()
    var model = Model()
    for step in 0..<3000 {
      change(stream, &model, &random, limits)
      #expect(stream.count == model.entries.count)
      if step % 100 == 0 { check(stream, model, &random) }
    }
    check(stream, model, &random)
    let copy = stream.copy()
    check(copy, model, &random)
    stream.free()
    copy.free()
  }

  private func change(
    _ stream: StreamValue, _ model: inout Model, _ random: inout RandomGenerator, _ limits: StreamLimits
  ) {
    switch random.next(below: 20) {
    case 0 where !model.entries.isEmpty:
      let kept = Int(random.next(below: model.entries.count + 1))
      let removed = stream.trim(StreamTrim(target: .length(kept)))
      #expect(removed == model.entries.count - kept)
      model.entries.removeFirst(model.entries.count - kept)
    case 1 where !model.entries.isEmpty:
      let id = model.entries[Int(random.next(below: model.entries.count))].id
      let gone = model.entries.count { $0.id < id }
      #expect(stream.trim(StreamTrim(target: .leastID(id))) == gone)
      model.entries.removeFirst(gone)
    case 2 where !model.entries.isEmpty:
      // Whole nodes only: fewer may go, never more.
      let kept = Int(random.next(below: model.entries.count + 1))
      let removed = stream.trim(StreamTrim(target: .length(kept), isApproximate: true, limit: 50))
      #expect(removed <= min(50, model.entries.count - kept))
      model.entries.removeFirst(removed)
    case 3...7 where !model.entries.isEmpty:
      let index = Int(random.next(below: model.entries.count))
      #expect(stream.remove(model.entries[index].id) == true)
      #expect(stream.remove(model.entries[index].id) == false)
      model.entries.remove(at: index)
    default:
      for _ in 0..<4 {
        let last = model.lastID
        let id =
          random.next(below: 3) == 0
          ? StreamID(
            milliseconds: last.milliseconds + 1 + UInt64(random.next(below: 1000)),
            sequence: UInt64(random.next(below: 5)))
          : StreamID(milliseconds: last.milliseconds, sequence: last.sequence + 1 + UInt64(random.next(below: 300)))
        let names = [["a"], ["a", "b"], ["c"], ["1", "22"]][Int(random.next(below: 4))]
        var pairs: [[UInt8]] = []
        for name in names {
          pairs.append(Array(name.utf8))
          let isNumber = random.next(below: 2) == 0
          pairs.append(
            isNumber
              ? Array(String(Int64(truncatingIfNeeded: random.next()) >> Int64(random.next(below: 64))).utf8)
              : Array(repeating: 120, count: Int(random.next(below: 100))))
        }
        Self.append(stream, id, pairs, limits)
        model.entries.append(Model.Entry(id: id, pairs: pairs))
        model.lastID = id
      }
    }
  }

  private func check(_ stream: StreamValue, _ model: Model, _ random: inout RandomGenerator) {
    stream.checkInvariants()
    #expect(Self.contents(stream.entries()) == model.entries)
    #expect(Self.contents(stream.entries(isReversed: true)) == model.entries.reversed())
    #expect(stream.storage.lastID == model.lastID)
    #expect(stream.storage.firstID == model.entries.first?.id ?? .zero)
    #expect(stream.lastEntryID == model.entries.last?.id)
    guard let first = model.entries.randomElement(using: &random)?.id,
      let second = model.entries.randomElement(using: &random)?.id
    else { return }
    let inside = model.entries.filter { first <= $0.id && $0.id <= second }
    #expect(Self.contents(stream.entries(from: first, to: second)) == inside)
    #expect(Self.contents(stream.entries(from: first, to: second, isReversed: true)) == inside.reversed())
    #expect(stream.entry(first)?.id == first)
  }

  /// The bytes that redis-server 7.0.15 shows of the same two entries (DUMP).
  @Test func nodesAreLaidOutAsRedisDoes() {
    let stream = StreamValue.make()
    let limits = StreamLimits(nodeBytes: 4096, nodeEntries: 100)
    Self.append(stream, StreamID(milliseconds: 5, sequence: 1), [Array("f".utf8), Array("v".utf8)], limits)
    Self.append(stream, StreamID(milliseconds: 6, sequence: 0), [Array("g".utf8), Array("300".utf8)], limits)
    Self.append(stream, StreamID(milliseconds: 6, sequence: 9), [Array("f".utf8), Array("7".utf8)], limits)
    _ = stream.remove(StreamID(milliseconds: 6, sequence: 0))
    let node = stream.storage.nodes.first.map { stream.storage.nodes[$0] }
    #expect(node?.id == StreamID(milliseconds: 5, sequence: 1))
    #expect(node?.listpack.bytes.array == Self.expectedNode)
    stream.free()
  }

  private static let expectedNode: [UInt8] = [
    56, 0, 0, 0, 22, 0,
    // Two entries, one gone; the fields of the first.
    2, 1, 1, 1, 1, 1, 129, 102, 2, 0, 1,
    2, 1, 0, 1, 0, 1, 129, 118, 2, 4, 1,
    // Marked as gone, and its sequence below the node's.
    1, 1, 1, 1, 223, 255, 2, 1, 1, 129, 103, 2, 193, 44, 2, 6, 1,
    2, 1, 1, 1, 8, 1, 7, 1, 4, 1, 255,
  ]

  @Test func pendingEntriesKeepBothListsInStep() {
    let stream = StreamValue.make()
    let group = stream.makeGroup(Bytes("g"), lastID: .zero, entriesRead: 0)
    let consumers = [Bytes("a"), Bytes("b"), Bytes("c")].map { group.makeConsumer($0, seenTime: 5) }
    var random = RandomGenerator(seed: 9)
    var model: [UInt64: Int] = [:]
    for step in 0..<4000 {
      let number = UInt64(random.next(below: 500))
      let id = StreamID(milliseconds: number, sequence: 0)
      if random.next(below: 3) == 0 {
        #expect(group.removePending(id) == (model.removeValue(forKey: number) != nil))
      } else {
        let owner = Int(random.next(below: 3))
        group.setPending(
          StreamPending(id: id, consumer: consumers[owner], deliveryTime: Int64(step), deliveryCount: 1))
        model[number] = owner
      }
      if step % 200 == 0 { stream.checkInvariants() }
    }
    #expect(group.pending.count == model.count)
    for owner in 0..<3 { #expect(consumers[owner].pending.count == model.values.count { $0 == owner }) }
    let copy = stream.copy()
    copy.checkInvariants()
    #expect(copy.group(Bytes("g"))?.consumer(Bytes("b"))?.pending.count == consumers[1].pending.count)
    group.remove(consumers[1])
    stream.checkInvariants()
    #expect(group.pending.count == model.values.count { $0 != 1 })
    stream.free()
    copy.free()
  }

  @Test func aGiantIsFreedInSlices() {
    var stream = StreamValue.make()
    let limits = StreamLimits(nodeBytes: 4096, nodeEntries: 10)
    let group = stream.makeGroup(Bytes("g"), lastID: .zero, entriesRead: 0)
    let consumer = group.makeConsumer(Bytes("c"), seenTime: 0)
    for number in 1...5000 {
      let id = StreamID(milliseconds: UInt64(number), sequence: 0)
      Self.append(stream, id, [[1], [2]], limits)
      group.setPending(StreamPending(id: id, consumer: consumer, deliveryTime: 0, deliveryCount: 1))
    }
    stream.checkInvariants()
    var slices = 0
    var bytes = stream.allocatedBytes
    let effort = stream.freeEffort
    while stream.drain(limit: 64) {
      slices += 1
      #expect(stream.allocatedBytes < bytes)
      bytes = stream.allocatedBytes
    }
    #expect(slices >= 8 && effort >= 500)
  }
}
