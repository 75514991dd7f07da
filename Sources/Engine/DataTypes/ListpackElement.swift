// One element of a listpack: its encoding, its bytes, and the length behind them that lets a reader walk backwards.
//
//     0xxxxxxx                        integer, 7 bits without sign
//     10llllll  bytes …               string of up to 63 bytes
//     110xxxxx xxxxxxxx               integer, 13 bits with sign
//     1110llll llllllll  bytes …      string of up to 4095 bytes
//     11110000 + 4 bytes  bytes …     string, length little-endian
//     11110001 + 2 bytes              integer, 16 bits, little-endian; 11110010 24, 11110011 32, 11110100 64 bits
//     11111111                        the end of the listpack
//
// Behind each comes its length in bytes, in groups of seven bits, to be read backwards: the first byte of the group
// has its high bit clear, the others have it set.

/// What an element is encoded as, worked out once before room is made for it.
@safe
struct ListpackElement {
  private enum Form {
    case integer(Int64, header: UInt8, bytes: Int)
    case string(Bytes)
  }

  private let form: Form
  /// Bytes of encoding and contents, without the length behind them.
  let encodedCount: Int

  /// A string, or the integer whose canonical text it is.
  init(_ bytes: Bytes) {
    if bytes.count <= 20, !bytes.isEmpty, let integer = bytes.parseInt64() {
      self.init(integer)
    } else {
      self.init(form: .string(bytes), headerCount: bytes.count < 64 ? 1 : bytes.count < 4096 ? 2 : 5, bytes.count)
    }
  }

  init(_ integer: Int64) {
    let (header, bytes): (UInt8, Int) =
      switch integer {
      case 0...127: (0, 0)
      case -4096...4095: (0xC0, 1)
      case -32768...32767: (0xF1, 2)
      case -8_388_608...8_388_607: (0xF2, 3)
      case -2_147_483_648...2_147_483_647: (0xF3, 4)
      default: (0xF4, 8)
      }
    self.init(form: .integer(integer, header: header, bytes: bytes), headerCount: 1, bytes)
  }

  private init(form: Form, headerCount: Int, _ contentsCount: Int) {
    self.form = form
    encodedCount = headerCount + contentsCount
  }

  init(_ value: StringValue) {
    switch value {
    case .integer(let integer): self.init(integer)
    case .bytes(let bytes): self.init(bytes)
    }
  }

  /// Bytes in the listpack, the length behind it included.
  var totalCount: Int { encodedCount + Self.backLengthCount(encodedCount) }

  /// How many bytes the length behind an element of `encodedCount` bytes takes.
  @inline(__always)
  static func backLengthCount(_ encodedCount: Int) -> Int {
    if encodedCount <= 127 { return 1 }
    if encodedCount < 16383 { return 2 }
    if encodedCount < 2_097_151 { return 3 }
    return encodedCount < 268_435_455 ? 4 : 5
  }

  /// Writes the element, `totalCount` bytes.
  @unsafe
  func write(to destination: UnsafeMutableRawPointer) {
    switch form {
    case .integer(let value, let header, let bytes):
      let bits = UInt64(bitPattern: value)
      switch bytes {
      case 0: unsafe destination.storeBytes(of: UInt8(bits), as: UInt8.self)
      case 1:
        unsafe destination.storeBytes(of: header | UInt8(truncatingIfNeeded: bits &>> 8 & 0x1F), as: UInt8.self)
        unsafe destination.storeBytes(of: UInt8(truncatingIfNeeded: bits), toByteOffset: 1, as: UInt8.self)
      default:
        unsafe destination.storeBytes(of: header, as: UInt8.self)
        for index in 0..<bytes {
          unsafe destination.storeBytes(
            of: UInt8(truncatingIfNeeded: bits &>> UInt64(8 * index)), toByteOffset: 1 + index, as: UInt8.self)
        }
      }
    case .string(let bytes):
      if bytes.count < 64 {
        unsafe destination.storeBytes(of: 0x80 | UInt8(bytes.count), as: UInt8.self)
      } else if bytes.count < 4096 {
        unsafe destination.storeBytes(of: 0xE0 | UInt8(bytes.count >> 8), as: UInt8.self)
        unsafe destination.storeBytes(of: UInt8(bytes.count & 0xFF), toByteOffset: 1, as: UInt8.self)
      } else {
        unsafe destination.storeBytes(of: 0xF0, as: UInt8.self)
        unsafe destination.storeBytes(of: UInt32(bytes.count).littleEndian, toByteOffset: 1, as: UInt32.self)
      }
      unsafe bytes.copy(to: destination + encodedCount - bytes.count)
    }
    unsafe Self.writeBackLength(encodedCount, to: destination + encodedCount)
  }

