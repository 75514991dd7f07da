/// A command with holes: `__key__` becomes a key number of 12 digits, `__data__` a value. Compiled once into
/// literal bytes and holes, so that making a command is a few copies.
///
/// Keys have redis-benchmark's shape (`key:000000001234`), so its data sets and ours are the same.
public struct CommandTemplate: Sendable {
  enum Piece: Sendable {
    case literal([UInt8])
    case key
    /// A value of the one length there is; its header is in the literal before.
    case data
    /// An argument whose length is drawn: header, then `prefix`, the value, `suffix`.
    case sizedArgument(prefix: [UInt8], suffix: [UInt8])
  }

  static let keyDigits = 12

  let pieces: [Piece]
  let largestEncoding: Int
  /// The text it was made of.
  public let text: String

  /// The templates that have names: `set`, `get`, `incr`, `ping`.
  public static let named = [
    "set": "SET key:__key__ __data__",
    "get": "GET key:__key__",
    "incr": "INCR counter:__key__",
    "ping": "PING",
  ]

  /// - Parameter text: arguments apart by blanks; a single word may be one of the `named` ones.
  public init(_ text: String, valueSize: ValueSize) {
    let text = Self.named[text.lowercased()] ?? text
    self.text = text
    let arguments = text.split(separator: " ").map(String.init)
    precondition(!arguments.isEmpty, "an empty command")
    var builder = Builder(valueSize: valueSize)
    builder.literal("*\(arguments.count)\r\n")
    for argument in arguments { builder.append(argument: argument) }
    builder.flush()
    pieces = builder.pieces
    largestEncoding = builder.largest
  }

  private struct Builder {
    let valueSize: ValueSize
    var pieces: [Piece] = []
    var pending: [UInt8] = []
    var largest = 0

    mutating func literal(_ text: some StringProtocol) {
      pending.append(contentsOf: text.utf8)
      largest += text.utf8.count
    }

    mutating func flush() {
      if !pending.isEmpty { pieces.append(.literal(pending)) }
      pending = []
    }

    mutating func append(argument: String) {
      if let hole = argument.firstRange(of: "__data__") {
        let prefix = argument[..<hole.lowerBound]
        let suffix = argument[hole.upperBound...]
        if case .fixed(let bytes) = valueSize {
          literal("$\(prefix.utf8.count + bytes + suffix.utf8.count)\r\n")
          literal(prefix)
          flush()
          pieces.append(.data)
          largest += bytes
          literal(suffix)
          literal("\r\n")
        } else {
          flush()
          pieces.append(.sizedArgument(prefix: Array(prefix.utf8), suffix: Array(suffix.utf8)))
          largest += prefix.utf8.count + suffix.utf8.count + valueSize.largest + 32
        }
        return
      }
      let parts = argument.split(separator: "__key__", omittingEmptySubsequences: false)
      let length = parts.reduce(0) { $0 + $1.utf8.count } + (parts.count - 1) * CommandTemplate.keyDigits
      literal("$\(length)\r\n")
      for (index, part) in parts.enumerated() {
        if index > 0 {
          flush()
          pieces.append(.key)
          largest += CommandTemplate.keyDigits
        }
        literal(part)
      }
      literal("\r\n")
    }
  }
}

/// Templates with their weights.
public struct CommandMix: Sendable {
  public let templates: [CommandTemplate]
  let cumulativeWeights: [UInt64]

  /// Reads entries such as `get`, `9*GET key:__key__` or `1*set`: a template with its weight (1 where it has none).
  public init?(parsing entries: [String], valueSize: ValueSize) {
    guard !entries.isEmpty else { return nil }
    var templates: [CommandTemplate] = []
    var weights: [UInt64] = []
    for entry in entries {
      let parts = entry.split(separator: "*", maxSplits: 1)
      if parts.count == 2, let weight = UInt64(parts[0]), weight > 0 {
        templates.append(CommandTemplate(String(parts[1]), valueSize: valueSize))
        weights.append((weights.last ?? 0) + weight)
      } else {
        guard !entry.allSatisfy({ $0 == " " }) else { return nil }
        templates.append(CommandTemplate(entry, valueSize: valueSize))
        weights.append((weights.last ?? 0) + 1)
      }
    }
    self.templates = templates
    cumulativeWeights = weights
  }

  var largestEncoding: Int { templates.map(\.largestEncoding).max() ?? 0 }
}
