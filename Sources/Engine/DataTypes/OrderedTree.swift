/// What an `OrderedTree` holds: a small value with a key it is ordered by.
protocol OrderedTreeElement: BitwiseCopyable {
  associatedtype Key
  var key: Key { get }
  /// How this element stands to `key`: negative before it, zero equal, positive behind it.
  func order(against key: Key) -> Int
}

/// Elements in order, with a search, an insertion and a removal in O(log n) and a walk in both directions.
///
/// A B+ tree: the elements are in leaves, linked in order; inner nodes hold for each child its first element. Nodes
/// begin small and double up to 64 elements, so that the tree of a stream of one entry is one small allocation. An
/// insertion behind the last element opens a new leaf instead of splitting one: what is appended to leaves full nodes.
/// A node is merged with its neighbour when both have become mostly empty.
///
/// Redis keeps the same things in radix trees. Ids share few prefixes that are worth a node; here a search compares
/// numbers and a walk runs through arrays.
///
/// A handle like every value: it copies freely and owns nothing by itself; whoever holds it frees it once.
@safe
struct OrderedTree<Element: OrderedTreeElement>: BitwiseCopyable {
  typealias Node = OrderedTreeNode<Element>

  // Nodes are allocated and freed here only; every link leads to a node of this tree.
  private(set) var root: Node?
  private var firstLeaf: Node?
  private(set) var lastLeaf: Node?
  private(set) var count = 0
  /// Bytes of the nodes, in the allocator's size classes.
  private(set) var allocatedBytes = 0
  private(set) var nodeCount = 0

  init() {}

  var isEmpty: Bool { count == 0 }

  // MARK: Nodes

  private mutating func makeNode(capacity: Int, isLeaf: Bool) -> Node {
    let node = Node.make(capacity: capacity, isLeaf: isLeaf)
    allocatedBytes += node.allocatedBytes
    nodeCount += 1
    return node
  }

  private mutating func free(_ node: Node) {
    allocatedBytes -= node.allocatedBytes
    nodeCount -= 1
    node.free()
  }

  /// The node with room for `capacity` elements, in its place among the leaves. `node` must not be used again.
  private mutating func grown(_ node: Node, to capacity: Int) -> Node {
    let larger = makeNode(capacity: capacity, isLeaf: node.isLeaf)
    larger.take(from: node, 0..<node.count)
    if node.isLeaf {
      larger.previous = node.previous
      larger.next = node.next
      relink(larger)
    }
    free(node)
    return larger
  }

  /// Has the neighbours of a leaf, or the tree's ends, lead to it.
  private mutating func relink(_ leaf: Node) {
    if let previous = leaf.previous { previous.next = leaf } else { firstLeaf = leaf }
    if let next = leaf.next { next.previous = leaf } else { lastLeaf = leaf }
  }

  private mutating func unlink(_ leaf: Node) {
    let (previous, next) = (leaf.previous, leaf.next)
    if let previous { previous.next = next } else { firstLeaf = next }
    if let next { next.previous = previous } else { lastLeaf = previous }
  }

  private func leaf(for key: Element.Key) -> Node? {
    guard var node = root else { return nil }
    while !node.isLeaf { node = node.child(node.childIndex(for: key)) }
    return node
  }

  // MARK: Positions

  /// A place in the tree; good until an insertion or a removal.
  struct Position: BitwiseCopyable {
    fileprivate(set) var leaf: Node
    fileprivate(set) var index: Int
  }

  subscript(_ position: Position) -> Element {
    @inline(__always) get { position.leaf[position.index] }
    /// The new element must have the old one's key.
    @inline(__always) nonmutating set { position.leaf[position.index] = newValue }
  }

  var first: Position? { firstLeaf.map { Position(leaf: $0, index: 0) } }
  var last: Position? {
    @inline(__always) get { lastLeaf.map { Position(leaf: $0, index: $0.count - 1) } }
  }

  func position(after position: Position) -> Position? {
    if position.index + 1 < position.leaf.count { return Position(leaf: position.leaf, index: position.index + 1) }
    return position.leaf.next.map { Position(leaf: $0, index: 0) }
  }

