/// A string in an allocation of its own, with room to grow at the end: values too long for their entry, and those that
/// APPEND and SETRANGE build.
///
///     +--------------------+--------------------+--------------------+-----------------------+
///     | length, 64 bits    | capacity, 64 bits  | walk, address or 0 | bytes …               |
///     +--------------------+--------------------+--------------------+-----------------------+
///
/// A walk in slices (`StringWalk`) is told of bytes before they are overwritten, by the methods that do.
@safe
struct StringBlock: BitwiseCopyable {
  // Allocated by `make`, freed by `free`; whoever holds the block in between owns it.
  private let base: UnsafeMutableRawPointer
  private static let headerBytes = 24

  var address: UInt { unsafe UInt(bitPattern: base) }

  init(address: UInt) {
    // An address that `make` returned, come back from an entry.
    unsafe base = UnsafeMutableRawPointer(bitPattern: address).unsafelyUnwrapped
  }

  /// - Parameters:
  ///   - first, second: copied, one behind the other.
  ///   - zeros: zero bytes behind them.
  ///   - spare: bytes of room to grow without another allocation, at least.
  static func make(_ first: Bytes, _ second: Bytes = Bytes(), zeros: Int = 0, spare: Int = 0) -> StringBlock {
    let count = first.count + second.count + zeros
    let capacity = Memory.sizeClass(headerBytes + count + spare) - headerBytes
    let base = unsafe Memory.allocate(headerBytes + capacity)
    unsafe base.storeBytes(of: count, as: Int.self)
    unsafe base.storeBytes(of: capacity, toByteOffset: 8, as: Int.self)
    unsafe base.storeBytes(of: 0, toByteOffset: 16, as: UInt.self)
    unsafe first.copy(to: base + headerBytes)
    unsafe second.copy(to: base + headerBytes + first.count)
    let block = StringBlock(address: UInt(bitPattern: base))
    if zeros > 0 { block.clear(from: count - zeros, to: count) }
    return block
  }

  var count: Int { unsafe base.load(as: Int.self) }
  var capacity: Int { unsafe base.load(fromByteOffset: 8, as: Int.self) }
  /// Address of the walk under way; 0: there is none.
  var walkAddress: UInt {
    @inline(__always) get { unsafe base.load(fromByteOffset: 16, as: UInt.self) }
  }

  func setWalk(_ address: UInt) { unsafe base.storeBytes(of: address, toByteOffset: 16, as: UInt.self) }

  /// Bytes allocated, header included.
  var allocatedBytes: Int { Memory.sizeClass(Self.headerBytes + capacity) }

  var bytes: Bytes { unsafe Bytes(UnsafeRawBufferPointer(start: base + Self.headerBytes, count: count)) }

  /// Makes the string `newCount` bytes long, what is new being zero.
  /// - Returns: the block that now holds it; this one must not be used again.
  func grown(to newCount: Int) -> StringBlock {
    let old = count
    precondition(newCount >= old)
    if newCount <= capacity {
      clear(from: old, to: newCount)
      unsafe base.storeBytes(of: newCount, as: Int.self)
      return self
    }
    // Doubling up to a MiB, then a MiB more, as Redis's strings grow.
    let larger = StringBlock.make(bytes, zeros: newCount - old, spare: min(newCount, 1 << 20))
    larger.takeWalk(of: self)
    free()
    return larger
  }

  /// Writes `source` over the bytes from `offset` on, all of which exist.
  func overwrite(at offset: Int, with source: Bytes) {
    precondition(offset >= 0 && offset + source.count <= count)
    keep(offset..<offset + source.count)
    unsafe source.copy(to: base + Self.headerBytes + offset)
  }

  /// Writes one byte that exists.
  func overwrite(at offset: Int, with byte: UInt8) {
    precondition(offset >= 0 && offset < count)
    keep(offset..<offset + 1)
    unsafe base.storeBytes(of: byte, toByteOffset: Self.headerBytes + offset, as: UInt8.self)
  }

  /// Eight bytes from `offset` on, in the machine's order.
  @inline(__always) @unsafe
  func load(_ offset: Int) -> UInt64 {
    unsafe base.loadUnaligned(fromByteOffset: Self.headerBytes &+ offset, as: UInt64.self)
  }

  /// Writes eight bytes from `offset` on, all of which exist, in a block that no walk knows.
  @inline(__always) @unsafe
  func store(_ word: UInt64, at offset: Int) {
    unsafe base.storeBytes(of: word, toByteOffset: Self.headerBytes &+ offset, as: UInt64.self)
  }

  /// Makes the string these bytes.
  /// - Returns: the block that now holds it; this one must not be used again.
  func rewritten(_ source: Bytes) -> StringBlock {
    keep(0..<count)
    guard source.count <= capacity else {
      let larger = StringBlock.make(source, spare: min(source.count, 1 << 20))
      larger.takeWalk(of: self)
      free()
      return larger
    }
    unsafe base.storeBytes(of: source.count, as: Int.self)
    overwrite(at: 0, with: source)
    return self
  }

  private func clear(from start: Int, to end: Int) {
    guard start < end else { return }
    unsafe (base + Self.headerBytes + start).initializeMemory(as: UInt8.self, repeating: 0, count: end - start)
  }

  func free() { unsafe Memory.free(base) }
}
