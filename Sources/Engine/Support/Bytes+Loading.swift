extension Bytes {
  /// The integer whose bytes stand at `offset`, least significant first. Needs no alignment.
  @inline(__always)
  public func load<Integer: FixedWidthInteger & BitwiseCopyable>(littleEndianAt offset: Int, as type: Integer.Type)
    -> Integer
  {
    precondition(offset >= 0 && offset <= count &- MemoryLayout<Integer>.size)
    // In bounds by the line above.
    return unsafe Integer(littleEndian: UnsafeRawPointer(base + offset).loadUnaligned(as: Integer.self))
  }

  /// The integer whose bytes stand at `offset`, most significant first. Needs no alignment.
  @inline(__always)
  public func load<Integer: FixedWidthInteger & BitwiseCopyable>(bigEndianAt offset: Int, as type: Integer.Type)
    -> Integer
  {
    load(littleEndianAt: offset, as: type).byteSwapped
  }
}
