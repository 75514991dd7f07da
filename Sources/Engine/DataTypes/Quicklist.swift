/// A long list: a chain of nodes, each with as many elements as its limit allows.
///
///      0      8      16      24      32          40          44           46       48     56            64
///     +------+------+-------+-------+-----------+-----------+------------+--------+------+-------------+-------------+
///     | head | tail | count | nodes | allocated | node size | depth, 16b | walked | walk | images at   | bytes of    |
///     |      |      |       |       |           |           |            | mark   | node | the tail    | images      |
///     +------+------+-------+-------+-----------+-----------+------------+--------+------+-------------+-------------+
///
/// The chain gives O(1) ends and bounded changes however long the list is, the listpacks in it little memory and runs
/// that are read from few cache lines. Nodes farther from the ends than `depth` are packed by LZF, since most lists are
/// used at their ends. Node size and depth are those in force when the list was made, as in Redis.
///
/// Complexity: O(1) at the ends; O(nodes) to an index, from the nearer end; O(node size) to change within.
///
/// A handle: it copies freely and owns nothing by itself.
@safe
struct Quicklist: BitwiseCopyable {
  // Allocated by `make`, freed by `free`; the list's owner owns it.
  private let base: UnsafeMutableRawPointer

  private static var headerBytes: Int { 72 }

  var address: UInt { unsafe UInt(bitPattern: base) }

  init(address: UInt) {
    // An address that `make` returned, come back from its owner.
    unsafe base = UnsafeMutableRawPointer(bitPattern: address).unsafelyUnwrapped
  }

  // MARK: Making and freeing

  /// An empty list.
  static func make(nodeSize: Int, compressDepth: Int) -> Quicklist {
    let base = unsafe Memory.allocate(Memory.sizeClass(headerBytes))
    let list = Quicklist(address: UInt(bitPattern: base))
    list.head = nil
    list.tail = nil
    list.count = 0
    list.nodeCount = 0
    list.allocatedBytes = Memory.sizeClass(headerBytes)
    let limit = ListNodeLimit(nodeSize: nodeSize)
    unsafe base.storeBytes(of: Int32(limit.nodeSize), toByteOffset: 40, as: Int32.self)
    unsafe base.storeBytes(of: UInt16(min(max(compressDepth, 0), 65535)), toByteOffset: 44, as: UInt16.self)
    list.isWalked = false
    list.mark = false
    list.walkNode = nil
    list.tailImages = nil
    list.imageBytes = 0
    return list
  }

  func copy() -> Quicklist {
    let copy = Quicklist.make(nodeSize: limit.nodeSize, compressDepth: compressDepth)
    var last: QuicklistNode?
    forEachNode { node in
      let twin = node.copy()
      twin.previous = last
      if let last { last.next = twin } else { copy.head = twin }
      last = twin
      copy.allocatedBytes += twin.allocatedBytes
    }
    copy.tail = last
    copy.nodeCount = nodeCount
    copy.count = count
    return copy
  }

  func free() { _ = drain(limit: .max) }

  /// Frees up to `limit` nodes, and the rest with the last of them.
  /// - Returns: whether there is more.
  func drain(limit: Int) -> Bool {
    abandonWalk()
    var left = limit
    while left > 0, let node = head {
      head = node.next
      allocatedBytes -= node.allocatedBytes
      node.free()
      left -= 1
    }
    guard head == nil else { return true }
    unsafe Memory.free(base)
    return false
  }

  // MARK: Fields

  private(set) var head: QuicklistNode? {
    @inline(__always) get { QuicklistNode(address: unsafe base.load(as: UInt.self)) }
    nonmutating set { unsafe base.storeBytes(of: newValue?.address ?? 0, as: UInt.self) }
  }

  private(set) var tail: QuicklistNode? {
    @inline(__always) get { QuicklistNode(address: unsafe base.load(fromByteOffset: 8, as: UInt.self)) }
    nonmutating set { unsafe base.storeBytes(of: newValue?.address ?? 0, toByteOffset: 8, as: UInt.self) }
  }

  /// Elements.
  private(set) var count: Int {
    @inline(__always) get { unsafe base.load(fromByteOffset: 16, as: Int.self) }
    nonmutating set { unsafe base.storeBytes(of: newValue, toByteOffset: 16, as: Int.self) }
  }

  private(set) var nodeCount: Int {
    @inline(__always) get { unsafe base.load(fromByteOffset: 24, as: Int.self) }
    nonmutating set { unsafe base.storeBytes(of: newValue, toByteOffset: 24, as: Int.self) }
  }

