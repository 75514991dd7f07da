import Testing

@testable import Engine

@Suite struct QuicklistTests {
  static let limits: [ListLimits] = {
    var limits: [ListLimits] = []
    for nodeSize in [-1, 0, 1, 2, 3, 7, 40] {
      for depth in [0, 1, 2, 5] {
        for plainBytes in [1, 20, ListLimits.defaultPlainBytes] {
          limits.append(ListLimits(nodeSize: nodeSize, compressDepth: depth, plainBytes: plainBytes))
        }
      }
    }
    return limits
  }()

  private static func element(_ random: inout RandomGenerator) -> [UInt8] {
    switch random.next(below: 5) {
    case 0: Array("\(random.next(below: 50))")
    case 1: Array("\(Int64(bitPattern: random.next()))")
    case 2: [UInt8](repeating: UInt8(ascii: "x"), count: Int(random.next(below: 60)))
    case 3: Array("a")
    default: [UInt8](repeating: UInt8(ascii: "y"), count: Int(random.next(below: 1500)))
    }
  }

  private static func contents(_ list: ListValue, awayFrom end: ListEnd = .head) -> [[UInt8]] {
    var elements: [[UInt8]] = []
    list.forEach(from: end == .head ? 0 : list.count - 1, limit: .max, awayFrom: end) { element in
      elements.append(element.withBytes { $0.array })
      return true
    }
    return elements
  }

  @Test(arguments: limits) func isWhatAnArrayWouldBe(limits: ListLimits) {
    var random = RandomGenerator(seed: UInt64(bitPattern: Int64(limits.nodeSize * 100 + limits.compressDepth)))
    for round in 0..<4 {
      var list = ListValue.make()
      var model: [[UInt8]] = []
      for _ in 0..<150 {
        Self.change(&list, &model, limits, &random, grows: round % 2 == 0)
        list.checkInvariants()
        #expect(list.count == model.count)
        if !model.isEmpty {
          let index = Int(random.next(below: UInt64(model.count)))
          var found: [[UInt8]] = []
          list.forEach(from: index, limit: 3, awayFrom: .tail) { element in
            found.append(element.withBytes { $0.array })
            return true
          }
          #expect(found == model[max(0, index - 2)...index].reversed())
        }
      }
      #expect(Self.contents(list) == model && Self.contents(list, awayFrom: .tail) == model.reversed())
      let copy = list.copy()
      copy.checkInvariants()
      #expect(Self.contents(copy) == model && copy.allocatedBytes == list.allocatedBytes)
      copy.free()
      while list.drain(limit: 4) {}
    }
  }

  private static func change(
    _ list: inout ListValue, _ model: inout [[UInt8]], _ limits: ListLimits, _ random: inout RandomGenerator,
    grows: Bool
  ) {
    let element = Self.element(&random)
    let index = model.isEmpty ? 0 : Int(random.next(below: UInt64(model.count)))
    let end: ListEnd = random.next(below: 2) == 0 ? .head : .tail
    switch random.next(below: grows ? 9 : 12) {
    case 0...3:
      element.withBytes { bytes in
        list.prepare(bytes: bytes.count, count: 1, limits)
        list.push(bytes, at: end, limits)
      }
      model.insert(element, at: end == .head ? 0 : model.count)
    case 4...5 where !model.isEmpty:
      element.withBytes { bytes in
        list.prepare(bytes: bytes.count, count: 1, limits)
        list.insert(bytes, end, of: index, limits)
      }
      model.insert(element, at: end == .head ? index : index + 1)
    case 6 where !model.isEmpty:
      element.withBytes { bytes in
        list.prepare(bytes: bytes.count, count: 1, limits)
        list.replace(at: index, with: bytes, limits)
        list.shrink(limits)
      }
      model[index] = element
    case 7 where !model.isEmpty:
      let wanted = model[index]
      let limit = Int(random.next(below: 4)) + 1
      let removed = wanted.withBytes { list.removeMatches($0, limit: limit, from: end) }
      let matches = model.indices.filter { model[$0] == wanted }
      let gone = end == .head ? matches.prefix(limit) : matches.suffix(limit)
      #expect(removed == gone.count)
      for index in gone.reversed() { model.remove(at: index) }
      list.shrink(limits)
    case 8 where !model.isEmpty:
      let last = list.withElement(at: end) { $0.withBytes { $0.array } }
      #expect(last == (end == .head ? model.first : model.last))
      list.removeLast(at: end)
      model.remove(at: end == .head ? 0 : model.count - 1)
      list.shrink(limits)
    case 9... where !model.isEmpty:
      let count = Int(random.next(below: UInt64(model.count - index))) + 1
      list.removeRange(from: index, count: count)?.free()
      model.removeSubrange(index..<index + count)
      list.shrink(limits)
    default: break
    }
  }

