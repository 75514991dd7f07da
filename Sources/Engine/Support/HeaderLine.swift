/// The line that opens a RESP value: a type byte, a number, CRLF; built in place.
@safe
struct HeaderLine {
  private var storage: InlineArray<24, UInt8>
  private var count: Int

  init(_ prefix: UInt8, _ value: Int) {
    storage = InlineArray(repeating: 0)
    storage[0] = prefix
    var length = 1
    // A number takes 20 bytes at most; the storage has room for it between the prefix and CRLF.
    var span = storage.mutableSpan
    unsafe span.withUnsafeMutableBufferPointer {
      unsafe length += DecimalInteger.write(Int64(value), to: $0.baseAddress.unsafelyUnwrapped + 1)
    }
    storage[length] = 13
    storage[length + 1] = 10
    count = length + 2
  }

  @inline(__always)
  mutating func withBytes(_ body: (Bytes) -> Void) {
    unsafe storage.span.withUnsafeBytes { unsafe body(Bytes(UnsafeRawBufferPointer(rebasing: $0[0..<count]))) }
  }
}
