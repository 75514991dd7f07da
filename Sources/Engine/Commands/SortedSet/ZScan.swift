/// Lists a sorted set's members a few at a time.
///
/// What is in the set from the first call to the last is listed, at least once; a compact set all at once.
enum ZScan: Command {
  static let spec = CommandSpec(
    "zscan", since: "2.8.0", group: .sortedSet, arity: .atLeast(3), flags: [.readOnly], keys: [.one([.ro, .access])],
    complexity: "O(1) for a call, O(N) for all until the cursor is 0 again",
    summary: "Lists a sorted set's members with their scores a few at a time.",
    syntax: "key cursor [MATCH pattern] [COUNT count]", tips: ["nondeterministic_output"])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let cursor = call.arguments[2].parseUInt64() else { throw .invalidCursor }
    guard let set = try call.find(1, as: .sortedSet, for: .read)?.sortedSet else { return call.reply.scanned(0) }
    let options = try ScanOptions(call.arguments, from: 3)
    // The cursor comes ahead of what is found on the way to it.
    var found = ByteBuffer()
    var matches = 0
    let next = options.walk(from: cursor) { position in
      var met = 0
      let next = set.scan(cursor: position) { member, score in
        met += 1
        member.withBytes { bytes in
          guard options.matches(bytes) else { return }
          matches += 1
          found.append(bulk: bytes)
          found.append(bulk: Self.text(of: score, isListpack: set.isListpack).bytes)
        }
      }
      return (next, met)
    }
    call.reply.scanned(next, count: matches * 2, found.bytes)
  }

  /// A score as ZSCAN gives it: as it stands in a listpack, and from a skip list with 17 digits, as Redis does.
  private static func text(of score: Double, isListpack: Bool) -> ByteBuffer {
    var text = ByteBuffer(capacity: 32)
    if isListpack || Int64(exactly: score).map({ $0.magnitude < 1 << 53 && $0 != 0 }) ?? false {
      text.append(double: score)
    } else {
      text.append(double: score, significantDigits: 17)
    }
    return text
  }
}

/// Returns members chosen at random.
enum ZRandMember: Command {
  static let spec = CommandSpec(
    "zrandmember", since: "6.2.0", group: .sortedSet, arity: .atLeast(2), flags: [.readOnly],
    keys: [.one([.ro, .access])], complexity: "O(N) with N the number of members returned",
    summary: "Returns members chosen at random from a sorted set.", syntax: "key [count [WITHSCORES]]",
    tips: ["nondeterministic_output"])

  /// With a negative count members may come more than once. So many are the most: the reply is made in memory.
  private static var mostRepeated: Int64 { Int64(Int32.max) }

  static func execute(_ call: inout Call) throws(CommandError) {
    if call.arguments.count == 2 {
      guard let set = try call.find(1, as: .sortedSet, for: .read)?.sortedSet else { return call.reply.null() }
      return call.reply.bulk(set.member(at: set.randomPosition(&call.random)))
    }
    let wanted = try call.integer(at: 2)
    guard wanted > Int64.min else {
      throw .text("ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807")
    }
    let withScores = call.arguments.count == 4
    guard call.arguments.count <= 4, !withScores || call.arguments[3].equalsIgnoringCase("withscores") else {
      throw .syntax
    }
    if withScores, wanted.magnitude > Int64.max / 2 { throw .text("ERR value is out of range") }
    let entry = try call.find(1, as: .sortedSet, for: .read)
    guard let set = entry?.sortedSet, wanted != 0 else { return call.reply.array(0) }
    guard wanted > 0 else {
      guard -wanted <= mostRepeated else { throw .text("ERR value is out of range") }
      call.reply.members(Int(-wanted), withScores: withScores)
      for _ in 0..<(-wanted) {
        let position = set.randomPosition(&call.random)
        call.reply.member(set.member(at: position), score: withScores ? set.score(at: position) : nil)
      }
      return
    }
    let count = Int(min(wanted, Int64(set.count)))
    call.reply.members(count, withScores: withScores)
    var random = call.random
    set.sample(count, &random) { call.reply.member($0, score: withScores ? $1 : nil) }
    call.random = random
  }
}
