// What happens when the memory reaches `maxmemory`: keys go, chosen by sampling, a bounded number at a time.
extension Engine {
  /// How an attempt to make room ended.
  enum EvictionOutcome {
    /// The memory is below its limit.
    case enough
    /// Not yet, but keys are going.
    case underway
    /// Nothing may go.
    case impossible
  }

  /// Keys that go ahead of one command, with the default `maxmemory-eviction-tenacity` of 10; the rest goes between turns.
  private static var keysAtOnce: Int { 64 }

  /// Whether the memory counted exceeds `maxmemory`.
  @inline(__always)
  var isShortOfMemory: Bool { call.configuration.maxmemory > 0 && excessBytes > 0 }

  /// Bytes above `maxmemory`.
  private var excessBytes: Int {
    guard call.configuration.maxmemory > 0 else { return 0 }
    return call.usedMemory - call.memoryNotCountedForEviction - call.configuration.maxmemory
  }

  /// Makes room ahead of a command.
  @inline(never)
  mutating func makeRoom() -> EvictionOutcome {
    let tenacity = call.configuration.maxmemoryEvictionTenacity
    return evict(limit: tenacity >= 100 ? .max : Self.keysAtOnce * max(tenacity, 1) / 10 + 1)
  }

  /// Makes room between turns.
  /// - Returns: whether there is more to do.
  mutating func runEvictionSlice() -> Bool {
    guard isShortOfMemory, case .underway = evict(limit: Self.keysAtOnce) else { return false }
    return true
  }

  private mutating func evict(limit: Int) -> EvictionOutcome {
    if call.isReplica, call.configuration.replicaIgnoreMaxmemory { return .enough }
    if !call.mayChangeUnasked { return .enough }
    var excess = excessBytes
    // What is gone already and only waits to be freed comes first.
    while excess > 0, call.keyspace.reclaimer.pendingBytes > 0 {
      _ = call.keyspace.reclaim(limit: 256)
      excess = excessBytes
    }
    guard excess > 0 else { return .enough }
    guard call.configuration.maxmemoryPolicy != .noeviction else { return .impossible }
    defer { propagateOwnDeeds() }
    var evicted = 0
    while excess > 0 {
      guard evicted < limit else { return .underway }
      guard let (victim, hash, database) = chooseVictim() else {
        return hasCandidates ? .underway : .impossible
      }
      let before = call.keyspace[database].usedBytes
      call.notify(.evicted, "evicted", victim.key, in: database)
      call.removeUnasked(victim, hash: hash, in: database, lazily: call.configuration.lazyfreeLazyEviction)
      excess -= before - call.keyspace[database].usedBytes
      call.statistics.evictedKeys += 1
      evicted += 1
    }
    return .enough
  }

  // MARK: Choosing

  private var policy: MaxMemoryPolicy { call.configuration.maxmemoryPolicy }

  /// Whether only keys with an expiry may go.
  private var sparesLasting: Bool {
    switch policy {
    case .volatileLRU, .volatileLFU, .volatileRandom, .volatileTTL: true
    case .allkeysLRU, .allkeysLFU, .allkeysRandom, .noeviction: false
    }
  }

  private var hasCandidates: Bool {
    for database in 0..<call.keyspace.count where candidateCount(database) > 0 { return true }
    return false
  }

  private func candidateCount(_ database: Int) -> Int {
    sparesLasting ? call.keyspace[database].expiringCount : call.keyspace[database].count
  }

  private mutating func chooseVictim() -> (Entry, hash: UInt64, database: Int)? {
    if policy == .allkeysRandom || policy == .volatileRandom { return chooseAtRandom() }
    // A few rounds: what the pool held may be gone, and where few keys expire a round may meet none.
    for _ in 0..<8 {
      for database in 0..<call.keyspace.count where candidateCount(database) > 0 { sample(database) }
      while let candidate = call.keyspace.evictionPool.takeBest() {
        let found = call.keyspace[candidate.database].table.first(hash: candidate.hash)
        guard let found, !sparesLasting || found.hasExpiry else { continue }
        return (found, candidate.hash, candidate.database)
      }
    }
    return nil
  }

  /// Databases take turns, so that none is emptied before the others.
  private mutating func chooseAtRandom() -> (Entry, hash: UInt64, database: Int)? {
    for _ in 0..<call.keyspace.count {
      let database = call.keyspace.nextEvictionDatabase % call.keyspace.count
      call.keyspace.nextEvictionDatabase = (database + 1) % call.keyspace.count
      guard candidateCount(database) > 0 else { continue }
      var met = Slab<Entry>(capacity: 64)
      visit(database, atLeast: 1, &met)
      guard !met.isEmpty else { continue }
      let entry = met[call.random.next(below: met.count)]
      return (entry, call.keyspace.hash(entry.key), database)
    }
    return nil
  }

  /// Offers some keys of a database to the pool.
  private mutating func sample(_ database: Int) {
    var met = Slab<Entry>(capacity: 64)
    visit(database, atLeast: call.configuration.maxmemorySamples, &met)
    for index in 0..<min(met.count, call.configuration.maxmemorySamples) {
      let entry = met[index]
      call.keyspace.evictionPool.offer(
        EvictionPool.Candidate(score: score(entry), hash: call.keyspace.hash(entry.key), database: database))
    }
  }

  private func score(_ entry: Entry) -> UInt64 {
    switch policy {
    case .allkeysLFU, .volatileLFU: 255 - UInt64(call.keyspace.clock.decayedUses(entry.access, call.now))
    case .volatileTTL: UInt64.max - UInt64(max(entry.expiry ?? .max, 0))
    default: UInt64(call.keyspace.clock.idleSeconds(entry.access, call.now))
    }
  }

  /// Collects keys that may go from some place of the table on: neighbours there have nothing else in common.
  private mutating func visit(_ database: Int, atLeast wanted: Int, _ met: inout Slab<Entry>) {
    let onlyExpiring = sparesLasting
    // Where few keys expire, many chains hold none; a search that came to nothing goes on where it ended.
    let bucketLimit = onlyExpiring ? 2048 : 64
    let buckets = call.keyspace[database].table.bucketCount
    var position = call.keyspace.evictionSearch ?? call.random.next(below: buckets)
    if position >= buckets { position = 0 }
    var visited = 0
    while met.count < wanted, visited < min(bucketLimit, buckets) {
      call.keyspace[database].table.visit(position, onlyMarked: onlyExpiring) { entry in
        if !onlyExpiring || entry.hasExpiry { met.append(entry) }
      }
      position = position + 1 == buckets ? 0 : position + 1
      visited += 1
    }
    call.keyspace.evictionSearch = met.isEmpty ? position : nil
  }
}
