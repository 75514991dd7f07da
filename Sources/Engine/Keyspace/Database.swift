/// One numbered database: its keys, and what is known of them as a whole.
///
/// Knows nothing of clients, replication or time: whoever calls decides what is expired and who is told.
struct Database: ~Copyable {
  var table: HashTable<Entry>
  /// Keys that have an expiry.
  private(set) var expiringCount = 0
  /// Bytes of entries and values, in the allocator's size classes; the table's own are in the table.
  var valueBytes = 0
  /// Entries taken out whose values are too large to be freed at once: the reclaimer's, from the next slice on.
  var discarded = Slab<Entry>(capacity: 1)
  /// The keys that somebody waits for, and what became of them.
  var awaited = AwaitedKeys()
  /// Hashes with fields that expire.
  private(set) var hashesWithExpiringFields = 0
  /// Whether a snapshot is being taken: what is about to change is kept for it as it is.
  var isBeingWalked = false
  /// The mark of entries that the snapshot has, or that are newer than it.
  var mark: UInt8 = 0
  /// What changed before the snapshot came to it, as it was; the snapshot's to write and to free.
  var preimages = Slab<Entry>(capacity: 1)
  /// Giants that the snapshot walks, as they were: entries that own nothing but themselves, with the counts of then.
  var giants = Slab<Giant>(capacity: 1)
  /// Entries to be freed once no walk of their values is under way.
  var kept = Slab<Entry>(capacity: 1)
  /// Bytes of `preimages` and `kept`.
  var keptEntryBytes = 0
  /// What FLUSHDB took out whole while a snapshot was being taken: of this too it has what it has not come to yet.
  var flushed = RecycledTables()
  /// Bytes of it, as counted when it was taken out.
  var flushedBytes = 0
  /// The number of the database when the snapshot began, and in the snapshot; SWAPDB may have given it another since.
  var snapshotNumber = 0
  /// Where in the table the snapshot's walk goes on; nil: it has been everywhere.
  var walkCursor: UInt64?

  /// The bucket at which the sweep for expired keys goes on.
  var sweepPosition = 0
  /// Mean time to live of expiring keys met by the sweep, milliseconds, as INFO keyspace shows it.
  var averageTimeToLive: Int64 = 0

  init(hash: KeyHash) { table = HashTable(hash: hash) }

  var count: Int { table.count }
  /// Bytes of all that the database holds.
  var usedBytes: Int { valueBytes + table.allocatedBytes }

  @inline(__always)
  func find(_ key: Bytes, hash: UInt64) -> Entry? { table.find(key, hash: hash) }

  // MARK: Whole values

  /// What becomes of the expiry when a value is set.
  enum ExpiryChange {
    case remove
    case keep
    /// Milliseconds since 1970.
    case at(Int64)
  }

  /// Sets a string, in place where it fits.
  ///
  /// - Parameters:
  ///   - existing: what `find` gave for `key`, of whatever type.
  ///   - access: the entry's new access bits.
  /// - Returns: the entry that now holds the value; `existing` must not be used again.
  @inline(__always) @discardableResult
  mutating func setString(
    _ key: Bytes, hash: UInt64, to value: Bytes, existing: Entry?, expiry change: ExpiryChange, access: UInt32
  ) -> Entry {
    let integer = value.count <= 20 ? value.parseInt64() : nil
    guard let old = existing else {
      return insert(Self.makeString(key, value, integer, Self.expiry(after: change, nil), access), hash: hash)
    }
    let expiry = Self.expiry(after: change, old)
    if old.type == .string, (expiry != nil) == old.hasExpiry {
      preserve(old)
      if overwrite(old, value, integer) {
        old.access = access
        if let expiry { old.setExpiry(expiry) }
        return old
      }
    }
    return replace(old, by: Self.makeString(key, value, integer, expiry, access), hash: hash)
  }

  private static func expiry(after change: ExpiryChange, _ old: Entry?) -> Int64? {
    switch change {
    case .remove: nil
    case .keep: old?.expiry
    case .at(let milliseconds): milliseconds
    }
  }

  @inline(__always)
  private func overwrite(_ old: Entry, _ value: Bytes, _ integer: Int64?) -> Bool {
    if let integer {
      guard old.holdsInteger else { return false }
      old.setInteger(integer)
      return true
    }
    guard old.overwriteEmbedded(value) else { return false }
    old.encoding = value.count <= Self.embeddedEncodingLimit ? .embedded : .raw
    return true
  }

