// Popping from sorted sets, by those who wait for one where there is none.

/// Pops the member with the lowest score from the first of several sorted sets that is there, or waits for one.
enum BZPopMin: Command {
  static let spec = CommandSpec(
    "bzpopmin", since: "5.0.0", group: .sortedSet, arity: .atLeast(3), flags: [.write, .fast, .blocking],
    keys: [.range([.rw, .access, .delete], last: -2)],
    complexity: "O(log(N)) with N the number of members of the sorted set",
    summary: "Removes and returns the member with the lowest score of one of several sorted sets, or waits for one.",
    syntax: "key [key ...] timeout",
    history: [("6.0.0", "`timeout` is interpreted as a double instead of an integer.")])

  static func execute(_ call: inout Call) throws(CommandError) { try call.popOrWait(.lowest) }
}

/// Pops the member with the highest score from the first of several sorted sets that is there, or waits for one.
enum BZPopMax: Command {
  static let spec = CommandSpec(
    "bzpopmax", since: "5.0.0", group: .sortedSet, arity: .atLeast(3), flags: [.write, .fast, .blocking],
    keys: [.range([.rw, .access, .delete], last: -2)],
    complexity: "O(log(N)) with N the number of members of the sorted set",
    summary: "Removes and returns the member with the highest score of one of several sorted sets, or waits for one.",
    syntax: "key [key ...] timeout",
    history: [("6.0.0", "`timeout` is interpreted as a double instead of an integer.")])

  static func execute(_ call: inout Call) throws(CommandError) { try call.popOrWait(.highest) }
}

/// Pops members from the first of several sorted sets that is there, or waits for one.
enum BZMPop: Command {
  static let spec = CommandSpec(
    "bzmpop", since: "7.0.0", group: .sortedSet, arity: .atLeast(5), flags: [.write, .blocking, .movableKeys],
    keys: [
      KeySpec([.rw, .access, .delete], begin: .index(2), find: .keyCount(countAt: 0, first: 1, step: 1))
    ],
    complexity: "O(K) + O(M*log(N)) with K the number of keys and M the number of members popped",
    summary: "Removes and returns members of the first of several sorted sets that is there, or waits for one.",
    syntax: "timeout numkeys key [key ...] <MIN | MAX> [COUNT count]")

  static func execute(_ call: inout Call) throws(CommandError) {
    let options = try MultiplePop(call.arguments, countAt: 2, end: SortedSetEnd.init)
    let deadline = try call.deadline(seconds: 1)
    try call.popOrWait(options.keys, options.end, Int64(options.count), as: .nestedWithKey, until: deadline)
  }
}

extension Call {
  fileprivate mutating func popOrWait(_ end: SortedSetEnd) throws(CommandError) {
    let last = arguments.count - 1
    let deadline = try deadline(seconds: last)
    try popOrWait(1..<last, end, 1, as: .flatWithKey, until: deadline)
  }

  fileprivate mutating func popOrWait(
    _ keys: Range<Int>, _ end: SortedSetEnd, _ count: Int64, as shape: PoppedMembersShape, until deadline: Int64?
  ) throws(CommandError) {
    for index in keys {
      guard let entry = try find(index, as: .sortedSet, for: .write) else { continue }
      return popMembers(of: entry, index, end, count, as: shape)
    }
    guard mayWait else { return reply.nullArray() }
    waitForKeys(keys, type: .sortedSet, until: deadline)
  }
}
