/// How a session's reads are tracked for its cache (CLIENT TRACKING). Whether they are is a flag of the session, as are
/// its state and whether it hears of all keys of its prefixes instead (`Session.Flags.tracking…`).
struct Tracking {
  /// Which reads are remembered.
  enum Choice: BitwiseCopyable {
    case all
    /// None but those that CLIENT CACHING YES announces.
    case optIn
    /// All but those that CLIENT CACHING NO announces.
    case optOut
  }

  var choice = Choice.all
  /// Whether the session hears nothing of its own changes.
  var ignoresOwnChanges = false
  /// The session that gets the messages instead, and its number; nil: this one.
  var redirection: (handle: SessionHandle, id: UInt64)?
  /// What the keys begin with of which the session hears without having read them, ascending. Each in
  /// `TrackingTable` too.
  var prefixes: [[UInt8]] = []
}

/// Who may have which key in its cache, and who hears of all keys that begin in some way.
///
/// Sessions that are gone stay in the table until the key changes: to look for them would cost more.
struct TrackingTable {
  private struct Tracked {
    let key: [UInt8]
    /// Ascending.
    var sessions: [SessionHandle]
  }

  /// The keys of a prefix that have changed in this turn, with who changed them last.
  private struct Broadcast {
    let prefix: [UInt8]
    var sessions: [SessionHandle]
    var changes: [[UInt8]: SessionHandle] = [:]
  }

  private var tracked: [Tracked] = []
  private var positions: [[UInt8]: Int] = [:]
  /// Ascending by prefix.
  private var broadcasts: [Broadcast] = []
  /// Whether there is something to be broadcast.
  private(set) var hasChanges = false
  /// Sessions that have tracking on.
  var sessionCount = 0
  /// Sessions in the table, each once for every key.
  private(set) var itemCount = 0
  /// How often in a row the table was too large after keys had been dropped.
  var failedAttempts = 0

  init() {}

  /// Whether there may be anybody to tell of changes, or anything to forget.
  @inline(__always) var isInUse: Bool { sessionCount > 0 || !tracked.isEmpty }
  var keyCount: Int { tracked.count }
  var prefixCount: Int { broadcasts.count }

  // MARK: Keys

  /// Remembers that a session has read a key.
  mutating func add(_ key: [UInt8], _ handle: SessionHandle) {
    guard let position = positions[key] else {
      positions[key] = tracked.count
      tracked.append(Tracked(key: key, sessions: [handle]))
      itemCount += 1
      return
    }
    let place = tracked[position].sessions.partition { $0.precedes(handle) }
    if place < tracked[position].sessions.count, tracked[position].sessions[place] == handle { return }
    tracked[position].sessions.insert(handle, at: place)
    itemCount += 1
  }

  /// Forgets a key.
  /// - Returns: who had read it.
  mutating func take(_ key: [UInt8]) -> [SessionHandle] {
    guard let position = positions.removeValue(forKey: key) else { return [] }
    let sessions = tracked[position].sessions
    let last = tracked.removeLast()
    if position < tracked.count {
      positions[last.key] = position
      tracked[position] = last
    }
    itemCount -= sessions.count
    return sessions
  }

  /// The key at a position, which any change of the table may change.
  func key(at position: Int) -> [UInt8] { tracked[position].key }

  mutating func forgetAllKeys() {
    tracked = []
    positions = [:]
    itemCount = 0
  }

  // MARK: Prefixes

  /// Has a session hear of all keys that begin with `prefix`.
  mutating func add(prefix: [UInt8], _ handle: SessionHandle) {
    let place = broadcasts.partition { $0.prefix.lexicographicallyPrecedes(prefix) }
    if place < broadcasts.count, broadcasts[place].prefix == prefix {
      if !broadcasts[place].sessions.contains(handle) { broadcasts[place].sessions.append(handle) }
    } else {
      broadcasts.insert(Broadcast(prefix: prefix, sessions: [handle]), at: place)
    }
  }

  mutating func remove(prefix: [UInt8], _ handle: SessionHandle) {
    guard let place = broadcasts.firstIndex(where: { $0.prefix == prefix }) else { return }
    broadcasts[place].sessions.removeAll { $0 == handle }
    if broadcasts[place].sessions.isEmpty { broadcasts.remove(at: place) }
  }

  /// Notes, for those with a prefix that fits, that a key has changed.
  mutating func noteChange(_ key: [UInt8], by handle: SessionHandle) {
    for index in broadcasts.indices where key.starts(with: broadcasts[index].prefix) {
      broadcasts[index].changes[key] = handle
      hasChanges = true
    }
  }

  /// What is to be broadcast: for each prefix who hears of it, and the keys, ascending, with who changed them.
  mutating func takeChanges() -> [(sessions: [SessionHandle], changes: [(key: [UInt8], by: SessionHandle)])] {
    hasChanges = false
    var taken: [(sessions: [SessionHandle], changes: [(key: [UInt8], by: SessionHandle)])] = []
    for index in broadcasts.indices where !broadcasts[index].changes.isEmpty {
      let changes = broadcasts[index].changes.sorted { $0.key.lexicographicallyPrecedes($1.key) }
      taken.append((broadcasts[index].sessions, changes.map { ($0.key, $0.value) }))
      broadcasts[index].changes = [:]
    }
    return taken
  }
}

extension SessionHandle {
  fileprivate func precedes(_ other: SessionHandle) -> Bool {
    (slot, generation) < (other.slot, other.generation)
  }
}

extension Array {
  /// The index of the first element that is not `before`; the array is in an order where all that are come first.
  fileprivate func partition(_ before: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if before(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
