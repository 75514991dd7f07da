/// Adds members, or gives those that are there another score.
enum ZAdd: Command {
  static let spec = CommandSpec(
    "zadd", since: "1.2.0", group: .sortedSet, arity: .atLeast(4), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .update])], complexity: "O(log(N)) for each member",
    summary: "Adds members to a sorted set, or changes their scores; the set is made where there is none.",
    syntax: "key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]",
    history: [
      ("2.4.0", "Accepts multiple elements."), ("3.0.2", "Added the `XX`, `NX`, `CH` and `INCR` options."),
      ("6.2.0", "Added the `GT` and `LT` options."),
    ])

  static func execute(_ call: inout Call) throws(CommandError) {
    var start = 2
    var options: SortedSetAdditions.Options = []
    while start < call.arguments.count, let option = SortedSetAdditions.option(call.arguments[start]) {
      options.insert(option)
      start += 1
    }
    try call.addMembers(options, from: start)
  }
}

/// Adds to a member's score.
enum ZIncrBy: Command {
  static let spec = CommandSpec(
    "zincrby", since: "1.2.0", group: .sortedSet, arity: .exactly(4), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .access, .update])], complexity: "O(log(N))",
    summary: "Adds to the score of a member; a missing one counts as 0.", syntax: "key increment member")

  static func execute(_ call: inout Call) throws(CommandError) { try call.addMembers(.increments, from: 2) }
}

/// Members with scores, and by which rules they are to come into a sorted set: what ZADD, ZINCRBY and GEOADD ask for.
struct SortedSetAdditions: ~Copyable {
  struct Options: OptionSet {
    let rawValue: UInt8
    /// Members that are there keep their score.
    static let onlyNew = Options(rawValue: 1 << 0)
    /// Members that are not there are not added.
    static let onlyExisting = Options(rawValue: 1 << 1)
    /// A score never falls.
    static let onlyGreater = Options(rawValue: 1 << 2)
    /// A score never rises.
    static let onlyLess = Options(rawValue: 1 << 3)
    /// Scores are added to those that are there.
    static let increments = Options(rawValue: 1 << 4)
    /// The answer counts the changed members too.
    static let countsChanges = Options(rawValue: 1 << 5)
  }

  struct Pair: BitwiseCopyable {
    var score: Double
    var member: Bytes
  }

  var options: Options
  var pairs: Slab<Pair>

  static func option(_ word: Bytes) -> Options? {
    if word.count > 4 { return nil }
    if word.equalsIgnoringCase("nx") { return .onlyNew }
    if word.equalsIgnoringCase("xx") { return .onlyExisting }
    if word.equalsIgnoringCase("gt") { return .onlyGreater }
    if word.equalsIgnoringCase("lt") { return .onlyLess }
    if word.equalsIgnoringCase("ch") { return .countsChanges }
    if word.equalsIgnoringCase("incr") { return .increments }
    return nil
  }

  /// - Parameter start: of the first score.
  static func parse(
    _ options: Options, _ arguments: Arguments, from start: Int
  ) throws(CommandError) -> SortedSetAdditions {
    let words = arguments.count - start
    guard words > 0, words % 2 == 0 else { throw .syntax }
    if options.isSuperset(of: [.onlyNew, .onlyExisting]) {
      throw .text("ERR XX and NX options at the same time are not compatible")
    }
    let exclusive: Options = [.onlyNew, .onlyGreater, .onlyLess]
    let chosen = options.intersection(exclusive)
    if chosen.rawValue & (chosen.rawValue &- 1) != 0 {
      throw .text("ERR GT, LT, and/or NX options at the same time are not compatible")
    }
    if options.contains(.increments), words > 2 {
      throw .text("ERR INCR option supports a single increment-element pair")
    }
    var pairs = Slab<Pair>(capacity: words / 2)
    for index in stride(from: start, to: arguments.count, by: 2) {
      guard let score = arguments[index].parseDouble() else { throw .notFloat }
      pairs.append(Pair(score: score, member: arguments[index + 1]))
    }
    return SortedSetAdditions(options, pairs)
  }

