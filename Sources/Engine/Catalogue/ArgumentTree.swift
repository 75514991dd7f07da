/// One argument of a command as COMMAND DOCS describes it, with what stands inside it.
struct ArgumentTree: Equatable {
  enum Kind: String {
    case string, integer, double, key, pattern
    case unixTime = "unix-time"
    case pureToken = "pure-token"
    case oneOf = "oneof"
    case block
  }

  var name: String
  var kind: Kind
  /// The word that stands before it, or is it.
  var token: String?
  var isOptional = false
  var isMultiple = false
  /// Whether the token is repeated with each value.
  var repeatsToken = false
  /// Which of the command's key specifications finds it.
  var keySpecIndex: Int?
  var children: [ArgumentTree] = []

  /// The arguments that the notation of Redis's manual describes: `key [NX | XX] [EX seconds | PX milliseconds]`.
  static func parse(_ syntax: String, keyCount: Int = 0) -> [ArgumentTree] {
    var parser = SyntaxParser(syntax)
    var trees = ArgumentBuilder().arguments(parser.alternatives(until: nil).first ?? [])
    var next = 0
    number(&trees, &next, keyCount)
    return trees
  }

  /// Gives keys their specifications, in order.
  private static func number(_ trees: inout [ArgumentTree], _ next: inout Int, _ count: Int) {
    for index in trees.indices {
      if trees[index].kind == .key, count > 0 {
        trees[index].keySpecIndex = min(next, count - 1)
        next += 1
      }
      number(&trees[index].children, &next, count)
    }
  }
}

/// What a syntax line consists of.
indirect enum SyntaxNode: Equatable {
  case word(String)
  /// `[a | b]`
  case optional([[SyntaxNode]])
  /// `<a | b>`
  case choice([[SyntaxNode]])
  /// `[a ...]`: what stands before, as often as you like
  case repetition([SyntaxNode])
}

/// Reads the notation into nodes. What is not well formed is read as far as it makes sense.
private struct SyntaxParser {
  private var symbols: [Substring] = []
  private var position = 0

  init(_ syntax: String) {
    var spaced = ""
    for character in syntax {
      if "[]<>|".contains(character) { spaced += " \(character) " } else { spaced.append(character) }
    }
    symbols = spaced.split(separator: " ")
  }

  /// Everything up to `end`, divided at `|`.
  mutating func alternatives(until end: Substring?) -> [[SyntaxNode]] {
    var found: [[SyntaxNode]] = [[]]
    while position < symbols.count {
      let symbol = symbols[position]
      position += 1
      switch symbol {
      case end: return found
      case "|": found.append([])
      case "[": found[found.count - 1].append(optional(alternatives(until: "]")))
      case "<": found[found.count - 1].append(.choice(alternatives(until: ">")))
      case "]", ">": break
      default: found[found.count - 1].append(.word(String(symbol)))
      }
    }
    return found
  }

  private func optional(_ content: [[SyntaxNode]]) -> SyntaxNode {
    guard content.count == 1, let only = content.first, only.last == .word("...") else { return .optional(content) }
    return .repetition(Array(only.dropLast()))
  }
}

/// Makes arguments of nodes.
private struct ArgumentBuilder {
  func arguments(_ nodes: [SyntaxNode]) -> [ArgumentTree] {
    var found: [(tree: ArgumentTree, nodes: [SyntaxNode])] = []
    var index = 0
    while index < nodes.count {
      let start = index
      switch nodes[index] {
      case .word(let word) where Self.isToken(word):
        index += 1
        var values: [SyntaxNode] = []
        while index < nodes.count, Self.belongsToToken(nodes[index], after: word, values) {
          values.append(nodes[index])
          index += 1
        }
        found.append((tokenArgument(word, arguments(values)), Array(nodes[start..<index])))
      case .word(let word):
        index += 1
        found.append((ArgumentTree(name: word, kind: Self.kind(of: word)), [nodes[start]]))
      case .choice(let alternatives):
        index += 1
        found.append((choice(alternatives), [nodes[start]]))
      case .optional(let alternatives):
        index += 1
        var tree = choice(alternatives)
        tree.isOptional = true
        found.append((tree, [nodes[start]]))
      case .repetition(let content):
        index += 1
        fold(&found, content)
      }
    }
    return found.map { $0.tree }
  }

