// Doubles as text, as Redis 7.2 writes them (`d2string`), and numbers with a fixed count of decimals.

/// Writes doubles as decimal text.
@safe
public enum DecimalDouble {
  /// Bytes the longest double takes.
  public static let maximumCount = 28

  /// Writes `value` at `destination`, which has room for `maximumCount` bytes.
  ///
  /// The fewest digits that read back as the same number: `3`, `-0`, `0.1`, `1e+20`, `1.5e-9`, `inf`, `-inf`, `nan`;
  /// the same text serves RESP2 and RESP3. Whole numbers below 2⁶² are written as integers.
  /// - Returns: the bytes written.
  @unsafe
  public static func write(_ value: Double, to destination: UnsafeMutablePointer<UInt8>) -> Int {
    var writer = unsafe Writer(destination: destination)
    if value.isNaN {
      unsafe writer.put("nan")
    } else if value.isInfinite {
      unsafe writer.put(value < 0 ? "-inf" : "inf")
    } else if value == 0 {
      unsafe writer.put(value.sign == .minus ? "-0" : "0")
    } else if value.magnitude <= 0x1p62, let whole = Int64(exactly: value) {
      return unsafe DecimalInteger.write(whole, to: destination)
    } else {
      if value < 0 { unsafe writer.put(UInt8(ascii: "-")) }
      unsafe writer.put(ShortestDouble(value.magnitude), afterSign: value < 0)
    }
    return unsafe writer.count
  }

  /// Puts bytes one after the other; the caller vouches for the room.
  @unsafe
  private struct Writer {
    let destination: UnsafeMutablePointer<UInt8>
    var count = 0

    init(destination: UnsafeMutablePointer<UInt8>) { unsafe self.destination = unsafe destination }

    mutating func put(_ byte: UInt8) {
      unsafe destination[count] = byte
      unsafe count += 1
    }

    mutating func put(_ literal: StaticString) {
      for index in 0..<literal.utf8CodeUnitCount { unsafe put(literal.utf8Start[index]) }
    }

    mutating func put(_ number: ShortestDouble, _ range: Range<Int>) {
      for index in range { unsafe put(number.digits[index]) }
    }

    /// Lays the digits out: plainly where few zeros are needed, else with an exponent.
    mutating func put(_ number: ShortestDouble, afterSign negative: Bool) {
      let scale = number.exponent + number.count - 1
      if number.exponent >= 0 && scale.magnitude < number.count + 7 {
        unsafe put(number, 0..<number.count)
        for _ in 0..<number.exponent { unsafe put(UInt8(ascii: "0")) }
      } else if number.exponent < 0 && (number.exponent > -7 || scale.magnitude < 4) {
        let whole = number.count + number.exponent
        if whole <= 0 {
          unsafe put("0.")
          for _ in 0..<(-whole) { unsafe put(UInt8(ascii: "0")) }
          unsafe put(number, 0..<number.count)
        } else {
          unsafe put(number, 0..<whole)
          unsafe put(UInt8(ascii: "."))
          unsafe put(number, whole..<number.count)
        }
      } else {
        // Eighteen places for sign and digits, as the original has.
        let shown = min(number.count, negative ? 17 : 18)
        unsafe put(number, 0..<1)
        if shown > 1 {
          unsafe put(UInt8(ascii: "."))
          unsafe put(number, 1..<shown)
        }
        unsafe put(scale < 0 ? "e-" : "e+")
        let size = UInt64(scale.magnitude)
        unsafe count += DecimalInteger.write(size, to: destination + count)
      }
    }
  }
}

extension NumberText {
  /// The text of `value` as Redis 7.2 replies it.
  public init(_ value: Double) {
    self.init()
    unsafe write { unsafe DecimalDouble.write(value, to: $0) }
  }
}

extension ByteBuffer {
  /// Appends `value` as Redis 7.2 replies it.
  public mutating func append(double value: Double) {
    unsafe append(atMost: DecimalDouble.maximumCount) { unsafe DecimalDouble.write(value, to: $0) }
  }

  /// Appends `value` with exactly `decimals` decimals, the exact value rounded half to even: C's `%.*f`.
  ///
  /// - Parameter decimals: 0 to 17.
  public mutating func append(double value: Double, decimals: Int) {
    guard value.isFinite else { return append(double: value) }
    let exponent = max(Int(value.exponentBitPattern), 1) - 1075
    let significand = value.significandBitPattern | (value.exponentBitPattern == 0 ? 0 : 1 << 52)
    if value.sign == .minus { append(UInt8(ascii: "-")) }
    appendFixed(significand: significand, exponent: exponent, decimals: decimals)
  }

  /// Appends `significand × 2^exponent` with exactly `decimals` decimals, rounded half to even.
  mutating func appendFixed(significand: UInt64, exponent: Int, decimals: Int) {
    precondition(decimals >= 0 && decimals <= 17)
    var scale: UInt64 = 1
    for _ in 0..<decimals { scale *= 10 }
    var fraction: UInt64 = 0
    if exponent >= 0 {
      append(BigNatural(significand).shifted(left: exponent))
    } else {
      // 64 bits times 57 bits: the product is exact.
      let product = UInt128(significand) * UInt128(scale)
      let shift = -exponent
      var rounded: UInt128 = 0
      if shift < 128 {
        rounded = product >> UInt128(shift)
        let rest = product & (UInt128(1) << UInt128(shift) - 1)
        let half = UInt128(1) << UInt128(shift - 1)
        if rest > half || (rest == half && rounded & 1 == 1) { rounded += 1 }
      }
      let (whole, remainder) = rounded.quotientAndRemainder(dividingBy: UInt128(scale))
      append(decimal: UInt64(whole))
      fraction = UInt64(remainder)
    }
    guard decimals > 0 else { return }
    append(UInt8(ascii: "."))
    let digits = fraction == 0 ? 1 : DecimalInteger.digitCount(fraction)
    append(repeating: UInt8(ascii: "0"), count: decimals - digits)
    append(decimal: fraction)
  }
}
