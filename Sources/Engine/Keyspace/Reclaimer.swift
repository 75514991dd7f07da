/// Frees what was taken out of the keyspace whole, a slice at a time, so that no turn stalls for it.
struct Reclaimer: ~Copyable {
  private var tables = RecycledTables()
  /// Entries with values of many parts.
  private var entries = Slab<Entry>(capacity: 1)
  /// Bytes still to be freed, as counted when they were taken over.
  private(set) var pendingBytes = 0
  /// Keys still to be freed.
  private(set) var pendingKeys = 0
  /// Keys freed since the start (or CONFIG RESETSTAT).
  var freedKeys = 0

  init() {}

  /// Takes over a table and everything in it.
  mutating func take(_ table: consuming HashTable<Entry>, bytes: Int) {
    pendingKeys += table.count
    pendingBytes += bytes
    tables.append(table)
  }

  deinit {
    for index in 0..<entries.count { Database.free(entries[index]) }
  }

  /// Takes over an entry that is in no table any more.
  mutating func take(_ entry: Entry) {
    pendingKeys += 1
    pendingBytes += entry.totalBytes
    entries.append(entry)
  }

  /// Allocations that a slice gives back in the place of one bucket.
  private static var allocationsPerBucket: Int { 4 }

  /// Frees up to `limit` buckets with their keys, or so much of large values.
  /// - Returns: whether there is more.
  mutating func reclaim(limit: Int) -> Bool {
    if !entries.isEmpty {
      drainLastEntry(limit: limit == .max ? .max : limit * Self.allocationsPerBucket)
      return !entries.isEmpty || !tables.isEmpty
    }
    var freed = 0
    var bytes = 0
    let more = tables.drain(limit: limit) { entry in
      if entry.holdsCollection, entry.freeEffort > Database.effortAtOnce {
        entries.append(entry)
        return
      }
      freed += 1
      bytes += entry.totalBytes
      Database.free(entry)
    }
    note(keys: freed, bytes: bytes)
    return more || !entries.isEmpty
  }

  /// Frees some of the last entry's value, and the entry with the rest.
  private mutating func drainLastEntry(limit: Int) {
    let entry = entries[entries.count - 1]
    let bytes = entry.totalBytes
    if entry.drainValue(limit: limit) {
      note(keys: 0, bytes: bytes - entry.totalBytes)
      return
    }
    entry.freeShell()
    _ = entries.removeLast()
    note(keys: 1, bytes: bytes)
  }

  private mutating func note(keys: Int, bytes: Int) {
    freedKeys += keys
    pendingKeys -= keys
    pendingBytes = pendingKeys == 0 ? 0 : max(pendingBytes - bytes, 0)
  }
}
