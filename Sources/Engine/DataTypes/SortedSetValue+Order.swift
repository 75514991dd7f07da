// Members in their order: walked, counted, found by rank, by score and by their bytes.

extension SortedSetValue {
  var first: Position? {
    if isListpack { return listpack.first.map { Position($0) } }
    return Self.position(list.first)
  }

  var last: Position? {
    guard isListpack else { return Self.position(list.last) }
    return listpack.position(before: listpack.endPosition).flatMap { listpack.position(before: $0) }
      .map { Position($0) }
  }

  @inline(__always)
  func position(after position: Position) -> Position? {
    guard isListpack else { return Self.position(position.node.next(0)) }
    return listpack.position(after: listpack.end(of: position.offset)).map { Position($0) }
  }

  @inline(__always)
  func position(before position: Position) -> Position? {
    guard isListpack else { return Self.position(position.node.previous) }
    return listpack.position(before: position.offset).flatMap { listpack.position(before: $0) }.map { Position($0) }
  }

  @inline(__always)
  private static func position(_ node: SkipListNode) -> Position? { node.isNone ? nil : Position(node) }

  /// The position before which `rank` members are, or nil where there are not so many.
  func position(ofRank rank: Int) -> Position? {
    guard rank >= 0, rank < count else { return nil }
    return isListpack ? listpack.position(ofIndex: rank * 2).map { Position($0) } : Position(list.node(at: rank))
  }

  /// How many members are before the one at `position`.
  func rank(of position: Position) -> Int {
    guard isListpack else { return list.rank(of: position.node) }
    var rank = 0
    var here = first
    while let other = here, other != position {
      rank += 1
      here = self.position(after: other)
    }
    return rank
  }

  /// Calls `body` with every member and its score, in order. The set must not change meanwhile.
  func forEach(_ body: (StringValue, Double) -> Void) {
    var position = first
    while let here = position {
      body(member(at: here), score(at: here))
      position = self.position(after: here)
    }
  }

  /// Calls `body` with the members of those ranks and their scores, backwards where asked for.
  /// - Precondition: `ranks` are within `count`.
  @inline(__always)
  func forEach(in ranks: Range<Int>, isReversed: Bool = false, _ body: (StringValue, Double) -> Void) {
    guard !ranks.isEmpty else { return }
    var position = position(ofRank: isReversed ? ranks.upperBound - 1 : ranks.lowerBound)
    for _ in ranks {
      guard let here = position else { preconditionFailure("fewer members than ranks") }
      body(member(at: here), score(at: here))
      position = isReversed ? self.position(before: here) : self.position(after: here)
    }
  }

  // MARK: Ranges

  /// The ranks of the members with a score in `range`.
  func ranks(in range: ScoreRange) -> Range<Int> {
    let start = prefixCount { _, score in range.isBelow(score) }
    return start..<max(start, prefixCount { _, score in range.reaches(score) })
  }

  /// Where the first member is whose score does not lie before `range`.
  func firstPosition(from range: ScoreRange) -> Position? {
    position(ofRank: prefixCount { _, score in range.isBelow(score) })
  }

  /// The ranks of the members in `range`, where all have the same score; else whatever the search comes to.
  func ranks(in range: MemberRange) -> Range<Int> {
    let start = prefixCount { member, _ in member.withBytes { range.isBelow($0) } }
    return start..<max(start, prefixCount { member, _ in member.withBytes { range.reaches($0) } })
  }

  /// How many members come before the first for which `isBefore` does not hold.
  @inline(__always)
  private func prefixCount(where isBefore: (StringValue, Double) -> Bool) -> Int {
    guard isListpack else { return list.prefix { isBefore(.bytes($0.member), $0.score) }.count }
    var count = 0
    var position = first
    while let here = position, isBefore(member(at: here), score(at: here)) {
      count += 1
      position = self.position(after: here)
    }
    return count
  }

  /// Members that are removed one by one, however few are left.
  private static var removedAtOnce: Int { 512 }

  /// Removes the members of those ranks, which are within `count`.
  /// - Returns: where many went and few are left, what the set was made of: to free it takes long. The set is another then.
  mutating func remove(ranks: Range<Int>) -> SortedSetValue? {
    guard let position = position(ofRank: ranks.lowerBound), !ranks.isEmpty else { return nil }
    if isListpack {
      listpack.remove(at: position.offset, count: ranks.count * 2)
    } else if ranks.count > Self.removedAtOnce, ranks.count > count - ranks.count {
      let before = self
      self = before.copy(without: ranks)
      return before
    } else {
      list.remove(ranks: ranks)
    }
    return nil
  }

  // MARK: Without order

  /// Reports members from `cursor` on, as Redis's SCAN: all of a listpack's at once.
  /// - Returns: the next cursor, 0 at the end.
  func scan(cursor: UInt64, _ body: (StringValue, Double) -> Void) -> UInt64 {
    if isListpack {
      forEach(body)
      return 0
    }
    return list.table.scan(cursor: cursor) { body(.bytes($0.member), $0.score) }
  }

  /// A member chosen evenly.
  /// - Precondition: the set is not empty.
  func randomPosition(_ random: inout RandomGenerator) -> Position {
    guard isListpack else {
      var generator = random
      defer { random = generator }
      guard let node = list.table.randomElement({ generator.next() }) else { preconditionFailure("an empty set") }
      return Position(node)
    }
    guard let position = position(ofRank: random.next(below: count)) else { preconditionFailure("an empty set") }
    return position
  }

  /// Calls `body` with `wanted` different members, each choice of so many as likely as any other.
  /// - Precondition: there are so many.
  func sample(_ wanted: Int, _ random: inout RandomGenerator, _ body: (StringValue, Double) -> Void) {
    guard isListpack || wanted > count / 3 else { return sampleByTrying(wanted, &random, body) }
    var left = wanted
    var ahead = count
    var position = first
    while left > 0, let here = position {
      // Of those ahead, as large a part is to be chosen as is still wanted.
      if random.next(below: ahead) < left {
        body(member(at: here), score(at: here))
        left -= 1
      }
      ahead -= 1
      position = self.position(after: here)
    }
  }

  private func sampleByTrying(_ wanted: Int, _ random: inout RandomGenerator, _ body: (StringValue, Double) -> Void) {
    var chosen = Set<UInt>(minimumCapacity: wanted)
    while chosen.count < wanted {
      let position = randomPosition(&random)
      if chosen.insert(position.value).inserted { body(member(at: position), score(at: position)) }
    }
  }

  // MARK: Bytes from elsewhere

  /// Whether `listpack` holds members and scores in turn, in order, each member once.
  /// - Parameter isDeep: whether all of it is looked at, and not only its ends.
  static func isValid(listpack bytes: Bytes, isDeep: Bool) -> Bool {
    guard Listpack.isValid(bytes, isDeep: isDeep) else { return false }
    guard isDeep else { return true }
    let copy = SortedSetValue.make(listpack: bytes)
    defer { copy.free() }
    guard copy.listpack.count % 2 == 0 else { return false }
    var before: (score: Double, member: [UInt8])?
    var members = Set<[UInt8]>()
    var position = copy.first
    while let here = position {
      let member = copy.member(at: here).withBytes { $0.array }
      let text = copy.listpack[copy.listpack.end(of: here.offset)]
      guard let score = text.withBytes({ $0.parseDouble() }), members.insert(member).inserted else { return false }
      if let before {
        let isInOrder =
          before.score < score
          || before.score == score && before.member.withBytes { left in member.withBytes { left < $0 } }
        guard isInOrder else { return false }
      }
      before = (score, member)
      position = copy.position(after: here)
    }
    return true
  }
}