  /// The same changes give the same nodes, each with the same bytes.
  @Test(arguments: [-1, 1, 2, 5, 64], [20, 0]) func hasTheNodesOfRedis(nodeSize: Int, plainBytes: Int) throws {
    guard RealRedis.isInstalled else { return }
    let redis = try RealRedis(
      options: ["--rdbcompression", "no", "--list-max-listpack-size", "\(nodeSize)", "--enable-debug-command", "yes"])
    _ = try redis.call("DEBUG", "QUICKLIST-PACKED-THRESHOLD", "\(plainBytes)")
    let limits = ListLimits(
      nodeSize: nodeSize, compressDepth: 0, plainBytes: plainBytes == 0 ? ListLimits.defaultPlainBytes : plainBytes)
    var random = RandomGenerator(seed: UInt64(plainBytes + nodeSize + 100))
    var list = ListValue.makeForNodes(limits)
    var model: [[UInt8]] = []
    for number in 0..<400 {
      let element = Array("\(number)") + [UInt8](repeating: UInt8(ascii: "-"), count: Int(random.next(below: 40)))
      let index = model.isEmpty ? 0 : Int(random.next(below: UInt64(model.count)))
      let end: ListEnd = random.next(below: 2) == 0 ? .head : .tail
      var command: [[UInt8]]
      switch random.next(below: 12) {
      case 0...4 where model.count < 100, 0...12 where model.count < 2:
        command = [Array(end == .head ? "LPUSH" : "RPUSH"), Array("l"), element]
        element.withBytes { list.push($0, at: end, limits) }
        model.insert(element, at: end == .head ? 0 : model.count)
      case 5...7 where model.count < 100:
        command = [Array("LINSERT"), Array("l"), Array(end == .head ? "BEFORE" : "AFTER"), model[index], element]
        element.withBytes { list.insert($0, end, of: index, limits) }
        model.insert(element, at: end == .head ? index : index + 1)
      case 8, 9:
        command = [Array("LSET"), Array("l"), Array("\(index)"), element]
        element.withBytes { list.replace(at: index, with: $0, limits) }
        model[index] = element
      case 10:
        command = [Array("LREM"), Array("l"), Array("1"), model[index]]
        _ = model[index].withBytes { list.removeMatches($0, limit: 1, from: .head) }
        model.remove(at: index)
      default:
        let count = min(3, model.count - 1)
        command = [Array("LTRIM"), Array("l"), Array("\(count)"), Array("-1")]
        list.removeRange(from: 0, count: count)?.free()
        model.removeSubrange(0..<count)
      }
      let replies = try redis.pipeline([command, [Array("DUMP"), Array("l")]])
      let theirs = DumpedList.nodes(replies[1] ?? [])
      var ours: [[UInt8]] = []
      list.forEachNode { _, contents in ours.append(contents.array) }
      list.checkInvariants()
      let words = command.map { String(decoding: $0, as: UTF8.self) }
      #expect(ours == theirs.map(\.contents), "\(words)")
      guard ours == theirs.map(\.contents) else { return }
    }
    list.free()
  }

