// The end of the server, by a client or by a signal.

extension Call {
  /// Whether the server is on its way to its end.
  var isShuttingDown: Bool { shutdown.isUnderway }

  /// Begins to end the server: waits for replicas, takes the last snapshot, as the options say.
  /// - Parameter asker: waits for the end; none: a signal asked.
  mutating func beginShutdown(_ options: ShutdownOptions, asker: SessionHandle) {
    if asker != .none {
      shutdown.askers.append(asker)
      sessions.setBlocked(asker, true)
    }
    guard !isShuttingDown else { return }
    shutdown.options = options
    shutdown.status = 0
    shutdown.isAtOnce = false
    logLine(.warning, "User requested shutdown...")
    // What is not loaded yet must not take the place of what it is loaded from.
    if isLoading { return cause(.shutDown(status: 0)) }
    guard !options.contains(.now), configuration.shutdownTimeout > 0, !areReplicasInStep(log.end) else {
      return finishShutdown(log.end)
    }
    logLine(.notice, "Waiting for replicas before shutting down.")
    let patience = Int64(microsecondsIn: configuration.shutdownTimeout)
    shutdown.stage = .waiting(offset: log.end, deadline: now.monotonicMicroseconds + patience)
    replication.wantsAcknowledgement = true
  }

  /// SIGTERM or SIGINT.
  mutating func terminate(bySignal name: String) {
    if shutdown.stage != .none, name == "SIGINT" {
      logLine(.warning, "You insist... exiting now.")
      if let job = snapshot { endSnapshot(job, succeeded: false) }
      return cause(.shutDown(status: 1, isAtOnce: true))
    }
    let options = name == "SIGINT" ? configuration.shutdownOnSigint : configuration.shutdownOnSigterm
    if !isShuttingDown { shutdown.options = options }
    if debugging.pausesPeriodicWork {
      shutdown.stage = .requested
    } else {
      beginShutdown(options, asker: .none)
    }
  }

  /// Goes on with an end that waited: for periodic work, or for replicas.
  mutating func continueShutdown() {
    switch shutdown.stage {
    case .none: return
    case .saving:
      saveAgain()
      endWithoutLastSave()
    case .requested:
      guard !debugging.pausesPeriodicWork else { return }
      shutdown.stage = .none
      beginShutdown(shutdown.options, asker: .none)
    case .waiting(let offset, let deadline):
      guard now.monotonicMicroseconds >= deadline || areReplicasInStep(offset) else { return }
      finishShutdown(offset)
    case .flushing(let offset): goOnFlushing(offset)
    }
  }

  private func areReplicasInStep(_ offset: Int64) -> Bool {
    replication.replicas.allSatisfy { sessions[$0].replica?.acknowledgedOffset ?? 0 >= offset }
  }

  /// Nobody is waited for any more: what is left is the disk.
  /// - Parameter offset: what replicas should have.
  private mutating func finishShutdown(_ offset: Int64) {
    reportReplicas(offset)
    if let job = snapshot, job.isRewrite, appendOnly.state == .awaitingBase {
      guard shutdown.options.contains(.force) else {
        logLine(.warning, "Writing initial AOF, can't exit.")
        return refuseShutdown()
      }
      logLine(.warning, "Writing initial AOF. Exit anyway.")
    }
    guard isRecording else { return saveLast() }
    logLine(.notice, "Calling fsync() on the AOF file.")
    // What found no room is tried once more: there may be some by now.
    appendOnly.retryAt = 0
    shutdown.stage = .flushing(offset: log.end)
    goOnFlushing(log.end)
  }

  /// Goes on once the append-only file is on the disk up to `offset`. Where the disk does not take it, the server goes on
  /// serving instead of losing it, unless that was asked for.
  private mutating func goOnFlushing(_ offset: Int64) {
    let end = min(offset, appendOnly.closesAt ?? .max)
    guard isAppending, appendOnly.syncedOffset < end else { return saveLast() }
    switch appendOnly.trouble {
    case nil:
      // A disk that stands still may go on: only who does not care for the data ends without it.
      guard shutdown.options.contains(.force), isDiskStalled else { return }
      shutdown.isAtOnce = true
    case .write:
      // Not tried again yet.
      if appendOnly.underway != nil || appendOnly.retryAt == 0 { return }
    case .final: break
    }
    guard shutdown.options.contains(.force) else {
      logLine(.warning, "Error writing the AOF, can't exit.")
      return refuseShutdown()
    }
    logLine(
      .warning,
      "Error writing the AOF. Exit anyway: the last \(end - appendOnly.syncedOffset) bytes of it are lost, or not known to be on the disk."
    )
    shutdown.status = 1
    // On a disk that stands still no snapshot can be begun either: the server would stand still with it.
    if shutdown.isAtOnce { return self.end() }
    saveLast()
  }

