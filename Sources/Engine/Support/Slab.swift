/// A growable run of plain values in raw memory: no reference count, no copy on write, cleared without being freed.
///
/// The engine's per-turn lists live in slabs, so that the request path neither retains nor allocates once they have
/// grown to their working size.
@safe
public struct Slab<Element: BitwiseCopyable>: ~Copyable {
  // Owned by this value alone; `capacity` elements are allocated and the first `count` are initialised.
  private var storage: UnsafeMutablePointer<Element>
  public private(set) var count = 0
  private var capacity: Int

  public init(capacity: Int = 64) {
    self.capacity = max(capacity, 1)
    unsafe storage = .allocate(capacity: self.capacity)
  }

  deinit { unsafe storage.deallocate() }

  @inline(__always) public var isEmpty: Bool { count == 0 }

  @inline(__always)
  public mutating func append(_ element: Element) {
    if count == capacity { grow(to: capacity * 2) }
    unsafe (storage + count).initialize(to: element)
    count += 1
  }

  public subscript(_ index: Int) -> Element {
    @inline(__always) get {
      precondition(index >= 0 && index < count)
      return unsafe storage[index]
    }
    @inline(__always) set {
      precondition(index >= 0 && index < count)
      unsafe storage[index] = newValue
    }
  }

  /// Forgets the elements and keeps the memory.
  @inline(__always)
  public mutating func removeAll() { count = 0 }

  /// Forgets the elements from `newCount` on.
  public mutating func truncate(to newCount: Int) {
    precondition(newCount >= 0 && newCount <= count)
    count = newCount
  }

  /// - Precondition: not empty.
  public mutating func removeLast() -> Element {
    precondition(count > 0)
    count -= 1
    return unsafe storage[count]
  }

  /// Gives memory back when far more is held than `wanted` elements need.
  public mutating func shrink(to wanted: Int) {
    guard count == 0, capacity > 4 * max(wanted, 64) else { return }
    unsafe storage.deallocate()
    capacity = max(wanted, 64)
    unsafe storage = .allocate(capacity: capacity)
  }

  @inline(never)
  private mutating func grow(to newCapacity: Int) {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: newCapacity)
    unsafe larger.moveInitialize(from: storage, count: count)
    unsafe storage.deallocate()
    unsafe storage = larger
    capacity = newCapacity
  }

  /// The first element's address, for views into the slab that end before it grows.
  @inline(__always) @unsafe
  public var base: UnsafePointer<Element> { unsafe UnsafePointer(storage) }
}
