// A walk in slices that sees the table as it was when the walk began, while it changes.
//
// What is about to change where the walk has not been is copied first: the few elements of its chain of buckets. The
// chain then counts as visited, and so does what is split off from it. While a walk is under way the table does not
// shrink. The flag's meaning turns with each walk, so that nothing need be cleared between two.
extension HashTable {
  /// Begins a walk.
  mutating func beginWalk() {
    precondition(!isWalked)
    isWalked = true
    walkMark.toggle()
    walkPosition = 0
  }

  /// Keeps what shares a chain with `hash`, where the walk has not been. To be called before an element of that hash
  /// comes, goes, or changes in place; the table's own methods do.
  @inline(never)
  mutating func keep(_ hash: UInt64) {
    guard bucketCount > 0 else { return }
    let index = index(of: hash)
    guard buckets[index].isVisited != walkMark else { return }
    buckets[index].isVisited = walkMark
    var copies = Slab<Element>(capacity: 8)
    forEach(inBucket: index) { copies.append($0.copied()) }
    for place in 0..<copies.count { walkCopies.append(copies[place]) }
  }

  /// Goes on: gives `body` elements as they were when the walk began, each once, in no order.
  /// - Parameter limit: elements at a time, roughly.
  /// - Returns: whether there is more; when there is not, the walk is over.
  mutating func walk(limit: Int, _ body: (Element) -> Void) -> Bool {
    precondition(isWalked)
    var left = limit
    while !walkCopies.isEmpty {
      guard left > 0 else { return true }
      let copy = walkCopies.removeLast()
      body(copy)
      copy.free()
      left -= 1
    }
    while walkPosition < bucketCount {
      guard left > 0 else { return true }
      if buckets[walkPosition].isVisited != walkMark {
        buckets[walkPosition].isVisited = walkMark
        forEach(inBucket: walkPosition) {
          body($0)
          left -= 1
        }
      }
      left -= 1
      walkPosition += 1
    }
    isWalked = false
    return false
  }

  /// Gives a walk up.
  mutating func abandonWalk() {
    guard isWalked else { return }
    for index in 0..<walkCopies.count { walkCopies[index].free() }
    walkCopies.removeAll()
    while walkPosition < bucketCount {
      buckets[walkPosition].isVisited = walkMark
      walkPosition += 1
    }
    isWalked = false
  }
}
