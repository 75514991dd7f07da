@testable import Engine

extension Array where Element == UInt8 {
  /// Gives the array as the engine's view for the time of `body`.
  func withBytes<Result>(_ body: (Bytes) throws -> Result) rethrows -> Result {
    try withUnsafeBytes { try body(Bytes($0)) }
  }

  init(_ text: String) { self = Array(text.utf8) }
}
