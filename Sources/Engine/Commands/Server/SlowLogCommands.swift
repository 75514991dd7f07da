/// What was slow. Runs only where its subcommand is missing.
enum SlowLogContainer: Command {
  static let spec = CommandSpec(
    "slowlog", since: "2.2.12", group: .server, arity: .atLeast(2), complexity: "Depends on subcommand.",
    summary: "Shows the commands that took long.")

  static func execute(_ call: inout Call) throws(CommandError) { throw .wrongArgumentCount("slowlog") }
}

/// Shows the latest slow commands.
enum SlowLogGet: Command {
  static let spec = CommandSpec(
    "get", of: "slowlog", since: "2.2.12", group: .server, arity: .atLeast(2), flags: [.admin, .loading, .stale],
    complexity: "O(N) where N is the number of entries returned", summary: "Shows the latest slow commands.",
    syntax: "[count]", tips: ["request_policy:all_nodes", "nondeterministic_output"],
    history: [("4.0.0", "Added client IP address, port and name to the reply.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard call.arguments.count <= 3 else { throw .wrongArgumentCount("slowlog|get") }
    var limit: Int64 = 10
    if call.arguments.count == 3 {
      guard let count = call.arguments[2].parseInt64(), count >= -1 else {
        throw .text("ERR count should be greater than or equal to -1")
      }
      limit = count
    }
    let entries = call.slowLog.latest(limit == -1 ? .max : Int(clamping: limit))
    call.reply.array(entries.count)
    for entry in entries {
      call.reply.array(6)
      call.reply.integer(entry.id)
      call.reply.integer(entry.time)
      call.reply.integer(entry.microseconds)
      call.reply.array(entry.arguments.count)
      for argument in entry.arguments { call.reply.bulk(argument) }
      call.reply.bulk(entry.peer)
      call.reply.bulk(entry.name)
    }
  }
}

/// Counts the entries of the slow log.
enum SlowLogLen: Command {
  static let spec = CommandSpec(
    "len", of: "slowlog", since: "2.2.12", group: .server, arity: .exactly(2), flags: [.admin, .loading, .stale],
    summary: "Counts the slow commands that are kept.",
    tips: ["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"])

  static func execute(_ call: inout Call) throws(CommandError) { call.reply.integer(call.slowLog.count) }
}

/// Empties the slow log.
enum SlowLogReset: Command {
  static let spec = CommandSpec(
    "reset", of: "slowlog", since: "2.2.12", group: .server, arity: .exactly(2), flags: [.admin, .loading, .stale],
    complexity: "O(N) where N is the number of entries in the slowlog", summary: "Forgets the slow commands.",
    tips: ["request_policy:all_nodes", "response_policy:all_succeeded"])

  static func execute(_ call: inout Call) throws(CommandError) {
    call.slowLog.removeAll()
    call.reply.ok()
  }
}

enum SlowLogHelp: Command {
  static let spec = CommandSpec(
    "help", of: "slowlog", since: "6.2.0", group: .server, arity: .exactly(2), flags: [.loading, .stale],
    summary: "Lists the subcommands.")

  static func execute(_ call: inout Call) throws(CommandError) { call.replyHelp() }
}
