// What the commands on sorted sets have in common.

extension Configuration {
  /// Up to where a sorted set is a listpack.
  var sortedSetLimits: SortedSetLimits {
    SortedSetLimits(listpackEntries: zsetMaxListpackEntries, listpackValueBytes: zsetMaxListpackValue)
  }
}

extension Call {
  /// Removes the members of those ranks, and the key where none is left.
  /// - Returns: whether the key was deleted; then `entry` must not be used again.
  mutating func removeMembers(_ ranks: Range<Int>, of entry: Entry, _ index: Int) -> Bool {
    // What goes as a whole is freed as a whole, in slices if it is large.
    if ranks.count == entry.sortedSet.count {
      keyspace.remove(entry, hash: hash(index), in: database, lazily: false)
      return true
    }
    let rest = keyspace[database].update(entry, as: SortedSetValue.self) { $0.remove(ranks: ranks) }
    if let rest { keyspace[database].discard(rest, type: .sortedSet) }
    return false
  }

  /// Makes `set` the value of the key at argument `index`, in the place of what it held; deletes the key where the set
  /// is empty. Notes the change, tells of `event`, and answers how many members there are.
  mutating func store(_ set: SortedSetValue, at index: Int, event: StaticString) {
    let existing = find(index, for: .peek)
    let count = set.count
    reply.integer(count)
    guard count > 0 else {
      set.free()
      guard let existing else { return }
      keyspace.remove(existing, hash: hash(index), in: database, lazily: configuration.lazyfreeLazyServerDel)
      changed(index)
      return notify(.generic, "del", index)
    }
    keyspace[database].setCollection(
      arguments[index], hash: hash(index), type: .sortedSet, to: set, existing: existing, access: freshAccess)
    changed(index)
    if existing == nil { created(index) }
    notify(.sortedSet, event, index)
  }
}

extension ReplyWriter {
  /// Begins a list of members: with scores in RESP3 an array of pairs, in RESP2 one flat array.
  mutating func members(_ count: Int, withScores: Bool) { array(withScores && version == 2 ? count * 2 : count) }

  /// Writes one member of such a list.
  /// - Parameter score: nil where the list is without scores.
  mutating func member(_ member: StringValue, score: Double?) {
    if score != nil, version == 3 { array(2) }
    bulk(member)
    if let score { double(score) }
  }
}

extension Bytes {
  /// A score as ranges take it: as C's `strtod` reads it, so that nothing at all is zero, blanks may stand before a
  /// number, and one too large is infinite.
  fileprivate func parseBound() -> Double? {
    var start = 0
    while start < count, self[start] == 32 || self[start] &- 9 < 5 { start += 1 }
    let text = dropFirst(start)
    if text.isEmpty { return start == 0 ? 0 : nil }
    if let value = text.parseDouble() { return value }
    guard let number = FloatingPointText(text) else { return nil }
    let isTiny: Bool
    switch number.magnitude {
    case .small(_, let exponent), .large(_, let exponent): isTiny = exponent < 0
    case .binary(let bits): isTiny = bits.exponent < 0
    case .zero, .infinity: isTiny = true
    }
    let magnitude = isTiny ? 0.0 : Double.infinity
    return number.isNegative ? -magnitude : magnitude
  }
}

extension ScoreRange {
  /// A range as ZRANGEBYSCORE takes it: `5`, `(5`, `-inf`, `+inf`.
  init(_ minimum: Bytes, _ maximum: Bytes) throws(CommandError) {
    func bound(_ text: Bytes) throws(CommandError) -> (Double, Bool) {
      let isExclusive = !text.isEmpty && text[0] == UInt8(ascii: "(")
      guard let value = text.dropFirst(isExclusive ? 1 : 0).parseBound() else {
        throw .text("ERR min or max is not a float")
      }
      return (value, isExclusive)
    }
    (self.minimum, excludesMinimum) = try bound(minimum)
    (self.maximum, excludesMaximum) = try bound(maximum)
  }
}

extension MemberRange {
  /// A range as ZRANGEBYLEX takes it: `[a`, `(a`, `-`, `+`.
  init(_ minimum: Bytes, _ maximum: Bytes) throws(CommandError) {
    func bound(_ text: Bytes) throws(CommandError) -> Bound {
      if text == Bytes("-") { return .lowest }
      if text == Bytes("+") { return .highest }
      guard !text.isEmpty else { throw .text("ERR min or max not valid string range item") }
      switch text[0] {
      case UInt8(ascii: "["): return .including(text.dropFirst(1))
      case UInt8(ascii: "("): return .excluding(text.dropFirst(1))
      default: throw .text("ERR min or max not valid string range item")
      }
    }
    self.minimum = try bound(minimum)
    self.maximum = try bound(maximum)
  }
}
