/// A run of small strings and integers in one allocation, byte for byte as Redis lays it out.
///
///     +----------------+-------------+---------------------------------------+------+
///     | bytes, 32 bits | count, 16 b | element | length behind | element | … | 0xFF |
///     +----------------+-------------+---------------------------------------+------+
///
/// Both numbers are little-endian; a count of 65535 means "walk and count". An element is named by its offset from the
/// first byte (a *position*), which holds until the listpack changes. Small collections are listpacks because they are
/// read whole from a cache line or two; every change moves what lies behind it, so they must stay small.
///
/// Complexity: O(n) to find by index or contents and to insert or remove within; O(1) at either end, and to step.
///
/// A handle: it copies freely and owns nothing by itself. Changes may move the bytes.
@safe
struct Listpack: BitwiseCopyable {
  // Allocated by `make`, freed by `free`; whoever holds the listpack in between owns it. The allocation is always a
  // whole size class of `totalBytes`.
  private var base: UnsafeMutableRawPointer

  static var headerBytes: Int { 6 }
  private static var unknownCount: UInt16 { 65535 }
  private static var end: UInt8 { 0xFF }

  var address: UInt { unsafe UInt(bitPattern: base) }

  init(address: UInt) {
    // An address that `make` returned, come back from its owner.
    unsafe base = UnsafeMutableRawPointer(bitPattern: address).unsafelyUnwrapped
  }

  /// An empty listpack.
  static func make() -> Listpack {
    let base = unsafe Memory.allocate(Memory.sizeClass(headerBytes + 1))
    unsafe base.storeBytes(of: UInt32(headerBytes + 1).littleEndian, as: UInt32.self)
    unsafe base.storeBytes(of: 0, toByteOffset: 4, as: UInt16.self)
    unsafe base.storeBytes(of: end, toByteOffset: headerBytes, as: UInt8.self)
    return Listpack(address: UInt(bitPattern: base))
  }

  /// A listpack of those bytes, copied.
  /// - Precondition: `bytes` are a listpack (`isValid`).
  static func make(_ bytes: Bytes) -> Listpack {
    precondition(
      bytes.count > headerBytes && bytes.load(littleEndianAt: 0, as: UInt32.self) == UInt32(clamping: bytes.count))
    let base = unsafe Memory.allocate(Memory.sizeClass(bytes.count))
    unsafe bytes.copy(to: base)
    return Listpack(address: UInt(bitPattern: base))
  }

  func copy() -> Listpack { .make(bytes) }

  func free() { unsafe Memory.free(base) }

  // MARK: As a whole

  /// Bytes from the first to the end mark.
  var totalBytes: Int {
    @inline(__always) get { Int(UInt32(littleEndian: unsafe base.load(as: UInt32.self))) }
  }

  var allocatedBytes: Int { Memory.sizeClass(totalBytes) }

  /// All of it. Good until it changes.
  var bytes: Bytes {
    @inline(__always) get { unsafe Bytes(UnsafeRawBufferPointer(start: base, count: totalBytes)) }
  }

  private var storedCount: UInt16 {
    get { UInt16(littleEndian: unsafe base.load(fromByteOffset: 4, as: UInt16.self)) }
    nonmutating set { unsafe base.storeBytes(of: newValue.littleEndian, toByteOffset: 4, as: UInt16.self) }
  }

  /// How many elements there are; O(n) from 65535 on.
  var count: Int {
    let stored = storedCount
    guard stored == Self.unknownCount else { return Int(stored) }
    var count = 0
    var position = first
    while let here = position {
      count += 1
      position = self.position(after: here)
    }
    if count < Int(Self.unknownCount) { storedCount = UInt16(count) }
    return count
  }

  var isEmpty: Bool { first == nil }

  // MARK: Positions

  /// Where the first element is.
  var first: Int? {
    @inline(__always) get { totalBytes > Self.headerBytes + 1 ? Self.headerBytes : nil }
  }

  /// Where the last element is.
  var last: Int? {
    @inline(__always) get { position(before: endPosition) }
  }

