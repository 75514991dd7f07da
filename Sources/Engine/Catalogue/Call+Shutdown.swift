// The end of the server, by a client or by a signal.

extension Call {
  /// Begins to end the server.
  /// - Parameter saves: whether a snapshot comes first; nil: where there are save points.
  mutating func beginShutdown(saves: Bool?) throws(CommandError) {
    guard !isShuttingDown else { return }
    if let job = snapshot {
      // What it is of is older than what is saved now, or not wanted at all.
      logLine(.warning, "There is a child saving an .rdb. Killing it!")
      endSnapshot(job, succeeded: false)
    }
    guard saves ?? !configuration.save.isEmpty, host.files != nil else { return cause(.shutDown(status: 0)) }
    logLine(.notice, "Saving the final RDB snapshot before exiting.")
    try beginSave()
    isShuttingDown = true
    guard session != .none else { return }
    shutdownAskers.append(session)
    sessions.setBlocked(session, true)
  }

  /// The last snapshot is done, or could not be.
  mutating func finishShutdown(saved: Bool) {
    isShuttingDown = false
    if saved { return cause(.shutDown(status: 0)) }
    logLine(.warning, "Error trying to save the DB, can't exit.")
    logLine(.warning, "Errors trying to shut down the server. Check the logs for more information.")
    refuseShutdown()
  }

  /// Tells those who asked for the end that it does not come.
  private mutating func refuseShutdown() {
    for handle in shutdownAskers where sessions.contains(handle) {
      sessions.setBlocked(handle, false)
      write(to: handle) { $0.error("ERR Errors trying to SHUTDOWN. Check logs.") }
      cause(.resume(handle))
    }
    shutdownAskers.removeAll()
  }

  /// Calls the end off.
  /// - Returns: whether one was under way.
  mutating func abortShutdown() -> Bool {
    guard isShuttingDown else { return false }
    logLine(.warning, "Shutdown manually aborted.")
    let job = snapshot
    isShuttingDown = false
    if let job { endSnapshot(job, succeeded: false) }
    refuseShutdown()
    return true
  }
}
