/// All databases.
@safe
struct Keyspace: ~Copyable {
  // `count` databases, initialised in `init` and deinitialised in `deinit`; owned by this value alone.
  private let databases: UnsafeMutablePointer<Database>
  let count: Int
  /// The hash of every key, keyed anew for each process.
  let hash: KeyHash
  var clock = AccessClock()
  /// What was taken out whole and is freed a slice at a time.
  var reclaimer = Reclaimer()
  /// The search for expired keys.
  var expiryCycle = ExpiryCycle()
  /// The choice of keys to evict.
  var evictionPool = EvictionPool()
  /// The database whose turn it is to lose a key chosen at random.
  var nextEvictionDatabase = 0
  /// The bucket where a search for a key to evict goes on that found none so far; nil: anywhere.
  var evictionSearch: Int?
  /// Walks that ended before they had come to every key, since the last that had: each leaves one more mark in use.
  private var cutWalks: UInt8 = 0
  /// Changes since the last snapshot.
  var changes: Int64 = 0

  /// - Parameters:
  ///   - count: how many databases, at least one.
  ///   - hash: keyed with a secret of this process.
  init(count: Int, hash: KeyHash) {
    precondition(count > 0)
    self.count = count
    self.hash = hash
    unsafe databases = .allocate(capacity: count)
    for index in 0..<count { unsafe (databases + index).initialize(to: Database(hash: hash)) }
  }

  deinit {
    for index in 0..<count {
      self[index].table.forEachElement { Database.free($0) }
      for place in 0..<self[index].discarded.count { Database.free(self[index].discarded[place]) }
    }
    unsafe databases.deinitialize(count: count)
    unsafe databases.deallocate()
  }

  subscript(_ index: Int) -> Database {
    @inline(__always) _read {
      precondition(index >= 0 && index < count)
      yield unsafe databases[index]
    }
    @inline(__always) nonmutating _modify {
      precondition(index >= 0 && index < count)
      yield unsafe &databases[index]
    }
  }

  /// Begins a snapshot: all that is there now belongs to it, and nothing that comes later.
  mutating func beginWalk() {
    // The next mark must be one that no entry has.
    if cutWalks + 1 >= Entry.markCount {
      for index in 0..<count { self[index].unifyMarks() }
      cutWalks = 0
    }
    let mark = (self[0].mark + 1) % Entry.markCount
    for index in 0..<count { self[index].beginWalk(mark: mark, number: index) }
  }

  /// Ends the snapshot.
  /// - Parameter isComplete: whether the walk has come to every key.
  mutating func endWalk(isComplete: Bool) {
    cutWalks = isComplete ? 0 : cutWalks + 1
    // A giant may have gone to another database: all walks end before anything is freed.
    for index in 0..<count { self[index].endGiantWalks() }
    for index in 0..<count {
      self[index].endWalk()
      while let table = self[index].flushed.removeLast() {
        reclaimer.take(table, bytes: self[index].flushedBytes)
        self[index].flushedBytes = 0
      }
    }
  }

  /// Whether a snapshot is walking.
  var isBeingWalked: Bool { self[0].isBeingWalked }

  /// A giant has been written.
  func endWalk(of giant: Database.Giant) {
    // SWAPDB may have given its database another number meanwhile.
    let isKnown = (0..<count).contains { self[$0].endWalk(of: giant) }
    precondition(isKnown)
  }

  /// Bytes of what a snapshot under way has yet to write as it was, and would be changed or gone without it, but for what
  /// was flushed.
  var keptBytes: Int { (0..<count).reduce(0) { $0 + self[$1].keptBytes } }

  /// Bytes of what was flushed, and is there yet for a snapshot under way.
  var flushedBytes: Int { (0..<count).reduce(0) { $0 + self[$1].flushedBytes } }

  /// Exchanges two databases with all they hold.
  func swapDatabases(_ first: Int, _ second: Int) {
    precondition(first >= 0 && first < count && second >= 0 && second < count)
    guard first != second else { return }
    unsafe swap(&databases[first], &databases[second])
    // Who waits does so for a key of that number.
    unsafe swap(&databases[first].awaited, &databases[second].awaited)
    unsafe databases[first].awaited.noteAll()
    unsafe databases[second].awaited.noteAll()
  }

  /// Exchanges all databases with those of another keyspace of the same count and hash.
  func exchangeDatabases(with other: inout Keyspace) {
    precondition(count == other.count && hash == other.hash)
    for index in 0..<count {
      unsafe swap(&databases[index], &other.databases[index])
      unsafe swap(&databases[index].awaited, &other.databases[index].awaited)
      unsafe databases[index].awaited.noteAll()
    }
  }

  /// Takes a key out and frees it.
  /// - Parameter lazily: whether any value of many parts is freed in slices, and not only a giant.
  func remove(_ entry: Entry, hash: UInt64, in database: Int, lazily: Bool) {
    self[database].detach(entry, hash: hash)
    self[database].discard(entry, atOnce: lazily ? Self.lazyEffort : Database.effortAtOnce)
  }

  /// Allocations of a value that are given back at once even where it may be done in slices, as in Redis.
  private static var lazyEffort: Int { 64 }

  /// Frees the next slice of what was taken out: up to `limit` buckets, or some allocations for each.
  /// - Returns: whether there is more.
  mutating func reclaim(limit: Int) -> Bool {
    for index in 0..<count where !self[index].discarded.isEmpty {
      for place in 0..<self[index].discarded.count { reclaimer.take(self[index].discarded[place]) }
      self[index].discarded.removeAll()
    }
    return reclaimer.reclaim(limit: limit)
  }

  /// Keys of all databases.
  var keyCount: Int { (0..<count).reduce(0) { $0 + self[$1].count } }

  /// Bytes of all databases, and of what waits to be freed.
  var usedBytes: Int { (0..<count).reduce(reclaimer.pendingBytes) { $0 + self[$1].usedBytes } }

  /// Buckets, with their keys, that a flush frees before it leaves the rest to slices.
  private static var bucketsFreedAtOnce: Int { 1024 }

  /// Whether the database's table may hold something for a snapshot under way: keys that the walk has not come to, or a giant
  /// that it is in, of whichever database that was. A flush keeps such a table for it, and frees any other.
  func isWanted(_ index: Int) -> Bool {
    isBeingWalked && (self[index].walkCursor != nil || (0..<count).contains { !self[$0].giants.isEmpty })
  }

  /// Empties database `index`.
  /// - Parameter lazily: whether the memory of all but a small database is given back in slices, by `reclaimer`,
  ///   instead of at once. Under a snapshot it is as the snapshot comes to it.
  /// - Returns: how many keys there were.
  @discardableResult
  mutating func flush(_ index: Int, lazily: Bool) -> Int {
    let keys = self[index].count
    if isWanted(index) {
      self[index].flushUnderWalk()
      return keys
    }
    let bytes = self[index].usedBytes
    reclaimer.take(self[index].detachAll(), bytes: bytes)
    if lazily {
      _ = reclaim(limit: Self.bucketsFreedAtOnce)
    } else {
      while reclaim(limit: .max) {}
    }
    return keys
  }
}
