/// Keys with an expiry that clients wrote on a replica which takes writes of its own. The primary knows nothing of them and
/// will not say when they are over; the replica must look for itself, at those and no others.
struct LocalExpiries {
  struct Key: Hashable {
    let database: Int
    let name: [UInt8]
  }

  private var known: Set<Key> = []
  /// The same, in the order in which they are looked at.
  private var queue: [Key] = []
  private var head = 0

  init() {}

  var count: Int { known.count }

  mutating func note(_ key: Key) {
    if known.insert(key).inserted { queue.append(key) }
  }

  /// Takes the key that was not looked at for longest; who keeps it notes it again.
  mutating func take() -> Key? {
    guard head < queue.count else { return nil }
    let key = queue[head]
    head += 1
    if head == queue.count || head > 1024 {
      queue.removeFirst(head)
      head = 0
    }
    known.remove(key)
    return key
  }

  mutating func removeAll() { self = LocalExpiries() }
}
