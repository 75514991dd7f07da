// Putting elements into a quicklist and taking them out.
extension Quicklist {
  /// Bytes that an element is taken to need besides its own, when room for it is looked for.
  private static var estimatedOverhead: Int { 8 }

  /// Whether a node has room for one more element of `byteCount` bytes.
  @inline(__always)
  private func admits(_ node: QuicklistNode?, _ byteCount: Int) -> Bool {
    guard let node, !node.isPlain else { return false }
    return !limit.isExceeded(bytes: node.byteCount + byteCount + Self.estimatedOverhead, count: node.count + 1)
  }

  private static func node(of element: Bytes) -> QuicklistNode {
    var listpack = Listpack.make()
    listpack.append(element)
    return .make(listpack, count: 1)
  }

  // MARK: At the ends

  /// - Parameter plainBytes: from which on an element has a node to itself.
  @inline(__always)
  func push(_ element: Bytes, at end: ListEnd, plainBytes: Int) {
    let edge = node(at: end)
    if element.count >= plainBytes {
      insert(.make(plain: element), end, of: edge)
    } else if let edge, admits(edge, element.count) {
      let packed = ListpackElement(element)
      change(edge, by: 1) { listpack in
        if end == .head { listpack.prepend(packed) } else { listpack.append(packed) }
      }
    } else {
      insert(Self.node(of: element), end, of: edge)
    }
  }

  /// Hangs a listpack in at the tail, as a node of its own. It is taken over.
  func append(_ listpack: Listpack) { insert(.make(listpack, count: listpack.count), .tail, of: tail) }

  // MARK: Anywhere

  /// Inserts an element beside another.
  /// - Parameter side: `.head`: before the one at `place`; `.tail`: behind it.
  func insert(_ element: Bytes, _ side: ListEnd, of place: QuicklistPlace, plainBytes: Int) {
    let node = place.node
    let isAtEdge = side == .head ? place.index == 0 : place.index == node.count - 1
    if element.count >= plainBytes {
      insertPlain(element, side, of: place, isAtEdge: isAtEdge)
    } else if admits(node, element.count) {
      insert(element, in: node, at: side == .head ? place.index : place.index + 1)
      settleCompression(around: node)
    } else if isAtEdge {
      let neighbour = side == .head ? node.previous : node.next
      if let neighbour, admits(neighbour, element.count) {
        insert(element, in: neighbour, at: side == .head ? neighbour.count : 0)
        settleCompression(around: neighbour)
      } else {
        insert(Self.node(of: element), side, of: node)
      }
    } else {
      let right = split(node, at: side == .head ? place.index : place.index + 1)
      if side == .head {
        insert(element, in: node, at: node.count)
        settleCompression(around: node)
        mergeNeighbours(of: right)
      } else {
        insert(element, in: right, at: 0)
        settleCompression(around: right)
        mergeNeighbours(of: node)
      }
    }
  }

  private func insertPlain(_ element: Bytes, _ side: ListEnd, of place: QuicklistPlace, isAtEdge: Bool) {
    if place.node.isPlain || isAtEdge { return insert(.make(plain: element), side, of: place.node) }
    _ = split(place.node, at: side == .head ? place.index : place.index + 1)
    insert(.make(plain: element), .tail, of: place.node)
  }

  private func insert(_ element: Bytes, in node: QuicklistNode, at index: Int) {
    change(node, by: 1) { listpack in
      let position = index == node.count ? listpack.endPosition : listpack.position(ofIndex: index)
      guard let position else { preconditionFailure("no place for the element") }
      listpack.insert(ListpackElement(element), at: position)
    }
  }

  /// Moves the elements of a node from the one at `index` on to a new node behind it.
  /// - Precondition: both get some.
  private func split(_ node: QuicklistNode, at index: Int) -> QuicklistNode {
    let moved = node.count - index
    var right = Listpack.make()
    change(node, by: -moved) { listpack in
      guard let position = listpack.position(ofIndex: index) else { preconditionFailure("no such element") }
      right.append(elements: listpack.bytes[position..<listpack.endPosition], count: moved)
      listpack.remove(at: position, count: moved)
    }
    let rest = QuicklistNode.make(right, count: moved)
    insert(rest, .tail, of: node)
    return rest
  }

  // MARK: Merging

  /// Joins the two nodes on either side of `center`, and `center` with what is beside it, where they fit into one.
  private func mergeNeighbours(of center: QuicklistNode) {
    if let previous = center.previous { merge(previous.previous, previous) }
    if let next = center.next { merge(next, next.next) }
    let joined = merge(center.previous, center) ?? center
    merge(joined, joined.next)
  }

