/// A request that found nothing to serve and waits for its keys; the session's other requests wait for it.
final class KeyWait {
  /// Unique; in the order in which waits began.
  let serial: UInt64
  /// Each once, in the request's order.
  let keys: [WatchedKey]
  /// What a key must hold for the request to be tried again.
  let type: ValueType
  /// Whether the request is tried again also when a key is deleted or holds something else (XREADGROUP).
  let endsWithKey: Bool
  /// When the waiting is over, monotonic microseconds; nil: never.
  let deadline: Int64?
  /// The one request.
  let request: TransactionQueue
  /// How long it has run so far.
  var nanoseconds: Int64

  init(
    serial: UInt64, keys: [WatchedKey], type: ValueType, endsWithKey: Bool, deadline: Int64?, request: TransactionQueue,
    nanoseconds: Int64
  ) {
    self.serial = serial
    self.keys = keys
    self.type = type
    self.endsWithKey = endsWithKey
    self.deadline = deadline
    self.request = request
    self.nanoseconds = nanoseconds
  }

  /// The command's identity in the catalogue.
  var identity: Int { request.identity(at: 0) }
}

/// Which sessions wait for which keys, first come first, and when their time is over.
///
/// Each session knows its own wait (`Session.wait`); this finds them by key and by time.
struct WaitTable: ~Copyable {
  private var waiting: [WatchedKey: [SessionHandle]] = [:]
  /// How many of those waits end with the key.
  private var endingWithKey: [WatchedKey: Int] = [:]
  private var keysByDatabase: [Int: Int] = [:]
  /// Databases of keys that are waited for, ascending.
  private(set) var databases: [Int] = []
  private var deadlines = DeadlineQueue()
  /// Waits with a deadline.
  private var timed: Set<UInt64> = []
  private var nextSerial: UInt64 = 1

  init() {}

  /// How many keys are waited for, and how many of those by somebody whose wait ends with the key.
  var keyCount: Int { waiting.count }
  var keyCountEndingWithKey: Int { endingWithKey.count }
  /// How many sessions wait with a deadline.
  var timedCount: Int { timed.count }

  /// Whether anybody waits for a key.
  @inline(__always) var isEmpty: Bool { databases.isEmpty }

  mutating func makeSerial() -> UInt64 {
    defer { nextSerial += 1 }
    return nextSerial
  }

  /// The sessions that wait for a key, first come first.
  func sessions(_ key: WatchedKey) -> [SessionHandle] { waiting[key] ?? [] }

  /// Whether somebody's wait for the key ends when it goes.
  func endsForSome(_ key: WatchedKey) -> Bool { endingWithKey[key] != nil }

  /// All keys of a database that are waited for, in an order that depends on nothing else.
  func keys(in database: Int) -> [[UInt8]] {
    waiting.keys.filter { $0.database == database }.map(\.key).sorted { $0.lexicographicallyPrecedes($1) }
  }

  mutating func add(_ wait: KeyWait, _ handle: SessionHandle) {
    for key in wait.keys {
      if waiting[key] == nil { countKey(key.database, 1) }
      waiting[key, default: []].append(handle)
      if wait.endsWithKey { endingWithKey[key, default: 0] += 1 }
    }
    guard let deadline = wait.deadline else { return }
    timed.insert(wait.serial)
    deadlines.insert(DeadlineQueue.Item(moment: deadline, serial: wait.serial, session: handle))
  }

  mutating func remove(_ wait: KeyWait, _ handle: SessionHandle) {
    for key in wait.keys {
      waiting[key]?.removeAll { $0 == handle }
      if waiting[key]?.isEmpty == true {
        waiting[key] = nil
        countKey(key.database, -1)
      }
      guard wait.endsWithKey, let count = endingWithKey[key] else { continue }
      endingWithKey[key] = count > 1 ? count - 1 : nil
    }
    guard timed.remove(wait.serial) != nil else { return }
    // What is over before its time stays in the queue until it is half of it.
    if deadlines.count > 2 * timed.count + 64 { deadlines.keep(timed) }
  }

  private mutating func countKey(_ database: Int, _ change: Int) {
    let count = keysByDatabase[database, default: 0] + change
    keysByDatabase[database] = count > 0 ? count : nil
    databases = keysByDatabase.keys.sorted()
  }

  /// When the next wait may be over, monotonic microseconds.
  var nextDeadline: Int64? { deadlines.first?.moment }

  /// Takes the next session whose time was over at `moment`, monotonic microseconds.
  mutating func takeOverdue(at moment: Int64) -> SessionHandle? {
    while let first = deadlines.first, first.moment <= moment {
      deadlines.removeFirst()
      if timed.contains(first.serial) { return first.session }
    }
    return nil
  }
}
