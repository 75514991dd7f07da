/// Combines strings bit by bit.
enum BitOp: Command {
  static let spec = CommandSpec(
    "bitop", since: "2.6.0", group: .bitmap, arity: .atLeast(4), flags: [.write, .denyOutOfMemory],
    keys: [.one([.ow, .update], at: 2), .range([.ro, .access], from: 3)],
    complexity: "O(N) with N the bytes of all strings",
    summary: "Combines strings bit by bit, shorter ones filled up with zeros, and stores the outcome.",
    syntax: "<AND | OR | XOR | NOT | DIFF | DIFF1 | ANDOR | ONE> destkey key [key ...]",
    history: [("8.2.0", "Added the `DIFF`, `DIFF1`, `ANDOR` and `ONE` operations.")])

  enum Operation: CaseIterable {
    case and, or, xor, not
    /// What is in the first and in none of the others.
    case diff
    /// What is in any of the others and not in the first.
    case diff1
    /// What is in the first and in any of the others.
    case andOr
    /// What is in exactly one.
    case one

    var name: StaticString {
      switch self {
      case .and: "AND"
      case .or: "OR"
      case .xor: "XOR"
      case .not: "NOT"
      case .diff: "DIFF"
      case .diff1: "DIFF1"
      case .andOr: "ANDOR"
      case .one: "ONE"
      }
    }

    init(_ word: Bytes) throws(CommandError) {
      let upper = word.count <= 8 ? word.text.uppercased() : ""
      guard let found = Operation.allCases.first(where: { $0.name.description == upper }) else { throw .syntax }
      self = found
    }
  }

  static func execute(_ call: inout Call) throws(CommandError) {
    let operation = try Operation(call.arguments[1])
    let sourceCount = call.arguments.count - 3
    switch operation {
    case .not where sourceCount != 1: throw .text("ERR BITOP NOT must be called with a single source key.")
    case .diff where sourceCount < 2, .diff1 where sourceCount < 2, .andOr where sourceCount < 2:
      throw .composed("ERR BITOP \(operation.name) must be called with at least two source keys.")
    default: break
    }
    var sources: [Entry?] = []
    for index in 3..<call.arguments.count { sources.append(try call.findString(index, for: .read)) }
    let count = sources.reduce(0) { max($0, $1?.string.count ?? 0) }
    if count > 0 { store(combine(sources, operation, count), &call) } else { delete(&call) }
    call.reply.integer(count)
  }

  private static func store(_ block: StringBlock, _ call: inout Call) {
    let existing = call.find(2, for: .write)
    call.keyspace[call.database].setBlock(
      call.arguments[2], hash: call.hash(2), to: block, existing: existing, access: call.freshAccess)
    call.changed(2)
    if existing == nil { call.created(2) }
    call.notify(.string, "set", 2)
  }

  private static func delete(_ call: inout Call) {
    guard let existing = call.find(2, for: .write) else { return }
    call.keyspace.remove(existing, hash: call.hash(2), in: call.database, lazily: false)
    call.changed(2)
    call.notify(.generic, "del", 2)
  }

  /// Bytes combined at a time: small enough to stay in the nearest cache while all sources pass over them.
  private static let pieceBytes = 8192

  private static func combine(_ sources: [Entry?], _ operation: Operation, _ count: Int) -> StringBlock {
    let result = StringBlock.make(Bytes(), zeros: count)
    // Of ONE: what is in two sources or more.
    let repeated = operation == .one ? StringBlock.make(Bytes(), zeros: count) : nil
    defer { repeated?.free() }
    for start in stride(from: 0, to: count, by: pieceBytes) {
      let piece = start..<min(start + pieceBytes, count)
      for (index, step) in steps(operation, sources.count) {
        withBytes(sources[index]) { source in
          if let repeated {
            repeated.noteRepeated(piece, of: result, and: source)
          }
          result.combine(piece, with: source, step)
        }
      }
      if let repeated { result.combine(piece, with: repeated.bytes, .andNot) }
    }
    return result
  }

  /// In which order the sources are combined with a result that begins as zeros, and how.
  private static func steps(_ operation: Operation, _ count: Int) -> [(source: Int, StringBlock.BitOperation)] {
    let others = 1..<count
    switch operation {
    case .not: return [(0, .not)]
    case .and: return [(0, .copy)] + others.map { ($0, .and) }
    case .or, .one: return (0..<count).map { ($0, .or) }
    case .xor: return (0..<count).map { ($0, .xor) }
    case .diff: return [(0, .copy)] + others.map { ($0, .andNot) }
    case .diff1: return others.map { ($0, .or) } + [(0, .andNot)]
    case .andOr: return others.map { ($0, .or) } + [(0, .and)]
    }
  }

  private static func withBytes(_ entry: Entry?, _ body: (Bytes) -> Void) {
    if let entry { entry.string.withBytes(body) } else { body(Bytes()) }
  }
}
