// Hashes as their commands find and change them, expired fields hidden and taken out.

extension Call {
  /// Fields that expire before this moment are hidden. To the primary's stream all fields are there: the primary says
  /// what has expired.
  @inline(__always)
  var fieldMoment: Int64 { isFromPrimary ? .min : now.unixMilliseconds }

  var hashLimits: HashLimits {
    HashLimits(
      listpackEntries: configuration.hashMaxListpackEntries, listpackValueBytes: configuration.hashMaxListpackValue)
  }

  /// The hash at argument 1 to write to, made where there is none.
  @inline(__always)
  mutating func hashToChange() throws(CommandError) -> Entry {
    if let entry = try find(1, as: .hash, for: .write) { return entry }
    return makeHash()
  }

  /// A new hash, empty, at argument 1, where nothing is.
  mutating func makeHash() -> Entry {
    let entry = keyspace[database].setCollection(
      arguments[1], hash: hash(1), type: .hash, to: HashValue.make(), existing: nil, access: freshAccess)
    created(1)
    return entry
  }

  /// Sets a field of a hash.
  /// - Returns: whether it is new.
  @inline(__always)
  mutating func setField(
    _ entry: Entry, _ field: Bytes, to value: Bytes, expiry: FieldExpiryChange = .remove, _ limits: HashLimits
  ) -> Bool {
    let hash = keyspace.hash
    return keyspace[database].update(entry, as: HashValue.self) {
      $0.set(field, to: value, expiry: expiry, limits, hash)
    }
  }

  /// The field of that name, or nil where there is none or it has expired. One that has expired is deleted, and its
  /// deletion declared, where that may be done here; the caller goes on with `finishFieldExpiry`.
  /// - Parameter expired: grows by one where a field was deleted.
  @inline(__always)
  mutating func field(_ name: Bytes, of entry: Entry, expired: inout Int) -> HashFieldView? {
    guard let found = entry.hash.find(name) else { return nil }
    guard let expiry = found.expiry, expiry < fieldMoment else { return found }
    expireField(name, of: entry, expired: &expired)
    return nil
  }

  @inline(never)
  private mutating func expireField(_ name: Bytes, of entry: Entry, expired: inout Int) {
    guard mayExpire else { return }
    expired += 1
    statistics.expiredFields += 1
    declareFieldDeleted(name)
    _ = keyspace[database].update(entry, as: HashValue.self) { $0.remove(name) }
  }

  /// Has replicas delete a field of the hash at argument 1; the request propagates besides, if it does.
  mutating func declareFieldDeleted(_ name: Bytes) {
    guard writesLog else { return }
    pendingEffects.begin(database: database, count: 3)
    pendingEffects.append(Bytes("HDEL"))
    pendingEffects.append(arguments[1])
    pendingEffects.append(name)
  }

  /// Tells of the fields of the hash at argument 1 that had expired, and deletes the key if they were its last.
  /// - Returns: whether the key was deleted; then `entry` must not be used again.
  @inline(__always) @discardableResult
  mutating func finishFieldExpiry(_ entry: Entry, expired: Int) -> Bool {
    expired > 0 ? concludeFieldExpiry(entry) : false
  }

  @inline(never)
  private mutating func concludeFieldExpiry(_ entry: Entry) -> Bool {
    changed(1, count: 0)
    notify(.hash, "hexpired", 1)
    return removeHashIfEmpty(entry)
  }

  /// Deletes the hash at argument 1 if no field is left in it.
  /// - Returns: whether it was; then `entry` must not be used again.
  @discardableResult
  mutating func removeHashIfEmpty(_ entry: Entry) -> Bool {
    guard entry.hash.count == 0 else { return false }
    keyspace.remove(entry, hash: hash(1), in: database, lazily: false)
    notify(.generic, "del", 1)
    return true
  }

  /// A field of a hash to be changed by what it holds, and the hash, made anew where its last field had just expired.
  mutating func fieldToChange(_ name: Bytes, of entry: Entry) -> (entry: Entry, found: HashFieldView?) {
    var expired = 0
    let found = field(name, of: entry, expired: &expired)
    guard finishFieldExpiry(entry, expired: expired) else { return (entry, found) }
    return (makeHash(), nil)
  }

  /// Deletes fields that have expired, and has replicas delete them: those that one look at the hash finds.
  /// - Parameters:
  ///   - hash: of the key.
  ///   - limit: fields to look at, roughly.
  /// - Returns: how many fields with an expiry were looked at, how many of them had expired, and whether the look
  ///   reached the hash's end. `entry` must not be used again where `isDeleted`.
  mutating func expireFields(
    of entry: Entry, hash: UInt64, in database: Int, limit: Int
  ) -> (examined: Int, expired: Int, isAtEnd: Bool, isDeleted: Bool) {
    let found = entry.hash.findExpired(before: now.unixMilliseconds, limit: limit)
    if found.count > 0, writesLog {
      pendingEffects.begin(database: database, count: 2 + found.count)
      pendingEffects.append(Bytes("HDEL"))
      pendingEffects.append(entry.key)
      entry.hash.forEachName(of: found) { pendingEffects.append($0) }
    }
    keyspace[database].update(entry, as: HashValue.self) { $0.remove(found) }
    guard found.count > 0 else { return (found.examined, 0, found.isAtEnd, false) }
    statistics.expiredFields += Int64(found.count)
    notify(.hash, "hexpired", entry.key, in: database)
    changed(entry.key, in: database, count: 0)
    let isDeleted = entry.hash.count == 0
    if isDeleted {
      notify(.generic, "del", entry.key, in: database)
      keyspace.remove(entry, hash: hash, in: database, lazily: false)
    }
    return (found.examined, found.count, found.isAtEnd, isDeleted)
  }
}
