/// Has the session's next EXEC run only if the keys do not change until then.
enum WatchKeys: Command {
  static let spec = CommandSpec(
    "watch", since: "2.2.0", group: .transactions, arity: .atLeast(2),
    flags: [.noScript, .loading, .stale, .fast, .allowBusy, .neverQueued], keys: [.range([.ro])],
    complexity: "O(1) for every key", summary: "Lets the next transaction depend on keys that must not change.",
    syntax: "key [key ...]")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard !call.sessions[call.session].flags.contains(.transaction) else {
      throw .text("ERR WATCH inside MULTI is not allowed")
    }
    // Where one has changed already, the next EXEC is lost whatever happens to the others.
    if !call.sessions[call.session].flags.contains(.dirtyTransaction) {
      for index in 1..<call.arguments.count { call.watch(index) }
    }
    call.reply.ok()
  }
}

/// Ends the session's watches.
enum Unwatch: Command {
  static let spec = CommandSpec(
    "unwatch", since: "2.2.0", group: .transactions, arity: .exactly(1),
    flags: [.noScript, .loading, .stale, .fast, .allowBusy], summary: "Forgets the watched keys.")

  static func execute(_ call: inout Call) throws(CommandError) {
    call.unwatchAll(call.session)
    call.sessions[call.session].flags.remove(.dirtyTransaction)
    call.reply.ok()
  }
}
