/// What the search for expired keys remembers from one slice to the next.
struct ExpiryCycle: BitwiseCopyable {
  /// The database to go on with.
  var nextDatabase = 0
  /// The database where so much had expired that the search goes on between turns, or nil.
  var busyDatabase: Int?
  /// How much of what was met had expired, 0 to 1: a mean that forgets slowly. INFO's `expired_stale_perc`.
  var staleShare = 0.0

  init() {}

  /// Takes one cycle's figures into the mean.
  mutating func note(examined: Int, expired: Int) {
    let share = examined > 0 ? Double(expired) / Double(examined) : 0
    staleShare = share * 0.05 + staleShare * 0.95
  }
}

/// What one slice of the search met.
struct ExpirySample: BitwiseCopyable {
  /// Keys with an expiry.
  var examined = 0
  var expired = 0
  /// Milliseconds that the others have left, together.
  var remainingMilliseconds = 0.0
  /// What the slice cost, in the units of its limit.
  var work = 0
  /// Fields of hashes that have an expiry, and those of them that had expired.
  var fieldsExamined = 0
  var fieldsExpired = 0

  init() {}

  /// Adds what another slice met.
  mutating func add(_ other: ExpirySample) {
    examined += other.examined
    expired += other.expired
    remainingMilliseconds += other.remainingMilliseconds
    work += other.work
    fieldsExamined += other.fieldsExamined
    fieldsExpired += other.fieldsExpired
  }
}

extension Database {
  /// Whether there is anything for the sweep to find.
  var holdsWhatExpires: Bool { expiringCount > 0 || hashesWithExpiringFields > 0 }

  /// Work to look at one bucket, and at one entry: the entry is a cache miss, the buckets lie in a row.
  private static var bucketWork: Int { 1 }
  static var entryWork: Int { 8 }

  /// Looks at the next marked chains of the table for keys that have expired.
  ///
  /// Nothing is removed: the caller does that, and tells others.
  /// - Parameters:
  ///   - now: milliseconds since 1970.
  ///   - limit: work to do, roughly: a bucket counts 1, an entry 8.
  ///   - found: gets the expired entries.
  ///   - hashes: gets those that have not expired and hold fields that may have. With the first of them the sweep stops.
  mutating func sweepForExpired(
    now: Int64, limit: Int, _ found: inout Slab<Entry>, _ hashes: inout Slab<Entry>
  ) -> ExpirySample {
    let bucketsAtOnce = 16
    var sample = ExpirySample()
    repeat {
      sample.work += bucketsAtOnce * Self.bucketWork
      sweepPosition = table.sweep(from: sweepPosition, limit: bucketsAtOnce) { entry in
        sample.work += Self.entryWork
        let holdsFields = entry.holdsExpiringFields
        if let expiry = entry.expiry {
          sample.examined += 1
          if now > expiry {
            sample.expired += 1
            found.append(entry)
            // Its chain stays marked: who is to remove it may be kept from it.
            return true
          }
          sample.remainingMilliseconds += Double(expiry) - Double(now)
        }
        if holdsFields, entry.hash.earliestExpiry < now { hashes.append(entry) }
        return holdsFields || entry.hasExpiry
      }
    } while sample.work < limit && sweepPosition != 0 && hashes.isEmpty
    noteTimeToLive(sample)
    return sample
  }

  private mutating func noteTimeToLive(_ sample: ExpirySample) {
    let alive = sample.examined - sample.expired
    guard alive > 0 else { return }
    // Expiries may lie as far ahead as a number can say.
    let mean = Int64(min(sample.remainingMilliseconds / Double(alive), 0x1p62))
    averageTimeToLive = averageTimeToLive == 0 ? mean : averageTimeToLive / 50 * 49 + mean / 50
  }
}
