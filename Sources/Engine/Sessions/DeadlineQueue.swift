/// Deadlines, the earliest first: a binary heap.
struct DeadlineQueue: ~Copyable {
  struct Item: BitwiseCopyable {
    /// Monotonic microseconds.
    let moment: Int64
    /// Decides between equal moments.
    let serial: UInt64
    let session: SessionHandle

    func precedes(_ other: Item) -> Bool { (moment, serial) < (other.moment, other.serial) }
  }

  private var heap = Slab<Item>(capacity: 16)

  init() {}

  var count: Int { heap.count }

  var first: Item? { heap.isEmpty ? nil : heap[0] }

  mutating func insert(_ item: Item) {
    heap.append(item)
    var index = heap.count - 1
    while index > 0 {
      let parent = (index - 1) / 2
      guard item.precedes(heap[parent]) else { break }
      heap[index] = heap[parent]
      index = parent
    }
    heap[index] = item
  }

  /// - Precondition: not empty.
  mutating func removeFirst() {
    let last = heap.removeLast()
    if !heap.isEmpty { sink(last, from: 0) }
  }

  /// Drops all but the items with these serials.
  mutating func keep(_ serials: Set<UInt64>) {
    var kept = 0
    for index in 0..<heap.count where serials.contains(heap[index].serial) {
      heap[kept] = heap[index]
      kept += 1
    }
    heap.truncate(to: kept)
    for index in stride(from: kept / 2 - 1, through: 0, by: -1) { sink(heap[index], from: index) }
  }

  /// Puts `item` where it belongs at `start` or below.
  private mutating func sink(_ item: Item, from start: Int) {
    var index = start
    while true {
      var child = 2 * index + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
      guard heap[child].precedes(item) else { break }
      heap[index] = heap[child]
      index = child
    }
    heap[index] = item
  }
}