  private mutating func end() { cause(.shutDown(status: shutdown.status, isAtOnce: shutdown.isAtOnce)) }

  /// Takes the last snapshot, and ends.
  private mutating func saveLast() {
    shutdown.stage = .saving
    endOlderSnapshot()
    let options = shutdown.options
    let saves = options.contains(.save) || !configuration.save.isEmpty && !options.contains(.nosave)
    guard saves, host.files != nil else { return end() }
    beginLastSave()
  }

  /// Ends the snapshot that is under way: what it is of is older than what is saved now, or not wanted at all.
  private mutating func endOlderSnapshot() {
    guard let job = snapshot else { return }
    logLine(
      .warning,
      job.isRewrite
        ? "There is a child rewriting the AOF. Killing it!" : "There is a child saving an .rdb. Killing it!")
    endSnapshot(job, succeeded: false, isLast: false)
  }

  private mutating func beginLastSave() {
    guard !replication.awaitsData else {
      logLine(.warning, "The data of the master have not come: no snapshot is taken, the last one stays as it is.")
      return end()
    }
    logLine(.notice, "Saving the final RDB snapshot before exiting.")
    do throws(CommandError) { try beginSave() } catch { savedLast(false) }
  }

  /// Begins the last snapshot again where it was given up: a replica's primary, who goes on meanwhile, had the data
  /// replaced. Those that are here now are saved, once they are whole.
  private mutating func saveAgain() {
    guard shutdown.savesAgain else { return }
    shutdown.savesAgain = false
    // A client or a replica may have had one begun meanwhile.
    endOlderSnapshot()
    beginLastSave()
  }

  /// Ends without the last snapshot where the disk stands still, for who does not care for it.
  private mutating func endWithoutLastSave() {
    guard shutdown.options.contains(.force), !shutdown.isAtOnce, let job = snapshot else { return }
    let now = now.monotonicMicroseconds
    // What an older one left with the kernel comes first.
    let waitsForOlder =
      abandonedSnapshot != nil
      && now - job.startedAt.monotonicMicroseconds > AppendOnlyLag.patienceMicroseconds
    guard waitsForOlder || job.isStalled(now: now) else { return }
    logLine(.warning, "Error trying to save the DB: the disk stands still. Exit anyway.")
    shutdown.isAtOnce = true
    end()
  }

  /// Says in the log which replicas lack something.
  private mutating func reportReplicas(_ offset: Int64) {
    guard !replication.replicas.isEmpty else { return }
    var lagging = 0
    for handle in replication.replicas {
      guard let replica = sessions[handle].replica, replica.acknowledgedOffset < offset else { continue }
      lagging += 1
      let silence = (now.monotonicMicroseconds - replica.acknowledgedAt) / 1_000_000
      logLine(
        .notice,
        "Lagging replica \(replicaName(handle)) reported offset \(offset - replica.acknowledgedOffset) behind master, lag=\(silence), state=\(replica.stage == .online ? "online" : "wait_bgsave")."
      )
    }
    let count = replication.replicas.count
    logLine(.notice, "\(count - lagging) of \(count) replicas are in sync when shutting down.")
  }

  /// The last snapshot is done, or could not be.
  mutating func savedLast(_ succeeded: Bool) {
    if succeeded { return end() }
    if shutdown.options.contains(.force) {
      logLine(.warning, "Error trying to save the DB. Exit anyway.")
      return end()
    }
    logLine(.warning, "Error trying to save the DB, can't exit.")
    refuseShutdown()
  }

  private mutating func refuseShutdown() {
    logLine(.warning, "Errors trying to shut down the server. Check the logs for more information.")
    cancelShutdown()
  }

  /// Tells those who asked for the end that it does not come, and lets everybody go on.
  private mutating func cancelShutdown() {
    shutdown.stage = .none
    shutdown.savesAgain = false
    let askers = shutdown.askers
    shutdown.askers.removeAll()
    for handle in askers where sessions.contains(handle) {
      sessions.setBlocked(handle, false)
      write(to: handle) { $0.error("ERR Errors trying to SHUTDOWN. Check logs.") }
      cause(.resume(handle))
    }
    resumePostponed()
    reconsiderWaits()
  }

  /// Calls the end off.
  /// - Returns: whether one was under way.
  mutating func abortShutdown() -> Bool {
    guard shutdown.stage != .none else { return false }
    logLine(.notice, "Shutdown manually aborted.")
    // Not a failure, and so while the end is still under way.
    if shutdown.stage == .saving, let job = snapshot { endSnapshot(job, succeeded: false, isLast: false) }
    cancelShutdown()
    return true
  }
}