  /// A repetition says again what stands before it: the arguments whose nodes those are become a multiple one.
  private func fold(_ found: inout [(tree: ArgumentTree, nodes: [SyntaxNode])], _ content: [SyntaxNode]) {
    var count = 0
    var length = 0
    while count < found.count, length < content.count {
      count += 1
      length += found[found.count - count].nodes.count
    }
    let repeated = found.suffix(count)
    guard count > 0, repeated.flatMap(\.nodes) == content else {
      // Said differently: the argument before it is what repeats.
      if !found.isEmpty { found[found.count - 1].tree.isMultiple = true }
      return
    }
    var tree = count == 1 ? repeated[repeated.startIndex].tree : Self.block(repeated.map(\.tree))
    tree.isMultiple = true
    tree.repeatsToken = count == 1 && tree.token != nil && tree.kind != .pureToken
    found.removeLast(count)
    found.append((tree, content))
  }

  private static func belongsToToken(_ node: SyntaxNode, after token: String, _ before: [SyntaxNode]) -> Bool {
    switch node {
    case .word(let word): !isToken(word)
    case .choice: before.isEmpty
    // `GET pattern [GET pattern ...]` repeats the token, so it is not the token's own.
    case .repetition(let content): !before.isEmpty && content.first != .word(token)
    case .optional: false
    }
  }

  private func tokenArgument(_ token: String, _ values: [ArgumentTree]) -> ArgumentTree {
    guard let first = values.first else {
      return ArgumentTree(name: Self.name(ofToken: token), kind: .pureToken, token: Self.text(ofToken: token))
    }
    var tree = values.count == 1 ? first : Self.block(values)
    tree.token = Self.text(ofToken: token)
    if tree.kind == .oneOf || tree.kind == .block { tree.name = Self.name(ofToken: token) }
    return tree
  }

  private func choice(_ alternatives: [[SyntaxNode]]) -> ArgumentTree {
    let trees = alternatives.map { nodes in
      let found = arguments(nodes)
      return found.count == 1 ? found[0] : Self.block(found)
    }
    if trees.count == 1 { return trees[0] }
    return ArgumentTree(name: trees.map(\.name).joined(separator: "-"), kind: .oneOf, children: trees)
  }

  private static func block(_ children: [ArgumentTree]) -> ArgumentTree {
    ArgumentTree(name: children.map(\.name).joined(separator: "-"), kind: .block, children: children)
  }

  /// Whether the word is written as it stands: capitals or signs.
  private static func isToken(_ word: String) -> Bool {
    guard let first = word.utf8.first else { return false }
    return !(ASCII.lowercase(first) == first && first &- UInt8(ascii: "a") < 26)
  }

  private static func text(ofToken token: String) -> String { token == "\"\"" ? "" : token }

  private static func name(ofToken token: String) -> String {
    switch token {
    case "*": "auto-id"
    case "=": "equal"
    case "~": "approximately"
    case "$": "new-id"
    case "\"\"": "empty-string"
    default: String(decoding: Array(token.utf8).lowercasedASCII, as: UTF8.self)
    }
  }

  /// What a value's name says of its kind. Names are those of Redis's manual.
  private static func kind(of name: String) -> ArgumentTree.Kind {
    if keyNames.contains(name) { return .key }
    if integerNames.contains(name) { return .integer }
    if doubleNames.contains(name) { return .double }
    if name == "pattern" { return .pattern }
    return name.hasPrefix("unix-time") ? .unixTime : .string
  }

  private static let keyNames: Set<String> = [
    "key", "key1", "key2", "newkey", "source", "destination", "destkey", "sourcekey", "src", "dst",
  ]
  private static let doubleNames: Set<String> = ["height", "latitude", "longitude", "radius", "score", "width"]
  private static let integerNames: Set<String> = [
    "bit", "bits", "client-id", "cluster-bus-port", "config-epoch", "count", "cursor", "db", "decrement",
    "destination-db", "end", "end-slot", "entries-added", "entries-read", "frequency", "increment", "index", "index1",
    "index2", "len", "limit", "milliseconds", "min-match-len", "ms", "num-matches", "numkeys", "numlocal",
    "numreplicas", "offset", "port", "protover", "rank", "seconds", "slot", "start", "start-slot", "stop", "timeout",
    "ttl", "version", "weight",
  ]
}
