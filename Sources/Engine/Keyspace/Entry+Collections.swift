// Values of many parts, by type.

extension Entry {
  /// - Precondition: `type` is `.list`.
  var list: ListValue {
    get { collection(as: ListValue.self) }
    nonmutating set { setCollection(newValue) }
  }

  /// - Precondition: `type` is `.set`.
  var set: SetValue {
    get { collection(as: SetValue.self) }
    nonmutating set { setCollection(newValue) }
  }

  /// - Precondition: `type` is `.sortedSet`.
  var sortedSet: SortedSetValue {
    get { collection(as: SortedSetValue.self) }
    nonmutating set { setCollection(newValue) }
  }

  /// - Precondition: `type` is `.hash`.
  var hash: HashValue {
    get { collection(as: HashValue.self) }
    nonmutating set { setCollection(newValue) }
  }

  /// - Precondition: `type` is `.stream`.
  var stream: StreamValue {
    get { collection(as: StreamValue.self) }
    nonmutating set { setCollection(newValue) }
  }

  /// Gives the value, of whatever type it is, to `body`.
  private func withCollection<Result>(_ body: (any CollectionValue) -> Result) -> Result {
    precondition(holdsCollection)
    switch type {
    case .list: return body(list)
    case .set: return body(set)
    case .sortedSet: return body(sortedSet)
    case .hash: return body(hash)
    case .stream: return body(stream)
    case .string, .module: preconditionFailure("a type without parts")
    }
  }

  /// Bytes of the collection.
  var collectionBytes: Int { withCollection { $0.allocatedBytes } }

  /// Elements of the collection.
  var collectionCount: Int { withCollection { $0.count } }

  /// The address of a copy of the collection, in the same encoding.
  var copiedCollection: UInt { withCollection { $0.copy().address } }

  /// Whether the value is a hash with fields that expire.
  var holdsExpiringFields: Bool { type == .hash && hash.hasExpiringFields }

  /// How many allocations freeing the value gives back, roughly: 1 for a string.
  var freeEffort: Int { holdsCollection ? withCollection { $0.freeEffort } : 1 }

  /// Frees the value, not the entry.
  func freeValue() {
    if holdsCollection { withCollection { $0.free() } } else if holdsBlock { block.free() }
  }

  /// Frees up to `limit` allocations of the value.
  /// - Returns: whether there is more.
  func drainValue(limit: Int) -> Bool {
    guard holdsCollection else {
      freeValue()
      return false
    }
    switch type {
    case .list: return drain(list, limit)
    case .set: return drain(set, limit)
    case .sortedSet: return drain(sortedSet, limit)
    case .hash: return drain(hash, limit)
    case .stream: return drain(stream, limit)
    case .string, .module: preconditionFailure("a type without parts")
    }
  }

  private func drain<Value: CollectionValue>(_ value: Value, _ limit: Int) -> Bool {
    var value = value
    guard value.drain(limit: limit) else { return false }
    setCollection(value)
    return true
  }
}

extension Database {
  /// Changes a key's collection in place. What it takes of memory before and after is accounted for, and whether it has
  /// parts that expire.
  @inline(__always)
  mutating func update<Value: CollectionValue, Result, Failure: Error>(
    _ entry: Entry, as type: Value.Type, _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    preserve(entry)
    var value = entry.collection(as: type)
    valueBytes -= value.allocatedBytes
    let hadExpiringFields = value.hasExpiringFields
    defer {
      valueBytes += value.allocatedBytes
      entry.setCollection(value)
      if value.hasExpiringFields != hadExpiringFields { fieldExpiryChanged(of: entry, hasAny: !hadExpiringFields) }
    }
    return try body(&value)
  }

  /// Makes a key of a collection, or puts the collection in the place of what the key held.
  ///
  /// - Parameters:
  ///   - existing: what `find` gave for `key`; its expiry goes with it.
  ///   - value: the entry takes it over.
  @discardableResult
  mutating func setCollection<Value: CollectionValue>(
    _ key: Bytes, hash: UInt64, type: ValueType, to value: Value, existing: Entry?, expiry: Int64? = nil,
    access: UInt32
  ) -> Entry {
    let entry = Entry.make(
      key: key, type: type, encoding: value.encoding, content: .collection(value.address), expiry: expiry,
      access: access)
    guard let existing else { return insert(entry, hash: hash) }
    return replace(existing, by: entry, hash: hash)
  }
}
