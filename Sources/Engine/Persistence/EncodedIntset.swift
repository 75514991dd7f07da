/// A set of integers as snapshots hold it: Redis's intset, byte for byte.
///
///     +--------------------+-------------+-------------------------------------+
///     | width: 2, 4 or 8   | count, 32 b | integers of that width, ascending … |     all little-endian
///     +--------------------+-------------+-------------------------------------+
struct EncodedIntset {
  let bytes: Bytes
  let width: Int
  let count: Int

  private static let headerBytes = 8

  /// - Returns: nil where `bytes` are no intset, or an empty one, or its integers do not ascend.
  init?(_ bytes: Bytes) {
    guard bytes.count > EncodedIntset.headerBytes else { return nil }
    width = Int(bytes.load(littleEndianAt: 0, as: UInt32.self))
    count = Int(bytes.load(littleEndianAt: 4, as: UInt32.self))
    self.bytes = bytes
    guard width == 2 || width == 4 || width == 8, count > 0, EncodedIntset.headerBytes + count * width == bytes.count
    else { return nil }
    var before = self[0]
    for index in 1..<max(count, 1) {
      let integer = self[index]
      guard integer > before else { return nil }
      before = integer
    }
  }

  subscript(_ index: Int) -> Int64 {
    let offset = EncodedIntset.headerBytes + index * width
    return switch width {
    case 2: Int64(bytes.load(littleEndianAt: offset, as: Int16.self))
    case 4: Int64(bytes.load(littleEndianAt: offset, as: Int32.self))
    default: bytes.load(littleEndianAt: offset, as: Int64.self)
    }
  }
}
