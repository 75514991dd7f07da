/// A member of a sorted set, its score, and its place in the order: one allocation, found by member through a hash
/// table whose element is the node itself.
///
///     0       8          16             20      24         32      40                        32 + 16 × (levels - 1)
///     +-------+----------+--------------+-------+----------+-------+---------+--        --+---------+
///     | score | backward | member count | level | next [0] | span 1 | next[1] | span 2 …  | member  |
///     +-------+----------+--------------+-------+----------+-------+---------+--        --+---------+
///
/// A link of level i leads to the next node that has that level, and its span says how many places on that is. On the
/// lowest level it is always one, so it is not written down: three nodes of four have no other level, and take 32 bytes
/// and their member.
///
/// A handle: it copies freely and owns nothing. The address zero stands for no node.
@safe
struct SkipListNode: HashTableElement {
  // Allocated by `make`, freed by `free`; the list that it is linked into owns it in between.
  let address: UInt

  init(address: UInt) { self.address = address }

  static var none: SkipListNode { SkipListNode(address: 0) }

  @inline(__always)
  var isNone: Bool { address == 0 }

  /// A node that is linked nowhere.
  /// - Parameter level: how many levels it has, at least 1.
  static func make(_ member: Bytes, score: Double, level: Int) -> SkipListNode {
    precondition(level >= 1 && level <= 255 && member.count <= Int(UInt32.max))
    let memberOffset = 32 + 16 * (level - 1)
    let base = unsafe Memory.allocate(Memory.sizeClass(memberOffset + member.count))
    unsafe base.storeBytes(of: score, as: Double.self)
    unsafe base.storeBytes(of: UInt32(member.count), toByteOffset: 16, as: UInt32.self)
    unsafe base.storeBytes(of: UInt32(level), toByteOffset: 20, as: UInt32.self)
    unsafe base.storeBytes(of: 0, toByteOffset: 8, as: UInt.self)
    unsafe (base + 24).initializeMemory(as: UInt8.self, repeating: 0, count: memberOffset - 24)
    unsafe member.copy(to: base + memberOffset)
    return SkipListNode(address: UInt(bitPattern: base))
  }

  func copied() -> SkipListNode { .make(member, score: score, level: 1) }

  func free() { unsafe Memory.free(base) }

  @inline(__always) @unsafe
  private var base: UnsafeMutableRawPointer {
    // Nobody asks anything of the node that is none; the member count of the first page would fault.
    unsafe UnsafeMutableRawPointer(bitPattern: address).unsafelyUnwrapped
  }

  // MARK: Contents

  @inline(__always)
  var score: Double {
    get { unsafe base.load(as: Double.self) }
    nonmutating set { unsafe base.storeBytes(of: newValue, as: Double.self) }
  }

  @inline(__always)
  private var memberCount: Int { Int(unsafe base.load(fromByteOffset: 16, as: UInt32.self)) }

  /// How many levels the node has.
  @inline(__always)
  var level: Int { Int(unsafe base.load(fromByteOffset: 20, as: UInt32.self)) }

  /// Good as long as the node is.
  @inline(__always)
  var member: Bytes {
    unsafe Bytes(UnsafeRawBufferPointer(start: base + 16 + 16 &* level, count: memberCount))
  }

  @inline(__always)
  var key: Bytes { member }

  /// Bytes of the allocation, in the allocator's size classes.
  var allocatedBytes: Int { Memory.sizeClass(16 + 16 * level + memberCount) }

  /// Whether the node comes before a place in the order: by score, then by member.
  @inline(__always)
  func isBefore(_ score: Double, _ member: Bytes) -> Bool {
    let own = self.score
    return own < score || own == score && self.member < member
  }

  // MARK: Links

  /// The node before, or none: the first has none.
  @inline(__always)
  var previous: SkipListNode {
    get { SkipListNode(address: unsafe base.load(fromByteOffset: 8, as: UInt.self)) }
    nonmutating set { unsafe base.storeBytes(of: newValue.address, toByteOffset: 8, as: UInt.self) }
  }

  /// The next node of a level, or none.
  /// - Precondition: `index` is below `level`.
  @inline(__always)
  func next(_ index: Int) -> SkipListNode {
    SkipListNode(address: unsafe base.load(fromByteOffset: 24 &+ 16 &* index, as: UInt.self))
  }

  @inline(__always)
  func setNext(_ index: Int, _ node: SkipListNode) {
    unsafe base.storeBytes(of: node.address, toByteOffset: 24 &+ 16 &* index, as: UInt.self)
  }

  /// How many places on the next node of a level is; where there is none, how many nodes follow this one.
  /// - Precondition: `index` is above 0 and below `level`.
  @inline(__always)
  func span(_ index: Int) -> Int { unsafe base.load(fromByteOffset: 16 &+ 16 &* index, as: Int.self) }

  @inline(__always)
  func setSpan(_ index: Int, _ span: Int) {
    unsafe base.storeBytes(of: span, toByteOffset: 16 &+ 16 &* index, as: Int.self)
  }
}
