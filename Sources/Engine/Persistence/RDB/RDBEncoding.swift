// Lengths and strings in the RDB format: shared by snapshots and DUMP.

extension ByteBuffer {
  /// Appends a length in the fewest bytes: 1, 2, 5 or 9.
  public mutating func append(rdbLength length: UInt64) {
    if length < 1 << 6 {
      append(UInt8(length))
    } else if length < 1 << 14 {
      append(bigEndian: UInt16(length) | 0x4000)
    } else if length <= UInt32.max {
      append(RDBLength.bits32)
      append(bigEndian: UInt32(length))
    } else {
      append(RDBLength.bits64)
      append(bigEndian: length)
    }
  }

  /// Appends a string in its shortest form: a number of up to 32 bits as such, LZF where allowed and where it pays
  /// (never up to 20 bytes), else the bytes as they are.
  public mutating func append(rdbString string: Bytes, compressing: Bool) {
    if string.count <= 11, let number = string.parseInt64(), let narrow = Int32(exactly: number) {
      return append(rdbInteger: narrow)
    }
    if compressing, string.count > 20, appendCompressed(string) { return }
    append(rdbLength: UInt64(string.count))
    append(string)
  }

  private mutating func append(rdbInteger value: Int32) {
    if let byte = Int8(exactly: value) {
      append(RDBLength.int8)
      append(littleEndian: byte)
    } else if let short = Int16(exactly: value) {
      append(RDBLength.int16)
      append(littleEndian: short)
    } else {
      append(RDBLength.int32)
      append(littleEndian: value)
    }
  }

  private mutating func appendCompressed(_ string: Bytes) -> Bool {
    // The compressed length stands before the bytes, so they are packed aside first.
    var packed = ByteBuffer()
    guard let count = LZF.compress(string, into: &packed) else { return false }
    append(RDBLength.compressed)
    append(rdbLength: UInt64(count))
    append(rdbLength: UInt64(string.count))
    append(packed.bytes)
    return true
  }
}

/// Where a string stands in RDB bytes, and in which form, before anything is unpacked.
enum RDBString {
  case plain(Range<Int>)
  case integer(Int32)
  case compressed(Range<Int>, count: Int)

  /// The string itself: a view of `bytes`, or of `scratch`, which is overwritten.
  ///
  /// - Returns: nil if it does not unpack.
  func value(in bytes: Bytes, scratch: inout ByteBuffer) -> Bytes? {
    switch self {
    case .plain(let range): return bytes[range]
    case .integer(let value):
      scratch.removeAll()
      scratch.append(decimal: Int64(value))
      return scratch.bytes
    case .compressed(let range, let count):
      scratch.removeAll()
      return LZF.decompress(bytes[range], count: count, into: &scratch) ? scratch.bytes : nil
    }
  }
}

/// Reads RDB's parts one after the other from bytes that may end too early.
struct RDBCursor {
  /// Why a part cannot be read.
  enum Stop: Error {
    /// The bytes end; there must be at least this many in all.
    case short(Int)
    case corrupt(RDBError.Reason)
  }

  let bytes: Bytes
  private(set) var position = 0

  /// No string is longer: far below any overflow.
  private static let longestString: UInt64 = 1 << 48

  init(_ bytes: Bytes) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  private mutating func take(_ count: Int) throws(Stop) -> Int {
    guard bytes.count - position >= count else { throw .short(position + count) }
    defer { position += count }
    return position
  }

  /// Goes back to where the cursor was.
  mutating func rewind(to mark: Int) {
    precondition(mark >= 0 && mark <= position)
    position = mark
  }

  mutating func skip(_ count: Int) throws(Stop) { _ = try take(count) }

  mutating func raw(_ count: Int) throws(Stop) -> Bytes {
    let start = try take(count)
    return bytes[start..<start + count]
  }

  mutating func byte() throws(Stop) -> UInt8 { bytes[try take(1)] }

  mutating func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
    littleEndian type: Integer.Type
  ) throws(Stop) -> Integer {
    let offset = try take(MemoryLayout<Integer>.size)
    return bytes.load(littleEndianAt: offset, as: type)
  }

  mutating func length() throws(Stop) -> UInt64 {
    let first = try byte()
    guard let length = try length(first) else { throw .corrupt(.badLength) }
    return length
  }

  /// The length that begins with `first`; nil if that marks a special form.
  private mutating func length(_ first: UInt8) throws(Stop) -> UInt64? {
    switch first >> 6 {
    case 0: return UInt64(first)
    case 1: return UInt64(first & 0x3F) << 8 | UInt64(try byte())
    case 2:
      if first == RDBLength.bits32 { return UInt64(try integer(littleEndian: UInt32.self).byteSwapped) }
      if first == RDBLength.bits64 { return try integer(littleEndian: UInt64.self).byteSwapped }
      throw .corrupt(.badLength)
    default: return nil
    }
  }

  private mutating func range(_ count: UInt64) throws(Stop) -> Range<Int> {
    guard count <= RDBCursor.longestString else { throw .corrupt(.badLength) }
    let start = try take(Int(count))
    return start..<start + Int(count)
  }

  mutating func string() throws(Stop) -> RDBString {
    let first = try byte()
    if let count = try length(first) { return .plain(try range(count)) }
    switch first {
    case RDBLength.int8: return .integer(Int32(try integer(littleEndian: Int8.self)))
    case RDBLength.int16: return .integer(Int32(try integer(littleEndian: Int16.self)))
    case RDBLength.int32: return .integer(try integer(littleEndian: Int32.self))
    case RDBLength.compressed:
      let packed = try length()
      let count = try length()
      guard count <= RDBCursor.longestString else { throw .corrupt(.badLength) }
      return .compressed(try range(packed), count: Int(count))
    default: throw .corrupt(.badString)
    }
  }

  /// A string, unpacked: a view of the bytes, or of `scratch`, which is overwritten.
  mutating func string(into scratch: inout ByteBuffer) throws(Stop) -> Bytes {
    guard let value = try string().value(in: bytes, scratch: &scratch) else { throw .corrupt(.badString) }
    return value
  }

  /// A double as versions from 8 on write it.
  mutating func double() throws(Stop) -> Double {
    Double(bitPattern: try integer(littleEndian: UInt64.self))
  }

  /// A double as text behind its length; 253 is not a number, 254 and 255 infinity and its negative.
  mutating func doubleText() throws(Stop) -> Double {
    switch try byte() {
    case 253: return .nan
    case 254: return .infinity
    case 255: return -.infinity
    case let count:
      guard let value = try raw(Int(count)).parseDouble() else { throw .corrupt(.badString) }
      return value
    }
  }
}
