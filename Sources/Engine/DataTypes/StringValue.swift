/// A string as values and elements hold it: its bytes, or the integer whose canonical text it is.
enum StringValue {
  /// In decimal, without another representation.
  case integer(Int64)
  /// Good until what holds them changes.
  case bytes(Bytes)

  /// Bytes of the string.
  var count: Int {
    switch self {
    case .integer(let value): DecimalInteger.count(value)
    case .bytes(let bytes): bytes.count
    }
  }

  /// Gives the string as bytes for the time of `body`.
  @inline(__always)
  func withBytes<Result>(_ body: (Bytes) -> Result) -> Result {
    switch self {
    case .integer(let value): NumberText(value).withBytes(body)
    case .bytes(let bytes): body(bytes)
    }
  }

  /// The string as an integer, where it is the canonical text of one.
  var integer: Int64? {
    switch self {
    case .integer(let value): value
    case .bytes(let bytes): bytes.parseInt64()
    }
  }
}
