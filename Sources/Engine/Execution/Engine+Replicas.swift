// The primary's side of replication: what replicas are sent besides their replies, and the watch over them.
extension Engine {
  /// The sessions that are replicas. Each may have something pending (`pendingFeed`).
  public var replicas: [SessionHandle] { call.replication.replicas }

  /// Bytes a replica is to be sent now: of its snapshot, then of the log. 0 for everybody else.
  public func pendingFeed(_ handle: SessionHandle) -> Int {
    guard call.sessions.contains(handle), call.sessions[handle].replica != nil,
      !call.sessions[handle].flags.contains(.closing)
    else { return 0 }
    if let feed = call.sessions[handle].replica?.feed { return feed.worthwhileBytes(of: handle) }
    return sendableCursor(handle).map { call.log.pendingBytes($0) } ?? 0
  }

  /// Whether what a replica is sent is still its snapshot.
  public func isSentSnapshot(_ handle: SessionHandle) -> Bool {
    call.sessions.contains(handle) && call.sessions[handle].replica?.feed != nil
  }

  /// Whether replicas may be sent the log a moment later, with more of it: nobody waits for what they have.
  public var mayGatherForReplicas: Bool {
    call.replication.waiting.isEmpty && call.heldReplies.countForReplicas == 0 && call.replication.failover == nil
      && !call.isShuttingDown
  }

  /// Where a replica that is to be sent the log stands in it.
  private func sendableCursor(_ handle: SessionHandle) -> LogCursor? {
    guard let replica = call.sessions[handle].replica, replica.stage == .online, !replica.awaitsAcknowledgement else {
      return nil
    }
    return call.sessions[handle].cursor
  }

  /// Calls `body` with up to `limit` runs of the bytes that the replica has before it. They stay where they are,
  /// unchanged, until `fed` says that they were sent or the session is gone.
  public func forEachFeedPiece(_ handle: SessionHandle, limit: Int, _ body: (Bytes) -> Void) {
    guard call.sessions.contains(handle), call.sessions[handle].replica != nil else { return }
    if let feed = call.sessions[handle].replica?.feed {
      return feed.forEachPiece(of: handle, limit: limit, body)
    }
    if let cursor = sendableCursor(handle) { call.log.forEachPiece(cursor, limit: limit, body) }
  }

  /// Notes that a replica was sent `byteCount` bytes of what `forEachFeedPiece` gave.
  public mutating func fed(_ byteCount: Int, to handle: SessionHandle) {
    guard call.sessions.contains(handle) else { return }
    call.sessions[handle].bytesSent += Int64(byteCount)
    if let feed = call.sessions[handle].replica?.feed {
      feed.advance(handle, by: byteCount)
      call.sessions[handle].replica?.acknowledgedAt = call.now.monotonicMicroseconds
      if feed.isThrough(handle), !call.sessions[handle].flags.contains(.closing) { finishTransfer(handle) }
    } else if var cursor = call.sessions[handle].cursor {
      call.reach(.feed)
      call.log.advance(&cursor, by: byteCount)
      call.sessions[handle].cursor = cursor
    }
  }

  /// Forgets a replica whose connection is gone.
  mutating func forgetReplica(_ handle: SessionHandle) {
    guard let index = call.replication.replicas.firstIndex(of: handle) else { return }
    call.logLine(.notice, "Connection with replica \(call.replicaName(handle)) lost.")
    call.replication.replicas.remove(at: index)
    if call.replication.replicas.isEmpty { call.replication.unreadSince = call.now.monotonicMicroseconds }
  }

  /// Ends a replica whose request got a reply: on its connection there is room for the stream alone.
  @inline(never)
  mutating func refuseReplyToReplica() {
    call.logLine(
      .warning,
      "Replica generated a reply to command '\(lastCommandName)', disconnecting it: \(call.description(of: call.session))"
    )
    call.abort(call.session)
  }

  /// Tells that a replica asked for what it may not have, or what cannot be done.
  @inline(never)
  mutating func noteErrorToReplica(_ error: CommandError) {
    call.logLine(
      .warning,
      "== CRITICAL == This master is sending an error to its replica: '\(error.message)' after processing the command '\(lastCommandName)'"
    )
  }

  private var lastCommandName: String {
    call.sessions[call.session].lastCommand.map { call.catalogue.specs[$0].fullName } ?? "<unknown>"
  }

  /// What is due at the end of every turn: whoever waited for what replicas acknowledged in it goes on, replicas are asked
  /// where they are, those too far behind are dropped.
  mutating func settleReplicas() {
    if call.replication.hasAcknowledgements {
      call.replication.hasAcknowledgements = false
      call.releaseWaiting()
      call.releaseHeld()
    }
    if call.replication.failover != nil { call.updateFailover() }
    if call.replication.wantsAcknowledgement, maySpeakToReplicas {
      call.replication.wantsAcknowledgement = false
      if !call.replication.replicas.isEmpty { call.log.appendPlain("REPLCONF", "GETACK", "*") }
    }
    if call.snapshot != nil { endUnwantedSnapshot() }
    call.spillLog()
    guard !call.replication.replicas.isEmpty else { return }
    for handle in call.replication.replicas { enforceOutputLimit(handle) }
  }

  /// Whether the log may hold what nobody wrote: it is the primary's own, nothing waits for replicas to have all of it, and
  /// no snapshot is on its way that is to be the last.
  private var maySpeakToReplicas: Bool {
    !call.isReplica && call.replication.failover == nil && call.shutdown.stage != .saving
  }

  /// Work that is due once a second.
  mutating func watchReplicas() {
    let now = call.now.monotonicMicroseconds
    let period = Int64(microsecondsIn: call.configuration.replPingReplicaPeriod)
    if !call.replication.replicas.isEmpty, maySpeakToReplicas, now - call.replication.lastPing >= period {
      call.replication.lastPing = now
      call.log.appendPlain("PING")
    }
    watchTransfers()
    boundHistory()
    let patience = Int64(microsecondsIn: call.configuration.replTimeout)
    for handle in call.replication.replicas {
      guard let replica = call.sessions[handle].replica, now - replica.acknowledgedAt > patience,
        replica.stage == .online || replica.feed != nil, !call.sessions[handle].flags.contains(.closing)
      else { continue }
      let phase = replica.stage == .online ? "streaming sync" : "full sync"
      call.logLine(.warning, "Disconnecting timedout replica (\(phase)): \(call.replicaName(handle))")
      call.abort(handle)
    }
    dropUnreadLog(now)
  }

  /// Ends recording once nobody has read the log for `repl-backlog-ttl`.
  private mutating func dropUnreadLog(_ now: Int64) {
    guard let since = call.replication.unreadSince, call.log.isActive, !call.isReplica, !call.isAppending,
      call.configuration.replBacklogTtl > 0,
      now - since > Int64(microsecondsIn: call.configuration.replBacklogTtl)
    else { return }
    call.replication.unreadSince = nil
    call.replication.identifier = call.random.hexadecimalDigits(40)
    call.replication.forgetSecondHistory()
    call.log.deactivate()
    call.logLine(
      .notice,
      "Replication backlog freed after \(call.configuration.replBacklogTtl) seconds without connected replicas.")
  }
}

extension ReplicationLog {
  /// Appends a command that is not for any database.
  mutating func appendPlain(_ words: StaticString...) {
    appendHeader(UInt8(ascii: "*"), words.count)
    for word in words { appendBulk(Bytes(word)) }
  }
}
