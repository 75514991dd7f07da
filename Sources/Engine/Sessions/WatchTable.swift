/// A key of one database that somebody watches.
struct WatchedKey: Hashable {
  let database: Int
  let key: [UInt8]
}

/// A session's watch on a key.
struct Watch {
  let key: WatchedKey
  /// Whether the key had expired already, though it was still there, when the watch began: that it goes is no change.
  var hadExpired: Bool
}

/// Which sessions watch which keys (WATCH). Each session knows its own watches; this finds them by key.
struct WatchTable {
  private var watchers: [WatchedKey: [SessionHandle]] = [:]
  /// How many keys are watched.
  private(set) var keyCount = 0
  /// How many sessions watch any.
  private(set) var sessionCount = 0

  init() {}

  /// - Parameter isFirst: whether the session watched nothing before.
  mutating func add(_ key: WatchedKey, _ handle: SessionHandle, isFirst: Bool) {
    watchers[key, default: []].append(handle)
    keyCount = watchers.count
    if isFirst { sessionCount += 1 }
  }

  /// Forgets all that a session watches, which is `watches`.
  mutating func remove(_ watches: [Watch], _ handle: SessionHandle) {
    guard !watches.isEmpty else { return }
    for watch in watches {
      watchers[watch.key]?.removeAll { $0 == handle }
      if watchers[watch.key]?.isEmpty == true { watchers[watch.key] = nil }
    }
    keyCount = watchers.count
    sessionCount -= 1
  }

  /// The sessions that watch a key.
  func sessions(_ key: WatchedKey) -> [SessionHandle] { watchers[key] ?? [] }

  /// The keys of a database that are watched, in no order.
  func keys(in database: Int) -> [WatchedKey] { watchers.keys.filter { $0.database == database } }
}
