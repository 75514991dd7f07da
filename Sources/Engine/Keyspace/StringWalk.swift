/// A walk in slices over a large string, which is seen as it was when the walk began, while it changes in place.
///
/// The string is taken in pieces of 64 KiB. A piece that is about to be overwritten where the walk has not been is copied
/// first. The string's block names its walk, and the walk the block, which moves when the string outgrows it.
///
///     +-------+--------+-------------+--------------+--------------+--------------------------------+
///     | block | length | next piece  | bytes kept   |  pieces      | a copy of each piece, or 0 …   |
///     +-------+--------+-------------+--------------+--------------+--------------------------------+
@safe
struct StringWalk: BitwiseCopyable {
  // Allocated by `begin`, freed by `end`; words, as drawn.
  private let base: UnsafeMutablePointer<UInt>
  private static var headerWords: Int { 5 }
  static var pieceBytes: Int { 64 << 10 }

  fileprivate init?(address: UInt) {
    // Zero, or an address that `begin` made.
    guard let base = unsafe UnsafeMutablePointer<UInt>(bitPattern: address) else { return nil }
    unsafe self.base = base
  }

  private var address: UInt { unsafe UInt(bitPattern: base) }

  /// Begins a walk over the string in `block`.
  static func begin(_ block: StringBlock) -> StringWalk {
    precondition(block.walk == nil)
    let count = block.count
    let pieces = (count + pieceBytes - 1) / pieceBytes
    let base = UnsafeMutablePointer<UInt>.allocate(capacity: headerWords + pieces)
    unsafe base.initialize(repeating: 0, count: headerWords + pieces)
    guard let walk = StringWalk(address: UInt(bitPattern: base)) else { preconditionFailure("an address") }
    walk[1] = UInt(count)
    walk[4] = UInt(pieces)
    walk.follow(block)
    return walk
  }

  private subscript(_ word: Int) -> UInt {
    get { unsafe base[word] }
    nonmutating set { unsafe base[word] = newValue }
  }

  private var block: StringBlock { StringBlock(address: self[0]) }
  /// Bytes of the string when the walk began.
  var count: Int { Int(self[1]) }
  private var next: Int {
    get { Int(self[2]) }
    nonmutating set { self[2] = UInt(newValue) }
  }
  /// Bytes of pieces that are kept.
  private(set) var keptBytes: Int {
    get { Int(self[3]) }
    nonmutating set { self[3] = UInt(newValue) }
  }
  private var pieceCount: Int { Int(self[4]) }

  private func range(_ piece: Int) -> Range<Int> {
    piece * Self.pieceBytes..<min((piece + 1) * Self.pieceBytes, count)
  }

  /// Notes that the string is in another block now.
  fileprivate func follow(_ block: StringBlock) {
    self[0] = block.address
    block.setWalk(address)
  }

  /// Keeps the pieces that `range` touches, where the walk has not been.
  fileprivate func keep(_ range: Range<Int>) {
    guard range.lowerBound < count, !range.isEmpty else { return }
    let last = (min(range.upperBound, count) - 1) / Self.pieceBytes
    let first = max(range.lowerBound / Self.pieceBytes, next)
    guard first <= last else { return }
    for piece in first...last where self[Self.headerWords + piece] == 0 {
      let copy = StringBlock.make(block.bytes[self.range(piece)])
      self[Self.headerWords + piece] = copy.address
      keptBytes += copy.allocatedBytes
    }
  }

  /// Gives `body` the next piece.
  /// - Returns: whether there is more; when there is not, the walk is over.
  func step(_ body: (Bytes) -> Void) -> Bool {
    guard next < pieceCount else {
      end()
      return false
    }
    if let copy = takeCopy(of: next) {
      body(copy.bytes)
      copy.free()
    } else {
      body(block.bytes[range(next)])
    }
    next += 1
    return true
  }

  private func takeCopy(of piece: Int) -> StringBlock? {
    let address = self[Self.headerWords + piece]
    guard address != 0 else { return nil }
    self[Self.headerWords + piece] = 0
    let copy = StringBlock(address: address)
    keptBytes -= copy.allocatedBytes
    return copy
  }

  /// Ends the walk, at whatever place.
  func end() {
    for piece in 0..<pieceCount { takeCopy(of: piece)?.free() }
    block.setWalk(0)
    unsafe base.deallocate()
  }
}

extension StringBlock {
  /// The walk over the string that is under way.
  var walk: StringWalk? { StringWalk(address: walkAddress) }

  /// Keeps the bytes of `range` for a walk, before they change.
  @inline(__always)
  func keep(_ range: Range<Int>) { if walkAddress != 0 { walk?.keep(range) } }

  /// Has the walk of a string that moved here follow it.
  func takeWalk(of other: StringBlock) { other.walk?.follow(self) }
}
