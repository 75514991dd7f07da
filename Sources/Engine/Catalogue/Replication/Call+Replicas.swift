// How a session becomes a replica of this server: it goes on from where it was, or gets a snapshot first.
extension Call {
  /// The address by which a replica is known: what it announced, else where it connects from.
  func replicaAddress(_ handle: SessionHandle) -> String {
    if let announced = sessions[handle].replica?.announcedAddress, !announced.isEmpty {
      return String(decoding: announced, as: UTF8.self)
    }
    let peer = sessions[handle].origin.peer
    return String(peer[..<(peer.lastIndex(of: ":") ?? peer.endIndex)])
  }

  /// `address:port` of a replica for the log.
  func replicaName(_ handle: SessionHandle) -> String {
    guard let port = sessions[handle].replica?.listeningPort, port > 0 else { return sessions[handle].origin.peer }
    return "\(replicaAddress(handle)):\(port)"
  }

  /// Makes the asking session a replica.
  /// - Parameter request: the history and offset it asks to go on from; nil for SYNC.
  mutating func becomeReplica(resumingAt request: (identifier: Bytes, offset: Bytes)?) throws(CommandError) {
    guard !sessions[session].flags.contains(.replica) else { return }
    guard replication.failover == nil else { throw .text("NOMASTERLINK Can't SYNC while failing over") }
    if isReplica && !replication.link.isUp {
      throw .text("NOMASTERLINK Can't SYNC while not connected with my master")
    }
    // What a replica is sent comes behind its replies; those that wait for something would keep the answer from leaving.
    guard !owesOutput else { throw .text("ERR SYNC and PSYNC are invalid with pending output") }
    // A snapshot without keys is nobody's file.
    if let replica = sessions[session].replica, replica.wantsNoKeys, !replica.acceptsEndMark {
      throw .text("ERR Filtered replica requires EOF capability")
    }
    logLine(.notice, "Replica \(replicaName(session)) asks for synchronization")
    var next: Int64 = 0
    if let request {
      guard let offset = request.offset.parseInt64() else {
        logLine(.warning, "Replica \(replicaName(session)) asks for synchronization but with a wrong offset")
        throw .notInteger
      }
      next = offset
    }
    let isFirst = activateLog()
    if sessions[session].replica == nil { sessions[session].replica = ReplicaState() }
    if let request, resume(request.identifier, at: next) { return }
    if isFirst {
      logLine(
        .notice,
        "Replication backlog created, my new replication IDs are '\(String(decoding: replication.identifier, as: UTF8.self))' and '\(String(decoding: replication.secondIdentifier, as: UTF8.self))'"
      )
    }
    awaitSnapshot(withHeader: request != nil)
  }

  /// Whether the asking session has replies that have not been sent, whatever keeps them.
  private var owesOutput: Bool {
    reply.pendingCount > 0 || sessions[session].pendingOutputBytes > 0
  }

  /// The primary that this server follows changes parts with it (PSYNC … FAILOVER).
  mutating func takeOver(_ identifier: Bytes) throws(CommandError) {
    guard !sessions[session].flags.contains(.replica) else { return }
    logLine(.notice, "Failover request received for replid \(identifier.text).")
    guard isReplica else { throw .text("ERR PSYNC FAILOVER can't be sent to a master.") }
    guard identifier.array == replication.identifier else {
      throw .text("ERR PSYNC FAILOVER replid must match my replid.")
    }
    stopFollowing()
    logLine(.notice, "MASTER MODE enabled (failover request from '\(clientDescription(session))')")
  }

  /// Begins to record the log, for the first replica: with that a history of our own begins.
  /// - Returns: whether it does so now.
  private mutating func activateLog() -> Bool {
    replication.unreadSince = nil
    if replication.replicas.isEmpty { replication.lastPing = now.monotonicMicroseconds }
    guard !log.isActive else { return false }
    log.activate()
    // Writes from before may wait for a replica to have them: the first one is asked at once.
    if heldReplies.count > 0 { replication.wantsAcknowledgement = true }
    replication.identifier = random.hexadecimalDigits(40)
    replication.forgetSecondHistory()
    return true
  }