  @unsafe
  private static func writeBackLength(_ length: Int, to destination: UnsafeMutableRawPointer) {
    let count = backLengthCount(length)
    for index in 0..<count {
      let group = UInt8(truncatingIfNeeded: length >> (7 * (count - 1 - index))) & 127
      unsafe destination.storeBytes(of: index == 0 ? group : group | 128, toByteOffset: index, as: UInt8.self)
    }
  }
}

/// The head of an element, read from its bytes.
struct ListpackElementHead: BitwiseCopyable {
  /// Bytes before a string's contents, or those of the integer's encoding and contents.
  let headerCount: Int
  /// Bytes of a string's contents; -1: an integer.
  let stringCount: Int

  /// Bytes of encoding and contents.
  var encodedCount: Int { headerCount + max(stringCount, 0) }

  /// - Parameters:
  ///   - bytes: those of the listpack.
  ///   - offset: of the element.
  /// - Returns: nil where no element begins so, or its head is not all within `bytes`.
  @inline(__always)
  init?(_ bytes: Bytes, at offset: Int) {
    guard offset < bytes.count else { return nil }
    let first = bytes[offset]
    if first < 0x80 {
      (headerCount, stringCount) = (1, -1)
      return
    }
    if first < 0xC0 {
      (headerCount, stringCount) = (1, Int(first & 63))
      return
    }
    if first < 0xE0 {
      (headerCount, stringCount) = (2, -1)
      return
    }
    switch first {
    case 0xF0:
      guard offset + 5 <= bytes.count else { return nil }
      (headerCount, stringCount) = (5, Int(bytes.load(littleEndianAt: offset + 1, as: UInt32.self)))
    case 0xF1: (headerCount, stringCount) = (3, -1)
    case 0xF2: (headerCount, stringCount) = (4, -1)
    case 0xF3: (headerCount, stringCount) = (5, -1)
    case 0xF4: (headerCount, stringCount) = (9, -1)
    case 0xF5...: return nil
    default:
      guard offset + 2 <= bytes.count else { return nil }
      (headerCount, stringCount) = (2, Int(first & 15) << 8 | Int(bytes[offset + 1]))
    }
  }

  /// The element's contents.
  /// - Precondition: the element is whole.
  @inline(__always)
  func value(in bytes: Bytes, at offset: Int) -> StringValue {
    if stringCount >= 0 { return .bytes(bytes[offset + headerCount..<offset + headerCount + stringCount]) }
    let first = bytes[offset]
    switch headerCount {
    case 1: return .integer(Int64(first))
    case 2: return .integer(Int64(Int16(bitPattern: (UInt16(first) << 8 | UInt16(bytes[offset + 1])) << 3) >> 3))
    case 3: return .integer(Int64(bytes.load(littleEndianAt: offset + 1, as: Int16.self)))
    case 4:
      let low = UInt32(bytes.load(littleEndianAt: offset + 1, as: UInt16.self))
      return .integer(Int64(Int32(bitPattern: (low | UInt32(bytes[offset + 3]) << 16) << 8) >> 8))
    case 5: return .integer(Int64(bytes.load(littleEndianAt: offset + 1, as: Int32.self)))
    default: return .integer(bytes.load(littleEndianAt: offset + 1, as: Int64.self))
    }
  }
}
