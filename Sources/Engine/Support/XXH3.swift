internal import CXXHash

/// XXH3 of 64 bits, without a seed (Yann Collet's libxxhash).
enum XXH3 {
  static func hash(_ bytes: Bytes) -> UInt64 {
    // Reads the bytes given and nothing else.
    unsafe bytes.withUnsafeBytes { unsafe XXH3_64bits($0.baseAddress, $0.count) }
  }

  /// The hash in 16 hexadecimal digits, lower case.
  static func digest(_ bytes: Bytes) -> [UInt8] {
    let hash = hash(bytes)
    return (0..<16).map { ASCII.hexadecimalDigit(UInt8(hash >> UInt64(60 - $0 * 4) & 15)) }
  }
}
