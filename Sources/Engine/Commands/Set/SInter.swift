/// Returns the members that several sets have in common.
enum SInter: Command {
  static let spec = CommandSpec(
    "sinter", since: "1.0.0", group: .set, arity: .atLeast(2), flags: [.readOnly], keys: [.range([.ro, .access])],
    complexity: "O(N*M) with N the size of the smallest set and M the number of sets",
    summary: "Returns the members that all of several sets have.", syntax: "key [key ...]",
    tips: ["nondeterministic_output_order"])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let intersection = Intersection(try call.findSets(1..<call.arguments.count)) else {
      return call.reply.set(0)
    }
    let mark = call.reply.openAggregate()
    var count = 0
    intersection.forEach { member in
      call.reply.bulk(member)
      count += 1
      return true
    }
    call.reply.close(mark, set: count)
  }
}

/// Counts the members that several sets have in common.
enum SInterCard: Command {
  static let spec = CommandSpec(
    "sintercard", since: "7.0.0", group: .set, arity: .atLeast(3), flags: [.readOnly, .movableKeys],
    keys: [KeySpec([.ro, .access], begin: .index(1), find: .keyCount(countAt: 0, first: 1, step: 1))],
    complexity: "O(N*M) with N the size of the smallest set and M the number of sets",
    summary: "Counts the members that all of several sets have.", syntax: "numkeys key [key ...] [LIMIT limit]")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let keys = call.arguments[1].parseInt64(), keys > 0 else {
      throw .text("ERR numkeys should be greater than 0")
    }
    guard keys <= call.arguments.count - 2 else {
      throw .text("ERR Number of keys can't be greater than number of args")
    }
    let end = 2 + Int(keys)
    var limit: Int64 = 0
    var index = end
    while index < call.arguments.count {
      guard call.arguments[index].equalsIgnoringCase("limit"), index + 1 < call.arguments.count else { throw .syntax }
      guard let value = call.arguments[index + 1].parseInt64(), value >= 0 else {
        throw .text("ERR LIMIT can't be negative")
      }
      limit = value
      index += 2
    }
    guard let intersection = Intersection(try call.findSets(2..<end)) else { return call.reply.integer(0) }
    var count: Int64 = 0
    intersection.forEach { _ in
      count += 1
      return count != limit
    }
    call.reply.integer(count)
  }
}

/// Stores the members that several sets have in common.
enum SInterStore: Command {
  static let spec = CommandSpec(
    "sinterstore", since: "1.0.0", group: .set, arity: .atLeast(3), flags: [.write, .denyOutOfMemory],
    keys: [.one([.rw, .update]), .range([.ro, .access], from: 2)],
    complexity: "O(N*M) with N the size of the smallest set and M the number of sets",
    summary: "Stores the members that all of several sets have as a set.", syntax: "destination key [key ...]")

  static func execute(_ call: inout Call) throws(CommandError) {
    let intersection = Intersection(try call.findSets(2..<call.arguments.count))
    call.store(intersection?.makeSet(call.setLimits, hash: call.keyspace.hash), event: "sinterstore")
  }
}
