/// Lists the keys that match a pattern.
enum Keys: Command {
  static let spec = CommandSpec(
    "keys", since: "1.0.0", group: .generic, arity: .exactly(2), flags: [.readOnly],
    categories: [.keyspace, .dangerous], complexity: "O(N) with N the number of keys in the database",
    summary: "Lists the keys that match a pattern.", syntax: "pattern",
    tips: ["request_policy:all_shards", "nondeterministic_output_order"])

  static func execute(_ call: inout Call) throws(CommandError) {
    let pattern = call.arguments[1]
    let matchesAll = pattern == Bytes("*")
    var count = 0
    let mark = call.reply.openAggregate()
    var met = Slab<Entry>(capacity: 64)
    var cursor: UInt64 = 0
    repeat {
      met.removeAll()
      cursor = call.keyspace[call.database].table.scan(cursor: cursor) { met.append($0) }
      for index in 0..<met.count {
        let entry = met[index]
        guard matchesAll || Glob.matches(entry.key, pattern: pattern), !call.isExpired(entry) else { continue }
        call.reply.bulk(entry.key)
        count += 1
      }
    } while cursor != 0
    call.reply.close(mark, array: count)
  }
}

/// Returns some key.
enum RandomKey: Command {
  static let spec = CommandSpec(
    "randomkey", since: "1.0.0", group: .generic, arity: .exactly(1), flags: [.readOnly, .touchesArbitraryKeys],
    categories: [.keyspace], summary: "Returns a key chosen at random.",
    tips: ["request_policy:all_shards", "response_policy:special", "nondeterministic_output"])

  /// How often a server that may not delete what it meets (a replica, or paused) tries for a key that has not expired.
  private static var triesOnReplica: Int { 100 }

  static func execute(_ call: inout Call) throws(CommandError) {
    var tries = 0
    while let entry = call.randomEntry() {
      tries += 1
      guard call.isExpired(entry) else { return call.reply.bulk(entry.key) }
      if !call.mayExpire {
        guard tries < triesOnReplica else { return call.reply.bulk(entry.key) }
      } else {
        call.expire(entry, hash: call.keyspace.hash(entry.key), in: call.database)
      }
    }
    call.reply.null()
  }
}

extension Call {
  /// An entry of the session's database, chosen evenly.
  fileprivate mutating func randomEntry() -> Entry? {
    var generator = random
    defer { random = generator }
    return keyspace[database].table.randomElement { generator.next() }
  }
}
