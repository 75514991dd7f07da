// Members: asked for, added, removed.

extension SetValue {
  @inline(__always)
  func contains(_ member: Bytes) -> Bool {
    switch encoding {
    case .hashTable: table.contains(member)
    case .intset: member.parseInt64().map { intset.contains($0) } ?? false
    default: listpack.find(member) != nil
    }
  }

  func contains(_ member: StringValue) -> Bool {
    if encoding == .intset { return member.integer.map { intset.contains($0) } ?? false }
    return member.withBytes { contains($0) }
  }

  // MARK: Adding

  /// Adds a member; the set takes the form that it needs for it.
  /// - Parameter hash: for the table that the set may become.
  /// - Returns: whether it was not there.
  @inline(__always)
  mutating func add(_ member: Bytes, _ limits: SetLimits, hash: KeyHash) -> Bool {
    switch encoding {
    case .hashTable: table.add(member)
    case .intset: addToIntset(member, limits, hash)
    default: addToListpack(member, limits, hash)
    }
  }

  mutating func add(_ member: StringValue, _ limits: SetLimits, hash: KeyHash) -> Bool {
    if case .integer(let integer) = member, encoding == .intset { return addInteger(integer, limits, hash) }
    return member.withBytes { add($0, limits, hash: hash) }
  }

  /// Makes the set a table where the compact form it has would not hold `expected` members.
  @inline(__always)
  mutating func prepare(for expected: Int, _ limits: SetLimits, hash: KeyHash) {
    if encoding == .listpack && expected > limits.listpackEntries
      || encoding == .intset && expected > limits.intsetEntries
    {
      becomeTable(hash)
    }
  }

  private mutating func addInteger(_ integer: Int64, _ limits: SetLimits, _ hash: KeyHash) -> Bool {
    var intset = self.intset
    guard intset.add(integer) else { return false }
    become(SetValue(intset))
    if intset.count > limits.intsetEntries { becomeTable(hash) }
    return true
  }

  private mutating func addToIntset(_ member: Bytes, _ limits: SetLimits, _ hash: KeyHash) -> Bool {
    if let integer = member.parseInt64() { return addInteger(integer, limits, hash) }
    let intset = self.intset
    var longest = 0
    var bytes = 0
    if intset.count > 0 {
      for end in [intset[0], intset[intset.count - 1]] {
        longest = max(longest, DecimalInteger.count(end))
        bytes = max(bytes, ListpackElement(end).totalCount * intset.count)
      }
    }
    let fits =
      intset.count < limits.listpackEntries && max(member.count, longest) <= limits.listpackValueBytes
      && bytes + member.count <= SetLimits.listpackBytes
    guard fits else {
      becomeTable(hash)
      return table.add(member)
    }
    var listpack = Listpack.make()
    for index in 0..<intset.count { listpack.append(intset[index]) }
    listpack.append(member)
    intset.free()
    become(SetValue(listpack))
    return true
  }

  private mutating func addToListpack(_ member: Bytes, _ limits: SetLimits, _ hash: KeyHash) -> Bool {
    var listpack = self.listpack
    guard listpack.find(member) == nil else { return false }
    let fits =
      listpack.count < limits.listpackEntries && member.count <= limits.listpackValueBytes
      && listpack.totalBytes + member.count <= SetLimits.listpackBytes
    guard fits else {
      becomeTable(hash)
      return table.add(member)
    }
    listpack.append(member)
    become(SetValue(listpack))
    return true
  }

  // MARK: Removing

  /// - Returns: whether the member was there.
  mutating func remove(_ member: Bytes) -> Bool {
    switch encoding {
    case .hashTable: return table.remove(member)
    case .intset:
      guard let integer = member.parseInt64() else { return false }
      return removeInteger(integer)
    default:
      var listpack = self.listpack
      guard let position = listpack.find(member) else { return false }
      listpack.remove(at: position)
      become(SetValue(listpack))
      return true
    }
  }

  mutating func remove(_ member: StringValue) -> Bool {
    if case .integer(let integer) = member, encoding == .intset { return removeInteger(integer) }
    return member.withBytes { remove($0) }
  }

  private mutating func removeInteger(_ integer: Int64) -> Bool {
    var intset = self.intset
    guard intset.remove(integer) else { return false }
    become(SetValue(intset))
    return true
  }

  // MARK: Other forms

  /// Makes the set a table of the same members.
  mutating func becomeTable(_ hash: KeyHash) {
    guard encoding != .hashTable else { return }
    let table = SetTable.make(hash: hash)
    forEach { member in
      _ = member.withBytes { table.add($0) }
      return true
    }
    free()
    become(SetValue(table))
  }

  /// Makes the set an intset, if it is not one.
  /// - Precondition: all members are integers.
  mutating func becomeIntset() {
    guard encoding != .intset else { return }
    var intset = Intset.make()
    forEach { member in
      guard let integer = member.integer else { preconditionFailure("a member that is no integer") }
      _ = intset.add(integer)
      return true
    }
    free()
    become(SetValue(intset))
  }
}
