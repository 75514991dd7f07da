/// One reply of RESP2 or RESP3, taken apart for a comparison that is not byte for byte.
indirect enum Reply: Equatable {
  /// A line as it came, with its type character: status, error, integer, double, null, boolean.
  case line([UInt8])
  case bulk([UInt8])
  /// The type character (`*`, `~`, `%`, `>`) and the elements; a map's are key, value, key, value.
  case aggregate(UInt8, [Reply])

  var elements: [Reply]? { if case .aggregate(_, let elements) = self { elements } else { nil } }

  /// The number, of an integer reply.
  var integer: Int64? {
    guard case .line(let line) = self, line.first == UInt8(ascii: ":") else { return nil }
    return Int64(String(decoding: line.dropFirst(), as: UTF8.self))
  }

  /// The text of a bulk or of a line, without its type character.
  var text: [UInt8]? {
    switch self {
    case .bulk(let bytes): bytes
    case .line(let line): Array(line.dropFirst())
    case .aggregate: nil
    }
  }

  var isError: Bool { if case .line(let line) = self { line.first == UInt8(ascii: "-") } else { false } }

  /// Takes a whole reply apart.
  init(_ bytes: ArraySlice<UInt8>) {
    var position = bytes.startIndex
    self = Reply.parse(bytes, &position)
  }

  private static func parse(_ bytes: ArraySlice<UInt8>, _ position: inout Int) -> Reply {
    let end = bytes[position...].firstIndex(of: 13) ?? bytes.endIndex
    let line = Array(bytes[position..<end])
    position = min(end + 2, bytes.endIndex)
    let count = Int(String(decoding: line.dropFirst(), as: UTF8.self)) ?? -1
    switch line.first {
    case UInt8(ascii: "$"), UInt8(ascii: "="):
      guard count >= 0 else { return .line(line) }
      let bulk = Array(bytes[position..<position + count])
      position += count + 2
      return .bulk(bulk)
    case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"), UInt8(ascii: "%"):
      guard count >= 0 else { return .line(line) }
      var elements: [Reply] = []
      for _ in 0..<(line.first == UInt8(ascii: "%") ? count * 2 : count) { elements.append(parse(bytes, &position)) }
      return .aggregate(line[0], elements)
    default:
      return .line(line)
    }
  }

  /// The end of the reply that starts at `start`, or nil where it has not all come.
  static func end(in bytes: [UInt8], from start: Int) -> Int? {
    bytes.withUnsafeBufferPointer { bytes in
      var position = start
      var missing = 1
      while missing > 0 {
        missing -= 1
        guard position < bytes.count else { return nil }
        let type = bytes[position]
        var end = position + 1
        while end < bytes.count, bytes[end] != 13 { end += 1 }
        guard end + 1 < bytes.count else { return nil }
        var count = 0
        var isNegative = false
        switch type {
        case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"),
          UInt8(ascii: "%"):
          for index in position + 1..<end {
            if bytes[index] == UInt8(ascii: "-") {
              isNegative = true
            } else {
              count = count * 10 + Int(bytes[index]) - 48
            }
          }
        default: isNegative = true
        }
        position = end + 2
        guard !isNegative else { continue }
        switch type {
        case UInt8(ascii: "$"), UInt8(ascii: "="): position += count + 2
        case UInt8(ascii: "%"): missing += count * 2
        default: missing += count
        }
        guard position <= bytes.count else { return nil }
      }
      return position
    }
  }
}

extension [UInt8] {
  /// As redis-cli would show it, cut where it is long.
  var quoted: String {
    var text = "\""
    for byte in prefix(300) {
      switch byte {
      case 34, 92: text += "\\" + String(UnicodeScalar(byte))
      case 10: text += "\\n"
      case 13: text += "\\r"
      case 32..<127: text.unicodeScalars.append(UnicodeScalar(byte))
      default: text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }
    return text + "\"" + (count > 300 ? "… (\(count) bytes)" : "")
  }
}
