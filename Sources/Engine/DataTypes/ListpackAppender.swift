/// Appends many elements to a listpack whose allocation has room for them all: one pass, no moving, the header once.
///
/// A listpack so written may have a larger allocation than its size says. That may stay so: whoever changes the
/// listpack in the usual way moves it to an allocation of the right size at the latest when its size class changes.
@safe
struct ListpackAppender: ~Copyable {
  // A listpack's allocation of `capacity` bytes, this value's own until `finish`.
  private let base: UnsafeMutableRawPointer
  private let capacity: Int
  private var position: Int
  private var count: Int

  /// Goes on with a listpack.
  init(_ listpack: Listpack, capacity: Int) {
    unsafe base = UnsafeMutableRawPointer(bitPattern: listpack.address).unsafelyUnwrapped
    self.capacity = capacity
    position = listpack.endPosition
    count = Int(UInt16(littleEndian: unsafe base.load(fromByteOffset: 4, as: UInt16.self)))
  }

  /// Begins a listpack in an allocation of its own.
  init(capacity: Int) {
    unsafe base = Memory.allocate(capacity)
    self.capacity = capacity
    position = Listpack.headerBytes
    count = 0
  }

  @inline(__always)
  mutating func append(_ integer: Int64) {
    // Small numbers, the most frequent by far, are two bytes.
    guard integer >= 0, integer < 128 else { return append(ListpackElement(integer)) }
    precondition(position + 2 < capacity)
    unsafe base.storeBytes(of: UInt8(truncatingIfNeeded: integer), toByteOffset: position, as: UInt8.self)
    unsafe base.storeBytes(of: 1, toByteOffset: position + 1, as: UInt8.self)
    position += 2
    count += 1
  }

  @inline(__always)
  mutating func append(_ bytes: Bytes) { append(ListpackElement(bytes)) }

  @inline(__always)
  private mutating func append(_ element: ListpackElement) {
    let size = element.totalCount
    // One byte is the end mark's.
    precondition(position + size < capacity)
    unsafe element.write(to: base + position)
    position += size
    count += 1
  }

  /// Writes the end and the header.
  consuming func finish() -> Listpack {
    unsafe base.storeBytes(of: 0xFF, toByteOffset: position, as: UInt8.self)
    unsafe base.storeBytes(of: UInt32(position + 1).littleEndian, as: UInt32.self)
    unsafe base.storeBytes(of: UInt16(min(count, 65535)).littleEndian, toByteOffset: 4, as: UInt16.self)
    return unsafe Listpack(address: UInt(bitPattern: base))
  }
}

extension ListpackElement {
  /// Bytes that an element takes beyond its contents, at most.
  static var overheadBound: Int { 10 }
}

extension Listpack {
  /// Moves the listpack to an allocation of `capacity` bytes, which are enough.
  mutating func move(toCapacity capacity: Int) {
    precondition(capacity >= totalBytes)
    let moved = unsafe Memory.allocate(capacity)
    unsafe bytes.copy(to: moved)
    free()
    self = Listpack(address: UInt(bitPattern: moved))
  }

  /// Puts an integer in the place of the one at `position`.
  /// - Parameter capacity: bytes allocated for the listpack; what they are afterwards.
  mutating func replaceInteger(at position: Int, with integer: Int64, capacity: inout Int) {
    let before = address
    let old = self[position].integer ?? -1
    if old >= 0, old < 128, integer >= 0, integer < 128 {
      // The allocation is written through the address it was made at, within the element's own byte.
      let base = unsafe UnsafeMutableRawPointer(bitPattern: before).unsafelyUnwrapped
      return unsafe base.storeBytes(of: UInt8(integer), toByteOffset: position, as: UInt8.self)
    }
    replace(at: position, with: ListpackElement(integer))
    if address != before { capacity = allocatedBytes }
  }
}
