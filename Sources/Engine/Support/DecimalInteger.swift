// Integers as decimal text, as Redis reads and writes them (`string2ll`, `ll2string`).

extension Bytes {
  /// The number these bytes are the one canonical text of.
  ///
  /// As Redis's `string2ll`: no blanks, no `+`, no leading zeros, no `-0`, nothing outside `Int64`. So a value is a
  /// number exactly when writing the number gives the same bytes back, which is what integer encodings rely on.
  public func parseInt64() -> Int64? {
    guard count > 0, count <= 20 else { return nil }
    let negative = self[0] == UInt8(ascii: "-")
    guard let magnitude = dropFirst(negative ? 1 : 0).parseUInt64() else { return nil }
    guard negative else { return Int64(exactly: magnitude) }
    guard magnitude > 0, magnitude <= UInt64(Int64.max) + 1 else { return nil }
    return Int64(truncatingIfNeeded: 0 &- magnitude)
  }

  /// The unsigned number these bytes are the one canonical text of: digits only, no leading zero.
  public func parseUInt64() -> UInt64? {
    guard count > 0, count <= 20 else { return nil }
    let first = self[0] &- UInt8(ascii: "0")
    guard first <= 9, first > 0 || count == 1 else { return nil }
    var value = UInt64(first)
    // Nineteen digits always fit.
    for index in 1..<max(1, min(count, 19)) {
      let digit = self[index] &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      value = value &* 10 &+ UInt64(digit)
    }
    guard count == 20 else { return value }
    let digit = self[19] &- UInt8(ascii: "0")
    let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
    let (sum, tooLargeStill) = product.addingReportingOverflow(UInt64(digit))
    return digit <= 9 && !tooLarge && !tooLargeStill ? sum : nil
  }
}

/// Writes integers as decimal text.
@safe
public enum DecimalInteger {
  /// Bytes the longest `Int64` or `UInt64` takes.
  public static let maximumCount = 20

  /// How many digits `value` has; 1 for zero.
  public static func digitCount(_ value: UInt64) -> Int {
    if value < 10 { return 1 }
    if value < 100 { return 2 }
    if value < 1_000 { return 3 }
    if value < 10_000 { return 4 }
    if value < 100_000_000 { return value < 1_000_000 ? (value < 100_000 ? 5 : 6) : (value < 10_000_000 ? 7 : 8) }
    let (high, _) = value.quotientAndRemainder(dividingBy: 100_000_000)
    return 8 + digitCount(high)
  }

  /// How many bytes `value` takes, its sign included.
  public static func count(_ value: Int64) -> Int {
    digitCount(value.magnitude) + (value < 0 ? 1 : 0)
  }

  /// Writes `value` at `destination`, which has room for `maximumCount` bytes or for what `digitCount` says.
  /// - Returns: the bytes written.
  @unsafe
  public static func write(_ value: UInt64, to destination: UnsafeMutablePointer<UInt8>) -> Int {
    let count = digitCount(value)
    var rest = value
    var position = count
    while rest >= 100 {
      let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
      rest = quotient
      position -= 2
      unsafe writePair(pair, to: destination + position)
    }
    if rest >= 10 {
      unsafe writePair(rest, to: destination)
    } else {
      unsafe destination[0] = UInt8(truncatingIfNeeded: rest) &+ UInt8(ascii: "0")
    }
    return count
  }

  /// Writes `value` at `destination`, which has room for `maximumCount` bytes or for what `count` says.
  /// - Returns: the bytes written.
  @unsafe
  public static func write(_ value: Int64, to destination: UnsafeMutablePointer<UInt8>) -> Int {
    guard value < 0 else { return unsafe write(UInt64(value), to: destination) }
    unsafe destination[0] = UInt8(ascii: "-")
    return unsafe 1 + write(value.magnitude, to: destination + 1)
  }

  @inline(__always)
  private static func writePair(_ pair: UInt64, to destination: UnsafeMutablePointer<UInt8>) {
    // 205 / 2048 is close enough to a tenth below 100.
    let tens = (pair &* 205) >> 11
    unsafe destination[0] = UInt8(truncatingIfNeeded: tens) &+ UInt8(ascii: "0")
    unsafe destination[1] = UInt8(truncatingIfNeeded: pair &- tens &* 10) &+ UInt8(ascii: "0")
  }
}

/// The text of one number, held in place: no allocation, and safe to make anywhere.
@safe
public struct NumberText {
  private var storage: InlineArray<32, UInt8>
  public private(set) var count: Int

  /// No text yet.
  init() {
    storage = InlineArray(repeating: 0)
    count = 0
  }

  public init(_ value: Int64) {
    self.init()
    unsafe write { unsafe DecimalInteger.write(value, to: $0) }
  }

  public init(_ value: UInt64) {
    self.init()
    unsafe write { unsafe DecimalInteger.write(value, to: $0) }
  }

  @unsafe
  mutating func write(_ body: (UnsafeMutablePointer<UInt8>) -> Int) {
    // Every number's text is shorter than the storage: 20 bytes an integer, 25 a double.
    var span = storage.mutableSpan
    count = unsafe span.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress!) }
  }

  /// Gives the text for the time of `body`.
  public func withBytes<Result>(_ body: (Bytes) -> Result) -> Result {
    unsafe storage.span.withUnsafeBytes { unsafe body(Bytes(UnsafeRawBufferPointer(rebasing: $0[0..<count]))) }
  }
}

extension ByteBuffer {
  /// Appends `value` in decimal.
  public mutating func append(decimal value: Int64) {
    unsafe append(atMost: DecimalInteger.maximumCount) { unsafe DecimalInteger.write(value, to: $0) }
  }

  /// Appends `value` in decimal.
  public mutating func append(decimal value: UInt64) {
    unsafe append(atMost: DecimalInteger.maximumCount) { unsafe DecimalInteger.write(value, to: $0) }
  }

  /// Appends `value` in decimal.
  public mutating func append(decimal value: Int) { append(decimal: Int64(value)) }
}
