// One member: found, added, given another score, removed.

extension SortedSetValue {
  /// Where `member` is, or nil.
  @inline(__always)
  func find(_ member: Bytes) -> Position? {
    guard isListpack else {
      let node = list.find(member)
      return node.isNone ? nil : Position(node)
    }
    return listpack.find(member, skipping: 1).map { Position($0) }
  }

  /// The score of `member`, or nil where it is not in the set.
  func score(of member: Bytes) -> Double? { find(member).map { score(at: $0) } }

  @inline(__always)
  func score(at position: Position) -> Double {
    isListpack ? listpack.score(at: listpack.end(of: position.offset)) : position.node.score
  }

  /// Good until the set changes.
  @inline(__always)
  func member(at position: Position) -> StringValue {
    isListpack ? listpack[position.offset] : .bytes(position.node.member)
  }

  /// Adds a member that is not in the set. The set becomes a skip list where a listpack would be too large.
  ///
  /// - Parameters:
  ///   - score: not NaN.
  ///   - hash: the keyspace's.
  ///   - random: what the shape of a skip list is drawn from.
  mutating func insert(
    _ member: Bytes, score: Double, limits: SortedSetLimits, hash: KeyHash, _ random: inout RandomGenerator
  ) {
    precondition(!score.isNaN)
    if isListpack {
      if limits.allow(count: count + 1, memberBytes: member.count),
        listpack.totalBytes + member.count <= SortedSetLimits.listpackBytes
      {
        return listpack.insert(member, score: score)
      }
      convertToSkipList(hash: hash, &random)
    }
    list.insert(member, hash: hash(member), score: score, &random)
  }

  /// Adds a member, or gives the one that is there another score.
  /// - Returns: whether it is new.
  @discardableResult
  mutating func set(
    _ member: Bytes, score: Double, limits: SortedSetLimits, hash: KeyHash, _ random: inout RandomGenerator
  ) -> Bool {
    if let position = find(member) {
      if self.score(at: position) != score { setScore(at: position, member, score) }
      return false
    }
    insert(member, score: score, limits: limits, hash: hash, &random)
    return true
  }

  /// Gives a member another score. Positions change with it.
  /// - Parameter member: the one that is there; not a view of the set itself.
  mutating func setScore(at position: Position, _ member: Bytes, _ score: Double) {
    precondition(!score.isNaN)
    guard isListpack else { return list.setScore(position.node, score) }
    listpack.remove(at: position.offset, count: 2)
    listpack.insert(member, score: score)
  }

  /// Removes the member at `position`.
  mutating func remove(at position: Position) {
    if isListpack { listpack.remove(at: position.offset, count: 2) } else { list.remove(position.node) }
  }

  /// Removes a member.
  /// - Returns: whether it was there.
  mutating func remove(_ member: Bytes) -> Bool {
    guard let position = find(member) else { return false }
    remove(at: position)
    return true
  }
}

extension Listpack {
  /// The score that is the element at `position`.
  @inline(__always)
  func score(at position: Int) -> Double {
    switch self[position] {
    case .integer(let value): Double(value)
    case .bytes(let text): text.parseDouble() ?? 0
    }
  }

  /// A score as an element: an integer where it is a whole number, else its shortest text.
  private func withElement<Result>(of score: Double, _ body: (ListpackElement) -> Result) -> Result {
    // As Redis 7.2, which by this makes zero of negative zero.
    if score.magnitude <= 0x1p62, let whole = Int64(exactly: score) { return body(ListpackElement(whole)) }
    return NumberText(score).withBytes { body(ListpackElement($0)) }
  }

  mutating func append(score: Double) { insert(score: score, at: endPosition) }

  private mutating func insert(score: Double, at position: Int) {
    withElement(of: score) { element in insert(element, at: position) }
  }

  /// Inserts a member of a sorted set where it belongs, its score behind it.
  fileprivate mutating func insert(_ member: Bytes, score: Double) {
    var position = first
    while let here = position {
      let scorePosition = end(of: here)
      let other = self.score(at: scorePosition)
      if other > score || other == score && self[here].withBytes({ member < $0 }) { break }
      position = self.position(after: scorePosition)
    }
    let place = position ?? endPosition
    insert(ListpackElement(member), at: place)
    insert(score: score, at: end(of: place))
  }
}
