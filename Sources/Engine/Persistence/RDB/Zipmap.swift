/// What Redis up to 2.4 kept small hashes in. Read here, never written.
///
///     +-------+--------------+-------+--------------+------+-------+--------+------+
///     | count | field length | field | value length | free | value | unused | …    | 0xFF |
///     +-------+--------------+-------+--------------+------+-------+--------+------+
///
/// A length takes one byte, or 0xFE and four, little-endian. `free` says in one byte how many unused bytes follow the
/// value. A count of 0xFE or more means "walk and count".
enum Zipmap {
  private static let end: UInt8 = 0xFF
  private static let wideLength: UInt8 = 0xFE

  /// Gives fields and values in order, as far as `bytes` are a zipmap.
  ///
  /// - Parameter body: gets a field and its value, and says whether they may stand there.
  /// - Returns: whether all of `bytes` is a zipmap that holds something, and `body` always returned true.
  static func forEach(in bytes: Bytes, _ body: (Bytes, Bytes) -> Bool) -> Bool {
    guard bytes.count >= 2, bytes[bytes.count - 1] == end else { return false }
    let limit = bytes.count - 1
    var position = 1
    var count = 0
    while position < limit {
      guard let field = string(bytes, &position, limit, isValue: false),
        let value = string(bytes, &position, limit, isValue: true), body(field, value)
      else { return false }
      count += 1
    }
    return count > 0 && (bytes[0] >= wideLength || Int(bytes[0]) == count)
  }

  private static func string(_ bytes: Bytes, _ position: inout Int, _ limit: Int, isValue: Bool) -> Bytes? {
    guard position < limit, bytes[position] != end else { return nil }
    let isWide = bytes[position] == wideLength
    let width = (isWide ? 5 : 1) + (isValue ? 1 : 0)
    guard limit - position >= width else { return nil }
    let count = isWide ? Int(bytes.load(littleEndianAt: position + 1, as: UInt32.self)) : Int(bytes[position])
    let unused = isValue ? Int(bytes[position + width - 1]) : 0
    // A short length in the long form is damage: Redis's own walk would disagree with itself about where it ends.
    guard !isWide || count >= Int(wideLength) else { return nil }
    let start = position + width
    guard limit - start >= count + unused else { return nil }
    position = start + count + unused
    return bytes[start..<start + count]
  }
}
