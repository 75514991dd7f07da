/// Members in the order of their scores, and of their bytes where scores are equal; each found by its bytes too.
///
/// A skip list (William Pugh, 1990) with spans, so that a member's rank, and the member at a rank, are found in
/// O(log n): a link of level i jumps over about 4^i nodes. The nodes are also the elements of a hash table.
///
/// Complexity: O(1) to find by member; O(log n) to insert, to remove, and to find by rank, score or bytes, in the
/// mean over the levels that chance chose.
@safe
struct SkipList: ~Copyable {
  /// Enough for 4^24 members.
  static var maximumLevel: Int { 24 }

  /// Finds nodes by member. Owns none of them: the list does.
  var table: HashTable<SkipListNode>
  /// Comes before all others, has all levels and no member.
  let head: SkipListNode
  var last = SkipListNode.none
  /// How many levels are in use.
  var level = 1
  /// Nodes in the list, the head not counted. As many as in the table, but for the time of a change.
  var linkedCount = 0
  /// Bytes of the nodes, in the allocator's size classes.
  var nodeBytes: Int

  /// - Parameter hash: the keyspace's.
  init(hash: KeyHash) {
    table = HashTable(hash: hash)
    head = .make(Bytes(), score: -.infinity, level: Self.maximumLevel)
    nodeBytes = head.allocatedBytes
  }

  /// A list of those nodes, which are in order and in no other list.
  /// - Parameter table: finds them all.
  init(linking nodes: some Sequence<SkipListNode>, foundIn table: consuming HashTable<SkipListNode>) {
    head = .make(Bytes(), score: -.infinity, level: Self.maximumLevel)
    nodeBytes = head.allocatedBytes
    self.table = table
    var path = Path()
    for index in 0..<Self.maximumLevel { path.nodes[index] = head }
    for node in nodes { append(node, &path) }
    closeSpans(path)
  }

  deinit {
    var node = head
    while !node.isNone {
      let next = node.next(0)
      node.free()
      node = next
    }
  }

  var count: Int { table.count }

  /// Bytes of nodes and table; not of this struct.
  var allocatedBytes: Int { nodeBytes + table.allocatedBytes }

  /// The first in order, or none.
  var first: SkipListNode { head.next(0) }

  // MARK: Finding

  /// The node of `member`, or none.
  @inline(__always)
  func find(_ member: Bytes) -> SkipListNode { find(member, hash: table.hash(member)) }

  @inline(__always)
  func find(_ member: Bytes, hash: UInt64) -> SkipListNode { table.find(member, hash: hash) ?? .none }

  /// How many nodes there are for which `isBefore` holds, and the last of them.
  /// - Parameter isBefore: holds for the nodes up to some place in the order, and for none behind it.
  @inline(__always)
  func prefix(where isBefore: (SkipListNode) -> Bool) -> (count: Int, last: SkipListNode) {
    var node = head
    var count = 0
    var index = level &- 1
    while index > 0 {
      while true {
        let next = node.next(index)
        guard !next.isNone, isBefore(next) else { break }
        count &+= node.span(index)
        node = next
      }
      index &-= 1
    }
    while true {
      let next = node.next(0)
      guard !next.isNone, isBefore(next) else { break }
      count &+= 1
      node = next
    }
    return (count, node.address == head.address ? .none : node)
  }

  /// How many nodes come before `node`.
  func rank(of node: SkipListNode) -> Int {
    let (score, member) = (node.score, node.member)
    return prefix { $0.isBefore(score, member) }.count
  }

  /// The node before which `rank` others come.
  /// - Precondition: `rank` is within `count`.
  func node(at rank: Int) -> SkipListNode {
    precondition(rank >= 0 && rank < count)
    if rank == 0 { return first }
    if rank == count - 1 { return last }
    var node = head
    var left = rank + 1
    var index = level - 1
    while index > 0 {
      while !node.next(index).isNone, node.span(index) <= left {
        left -= node.span(index)
        node = node.next(index)
      }
      index -= 1
    }
    for _ in 0..<left { node = node.next(0) }
    return node
  }

  // MARK: Changing

  /// Adds a member that is not there.
  /// - Parameter random: decides how many levels the node gets.
  mutating func insert(_ member: Bytes, hash: UInt64, score: Double, _ random: inout RandomGenerator) {
    insert(.make(member, score: score, level: Self.level(random.next())), hash: hash)
  }

