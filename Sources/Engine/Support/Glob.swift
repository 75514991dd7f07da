/// Redis's patterns of KEYS, SCAN, PSUBSCRIBE and CONFIG GET, exactly as `stringmatchlen` decides them.
///
///     *      any bytes, none too          ?   any one byte
///     [ab]   one of these                 [^ab]  one byte not among these
///     [a-c]  one in the range, either way round; bytes from 0x80 on count as negative, as C's `char` does there
///     \x     x itself
///
/// Three habits of the original are kept because clients see them: an unclosed `[` ends with the pattern, a lone `*`
/// does not match the empty string, and after a thousand nested stars the answer is no.
public enum Glob {
  private static let maximumNesting = 1000

  /// Whether the whole of `text` matches `pattern`.
  ///
  /// - Parameter ignoringCase: letters of ASCII match in either case.
  /// - Complexity: at worst O(pattern × text): once the rest after a star fits nowhere, the stars before it give up too.
  public static func matches(_ text: Bytes, pattern: Bytes, ignoringCase: Bool = false) -> Bool {
    var restFitsNowhere = false
    return matches(text, pattern, ignoringCase, &restFitsNowhere, nesting: 0)
  }

  /// Whether the whole of `text` matches `pattern`.
  static func matches(_ text: String, pattern: Bytes, ignoringCase: Bool = false) -> Bool {
    var text = text
    // The bytes are used within the closure only.
    return text.withUTF8 {
      unsafe matches(Bytes(UnsafeRawBufferPointer($0)), pattern: pattern, ignoringCase: ignoringCase)
    }
  }

  private static func matches(
    _ text: Bytes, _ pattern: Bytes, _ ignoringCase: Bool, _ restFitsNowhere: inout Bool, nesting: Int
  ) -> Bool {
    guard nesting <= maximumNesting else { return false }
    var (position, place) = (0, 0)  // in the text, in the pattern
    while place < pattern.count && position < text.count {
      switch pattern[place] {
      case UInt8(ascii: "*"):
        while place + 1 < pattern.count && pattern[place + 1] == UInt8(ascii: "*") { place += 1 }
        guard place + 1 < pattern.count else { return true }
        let rest = pattern.dropFirst(place + 1)
        for start in position..<text.count {
          if matches(text.dropFirst(start), rest, ignoringCase, &restFitsNowhere, nesting: nesting + 1) { return true }
          if restFitsNowhere { return false }
        }
        restFitsNowhere = true
        return false
      case UInt8(ascii: "?"):
        break
      case UInt8(ascii: "["):
        guard classMatches(text[position], pattern, &place, ignoringCase) else { return false }
      case let literal:
        var literal = literal
        if literal == UInt8(ascii: "\\"), place + 1 < pattern.count {
          place += 1
          literal = pattern[place]
        }
        guard same(literal, text[position], ignoringCase) else { return false }
      }
      position += 1
      place += 1
      if position == text.count {
        while place < pattern.count && pattern[place] == UInt8(ascii: "*") { place += 1 }
      }
    }
    return place >= pattern.count && position == text.count
  }

  /// Whether `byte` is in the class that begins at `place`; leaves `place` at the class's last byte.
  private static func classMatches(_ byte: UInt8, _ pattern: Bytes, _ place: inout Int, _ ignoringCase: Bool) -> Bool {
    place += 1
    let negated = place < pattern.count && pattern[place] == UInt8(ascii: "^")
    if negated { place += 1 }
    var found = false
    while place < pattern.count, pattern[place] != UInt8(ascii: "]") {
      if pattern[place] == UInt8(ascii: "\\"), place + 1 < pattern.count {
        place += 1
        if pattern[place] == byte { found = true }
      } else if place + 2 < pattern.count, pattern[place + 1] == UInt8(ascii: "-") {
        if inRange(byte, pattern[place], pattern[place + 2], ignoringCase) { found = true }
        place += 2
      } else if same(pattern[place], byte, ignoringCase) {
        found = true
      }
      place += 1
    }
    if place >= pattern.count { place = pattern.count - 1 }
    return found != negated
  }

  private static func same(_ left: UInt8, _ right: UInt8, _ ignoringCase: Bool) -> Bool {
    ignoringCase ? ASCII.lowercase(left) == ASCII.lowercase(right) : left == right
  }

  private static func inRange(_ byte: UInt8, _ from: UInt8, _ to: UInt8, _ ignoringCase: Bool) -> Bool {
    var (low, high) = (Int8(bitPattern: from), Int8(bitPattern: to))
    var signed = Int8(bitPattern: byte)
    if low > high { swap(&low, &high) }
    if ignoringCase {
      // After the exchange, not before: so does the original.
      func lower(_ value: Int8) -> Int8 { Int8(bitPattern: ASCII.lowercase(UInt8(bitPattern: value))) }
      (low, high, signed) = (lower(low), lower(high), lower(signed))
    }
    return low <= signed && signed <= high
  }
}
