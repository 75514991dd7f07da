/// Writes the data set to the snapshot file, and answers when it is there.
///
/// Nobody else waits meanwhile: it is the same snapshot as BGSAVE's.
enum Save: Command {
  static let spec = CommandSpec(
    "save", since: "1.0.0", group: .server, arity: .exactly(1), flags: [.admin, .noScript, .noMulti],
    complexity: "O(N) where N is the total number of keys in all databases",
    summary: "Writes the data set to disk and waits for it.")

  static func execute(_ call: inout Call) throws(CommandError) {
    if let job = call.snapshot {
      // One snapshot at a time: a rewrite is waited for.
      guard job.isRewrite else { throw .text("ERR Background save already in progress") }
      call.persistence.saveAskers.append(call.session)
    } else {
      try call.beginSave(asker: call.session)
    }
    call.sessions.setBlocked(call.session, true)
  }
}

/// Writes the data set to the snapshot file while the server goes on.
enum BGSave: Command {
  static let spec = CommandSpec(
    "bgsave", since: "1.0.0", group: .server, arity: .atLeast(1), flags: [.admin, .noScript],
    summary: "Writes the data set to disk in the background.", syntax: "[SCHEDULE]",
    history: [("3.2.2", "Added the `SCHEDULE` option.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    var schedules = false
    if call.arguments.count > 1 {
      guard call.arguments.count == 2, call.arguments[1].equalsIgnoringCase("schedule") else { throw .syntax }
      schedules = true
    }
    if let job = call.snapshot {
      if !job.isRewrite { throw .text("ERR Background save already in progress") }
      guard schedules || call.isInTransaction else {
        throw .text(
          "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible."
        )
      }
      call.persistence.isSaveScheduled = true
      return call.reply.simple("Background saving scheduled")
    }
    // In a transaction its effects are not in the log yet, and the snapshot says how far the log is.
    guard !call.isInTransaction, !call.isDiskStandingStill else {
      call.persistence.isSaveScheduled = true
      return call.reply.simple("Background saving scheduled")
    }
    try call.beginSave()
    call.logLine(.notice, "Background saving started")
    call.reply.simple("Background saving started")
  }
}

/// Writes the append-only file anew while the server goes on.
enum BGRewriteAOF: Command {
  static let spec = CommandSpec(
    "bgrewriteaof", since: "1.0.0", group: .server, arity: .exactly(1), flags: [.admin, .noScript],
    summary: "Writes the append-only file anew, as short as it can be.")

  static func execute(_ call: inout Call) throws(CommandError) {
    if let job = call.snapshot {
      guard !job.isRewrite else {
        throw .text("ERR Background append only file rewriting already in progress")
      }
      call.persistence.isRewriteScheduled = true
      call.persistence.rewriteFailures = 0
      return call.reply.simple("Background append only file rewriting scheduled")
    }
    guard call.mayBeginRewrite, !call.appendOnly.isClosing, !call.isDiskStandingStill,
      !call.syncsAheadOfRewrite()
    else {
      call.persistence.isRewriteScheduled = true
      call.persistence.rewriteFailures = 0
      return call.reply.simple("Background append only file rewriting scheduled")
    }
    do throws(FileFailure) { try call.beginRewrite() } catch {
      call.noteRewriteNotBegun(error)
      throw .text("ERR Can't execute an AOF background rewriting. Please check the server logs for more information.")
    }
    call.reply.simple("Background append only file rewriting started")
  }
}

/// When the data set was last written to the snapshot file, seconds since 1970.
enum LastSave: Command {
  static let spec = CommandSpec(
    "lastsave", since: "1.0.0", group: .server, arity: .exactly(1), flags: [.loading, .stale, .fast],
    categories: [.admin, .dangerous], summary: "Says when the data set was last written to disk.",
    tips: ["nondeterministic_output"])

  static func execute(_ call: inout Call) throws(CommandError) { call.reply.integer(call.persistence.lastSave) }
}

extension Call {
  /// Begins the snapshot that a client waits for who asked while the append-only file was rewritten.
  /// - Returns: whether there was one.
  mutating func beginAwaitedSave() -> Bool {
    while !persistence.saveAskers.isEmpty {
      let asker = persistence.saveAskers.removeFirst()
      guard sessions.contains(asker) else { continue }
      do throws(CommandError) {
        try beginSave(asker: asker)
        return true
      } catch {
        sessions.setBlocked(asker, false)
        write(to: asker) { $0.error(error) }
        cause(.resume(asker))
      }
    }
    return false
  }
}
