/// One bucket of a `HashTable`: a cache line of seven slots, seven tags and a byte of flags.
///
///      byte 0      6   7       8        16              56
///          +--------+-------+--------+--------+--   --+--------+
///          | tags×7 | flags | slot 0 | slot 1 |  ...  | slot 6 |
///          +--------+-------+--------+--------+--   --+--------+
///
/// A tag is zero where its slot is empty. A slot is a word that means nothing here. Flag bit 0 says that the last slot
/// holds the address of a further line; bits 1 and 2, of a chain's first line, are the table's: its user's mark on any
/// of the chain's elements, and whether a slow walk has been there.
///
/// A handle to memory that a `BucketStore` owns: good for as long as the store keeps the line.
@safe
struct BucketLine: Equatable {
  static let byteCount = 64
  static let slotCount = 7

  /// `byteCount` bytes, aligned to as many.
  private let base: UnsafeMutableRawPointer

  @inline(__always) @unsafe
  init(base: UnsafeMutableRawPointer) { unsafe self.base = base }

  @inline(__always)
  static func == (one: BucketLine, other: BucketLine) -> Bool { unsafe one.base == other.base }

  /// An empty line that no chain leads to.
  static func allocate() -> BucketLine { unsafe BucketLine(base: Memory.allocateZeroedLines(byteCount)) }

  /// Gives the memory back; the line is not used again.
  func free() { unsafe Memory.free(base) }

  /// Makes it an empty line with no flags and nothing behind it.
  func clear() { unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: Self.byteCount) }

  /// Empties the line, which keeps its marks, and forgets what is behind it.
  /// - Returns: the words that were in its slots.
  func takeSlots() -> InlineArray<7, UInt64> {
    var words = InlineArray<7, UInt64>(repeating: 0)
    for slot in 0..<Self.slotCount { words[slot] = self[slot] }
    let marks = flags & ~BucketHeader.next
    clear()
    flags = marks
    return words
  }

  /// Starts to load it.
  @inline(__always)
  func prefetch() { unsafe Memory.prefetch(base) }

  /// Tags and flags, read at once.
  @inline(__always)
  var header: BucketHeader { BucketHeader(bits: unsafe base.load(as: UInt64.self)) }

  /// The word in a slot below `slotCount`.
  @inline(__always)
  subscript(slot: Int) -> UInt64 {
    get { unsafe base.load(fromByteOffset: 8 &+ slot &* 8, as: UInt64.self) }
    nonmutating set { unsafe base.storeBytes(of: newValue, toByteOffset: 8 &+ slot &* 8, as: UInt64.self) }
  }

  /// Puts a word and its tag into an empty slot.
  @inline(__always)
  func fill(_ slot: Int, _ word: UInt64, tag: UInt8) {
    unsafe base.storeBytes(of: tag, toByteOffset: slot, as: UInt8.self)
    self[slot] = word
  }

  /// Makes a slot an empty one.
  @inline(__always)
  func empty(_ slot: Int) { fill(slot, 0, tag: 0) }

  /// The line behind this one, whose header says that there is one.
  @inline(__always)
  var next: BucketLine {
    // The flag that `header.hasNext` shows is set by `append(_:)` alone, with the address of a line.
    unsafe BucketLine(base: UnsafeMutableRawPointer(bitPattern: UInt(self[Self.slotCount - 1])).unsafelyUnwrapped)
  }

  /// Puts an empty line behind this full one; it takes over what was in the last slot.
  func append(_ further: BucketLine) {
    let last = Self.slotCount - 1
    further.fill(0, self[last], tag: header.tag(last))
    fill(last, UInt64(UInt(bitPattern: unsafe further.base)), tag: 0)
    flags |= BucketHeader.next
  }

  /// Forgets the line behind this one, which is the caller's to free.
  func dropNext() {
    flags &= ~BucketHeader.next
    self[Self.slotCount - 1] = 0
  }

  private var flags: UInt8 {
    get { unsafe base.load(fromByteOffset: 7, as: UInt8.self) }
    nonmutating set { unsafe base.storeBytes(of: newValue, toByteOffset: 7, as: UInt8.self) }
  }

  /// Whether any element of the chain that starts here has its user's mark.
  var isMarked: Bool {
    get { flags & BucketHeader.marked != 0 }
    nonmutating set { flags = newValue ? flags | BucketHeader.marked : flags & ~BucketHeader.marked }
  }

  /// The bit by which a slow walk knows whether it was at the chain that starts here.
  var isVisited: Bool {
    get { flags & BucketHeader.visited != 0 }
    nonmutating set { flags = newValue ? flags | BucketHeader.visited : flags & ~BucketHeader.visited }
  }
}

/// The first eight bytes of a `BucketLine`.
struct BucketHeader {
  static let next: UInt8 = 1
  static let marked: UInt8 = 2
  static let visited: UInt8 = 4

  let bits: UInt64

  /// Whether there is a further line.
  @inline(__always)
  var hasNext: Bool { bits & (UInt64(Self.next) &<< 56) != 0 }

  /// How many slots may hold elements.
  @inline(__always)
  var usableSlots: Int { hasNext ? BucketLine.slotCount - 1 : BucketLine.slotCount }

  var isEmpty: Bool { bits & 0x00FF_FFFF_FFFF_FFFF == 0 }

  @inline(__always)
  func tag(_ slot: Int) -> UInt8 { UInt8(truncatingIfNeeded: bits &>> (UInt64(slot) &* 8)) }

  /// The tag of an element with that hash.
  ///
  /// At least 2: `slots(tagged:)` may also report a byte that differs from the tag in its lowest bit, which must not be
  /// the zero of an empty slot.
  @inline(__always)
  static func tag(of hash: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: max(hash &>> 56, 2)) }

  /// The slots with that tag; now and then one that has another, never one that is empty.
  @inline(__always)
  func slots(tagged tag: UInt8) -> BucketSlots {
    let difference = bits ^ (0x0101_0101_0101_0101 &* UInt64(tag))
    return BucketSlots(bits: (difference &- 0x0101_0101_0101_0101) & ~difference & 0x0080_8080_8080_8080)
  }
}

/// Some slots of a line: the top bit of each one's byte.
struct BucketSlots {
  fileprivate var bits: UInt64

  @inline(__always)
  mutating func popFirst() -> Int? {
    guard bits != 0 else { return nil }
    let slot = bits.trailingZeroBitCount &>> 3
    bits &= bits &- 1
    return slot
  }
}
