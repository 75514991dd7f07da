internal import CHardware

/// The allocator as the engine sees it: sizes known at both ends, failure final.
///
/// The engine keeps its own account of what it holds (`used_memory`), in the size classes of jemalloc, so that the
/// figure is a function of the data alone: the same events give the same figure.
enum Memory {
  /// - Returns: `byteCount` bytes, aligned for any scalar, contents undefined.
  @inline(__always) @unsafe
  static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 16)
  }

  /// - Returns: `byteCount` zero bytes aligned to a cache line.
  @unsafe
  static func allocateZeroedLines(_ byteCount: Int) -> UnsafeMutableRawPointer {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    return unsafe memory
  }

  /// - Parameter pointer: from `allocate` or `allocateZeroedLines`, not used again.
  @inline(__always) @unsafe
  static func free(_ pointer: UnsafeMutableRawPointer) {
    unsafe pointer.deallocate()
  }

  /// What jemalloc sets aside for a request of `byteCount` bytes: multiples of 16 up to 128 (8 and 16 below), then
  /// four classes to every doubling.
  @inline(__always)
  static func sizeClass(_ byteCount: Int) -> Int {
    if byteCount <= 8 { return 8 }
    if byteCount <= 128 { return (byteCount &+ 15) & ~15 }
    let power = Int.bitWidth &- (byteCount &- 1).leadingZeroBitCount  // smallest with byteCount <= 1 << power
    let step = 1 << (power &- 3)
    return (byteCount &+ step &- 1) & ~(step &- 1)
  }

  /// Starts to load the cache line at `address`; harmless for any address.
  @inline(__always) @unsafe
  static func prefetch(_ address: UnsafeRawPointer) {
    unsafe hardware_prefetch(address)
  }
}
