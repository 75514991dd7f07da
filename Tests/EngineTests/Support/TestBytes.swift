@testable import Engine

extension Array where Element == UInt8 {
  init(_ text: String) { self = Array(text.utf8) }
}