  /// Bytes of the list, its nodes and their contents.
  private(set) var allocatedBytes: Int {
    @inline(__always) get { unsafe base.load(fromByteOffset: 32, as: Int.self) }
    nonmutating set { unsafe base.storeBytes(of: newValue, toByteOffset: 32, as: Int.self) }
  }

  /// What a node may hold.
  var limit: ListNodeLimit {
    @inline(__always) get { ListNodeLimit(nodeSize: Int(unsafe base.load(fromByteOffset: 40, as: Int32.self))) }
  }

  /// Nodes at each end that stay uncompressed; 0 compresses none.
  var compressDepth: Int {
    @inline(__always) get { Int(unsafe base.load(fromByteOffset: 44, as: UInt16.self)) }
  }

  // The state of a walk in slices (`Quicklist+Walk`).

  var isWalked: Bool {
    @inline(__always) get { unsafe base.load(fromByteOffset: 46, as: UInt8.self) != 0 }
    nonmutating set { unsafe base.storeBytes(of: newValue ? 1 : 0, toByteOffset: 46, as: UInt8.self) }
  }

  /// The mark of nodes that the walk has, or that are newer than it; of all where none is under way.
  var mark: Bool {
    @inline(__always) get { unsafe base.load(fromByteOffset: 47, as: UInt8.self) != 0 }
    nonmutating set { unsafe base.storeBytes(of: newValue ? 1 : 0, toByteOffset: 47, as: UInt8.self) }
  }

  /// Where the walk goes on.
  var walkNode: QuicklistNode? {
    get { QuicklistNode(address: unsafe base.load(fromByteOffset: 48, as: UInt.self)) }
    nonmutating set { unsafe base.storeBytes(of: newValue?.address ?? 0, toByteOffset: 48, as: UInt.self) }
  }

  /// The last of the nodes that the walk writes at the very end; a ring.
  var tailImages: QuicklistNode? {
    get { QuicklistNode(address: unsafe base.load(fromByteOffset: 56, as: UInt.self)) }
    nonmutating set { unsafe base.storeBytes(of: newValue?.address ?? 0, toByteOffset: 56, as: UInt.self) }
  }

  /// Bytes of what is kept for the walk; not in `allocatedBytes`.
  var imageBytes: Int {
    get { unsafe base.load(fromByteOffset: 64, as: Int.self) }
    nonmutating set { unsafe base.storeBytes(of: newValue, toByteOffset: 64, as: Int.self) }
  }

  func node(at end: ListEnd) -> QuicklistNode? { end == .head ? head : tail }

  func forEachNode(_ body: (QuicklistNode) -> Void) {
    var node = head
    while let here = node {
      body(here)
      node = here.next
    }
  }

  // MARK: Nodes

  /// Hangs a node in beside another, or as the first of all.
  /// - Parameters:
  ///   - node: the list takes it over.
  ///   - side: `.head`: before `neighbour`; `.tail`: behind it.
  func insert(_ node: QuicklistNode, _ side: ListEnd, of neighbour: QuicklistNode?) {
    let before = side == .head ? neighbour?.previous : neighbour
    let after = side == .head ? neighbour : neighbour?.next
    node.previous = before
    node.next = after
    node.mark = mark
    if let before { before.next = node } else { head = node }
    if let after { after.previous = node } else { tail = node }
    nodeCount += 1
    count += node.count
    allocatedBytes += node.allocatedBytes
    guard compressDepth > 0 else { return }
    if let neighbour { settleCompression(around: neighbour) }
    settleCompression(around: node)
  }

  /// Takes a node out and frees it.
  func remove(_ node: QuicklistNode) {
    let next = node.next
    if let previous = node.previous { previous.next = next } else { head = next }
    if let next { next.previous = node.previous } else { tail = node.previous }
    nodeCount -= 1
    count -= node.count
    allocatedBytes -= node.allocatedBytes
    discard(node, before: next)
    if compressDepth > 0 { settleCompression(around: nil) }
  }

  /// Nodes that follow each other, and what they hold together.
  struct Run {
    let first: QuicklistNode
    var last: QuicklistNode
    var nodeCount = 0
    var elements = 0
    var bytes = 0
  }

  /// The nodes from `first` on that have no more than so many elements together, and the one behind them.
  func run(from first: QuicklistNode, elements limit: Int) -> (run: Run, next: QuicklistNode?) {
    var run = Run(first: first, last: first)
    var node: QuicklistNode? = first
    while let here = node, run.elements + here.count <= limit {
      run.last = here
      run.nodeCount += 1
      run.elements += here.count
      run.bytes += here.allocatedBytes
      node = here.next
    }
    return (run, node)
  }

