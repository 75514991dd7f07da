// What intersections, unions and differences are made of.

extension Call {
  /// The sets at the arguments `range`, nil where there is none.
  /// - Throws: `wrongType`, whatever the others are.
  mutating func findSets(_ range: Range<Int>) throws(CommandError) -> [SetValue?] {
    var sets: [SetValue?] = []
    sets.reserveCapacity(range.count)
    for index in range { sets.append(try findSet(index, for: .read)) }
    return sets
  }

  /// Puts a set that a command made at argument 1, in the place of whatever is there; without members, nothing is there
  /// after it. Answers how many members it has.
  /// - Parameters:
  ///   - set: taken over.
  ///   - event: what subscribers are told.
  mutating func store(_ set: SetValue?, event: StaticString) {
    let existing = find(1, for: .write)
    guard let set, set.count > 0 else {
      set?.free()
      if let existing {
        keyspace.remove(existing, hash: hash(1), in: database, lazily: false)
        changed(1)
        notify(.generic, "del", 1)
      }
      return reply.integer(0)
    }
    keyspace[database].setCollection(
      arguments[1], hash: hash(1), type: .set, to: set, existing: existing, access: freshAccess)
    changed(1)
    if existing == nil { created(1) }
    notify(.set, event, 1)
    reply.integer(set.count)
  }
}

/// Several sets, the smallest first, of whose members those are wanted that are in all.
struct Intersection {
  private let sets: [SetValue]

  /// - Returns: nil where one of the sets is missing, so that no member is in all.
  init?(_ sets: [SetValue?]) {
    let found = sets.compactMap { $0 }
    guard found.count == sets.count else { return nil }
    self.sets = found.sorted { $0.count < $1.count }
  }

  var smallest: SetValue { sets[0] }

  /// Calls `body` with each common member, until it returns false.
  func forEach(_ body: (StringValue) -> Bool) {
    let smallest = self.smallest
    smallest.forEach { member in
      for index in 1..<max(sets.count, 1)
      where sets[index].address != smallest.address && !sets[index].contains(member) { return true }
      return body(member)
    }
  }

  /// A set of the common members, for the caller to own.
  func makeSet(_ limits: SetLimits, hash: KeyHash) -> SetValue {
    var result = smallest.encoding == .intset ? SetValue(Intset.make()) : SetValue(Listpack.make())
    var holdsIntegersOnly = true
    forEach { member in
      if holdsIntegersOnly, member.integer == nil { holdsIntegersOnly = false }
      _ = result.add(member, limits, hash: hash)
      return true
    }
    if holdsIntegersOnly, result.count <= limits.intsetEntries { result.becomeIntset() }
    return result
  }
}

/// A set less others.
struct Difference {
  private let first: SetValue
  private let others: [SetValue]

  /// - Returns: nil where there is no first set, so that nothing is left.
  init?(_ sets: [SetValue?]) {
    guard let first = sets[0] else { return nil }
    self.first = first
    others = sets.dropFirst().compactMap { $0 }.sorted { $0.count > $1.count }
  }

  /// Whether to ask each of the others for each member costs no more than to take their members out of a copy; it
  /// has the better constants, which counts as half the work.
  private var asksOthers: Bool {
    let rest = others.reduce(first.count) { $0 + $1.count }
    return first.count * (others.count + 1) / 2 <= rest
  }

  /// Calls `body` with each member that is in none of the others.
  func forEach(_ limits: SetLimits, hash: KeyHash, _ body: (StringValue) -> Void) {
    guard !asksOthers else { return forEachByAsking(body) }
    let rest = makeSetByRemoving(limits, hash: hash)
    rest.forEach {
      body($0)
      return true
    }
    rest.free()
  }

  /// A set of those members, for the caller to own.
  func makeSet(_ limits: SetLimits, hash: KeyHash) -> SetValue {
    guard asksOthers else { return makeSetByRemoving(limits, hash: hash) }
    var result = SetValue(Intset.make())
    forEachByAsking { _ = result.add($0, limits, hash: hash) }
    return result
  }

  func forEachByAsking(_ body: (StringValue) -> Void) {
    first.forEach { member in
      for other in others where other.address == first.address || other.contains(member) { return true }
      body(member)
      return true
    }
  }

  func makeSetByRemoving(_ limits: SetLimits, hash: KeyHash) -> SetValue {
    var result = SetValue(Intset.make())
    result.add(all: first, limits, hash: hash)
    for other in others {
      other.forEach { member in
        _ = result.remove(member)
        return result.count > 0
      }
      if result.count == 0 { break }
    }
    return result
  }
}

extension SetValue {
  /// Adds all members of another set.
  mutating func add(all other: SetValue, _ limits: SetLimits, hash: KeyHash) {
    other.forEach { member in
      _ = add(member, limits, hash: hash)
      return true
    }
  }
}
