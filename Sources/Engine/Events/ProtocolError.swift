/// Bytes that are no request. Ends the session that sent them, after a reply that says why.
///
/// The texts are those of Redis (`networking.c`), sent as `-ERR Protocol error: …`.
public enum ProtocolError: Error, BitwiseCopyable, Equatable, Sendable {
  case tooBigInlineRequest
  case unbalancedQuotes
  case tooBigMultibulkCount
  case invalidMultibulkLength
  case unauthenticatedMultibulkLength
  case tooBigBulkCount
  case expectedDollar(got: UInt8)
  case invalidBulkLength
  case unauthenticatedBulkLength

  /// What follows `Protocol error: `.
  public var text: String {
    switch self {
    case .tooBigInlineRequest: "too big inline request"
    case .unbalancedQuotes: "unbalanced quotes in request"
    case .tooBigMultibulkCount: "too big mbulk count string"
    case .invalidMultibulkLength: "invalid multibulk length"
    case .unauthenticatedMultibulkLength: "unauthenticated multibulk length"
    case .tooBigBulkCount: "too big bulk count string"
    case .expectedDollar(let got): "expected '$', got '\(Character(UnicodeScalar(got)))'"
    case .invalidBulkLength: "invalid bulk length"
    case .unauthenticatedBulkLength: "unauthenticated bulk length"
    }
  }
}
