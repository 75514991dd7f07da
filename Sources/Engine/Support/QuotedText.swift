// Bytes as quoted text and back, the way Redis logs them (`sdscatrepr`) and reads lines of words (`sdssplitargs`).

extension ByteBuffer {
  /// Appends `source` in double quotes, with everything that is not plain visible ASCII escaped: `\n`, `\r`, `\t`,
  /// `\a`, `\b`, `\\`, `\"`, and `\x` with two hexadecimal digits for the rest.
  public mutating func append(quoted source: Bytes) {
    reserve(source.count + 2)
    append(UInt8(ascii: "\""))
    for index in 0..<source.count {
      let byte = source[index]
      switch byte {
      case UInt8(ascii: "\\"), UInt8(ascii: "\""):
        append(UInt8(ascii: "\\"))
        append(byte)
      case 0x0A: append("\\n")
      case 0x0D: append("\\r")
      case 0x09: append("\\t")
      case 0x07: append("\\a")
      case 0x08: append("\\b")
      case _ where ASCII.isPrintable(byte): append(byte)
      default:
        append("\\x")
        append(ASCII.hexadecimalDigit(byte >> 4))
        append(ASCII.hexadecimalDigit(byte & 15))
      }
    }
    append(UInt8(ascii: "\""))
  }
}

/// Splits a line into words as a shell would: the rule of inline commands and of configuration files.
///
/// Words are parted by blanks. In double quotes the escapes of `append(quoted:)` are understood and any other escaped
/// byte stands for itself; in single quotes only `\'` is. A quote may begin inside a word, but what follows a closing
/// quote must be a blank or the end. As in Redis, a zero byte ends the line.
public struct WordSplitter {
  private let line: Bytes
  private var position = 0

  /// - Parameter line: split in place: it must hold until the last word is read.
  public init(_ line: Bytes) {
    self.line = line.firstIndex(of: 0).map { line[0..<$0] } ?? line
  }

  /// What the next word turned out to be.
  public enum Outcome: Equatable, Sendable {
    /// A word was appended.
    case word
    /// Nothing is left.
    case end
    /// A quote is not closed, or not followed by a blank.
    case unbalancedQuotes
  }

  private enum Quotes { case none, single, double }

  private var current: UInt8? { position < line.count ? line[position] : nil }

  private func peek(_ distance: Int) -> UInt8? {
    position + distance < line.count ? line[position + distance] : nil
  }

  /// Appends the next word's bytes, unquoted, to `word`.
  public mutating func next(into word: inout ByteBuffer) -> Outcome {
    while let byte = current, ASCII.isBlank(byte) { position += 1 }
    guard current != nil else { return .end }
    var quotes = Quotes.none
    while true {
      guard let byte = current else { return quotes == .none ? .word : .unbalancedQuotes }
      switch quotes {
      case .none:
        switch byte {
        case UInt8(ascii: " "), 0x0A, 0x0D, 0x09:
          position += 1
          return .word
        case UInt8(ascii: "\""): quotes = .double
        case UInt8(ascii: "'"): quotes = .single
        default: word.append(byte)
        }
      case .double:
        if byte == UInt8(ascii: "\\"), let escaped = peek(1) {
          appendEscaped(escaped, to: &word)
        } else if byte == UInt8(ascii: "\"") {
          return closeQuotes()
        } else {
          word.append(byte)
        }
      case .single:
        if byte == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "'") {
          word.append(UInt8(ascii: "'"))
          position += 1
        } else if byte == UInt8(ascii: "'") {
          return closeQuotes()
        } else {
          word.append(byte)
        }
      }
      position += 1
    }
  }

  /// Takes the escape that begins at `position`, leaving `position` at its last byte.
  private mutating func appendEscaped(_ escaped: UInt8, to word: inout ByteBuffer) {
    if escaped == UInt8(ascii: "x"), let high = peek(2).flatMap(ASCII.hexadecimalValue),
      let low = peek(3).flatMap(ASCII.hexadecimalValue)
    {
      word.append(high << 4 | low)
      position += 3
      return
    }
    position += 1
    switch escaped {
    case UInt8(ascii: "n"): word.append(0x0A)
    case UInt8(ascii: "r"): word.append(0x0D)
    case UInt8(ascii: "t"): word.append(0x09)
    case UInt8(ascii: "b"): word.append(0x08)
    case UInt8(ascii: "a"): word.append(0x07)
    default: word.append(escaped)
    }
  }

  private mutating func closeQuotes() -> Outcome {
    position += 1
    guard let byte = current else { return .word }
    return ASCII.isBlank(byte) ? .word : .unbalancedQuotes
  }

  /// All words of `line`; nil if its quotes are unbalanced. For configuration files; inline commands take word by word.
  public static func words(of line: Bytes) -> [[UInt8]]? {
    var splitter = WordSplitter(line)
    var words: [[UInt8]] = []
    var word = ByteBuffer()
    while true {
      word.removeAll()
      switch splitter.next(into: &word) {
      case .word: words.append(word.array)
      case .end: return words
      case .unbalancedQuotes: return nil
      }
    }
  }
}
