/// A list's contents: one listpack while that is small, then a quicklist.
///
/// Growth is prepared for once for all elements of a command (`prepare`), and a list that lost elements is told so in
/// the end (`shrink`): where it turns from one encoding to the other is therefore what Redis 7.2 makes it.
struct ListValue: CollectionValue {
  private(set) var address: UInt
  private(set) var encoding: Encoding

  init(address: UInt, encoding: Encoding) {
    self.address = address
    self.encoding = encoding
  }

  /// An empty list.
  static func make() -> ListValue { ListValue(address: Listpack.make().address, encoding: .listpack) }

  @inline(__always)
  private var isListpack: Bool { encoding == .listpack }

  /// - Precondition: the encoding is `.listpack`.
  private var listpack: Listpack {
    @inline(__always) get { Listpack(address: address) }
    @inline(__always) set { address = newValue.address }
  }

  /// The nodes of a list that has some.
  var quicklist: Quicklist? {
    @inline(__always) get { isListpack ? nil : Quicklist(address: address) }
  }

  // MARK: As a whole

  var count: Int {
    @inline(__always) get { quicklist?.count ?? listpack.count }
  }

  var allocatedBytes: Int {
    @inline(__always) get { quicklist?.allocatedBytes ?? listpack.allocatedBytes }
  }

  var freeEffort: Int { quicklist.map { 2 * $0.nodeCount + 1 } ?? 1 }

  func copy() -> ListValue {
    ListValue(address: quicklist?.copy().address ?? listpack.copy().address, encoding: encoding)
  }

  func free() { if let quicklist { quicklist.free() } else { listpack.free() } }

  mutating func drain(limit: Int) -> Bool {
    guard let quicklist else {
      listpack.free()
      return false
    }
    return quicklist.drain(limit: max(limit / 2, 1))
  }

  /// Stops where something is not as it must be.
  func checkInvariants() { if let quicklist { quicklist.checkInvariants() } else { listpack.checkInvariants() } }

  // MARK: Encoding

  /// Gets ready for elements to come: a listpack that would be too large with them becomes a quicklist.
  /// - Parameters:
  ///   - bytes: of all elements together.
  ///   - count: how many they are.
  @inline(__always)
  mutating func prepare(bytes: Int, count: Int, _ limits: ListLimits) {
    guard isListpack else { return }
    let limit = ListNodeLimit(nodeSize: limits.nodeSize)
    if limit.isExceeded(bytes: listpack.totalBytes + bytes, count: listpack.count + count) { convertToNodes(limits) }
  }

  @inline(never)
  private mutating func convertToNodes(_ limits: ListLimits) {
    let list = Quicklist.make(nodeSize: limits.nodeSize, compressDepth: limits.compressDepth)
    if listpack.isEmpty { listpack.free() } else { list.append(listpack) }
    self = ListValue(address: list.address, encoding: .quicklist)
  }

  /// Turns a quicklist of one small node into a listpack.
  /// - Parameter hasLost: whether elements were removed; then the list must be half as large as one that may stay.
  mutating func shrink(_ limits: ListLimits, hasLost: Bool = true) {
    guard let quicklist, !quicklist.isWalked, quicklist.nodeCount == 1, let node = quicklist.head, !node.isPlain,
      ListNodeLimit(nodeSize: limits.nodeSize).admitsListpack(
        bytes: node.byteCount, count: quicklist.count, hasShrunk: hasLost)
    else { return }
    self = ListValue(address: quicklist.unwrap().address, encoding: .listpack)
  }

  // MARK: Reading

  /// Calls `body` with up to `limit` elements from the one at `start` on, in the direction away from `end`.
  /// - Parameter body: says whether it wants more. What it gets is good until the list changes, and from a compressed
  ///   node until it returns.
  @inline(__always)
  func forEach(from start: Int, limit: Int, awayFrom end: ListEnd, _ body: (StringValue) -> Bool) {
    if let quicklist {
      quicklist.forEach(from: start, limit: limit, awayFrom: end, body)
    } else {
      _ = listpack.forEach(from: start, limit: limit, awayFrom: end, body)
    }
  }

  /// Calls `body` with every element, from the head.
  func forEach(_ body: (StringValue) -> Void) {
    forEach(from: 0, limit: .max, awayFrom: .head) { element in
      body(element)
      return true
    }
  }

  /// Gives the element at an end for the time of `body`.
  /// - Precondition: the list is not empty.
  @inline(__always)
  func withElement<Result>(at end: ListEnd, _ body: (StringValue) -> Result) -> Result {
    if let node = quicklist?.node(at: end) {
      // Nodes at the ends are never compressed.
      if node.isPlain { return body(.bytes(node.keptBytes)) }
      return Self.withElement(of: node.listpack, at: end, body)
    }
    return Self.withElement(of: listpack, at: end, body)
  }

