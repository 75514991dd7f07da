/// Tables to be emptied, the last one first; a list in raw memory, since arrays cannot hold what is not copyable.
@safe
struct RecycledTables: ~Copyable {
  // `count` initialised elements of `capacity`, owned by this value alone; none while `capacity` is 0.
  private var storage: UnsafeMutablePointer<HashTable<Entry>>?
  private var count = 0
  private var capacity = 0

  /// No tables; allocates nothing.
  init() { unsafe storage = nil }

  deinit {
    guard let storage = unsafe storage else { return }
    for index in 0..<count { unsafe storage[index].forEachElement { Database.free($0) } }
    unsafe storage.deinitialize(count: count)
    unsafe storage.deallocate()
  }

  var isEmpty: Bool { count == 0 }

  mutating func append(_ table: consuming HashTable<Entry>) {
    if count == capacity { grow() }
    unsafe (storage.unsafelyUnwrapped + count).initialize(to: table)
    count += 1
  }

  private mutating func grow() {
    let larger = max(capacity * 2, 4)
    let memory = UnsafeMutablePointer<HashTable<Entry>>.allocate(capacity: larger)
    if let old = unsafe storage {
      unsafe memory.moveInitialize(from: old, count: count)
      unsafe old.deallocate()
    }
    unsafe storage = memory
    capacity = larger
  }

  /// Takes the last table out.
  mutating func removeLast() -> HashTable<Entry>? {
    guard count > 0 else { return nil }
    count -= 1
    return unsafe (storage.unsafelyUnwrapped + count).move()
  }

  /// Empties up to `limit` buckets of the last table.
  mutating func drain(limit: Int, _ body: (Entry) -> Void) -> Bool {
    guard count > 0, let storage = unsafe storage else { return false }
    if unsafe !storage[count - 1].drain(limit: limit, body) {
      count -= 1
      unsafe (storage + count).deinitialize(count: 1)
    }
    return count > 0
  }
}
