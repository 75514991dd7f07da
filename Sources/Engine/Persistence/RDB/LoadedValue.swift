/// A value read from a snapshot or a DUMP payload. Whoever gets one of many parts owns it.
enum LoadedValue {
  /// Good until the next part is read.
  case string(Bytes)
  case list(ListValue)
  case set(SetValue)
  case sortedSet(SortedSetValue)
  case hash(HashValue)
  case stream(StreamValue)
  /// A collection of nothing, which no key can hold: Redis skips such keys.
  case empty

  /// Whether nothing is in it, so that no key can hold it. A stream may be empty.
  var isEmptyCollection: Bool {
    switch self {
    case .list(let value): value.count == 0
    case .set(let value): value.count == 0
    case .sortedSet(let value): value.count == 0
    case .hash(let value): value.count == 0
    case .string, .stream, .empty: false
    }
  }

  /// Gives the memory of a value nobody wants back.
  func free() {
    switch self {
    case .string, .empty: break
    case .list(let value): value.free()
    case .set(let value): value.free()
    case .sortedSet(let value): value.free()
    case .hash(let value): value.free()
    case .stream(let value): value.free()
    }
  }
}

extension Keyspace {
  /// Sets a key to a value that was read; the value is the keyspace's from then on.
  ///
  /// - Parameter access: the key's access bits.
  /// - Returns: whether there was no such key before.
  @discardableResult
  mutating func set(_ key: Bytes, in database: Int, to value: LoadedValue, expiry: Int64?, access: UInt32) -> Bool {
    let hash = hash(key)
    let existing = self[database].find(key, hash: hash)
    func put(_ type: ValueType, _ value: some CollectionValue) {
      self[database].setCollection(
        key, hash: hash, type: type, to: value, existing: existing, expiry: expiry, access: access)
    }
    switch value {
    case .string(let bytes):
      self[database].setString(
        key, hash: hash, to: bytes, existing: existing, expiry: expiry.map { .at($0) } ?? .remove, access: access)
    case .list(let value): put(.list, value)
    case .set(let value): put(.set, value)
    case .sortedSet(let value): put(.sortedSet, value)
    case .hash(let value): put(.hash, value)
    case .stream(let value): put(.stream, value)
    case .empty: break
    }
    return existing == nil
  }
}

/// How values are built from what is read: where compact encodings end, and how much the bytes are trusted.
struct LoadPolicy {
  let limits: EncodingLimits
  let hash: KeyHash
  /// Whether the contents of compact encodings are compared with each other, so that no element is there twice. That
  /// their bytes are sound is looked at always: nothing here may be read past its end.
  let isDeep: Bool

  /// - Parameter isDeep: what `sanitize-dump-payload` says of the bytes' source.
  init(_ configuration: Configuration, hash: KeyHash, isDeep: Bool) {
    limits = EncodingLimits(configuration)
    self.hash = hash
    self.isDeep = isDeep
  }

  /// For snapshots, which `clients` trusts.
  static func snapshot(_ configuration: Configuration, hash: KeyHash) -> LoadPolicy {
    LoadPolicy(configuration, hash: hash, isDeep: configuration.sanitizeDumpPayload == .yes)
  }
}

/// Where compact encodings end, of all types.
struct EncodingLimits {
  let list: ListLimits
  let set: SetLimits
  let sortedSet: SortedSetLimits
  let hash: HashLimits

  init(_ configuration: Configuration) {
    list = ListLimits(
      nodeSize: configuration.listMaxListpackSize, compressDepth: configuration.listCompressDepth)
    set = SetLimits(
      intsetEntries: configuration.setMaxIntsetEntries, listpackEntries: configuration.setMaxListpackEntries,
      listpackValueBytes: configuration.setMaxListpackValue)
    sortedSet = SortedSetLimits(
      listpackEntries: configuration.zsetMaxListpackEntries, listpackValueBytes: configuration.zsetMaxListpackValue)
    hash = HashLimits(
      listpackEntries: configuration.hashMaxListpackEntries, listpackValueBytes: configuration.hashMaxListpackValue)
  }
}
