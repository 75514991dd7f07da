// Unions, intersections and differences of sets, sorted or not.

/// Returns the union.
enum ZUnion: Command {
  static let spec = CommandSpec(
    "zunion", since: "6.2.0", group: .sortedSet, arity: .atLeast(3), flags: [.readOnly, .movableKeys],
    keys: [.counted(at: 1)], complexity: "O(N)+O(M*log(M)) with N members in all and M in the result",
    summary: "Returns the union of sorted sets.",
    syntax: "numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>] [WITHSCORES]")

  static func execute(_ call: inout Call) throws(CommandError) { try call.replyCombination(.union) }
}

/// Stores the union.
enum ZUnionStore: Command {
  static let spec = CommandSpec(
    "zunionstore", since: "2.0.0", group: .sortedSet, arity: .atLeast(4),
    flags: [.write, .denyOutOfMemory, .movableKeys], keys: [.one([.ow, .update]), .counted(at: 2)],
    complexity: "O(N)+O(M*log(M)) with N members in all and M in the result",
    summary: "Stores the union of sorted sets in another.",
    syntax: "destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>]")

  static func execute(_ call: inout Call) throws(CommandError) { try call.storeCombination(.union, "zunionstore") }
}

/// Returns the intersection.
enum ZInter: Command {
  static let spec = CommandSpec(
    "zinter", since: "6.2.0", group: .sortedSet, arity: .atLeast(3), flags: [.readOnly, .movableKeys],
    keys: [.counted(at: 1)],
    complexity: "O(N*K)+O(M*log(M)) with N members in the smallest of K sets and M in the result",
    summary: "Returns the intersection of sorted sets.",
    syntax: "numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>] [WITHSCORES]")

  static func execute(_ call: inout Call) throws(CommandError) { try call.replyCombination(.intersection) }
}

/// Stores the intersection.
enum ZInterStore: Command {
  static let spec = CommandSpec(
    "zinterstore", since: "2.0.0", group: .sortedSet, arity: .atLeast(4),
    flags: [.write, .denyOutOfMemory, .movableKeys], keys: [.one([.ow, .update]), .counted(at: 2)],
    complexity: "O(N*K)+O(M*log(M)) with N members in the smallest of K sets and M in the result",
    summary: "Stores the intersection of sorted sets in another.",
    syntax: "destination numkeys key [key ...] [WEIGHTS weight [weight ...]] [AGGREGATE <SUM | MIN | MAX>]")

  static func execute(_ call: inout Call) throws(CommandError) {
    try call.storeCombination(.intersection, "zinterstore")
  }
}

/// Counts the members of the intersection.
enum ZInterCard: Command {
  static let spec = CommandSpec(
    "zintercard", since: "7.0.0", group: .sortedSet, arity: .atLeast(3), flags: [.readOnly, .movableKeys],
    keys: [.counted(at: 1)], complexity: "O(N*K) with N members in the smallest of K sets",
    summary: "Counts the members of the intersection of sorted sets.", syntax: "numkeys key [key ...] [LIMIT limit]")

  static func execute(_ call: inout Call) throws(CommandError) {
    let query = try call.combination(.intersection, countAt: 1, of: .count)
    var count = 0
    query.combination.forEachCommon { _, _ in
      count += 1
      return query.limit == 0 || count < query.limit
    }
    call.reply.integer(count)
  }
}

/// Returns the difference.
enum ZDiff: Command {
  static let spec = CommandSpec(
    "zdiff", since: "6.2.0", group: .sortedSet, arity: .atLeast(3), flags: [.readOnly, .movableKeys],
    keys: [.counted(at: 1)],
    complexity: "O(L + (N-K)*log(N)) with L members in all, N in the first set and K in the result",
    summary: "Returns the members of a sorted set that others do not have.",
    syntax: "numkeys key [key ...] [WITHSCORES]")

  static func execute(_ call: inout Call) throws(CommandError) { try call.replyCombination(.difference) }
}

/// Stores the difference.
enum ZDiffStore: Command {
  static let spec = CommandSpec(
    "zdiffstore", since: "6.2.0", group: .sortedSet, arity: .atLeast(4),
    flags: [.write, .denyOutOfMemory, .movableKeys], keys: [.one([.ow, .update]), .counted(at: 2)],
    complexity: "O(L + (N-K)*log(N)) with L members in all, N in the first set and K in the result",
    summary: "Stores the members of a sorted set that others do not have in another.",
    syntax: "destination numkeys key [key ...]")

