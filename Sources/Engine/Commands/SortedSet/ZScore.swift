// What is asked of a sorted set or of single members.

/// Returns how many members there are.
enum ZCard: Command {
  static let spec = CommandSpec(
    "zcard", since: "1.2.0", group: .sortedSet, arity: .exactly(2), flags: [.readOnly, .fast], keys: [.one([.ro])],
    summary: "Returns how many members a sorted set has.", syntax: "key")

  static func execute(_ call: inout Call) throws(CommandError) {
    call.reply.integer(try call.find(1, as: .sortedSet, for: .read)?.sortedSet.count ?? 0)
  }
}

/// Returns the score of a member.
enum ZScore: Command {
  static let spec = CommandSpec(
    "zscore", since: "1.2.0", group: .sortedSet, arity: .exactly(3), flags: [.readOnly, .fast],
    keys: [.one([.ro, .access])], summary: "Returns the score of a member of a sorted set.", syntax: "key member")

  static func execute(_ call: inout Call) throws(CommandError) {
    let entry = try call.find(1, as: .sortedSet, for: .read)
    call.reply.optional(entry?.sortedSet.score(of: call.arguments[2]))
  }
}

/// Returns the scores of members.
enum ZMScore: Command {
  static let spec = CommandSpec(
    "zmscore", since: "6.2.0", group: .sortedSet, arity: .atLeast(3), flags: [.readOnly, .fast],
    keys: [.one([.ro, .access])], complexity: "O(N) with N the number of members asked for",
    summary: "Returns the scores of members of a sorted set.", syntax: "key member [member ...]")

  static func execute(_ call: inout Call) throws(CommandError) {
    let entry = try call.find(1, as: .sortedSet, for: .read)
    call.reply.array(call.arguments.count - 2)
    for index in 2..<call.arguments.count {
      call.reply.optional(entry?.sortedSet.score(of: call.arguments[index]))
    }
  }
}

extension ReplyWriter {
  /// A score, or null.
  fileprivate mutating func optional(_ score: Double?) {
    if let score { double(score) } else { null() }
  }
}

/// Returns how many members come before one.
enum ZRank: Command {
  static let spec = CommandSpec(
    "zrank", since: "2.0.0", group: .sortedSet, arity: .atLeast(3), flags: [.readOnly, .fast],
    keys: [.one([.ro, .access])], complexity: "O(log(N))",
    summary: "Returns the rank of a member of a sorted set, the lowest score first.",
    syntax: "key member [WITHSCORE]", history: [("7.2.0", "Added the optional `WITHSCORE` argument.")])

  static func execute(_ call: inout Call) throws(CommandError) { try call.replyRank(isReversed: false) }
}

/// Returns how many members come behind one.
enum ZRevRank: Command {
  static let spec = CommandSpec(
    "zrevrank", since: "2.0.0", group: .sortedSet, arity: .atLeast(3), flags: [.readOnly, .fast],
    keys: [.one([.ro, .access])], complexity: "O(log(N))",
    summary: "Returns the rank of a member of a sorted set, the highest score first.",
    syntax: "key member [WITHSCORE]", history: [("7.2.0", "Added the optional `WITHSCORE` argument.")])

  static func execute(_ call: inout Call) throws(CommandError) { try call.replyRank(isReversed: true) }
}

extension Call {
  fileprivate mutating func replyRank(isReversed: Bool) throws(CommandError) {
    guard arguments.count <= 4 else { throw .wrongArgumentCount(isReversed ? "zrevrank" : "zrank") }
    let withScore = arguments.count == 4
    if withScore, !arguments[3].equalsIgnoringCase("withscore") { throw .syntax }
    guard let set = try find(1, as: .sortedSet, for: .read)?.sortedSet, let position = set.find(arguments[2]) else {
      return withScore ? reply.nullArray() : reply.null()
    }
    let rank = set.rank(of: position)
    if withScore { reply.array(2) }
    reply.integer(isReversed ? set.count - 1 - rank : rank)
    if withScore { reply.double(set.score(at: position)) }
  }
}

/// Counts the members with scores in a range.
enum ZCount: Command {
  static let spec = CommandSpec(
    "zcount", since: "2.0.0", group: .sortedSet, arity: .exactly(4), flags: [.readOnly, .fast],
    keys: [.one([.ro, .access])], complexity: "O(log(N))",
    summary: "Counts the members of a sorted set with scores in a range.", syntax: "key min max")

  static func execute(_ call: inout Call) throws(CommandError) {
    let range = try ScoreRange(call.arguments[2], call.arguments[3])
    call.reply.integer(try call.find(1, as: .sortedSet, for: .read)?.sortedSet.ranks(in: range).count ?? 0)
  }
}

/// Counts the members in a range of bytes.
enum ZLexCount: Command {
  static let spec = CommandSpec(
    "zlexcount", since: "2.8.9", group: .sortedSet, arity: .exactly(4), flags: [.readOnly, .fast],
    keys: [.one([.ro, .access])], complexity: "O(log(N))",
    summary: "Counts the members of a sorted set in a range of bytes, all scores being equal.",
    syntax: "key min max")

  static func execute(_ call: inout Call) throws(CommandError) {
    let range = try MemberRange(call.arguments[2], call.arguments[3])
    call.reply.integer(try call.find(1, as: .sortedSet, for: .read)?.sortedSet.ranks(in: range).count ?? 0)
  }
}
