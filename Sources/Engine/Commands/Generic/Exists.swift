/// Counts which of the keys exist; one named twice counts twice.
enum Exists: Command {
  static let spec = CommandSpec(
    "exists", since: "1.0.0", group: .generic, arity: .atLeast(2), flags: [.readOnly, .fast],
    keys: [.range([.ro])], categories: [.keyspace], complexity: "O(N) with N the number of keys",
    summary: "Counts how many of the keys exist.", syntax: "key [key ...]",
    tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
    history: [("3.0.3", "Accepts multiple `key` arguments.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    var found = 0
    for index in 1..<call.arguments.count where call.find(index, for: .inspect) != nil { found += 1 }
    call.reply.integer(found)
  }
}

/// Marks keys as used now, and counts which exist.
enum Touch: Command {
  static let spec = CommandSpec(
    "touch", since: "3.2.1", group: .generic, arity: .atLeast(2), flags: [.readOnly, .fast],
    keys: [.range([.ro])], categories: [.keyspace], complexity: "O(N) with N the number of keys",
    summary: "Marks keys as used, and counts how many of them exist.", syntax: "key [key ...]",
    tips: ["request_policy:multi_shard", "response_policy:agg_sum"])

  static func execute(_ call: inout Call) throws(CommandError) {
    var found = 0
    for index in 1..<call.arguments.count {
      guard let entry = call.find(index, for: .inspect) else { continue }
      // Also for a client that asked to leave no trace (CLIENT NO-TOUCH): here the trace is the purpose.
      entry.access = call.keyspace.clock.touched(entry.access, call.now, &call.random)
      found += 1
    }
    call.reply.integer(found)
  }
}

/// Tells what a key holds.
enum TypeOf: Command {
  static let spec = CommandSpec(
    "type", since: "1.0.0", group: .generic, arity: .exactly(2), flags: [.readOnly, .fast], keys: [.one([.ro])],
    categories: [.keyspace], summary: "Tells the type of a key's value.", syntax: "key")

  static func execute(_ call: inout Call) throws(CommandError) {
    call.reply.simple(call.find(1, for: .inspect)?.type.name ?? "none")
  }
}