  @Test func turnsFromListpackToNodesAndBack() {
    let limits = ListLimits(nodeSize: 4, compressDepth: 0)
    var list = ListValue.make()
    func push(_ text: String) {
      Array(text).withBytes { bytes in
        list.prepare(bytes: bytes.count, count: 1, limits)
        list.push(bytes, at: .tail, limits)
      }
    }
    for number in 0..<4 { push("\(number)") }
    #expect(list.encoding == .listpack)
    push("4")
    #expect(list.encoding == .quicklist)
    list.removeRange(from: 0, count: 2)?.free()
    list.shrink(limits)
    // Two nodes: whatever is in them.
    #expect(list.encoding == .quicklist && list.nodeCount == 2)
    list.removeRange(from: 2, count: 1)?.free()
    list.shrink(limits)
    #expect(list.encoding == .listpack && list.count == 2)
    push(String(repeating: "x", count: 8192))
    #expect(list.encoding == .quicklist && list.nodeCount == 2)
    list.free()
  }

  @Test func packsWhatIsFarFromTheEnds() throws {
    let limits = ListLimits(nodeSize: 2, compressDepth: 1)
    var list = ListValue.makeForNodes(limits)
    let long = [UInt8](repeating: 65, count: 200)
    for _ in 0..<20 { long.withBytes { list.push($0, at: .tail, limits) } }
    let quicklist = try #require(list.quicklist)
    var compressed: [Bool] = []
    quicklist.forEachNode { compressed.append($0.isCompressed) }
    #expect(compressed == [false] + [Bool](repeating: true, count: 8) + [false])
    let before = list.allocatedBytes
    let copy = list.copy()
    #expect(copy.allocatedBytes == before)
    copy.checkInvariants()
    copy.free()
    list.removeRange(from: 0, count: 4)?.free()
    list.checkInvariants()
    #expect(list.count == 16)
    list.free()
  }

  @Test func isBuiltFromNodes() {
    let limits = ListLimits(nodeSize: 4, compressDepth: 0)
    var source = ListValue.makeForNodes(limits)
    for number in 0..<11 { Array("\(number)").withBytes { source.push($0, at: .tail, limits) } }
    let large = [UInt8](repeating: 66, count: 50)
    large.withBytes { source.push($0, at: .tail, ListLimits(nodeSize: 4, compressDepth: 0, plainBytes: 20)) }
    let target = ListValue.makeForNodes(limits)
    source.forEachNode { container, contents in target.append(container, contents) }
    let empty = Listpack.make()
    target.append(.packed, empty.bytes)
    empty.free()
    target.checkInvariants()
    #expect(target.nodeCount == source.nodeCount && Self.contents(target) == Self.contents(source))
    source.free()
    target.free()
  }

  /// Of much that goes, whole nodes go as a list of their own, wherever they were.
  @Test(arguments: limits) func whatIsCutOffIsAList(limits: ListLimits) {
    var random = RandomGenerator(seed: 3)
    var cuts = 0
    for _ in 0..<6 {
      var list = ListValue.makeForNodes(limits)
      var model: [[UInt8]] = []
      for _ in 0..<400 + random.next(below: 600) {
        let element = Self.element(&random).prefix(100)
        model.append(Array(element))
        Array(element).withBytes { list.push($0, at: .tail, limits) }
      }
      for _ in 0..<3 where !model.isEmpty {
        let start = random.next(below: 3) == 0 ? 0 : Int(random.next(below: UInt64(model.count)))
        let longest = model.count - start
        let count = random.next(below: 3) == 0 ? longest : Int(random.next(below: UInt64(longest))) + 1
        let cut = list.removeRange(from: start, count: count)
        let gone = model[start..<start + count]
        model.removeSubrange(start..<start + count)
        list.checkInvariants()
        expect(Self.contents(list) == model && Self.contents(list, awayFrom: .tail) == model.reversed())
        guard let cut else { continue }
        cuts += 1
        let elements = Self.contents(cut)
        // All but some of the nodes at both ends of what went.
        let offsets = (0...gone.count - elements.count).filter {
          Array(gone.dropFirst($0).prefix(elements.count)) == elements
        }
        expect(elements.count > 64 && !offsets.isEmpty)
        cut.free()
      }
      list.free()
    }
    #expect(cuts > 0 || limits.nodeSize <= 0 || limits.nodeSize > 7)
  }
}