  /// Longest string of which OBJECT ENCODING says `embstr`, bytes, as in Redis.
  static let embeddedEncodingLimit = 44

  private static func makeString(
    _ key: Bytes, _ value: Bytes, _ integer: Int64?, _ expiry: Int64?, _ access: UInt32
  ) -> Entry {
    if let integer {
      return .make(
        key: key, type: .string, encoding: .integer, content: .integer(integer), expiry: expiry, access: access)
    }
    let content: Entry.Content =
      value.count <= Entry.embeddedLimit ? .embedded(value) : .block(.make(value))
    return .make(
      key: key, type: .string, encoding: value.count <= embeddedEncodingLimit ? .embedded : .raw, content: content,
      expiry: expiry, access: access)
  }

  /// Sets an integer where a string was or nothing.
  @inline(__always) @discardableResult
  mutating func setInteger(
    _ key: Bytes, hash: UInt64, to value: Int64, existing: Entry?, access: UInt32
  ) -> Entry {
    if let old = existing, old.type == .string, old.holdsInteger {
      preserve(old)
      old.setInteger(value)
      return old
    }
    let entry = Entry.make(
      key: key, type: .string, encoding: .integer, content: .integer(value), expiry: existing?.expiry, access: access)
    guard let existing else { return insert(entry, hash: hash) }
    return replace(existing, by: entry, hash: hash)
  }

  /// Sets a string as it is written, without looking for an integer in it; the expiry stays.
  mutating func setText(_ key: Bytes, hash: UInt64, to value: Bytes, existing: Entry?, access: UInt32) {
    let entry = Self.makeString(key, value, nil, existing?.expiry, access)
    if let existing { replace(existing, by: entry, hash: hash) } else { insert(entry, hash: hash) }
  }

  /// Gives a string a block of its own, so that its bytes can be changed in place.
  /// - Parameter minimumCount: the string is made at least so long, with zeros.
  /// - Returns: the entry that now holds the block; `entry` must not be used again.
  mutating func openBlock(_ entry: Entry, hash: UInt64, minimumCount: Int) -> Entry {
    precondition(entry.type == .string)
    if entry.holdsBlock {
      preserve(entry)
      let block = entry.block
      if minimumCount > block.count {
        valueBytes -= block.allocatedBytes
        entry.block = block.grown(to: minimumCount)
        valueBytes += entry.block.allocatedBytes
      }
      entry.encoding = .raw
      return entry
    }
    let block = entry.string.withBytes { bytes in
      StringBlock.make(bytes, zeros: max(0, minimumCount - bytes.count), spare: bytes.count)
    }
    return replace(
      entry,
      by: .make(
        key: entry.key, type: .string, encoding: .raw, content: .block(block), expiry: entry.expiry,
        access: entry.access),
      hash: hash)
  }

  /// Makes a string these bytes, in a block of its own; the expiry stays.
  /// - Parameter value: no view of the string itself.
  /// - Returns: the entry that now holds the block; `entry` must not be used again.
  @discardableResult
  mutating func rewriteBlock(_ entry: Entry, hash: UInt64, to value: Bytes) -> Entry {
    let entry = openBlock(entry, hash: hash, minimumCount: 0)
    valueBytes -= entry.block.allocatedBytes
    entry.block = entry.block.rewritten(value)
    valueBytes += entry.block.allocatedBytes
    return entry
  }

  /// Puts a string that is in a block already in the place of whatever was there; the key does not expire.
  @discardableResult
  mutating func setBlock(
    _ key: Bytes, hash: UInt64, to block: StringBlock, existing: Entry?, access: UInt32
  ) -> Entry {
    let entry = Entry.make(
      key: key, type: .string, encoding: .raw, content: .block(block), expiry: nil, access: access)
    guard let existing else { return insert(entry, hash: hash) }
    return replace(existing, by: entry, hash: hash)
  }

  // MARK: Entries

  /// Adds an entry whose key is not there.
  @inline(__always) @discardableResult
  mutating func insert(_ entry: Entry, hash: UInt64) -> Entry {
    if entry.mark != mark { entry.mark = mark }
    table.insert(entry, hash: hash)
    account(for: entry, 1)
    noteExpiry(of: entry, hash: hash)
    if !awaited.isEmpty { awaited.note(entry.key, hash: hash) }
    return entry
  }

