/// What a hash of many or large fields is: a table of them, and what is known of them together.
///
/// Fields that expire are found without a second table: the buckets that hold one are marked, and `findExpired` walks
/// from mark to mark, a slice at a time. `earliestExpiry` says when that is worth while.
struct HashFieldTable: ~Copyable {
  private let staysInPlace = StaysInPlace()
  var table: HashTable<HashField>
  /// Bytes of the fields, in the allocator's size classes; the table's own are in the table.
  private(set) var fieldBytes = 0
  /// Fields that have an expiry.
  private(set) var expiringCount = 0
  /// No field expires before this; `Int64.max` where none does at all.
  private(set) var earliestExpiry = Int64.max

  /// The bucket at which the search for expired fields goes on.
  private var sweepPosition = 0
  /// The earliest expiry that was still to come, of those met since the search began at the first bucket.
  private var earliestMet = Int64.max
  /// Whether no bucket has been merged into one already visited since then.
  private var hasMetAll = true

  init(hash: KeyHash) { table = HashTable(hash: hash) }

  deinit { table.forEachElement { $0.free() } }

  @inline(__always)
  func find(_ field: Bytes) -> HashField? { table.find(field, hash: table.hash(field)) }

  // MARK: Changing

  /// Sets a field.
  /// - Returns: whether it is new.
  mutating func set(_ field: Bytes, to value: Bytes, expiry change: FieldExpiryChange) -> Bool {
    let hash = table.hash(field)
    guard let old = table.find(field, hash: hash) else {
      insert(.make(field, value, expiry: change.applied(to: nil)), hash: hash)
      return true
    }
    if table.isWalked { table.keep(hash) }
    let oldExpiry = old.expiry
    let expiry = change.applied(to: oldExpiry)
    if (oldExpiry == nil) == (expiry == nil), old.overwrite(value) {
      if let expiry {
        old.setExpiry(expiry)
        noteExpiry(expiry)
      }
      return false
    }
    replace(old, by: .make(field, value, expiry: expiry), hash: hash)
    return false
  }

  /// Sets, moves or removes (nil) a field's expiry.
  mutating func setExpiry(of field: HashField, to expiry: Int64?) {
    if let expiry, field.expiry != nil {
      if table.isWalked { table.keep(table.hash(field.key)) }
      field.setExpiry(expiry)
      noteExpiry(expiry)
    } else if expiry != nil || field.expiry != nil {
      replace(field, by: .make(field.key, field.value, expiry: expiry), hash: table.hash(field.key))
    }
  }

  /// Adds a field that is not there; the table takes it over.
  mutating func insert(_ field: HashField, hash: UInt64) {
    table.insert(field, hash: hash)
    fieldBytes += field.allocatedBytes
    noteExpiry(of: field, hash: hash)
  }

  private mutating func replace(_ old: HashField, by new: HashField, hash: UInt64) {
    table.replace(old, by: new, hash: hash)
    fieldBytes += new.allocatedBytes - old.allocatedBytes
    if old.expiry != nil { loseExpiry() }
    noteExpiry(of: new, hash: hash)
    old.free()
  }

  mutating func remove(_ field: HashField) {
    let buckets = table.bucketCount
    table.remove(field, hash: table.hash(field.key))
    if table.bucketCount < buckets { hasMetAll = false }
    fieldBytes -= field.allocatedBytes
    if field.expiry != nil { loseExpiry() }
    field.free()
  }

  private mutating func noteExpiry(of field: HashField, hash: UInt64) {
    guard let expiry = field.expiry else { return }
    expiringCount += 1
    table.mark(hash: hash)
    noteExpiry(expiry)
  }

  private mutating func noteExpiry(_ expiry: Int64) {
    earliestExpiry = min(earliestExpiry, expiry)
    earliestMet = min(earliestMet, expiry)
  }

  private mutating func loseExpiry() {
    expiringCount -= 1
    if expiringCount == 0 { earliestExpiry = .max }
  }

  /// Gives back the last `limit` buckets with their fields. Nothing may be looked up any more.
  /// - Returns: whether there are more.
  mutating func drain(limit: Int) -> Bool {
    var bytes = 0
    let hasMore = table.drain(limit: limit) {
      bytes += $0.allocatedBytes
      $0.free()
    }
    fieldBytes -= bytes
    return hasMore
  }

  // MARK: Expired fields

  /// Looks at the next marked buckets for fields that expired before `moment`.
  ///
  /// The caller removes them, and calls `finishSweep` where the last bucket was reached.
  /// - Parameters:
  ///   - limit: fields to look at, roughly.
  ///   - found: gets the expired ones.
  /// - Returns: how many fields with an expiry were looked at, and whether the last bucket was reached.
  mutating func findExpired(
    before moment: Int64, limit: Int, _ found: inout Slab<HashField>
  ) -> (examined: Int, isAtEnd: Bool) {
    let bucketsAtOnce = 16
    var examined = 0
    var work = 0
    if sweepPosition >= table.bucketCount { sweepPosition = 0 }
    if sweepPosition == 0 { (earliestMet, hasMetAll) = (.max, true) }
    repeat {
      work += bucketsAtOnce / 8
      var earliest = earliestMet
      sweepPosition = table.sweep(from: sweepPosition, limit: bucketsAtOnce) { field in
        work += 1
        guard let expiry = field.expiry else { return false }
        examined += 1
        if expiry < moment { found.append(field) } else { earliest = min(earliest, expiry) }
        return true
      }
      earliestMet = earliest
    } while work < limit && sweepPosition != 0
    return (examined, sweepPosition == 0)
  }

  /// Notes that all that the search found has been taken out, up to the last bucket.
  mutating func finishSweep() {
    // Where a bucket was merged into one already visited, it takes another walk to know.
    if hasMetAll, expiringCount > 0 { earliestExpiry = earliestMet }
  }

  // MARK: For tests

  /// Walks all of the table and stops where something is not as it must be.
  func checkInvariants() {
    table.checkInvariants()
    var bytes = 0
    var expiring = 0
    table.forEachElement { field in
      bytes += field.allocatedBytes
      guard let expiry = field.expiry else { return }
      expiring += 1
      precondition(expiry >= earliestExpiry, "a field expires earlier than known")
    }
    precondition(bytes == fieldBytes, "a wrong account of memory")
    precondition(expiring == expiringCount, "a wrong count of expiring fields")
    precondition(expiring > 0 || earliestExpiry == .max)
  }
}

/// What becomes of a field's expiry when its value is set.
enum FieldExpiryChange {
  case remove
  case keep
  /// Milliseconds since 1970.
  case at(Int64)

  func applied(to old: Int64?) -> Int64? {
    switch self {
    case .remove: nil
    case .keep: old
    case .at(let moment): moment
    }
  }
}
