/// Removes and returns the members with the lowest scores.
enum ZPopMin: Command {
  static let spec = CommandSpec(
    "zpopmin", since: "5.0.0", group: .sortedSet, arity: .atLeast(2), flags: [.write, .fast],
    keys: [.one([.rw, .access, .delete])], complexity: "O(log(N)*M) with M the number of members popped",
    summary: "Removes the members of a sorted set with the lowest scores, and returns them.",
    syntax: "key [count]")

  static func execute(_ call: inout Call) throws(CommandError) { try call.popMembers(.lowest) }
}

/// Removes and returns the members with the highest scores.
enum ZPopMax: Command {
  static let spec = CommandSpec(
    "zpopmax", since: "5.0.0", group: .sortedSet, arity: .atLeast(2), flags: [.write, .fast],
    keys: [.one([.rw, .access, .delete])], complexity: "O(log(N)*M) with M the number of members popped",
    summary: "Removes the members of a sorted set with the highest scores, and returns them.",
    syntax: "key [count]")

  static func execute(_ call: inout Call) throws(CommandError) { try call.popMembers(.highest) }
}

/// Pops from the first of several sorted sets that is there.
enum ZMPop: Command {
  static let spec = CommandSpec(
    "zmpop", since: "7.0.0", group: .sortedSet, arity: .atLeast(4), flags: [.write, .movableKeys],
    keys: [
      KeySpec([.rw, .access, .delete], begin: .index(1), find: .keyCount(countAt: 0, first: 1, step: 1))
    ],
    complexity: "O(K) + O(M*log(N)) with K the number of keys and M the number of members popped",
    summary:
      "Removes the members with the lowest or the highest scores from the first of several sorted sets that is there.",
    syntax: "numkeys key [key ...] <MIN | MAX> [COUNT count]")

  static func execute(_ call: inout Call) throws(CommandError) {
    let options = try MultiplePop(call.arguments, countAt: 1, end: SortedSetEnd.init)
    for index in options.keys {
      guard let entry = try call.find(index, as: .sortedSet, for: .write) else { continue }
      return call.popMembers(of: entry, index, options.end, Int64(options.count), as: .nestedWithKey)
    }
    call.reply.nullArray()
  }
}

/// Which end of a sorted set is popped from.
enum SortedSetEnd { case lowest, highest }

extension SortedSetEnd {
  /// The end that MIN or MAX names.
  /// - Throws: `syntax`.
  init(_ word: Bytes) throws(CommandError) {
    if word.equalsIgnoringCase("min") {
      self = .lowest
    } else if word.equalsIgnoringCase("max") {
      self = .highest
    } else {
      throw .syntax
    }
  }
}

/// How popped members are answered.
enum PoppedMembersShape {
  /// Members and scores in one array: ZPOPMIN, and with a count in RESP2.
  case flat
  /// An array of pairs: ZPOPMIN with a count in RESP3.
  case nested
  /// The key, then members and scores in one array: BZPOPMIN.
  case flatWithKey
  /// The key and an array of pairs: ZMPOP, BZMPOP.
  case nestedWithKey
}

extension Call {
  fileprivate mutating func popMembers(_ end: SortedSetEnd) throws(CommandError) {
    guard arguments.count <= 3 else { throw .syntax }
    var count: Int64 = 1
    if arguments.count == 3 {
      guard let wanted = arguments[2].parseInt64(), wanted >= 0 else { throw .mustBePositive }
      count = wanted
    }
    let entry = try find(1, as: .sortedSet, for: .write)
    guard let entry, count > 0 else { return reply.array(0) }
    popMembers(
      of: entry, 1, end, count, as: arguments.count == 3 && reply.version == 3 ? .nested : .flat)
  }

  /// Removes up to `count` members from one end of a sorted set and answers them; deletes the key where none is left.
  ///
  /// Notes the change, tells of it, and declares its effect as ZPOPMIN or ZPOPMAX where the command is another one.
  /// - Parameters:
  ///   - entry: what is at the key; not empty. It must not be used again.
  ///   - index: the argument that is the key.
  ///   - count: at least 1.
  mutating func popMembers(
    of entry: Entry, _ index: Int, _ end: SortedSetEnd, _ count: Int64, as shape: PoppedMembersShape
  ) {
    let set = entry.sortedSet
    let total = set.count
    let popped = Int(min(count, Int64(total)))
    let ranks = end == .lowest ? 0..<popped : total - popped..<total
    let isNested = shape == .nested || shape == .nestedWithKey
    switch shape {
    case .flat: reply.array(popped * 2)
    case .nested: reply.array(popped)
    case .flatWithKey:
      reply.array(popped * 2 + 1)
      reply.bulk(arguments[index])
    case .nestedWithKey:
      reply.array(2)
      reply.bulk(arguments[index])
      reply.array(popped)
    }
    set.forEach(in: ranks, isReversed: end == .highest) { member, score in
      if isNested { reply.array(2) }
      reply.bulk(member)
      reply.double(score)
    }
    let isDeleted = removeMembers(ranks, of: entry, index)
    changed(index, count: popped)
    notify(.sortedSet, end == .lowest ? "zpopmin" : "zpopmax", index)
    if isDeleted { notify(.generic, "del", index) }
    declarePop(index, end, popped, shape)
  }

  private mutating func declarePop(_ index: Int, _ end: SortedSetEnd, _ popped: Int, _ shape: PoppedMembersShape) {
    let name: StaticString = end == .lowest ? "ZPOPMIN" : "ZPOPMAX"
    switch shape {
    case .flat, .nested: return
    case .flatWithKey: replicate(name, arguments[index])
    case .nestedWithKey:
      let key = arguments[index]
      NumberText(Int64(popped)).withBytes { replicate(name, key, $0) }
    }
  }
}
