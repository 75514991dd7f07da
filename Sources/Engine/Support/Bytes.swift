public import Glibc

/// A view of bytes that somebody else owns: an argument in a receive buffer, a value in the keyspace.
///
/// A view is two words, copies freely and never frees. Who hands one out says how long it holds; for command
/// arguments and values that is *the current command*. To keep bytes longer, copy them (`ByteBuffer`, `[UInt8]`).
/// Every access is checked against `count`.
@safe
public struct Bytes: Sendable, BitwiseCopyable {
  /// First byte; any non-null address where `count` is zero.
  @usableFromInline nonisolated(unsafe) let base: UnsafePointer<UInt8>
  public let count: Int

  /// - Parameters:
  ///   - base: readable for `count` bytes for as long as the view is used.
  @inlinable @unsafe
  public init(base: UnsafePointer<UInt8>, count: Int) {
    precondition(count >= 0)
    unsafe self.base = base
    self.count = count
  }

  @inlinable @unsafe
  public init(_ buffer: UnsafeRawBufferPointer) {
    self.count = buffer.count
    unsafe self.base = buffer.baseAddress.map { unsafe $0.assumingMemoryBound(to: UInt8.self) } ?? Bytes.nowhere
  }

  /// The address of every empty view: nothing is ever read through it.
  @usableFromInline static var nowhere: UnsafePointer<UInt8> {
    // One past zero is non-null and never dereferenced, since `count` is 0.
    unsafe UnsafePointer(bitPattern: 1)!
  }

  /// A view of nothing.
  @inlinable public init() {
    unsafe base = Bytes.nowhere
    count = 0
  }

  /// A view of a literal's bytes, which live as long as the program.
  @inlinable public init(_ literal: StaticString) {
    unsafe self.init(base: literal.utf8Start, count: literal.utf8CodeUnitCount)
  }

  @inlinable public var isEmpty: Bool { count == 0 }

  @inlinable public subscript(_ index: Int) -> UInt8 {
    precondition(index >= 0 && index < count)
    return unsafe base[index]
  }

  /// The bytes from `range.lowerBound` up to, not including, `range.upperBound`.
  @inlinable public subscript(_ range: Range<Int>) -> Bytes {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    return unsafe Bytes(base: base + range.lowerBound, count: range.count)
  }

  /// The bytes from `start` to the end.
  @inlinable public func dropFirst(_ start: Int) -> Bytes { self[start..<count] }

  /// Gives the bytes as a buffer for the time of `body`.
  @inlinable @unsafe
  public func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try unsafe body(UnsafeRawBufferPointer(start: base, count: count))
  }

  /// The bytes, copied.
  public var array: [UInt8] {
    unsafe [UInt8](UnsafeBufferPointer(start: base, count: count))
  }

  /// The bytes as text, invalid UTF-8 repaired. For logs and errors; never on the request path.
  public var text: String {
    unsafe String(decoding: UnsafeBufferPointer(start: base, count: count), as: UTF8.self)
  }
}

extension Bytes: Equatable {
  @inlinable public static func == (left: Bytes, right: Bytes) -> Bool {
    // Both views are readable for `count` bytes.
    guard left.count == right.count, left.count > 0 else { return left.count == right.count }
    return unsafe memcmp(left.base, right.base, left.count) == 0
  }

  /// Whether the bytes are those of `literal`, letter case of ASCII ignored.
  ///
  /// - Parameter literal: in lower case.
  @inlinable public func equalsIgnoringCase(_ literal: StaticString) -> Bool {
    guard literal.utf8CodeUnitCount == count else { return false }
    for index in 0..<count {
      // Both are readable at `index`, which is below their common count.
      var byte = unsafe base[index]
      if byte &- 65 < 26 { byte |= 32 }
      if byte != (unsafe literal.utf8Start[index]) { return false }
    }
    return true
  }

  /// Orders as `memcmp` does, the shorter first where one is the other's beginning.
  @inlinable public static func < (left: Bytes, right: Bytes) -> Bool {
    let common = min(left.count, right.count)
    let order = common == 0 ? 0 : unsafe memcmp(left.base, right.base, common)
    return order == 0 ? left.count < right.count : order < 0
  }
}

extension Bytes {
  /// Where `byte` first occurs among the first `limit` bytes.
  @inlinable public func firstIndex(of byte: UInt8, below limit: Int = .max) -> Int? {
    let searched = min(count, limit)
    // Readable for `count` bytes, of which no more are searched.
    guard searched > 0, let found = unsafe memchr(base, Int32(byte), searched) else { return nil }
    return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(base)
  }

  /// How far into this view `part`, a piece of it, begins.
  func offset(of part: Bytes) -> Int {
    let distance = unsafe part.base - base
    precondition(distance >= 0 && distance + part.count <= count)
    return distance
  }
}

extension Bytes {
  /// Copies the bytes to `destination`, which has room for them and may overlap them.
  @inline(__always) @unsafe
  func copy(to destination: UnsafeMutableRawPointer) {
    if count > 0 { unsafe destination.copyMemory(from: base, byteCount: count) }
  }
}

extension [UInt8] {
  /// Gives the bytes as a view for the time of `body`.
  func withBytes<Result, Failure: Error>(_ body: (Bytes) throws(Failure) -> Result) throws(Failure) -> Result {
    // `withUnsafeBytes` rethrows untyped: the outcome is carried out of it instead.
    let outcome = unsafe withUnsafeBytes { buffer in
      Swift.Result<Result, Failure> { () throws(Failure) -> Result in try body(unsafe Bytes(buffer)) }
    }
    return try outcome.get()
  }
}