  /// Puts an entry with the same key in the place of `old`, which is freed with its value.
  @inline(__always) @discardableResult
  mutating func replace(_ old: Entry, by new: Entry, hash: UInt64) -> Entry {
    if new.mark != mark { new.mark = mark }
    account(for: old, -1)
    table.replace(old, by: new, hash: hash)
    account(for: new, 1)
    noteExpiry(of: new, hash: hash)
    if !awaited.isEmpty { awaited.note(new.key, hash: hash) }
    discard(old)
    return new
  }

  @inline(__always)
  private mutating func noteExpiry(of entry: Entry, hash: UInt64) {
    if entry.hasExpiry { table.mark(hash: hash) }
    if entry.holdsCollection, entry.holdsExpiringFields { table.mark(hash: hash) }
  }

  /// Notes that a hash in the table has fields that expire since it was changed, or has none any more.
  @inline(never)
  mutating func fieldExpiryChanged(of entry: Entry, hasAny: Bool) {
    hashesWithExpiringFields += hasAny ? 1 : -1
    // The sweep is to visit it.
    if hasAny { table.mark(hash: table.hash(entry.key)) }
  }

  /// Takes an entry out and frees it.
  mutating func remove(_ entry: Entry, hash: UInt64) {
    detach(entry, hash: hash)
    discard(entry)
  }

  /// Allocations of a value that are given back at once; more are left to slices.
  static var effortAtOnce: Int { 4096 }

  /// Frees an entry that is in no table any more: now, or in slices where that takes long.
  /// - Parameter effort: allocations that may be given back at once.
  mutating func discard(_ entry: Entry, atOnce effort: Int = effortAtOnce) {
    if isBeingWalked {
      if entry.mark != mark { return keepPreimage(entry) }
      if entry.isWalked {
        keptEntryBytes += entry.totalBytes
        return kept.append(entry)
      }
    }
    if entry.holdsCollection, entry.freeEffort > effort { discarded.append(entry) } else { Self.free(entry) }
  }

  /// Takes an entry out, for another key or database, or for `discard`, which keeps it where a snapshot wants it.
  mutating func take(_ entry: Entry, hash: UInt64) {
    preserve(entry)
    detach(entry, hash: hash)
  }

  /// Takes an entry out, to be discarded.
  mutating func detach(_ entry: Entry, hash: UInt64) {
    account(for: entry, -1)
    table.remove(entry, hash: hash)
    if !awaited.isEmpty { awaited.note(entry.key, hash: hash) }
  }

  /// Sets, moves or removes (nil) a key's expiry, milliseconds since 1970.
  /// - Returns: the entry that now holds the value; `entry` must not be used again.
  @discardableResult
  mutating func setExpiry(_ entry: Entry, hash: UInt64, to expiry: Int64?) -> Entry {
    if let expiry, entry.hasExpiry {
      preserve(entry)
      entry.setExpiry(expiry)
      return entry
    }
    guard expiry != nil || entry.hasExpiry else { return entry }
    preserve(entry)
    account(for: entry, -1)
    let reshaped = entry.reshaped(expiry: expiry) { old, new in table.replace(old, by: new, hash: hash) }
    if reshaped.mark != mark { reshaped.mark = mark }
    account(for: reshaped, 1)
    if expiry != nil { table.mark(hash: hash) }
    return reshaped
  }

  @inline(__always)
  private mutating func account(for entry: Entry, _ sign: Int) {
    valueBytes += sign * entry.totalBytes
    if entry.hasExpiry { expiringCount += sign }
    if entry.holdsCollection, entry.holdsExpiringFields { hashesWithExpiringFields += sign }
  }

  static func free(_ entry: Entry) {
    entry.freeValue()
    entry.freeShell()
  }

  /// Frees a value that is in no entry any more: now, or in slices where that takes long.
  mutating func discard<Value: CollectionValue>(_ value: Value, type: ValueType) {
    let entry = Entry.make(
      key: Bytes(), type: type, encoding: value.encoding, content: .collection(value.address), expiry: nil, access: 0)
    entry.mark = mark
    discard(entry)
  }

  // MARK: All of it

  /// Takes everything out, for the reclaimer to free or for the snapshot to write; the database is empty after it.
  mutating func detachAll() -> HashTable<Entry> {
    var emptied = HashTable<Entry>(hash: table.hash)
    swap(&emptied, &table)
    expiringCount = 0
    valueBytes = 0
    sweepPosition = 0
    averageTimeToLive = 0
    awaited.noteAll()
    hashesWithExpiringFields = 0
    return emptied
  }
}