  static func execute(_ call: inout Call) throws(CommandError) {
    try call.storeCombination(.difference, "zdiffstore")
  }
}

extension KeySpec {
  /// Keys to be read, as many as the argument at `index` says.
  fileprivate static func counted(at index: Int) -> KeySpec {
    KeySpec([.ro, .access], begin: .index(index), find: .keyCount(countAt: 0, first: 1, step: 1))
  }
}

/// What becomes of a combination.
private enum CombinationUse { case reply, store, count }

private struct CombinationQuery {
  var combination: SortedSetCombination
  var withScores = false
  /// At most so many are counted; 0: all.
  var limit: Int64 = 0
}

extension Call {
  fileprivate mutating func replyCombination(_ operation: SortedSetCombination.Operation) throws(CommandError) {
    let query = try combination(operation, countAt: 1, of: .reply)
    var random = self.random
    var builder = query.combination.result(hash: keyspace.hash, &random)
    self.random = random
    let list = builder.finish()
    reply.members(list.count, withScores: query.withScores)
    var node = list.first
    while !node.isNone {
      reply.member(.bytes(node.member), score: query.withScores ? node.score : nil)
      node = node.next(0)
    }
  }

  fileprivate mutating func storeCombination(
    _ operation: SortedSetCombination.Operation, _ event: StaticString
  ) throws(CommandError) {
    let query = try combination(operation, countAt: 2, of: .store)
    var random = self.random
    var builder = query.combination.result(hash: keyspace.hash, &random)
    self.random = random
    store(.make(&builder, limits: configuration.sortedSetLimits), at: 1, event: event)
  }

  /// Reads what is to be combined, and how.
  /// - Parameter countAt: index of the number of keys.
  fileprivate mutating func combination(
    _ operation: SortedSetCombination.Operation, countAt: Int, of use: CombinationUse
  ) throws(CommandError) -> CombinationQuery {
    let number = try integer(at: countAt)
    guard number >= 1 else {
      throw .composed("ERR at least 1 input key is needed for '\(catalogue.specs[identity].fullName)' command")
    }
    guard number <= arguments.count - countAt - 1 else { throw .syntax }
    let end = countAt + 1 + Int(number)
    var sources: [SortedSetSource] = []
    for index in countAt + 1..<end { sources.append(try SortedSetSource(find(index, for: .read))) }
    var query = CombinationQuery(combination: SortedSetCombination(operation: operation, sources: sources))
    var index = end
    while index < arguments.count { index += try query.take(arguments.dropFirst(index), use) }
    return query
  }
}

extension CombinationQuery {
  /// Takes the option that `words` begin with.
  /// - Returns: of how many words it consists.
  fileprivate mutating func take(_ words: Arguments, _ use: CombinationUse) throws(CommandError) -> Int {
    let count = combination.sources.count
    let isWeighted = combination.operation != .difference && use != .count
    if isWeighted, words.count > count, words[0].equalsIgnoringCase("weights") {
      for index in 0..<count {
        guard let weight = words[index + 1].parseDouble() else { throw .text("ERR weight value is not a float") }
        combination.sources[index].weight = weight
      }
      return count + 1
    }
    if isWeighted, words.count >= 2, words[0].equalsIgnoringCase("aggregate") {
      if words[1].equalsIgnoringCase("sum") {
        combination.aggregate = .sum
      } else if words[1].equalsIgnoringCase("min") {
        combination.aggregate = .minimum
      } else if words[1].equalsIgnoringCase("max") {
        combination.aggregate = .maximum
      } else {
        throw .syntax
      }
      return 2
    }
    if use == .reply, words[0].equalsIgnoringCase("withscores") {
      withScores = true
      return 1
    }
    guard use == .count, words.count >= 2, words[0].equalsIgnoringCase("limit") else { throw .syntax }
    guard let limit = words[1].parseInt64(), limit >= 0 else { throw .text("ERR LIMIT can't be negative") }
    self.limit = limit
    return 2
  }
}
