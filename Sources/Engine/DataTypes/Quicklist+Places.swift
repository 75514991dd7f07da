/// An element of a quicklist by its node and its index in there.
struct QuicklistPlace: BitwiseCopyable {
  var node: QuicklistNode
  var index: Int
}

// Finding elements by index, and walking over them.
extension Quicklist {
  /// Where the element `index` is, from the nearer end.
  /// - Precondition: there is one.
  func place(of index: Int) -> QuicklistPlace {
    precondition(index >= 0 && index < count)
    if index <= count / 2 {
      var left = index
      var node = head
      while let here = node {
        if left < here.count { return QuicklistPlace(node: here, index: left) }
        left -= here.count
        node = here.next
      }
    } else {
      var left = count - 1 - index
      var node = tail
      while let here = node {
        if left < here.count { return QuicklistPlace(node: here, index: here.count - 1 - left) }
        left -= here.count
        node = here.previous
      }
    }
    preconditionFailure("the counts of nodes and list differ")
  }

  /// Calls `body` with up to `limit` elements from the one at `start` on, in the direction away from `end`.
  /// - Parameter body: says whether it wants more.
  @inline(__always)
  func forEach(from start: Int, limit: Int, awayFrom end: ListEnd, _ body: (StringValue) -> Bool) {
    guard limit > 0, start >= 0, start < count else { return }
    let place = self.place(of: start)
    var node = Optional(place.node)
    var index = place.index
    var left = limit
    while left > 0, let here = node {
      let most = end == .head ? here.count - index : index + 1
      guard here.forEach(from: index, limit: min(left, most), awayFrom: end, body) else { return }
      left -= most
      node = end == .head ? here.next : here.previous
      index = end == .head ? 0 : (node?.count ?? 1) - 1
    }
  }
}

extension QuicklistNode {
  /// Calls `body` with up to `limit` elements from the one at `index` on, in the direction away from `end`.
  /// - Parameter body: says whether it wants more.
  /// - Returns: whether it wanted more to the end.
  @inline(__always)
  func forEach(from index: Int, limit: Int, awayFrom end: ListEnd, _ body: (StringValue) -> Bool) -> Bool {
    if isPlain { return limit > 0 ? withContents { body(.bytes($0)) } : true }
    return withListpack { $0.forEach(from: index, limit: limit, awayFrom: end, body) }
  }
}

extension Listpack {
  /// Calls `body` with up to `limit` elements from the one at `index` on, in the direction away from `end`.
  /// - Parameter body: says whether it wants more.
  /// - Returns: whether it wanted more to the end.
  @inline(__always)
  func forEach(from index: Int, limit: Int, awayFrom end: ListEnd, _ body: (StringValue) -> Bool) -> Bool {
    guard limit > 0, var position = position(ofIndex: index) else { return true }
    let bytes = self.bytes
    let bound = endPosition
    var left = limit
    while true {
      guard let head = ListpackElementHead(bytes, at: position) else { preconditionFailure("no element") }
      guard body(head.value(in: bytes, at: position)) else { return false }
      left -= 1
      guard left > 0 else { return true }
      if end == .head {
        let encoded = head.encodedCount
        position += encoded + ListpackElement.backLengthCount(encoded)
        guard position < bound else { return true }
      } else {
        guard let before = self.position(before: position) else { return true }
        position = before
      }
    }
  }
}
