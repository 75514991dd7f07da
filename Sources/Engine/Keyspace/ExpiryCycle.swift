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

  init() {}
}

extension Database {
  /// Work to look at one bucket, and at one entry: the entry is a cache miss, the buckets lie in a row.
  private static var bucketWork: Int { 1 }
  private static var entryWork: Int { 8 }

  /// Looks at the next marked chains of the table for keys that have expired.
  ///
  /// Nothing is removed: the caller does that, and tells others.
  /// - Parameters:
  ///   - now: milliseconds since 1970.
  ///   - limit: work to do, roughly: a bucket counts 1, an entry 8.
  ///   - found: gets the expired entries.
  mutating func sweepForExpired(now: Int64, limit: Int, _ found: inout Slab<Entry>) -> ExpirySample {
    let bucketsAtOnce = 16
    var sample = ExpirySample()
    repeat {
      sample.work += bucketsAtOnce * Self.bucketWork
      sweepPosition = table.sweep(from: sweepPosition, limit: bucketsAtOnce) { entry in
        sample.work += Self.entryWork
        guard let expiry = entry.expiry else { return false }
        sample.examined += 1
        if now > expiry {
          sample.expired += 1
          found.append(entry)
        } else {
          sample.remainingMilliseconds += Double(expiry) - Double(now)
        }
        // Also the chain of an expired one stays marked: who was to remove it may have been kept from it.
        return true
      }
    } while sample.work < limit && sweepPosition != 0
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
