// Keys that expire although nobody asks for them. Without a clock of its own, the engine bounds the effort by what it
// looks at: at every period some chains of buckets, and more between turns as long as much of what it meets has expired.
extension Engine {
  /// Work for one database in one period, and for all of them together (`Database.sweepForExpired` tells the unit).
  private static var databaseWork: Int { 8192 }
  private static var periodWork: Int { 32_768 }
  /// Work between two turns: some 200 µs where everything has expired.
  private static var sliceWork: Int { 4096 }

  /// Looks for expired keys, a bounded part of every database.
  mutating func runExpiryCycle() {
    guard expiresActively else {
      call.keyspace.expiryCycle.busyDatabase = nil
      return
    }
    let effort = call.configuration.activeExpireEffort - 1
    var left = Self.periodWork * (4 + effort) / 4
    var examined = 0
    var expired = 0
    for _ in 0..<call.keyspace.count where left > 0 {
      let database = call.keyspace.expiryCycle.nextDatabase % call.keyspace.count
      call.keyspace.expiryCycle.nextDatabase = (database + 1) % call.keyspace.count
      guard call.keyspace[database].holdsWhatExpires else { continue }
      let sample = expireSome(in: database, limit: min(left, Self.databaseWork * (4 + effort) / 4))
      left -= sample.work
      examined += sample.examined
      expired += sample.expired
      if isMuchStale(sample) { call.keyspace.expiryCycle.busyDatabase = database }
    }
    call.keyspace.expiryCycle.note(examined: examined, expired: expired)
    if call.keyspace.expiryCycle.busyDatabase != nil { call.statistics.expiredTimeCapReached += 1 }
  }

  /// Goes on in a database where much had expired.
  /// - Returns: whether there is likely to be more.
  mutating func runExpirySlice() -> Bool {
    guard let database = call.keyspace.expiryCycle.busyDatabase else { return false }
    let isWorthwhile =
      expiresActively && call.keyspace[database].holdsWhatExpires
      && isMuchStale(expireSome(in: database, limit: Self.sliceWork))
    if !isWorthwhile { call.keyspace.expiryCycle.busyDatabase = nil }
    return isWorthwhile
  }

  /// A replica waits for its primary to say what has expired.
  private var expiresActively: Bool { call.debugging.expiresActively && call.mayExpire }

  /// Whether more of the sample had expired than may lie around: a tenth, less with more effort.
  private func isMuchStale(_ sample: ExpirySample) -> Bool {
    isMuch(sample.expired, of: sample.examined) || isMuch(sample.fieldsExpired, of: sample.fieldsExamined)
  }

  private func isMuch(_ expired: Int, of examined: Int) -> Bool {
    expired * 100 > examined * (11 - call.configuration.activeExpireEffort)
  }

  private mutating func expireSome(in database: Int, limit: Int) -> ExpirySample {
    var found = Slab<Entry>(capacity: 64)
    var hashes = Slab<Entry>(capacity: 16)
    var total = ExpirySample()
    var isStaying = false
    repeat {
      found.removeAll()
      hashes.removeAll()
      let position = call.keyspace[database].sweepPosition
      let sample = call.keyspace[database].sweepForExpired(
        now: call.now.unixMilliseconds, limit: limit - total.work, &found, &hashes)
      total.add(sample)
      for index in 0..<found.count {
        call.expire(found[index], hash: call.keyspace.hash(found[index].key), in: database)
      }
      for index in 0..<hashes.count where expireFields(of: hashes[index], in: database, limit, &total) {
        isStaying = true
      }
      // A large hash with much to expire is gone on with before others; one with little has its turn next time round.
      if isStaying { call.keyspace[database].sweepPosition = position }
    } while !isStaying && total.work < limit && call.keyspace[database].sweepPosition != 0
    propagateOwnDeeds()
    return total
  }

  /// Takes expired fields out of a hash, as many as the limit leaves work for.
  /// - Returns: whether there is likely to be much more.
  private mutating func expireFields(
    of entry: Entry, in database: Int, _ limit: Int, _ total: inout ExpirySample
  ) -> Bool {
    let outcome = call.expireFields(
      of: entry, hash: call.keyspace.hash(entry.key), in: database,
      limit: max((limit - total.work) / Database.entryWork, 16))
    total.work += outcome.examined * Database.entryWork
    total.fieldsExamined += outcome.examined
    total.fieldsExpired += outcome.expired
    return !outcome.isAtEnd && isMuch(outcome.expired, of: outcome.examined)
  }

  /// Appends to the log what the server did of its own accord, each command for itself.
  mutating func propagateOwnDeeds() {
    guard call.pendingEffects.count > 0 else { return }
    call.noteTimeInFile()
    call.pendingEffects.forEachEffect { database, command in
      call.log.select(database)
      call.log.append(command)
    }
    call.pendingEffects.removeAll()
  }
}
