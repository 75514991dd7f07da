/// Members whose scores are still changing, on their way to a skip list.
///
/// Only found by member as yet; the order comes in one go at the end, which spares the links of every change.
struct SkipListBuilder: ~Copyable {
  private var table: HashTable<SkipListNode>

  /// - Parameter hash: the keyspace's.
  init(hash: KeyHash) { table = HashTable(hash: hash) }

  deinit { table.forEachElement { $0.free() } }

  var count: Int { table.count }

  /// Adds a member with a score, or gives the one that is there what `combine` makes of both scores.
  mutating func add(
    _ member: Bytes, _ score: Double, _ random: inout RandomGenerator, _ combine: (Double, Double) -> Double
  ) {
    let hash = table.hash(member)
    if let node = table.find(member, hash: hash) {
      node.score = combine(node.score, score)
    } else {
      table.insert(.make(member, score: score, level: SkipList.level(random.next())), hash: hash)
    }
  }

  mutating func remove(_ member: Bytes) {
    let hash = table.hash(member)
    guard let node = table.find(member, hash: hash) else { return }
    table.remove(node, hash: hash)
    node.free()
  }

  /// The members in order. O(n log n). The builder is empty after it.
  mutating func finish() -> SkipList {
    var nodes: [(score: Double, node: SkipListNode)] = []
    nodes.reserveCapacity(table.count)
    table.forEachElement { nodes.append(($0.score, $0)) }
    nodes.sort { left, right in
      left.score < right.score || left.score == right.score && left.node.member < right.node.member
    }
    var taken = HashTable<SkipListNode>(hash: table.hash)
    swap(&taken, &table)
    return SkipList(linking: nodes.lazy.map(\.node), foundIn: taken)
  }
}
