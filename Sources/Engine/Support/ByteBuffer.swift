/// Bytes that grow at the end and may be taken off at the front: a text being written, a snapshot being drained.
///
/// One allocation, doubled when full, so appending is amortised O(1). Taking bytes off the front moves a mark;
/// the room is won back by moving the rest down only when that is at most as much work as was taken off.
@safe
public struct ByteBuffer: ~Copyable, Sendable {
  // Owned by this value alone: it is not copyable, and frees the block in `deinit`.
  private nonisolated(unsafe) var block: UnsafeMutablePointer<UInt8>?
  private var head = 0
  private var tail = 0
  /// Bytes the block has room for; zero until the first append.
  public private(set) var capacity = 0

  /// An empty buffer; allocates nothing.
  public init() { unsafe block = nil }

  /// - Parameter capacity: bytes to make room for at once.
  public init(capacity: Int) {
    unsafe block = nil
    reserve(capacity)
  }

  deinit { unsafe block?.deallocate() }

  public var count: Int { tail - head }
  public var isEmpty: Bool { tail == head }

  /// The bytes held. Valid until the next mutation of the buffer.
  public var bytes: Bytes {
    guard let block = unsafe block, tail > head else { return Bytes() }
    return unsafe Bytes(base: UnsafePointer(block + head), count: tail - head)
  }

  /// The bytes held, copied.
  public var array: [UInt8] { bytes.array }

  /// The bytes held as text, invalid UTF-8 repaired.
  public var text: String { bytes.text }

  public subscript(_ index: Int) -> UInt8 {
    get { bytes[index] }
    set {
      precondition(index >= 0 && index < count)
      unsafe block.unsafelyUnwrapped[head + index] = newValue
    }
  }

  /// Makes room for `additional` more bytes.
  public mutating func reserve(_ additional: Int) {
    precondition(additional >= 0)
    if capacity - tail < additional { makeRoom(additional) }
  }

  private mutating func makeRoom(_ additional: Int) {
    let live = count
    let needed = live + additional
    if let old = unsafe block, needed <= capacity, live <= head {
      unsafe old.update(from: old + head, count: live)
    } else {
      let size = max(needed, capacity * 2, 64)
      let new = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
      if let old = unsafe block {
        unsafe new.update(from: old + head, count: live)
        unsafe old.deallocate()
      }
      unsafe block = new
      capacity = size
    }
    head = 0
    tail = live
  }

  public mutating func append(_ byte: UInt8) {
    reserve(1)
    unsafe block.unsafelyUnwrapped[tail] = byte
    tail += 1
  }

  /// Appends a copy of `source`, which must not be a view of this buffer.
  public mutating func append(_ source: Bytes) {
    guard !source.isEmpty else { return }
    reserve(source.count)
    let destination = unsafe block.unsafelyUnwrapped + tail
    unsafe source.withUnsafeBytes {
      unsafe UnsafeMutableRawPointer(destination).copyMemory(from: $0.baseAddress!, byteCount: $0.count)
    }
    tail += source.count
  }

  public mutating func append(_ literal: StaticString) { append(Bytes(literal)) }

  public mutating func append(_ source: [UInt8]) {
    unsafe source.withUnsafeBytes { append(unsafe Bytes($0)) }
  }

  /// Appends the text's UTF-8. For logs and INFO; not for the request path.
  public mutating func append(text: String) {
    var text = text
    text.withUTF8 { append(unsafe Bytes(UnsafeRawBufferPointer($0))) }
  }

  public mutating func append(repeating byte: UInt8, count: Int) {
    reserve(count)
    guard count > 0 else { return }
    unsafe (block.unsafelyUnwrapped + tail).update(repeating: byte, count: count)
    tail += count
  }

  /// Appends a fixed-width integer, least significant byte first.
  public mutating func append<Integer: FixedWidthInteger>(littleEndian value: Integer) {
    append(unchecked: value.littleEndian)
  }

  /// Appends a fixed-width integer, most significant byte first.
  public mutating func append<Integer: FixedWidthInteger>(bigEndian value: Integer) {
    append(unchecked: value.bigEndian)
  }

  private mutating func append<Integer: FixedWidthInteger>(unchecked value: Integer) {
    let size = MemoryLayout<Integer>.size
    reserve(size)
    // The room was just reserved, and the store needs no alignment.
    unsafe UnsafeMutableRawPointer(block.unsafelyUnwrapped + tail).storeBytes(of: value, as: Integer.self)
    tail += size
  }

  /// Appends what `body` writes.
  /// - Parameters:
  ///   - most: how many bytes `body` may write, at most.
  ///   - body: writes at the address given and returns how many bytes it wrote.
  @unsafe
  public mutating func append(atMost most: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Int) {
    reserve(most)
    guard most > 0 else { return }
    let written = unsafe body(block.unsafelyUnwrapped + tail)
    precondition(written >= 0 && written <= most)
    tail += written
  }

  /// Takes `amount` bytes off the front.
  public mutating func removeFirst(_ amount: Int) {
    precondition(amount >= 0 && amount <= count)
    head += amount
    if head == tail { (head, tail) = (0, 0) }
  }

  /// Takes `amount` bytes off the end.
  public mutating func removeLast(_ amount: Int) {
    precondition(amount >= 0 && amount <= count)
    tail -= amount
    if head == tail { (head, tail) = (0, 0) }
  }

  /// Forgets the bytes and keeps the room, unless the room is more than `keeping` bytes.
  public mutating func removeAll(keeping: Int = .max) {
    (head, tail) = (0, 0)
    guard capacity > keeping else { return }
    unsafe block?.deallocate()
    unsafe block = nil
    capacity = 0
  }
}