  /// Where the end mark is: behind the last element.
  var endPosition: Int {
    @inline(__always) get { totalBytes - 1 }
  }

  /// Where the element at `position` ends.
  @inline(__always)
  func end(of position: Int) -> Int {
    // What is in memory was valid when it came, and every change keeps it so.
    guard let head = ListpackElementHead(bytes, at: position) else { preconditionFailure("no element") }
    let encoded = head.encodedCount
    return position + encoded + ListpackElement.backLengthCount(encoded)
  }

  /// Where the next element is, or nil behind the last.
  @inline(__always)
  func position(after position: Int) -> Int? {
    let next = end(of: position)
    return next < endPosition ? next : nil
  }

  /// Where the element before `position` is, which may be `endPosition`; nil before the first.
  func position(before position: Int) -> Int? {
    guard position > Self.headerBytes else { return nil }
    let bytes = self.bytes
    var length = 0
    var shift = 0
    var offset = position - 1
    while true {
      let byte = bytes[offset]
      length |= Int(byte & 127) << shift
      guard byte & 128 != 0 else { break }
      shift += 7
      offset -= 1
      precondition(shift <= 28)
    }
    return offset - length
  }

  /// Where the element with that index is; from the end where it is negative (-1: the last). Nil where there is none.
  func position(ofIndex index: Int) -> Int? {
    let stored = storedCount
    var fromStart = index >= 0
    var steps = fromStart ? index : -1 - index
    if stored != Self.unknownCount {
      guard steps < Int(stored) else { return nil }
      if steps > Int(stored) / 2 {
        steps = Int(stored) - 1 - steps
        fromStart.toggle()
      }
    }
    var position = fromStart ? first : last
    while steps > 0, let here = position {
      position = fromStart ? self.position(after: here) : self.position(before: here)
      steps -= 1
    }
    return position
  }

  /// The element at a position. Good until the listpack changes.
  subscript(_ position: Int) -> StringValue {
    @inline(__always) get {
      let bytes = self.bytes
      guard let head = ListpackElementHead(bytes, at: position) else { preconditionFailure("no element") }
      return head.value(in: bytes, at: position)
    }
  }

  /// Where the first element equal to `wanted` is, from `start` on.
  /// - Parameter skipping: how many elements are passed over between two that are looked at: 1 for fields among values.
  func find(_ wanted: Bytes, from start: Int? = nil, skipping: Int = 0) -> Int? {
    let integer = wanted.count <= 20 && !wanted.isEmpty ? wanted.parseInt64() : nil
    let bytes = self.bytes
    let limit = bytes.count - 1
    var position = start ?? Self.headerBytes
    var skip = 0
    while position < limit {
      guard let head = ListpackElementHead(bytes, at: position) else { preconditionFailure("no element") }
      if skip == 0 {
        if head.stringCount >= 0 {
          if head.stringCount == wanted.count {
            let contents = position + head.headerCount
            if bytes[contents..<contents + head.stringCount] == wanted { return position }
          }
        } else if let integer, case .integer(let here) = head.value(in: bytes, at: position), here == integer {
          return position
        }
        skip = skipping
      } else {
        skip -= 1
      }
      let encoded = head.encodedCount
      position += encoded + ListpackElement.backLengthCount(encoded)
    }
    return nil
  }

  // MARK: Changing

  mutating func append(_ element: ListpackElement) { insert(element, at: endPosition) }
  mutating func append(_ bytes: Bytes) { append(ListpackElement(bytes)) }
  mutating func append(_ integer: Int64) { append(ListpackElement(integer)) }
  mutating func append(_ value: StringValue) { append(ListpackElement(value)) }
  mutating func prepend(_ element: ListpackElement) { insert(element, at: Self.headerBytes) }
  mutating func prepend(_ bytes: Bytes) { prepend(ListpackElement(bytes)) }

  /// Inserts an element before the one at `position`, or at the end (`endPosition`). It is at `position` then.
  mutating func insert(_ element: ListpackElement, at position: Int) {
    resize(at: position, from: 0, to: element.totalCount)
    unsafe element.write(to: base + position)
    let stored = storedCount
    if stored != Self.unknownCount { storedCount = stored + 1 }
  }

