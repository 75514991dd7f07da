// WATCH: what a change of a key means for the transactions that depend on it.
extension Call {
  /// Has the session's next EXEC depend on the key that is argument `index`.
  mutating func watch(_ index: Int) {
    let key = WatchedKey(database: database, key: arguments[index].array)
    guard !sessions[session].watches.contains(where: { $0.key == key }) else { return }
    let isFirst = sessions[session].watches.isEmpty
    sessions[session].watches.append(Watch(key: key, hadExpired: isGoneButThere(key)))
    watches.add(key, session, isFirst: isFirst)
  }

  /// Ends all watches of a session.
  mutating func unwatchAll(_ handle: SessionHandle) {
    guard !sessions[handle].watches.isEmpty else { return }
    watches.remove(sessions[handle].watches, handle)
    sessions[handle].watches.removeAll()
  }

  /// Ends the session's transaction, if it is in one, and its watches.
  mutating func endTransaction(_ handle: SessionHandle) {
    sessions[handle].queue = nil
    sessions[handle].flags.subtract([.transaction, .failedTransaction, .dirtyTransaction])
    unwatchAll(handle)
  }

  /// Whether a key that the session watches has expired since, though nobody has deleted it yet.
  func hasExpiredWatch(_ handle: SessionHandle) -> Bool {
    sessions[handle].watches.contains { !$0.hadExpired && isGoneButThere($0.key) }
  }

  /// Whether anybody wants to know what becomes of keys: by WATCH or CLIENT TRACKING.
  @inline(__always)
  var isAnyKeyObserved: Bool { watches.keyCount > 0 || tracking.isInUse }

  /// Tells those who watch a key, or may have it in their caches, that it has changed. Also where it now holds again what
  /// it held.
  /// - Parameter isUnasked: whether the server changed it of its own accord, and not the session that asks.
  @inline(never)
  mutating func touch(_ key: Bytes, in database: Int, isUnasked: Bool = false) {
    if tracking.isInUse { invalidate(key, changedBy: isUnasked ? .none : session) }
    guard watches.keyCount > 0 else { return }
    let watched = WatchedKey(database: database, key: key.array)
    for handle in watches.sessions(watched) {
      if clearExpiredWatch(watched, of: handle, isThere: entry(of: watched) != nil) { continue }
      spoil(handle)
    }
  }

  /// Tells those who watch keys of a database that it is emptied, or exchanged for `replacement`, before it is.
  @inline(never)
  mutating func touchAll(in database: Int, replacedBy replacement: Int? = nil) {
    for watched in watches.keys(in: database) {
      let after = replacement.map { WatchedKey(database: $0, key: watched.key) }
      let isThereAfter = after.map { entry(of: $0) != nil } ?? false
      let isThere = entry(of: watched) != nil
      guard isThere || isThereAfter else { continue }
      let isExpiredAfter = after.map { isGoneButThere($0) } ?? false
      for handle in watches.sessions(watched) {
        if clearExpiredWatch(watched, of: handle, isThere: isThereAfter) { continue }
        if let index = sessions[handle].watches.firstIndex(where: { $0.key == watched }), isExpiredAfter {
          if sessions[handle].watches[index].hadExpired { continue }
          if !isThere {
            sessions[handle].watches[index].hadExpired = true
            continue
          }
        }
        spoil(handle)
      }
    }
  }

  /// A watch on a key that had expired before goes on as one on a missing key, once the key is gone.
  private mutating func clearExpiredWatch(_ key: WatchedKey, of handle: SessionHandle, isThere: Bool) -> Bool {
    guard !isThere,
      let index = sessions[handle].watches.firstIndex(where: { $0.key == key }),
      sessions[handle].watches[index].hadExpired
    else { return false }
    sessions[handle].watches[index].hadExpired = false
    return true
  }

  /// Has the session's EXEC come to nothing. What else it watches does not matter any more.
  private mutating func spoil(_ handle: SessionHandle) {
    sessions[handle].flags.insert(.dirtyTransaction)
    unwatchAll(handle)
  }

  private func entry(of key: WatchedKey) -> Entry? {
    key.key.withBytes { keyspace[key.database].find($0, hash: keyspace.hash($0)) }
  }

  private func isGoneButThere(_ key: WatchedKey) -> Bool { entry(of: key).map { isExpired($0) } ?? false }
}
