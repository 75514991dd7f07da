/// One node of a quicklist: some elements beside each other, and its two neighbours.
///
///      0          8        16          24            32       36          37           40
///     +----------+--------+-----------+-------------+--------+-----------+------------+--------------+
///     | previous | next   | contents, | bytes,      | count, | container | compressed | bytes as     |
///     |          |        | address   | unpacked    | 32 b   |           | mark       | kept, images |
///     +----------+--------+-----------+-------------+--------+-----------+------------+--------------+
///
/// `contents` is a listpack, the bytes of one large element, or either of them packed by LZF. `mark` and `images` are
/// those of walks in slices (`Quicklist+Walk`).
///
/// A handle: it copies freely and owns nothing by itself. The quicklist it hangs in keeps the accounts.
@safe
struct QuicklistNode: BitwiseCopyable, Equatable {
  // Allocated by `make`, freed by `free`; the quicklist owns it from the one to the other.
  private let base: UnsafeMutableRawPointer

  /// What a node's contents are; numbered as in snapshots.
  enum Container: UInt8 {
    /// The bytes of one element.
    case plain = 1
    /// A listpack.
    case packed = 2
  }

  /// Bytes of the node without its contents.
  static var headerBytes: Int { 56 }
  /// Contents shorter than this are not worth packing.
  private static var leastCompressible: Int { 48 }
  /// Bytes that packing must save.
  private static var leastSaving: Int { 8 }

  init?(address: UInt) {
    // Zero, or an address that `make` returned.
    guard let base = unsafe UnsafeMutableRawPointer(bitPattern: address) else { return nil }
    unsafe self.base = base
  }

  var address: UInt { unsafe UInt(bitPattern: base) }

  static func == (left: QuicklistNode, right: QuicklistNode) -> Bool { left.address == right.address }

  // MARK: Making and freeing

  private static func make(_ contents: UInt, bytes: Int, count: Int, _ container: Container) -> QuicklistNode {
    let base = unsafe Memory.allocate(Memory.sizeClass(headerBytes))
    guard let node = QuicklistNode(address: UInt(bitPattern: base)) else { preconditionFailure("an address") }
    node.previous = nil
    node.next = nil
    node.images = nil
    node.mark = false
    node.contents = contents
    node.count = count
    unsafe base.storeBytes(of: container.rawValue, toByteOffset: 36, as: UInt8.self)
    node.noteUnpacked(bytes)
    return node
  }

  /// A node of a listpack, which it takes over.
  static func make(_ listpack: Listpack, count: Int) -> QuicklistNode {
    make(listpack.address, bytes: listpack.totalBytes, count: count, .packed)
  }

  /// A node of one large element, copied.
  static func make(plain element: Bytes) -> QuicklistNode {
    make(block(element), bytes: element.count, count: 1, .plain)
  }

  /// The address of a copy of `bytes`.
  private static func block(_ bytes: Bytes) -> UInt {
    let block = unsafe Memory.allocate(Memory.sizeClass(bytes.count))
    unsafe bytes.copy(to: block)
    return UInt(bitPattern: block)
  }

  /// A node of the same contents, without neighbours.
  func copy() -> QuicklistNode {
    let copy = Self.make(Self.block(keptBytes), bytes: byteCount, count: count, container)
    if isCompressed { copy.noteCompressed(keptCount) }
    return copy
  }

  func free() {
    freeContents()
    unsafe Memory.free(base)
  }

  private func freeContents() {
    if let block = unsafe UnsafeMutableRawPointer(bitPattern: contents) { unsafe Memory.free(block) }
  }

  /// Frees the node but not the contents, which the caller owns then.
  func freeHeader() { unsafe Memory.free(base) }

  // MARK: Fields

  var previous: QuicklistNode? {
    @inline(__always) get { QuicklistNode(address: unsafe base.load(as: UInt.self)) }
    nonmutating set { unsafe base.storeBytes(of: newValue?.address ?? 0, as: UInt.self) }
  }

  var next: QuicklistNode? {
    @inline(__always) get { QuicklistNode(address: unsafe base.load(fromByteOffset: 8, as: UInt.self)) }
    nonmutating set { unsafe base.storeBytes(of: newValue?.address ?? 0, toByteOffset: 8, as: UInt.self) }
  }

  private var contents: UInt {
    @inline(__always) get { unsafe base.load(fromByteOffset: 16, as: UInt.self) }
    nonmutating set { unsafe base.storeBytes(of: newValue, toByteOffset: 16, as: UInt.self) }
  }

  /// Bytes of the contents, unpacked.
  var byteCount: Int {
    @inline(__always) get { unsafe base.load(fromByteOffset: 24, as: Int.self) }
  }