  /// Takes a run of nodes out.
  /// - Precondition: no walk is under way.
  /// - Parameter next: the node behind it.
  /// - Returns: a list of them.
  func cut(_ run: Run, before next: QuicklistNode?) -> Quicklist {
    precondition(!isWalked)
    let previous = run.first.previous
    if let previous { previous.next = next } else { head = next }
    if let next { next.previous = previous } else { tail = previous }
    nodeCount -= run.nodeCount
    count -= run.elements
    allocatedBytes -= run.bytes
    let list = Quicklist.make(nodeSize: limit.nodeSize, compressDepth: compressDepth)
    run.first.previous = nil
    run.last.next = nil
    list.head = run.first
    list.tail = run.last
    list.mark = mark
    list.nodeCount = run.nodeCount
    list.count = run.elements
    list.allocatedBytes += run.bytes
    if compressDepth > 0 { settleCompressionOfRest() }
    return list
  }

  /// Changes a packed node's listpack, and keeps the accounts. The node is unpacked then.
  /// - Parameter difference: how many elements there are more afterwards.
  @inline(__always)
  func change(_ node: QuicklistNode, by difference: Int, _ body: (inout Listpack) -> Void) {
    keep(node)
    allocatedBytes -= node.allocatedBytes
    node.decompress()
    var listpack = node.listpack
    body(&listpack)
    node.listpack = listpack
    node.count += difference
    count += difference
    allocatedBytes += node.allocatedBytes
  }

  /// Puts another element in the place of a plain node's.
  func replace(_ node: QuicklistNode, plain element: Bytes) {
    keep(node)
    allocatedBytes -= node.allocatedBytes
    node.replace(plain: element)
    allocatedBytes += node.allocatedBytes
    if compressDepth > 0 { settleCompression(around: node) }
  }

  /// Takes the listpack of the only node out, and frees the list.
  func unwrap() -> Listpack {
    guard let node = head, nodeCount == 1, !isWalked else { preconditionFailure("more than one node, or a walk") }
    node.decompress()
    let listpack = node.listpack
    node.freeHeader()
    unsafe Memory.free(base)
    return listpack
  }

  // MARK: Compression

  /// Unpacks the nodes that the ends have come near to, and packs those that are beyond the depth.
  /// - Parameter node: the one that may have to be packed again; the two just beyond the depth are in any case.
  func settleCompression(around node: QuicklistNode?) {
    let depth = compressDepth
    guard depth > 0, nodeCount >= 2 * depth, var forward = head, var backward = tail else { return }
    var isWithinDepth = false
    for _ in 0..<depth {
      setCompressed(forward, false)
      setCompressed(backward, false)
      if forward == node || backward == node { isWithinDepth = true }
      guard forward != backward, forward.next != backward, let next = forward.next, let previous = backward.previous
      else { return }
      forward = next
      backward = previous
    }
    if let node, !isWithinDepth { setCompressed(node, true) }
    setCompressed(forward, true)
    setCompressed(backward, true)
  }

  /// Unpacks the nodes that have come near to an end, many at once perhaps.
  private func settleCompressionOfRest() {
    guard nodeCount < 2 * compressDepth else { return settleCompression(around: nil) }
    forEachNode { setCompressed($0, false) }
  }

  private func setCompressed(_ node: QuicklistNode, _ compressed: Bool) {
    guard node.isCompressed != compressed else { return }
    allocatedBytes -= node.allocatedBytes
    if compressed { node.compress() } else { node.decompress() }
    allocatedBytes += node.allocatedBytes
  }

  // MARK: For tests

  /// Walks all of the list and stops where something is not as it must be.
  func checkInvariants() {
    var (elements, nodes, bytes) = (0, 0, Memory.sizeClass(Self.headerBytes))
    var last: QuicklistNode?
    forEachNode { node in
      precondition(node.previous == last && node.count > 0)
      precondition(isWalked || node.mark == mark && node.images == nil, "what is left of a walk")
      nodes += 1
      elements += node.count
      bytes += node.allocatedBytes
      if node.isPlain {
        precondition(node.count == 1)
      } else {
        node.withListpack { listpack in
          listpack.checkInvariants()
          precondition(listpack.count == node.count && listpack.totalBytes == node.byteCount)
        }
      }
      let isNearEnd = nodes <= compressDepth || nodes > nodeCount - compressDepth
      precondition(!node.isCompressed || compressDepth > 0 && !isNearEnd)
      last = node
    }
    precondition(tail == last && elements == count && nodes == nodeCount && bytes == allocatedBytes)
    precondition(isWalked || tailImages == nil && imageBytes == 0)
  }
}
