/// Makes the session a replica: from where it left off where the log reaches back so far, else from a snapshot.
enum PSync: Command {
  static let spec = CommandSpec(
    "psync", since: "2.8.0", group: .server, arity: .atLeast(3), flags: [.admin, .noMulti, .noScript, .noAsyncLoading],
    summary: "Starts the replication stream. Internal.", syntax: "replicationid offset")

  static func execute(_ call: inout Call) throws(CommandError) {
    if call.arguments.count > 3, call.arguments[3].equalsIgnoringCase("failover") {
      try call.takeOver(call.arguments[1])
    }
    try call.becomeReplica(resumingAt: (identifier: call.arguments[1], offset: call.arguments[2]))
  }
}

/// Makes the session a replica in the old way: a snapshot at once, without a word before it.
enum Sync: Command {
  static let spec = CommandSpec(
    "sync", since: "1.0.0", group: .server, arity: .exactly(1), flags: [.admin, .noMulti, .noScript],
    summary: "Starts the replication stream in the old way. Internal.")

  static func execute(_ call: inout Call) throws(CommandError) { try call.becomeReplica(resumingAt: nil) }
}
