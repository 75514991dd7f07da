/// A growable array of values that cannot be copied, in raw memory: no reference count, no copy on write.
@safe
struct UniqueArray<Element: ~Copyable>: ~Copyable {
  // Owned by this value alone; `capacity` elements are allocated and the first `count` are initialised.
  private var storage: UnsafeMutablePointer<Element>
  private(set) var count = 0
  private var capacity: Int

  init(capacity: Int = 16) {
    self.capacity = max(capacity, 1)
    unsafe storage = .allocate(capacity: self.capacity)
  }

  deinit {
    unsafe storage.deinitialize(count: count)
    unsafe storage.deallocate()
  }

  subscript(_ index: Int) -> Element {
    @inline(__always) _read {
      precondition(index >= 0 && index < count)
      yield unsafe storage[index]
    }
    @inline(__always) _modify {
      precondition(index >= 0 && index < count)
      yield unsafe &storage[index]
    }
  }

  mutating func append(_ element: consuming Element) {
    if count == capacity { grow() }
    unsafe (storage + count).initialize(to: element)
    count += 1
  }

  /// Ends the last element.
  mutating func dropLast() {
    precondition(count > 0)
    count -= 1
    unsafe (storage + count).deinitialize(count: 1)
  }

  /// Exchanges two elements, which must not be the same.
  mutating func exchange(_ first: Int, _ second: Int) {
    precondition(first >= 0 && first < count && second >= 0 && second < count && first != second)
    unsafe swap(&storage[first], &storage[second])
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
    unsafe larger.moveInitialize(from: storage, count: count)
    unsafe storage.deallocate()
    unsafe storage = larger
    capacity *= 2
  }
}
