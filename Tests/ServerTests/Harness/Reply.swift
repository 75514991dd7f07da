import Foundation

/// A parsed RESP2 or RESP3 reply. The three nulls stay apart, because clients see the difference.
indirect enum Reply: Equatable {
  case simple(String)
  case error(String)
  case integer(Int)
  case bulk([UInt8])
  case array([Reply])
  case nullBulk
  case nullArray
  case null
  case double(String)
  case boolean(Bool)
  case bigNumber(String)
  case verbatim(String)
  /// Keys and values alternate.
  case map([Reply])
  case set([Reply])
  case push([Reply])

  static func bulk(_ text: String) -> Reply { .bulk(Array(text.utf8)) }

  static let ok = Reply.simple("OK")

  /// The text of a string, number or error; empty for anything else.
  var text: String {
    switch self {
    case .simple(let text), .error(let text), .double(let text), .bigNumber(let text), .verbatim(let text): text
    case .integer(let number): String(number)
    case .bulk(let bytes): String(decoding: bytes, as: UTF8.self)
    default: ""
    }
  }

  var elements: [Reply] {
    switch self {
    case .array(let list), .map(let list), .set(let list), .push(let list): list
    default: []
    }
  }

  /// The element at `index`; where there is none, an error that says so, so that a test fails instead of trapping.
  subscript(index: Int) -> Reply {
    index < elements.count ? elements[index] : .error("no element \(index) in \(self)")
  }

  /// For failures: bulk strings as text, long ones cut.
  var summary: String {
    if case .bulk(let bytes) = self { return "bulk \(readable(bytes))" }
    return String(String(describing: self).prefix(600))
  }

  var isError: Bool { if case .error = self { true } else { false } }
}

/// The request as a client sends it: an array of bulk strings.
func request(_ arguments: [[UInt8]]) -> [UInt8] {
  var bytes = Array("*\(arguments.count)\r\n".utf8)
  for argument in arguments {
    bytes += "$\(argument.count)\r\n".utf8
    bytes += argument
    bytes += "\r\n".utf8
  }
  return bytes
}

func request(_ arguments: String...) -> [UInt8] { request(arguments.map { Array($0.utf8) }) }

/// Bytes as a person can read them in a failure.
func readable(_ bytes: some Collection<UInt8>) -> String {
  var text = ""
  for byte in bytes.prefix(600) {
    switch byte {
    case 13: text += "\\r"
    case 10: text += "\\n"
    case 32..<127: text.unicodeScalars.append(Unicode.Scalar(byte))
    default: text += "\\x" + String(byte, radix: 16)
    }
  }
  return bytes.count > 600 ? text + "… (\(bytes.count) bytes)" : text
}