  /// Lets the session go on from where it was, if the log still holds that.
  private mutating func resume(_ identifier: Bytes, at next: Int64) -> Bool {
    let asked = identifier.array
    let name = replicaName(session)
    let isOurs = asked == replication.identifier
    guard isOurs || next > 0 && agrees(asked, upTo: next - 1) else {
      if asked == replication.secondIdentifier {
        statistics.partialResyncsRefused += 1
        logLine(
          .notice,
          "Partial resynchronization not accepted: Requested offset for second ID was \(next), but I can reply up to \(replication.secondOffset)"
        )
      } else if asked.first != UInt8(ascii: "?") {
        statistics.partialResyncsRefused += 1
        logLine(
          .notice,
          "Partial resynchronization not accepted: Replication ID mismatch (Replica asked for '\(identifier.text)', my replication IDs are '\(String(decoding: replication.identifier, as: UTF8.self))' and '\(String(decoding: replication.secondIdentifier, as: UTF8.self))')"
        )
      } else {
        logLine(.notice, "Full resync requested by replica \(name)")
      }
      return false
    }
    if next > log.windowStart, let cursor = log.cursor(at: next - 1) {
      let pending = log.pendingBytes(cursor)
      logLine(
        .notice,
        "Partial resynchronization request from \(name) accepted. Sending \(pending) bytes of backlog starting from offset \(next)."
      )
      join(cursor, .online)
    } else if next > 0, next - 1 <= log.end, let reader = readHistory(from: next - 1) ?? readSpill(from: next - 1) {
      logLine(
        .notice,
        "Partial resynchronization request from \(name) accepted. Sending \(log.end - next + 1) bytes, from files, starting from offset \(next)."
      )
      join(nil, .online)
      feed(reader, to: session)
      replication.readerCount += 1
      statistics.partialResyncsFromFiles += 1
    } else {
      statistics.partialResyncsRefused += 1
      logLine(
        .notice, "Unable to partial resync with replica \(name) for lack of backlog (Replica request was: \(next)).")
      if next > log.end + 1 {
        logLine(
          .warning,
          "Warning: replica \(name) tried to PSYNC with an offset that is greater than the master replication offset.")
      }
      return false
    }
    statistics.partialResyncsAccepted += 1
    reach(.resume)
    if sessions[session].replica?.acceptsPartialResync == true {
      reply.simple("CONTINUE \(String(decoding: replication.identifier, as: UTF8.self))")
    } else {
      reply.simple("CONTINUE")
    }
    return true
  }

  /// Counts the session among the replicas, at a place in the log.
  mutating func join(_ cursor: LogCursor?, _ stage: ReplicaState.Stage) {
    doubtOlderSessions()
    sessions[session].flags.insert(.replica)
    // What it wrote before and was not told of is nothing that its stream could wait for.
    sessions[session].dependsOn = -1
    sessions[session].earlierBarrier = WriteBarrier()
    sessions[session].cursor = cursor
    sessions[session].replica?.stage = stage
    sessions[session].replica?.acknowledgedAt = now.monotonicMicroseconds
    replication.replicas.append(session)
  }

  /// Has sessions of the same address and port as the asking one's count no more, until they acknowledge what was not
  /// there yet when this one came: they are what is left of connections that the replica gave up, or other replicas
  /// that look the same from here.
  private mutating func doubtOlderSessions() {
    guard let port = sessions[session].replica?.listeningPort, port > 0 else { return }
    let address = replicaAddress(session)
    for other in replication.replicas
    where sessions[other].replica?.listeningPort == port && replicaAddress(other) == address {
      sessions[other].replica?.doubtedUpTo = log.end
      // Where it matters who has what, the question itself is something to acknowledge.
      if configuration.minReplicasToWrite > 0 || configuration.writeBarrierReplicas > 0 || sessionsWithBarrier > 0 {
        replication.wantsAcknowledgement = true
      }
    }
  }

  /// A client for the log, in a few words.
  func clientDescription(_ handle: SessionHandle) -> String {
    guard sessions.contains(handle) else { return "" }
    return
      "id=\(sessions[handle].id) addr=\(sessions[handle].origin.peer) laddr=\(sessions[handle].origin.local) name=\(String(decoding: sessions[handle].name, as: UTF8.self))"
  }
}
