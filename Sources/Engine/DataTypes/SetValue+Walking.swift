// Members one after the other, and by chance.

extension SetValue {
  /// Calls `body` with every member, until it returns false. The set must not change meanwhile.
  func forEach(_ body: (StringValue) -> Bool) {
    switch encoding {
    case .intset:
      let intset = self.intset
      for index in 0..<intset.count where !body(.integer(intset[index])) { return }
    case .listpack:
      let listpack = self.listpack
      var position = listpack.first
      while let here = position, body(listpack[here]) { position = listpack.position(after: here) }
    default: table.forEach { body(.bytes($0.key)) }
    }
  }

  /// Reports members from `cursor` on; of a compact form all at once.
  /// - Returns: the next cursor, 0 at the end.
  func scan(cursor: UInt64, _ body: (StringValue) -> Void) -> UInt64 {
    if encoding == .hashTable { return table.scan(cursor: cursor) { body(.bytes($0.key)) } }
    forEach {
      body($0)
      return true
    }
    return 0
  }

  /// A member chosen evenly. Good until the set changes.
  /// - Precondition: there is one.
  func randomMember(_ random: inout RandomGenerator) -> StringValue {
    switch encoding {
    case .intset:
      let intset = self.intset
      return .integer(intset[random.next(below: intset.count)])
    case .listpack:
      let listpack = self.listpack
      guard let position = listpack.position(ofIndex: random.next(below: listpack.count)) else {
        preconditionFailure("an empty set")
      }
      return listpack[position]
    default:
      guard let member = table.randomMember(&random) else { preconditionFailure("an empty set") }
      return .bytes(member.key)
    }
  }

  /// Calls `body` with `wanted` different members, each choice of so many as likely; in no order that means anything.
  /// The set must not change meanwhile.
  ///
  /// Complexity: O(wanted) for a few of a table, else O(n).
  /// - Precondition: there are so many.
  func sample(_ wanted: Int, _ random: inout RandomGenerator, _ body: (StringValue) -> Void) {
    precondition(wanted <= count)
    if encoding == .hashTable, wanted <= count / 3 { return sampleByTrying(wanted, &random, body) }
    // Each in turn is taken with the chance that is due to it, given how many are left and wanted.
    var left = count
    var missing = wanted
    forEach { member in
      if random.next(below: left) < missing {
        body(member)
        missing -= 1
      }
      left -= 1
      return missing > 0
    }
  }

  private func sampleByTrying(_ wanted: Int, _ random: inout RandomGenerator, _ body: (StringValue) -> Void) {
    let table = self.table
    var seen = Set<UInt>(minimumCapacity: wanted)
    while seen.count < wanted {
      guard let member = table.randomMember(&random) else { preconditionFailure("an empty set") }
      if seen.insert(member.address).inserted { body(.bytes(member.key)) }
    }
  }
}

extension SetValue {
  /// From how many times what stays on, a set is made anew from what stays, as in Redis.
  private static var rebuildFactor: Int { 5 }

  /// Takes `wanted` different members out, each choice of so many as likely, and gives each to `body` before it goes.
  ///
  /// Where few stay, the set is made anew from them and may be compact again.
  /// - Precondition: there are more.
  mutating func removeRandom(
    _ wanted: Int, _ limits: SetLimits, hash: KeyHash, _ random: inout RandomGenerator, _ body: (StringValue) -> Void
  ) {
    let staying = count - wanted
    precondition(staying > 0)
    if encoding == .listpack { return removeRandomFromListpack(wanted, &random, body) }
    if wanted / Self.rebuildFactor < staying || isWalked {
      for _ in 0..<wanted {
        let member = randomMember(&random)
        body(member)
        _ = remove(member)
      }
      return
    }
    var kept = Slab<StringValue>(capacity: staying)
    sample(staying, &random) { kept.append($0) }
    var rest = encoding == .intset ? SetValue(Intset.make()) : SetValue(Listpack.make())
    for index in 0..<kept.count {
      _ = rest.add(kept[index], limits, hash: hash)
      _ = remove(kept[index])
    }
    forEach {
      body($0)
      return true
    }
    free()
    become(rest)
  }

  private mutating func removeRandomFromListpack(
    _ wanted: Int, _ random: inout RandomGenerator, _ body: (StringValue) -> Void
  ) {
    var rest = Listpack.make()
    var left = count
    var missing = wanted
    forEach { member in
      if random.next(below: left) < missing {
        body(member)
        missing -= 1
      } else {
        rest.append(member)
      }
      left -= 1
      return true
    }
    free()
    become(SetValue(rest))
  }
}
