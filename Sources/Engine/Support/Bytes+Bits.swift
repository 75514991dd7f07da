// Strings as rows of bits: bit 0 is the most significant one of byte 0.

extension Bytes {
  /// How many bits are set. O(count), eight bytes at a time.
  func countSetBits() -> Int {
    // Every load ends at or before `count`.
    unsafe withUnsafeBytes { buffer in
      var total = 0
      var index = 0
      while index &+ 8 <= buffer.count {
        total &+= unsafe buffer.loadUnaligned(fromByteOffset: index, as: UInt64.self).nonzeroBitCount
        index &+= 8
      }
      while index < buffer.count {
        total &+= unsafe buffer[index].nonzeroBitCount
        index &+= 1
      }
      return total
    }
  }

  /// How many of the bits in `range` are set.
  func countSetBits(in range: Range<Int>) -> Int {
    guard !range.isEmpty else { return 0 }
    let first = range.lowerBound >> 3
    let last = (range.upperBound - 1) >> 3
    let before = self[first] & ~(0xFF &>> UInt8(range.lowerBound & 7))
    let behind = self[last] & (0x7F &>> UInt8((range.upperBound - 1) & 7))
    return self[first..<last + 1].countSetBits() - before.nonzeroBitCount - behind.nonzeroBitCount
  }

  /// Where the first bit of that value is in `range`, or nil where there is none. O(range), eight bytes at a time.
  func firstBit(_ isSet: Bool, in range: Range<Int>) -> Int? {
    guard !range.isEmpty else { return nil }
    // Flipped where zeros are sought, so that it is always a one.
    let flip: UInt8 = isSet ? 0 : 0xFF
    let last = (range.upperBound - 1) >> 3
    var index = range.lowerBound >> 3
    var byte = (self[index] ^ flip) & (0xFF &>> UInt8(range.lowerBound & 7))
    while true {
      if index == last { byte &= ~(0x7F &>> UInt8((range.upperBound - 1) & 7)) }
      if byte != 0 { return index * 8 + byte.leadingZeroBitCount }
      index += 1
      let word = isSet ? 0 : UInt64.max
      while index + 8 <= last, load(littleEndianAt: index, as: UInt64.self) == word { index += 8 }
      guard index <= last else { return nil }
      byte = self[index] ^ flip
    }
  }

  /// The unsigned number that stands in `width` bits from bit `offset` on; what lies behind the end is zero.
  /// - Parameter width: 1 to 64.
  func bitField(at offset: Int, width: Int) -> UInt64 {
    let first = offset >> 3
    var word: UInt64 = 0
    for index in first..<first + 8 { word = word &<< 8 | UInt64(index < count ? self[index] : 0) }
    let shift = UInt64(offset & 7)
    if shift > 0, first + 8 < count { word = word &<< shift | UInt64(self[first + 8] &>> UInt8(8 - shift)) }
    if shift > 0, first + 8 >= count { word = word &<< shift }
    return word &>> UInt64(64 - width)
  }
}
