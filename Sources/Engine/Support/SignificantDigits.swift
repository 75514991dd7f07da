internal import Glibc

extension ByteBuffer {
  /// Appends `value` in C's `%.*g`, which no reply uses any more: for fingerprints that older data were given.
  ///
  /// - Parameter digits: 1 to 17.
  mutating func append(double value: Double, significantDigits digits: Int) {
    precondition(digits >= 1 && digits <= 17)
    // Sign, digits, point, an exponent of three digits with its sign, and the end: less than 32 bytes.
    unsafe append(atMost: 32) { destination in
      let text = unsafe UnsafeMutableRawPointer(destination).assumingMemoryBound(to: CChar.self)
      return unsafe withVaList([Int32(digits), value]) { Int(unsafe vsnprintf(text, 32, "%.*g", $0)) }
    }
  }
}
