/// Keys with an expiry that clients wrote on a replica which takes writes of its own. The primary knows nothing of them and
/// will not say when they are over; the replica must look for itself, at those and no others.
struct LocalExpiries {
  struct Key: Hashable {
    let database: Int
    let name: [UInt8]
  }

  private var known: Set<Key> = []
  /// Those of them that are the primary's again: they are passed over when their turn comes.
  private var forgotten: Set<Key> = []
  /// The same, in the order in which they are looked at.
  private var queue: [Key] = []
  private var head = 0

  init() {}

  var count: Int { known.count - forgotten.count }

  mutating func note(_ key: Key) {
    forgotten.remove(key)
    if known.insert(key).inserted { queue.append(key) }
  }

  mutating func forget(_ key: Key) {
    if known.contains(key) { forgotten.insert(key) }
  }

  /// Takes the key that was not looked at for longest; who keeps it notes it again.
  mutating func take() -> Key? {
    while head < queue.count {
      let key = queue[head]
      head += 1
      if head == queue.count || head > 1024 {
        queue.removeFirst(head)
        head = 0
      }
      known.remove(key)
      if forgotten.remove(key) == nil { return key }
    }
    return nil
  }

  mutating func removeAll() { self = LocalExpiries() }
}
