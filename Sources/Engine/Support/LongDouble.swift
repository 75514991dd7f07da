// The arithmetic of INCRBYFLOAT and HINCRBYFLOAT, which Redis does in C's `long double`.

#if arch(x86_64)
  /// C's `long double`: the x87's 80 bits here.
  public typealias LongDouble = Float80
#else
  /// C's `long double` where Swift has no type for it: results may differ from Redis's in the last digits.
  public typealias LongDouble = Double
#endif

extension Bytes {
  /// The number these bytes are the text of, as C's `strtold` reads it in full and correctly rounded.
  ///
  /// As Redis's `getLongDoubleFromObject`: under 5120 bytes, no blanks, no NaN, nothing that overflows or vanishes
  /// to zero. Infinity is a number.
  public func parseLongDouble() -> LongDouble? {
    guard count < 5 * 1024 else { return nil }
    #if arch(x86_64)
      if let whole = parseInt64() { return LongDouble(whole) }
      guard let text = FloatingPointText(self) else { return nil }
      let magnitude: LongDouble
      switch text.magnitude {
      case .zero: magnitude = 0
      case .infinity: magnitude = .infinity
      case .small(let digits, let exponent) where exponent.magnitude <= 27:
        // Both exact in 64 bits, so the one operation rounds correctly.
        var power: LongDouble = 1
        for _ in 0..<exponent.magnitude { power *= 10 }
        magnitude = exponent < 0 ? LongDouble(digits) / power : LongDouble(digits) * power
      default:
        guard let (significand, exponent) = text.leadingBits?.rounded(toPrecision: 64, leastExponent: -16445),
          significand > 0, exponent <= 16320
        else { return nil }
        let isNormal = significand >> 63 == 1
        magnitude = LongDouble(
          sign: .plus, exponentBitPattern: isNormal ? UInt(exponent + 16446) : 0,
          significandBitPattern: significand & (1 << 63 - 1))
      }
      return text.isNegative ? -magnitude : magnitude
    #else
      return parseDouble()
    #endif
  }
}

extension ByteBuffer {
  /// Appends `value` as people write it: C's `%.17Lf`, zeros at the end of the decimals taken off, and `0` for `-0`.
  /// Infinities are `inf` and `-inf`.
  public mutating func append(human value: LongDouble) {
    guard value.isFinite else { return append(double: Double(value)) }
    let start = count
    #if arch(x86_64)
      let exponent = max(Int(value.exponentBitPattern), 1) - 16446
      let significand = value.significandBitPattern | (value.exponentBitPattern == 0 ? 0 : 1 << 63)
      if value.sign == .minus { append(UInt8(ascii: "-")) }
      appendFixed(significand: significand, exponent: exponent, decimals: 17)
    #else
      append(double: value, decimals: 17)
    #endif
    while self[count - 1] == UInt8(ascii: "0") { removeLast(1) }
    if self[count - 1] == UInt8(ascii: ".") { removeLast(1) }
    if count - start == 2, self[start] == UInt8(ascii: "-"), self[start + 1] == UInt8(ascii: "0") {
      removeLast(2)
      append(UInt8(ascii: "0"))
    }
  }
}
