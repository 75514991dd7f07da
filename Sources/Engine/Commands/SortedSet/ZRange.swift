/// Returns members by rank, by score or by their bytes.
enum ZRange: Command {
  static let spec = CommandSpec(
    "zrange", since: "1.2.0", group: .sortedSet, arity: .atLeast(4), flags: [.readOnly],
    keys: [.one([.ro, .access])], complexity: "O(log(N)+M) with M the number of members returned",
    summary: "Returns the members of a sorted set in a range of ranks, scores or bytes.",
    syntax: "key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES]",
    history: [("6.2.0", "Added the `REV`, `BYSCORE`, `BYLEX` and `LIMIT` options.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    try call.replyRange(SortedSetRangeQuery(call.arguments, keyAt: 1))
  }
}

/// Stores members by rank, by score or by their bytes in another sorted set.
enum ZRangeStore: Command {
  static let spec = CommandSpec(
    "zrangestore", since: "6.2.0", group: .sortedSet, arity: .atLeast(5), flags: [.write, .denyOutOfMemory],
    keys: [.one([.ow, .update]), .one([.ro, .access], at: 2)],
    complexity: "O(log(N)+M) with M the number of members stored",
    summary: "Stores the members of a sorted set in a range of ranks, scores or bytes in another.",
    syntax: "dst src min max [BYSCORE | BYLEX] [REV] [LIMIT offset count]")

  static func execute(_ call: inout Call) throws(CommandError) {
    let query = try SortedSetRangeQuery(call.arguments, keyAt: 2, isStored: true)
    let (limits, hasher) = (call.configuration.sortedSetLimits, call.keyspace.hash)
    let source = try call.find(2, as: .sortedSet, for: .read)?.sortedSet
    let ranks = source.map { query.ranks(in: $0) } ?? 0..<0
    var result = SortedSetValue.make(for: ranks.count, limits: limits, hash: hasher)
    var random = call.random
    source?.forEach(in: ranks) { member, score in
      member.withBytes { result.insert($0, score: score, limits: limits, hash: hasher, &random) }
    }
    call.random = random
    call.store(result, at: 1, event: "zrangestore")
  }
}

/// Returns members by rank, backwards.
enum ZRevRange: Command {
  static let spec = CommandSpec(
    "zrevrange", since: "1.2.0", group: .sortedSet, arity: .atLeast(4), flags: [.readOnly],
    keys: [.one([.ro, .access])], complexity: "O(log(N)+M) with M the number of members returned",
    summary: "Returns the members of a sorted set in a range of ranks, the highest score first.",
    syntax: "key start stop [WITHSCORES]", deprecated: ("6.2.0", "`ZRANGE` with the `REV` argument"))

  static func execute(_ call: inout Call) throws(CommandError) {
    try call.replyRange(SortedSetRangeQuery(call.arguments, keyAt: 1, by: .rank, isReversed: true))
  }
}

/// Returns members by score.
enum ZRangeByScore: Command {
  static let spec = CommandSpec(
    "zrangebyscore", since: "1.0.5", group: .sortedSet, arity: .atLeast(4), flags: [.readOnly],
    keys: [.one([.ro, .access])], complexity: "O(log(N)+M) with M the number of members returned",
    summary: "Returns the members of a sorted set with scores in a range.",
    syntax: "key min max [WITHSCORES] [LIMIT offset count]",
    history: [("2.0.0", "Added the `WITHSCORES` modifier.")],
    deprecated: ("6.2.0", "`ZRANGE` with the `BYSCORE` argument"))

  static func execute(_ call: inout Call) throws(CommandError) {
    try call.replyRange(SortedSetRangeQuery(call.arguments, keyAt: 1, by: .score, isReversed: false))
  }
}

/// Returns members by score, backwards.
enum ZRevRangeByScore: Command {
  static let spec = CommandSpec(
    "zrevrangebyscore", since: "2.2.0", group: .sortedSet, arity: .atLeast(4), flags: [.readOnly],
    keys: [.one([.ro, .access])], complexity: "O(log(N)+M) with M the number of members returned",
    summary: "Returns the members of a sorted set with scores in a range, the highest score first.",
    syntax: "key max min [WITHSCORES] [LIMIT offset count]",
    history: [("2.1.6", "`min` and `max` can be exclusive.")],
    deprecated: ("6.2.0", "`ZRANGE` with the `REV` and `BYSCORE` arguments"))

  static func execute(_ call: inout Call) throws(CommandError) {
    try call.replyRange(SortedSetRangeQuery(call.arguments, keyAt: 1, by: .score, isReversed: true))
  }
}

/// Returns members by their bytes.
enum ZRangeByLex: Command {
  static let spec = CommandSpec(
    "zrangebylex", since: "2.8.9", group: .sortedSet, arity: .atLeast(4), flags: [.readOnly],
    keys: [.one([.ro, .access])], complexity: "O(log(N)+M) with M the number of members returned",
    summary: "Returns the members of a sorted set in a range of bytes, all scores being equal.",
    syntax: "key min max [LIMIT offset count]", deprecated: ("6.2.0", "`ZRANGE` with the `BYLEX` argument"))

  static func execute(_ call: inout Call) throws(CommandError) {
    try call.replyRange(SortedSetRangeQuery(call.arguments, keyAt: 1, by: .member, isReversed: false))
  }
}

/// Returns members by their bytes, backwards.
enum ZRevRangeByLex: Command {
  static let spec = CommandSpec(
    "zrevrangebylex", since: "2.8.9", group: .sortedSet, arity: .atLeast(4), flags: [.readOnly],
    keys: [.one([.ro, .access])], complexity: "O(log(N)+M) with M the number of members returned",
    summary: "Returns the members of a sorted set in a range of bytes, the last first, all scores being equal.",
    syntax: "key max min [LIMIT offset count]", deprecated: ("6.2.0", "`ZRANGE` with the `REV` and `BYLEX` arguments"))

  static func execute(_ call: inout Call) throws(CommandError) {
    try call.replyRange(SortedSetRangeQuery(call.arguments, keyAt: 1, by: .member, isReversed: true))
  }
}

extension Call {
  fileprivate mutating func replyRange(_ query: SortedSetRangeQuery) throws(CommandError) {
    guard let set = try find(1, as: .sortedSet, for: .read)?.sortedSet else { return reply.array(0) }
    let ranks = query.ranks(in: set)
    reply.members(ranks.count, withScores: query.withScores)
    set.forEach(in: ranks, isReversed: query.isReversed) { member, score in
      reply.member(member, score: query.withScores ? score : nil)
    }
  }
}
