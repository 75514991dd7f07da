/// What Redis before 7.0 kept small lists, hashes and sorted sets in. Read here, never written.
///
///     +--------------+---------------+-------------+---------------------------------------+------+
///     | bytes, 32 b  | last at, 32 b | count, 16 b | length before | element | …           | 0xFF |
///     +--------------+---------------+-------------+---------------------------------------+------+
///
/// All little-endian. The length of the element before takes one byte, or 0xFE and four. Elements:
///
///     00llllll                 string of up to 63 bytes          11000000 + 2   integer, 16 bits
///     01llllll llllllll        up to 16383 (big-endian)          11010000 + 4   32 bits
///     10xxxxxx + 4 bytes       any length (big-endian)           11100000 + 8   64 bits
///     1111iiii                 integer 0 to 12, plus one         11110000 + 3   24 bits
///                                                                11111110 + 1   8 bits
enum Ziplist {
  private static let headerBytes = 10
  private static let end: UInt8 = 0xFF
  private static let wideLength: UInt8 = 0xFE
  private static let unknownCount: UInt16 = 65535

  /// Gives the elements in order, as far as `bytes` are a ziplist.
  ///
  /// - Parameter body: says whether the element may stand there.
  /// - Returns: whether all of `bytes` is a ziplist, and `body` always returned true.
  static func forEach(in bytes: Bytes, _ body: (StringValue) -> Bool) -> Bool {
    guard bytes.count > headerBytes, bytes.load(littleEndianAt: 0, as: UInt32.self) == UInt32(clamping: bytes.count),
      bytes[bytes.count - 1] == end
    else { return false }
    let limit = bytes.count - 1
    var position = headerBytes
    var last = position
    var lengthBefore = 0
    var count = 0
    while position < limit {
      guard let (stated, width) = statedLength(bytes, position, limit), stated == lengthBefore,
        let element = Element(bytes, at: position + width, limit: limit), body(element.value)
      else { return false }
      last = position
      lengthBefore = element.end - position
      position = element.end
      count += 1
    }
    let storedCount = bytes.load(littleEndianAt: 8, as: UInt16.self)
    guard storedCount == unknownCount || Int(storedCount) == count else { return false }
    return Int(bytes.load(littleEndianAt: 4, as: UInt32.self)) == last
  }

  /// What an element says the one before it takes, and the bytes it says so in.
  private static func statedLength(_ bytes: Bytes, _ position: Int, _ limit: Int) -> (Int, width: Int)? {
    switch bytes[position] {
    case end: return nil
    case wideLength:
      guard limit - position > 5 else { return nil }
      return (Int(bytes.load(littleEndianAt: position + 1, as: UInt32.self)), 5)
    case let length: return (Int(length), 1)
    }
  }

  private struct Element {
    let value: StringValue
    let end: Int

    /// - Returns: nil where no element begins at `offset`, or it does not end before `limit`.
    init?(_ bytes: Bytes, at offset: Int, limit: Int) {
      guard offset < limit else { return nil }
      let first = bytes[offset]
      if first < 0xC0 {
        let width = first < 0x40 ? 1 : first < 0x80 ? 2 : 5
        guard limit - offset >= width else { return nil }
        let count =
          switch width {
          case 1: Int(first)
          case 2: Int(first & 0x3F) << 8 | Int(bytes[offset + 1])
          default: Int(bytes.load(bigEndianAt: offset + 1, as: UInt32.self))
          }
        guard limit - offset - width >= count else { return nil }
        end = offset + width + count
        value = .bytes(bytes[offset + width..<end])
        return
      }
      guard let width = Element.integerWidth(first), limit - offset > width else { return nil }
      end = offset + 1 + width
      value = .integer(Element.integer(bytes, at: offset + 1, width, first))
    }

    /// Bytes of the integer behind the byte `first`; nil where that is no element's.
    private static func integerWidth(_ first: UInt8) -> Int? {
      switch first {
      case 0xC0: 2
      case 0xD0: 4
      case 0xE0: 8
      case 0xF0: 3
      case 0xFE: 1
      case 0xF1...0xFD: 0
      default: nil
      }
    }

    private static func integer(_ bytes: Bytes, at offset: Int, _ width: Int, _ first: UInt8) -> Int64 {
      switch width {
      case 0: return Int64(first & 15) - 1
      case 1: return Int64(Int8(bitPattern: bytes[offset]))
      case 2: return Int64(bytes.load(littleEndianAt: offset, as: Int16.self))
      case 3:
        let low = UInt32(bytes.load(littleEndianAt: offset, as: UInt16.self))
        return Int64(Int32(bitPattern: (low | UInt32(bytes[offset + 2]) << 16) << 8) >> 8)
      case 4: return Int64(bytes.load(littleEndianAt: offset, as: Int32.self))
      default: return bytes.load(littleEndianAt: offset, as: Int64.self)
      }
    }
  }
}
