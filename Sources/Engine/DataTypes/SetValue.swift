/// Where the compact forms of sets end.
struct SetLimits: BitwiseCopyable {
  /// Most members of an intset (`set-max-intset-entries`).
  var intsetEntries: Int
  /// Most members of a listpack (`set-max-listpack-entries`).
  var listpackEntries: Int
  /// Longest member of a listpack, bytes (`set-max-listpack-value`).
  var listpackValueBytes: Int

  /// A listpack never gets larger than this, whatever the other limits say.
  static var listpackBytes: Int { 1 << 30 }

  /// - Parameters: as the directives give them. An intset never holds more than 2³⁰ members.
  init(intsetEntries: Int, listpackEntries: Int, listpackValueBytes: Int) {
    self.intsetEntries = min(intsetEntries, 1 << 30)
    self.listpackEntries = listpackEntries
    self.listpackValueBytes = listpackValueBytes
  }
}

/// A set's contents: an intset while all members are integers, a listpack while they are few and short, else a table.
///
/// Forms change where those of Redis 7.2 do, and never back, but where a set is made anew.
struct SetValue: CollectionValue {
  private(set) var address: UInt
  private(set) var encoding: Encoding

  init(address: UInt, encoding: Encoding) {
    self.address = address
    self.encoding = encoding
  }

  // MARK: Making

  init(_ intset: Intset) { self.init(address: intset.address, encoding: .intset) }
  init(_ listpack: Listpack) { self.init(address: listpack.address, encoding: .listpack) }
  init(_ table: SetTable) { self.init(address: table.address, encoding: .hashTable) }

  /// An empty set that is to get `expected` members, `member` the first of them.
  static func make(for member: Bytes, expecting expected: Int, _ limits: SetLimits, hash: KeyHash) -> SetValue {
    if expected <= limits.intsetEntries, member.parseInt64() != nil { return SetValue(Intset.make()) }
    return expected <= limits.listpackEntries ? SetValue(Listpack.make()) : SetValue(SetTable.make(hash: hash))
  }

  // MARK: The forms

  /// - Precondition: `encoding` is `.intset`.
  var intset: Intset {
    @inline(__always) get {
      precondition(encoding == .intset)
      return Intset(address: address)
    }
  }

  /// - Precondition: `encoding` is `.listpack`.
  var listpack: Listpack {
    @inline(__always) get {
      precondition(encoding == .listpack)
      return Listpack(address: address)
    }
  }

  /// - Precondition: `encoding` is `.hashTable`.
  var table: SetTable {
    @inline(__always) get {
      precondition(encoding == .hashTable)
      return SetTable(address: address)
    }
  }

  /// Puts another form in the place of this one, which somebody has freed or made it from.
  mutating func become(_ other: SetValue) { self = other }

  // MARK: As a whole

  var count: Int {
    @inline(__always) get {
      switch encoding {
      case .intset: intset.count
      case .listpack: listpack.count
      default: table.count
      }
    }
  }

  var allocatedBytes: Int {
    @inline(__always) get {
      switch encoding {
      case .intset: intset.allocatedBytes
      case .listpack: listpack.allocatedBytes
      default: table.allocatedBytes
      }
    }
  }

  var freeEffort: Int { encoding == .hashTable ? table.count : 1 }

  func copy() -> SetValue {
    switch encoding {
    case .intset: SetValue(intset.copy())
    case .listpack: SetValue(listpack.copy())
    default: SetValue(table.copy())
    }
  }

  func free() {
    switch encoding {
    case .intset: intset.free()
    case .listpack: listpack.free()
    default: table.free()
    }
  }

  mutating func drain(limit: Int) -> Bool {
    if encoding == .hashTable { return table.drain(limit: limit) }
    free()
    return false
  }

  /// Stops where something is not as it must be.
  func checkInvariants() {
    switch encoding {
    case .intset: intset.checkInvariants()
    case .listpack: listpack.checkInvariants()
    default: table.checkInvariants()
    }
  }
}