  /// Moves the elements of `right` into `left`, where they fit.
  /// - Returns: the node that holds them all.
  @discardableResult
  private func merge(_ left: QuicklistNode?, _ right: QuicklistNode?) -> QuicklistNode? {
    guard let left, let right, !left.isPlain, !right.isPlain,
      !limit.isExceeded(
        bytes: left.byteCount + right.byteCount - Listpack.headerBytes - 1, count: left.count + right.count)
    else { return nil }
    let moved = right.count
    right.withListpack { source in
      change(left, by: moved) { target in
        target.append(elements: source.bytes[Listpack.headerBytes..<source.endPosition], count: moved)
      }
    }
    remove(right)
    settleCompression(around: left)
    return left
  }

  // MARK: Replacing and removing

  /// Puts another element in the place of one.
  func replace(at place: QuicklistPlace, with element: Bytes, plainBytes: Int) {
    let node = place.node
    let isLarge = element.count >= plainBytes
    if node.isPlain, isLarge { return replace(node, plain: element) }
    guard node.isPlain || isLarge else {
      change(node, by: 0) { listpack in
        guard let position = listpack.position(ofIndex: place.index) else { preconditionFailure("no such element") }
        listpack.replace(at: position, with: ListpackElement(element))
      }
      return settleCompression(around: node)
    }
    insert(element, .tail, of: place, plainBytes: plainBytes)
    remove(at: place, count: 1)
  }

  /// Removes elements of one node.
  /// - Returns: whether the node went with them.
  @discardableResult
  func remove(at place: QuicklistPlace, count: Int) -> Bool {
    let node = place.node
    guard count < node.count else {
      remove(node)
      return true
    }
    change(node, by: -count) { listpack in
      guard let position = listpack.position(ofIndex: place.index) else { preconditionFailure("no such element") }
      listpack.remove(at: position, count: count)
    }
    settleCompression(around: node)
    return false
  }

  /// Nodes that `removeRange` gives back at once.
  private static var nodesAtOnce: Int { 64 }

  /// Removes `count` elements from the one at `start` on.
  /// - Precondition: there are so many.
  /// - Returns: where many nodes went, those as a list of their own: to free them takes long.
  func removeRange(from start: Int, count: Int) -> Quicklist? {
    guard count > 0 else { return nil }
    precondition(start >= 0 && count <= self.count - start)
    var place = self.place(of: start)
    var left = count
    var taken: Quicklist?
    while left > 0 {
      if place.index == 0, taken == nil, !isWalked, left > Self.nodesAtOnce {
        let (run, next) = run(from: place.node, elements: left)
        if run.nodeCount > Self.nodesAtOnce {
          left -= run.elements
          taken = cut(run, before: next)
          guard left > 0, let next else { return taken }
          place = QuicklistPlace(node: next, index: 0)
        }
      }
      let next = place.node.next
      let removed = min(left, place.node.count - place.index)
      remove(at: place, count: removed)
      left -= removed
      guard left > 0, let next else { return taken }
      place = QuicklistPlace(node: next, index: 0)
    }
    return taken
  }

  /// Removes elements equal to `wanted`, up to `limit`, those nearest to `end` first.
  /// - Returns: how many.
  func removeMatches(_ wanted: ListpackNeedle, limit: Int, from end: ListEnd) -> Int {
    var removed = 0
    var node = self.node(at: end)
    while removed < limit, let here = node {
      node = end == .head ? here.next : here.previous
      removed += removeMatches(wanted, in: here, limit: limit - removed, from: end)
    }
    return removed
  }

  private func removeMatches(_ wanted: ListpackNeedle, in node: QuicklistNode, limit: Int, from end: ListEnd) -> Int {
    var matches = 0
    _ = node.forEach(from: end == .head ? 0 : node.count - 1, limit: node.count, awayFrom: end) { element in
      if wanted.matches(element) { matches += 1 }
      return matches < limit
    }
    guard matches > 0 else { return 0 }
    if matches == node.count {
      remove(node)
      return matches
    }
    change(node, by: -matches) { $0.removeMatches(wanted, count: matches, from: end) }
    settleCompression(around: node)
    return matches
  }
}

/// What elements are compared with.
struct ListpackNeedle {
  let bytes: Bytes
  let integer: Int64?

  init(_ bytes: Bytes) {
    self.bytes = bytes
    integer = bytes.count <= 20 ? bytes.parseInt64() : nil
  }

  @inline(__always)
  func matches(_ element: StringValue) -> Bool {
    switch element {
    case .bytes(let bytes): bytes == self.bytes
    case .integer(let value): value == integer
    }
  }
}

extension Listpack {
  /// Removes up to `count` elements equal to `wanted`, those nearest to `end` first.
  mutating func removeMatches(_ wanted: ListpackNeedle, count: Int, from end: ListEnd) {
    var left = count
    var position = end == .head ? first : last
    while left > 0, let here = position {
      guard wanted.matches(self[here]) else {
        position = end == .head ? self.position(after: here) : self.position(before: here)
        continue
      }
      remove(at: here)
      left -= 1
      // What followed is here now.
      position = end == .head ? (here < endPosition ? here : nil) : self.position(before: here)
    }
  }
}
