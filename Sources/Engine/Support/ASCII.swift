/// The letters, blanks and digits of ASCII, whatever the locale.
public enum ASCII {
  /// `byte` in lower case, if it is a letter of ASCII.
  @inline(__always)
  public static func lowercase(_ byte: UInt8) -> UInt8 {
    byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
  }

  /// `byte` in upper case, if it is a letter of ASCII.
  @inline(__always)
  public static func uppercase(_ byte: UInt8) -> UInt8 {
    byte &- UInt8(ascii: "a") < 26 ? byte & ~0x20 : byte
  }

  /// Whether C's `isspace` says so: space, tab, newline, vertical tab, form feed, carriage return.
  @inline(__always)
  public static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte &- 0x09 < 5
  }

  @inline(__always)
  public static func isDigit(_ byte: UInt8) -> Bool {
    byte &- UInt8(ascii: "0") < 10
  }

  /// Whether C's `isprint` says so: a visible character or a space.
  @inline(__always)
  public static func isPrintable(_ byte: UInt8) -> Bool {
    byte &- 0x20 < 0x5F
  }

  /// What the hexadecimal digit `byte` stands for, either case; nil if it is none.
  @inline(__always)
  public static func hexadecimalValue(_ byte: UInt8) -> UInt8? {
    if isDigit(byte) { return byte &- UInt8(ascii: "0") }
    let letter = (byte | 0x20) &- UInt8(ascii: "a")
    return letter < 6 ? letter + 10 : nil
  }

  /// The lower-case hexadecimal digit for `value`, below 16.
  @inline(__always)
  public static func hexadecimalDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? value &+ UInt8(ascii: "0") : value &+ (UInt8(ascii: "a") - 10)
  }
}

extension Bytes {
  /// Whether both are the same bytes, letter case of ASCII ignored.
  public func equalsIgnoringCase(_ other: Bytes) -> Bool {
    guard count == other.count else { return false }
    for index in 0..<count where ASCII.lowercase(self[index]) != ASCII.lowercase(other[index]) { return false }
    return true
  }
}

extension ByteBuffer {
  /// Appends each byte of `source` as two lower-case hexadecimal digits.
  public mutating func append(hexadecimal source: Bytes) {
    reserve(source.count * 2)
    for index in 0..<source.count {
      append(ASCII.hexadecimalDigit(source[index] >> 4))
      append(ASCII.hexadecimalDigit(source[index] & 15))
    }
  }
}
