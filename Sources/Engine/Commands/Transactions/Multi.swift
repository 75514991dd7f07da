/// Has the session's requests wait for EXEC from now on.
enum Multi: Command {
  static let spec = CommandSpec(
    "multi", since: "1.2.0", group: .transactions, arity: .exactly(1),
    flags: [.noScript, .loading, .stale, .fast, .allowBusy, .neverQueued], summary: "Begins a transaction.")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard !call.sessions[call.session].flags.contains(.transaction) else {
      throw .text("ERR MULTI calls can not be nested")
    }
    call.sessions[call.session].flags.insert(.transaction)
    call.sessions[call.session].queue = TransactionQueue()
    call.reply.ok()
  }
}

/// Runs what has waited since MULTI, unless a watched key has changed.
///
/// This judges whether it may run, and begins the reply; the engine then runs the queue.
enum Exec: Command {
  static let spec = CommandSpec(
    "exec", since: "1.2.0", group: .transactions, arity: .exactly(1),
    flags: [.noScript, .loading, .stale, .skipSlowLog, .neverQueued, .runsQueue],
    complexity: "Depends on commands in the transaction", summary: "Runs the commands of a transaction.")

  static func execute(_ call: inout Call) throws(CommandError) {
    let session = call.session
    guard call.sessions[session].flags.contains(.transaction) else { throw .text("ERR EXEC without MULTI") }
    guard !call.sessions[session].flags.contains(.failedTransaction) else {
      call.endTransaction(session)
      throw .text("EXECABORT Transaction discarded because of previous errors.")
    }
    guard !call.sessions[session].flags.contains(.dirtyTransaction), !call.hasExpiredWatch(session) else {
      call.endTransaction(session)
      return call.reply.nullArray()
    }
    call.unwatchAll(session)
    call.reply.array(call.sessions[session].queue?.count ?? 0)
    call.isInTransaction = true
  }
}

/// Forgets what has waited since MULTI.
enum Discard: Command {
  static let spec = CommandSpec(
    "discard", since: "2.0.0", group: .transactions, arity: .exactly(1),
    flags: [.noScript, .loading, .stale, .fast, .allowBusy, .neverQueued],
    complexity: "O(N) with N the number of queued commands", summary: "Forgets the commands of a transaction.")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard call.sessions[call.session].flags.contains(.transaction) else { throw .text("ERR DISCARD without MULTI") }
    call.endTransaction(call.session)
    call.reply.ok()
  }
}