  /// Puts another element in the place of the one at `position`.
  mutating func replace(at position: Int, with element: ListpackElement) {
    resize(at: position, from: end(of: position) - position, to: element.totalCount)
    unsafe element.write(to: base + position)
  }

  /// Removes `count` elements from `position` on, all of which exist. What followed them is at `position` then, which
  /// is `endPosition` where nothing did.
  mutating func remove(at position: Int, count: Int = 1) {
    guard count > 0 else { return }
    var limit = position
    for _ in 0..<count {
      precondition(limit < endPosition)
      limit = end(of: limit)
    }
    let stored = storedCount
    resize(at: position, from: limit - position, to: 0)
    if stored != Self.unknownCount { storedCount = stored - UInt16(count) }
  }

  /// Takes over the bytes of elements that lie one behind the other in another listpack.
  /// - Parameters:
  ///   - elements: whole elements with the lengths behind them.
  ///   - count: how many they are.
  mutating func append(elements: Bytes, count: Int) {
    let position = endPosition
    resize(at: position, from: 0, to: elements.count)
    unsafe elements.copy(to: base + position)
    let stored = Int(storedCount)
    if storedCount != Self.unknownCount { storedCount = UInt16(min(stored + count, Int(Self.unknownCount))) }
  }

  /// Makes the `old` bytes at `position` `new` bytes, moving what follows, and the whole where its size class changes.
  private mutating func resize(at position: Int, from old: Int, to new: Int) {
    let total = totalBytes
    let newTotal = total + new - old
    precondition(newTotal <= Int(UInt32.max) - 1, "a listpack of 4 GiB")
    let tail = total - position - old
    if Memory.sizeClass(newTotal) == Memory.sizeClass(total) {
      if new != old { unsafe (base + position + new).copyMemory(from: base + position + old, byteCount: tail) }
    } else {
      let moved = unsafe Memory.allocate(Memory.sizeClass(newTotal))
      unsafe moved.copyMemory(from: base, byteCount: position)
      unsafe (moved + position + new).copyMemory(from: base + position + old, byteCount: tail)
      unsafe Memory.free(base)
      unsafe base = moved
    }
    unsafe base.storeBytes(of: UInt32(newTotal).littleEndian, as: UInt32.self)
  }

  // MARK: Bytes from elsewhere

  /// Whether `bytes` are a listpack.
  ///
  /// - Parameters:
  ///   - isDeep: whether every element is looked at; otherwise only the header and the end mark.
  ///   - element: gets each element where `isDeep`, and says whether it may stand there.
  static func isValid(_ bytes: Bytes, isDeep: Bool, _ element: (StringValue) -> Bool = { _ in true }) -> Bool {
    guard bytes.count > headerBytes, bytes.load(littleEndianAt: 0, as: UInt32.self) == UInt32(clamping: bytes.count),
      bytes[bytes.count - 1] == end
    else { return false }
    guard isDeep else { return true }
    let limit = bytes.count - 1
    var position = headerBytes
    var count = 0
    while position < limit {
      guard let head = ListpackElementHead(bytes, at: position) else { return false }
      let encoded = head.encodedCount
      let back = ListpackElement.backLengthCount(encoded)
      guard position + encoded + back <= limit else { return false }
      var length = 0
      for index in 0..<back {
        let byte = bytes[position + encoded + index]
        guard (byte & 128 != 0) == (index > 0) else { return false }
        length = length << 7 | Int(byte & 127)
      }
      guard length == encoded, element(head.value(in: bytes, at: position)) else { return false }
      position += encoded + back
      count += 1
    }
    let stored = Int(bytes.load(littleEndianAt: 4, as: UInt16.self))
    return stored == Int(unknownCount) || stored == count
  }

  /// Stops where something is not as it must be.
  func checkInvariants() { precondition(Self.isValid(bytes, isDeep: true)) }
}