  init(_ options: Options, _ pairs: consuming Slab<Pair>) {
    self.options = options
    self.pairs = pairs
  }

  /// What came of it.
  struct Outcome {
    var added = 0
    var changed = 0
    /// The last member's score, where it was neither kept from being added nor from being changed.
    var score: Double?
  }

  func apply(
    to set: inout SortedSetValue, limits: SortedSetLimits, hash: KeyHash, _ random: inout RandomGenerator
  ) throws(CommandError) -> Outcome {
    var outcome = Outcome()
    for index in 0..<pairs.count {
      var (score, member) = (pairs[index].score, pairs[index].member)
      outcome.score = nil
      guard let position = set.find(member) else {
        if options.contains(.onlyExisting) { continue }
        set.insert(member, score: score, limits: limits, hash: hash, &random)
        outcome.added += 1
        outcome.score = score
        continue
      }
      if options.contains(.onlyNew) { continue }
      let old = set.score(at: position)
      if options.contains(.increments) {
        score += old
        if score.isNaN { throw .text("ERR resulting score is not a number (NaN)") }
      }
      if options.contains(.onlyLess) && score >= old || options.contains(.onlyGreater) && score <= old { continue }
      outcome.score = score
      guard score != old else { continue }
      set.setScore(at: position, member, score)
      outcome.changed += 1
    }
    return outcome
  }
}

extension Call {
  /// Adds the members that are arguments to the sorted set at argument 1, and answers.
  fileprivate mutating func addMembers(
    _ options: SortedSetAdditions.Options, from start: Int
  ) throws(CommandError) {
    try addMembers(SortedSetAdditions.parse(options, arguments, from: start))
  }

  /// Adds members to the sorted set at argument 1, and answers: how many were added, or the new score.
  mutating func addMembers(_ additions: borrowing SortedSetAdditions) throws(CommandError) {
    let outcome = try apply(additions)
    if additions.options.contains(.increments) {
      if let score = outcome.score { reply.double(score) } else { reply.null() }
    } else {
      reply.integer(outcome.added + (additions.options.contains(.countsChanges) ? outcome.changed : 0))
    }
  }

  private mutating func apply(
    _ additions: borrowing SortedSetAdditions
  ) throws(CommandError) -> SortedSetAdditions.Outcome {
    let (limits, hasher) = (configuration.sortedSetLimits, keyspace.hash)
    let outcome: SortedSetAdditions.Outcome
    let existing = try find(1, as: .sortedSet, for: .write)
    if let existing {
      var random = self.random
      defer { self.random = random }
      outcome = try keyspace[database].update(existing, as: SortedSetValue.self) {
        (set) throws(CommandError) -> SortedSetAdditions.Outcome in
        if additions.pairs.count > limits.listpackEntries { set.convertToSkipList(hash: hasher, &random) }
        return try additions.apply(to: &set, limits: limits, hash: hasher, &random)
      }
    } else {
      if additions.options.contains(.onlyExisting) { return SortedSetAdditions.Outcome() }
      var set = SortedSetValue.make(
        for: additions.pairs.count, memberBytes: additions.pairs[0].member.count, limits: limits, hash: hasher)
      outcome = try additions.apply(to: &set, limits: limits, hash: hasher, &random)
      keyspace[database].setCollection(
        arguments[1], hash: hash(1), type: .sortedSet, to: set, existing: nil, access: freshAccess)
    }
    guard outcome.added + outcome.changed > 0 else { return outcome }
    changed(1, count: outcome.added + outcome.changed)
    if existing == nil { created(1) }
    notify(.sortedSet, additions.options.contains(.increments) ? "zincr" : "zadd", 1)
    return outcome
  }
}