  /// Elements.
  var count: Int {
    @inline(__always) get { Int(unsafe base.load(fromByteOffset: 32, as: UInt32.self)) }
    nonmutating set { unsafe base.storeBytes(of: UInt32(newValue), toByteOffset: 32, as: UInt32.self) }
  }

  var container: Container {
    @inline(__always) get { isPlain ? .plain : .packed }
  }

  var isPlain: Bool {
    @inline(__always) get { unsafe base.load(fromByteOffset: 36, as: UInt8.self) == Container.plain.rawValue }
  }

  var isCompressed: Bool {
    @inline(__always) get { unsafe base.load(fromByteOffset: 37, as: UInt8.self) != 0 }
  }

  /// Whether a walk has been here, or the node is newer than it: which of the two values says so, the list knows.
  var mark: Bool {
    @inline(__always) get { unsafe base.load(fromByteOffset: 38, as: UInt8.self) != 0 }
    nonmutating set { unsafe base.storeBytes(of: newValue ? 1 : 0, toByteOffset: 38, as: UInt8.self) }
  }

  /// The last of the nodes that a walk writes before it comes to this one; a ring, linked by `next`.
  var images: QuicklistNode? {
    get { QuicklistNode(address: unsafe base.load(fromByteOffset: 48, as: UInt.self)) }
    nonmutating set { unsafe base.storeBytes(of: newValue?.address ?? 0, toByteOffset: 48, as: UInt.self) }
  }

  /// Bytes of the contents as they are kept.
  private var keptCount: Int {
    @inline(__always) get { unsafe base.load(fromByteOffset: 40, as: Int.self) }
  }

  /// Bytes allocated for the node and its contents.
  var allocatedBytes: Int {
    @inline(__always) get { Memory.sizeClass(Self.headerBytes) + Memory.sizeClass(keptCount) }
  }

  @inline(__always)
  private func noteUnpacked(_ bytes: Int) {
    unsafe base.storeBytes(of: bytes, toByteOffset: 24, as: Int.self)
    unsafe base.storeBytes(of: bytes, toByteOffset: 40, as: Int.self)
    unsafe base.storeBytes(of: 0, toByteOffset: 37, as: UInt8.self)
  }

  private func noteCompressed(_ bytes: Int) {
    unsafe base.storeBytes(of: bytes, toByteOffset: 40, as: Int.self)
    unsafe base.storeBytes(of: 1, toByteOffset: 37, as: UInt8.self)
  }

  // MARK: Contents

  /// The contents as they are kept: packed where `isCompressed`. Good until the node changes.
  var keptBytes: Bytes {
    unsafe Bytes(UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: contents), count: keptCount))
  }

  /// The listpack, which whoever changes it gives back.
  /// - Precondition: the node is packed and not compressed.
  var listpack: Listpack {
    @inline(__always) get {
      precondition(!isPlain && !isCompressed)
      return Listpack(address: contents)
    }
    @inline(__always) nonmutating set {
      contents = newValue.address
      noteUnpacked(newValue.totalBytes)
    }
  }

  /// Puts another element in the place of the one held.
  /// - Precondition: the node is plain.
  func replace(plain element: Bytes) {
    precondition(isPlain)
    let block = Self.block(element)
    freeContents()
    contents = block
    noteUnpacked(element.count)
  }

  /// Gives the contents, unpacked, for the time of `body`. The node stays as it is.
  func withContents<Result>(_ body: (Bytes) -> Result) -> Result {
    guard isCompressed else { return body(keptBytes) }
    var unpacked = ByteBuffer()
    unpack(into: &unpacked)
    return body(unpacked.bytes)
  }

  /// Gives the listpack for the time of `body`. The node stays as it is.
  /// - Precondition: the node is packed.
  @inline(__always)
  func withListpack<Result>(_ body: (Listpack) -> Result) -> Result {
    if !isCompressed { return body(listpack) }
    let unpacked = withContents { Listpack.make($0) }
    defer { unpacked.free() }
    return body(unpacked)
  }

  private func unpack(into buffer: inout ByteBuffer) {
    let isWhole = LZF.decompress(keptBytes, count: byteCount, into: &buffer)
    precondition(isWhole, "what was packed here unpacks")
  }

  /// Packs the contents, where that saves enough.
  func compress() {
    guard !isCompressed, byteCount >= Self.leastCompressible else { return }
    var packed = ByteBuffer()
    guard let count = LZF.compress(keptBytes, into: &packed), count + Self.leastSaving < byteCount else { return }
    let block = Self.block(packed.bytes)
    freeContents()
    contents = block
    noteCompressed(count)
  }

  func decompress() {
    guard isCompressed else { return }
    let block = withContents { Self.block($0) }
    freeContents()
    contents = block
    noteUnpacked(byteCount)
  }
}
