internal import Engine

/// The bytes of a connection that are not a complete request yet, or may not run yet. Empty connections own no memory.
///
///     | consumed | unread …………| room |
///     base      head         tail  capacity
@safe
struct InputBuffer: ~Copyable {
  // Owned by this value alone; nil while there is nothing to keep.
  private var base: UnsafeMutablePointer<UInt8>?
  private var head = 0
  private var tail = 0
  private(set) var capacity = 0

  init() { unsafe base = nil }

  deinit { unsafe base?.deallocate() }

  var count: Int { tail - head }
  var isEmpty: Bool { tail == head }

  /// The bytes held; good until the buffer changes.
  var bytes: Bytes {
    guard let base = unsafe base else { return Bytes() }
    return unsafe Bytes(base: base + head, count: count)
  }

  /// Copies bytes to the end.
  mutating func append(_ bytes: Bytes) {
    guard bytes.count > 0 else { return }
    reserve(bytes.count)
    // `reserve` made room behind `tail`.
    unsafe bytes.withUnsafeBytes { source in
      unsafe UnsafeMutableRawPointer(base! + tail).copyMemory(from: source.baseAddress!, byteCount: source.count)
    }
    tail += bytes.count
  }

  /// Makes room for `additional` bytes: once for a whole large argument, then its pieces are copied straight in.
  mutating func reserve(_ additional: Int) {
    if capacity - tail >= additional { return }
    let held = count
    if let base = unsafe base, capacity - held >= additional, head >= held {
      // The front was consumed, and what is left moves without overlap: no allocation.
      unsafe base.update(from: base + head, count: held)
    } else {
      let size = max(held + additional, 2 * capacity, 1024)
      let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
      if let base = unsafe base {
        unsafe larger.update(from: base + head, count: held)
        unsafe base.deallocate()
      }
      unsafe base = larger
      capacity = size
    }
    head = 0
    tail = held
  }

  /// Forgets bytes at the front; the last ones give the memory back.
  mutating func consume(_ bytes: Int) {
    precondition(bytes >= 0 && bytes <= count)
    head += bytes
    if head == tail { release() }
  }

  /// Forgets everything and frees the memory.
  mutating func release() {
    unsafe base?.deallocate()
    unsafe base = nil
    head = 0
    tail = 0
    capacity = 0
  }
}
