/// A sorted run of integers in one allocation, byte for byte as Redis lays it out.
///
///     +-----------------------+---------------------+-----------+-----------+---
///     | bytes each: 2, 4 or 8 | how many, 32 bits   | smallest  | …         |
///     +-----------------------+---------------------+-----------+-----------+---
///
/// All numbers are little-endian. Every integer takes as many bytes as the widest one needed when it was added; widths
/// only grow. For sets that are small: every change moves what lies behind it.
///
/// Complexity: O(log n) to find, O(n) to add and remove, O(1) by index.
///
/// A handle: it copies freely and owns nothing by itself. Changes may move the bytes.
@safe
struct Intset: BitwiseCopyable {
  // Allocated by `make`, freed by `free`; whoever holds the intset in between owns it. The allocation is always a
  // whole size class of `totalBytes`.
  private var base: UnsafeMutableRawPointer

  static var headerBytes: Int { 8 }

  var address: UInt { unsafe UInt(bitPattern: base) }

  init(address: UInt) {
    // An address that `make` returned, come back from its owner.
    unsafe base = UnsafeMutableRawPointer(bitPattern: address).unsafelyUnwrapped
  }

  /// An empty intset.
  static func make() -> Intset { make(width: 2, count: 0) }

  private static func make(width: Int, count: Int) -> Intset {
    let base = unsafe Memory.allocate(Memory.sizeClass(headerBytes + width * count))
    unsafe base.storeBytes(of: UInt32(width).littleEndian, as: UInt32.self)
    unsafe base.storeBytes(of: UInt32(count).littleEndian, toByteOffset: 4, as: UInt32.self)
    return Intset(address: UInt(bitPattern: base))
  }

  /// An intset of those bytes, copied.
  /// - Precondition: `bytes` are an intset (`isValid`).
  static func make(_ bytes: Bytes) -> Intset {
    precondition(isValid(bytes, isDeep: false))
    let base = unsafe Memory.allocate(Memory.sizeClass(bytes.count))
    unsafe bytes.copy(to: base)
    return Intset(address: UInt(bitPattern: base))
  }

  func copy() -> Intset { .make(bytes) }

  func free() { unsafe Memory.free(base) }

  // MARK: As a whole

  /// Bytes of each integer.
  private(set) var width: Int {
    @inline(__always) get { Int(UInt32(littleEndian: unsafe base.load(as: UInt32.self))) }
    nonmutating set { unsafe base.storeBytes(of: UInt32(newValue).littleEndian, as: UInt32.self) }
  }

  private(set) var count: Int {
    @inline(__always) get { Int(UInt32(littleEndian: unsafe base.load(fromByteOffset: 4, as: UInt32.self))) }
    nonmutating set { unsafe base.storeBytes(of: UInt32(newValue).littleEndian, toByteOffset: 4, as: UInt32.self) }
  }

  var totalBytes: Int { Self.headerBytes + width * count }

  var allocatedBytes: Int { Memory.sizeClass(totalBytes) }

  /// All of it. Good until it changes.
  var bytes: Bytes { unsafe Bytes(UnsafeRawBufferPointer(start: base, count: totalBytes)) }

  // MARK: Reading

  /// The integer at `index`; they ascend.
  subscript(_ index: Int) -> Int64 {
    @inline(__always) get {
      precondition(index >= 0 && index < count)
      return unsafe load(index, width: width)
    }
  }

  /// - Parameter index: below `count`.
  @inline(__always) @unsafe
  private func load(_ index: Int, width: Int) -> Int64 {
    let place = unsafe base + (Self.headerBytes + index &* width)
    switch width {
    case 2: return Int64(Int16(littleEndian: unsafe place.load(as: Int16.self)))
    case 4: return Int64(Int32(littleEndian: unsafe place.load(as: Int32.self)))
    default: return Int64(littleEndian: unsafe place.load(as: Int64.self))
    }
  }

  /// Where `value` is, or where it would go.
  @inline(__always)
  private func search(_ value: Int64) -> (index: Int, isThere: Bool) {
    let (width, count) = (self.width, self.count)
    guard count > 0 else { return (0, false) }
    // What comes last is often what is added next.
    let last = unsafe load(count - 1, width: width)
    if value >= last { return value == last ? (count - 1, true) : (count, false) }
    var low = 0
    var high = count - 1
    while low < high {
      let middle = (low &+ high) &>> 1
      if unsafe load(middle, width: width) < value { low = middle &+ 1 } else { high = middle }
    }
    return (low, unsafe load(low, width: width) == value)
  }