  func position(before position: Position) -> Position? {
    if position.index > 0 { return Position(leaf: position.leaf, index: position.index - 1) }
    return position.leaf.previous.map { Position(leaf: $0, index: $0.count - 1) }
  }

  /// The first element that does not stand before `key`.
  func seek(atLeast key: Element.Key) -> Position? {
    guard let leaf = leaf(for: key) else { return nil }
    let index = leaf.lowerBound(key)
    if index < leaf.count { return Position(leaf: leaf, index: index) }
    return leaf.next.map { Position(leaf: $0, index: 0) }
  }

  /// The last element that does not stand behind `key`.
  func seek(atMost key: Element.Key) -> Position? {
    guard let leaf = leaf(for: key) else { return nil }
    let index = leaf.lowerBound(key)
    if index < leaf.count, leaf[index].order(against: key) == 0 { return Position(leaf: leaf, index: index) }
    // Only the first leaf is entered with a key that stands before all of it.
    return index > 0 ? Position(leaf: leaf, index: index - 1) : nil
  }

  func find(_ key: Element.Key) -> Position? {
    guard let leaf = leaf(for: key) else { return nil }
    let index = leaf.lowerBound(key)
    guard index < leaf.count, leaf[index].order(against: key) == 0 else { return nil }
    return Position(leaf: leaf, index: index)
  }

  // MARK: Changing

  /// - Returns: false where there is an element with that key; then nothing is changed.
  @discardableResult
  mutating func insert(_ element: Element) -> Bool {
    guard let top = root else {
      let leaf = makeNode(capacity: Node.leastCapacity, isLeaf: true)
      leaf.insert(element, at: 0)
      root = leaf
      relink(leaf)
      count = 1
      return true
    }
    let outcome = insert(element, element.key, into: top)
    guard let node = outcome.node else { return false }
    count += 1
    root = node
    guard let sibling = outcome.sibling else { return true }
    let above = makeNode(capacity: Node.leastCapacity, isLeaf: false)
    above.insert(child: node, at: 0)
    above.insert(child: sibling, at: 1)
    root = above
    return true
  }

  /// - Returns: the node, which may have moved, and the one that came in behind it; no node where the key was there.
  private mutating func insert(_ element: Element, _ key: Element.Key, into node: Node) -> (node: Node?, sibling: Node?)
  {
    guard !node.isLeaf else {
      let index = node.lowerBound(key)
      if index < node.count, node[index].order(against: key) == 0 { return (nil, nil) }
      return place(at: index, of: node) { $0.insert(element, at: $1) }
    }
    let index = node.childIndex(for: key)
    let below = insert(element, key, into: node.child(index))
    guard let child = below.node else { return (nil, nil) }
    node.replace(child: child, at: index)
    guard let sibling = below.sibling else { return (node, nil) }
    return place(at: index + 1, of: node) { $0.insert(child: sibling, at: $1) }
  }

  /// Makes room at an index and has `insert` put something there.
  private mutating func place(at index: Int, of node: Node, _ insert: (Node, Int) -> Void) -> (Node, Node?) {
    if node.count < node.capacity {
      insert(node, index)
      return (node, nil)
    }
    if node.capacity < Node.mostCapacity {
      let larger = grown(node, to: node.capacity * 2)
      insert(larger, index)
      return (larger, nil)
    }
    let isAppended = index == node.count
    let sibling = makeNode(capacity: isAppended ? Node.leastCapacity : Node.mostCapacity, isLeaf: node.isLeaf)
    if !isAppended {
      let half = node.count / 2
      sibling.take(from: node, half..<node.count)
      node.removeLast(node.count - half)
    }
    if index <= node.count, !isAppended { insert(node, index) } else { insert(sibling, index - node.count) }
    if node.isLeaf {
      sibling.previous = node
      sibling.next = node.next
      node.next = sibling
      relink(sibling)
    }
    return (node, sibling)
  }

