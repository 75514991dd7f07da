/// How a key is looked up: what that does besides finding it.
enum Lookup {
  /// To read: counts a hit or a miss, and marks the key as used.
  case read
  /// To change.
  case write
  /// To look at (OBJECT, TTL and their kin): counts a hit or a miss, but does not mark the key as used.
  case inspect
  /// To look at by OBJECT: as `inspect`, but nobody is told of a miss (`keymiss`).
  case examine
  /// To look at without leaving any trace.
  case peek
}

extension Call {
  /// The hash of the key that is argument `index`.
  @inline(__always)
  func hash(_ index: Int) -> UInt64 {
    index == hashedArgument ? hashOfArgument : keyspace.hash(arguments[index])
  }

  /// The key that is argument `index`, or nil where there is none or it has expired.
  @inline(__always)
  mutating func find(_ index: Int, for lookup: Lookup) -> Entry? {
    find(arguments[index], hash: hash(index), in: database, for: lookup)
  }

  /// The entry of `key` in the session's database, or nil where there is none or it has expired.
  @inline(__always)
  mutating func find(_ key: Bytes, hash: UInt64, for lookup: Lookup) -> Entry? {
    find(key, hash: hash, in: database, for: lookup)
  }

  /// The entry of `key` in a database, or nil where there is none or it has expired.
  ///
  /// An expired key that is met here is deleted, and its deletion declared, unless this server is a replica: then it
  /// is missing for readers and stays until its primary says so.
  @inline(__always)
  mutating func find(_ key: Bytes, hash: UInt64, in database: Int, for lookup: Lookup) -> Entry? {
    let counts = lookup == .read || lookup == .inspect || lookup == .examine
    guard let entry = keyspace[database].find(key, hash: hash) else {
      if counts { noteMiss(key, in: database, lookup) }
      return nil
    }
    if entry.hasExpiry, isExpired(entry) {
      expireOnAccess(entry, hash: hash, in: database, for: lookup)
      if counts { noteMiss(key, in: database, lookup) }
      return nil
    }
    if counts { statistics.keyspaceHits += 1 }
    if lookup == .read || lookup == .write, !sessionLeavesNoTrace {
      entry.access = keyspace.clock.touched(entry.access, now, &random)
    }
    return entry
  }

  @inline(never)
  private mutating func noteMiss(_ key: Bytes, in database: Int, _ lookup: Lookup) {
    statistics.keyspaceMisses += 1
    if lookup != .examine { notify(.keyMiss, "keymiss", key, in: database) }
  }

  /// The string at argument `index`.
  /// - Throws: `wrongType` where the key holds something else.
  @inline(__always)
  mutating func findString(_ index: Int, for lookup: Lookup) throws(CommandError) -> Entry? {
    guard let entry = find(index, for: lookup) else { return nil }
    guard entry.type == .string else { throw .wrongType }
    return entry
  }

  /// Whether `entry` has an expiry that is over.
  @inline(__always)
  func isExpired(_ entry: Entry) -> Bool {
    guard let expiry = entry.expiry, expirationIsActive else { return false }
    return now.unixMilliseconds > expiry
  }

  /// Whether keys expire by the clock now. The primary's stream decides for itself what has expired.
  private var expirationIsActive: Bool { !isFromPrimary }

  @inline(never)
  private mutating func expireOnAccess(_ entry: Entry, hash: UInt64, in database: Int, for lookup: Lookup) {
    guard mayChangeUnasked else { return }
    if isReplica {
      // A replica that takes writes of its own must make room for them: what it cannot see it may not write beside.
      guard lookup == .write, !configuration.replicaReadOnly else { return }
      statistics.expiredKeys += 1
      removeUnasked(entry, hash: hash, in: database, lazily: configuration.lazyfreeLazyExpire)
      return
    }
    expire(entry, hash: hash, in: database)
  }

  /// Whether this server follows a primary.
  var isReplica: Bool { configuration.replicaof != nil }

  /// Whether anything may change that nobody asked for: not while clients are paused, nor on the way to the server's end.
  /// What is written to the log then is missing from the last snapshot, or from a replica that was waited for.
  var mayChangeUnasked: Bool { !pause.isActive && !isShuttingDown }

  /// Whether an expired key that is met may be deleted: never by a replica.
  var mayExpire: Bool { !isReplica && mayChangeUnasked }

  /// Whether what is given an expiry at `moment`, milliseconds since 1970, is deleted at once, as that is past. A replica,
  /// and whoever loads a data set, keeps it: what comes later says whether it is deleted, or lives on.
  func isDeletedAtOnce(expiring moment: Int64) -> Bool { moment <= now.unixMilliseconds && !isReplica && !isLoading }

  /// Deletes an expired key, and has replicas delete it.
  mutating func expire(_ entry: Entry, hash: UInt64, in database: Int) {
    statistics.expiredKeys += 1
    notify(.expired, "expired", entry.key, in: database)
    removeUnasked(entry, hash: hash, in: database, lazily: configuration.lazyfreeLazyExpire)
  }

  /// Deletes a key of the server's own accord (expiry, eviction), and has replicas delete it.
  mutating func removeUnasked(_ entry: Entry, hash: UInt64, in database: Int, lazily: Bool) {
    if writesLog {
      pendingEffects.begin(database: database, count: 2)
      pendingEffects.append(Bytes(lazily ? "UNLINK" : "DEL"))
      pendingEffects.append(entry.key)
    }
    if undurableKeys.isRecording { undurableKeys.note(hash: hash) }
    guard isAnyKeyObserved else {
      return keyspace.remove(entry, hash: hash, in: database, lazily: lazily)
    }
    let key = entry.key.array
    keyspace.remove(entry, hash: hash, in: database, lazily: lazily)
    key.withBytes { touch($0, in: database, isUnasked: true) }
  }

  private var sessionLeavesNoTrace: Bool {
    session != .none && sessions.contains(session) && sessions[session].flags.contains(.noTouch)
  }

  /// The access bits of a value set now.
  @inline(__always)
  var freshAccess: UInt32 { keyspace.clock.fresh(now) }

  /// Notes that the key at argument `index` was changed `count` times, after it was. A transaction that depends on the
  /// key is lost.
  @inline(__always)
  mutating func changed(_ index: Int, count: Int = 1) {
    changedQuietly(index, count: count)
    if isAnyKeyObserved { touch(arguments[index], in: database) }
  }

  /// As `changed`, but of what Redis tells nobody who watches the key or has it in his cache: a stream's groups.
  @inline(__always)
  mutating func changedQuietly(_ index: Int, count: Int = 1) {
    keyspace.changes += Int64(count)
    if undurableKeys.isRecording { undurableKeys.note(hash: hash(index)) }
  }

  /// Notes that a key of any database was changed `count` times.
  mutating func changed(_ key: Bytes, in database: Int, count: Int = 1) {
    keyspace.changes += Int64(count)
    if undurableKeys.isRecording { undurableKeys.note(hash: keyspace.hash(key)) }
    if isAnyKeyObserved { touch(key, in: database) }
  }

  /// Tells subscribers that the key at argument `index` is new, which they hear before what was done to it.
  @inline(__always)
  mutating func created(_ index: Int) { notify(.new, "new", index) }
}