  func contains(_ value: Int64) -> Bool { Self.width(of: value) <= width && search(value).isThere }

  /// Bytes that an intset needs for each integer once `value` is in it.
  private static func width(of value: Int64) -> Int {
    if Int16(exactly: value) != nil { return 2 }
    return Int32(exactly: value) != nil ? 4 : 8
  }

  // MARK: Changing

  /// Adds an integer.
  /// - Returns: whether it was not there.
  mutating func add(_ value: Int64) -> Bool {
    let needed = Self.width(of: value)
    if needed > width {
      widen(to: needed, with: value)
      return true
    }
    let (index, isThere) = search(value)
    if isThere { return false }
    let (width, count) = (self.width, self.count)
    precondition(count < Int(UInt32.max))
    resize(to: count + 1)
    let place = unsafe base + (Self.headerBytes + index * width)
    unsafe (place + width).copyMemory(from: place, byteCount: (count - index) * width)
    unsafe Self.store(value, at: place, width: width)
    return true
  }

  /// Removes an integer.
  /// - Returns: whether it was there.
  mutating func remove(_ value: Int64) -> Bool {
    guard Self.width(of: value) <= width else { return false }
    let (index, isThere) = search(value)
    guard isThere else { return false }
    let (width, count) = (self.width, self.count)
    let place = unsafe base + (Self.headerBytes + index * width)
    unsafe place.copyMemory(from: place + width, byteCount: (count - index - 1) * width)
    resize(to: count - 1)
    return true
  }

  /// Notes the new count, and moves the whole where its size class changes. What both counts cover is kept.
  private mutating func resize(to newCount: Int) {
    let newTotal = Self.headerBytes + width * newCount
    if Memory.sizeClass(newTotal) != allocatedBytes {
      let moved = unsafe Memory.allocate(Memory.sizeClass(newTotal))
      unsafe moved.copyMemory(from: base, byteCount: min(totalBytes, newTotal))
      unsafe Memory.free(base)
      unsafe base = moved
    }
    count = newCount
  }

  /// Makes every integer `newWidth` bytes wide, for one that needs it: it is smaller or larger than all others.
  private mutating func widen(to newWidth: Int, with value: Int64) {
    let (oldWidth, oldCount) = (width, count)
    let wider = Self.make(width: newWidth, count: oldCount + 1)
    let shift = value < 0 ? 1 : 0
    let start = unsafe wider.base + Self.headerBytes
    for index in 0..<oldCount {
      unsafe Self.store(load(index, width: oldWidth), at: start + (index + shift) * newWidth, width: newWidth)
    }
    unsafe Self.store(value, at: start + (value < 0 ? 0 : oldCount) * newWidth, width: newWidth)
    free()
    self = wider
  }

  @inline(__always) @unsafe
  private static func store(_ value: Int64, at place: UnsafeMutableRawPointer, width: Int) {
    switch width {
    case 2: unsafe place.storeBytes(of: Int16(truncatingIfNeeded: value).littleEndian, as: Int16.self)
    case 4: unsafe place.storeBytes(of: Int32(truncatingIfNeeded: value).littleEndian, as: Int32.self)
    default: unsafe place.storeBytes(of: value.littleEndian, as: Int64.self)
    }
  }

  // MARK: Bytes from elsewhere

  /// Whether `bytes` are an intset.
  /// - Parameter isDeep: whether the integers are looked at too: they must ascend.
  static func isValid(_ bytes: Bytes, isDeep: Bool) -> Bool {
    guard bytes.count >= headerBytes else { return false }
    let width = Int(bytes.load(littleEndianAt: 0, as: UInt32.self))
    let count = Int(bytes.load(littleEndianAt: 4, as: UInt32.self))
    guard width == 2 || width == 4 || width == 8, bytes.count == headerBytes + width * count else { return false }
    guard isDeep else { return true }
    var previous: Int64?
    for index in 0..<count {
      let offset = headerBytes + index * width
      let value =
        switch width {
        case 2: Int64(bytes.load(littleEndianAt: offset, as: Int16.self))
        case 4: Int64(bytes.load(littleEndianAt: offset, as: Int32.self))
        default: bytes.load(littleEndianAt: offset, as: Int64.self)
        }
      if let previous, previous >= value { return false }
      previous = value
    }
    return true
  }

  /// Stops where something is not as it must be.
  func checkInvariants() { precondition(Self.isValid(bytes, isDeep: true)) }
}
