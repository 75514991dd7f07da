/// Which keys of one database somebody awaits, and which of those came, went or changed since anybody looked.
///
/// The database notes what happens to its keys; nobody has to remember to tell. With nobody waiting that costs one
/// branch for a key that comes or goes. Who waits for what is known elsewhere: here are counts by hash only, so that a
/// note may be about a key that nobody awaits, but never the other way round.
struct AwaitedKeys {
  // By ten bits of the hash: how many awaited keys have them. Empty until the first key is awaited.
  private var counts: [UInt32] = []
  private var total = 0
  private var noted: [[UInt8]] = []
  /// Whether any key may have come or gone: the database was emptied, exchanged, or loaded.
  private var everythingChanged = false

  init() {}

  private static var slots: Int { 1024 }

  @inline(__always)
  private static func slot(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 24) & (slots - 1) }

  /// Whether no key is awaited.
  @inline(__always) var isEmpty: Bool { total == 0 }

  /// Whether there is something to look at.
  @inline(__always) var hasNews: Bool { everythingChanged || !noted.isEmpty }

  /// Awaits a key, once more.
  mutating func add(hash: UInt64) {
    if counts.isEmpty { counts = [UInt32](repeating: 0, count: Self.slots) }
    counts[Self.slot(hash)] += 1
    total += 1
  }

  /// Awaits a key once less.
  mutating func remove(hash: UInt64) {
    counts[Self.slot(hash)] -= 1
    total -= 1
    if total == 0 { takeNews() }
  }

  /// Notes that something became of a key.
  @inline(never)
  mutating func note(_ key: Bytes, hash: UInt64) {
    guard counts[Self.slot(hash)] > 0 else { return }
    noted.append(key.array)
  }

  /// Notes that something became of any key.
  mutating func noteAll() { if !isEmpty { everythingChanged = true } }

  /// The keys noted, in order, some perhaps more than once, and whether all others may have changed too; both are
  /// forgotten.
  @discardableResult
  mutating func takeNews() -> (keys: [[UInt8]], everything: Bool) {
    let news = (noted, everythingChanged)
    noted = []
    everythingChanged = false
    return news
  }
}
