/// A command with places to fill in, as written in the tables of `Templates`.
///
///     LPUSH $list {1-3: $v}          $name is drawn by `Values`
///     SET $str $v [|EX $ttl|KEEPTTL]  one of the alternatives
///     RPUSH $list x ; BLPOP $list 0  several commands, the same keys in both where the name ends in a digit
struct Template: Sendable {
  indirect enum Part: Sendable {
    case word([UInt8])
    case value(String)
    case choice([[Part]])
    case repetition(ClosedRange<Int>, [Part])
  }

  /// How the replies are compared; all but the last of several commands exactly.
  let comparison: Comparison
  let commands: [[Part]]

  init(_ comparison: Comparison, _ text: String) {
    self.comparison = comparison
    commands = text.split(separator: ";").map { command in
      var parser = Parser(tokens: Parser.split(command))
      return parser.parts(until: [])
    }
  }

  /// Reads the notation above; a mistake in it is a mistake in the table.
  private struct Parser {
    var tokens: ArraySlice<String>

    static func split(_ text: Substring) -> ArraySlice<String> {
      var tokens: [String] = []
      var word = ""
      for character in text {
        let stands = "[]|{}".contains(character)
        if stands || character == " " {
          if !word.isEmpty { tokens.append(word) }
          word = ""
          if stands { tokens.append(String(character)) }
        } else {
          word.append(character)
        }
      }
      if !word.isEmpty { tokens.append(word) }
      return tokens[...]
    }

    mutating func parts(until ends: Set<String>) -> [Part] {
      var parts: [Part] = []
      while let token = tokens.first, !ends.contains(token) {
        tokens.removeFirst()
        switch token {
        case "[":
          var alternatives = [self.parts(until: ["|", "]"])]
          while tokens.removeFirst() == "|" { alternatives.append(self.parts(until: ["|", "]"])) }
          parts.append(.choice(alternatives))
        case "{":
          let bounds = tokens.removeFirst().dropLast().split(separator: "-").map { Int($0)! }
          parts.append(.repetition(bounds[0]...bounds[bounds.count - 1], self.parts(until: ["}"])))
          tokens.removeFirst()
        default:
          parts.append(token.hasPrefix("$") ? .value(String(token.dropFirst())) : .word(Array(token.utf8)))
        }
      }
      return parts
    }
  }
}
