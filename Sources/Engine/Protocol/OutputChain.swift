/// Bytes on their way to a client: a list of chunks, appended to by the engine, sent by whoever holds it.
///
/// A chain has one owner. The engine fills it; when the connection is free to send, the whole chain moves out
/// (`Engine.takeOutput`), is sent, and its chunks go back to the pool. So what the kernel holds nobody writes.
///
///     chunk:  | next | start | end | capacity | bytes … start ≤ sent < end … |
@safe
public struct OutputChain: ~Copyable {
  // The chunks from `first` to `last` belong to this chain alone.
  fileprivate var first: Chunk?
  fileprivate var last: Chunk?
  /// Bytes in the chain.
  public fileprivate(set) var count = 0

  public init() {}

  deinit {
    // Only an abandoned chain has chunks left here; then they do not go back to a pool.
    var chunk = first
    while let current = chunk {
      chunk = current.next
      current.free()
    }
  }

  public var isEmpty: Bool { count == 0 }

  /// Calls `body` with up to `limit` runs of bytes, in order: what one vectored send takes.
  @unsafe
  public func forEachPiece(limit: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    var chunk = first
    var visited = 0
    while let current = chunk, visited < limit {
      if current.end > current.start {
        unsafe body(current.bytes)
        visited += 1
      }
      chunk = current.next
    }
  }

  /// The bytes, copied. For tests.
  public var array: [UInt8] {
    var result: [UInt8] = []
    unsafe forEachPiece(limit: .max) { unsafe result.append(contentsOf: $0) }
    return result
  }

  /// Adds another chain's bytes at the end.
  mutating func append(_ other: consuming OutputChain) {
    guard let otherFirst = other.first else { return }
    if let last { last.next = otherFirst } else { first = otherFirst }
    last = other.last
    count += other.count
    other.first = nil
    other.last = nil
  }
}

/// One allocation of a chain.
@safe
struct Chunk: BitwiseCopyable {
  // Allocated by `make`, freed by `free`, owned in between by the chain or the pool it is in.
  private let base: UnsafeMutableRawPointer
  static let headerBytes = 32

  private init(address: UInt) {
    unsafe base = UnsafeMutableRawPointer(bitPattern: address).unsafelyUnwrapped
  }

  static func make(capacity: Int) -> Chunk {
    let base = unsafe Memory.allocate(headerBytes + capacity)
    let chunk = Chunk(address: UInt(bitPattern: base))
    chunk.next = nil
    chunk.start = 0
    chunk.end = 0
    unsafe base.storeBytes(of: capacity, toByteOffset: 24, as: Int.self)
    return chunk
  }

  func free() { unsafe Memory.free(base) }

  var next: Chunk? {
    get {
      let address = unsafe base.load(as: UInt.self)
      return address == 0 ? nil : Chunk(address: address)
    }
    nonmutating set {
      let address: UInt
      if let newValue { address = unsafe UInt(bitPattern: newValue.base) } else { address = 0 }
      unsafe base.storeBytes(of: address, as: UInt.self)
    }
  }
  /// Offset of the first byte that is not yet sent.
  var start: Int {
    get { unsafe base.load(fromByteOffset: 8, as: Int.self) }
    nonmutating set { unsafe base.storeBytes(of: newValue, toByteOffset: 8, as: Int.self) }
  }
  /// Offset behind the last byte.
  var end: Int {
    get { unsafe base.load(fromByteOffset: 16, as: Int.self) }
    nonmutating set { unsafe base.storeBytes(of: newValue, toByteOffset: 16, as: Int.self) }
  }
  var capacity: Int { unsafe base.load(fromByteOffset: 24, as: Int.self) }

  @unsafe var bytes: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: base + Self.headerBytes + start, count: end - start)
  }

  /// The address of offset 0.
  @unsafe var data: UnsafeMutableRawPointer { unsafe base + Self.headerBytes }
}

/// Chunks that no chain uses at the moment.
struct OutputPool: ~Copyable {
  /// Bytes of data a pooled chunk holds: with its header, 16 KiB.
  static let chunkBytes = 16 * 1024 - Chunk.headerBytes
  /// Chunks kept at the most, 4 MiB.
  private static let keptChunks = 256

  private var free = Slab<Chunk>(capacity: keptChunks)
  /// Bytes of chunks that chains hold at the moment.
  private(set) var lentBytes = 0

  deinit { for index in 0..<free.count { free[index].free() } }

  /// A chunk of at least `byteCount` bytes.
  mutating func take(atLeast byteCount: Int) -> Chunk {
    let chunk: Chunk
    if byteCount > Self.chunkBytes {
      chunk = .make(capacity: Memory.sizeClass(byteCount + Chunk.headerBytes) - Chunk.headerBytes)
    } else {
      chunk = free.isEmpty ? .make(capacity: Self.chunkBytes) : free.removeLast()
    }
    lentBytes += chunk.capacity + Chunk.headerBytes
    return chunk
  }

  mutating func give(_ chunk: Chunk) {
    lentBytes -= chunk.capacity + Chunk.headerBytes
    guard chunk.capacity == Self.chunkBytes, free.count < Self.keptChunks else { return chunk.free() }
    chunk.next = nil
    chunk.start = 0
    chunk.end = 0
    free.append(chunk)
  }

  /// Takes `byteCount` bytes that were sent off the front of `chain`.
  mutating func release(_ byteCount: Int, of chain: inout OutputChain) {
    precondition(byteCount <= chain.count)
    var left = byteCount
    chain.count -= byteCount
    while let chunk = chain.first, left > 0 || chain.count == 0 {
      let held = chunk.end - chunk.start
      if left < held {
        chunk.start += left
        return
      }
      left -= held
      chain.first = chunk.next
      if chain.first == nil { chain.last = nil }
      give(chunk)
    }
  }
}

extension Optional where Wrapped == Chunk {
  fileprivate static func == (left: Chunk?, right: _OptionalNilComparisonType) -> Bool {
    if case .none = left { true } else { false }
  }
}

extension OutputChain {
  /// The chunk to append to, with room for `byteCount` bytes at its end.
  mutating func room(_ byteCount: Int, from pool: inout OutputPool) -> Chunk {
    if let last, last.capacity - last.end >= byteCount { return last }
    let chunk = pool.take(atLeast: byteCount)
    if let last { last.next = chunk } else { first = chunk }
    last = chunk
    return chunk
  }

  var lastChunk: Chunk? { last }

  mutating func noteAppended(_ byteCount: Int) { count += byteCount }
}
