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
  mutating func set(_ key: Bytes, in database: Int, to value: LoadedValue, expiry: Int64?, access: UInt32) {
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
  init(_ configuration: Configuration) {}
}

/// What is read next to the cursor: the room that packed strings unpack into.
struct RDBScratch: ~Copyable {
  var first = ByteBuffer()
  var second = ByteBuffer()
}

/// Builds one collection from the parts it was written in, as they arrive.
///
/// A copyable struct that holds a value: it owns that value until `value` is taken for the keyspace or freed.
protocol CollectionBuilder {
  /// What was built. An empty one is freed by the caller and counts as no value, unless it is a stream.
  var value: LoadedValue { get }

  /// Reads one part: a count, an element with what belongs to it, a node.
  ///
  /// Changes nothing unless the part is all there (it throws `short` before).
  /// - Returns: whether the collection is complete.
  mutating func readPart(_ cursor: inout RDBCursor, _ scratch: inout RDBScratch) throws(RDBCursor.Stop) -> Bool
}

extension CollectionBuilder {
  /// Reads as many parts as there are.
  ///
  /// - Returns: whether the collection is complete. If not, the cursor stands behind the last part that is all there.
  /// - Throws: `short` where not even one part is.
  mutating func read(_ cursor: inout RDBCursor, _ scratch: inout RDBScratch) throws(RDBCursor.Stop) -> Bool {
    let start = cursor.position
    while true {
      let mark = cursor.position
      do throws(RDBCursor.Stop) {
        if try readPart(&cursor, &scratch) { return true }
      } catch {
        guard case .short = error, mark > start else { throw error }
        cursor.rewind(to: mark)
        return false
      }
    }
  }
}

/// A collection that is being built, of whichever type.
enum ValueBuilder {
  /// Begins to build a value of `type`.
  /// - Returns: nil where no collection is written so.
  init?(_ type: RDBType, _ dialect: RDBDialect, _ policy: LoadPolicy) {
    return nil
  }

  mutating func read(_ cursor: inout RDBCursor, _ scratch: inout RDBScratch) throws(RDBCursor.Stop) -> Bool {
    switch self {}
  }

  /// What was built; nothing else may be asked of the builder afterwards.
  func finish() -> LoadedValue {
    switch self {}
  }

  /// Frees what was built so far.
  func abandon() { finish().free() }
}
