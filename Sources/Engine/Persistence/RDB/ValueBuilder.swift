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
  case list(ListBuilder)
  case set(SetBuilder)
  case sortedSet(SortedSetBuilder)
  case hash(HashBuilder)
  case stream(StreamBuilder)

  /// Begins to build a value of `type`.
  /// - Returns: nil where no collection is written so: strings, and the values of modules.
  init?(_ type: RDBType, _ dialect: RDBDialect, _ policy: LoadPolicy) {
    switch type {
    case .string, .moduleBeforeRelease, .module2: return nil
    case .list, .listZiplist, .listQuicklist, .listQuicklist2: self = .list(ListBuilder(type, policy))
    case .set, .setIntset, .setListpack: self = .set(SetBuilder(type, policy))
    case .sortedSet, .sortedSet2, .sortedSetZiplist, .sortedSetListpack:
      self = .sortedSet(SortedSetBuilder(type, policy))
    case .hash, .hashZipmap, .hashZiplist, .hashListpack, .hashMetadataBeforeRelease,
      .hashListpackExpiryBeforeRelease, .hashMetadata, .hashListpackExpiry:
      self = .hash(HashBuilder(type, dialect, policy))
    case .streamListpacks, .streamListpacks2, .streamListpacks3: self = .stream(StreamBuilder(type))
    }
  }

  /// Reads as many parts as there are.
  ///
  /// - Returns: whether the collection is complete. If not, the cursor stands behind the last part that is all there.
  /// - Throws: `short` where not even one part is.
  mutating func read(_ cursor: inout RDBCursor, _ scratch: inout RDBScratch) throws(RDBCursor.Stop) -> Bool {
    switch self {
    case .list(var builder):
      defer { self = .list(builder) }
      return try builder.read(&cursor, &scratch)
    case .set(var builder):
      defer { self = .set(builder) }
      return try builder.read(&cursor, &scratch)
    case .sortedSet(var builder):
      defer { self = .sortedSet(builder) }
      return try builder.read(&cursor, &scratch)
    case .hash(var builder):
      defer { self = .hash(builder) }
      return try builder.read(&cursor, &scratch)
    case .stream(var builder):
      defer { self = .stream(builder) }
      return try builder.read(&cursor, &scratch)
    }
  }

  private var value: LoadedValue {
    switch self {
    case .list(let builder): builder.value
    case .set(let builder): builder.value
    case .sortedSet(let builder): builder.value
    case .hash(let builder): builder.value
    case .stream(let builder): builder.value
    }
  }

  /// What was built; nothing else may be asked of the builder afterwards.
  func finish() -> LoadedValue {
    let value = value
    guard value.isEmptyCollection else { return value }
    value.free()
    return .empty
  }

  /// Frees what was built so far.
  func abandon() { value.free() }
}