  @inline(__always)
  private static func withElement<Result>(
    of listpack: Listpack, at end: ListEnd, _ body: (StringValue) -> Result
  ) -> Result {
    guard let position = end == .head ? listpack.first : listpack.last else { preconditionFailure("an empty list") }
    return body(listpack[position])
  }

  // MARK: Changing

  /// Adds an element at an end. `prepare` came before.
  @inline(__always)
  mutating func push(_ element: Bytes, at end: ListEnd, _ limits: ListLimits) {
    if let quicklist { return quicklist.push(element, at: end, plainBytes: limits.plainBytes) }
    if end == .head { listpack.prepend(element) } else { listpack.append(element) }
  }

  /// Removes the element at an end.
  /// - Precondition: the list is not empty.
  @inline(__always)
  mutating func removeLast(at end: ListEnd) {
    if let quicklist {
      guard let node = quicklist.node(at: end) else { preconditionFailure("an empty list") }
      quicklist.remove(at: QuicklistPlace(node: node, index: end == .head ? 0 : node.count - 1), count: 1)
    } else {
      guard let position = end == .head ? listpack.first : listpack.last else { preconditionFailure("an empty list") }
      listpack.remove(at: position)
    }
  }

  /// Removes `count` elements from the one at `start` on.
  /// - Precondition: there are so many.
  /// - Returns: where many went, a list of those that went as whole nodes: to free it takes long.
  mutating func removeRange(from start: Int, count: Int) -> ListValue? {
    guard count > 0 else { return nil }
    if let quicklist {
      return quicklist.removeRange(from: start, count: count).map {
        ListValue(address: $0.address, encoding: .quicklist)
      }
    }
    guard let position = listpack.position(ofIndex: start) else { preconditionFailure("no such element") }
    listpack.remove(at: position, count: count)
    return nil
  }

  /// Removes elements equal to `element`, up to `limit`, those nearest to `end` first.
  /// - Returns: how many.
  mutating func removeMatches(_ element: Bytes, limit: Int, from end: ListEnd) -> Int {
    let wanted = ListpackNeedle(element)
    if let quicklist { return quicklist.removeMatches(wanted, limit: limit, from: end) }
    let before = listpack.count
    listpack.removeMatches(wanted, count: limit, from: end)
    return before - listpack.count
  }

  /// Puts another element in the place of the one at `index`. `prepare` came before.
  /// - Precondition: there is one.
  mutating func replace(at index: Int, with element: Bytes, _ limits: ListLimits) {
    if let quicklist {
      return quicklist.replace(at: quicklist.place(of: index), with: element, plainBytes: limits.plainBytes)
    }
    guard let position = listpack.position(ofIndex: index) else { preconditionFailure("no such element") }
    listpack.replace(at: position, with: ListpackElement(element))
  }

  /// Inserts an element beside the one at `index`. `prepare` came before.
  /// - Parameter side: `.head`: before it; `.tail`: behind it.
  mutating func insert(_ element: Bytes, _ side: ListEnd, of index: Int, _ limits: ListLimits) {
    if let quicklist {
      return quicklist.insert(element, side, of: quicklist.place(of: index), plainBytes: limits.plainBytes)
    }
    guard var position = listpack.position(ofIndex: index) else { preconditionFailure("no such element") }
    if side == .tail { position = listpack.end(of: position) }
    listpack.insert(ListpackElement(element), at: position)
  }
}

// Snapshots: a list is written and read as nodes, each a listpack or one large element.
extension ListValue {
  /// How many nodes `forEachNode` gives.
  var nodeCount: Int { quicklist?.nodeCount ?? 1 }

  /// Calls `body` with each node's contents, unpacked: a listpack's bytes, or those of one large element.
  func forEachNode(_ body: (_ container: QuicklistNode.Container, _ contents: Bytes) -> Void) {
    guard let quicklist else { return body(.packed, listpack.bytes) }
    quicklist.forEachNode { node in node.withContents { body(node.container, $0) } }
  }

  /// An empty list to which nodes are appended; `shrink(_, hasLost: false)` ends the making of it.
  static func makeForNodes(_ limits: ListLimits) -> ListValue {
    let list = Quicklist.make(nodeSize: limits.nodeSize, compressDepth: limits.compressDepth)
    return ListValue(address: list.address, encoding: .quicklist)
  }

  /// Appends a node.
  /// - Parameters:
  ///   - container: what the node holds.
  ///   - contents: copied; of `.packed` a listpack that is valid (`Listpack.isValid`). An empty one is left out.
  /// - Precondition: made by `makeForNodes`.
  func append(_ container: QuicklistNode.Container, _ contents: Bytes) {
    guard let quicklist else { preconditionFailure("a list that takes nodes") }
    switch container {
    case .plain: quicklist.insert(.make(plain: contents), .tail, of: quicklist.tail)
    case .packed:
      guard contents.count > Listpack.headerBytes + 1 else { return }
      quicklist.append(.make(contents))
    }
  }
}
