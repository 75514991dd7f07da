extension StringBlock {
  /// Writes the low `width` bits of `value` over those from bit `offset` on, all of which exist.
  /// - Parameter width: 1 to 64.
  func setBitField(at offset: Int, width: Int, to value: UInt64) {
    let first = offset >> 3
    let shift = offset & 7
    // Left-aligned in 128 bits: at most nine bytes are touched.
    let ones = UInt128(UInt64.max &>> UInt64(64 - width)) &<< UInt128(128 - shift - width)
    let field = UInt128(value) &<< UInt128(128 - shift - width) & ones
    for index in 0..<(shift + width + 7) >> 3 {
      let down = UInt128(120 - index * 8)
      let mask = UInt8(truncatingIfNeeded: ones &>> down)
      let new = UInt8(truncatingIfNeeded: field &>> down)
      overwrite(at: first + index, with: bytes[first + index] & ~mask | new)
    }
  }

  /// How a source is combined with what is there.
  enum BitOperation { case copy, and, or, xor, andNot, not }

  /// Combines the bytes of `range` with those at the same place of `source`, which counts as zeros behind its end.
  func combine(_ range: Range<Int>, with source: Bytes, _ operation: BitOperation) {
    switch operation {
    case .copy: combine(range, source) { _, new in new }
    case .and: combine(range, source) { $0 & $1 }
    case .or: combine(range, source) { $0 | $1 }
    case .xor: combine(range, source) { $0 ^ $1 }
    case .andNot: combine(range, source) { $0 & ~$1 }
    case .not: combine(range, source) { _, new in ~new }
    }
  }

  @inline(__always)
  private func combine(_ range: Range<Int>, _ source: Bytes, _ body: (UInt64, UInt64) -> UInt64) {
    precondition(range.upperBound <= count)
    let common = min(range.upperBound, source.count)
    var index = range.lowerBound
    // Whole words of both, then byte by byte. All of `range` exists, and the source is read below its end only.
    unsafe source.withUnsafeBytes { source in
      while index &+ 8 <= common {
        let new = unsafe source.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        unsafe store(body(load(index), new), at: index)
        index &+= 8
      }
      while index < range.upperBound {
        let new: UInt8 = index < common ? unsafe source[index] : 0
        overwrite(at: index, with: UInt8(truncatingIfNeeded: body(UInt64(bytes[index]), UInt64(new))))
        index &+= 1
      }
    }
  }
}

extension StringBlock {
  /// Adds, within `range`, what is set both in `seen` and in `source`.
  func noteRepeated(_ range: Range<Int>, of seen: StringBlock, and source: Bytes) {
    let common = range.lowerBound..<max(range.lowerBound, min(range.upperBound, source.count))
    var index = common.lowerBound
    // All three reach to `common`'s end at least.
    precondition(common.upperBound <= count && common.upperBound <= seen.count)
    while index < common.upperBound {
      if index &+ 8 <= common.upperBound {
        let both = unsafe seen.load(index) & source.load(littleEndianAt: index, as: UInt64.self)
        unsafe store(load(index) | both, at: index)
        index &+= 8
      } else {
        overwrite(at: index, with: bytes[index] | seen.bytes[index] & source[index])
        index &+= 1
      }
    }
  }
}