  /// - Returns: the element that was there.
  @discardableResult
  mutating func remove(_ key: Element.Key) -> Element? {
    guard let top = root, let position = find(key) else { return nil }
    let element = self[position]
    root = remove(key, from: top)
    count -= 1
    while let node = root, !node.isLeaf, node.count == 1 {
      root = node.child(0)
      free(node)
    }
    return element
  }

  /// - Returns: the node, or nil where it was emptied and is freed.
  private mutating func remove(_ key: Element.Key, from node: Node) -> Node? {
    guard !node.isLeaf else {
      node.remove(at: node.lowerBound(key))
      return nilIfEmpty(node)
    }
    let index = node.childIndex(for: key)
    guard let child = remove(key, from: node.child(index)) else {
      node.remove(at: index)
      return nilIfEmpty(node)
    }
    node.replace(child: child, at: index)
    if child.count < Node.mostCapacity / 4, node.count > 1 { merge(index > 0 ? index - 1 : 0, of: node) }
    return node
  }

  private mutating func nilIfEmpty(_ node: Node) -> Node? {
    guard node.count == 0 else { return node }
    if node.isLeaf { unlink(node) }
    free(node)
    return nil
  }

  /// Brings two neighbouring children together where they leave room for more.
  private mutating func merge(_ index: Int, of node: Node) {
    var left = node.child(index)
    let right = node.child(index + 1)
    let sum = left.count + right.count
    guard sum <= Node.mostCapacity * 3 / 4 else { return }
    if left.capacity < sum {
      left = grown(left, to: Node.mostCapacity)
      node.replace(child: left, at: index)
    }
    left.take(from: right, 0..<right.count)
    if right.isLeaf { unlink(right) }
    node.remove(at: index + 1)
    free(right)
  }

  // MARK: As a whole

  @inline(__always)
  func forEach(_ body: (Element) -> Void) {
    var position = first
    while let here = position {
      body(self[here])
      position = self.position(after: here)
    }
  }

  /// Removes the last leaf, giving its elements to `body`.
  /// - Returns: how many they were; 0 where the tree is empty.
  mutating func removeLastLeaf(_ body: (Element) -> Void) -> Int {
    guard let top = root, let leaf = lastLeaf else { return 0 }
    for index in 0..<leaf.count { body(leaf[index]) }
    let removed = leaf.count
    count -= removed
    root = dropLastLeaf(of: top)
    return removed
  }

  private mutating func dropLastLeaf(of node: Node) -> Node? {
    if node.isLeaf {
      unlink(node)
      free(node)
      return nil
    }
    if let child = dropLastLeaf(of: node.child(node.count - 1)) {
      node.replace(child: child, at: node.count - 1)
    } else {
      node.removeLast(1)
    }
    return nilIfEmpty(node)
  }

  /// Frees the nodes, giving each element to `body`. The tree is empty after it.
  mutating func free(_ body: (Element) -> Void = { _ in }) { while removeLastLeaf(body) > 0 {} }

  // MARK: For tests

  /// Stops where something is not as it must be.
  func checkInvariants() {
    var seen = 0
    var bytes = 0
    var nodes = 0
    var leaf = firstLeaf
    var before: Node?
    func check(_ node: Node, depth: Int) -> Int {
      precondition(node.count > 0 && node.count <= node.capacity && node.capacity <= Node.mostCapacity)
      bytes += node.allocatedBytes
      nodes += 1
      for index in 1..<max(node.count, 1) {
        precondition(node[index - 1].order(against: node[index].key) < 0)
      }
      guard node.isLeaf else {
        let depths = (0..<node.count).map { index in
          precondition(node[index].order(against: node.child(index)[0].key) == 0)
          return check(node.child(index), depth: depth + 1)
        }
        precondition(depths.allSatisfy { $0 == depths[0] })
        return depths[0]
      }
      precondition(leaf == node && node.previous == before)
      before = node
      leaf = node.next
      seen += node.count
      return depth
    }
    if let root { _ = check(root, depth: 0) }
    precondition(leaf == nil && lastLeaf == before)
    precondition(seen == count && bytes == allocatedBytes && nodes == nodeCount)
  }
}
