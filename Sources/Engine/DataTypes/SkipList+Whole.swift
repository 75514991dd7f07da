// A skip list as a whole: copied, freed in slices, checked.

extension SkipList {
  /// A list of the same members, scores and levels. O(n).
  func copy() -> SkipList { copy(without: 0..<0) }

  /// A list of the same members, scores and levels, but for those of `ranks`. Takes as long as there are members in it.
  func copy(without ranks: Range<Int>) -> SkipList {
    var copy = SkipList(hash: table.hash)
    var path = Path()
    for index in 0..<Self.maximumLevel { path.nodes[index] = copy.head }
    for kept in [0..<ranks.lowerBound, ranks.upperBound..<count] where !kept.isEmpty {
      var node = self.node(at: kept.lowerBound)
      for _ in kept {
        let twin = SkipListNode.make(node.member, score: node.score, level: node.level)
        copy.table.insert(twin, hash: table.hash(twin.member))
        copy.append(twin, &path)
        node = node.next(0)
      }
    }
    copy.closeSpans(path)
    return copy
  }

  /// Links a node behind all others; it is in the table already.
  /// - Parameter path: the last node of each level, and how many come before and with it.
  mutating func append(_ node: SkipListNode, _ path: inout Path) {
    nodeBytes += node.allocatedBytes
    linkedCount += 1
    level = max(level, node.level)
    node.previous = last
    last = node
    for index in 0..<node.level {
      path.nodes[index].setNext(index, node)
      if index > 0 { path.nodes[index].setSpan(index, linkedCount - path.ranks[index]) }
      path.nodes[index] = node
      path.ranks[index] = linkedCount
    }
  }

  /// Sets the spans that lead to the end, after the last `append`.
  mutating func closeSpans(_ path: borrowing Path) {
    for index in 1..<max(level, 1) { path.nodes[index].setSpan(index, linkedCount - path.ranks[index]) }
  }

  /// Gives memory back: about `limit` allocations of it. Nothing else may be asked of the list any more.
  /// - Returns: whether there is more.
  mutating func drain(limit: Int) -> Bool {
    if table.bucketCount > 0 {
      _ = table.drain(limit: limit) { _ in }
      return true
    }
    for _ in 0..<limit {
      let node = first
      guard !node.isNone else { return false }
      head.setNext(0, node.next(0))
      nodeBytes -= node.allocatedBytes
      node.free()
    }
    return !first.isNone
  }

  /// Walks all of the list and stops where something is not as it must be.
  func checkInvariants() {
    table.checkInvariants()
    var ends = Path()
    for index in 0..<Self.maximumLevel { ends.nodes[index] = head }
    var bytes = head.allocatedBytes
    var rank = 0
    var previous = SkipListNode.none
    var node = first
    while !node.isNone {
      rank += 1
      precondition(node.previous.address == previous.address, "a wrong link back")
      precondition(previous.isNone || previous.isBefore(node.score, node.member), "a wrong order")
      precondition(find(node.member).address == node.address, "not in the table")
      precondition(node.level <= level, "a level that is not in use")
      for index in 0..<node.level {
        precondition(ends.nodes[index].next(index).address == node.address, "a link that leads astray")
        precondition(index == 0 || ends.nodes[index].span(index) == rank - ends.ranks[index], "a wrong span")
        ends.nodes[index] = node
        ends.ranks[index] = rank
      }
      bytes += node.allocatedBytes
      previous = node
      node = node.next(0)
    }
    precondition(last.address == previous.address, "a wrong end")
    precondition(rank == count && rank == linkedCount, "a wrong count")
    precondition(bytes == nodeBytes, "a wrong account of memory")
    for index in 0..<level {
      precondition(ends.nodes[index].next(index).isNone, "no end")
      precondition(index == 0 || ends.nodes[index].span(index) == rank - ends.ranks[index], "a wrong span at the end")
      precondition(index == 0 || !head.next(index).isNone, "a level in use for nobody")
    }
  }
}
