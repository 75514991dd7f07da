// Whole keyspaces as snapshots, and back.

extension RDBWriter {
  /// Writes all databases.
  ///
  /// - Parameter usage: what is said of each key's use.
  mutating func write(_ keyspace: borrowing Keyspace, usage: (Entry) -> RDBUsage) {
    for index in 0..<keyspace.count where keyspace[index].count > 0 {
      selectDatabase(index)
      resizeDatabase(keys: keyspace[index].count, expiring: keyspace[index].expiringCount)
      keyspace[index].table.forEachElement { entry in
        key(entry.key, type: RDBType(of: entry), expiryMilliseconds: entry.expiry, usage: usage(entry))
        value(of: entry)
      }
    }
  }
}

extension Keyspace {
  /// The version a snapshot of all databases must be in: that which is written by default, unless a hash has fields
  /// that expire.
  var snapshotVersion: Int {
    (0..<count).contains { self[$0].hashesWithExpiringFields > 0 }
      ? RDBVersion.writtenWithFieldExpiry : RDBVersion.written
  }
}

extension RDBUsage {
  /// What a snapshot says of `entry` under the eviction policy in force: nothing, unless that policy asks.
  static func of(_ entry: Entry, _ clock: AccessClock, _ policy: MaxMemoryPolicy, _ now: Instant) -> RDBUsage {
    switch policy {
    case .allkeysLRU, .volatileLRU: .idle(seconds: UInt64(clock.idleSeconds(entry.access, now)))
    case .allkeysLFU, .volatileLFU: .frequency(UInt8(clamping: clock.decayedUses(entry.access, now)))
    default: .unknown
    }
  }
}

extension AccessClock {
  /// The access bits of a key of which a snapshot says `usage`; those of a new one where it says nothing of use here.
  func bits(for usage: RDBUsage, _ now: Instant) -> UInt32 {
    switch usage {
    case .idle(let seconds) where !countsUses:
      (AccessClock.seconds(now) &- UInt32(truncatingIfNeeded: min(seconds, 0xFF_FFFF))) & 0xFF_FFFF
    case .frequency(let uses) where countsUses: fresh(now) & ~255 | UInt32(uses)
    default: fresh(now)
    }
  }
}

/// Puts a snapshot's keys into a keyspace as its bytes arrive.
struct SnapshotLoader: ~Copyable {
  private var reader: RDBReader
  private var database = 0
  /// Keys set, and keys that had expired and were left out.
  private(set) var loadedKeys = 0
  private(set) var expiredKeys = 0
  /// Keys that were left out because they hold nothing.
  private(set) var emptyKeys = 0
  /// The names of the first of them.
  private(set) var emptyKeyNames: [String] = []
  /// Keys that expired before this, milliseconds since 1970, are left out; nil: none are. A replica keeps them: their
  /// deletion is the primary's to say.
  private let expiryHorizon: Int64?
  /// The version that the snapshot says it was written by, until somebody has asked.
  private var producer: String?
  /// Where in which history the snapshot says that it stands.
  private var identifier: [UInt8]?
  private var placeOffset: Int64?
  private var streamDatabase: Int64 = 0
  /// The deletions of keys that were left out because they had expired: replicas that go on from the snapshot have them.
  private(set) var deletions = EffectList()
  /// How those are deleted.
  private let deletion: StaticString?
  /// Whether keys may be there already.
  private let replacesKeys: Bool
  /// A key that was there already and may not have been.
  private var duplicate: String?
  /// Strings whose places in the table are on their way from memory: a look-up at once would wait for them.
  private var approaching = Slab<ApproachingString>(capacity: stringsAtOnce)
  private static var stringsAtOnce: Int { 16 }

  /// - Parameters:
  ///   - replacesKeys: whether a key that is there already is replaced; otherwise the snapshot is refused.
  ///   - deletion: the command by which keys that are left out are deleted at replicas; nil: nobody is told.
  init(
    _ policy: LoadPolicy, verifiesChecksum: Bool, leavingOutExpiredAt horizon: Int64?, replacesKeys: Bool = false,
    deletion: StaticString? = nil
  ) {
    reader = RDBReader(policy, verifiesChecksum: verifiesChecksum)
    self.replacesKeys = replacesKeys
    expiryHorizon = horizon
    self.deletion = deletion
  }

  /// Where in which history the snapshot stands, where it says so.
  var place: HistoryPlace? {
    guard let identifier, identifier.count == 40, let placeOffset, HistoryPlace.offsets.contains(placeOffset),
      streamDatabase >= 0
    else { return nil }
    return HistoryPlace(identifier: identifier, offset: placeOffset, database: Int(streamDatabase))
  }

  /// Bytes of the snapshot read so far.
  var offset: Int { reader.offset }
  /// What was fed behind the snapshot's end.
  var remaining: Bytes { reader.remaining }