  private mutating func insert(_ node: SkipListNode, hash: UInt64) {
    nodeBytes += node.allocatedBytes
    link(node)
    table.insert(node, hash: hash)
  }

  /// A level that three of four numbers keep at 1, of the others three of four at 2, and so on.
  @inline(__always)
  static func level(_ bits: UInt64) -> Int { min(1 + bits.trailingZeroBitCount / 2, maximumLevel) }

  /// Gives a node another score, and the place that goes with it.
  mutating func setScore(_ node: SkipListNode, _ score: Double) {
    let member = node.member
    if table.isWalked { table.keep(table.hash(member)) }
    let (previous, next) = (node.previous, node.next(0))
    if previous.isNone || previous.isBefore(score, member), next.isNone || !next.isBefore(score, member) {
      node.score = score
      return
    }
    unlink(node, path(to: node))
    node.score = score
    link(node)
  }

  /// Takes a node out and frees it.
  mutating func remove(_ node: SkipListNode) { remove(node, path(to: node)) }

  private mutating func remove(_ node: SkipListNode, _ path: borrowing Path) {
    unlink(node, path)
    table.remove(node, hash: table.hash(node.member))
    nodeBytes -= node.allocatedBytes
    node.free()
  }

  /// Takes out the nodes whose ranks are `ranks`, and frees them.
  mutating func remove(ranks: Range<Int>) {
    guard !ranks.isEmpty else { return }
    var node = self.node(at: ranks.lowerBound)
    let path = path(to: node)
    for _ in ranks {
      // What comes before the range, on each level, stays the same while the range shrinks.
      let next = node.next(0)
      remove(node, path)
      node = next
    }
  }

  /// For each level the last node before a place, and how many nodes come before and with that one.
  struct Path: ~Copyable {
    var nodes = InlineArray<24, SkipListNode>(repeating: .none)
    var ranks = InlineArray<24, Int>(repeating: 0)
  }

  private func path(to node: SkipListNode) -> Path {
    let (score, member) = (node.score, node.member)
    var path = Path()
    var node = head
    var rank = 0
    var index = level &- 1
    // What was found to lie behind the place on the level above needs no second look.
    var behind = SkipListNode.none
    while index >= 0 {
      while true {
        let next = node.next(index)
        guard next.address != behind.address else { break }
        guard next.isBefore(score, member) else {
          behind = next
          break
        }
        rank &+= index == 0 ? 1 : node.span(index)
        node = next
      }
      path.nodes[index] = node
      path.ranks[index] = rank
      index &-= 1
    }
    return path
  }

  private mutating func link(_ node: SkipListNode) {
    var path = path(to: node)
    let nodeLevel = node.level
    while level < nodeLevel {
      path.nodes[level] = head
      head.setSpan(level, linkedCount)
      level += 1
    }
    let rank = path.ranks[0]
    for index in 0..<nodeLevel {
      let before = path.nodes[index]
      node.setNext(index, before.next(index))
      before.setNext(index, node)
      guard index > 0 else { continue }
      let distance = rank - path.ranks[index]
      node.setSpan(index, before.span(index) - distance)
      before.setSpan(index, distance + 1)
    }
    var index = nodeLevel
    while index < level {
      path.nodes[index].setSpan(index, path.nodes[index].span(index) + 1)
      index += 1
    }
    node.previous = path.nodes[0].address == head.address ? .none : path.nodes[0]
    let next = node.next(0)
    if next.isNone { last = node } else { next.previous = node }
    linkedCount += 1
  }

  private mutating func unlink(_ node: SkipListNode, _ path: borrowing Path) {
    let nodeLevel = node.level
    for index in 0..<level {
      let before = path.nodes[index]
      if index < nodeLevel {
        before.setNext(index, node.next(index))
        if index > 0 { before.setSpan(index, before.span(index) + node.span(index) - 1) }
      } else {
        before.setSpan(index, before.span(index) - 1)
      }
    }
    let next = node.next(0)
    if next.isNone { last = node.previous } else { next.previous = node.previous }
    while level > 1, head.next(level - 1).isNone { level -= 1 }
    linkedCount -= 1
  }
}
