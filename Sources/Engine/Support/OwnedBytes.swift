/// Bytes in an allocation of their own that whoever holds the value must free, once.
///
/// For lists in raw memory, which cannot hold values with a `deinit`. Everywhere else a `ByteBuffer` is the choice.
@safe
struct OwnedBytes: BitwiseCopyable {
  // Allocated in `init`; never written after; freed by `free`.
  private let base: UnsafeMutableRawPointer
  let count: Int

  init(copying source: Bytes) {
    unsafe base = Memory.allocate(max(source.count, 1))
    count = source.count
    unsafe source.withUnsafeBytes { bytes in
      guard let first = bytes.baseAddress, bytes.count > 0 else { return }
      unsafe base.copyMemory(from: first, byteCount: bytes.count)
    }
  }

  /// A view, good until `free`.
  var bytes: Bytes { unsafe Bytes(UnsafeRawBufferPointer(start: base, count: count)) }

  /// Frees the bytes. Neither this value nor a copy may be used again.
  func free() { unsafe Memory.free(base) }
}