  /// How far a slice of loading came.
  enum Progress {
    /// Nothing can be made of what is there.
    case needsMore
    /// There may be more in what is there.
    case paused
    case ended
  }

  /// Takes further bytes and sets the keys that are complete.
  /// - Returns: whether the end was reached.
  mutating func feed(
    _ bytes: Bytes, into keyspace: inout Keyspace, now: Instant
  ) throws(RDBError) -> Bool {
    append(bytes)
    return try load(into: &keyspace, budget: .max, now: now) == .ended
  }

  /// Takes further bytes, for `load`.
  mutating func append(_ bytes: Bytes) { reader.feed(bytes) }

  /// Sets keys that are complete.
  /// - Parameter budget: about how many bytes are read.
  mutating func load(into keyspace: inout Keyspace, budget: Int, now: Instant) throws(RDBError) -> Progress {
    let progress = try read(into: &keyspace, budget: budget, now: now)
    land(in: &keyspace, now)
    if let duplicate { throw RDBError(offset: reader.offset, reason: .duplicateKey(duplicate)) }
    return progress
  }

  private mutating func read(into keyspace: inout Keyspace, budget: Int, now: Instant) throws(RDBError) -> Progress {
    let (limit, isEndless) = reader.offset.addingReportingOverflow(budget)
    while isEndless || reader.offset < limit {
      switch try reader.next() {
      case .needsMore: return .needsMore
      case .auxiliary(let name, let value): note(name, value)
      case .begin, .resizeDatabase: continue
      case .selectDatabase(let index):
        guard index < UInt64(keyspace.count) else {
          throw RDBError(offset: reader.offset, reason: .tooManyDatabases(keyspace.count))
        }
        land(in: &keyspace, now)
        database = Int(index)
      case .entry(let entry):
        set(entry, in: &keyspace, now)
      case .end: return .ended
      }
    }
    return .paused
  }

  private mutating func note(_ name: Bytes, _ value: Bytes) {
    if name == Bytes("redis-ver") {
      producer = value.text
    } else if name == Bytes("repl-id") {
      identifier = value.array
    } else if name == Bytes("repl-offset") {
      placeOffset = value.parseInt64()
    } else if name == Bytes("repl-stream-db") {
      streamDatabase = value.parseInt64() ?? -1
    }
  }

  /// The version that wrote the snapshot, once.
  mutating func takeProducer() -> String? { producer.take() }

  /// Hands over the deletions so far, in the place of those that were handed over before.
  mutating func takeDeletions(into list: inout EffectList) {
    list.removeAll()
    swap(&list, &deletions)
  }

  private mutating func set(_ entry: RDBReader.Entry, in keyspace: inout Keyspace, _ now: Instant) {
    if case .empty = entry.value {
      emptyKeys += 1
      if emptyKeyNames.count < 10 { emptyKeyNames.append(entry.key.text) }
    } else if let horizon = expiryHorizon, let expiry = entry.expiryMilliseconds, expiry < horizon {
      expiredKeys += 1
      if let deletion, place != nil {
        deletions.begin(database: database, count: 2)
        deletions.append(Bytes(deletion))
        deletions.append(entry.key)
      }
      entry.value.free()
    } else if entry.isInPlace, case .string(let value) = entry.value {
      let hash = keyspace.hash(entry.key)
      keyspace[database].table.prefetchBucket(hash: hash)
      approaching.append(
        ApproachingString(
          key: entry.key, value: value, hash: hash, expiry: entry.expiryMilliseconds,
          access: keyspace.clock.bits(for: entry.usage, now)))
      if approaching.count == Self.stringsAtOnce { land(in: &keyspace, now) }
      loadedKeys += 1
    } else {
      // In the order in which they came.
      land(in: &keyspace, now)
      let isNew = keyspace.set(
        entry.key, in: database, to: entry.value, expiry: entry.expiryMilliseconds,
        access: keyspace.clock.bits(for: entry.usage, now))
      if !isNew { note(duplicate: entry.key) }
      loadedKeys += 1
    }
  }

  /// Sets the strings that were held back.
  private mutating func land(in keyspace: inout Keyspace, _ now: Instant) {
    for index in 0..<approaching.count {
      let string = approaching[index]
      let existing = keyspace[database].find(string.key, hash: string.hash)
      if existing != nil { note(duplicate: string.key) }
      keyspace[database].setString(
        string.key, hash: string.hash, to: string.value, existing: existing,
        expiry: string.expiry.map { .at($0) } ?? .remove, access: string.access)
    }
    approaching.removeAll()
  }

  private mutating func note(duplicate key: Bytes) {
    if !replacesKeys, duplicate == nil { duplicate = key.text }
  }
}

/// A key and its string, in the bytes that were fed.
struct ApproachingString: BitwiseCopyable {
  let key: Bytes
  let value: Bytes
  let hash: UInt64
  let expiry: Int64?
  let access: UInt32
}
