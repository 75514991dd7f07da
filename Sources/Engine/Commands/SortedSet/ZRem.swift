/// Removes members.
enum ZRem: Command {
  static let spec = CommandSpec(
    "zrem", since: "1.2.0", group: .sortedSet, arity: .atLeast(3), flags: [.write, .fast],
    keys: [.one([.rw, .delete])], complexity: "O(M*log(N)) with M the number of members to remove",
    summary: "Removes members from a sorted set; a set without members is deleted.",
    syntax: "key member [member ...]", history: [("2.4.0", "Accepts multiple elements.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let entry = try call.find(1, as: .sortedSet, for: .write) else { return call.reply.integer(0) }
    let arguments = call.arguments
    let (removed, isDeleted) = call.update(entry, 1, as: SortedSetValue.self) { set in
      var removed = 0
      for index in 2..<arguments.count where set.remove(arguments[index]) { removed += 1 }
      return removed
    }
    if removed > 0 {
      call.changed(1, count: removed)
      call.notify(.sortedSet, "zrem", 1)
      if isDeleted { call.notify(.generic, "del", 1) }
    }
    call.reply.integer(removed)
  }
}

/// Removes the members of some ranks.
enum ZRemRangeByRank: Command {
  static let spec = CommandSpec(
    "zremrangebyrank", since: "2.0.0", group: .sortedSet, arity: .exactly(4), flags: [.write],
    keys: [.one([.rw, .delete])], complexity: "O(log(N)+M) with M the number of members removed",
    summary: "Removes the members of a sorted set that have ranks in a range.", syntax: "key start stop")

  static func execute(_ call: inout Call) throws(CommandError) {
    let (start, stop) = (try call.integer(at: 2), try call.integer(at: 3))
    try call.removeRange("zremrangebyrank") { $0.ranks(from: start, through: stop) }
  }
}

/// Removes the members with scores in a range.
enum ZRemRangeByScore: Command {
  static let spec = CommandSpec(
    "zremrangebyscore", since: "1.2.0", group: .sortedSet, arity: .exactly(4), flags: [.write],
    keys: [.one([.rw, .delete])], complexity: "O(log(N)+M) with M the number of members removed",
    summary: "Removes the members of a sorted set that have scores in a range.", syntax: "key min max")

  static func execute(_ call: inout Call) throws(CommandError) {
    let range = try ScoreRange(call.arguments[2], call.arguments[3])
    try call.removeRange("zremrangebyscore") { $0.ranks(in: range) }
  }
}

/// Removes the members in a range of bytes.
enum ZRemRangeByLex: Command {
  static let spec = CommandSpec(
    "zremrangebylex", since: "2.8.9", group: .sortedSet, arity: .exactly(4), flags: [.write],
    keys: [.one([.rw, .delete])], complexity: "O(log(N)+M) with M the number of members removed",
    summary: "Removes the members of a sorted set in a range of bytes, all scores being equal.",
    syntax: "key min max")

  static func execute(_ call: inout Call) throws(CommandError) {
    let range = try MemberRange(call.arguments[2], call.arguments[3])
    try call.removeRange("zremrangebylex") { $0.ranks(in: range) }
  }
}

extension Call {
  fileprivate mutating func removeRange(
    _ event: StaticString, _ ranks: (SortedSetValue) -> Range<Int>
  ) throws(CommandError) {
    guard let entry = try find(1, as: .sortedSet, for: .write) else { return reply.integer(0) }
    let ranks = ranks(entry.sortedSet)
    reply.integer(ranks.count)
    guard !ranks.isEmpty else { return }
    let isDeleted = removeMembers(ranks, of: entry, 1)
    changed(1, count: ranks.count)
    notify(.sortedSet, event, 1)
    if isDeleted { notify(.generic, "del", 1) }
  }
}

extension SortedSetValue {
  /// The ranks that ZRANGE and its kin mean by two indices, negative ones counted from the end.
  func ranks(from start: Int64, through stop: Int64) -> Range<Int> {
    let count = Int64(count)
    let first = max(start < 0 ? start + count : start, 0)
    let last = min(stop < 0 ? stop + count : stop, count - 1)
    return first <= last ? Int(first)..<Int(last) + 1 : 0..<0
  }
}
