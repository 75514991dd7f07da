// What commands do to the server's place in replication.

extension Call {
  // MARK: Replicas of ours

  /// How many replicas said that they have everything up to `offset`.
  func replicasThatAcknowledged(_ offset: Int64) -> Int64 {
    var count: Int64 = 0
    for handle in replication.replicas {
      guard let replica = sessions[handle].replica, replica.stage == .online else { continue }
      if replica.acknowledgedOffset >= offset { count += 1 }
    }
    return count
  }

  /// Answers the clients in WAIT for whom enough replicas have spoken, or whose time is over.
  mutating func releaseWaiting() {
    var index = 0
    while index < replication.waiting.count {
      let wait = replication.waiting[index]
      guard sessions.contains(wait.session) else {
        replication.waiting.remove(at: index)
        continue
      }
      let isTimeOver = wait.deadline.map { $0 <= now.monotonicMicroseconds } ?? false
      guard isTimeOver || isOver(wait) else {
        index += 1
        continue
      }
      replication.waiting.remove(at: index)
      sessions.setBlocked(wait.session, false)
      answerWait(wait, error: nil)
      cause(.resume(wait.session))
    }
  }

  /// How many replicas said that their disks have everything up to `offset`.
  private func replicasThatSynced(_ offset: Int64) -> Int64 {
    var count: Int64 = 0
    for handle in replication.replicas {
      guard let replica = sessions[handle].replica, replica.stage == .online else { continue }
      if replica.syncedOffset >= offset { count += 1 }
    }
    return count
  }

  /// Whether what a client waits for has come.
  func isOver(_ wait: ReplicationWait) -> Bool {
    switch wait.kind {
    case .replicas: replicasThatAcknowledged(wait.offset) >= wait.replicas
    case .disks(let local):
      (!local || durableOffset >= wait.offset) && replicasThatSynced(wait.offset) >= wait.replicas
    }
  }

  /// Has a client that waits for keys or in WAIT go on now, as if its time were over or with an error.
  /// - Returns: whether the session was waiting.
  mutating func endWaiting(_ handle: SessionHandle, withError: Bool) -> Bool {
    let error: StaticString = "UNBLOCKED client unblocked via CLIENT UNBLOCK"
    if releaseKeyWait(handle, error: withError ? error : nil) { return true }
    guard let index = replication.waiting.firstIndex(where: { $0.session == handle }) else { return false }
    let wait = replication.waiting.remove(at: index)
    sessions.setBlocked(handle, false)
    answerWait(wait, error: withError ? error : nil)
    cause(.resume(handle))
    return true
  }

  /// Answers a client that waited.
  mutating func answerWait(_ wait: ReplicationWait, error: StaticString?) {
    if let error { return write(to: wait.session) { $0.error(.text(error)) } }
    let isSynced = isRecording && durableOffset >= wait.offset
    let replicas =
      switch wait.kind {
      case .replicas: replicasThatAcknowledged(wait.offset)
      case .disks: replicasThatSynced(wait.offset)
      }
    write(to: wait.session) { reply in
      if case .disks = wait.kind {
        reply.array(2)
        reply.integer(isSynced ? 1 : 0)
      }
      reply.integer(replicas)
    }
  }

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
    if isReplica && !replication.link.isUp {
      throw .text("NOMASTERLINK Can't SYNC while not connected with my master")
    }
    logLine(.notice, "Replica \(replicaName(session)) asks for synchronization")
    let identifier = replication.identifier
    activateLog()
    if sessions[session].replica == nil { sessions[session].replica = ReplicaState() }
    if let request, identifier == replication.identifier, try resume(request) { return }
    try sendSnapshot(withHeader: request != nil)
  }

  /// Begins to record the log, for the first replica: with that a history of our own begins.
  private mutating func activateLog() {
    replication.unreadSince = nil
    if replication.replicas.isEmpty { replication.lastPing = now.monotonicMicroseconds }
    guard !log.isActive else { return }
    log.activate()
    replication.identifier = random.hexadecimalDigits(40)
    replication.forgetSecondHistory()
  }

  /// Lets the session go on from where it was, if the log still holds that.
  private mutating func resume(_ request: (identifier: Bytes, offset: Bytes)) throws(CommandError) -> Bool {
    guard let next = request.offset.parseInt64() else { throw .notInteger }
    let asked = request.identifier.array
    let name = replicaName(session)
    let isOurs = asked == replication.identifier
    let wasOurs = asked == replication.secondIdentifier && next <= replication.secondOffset
    guard isOurs || wasOurs else {
      if asked != [UInt8(ascii: "?")] {
        statistics.partialResyncsRefused += 1
        logLine(
          .notice,
          "Partial resynchronization not accepted: Replication ID mismatch (Replica asked for '\(request.identifier.text)', my replication IDs are '\(String(decoding: replication.identifier, as: UTF8.self))' and '\(String(decoding: replication.secondIdentifier, as: UTF8.self))')"
        )
      } else {
        logLine(.notice, "Full resync requested by replica \(name)")
      }
      return false
    }
    guard next >= 1, let cursor = log.cursor(at: next - 1) else {
      statistics.partialResyncsRefused += 1
      logLine(
        .notice, "Unable to partial resync with replica \(name) for lack of backlog (Replica request was: \(next)).")
      return false
    }
    statistics.partialResyncsAccepted += 1
    let pending = log.pendingBytes(cursor)
    logLine(
      .notice,
      "Partial resynchronization request from \(name) accepted. Sending \(pending) bytes of backlog starting from offset \(next)."
    )
    join(cursor, .online)
    if sessions[session].replica?.acceptsPartialResync == true {
      reply.simple("CONTINUE \(String(decoding: replication.identifier, as: UTF8.self))")
    } else {
      reply.simple("CONTINUE")
    }
    return true
  }

  /// Counts the session among the replicas, at a place in the log.
  private mutating func join(_ cursor: LogCursor?, _ stage: ReplicaState.Stage) {
    sessions[session].flags.insert(.replica)
    sessions[session].cursor = cursor
    sessions[session].replica?.stage = stage
    sessions[session].replica?.acknowledgedAt = now.monotonicMicroseconds
    replication.replicas.append(session)
  }

  private mutating func sendSnapshot(withHeader: Bool) throws(CommandError) {
    statistics.fullResyncs += 1
    let wantsNothingAfter = sessions[session].replica?.wantsSnapshotOnly == true
    let wantsNoKeys = sessions[session].replica?.wantsNoKeys == true
    let snapshot = wantsNoKeys ? makeSnapshot(withKeys: false) : currentSnapshot()
    if withHeader {
      reply.simple("FULLRESYNC \(String(decoding: replication.identifier, as: UTF8.self)) \(log.end)")
    }
    reply.raw("$")
    NumberText(Int64(snapshot.count)).withBytes { reply.raw($0) }
    reply.raw("\r\n")
    // Whatever comes next in the stream must say its database: this replica has none selected.
    log.forgetSelectedDatabase()
    join(wantsNothingAfter ? nil : log.cursorAtEnd(), .transfer)
    sessions[session].replica?.snapshot = snapshot
    sessions[session].replica?.snapshotSent = 0
  }

  /// The data set as it is now, as a snapshot; one is made for all replicas that come before the next change.
  private mutating func currentSnapshot() -> SnapshotBuffer {
    if let last = replication.lastSnapshot.buffer, replication.lastSnapshot.offset == log.end,
      replication.lastSnapshot.changes == keyspace.changes
    {
      return last
    }
    let buffer = makeSnapshot(withKeys: true)
    replication.lastSnapshot = LastSnapshot(buffer: buffer, offset: log.end, changes: keyspace.changes)
    return buffer
  }

  private func makeSnapshot(withKeys: Bool) -> SnapshotBuffer {
    var writer = RDBWriter(compresses: configuration.rdbcompression, checksums: configuration.rdbchecksum)
    replication.identifier.withBytes { identifier in
      var information = RDBWriter.Information(
        redisVersion: Bytes("7.2.4"), createdSeconds: now.unixSeconds, usedMemoryBytes: UInt64(keyspace.usedBytes))
      information.replication = RDBWriter.Replication(
        streamDatabase: log.selectedDatabase ?? 0, id: identifier, offset: log.end)
      writer.begin(information, version: withKeys ? keyspace.snapshotVersion : RDBVersion.written)
    }
    if withKeys {
      writer.write(keyspace) { RDBUsage.of($0, keyspace.clock, configuration.maxmemoryPolicy, now) }
    }
    writer.end()
    return SnapshotBuffer(writer.finish())
  }

  // MARK: A primary of ours

  /// Follows a primary from now on.
  mutating func follow(_ source: ReplicationSource) {
    let wasReplica = isReplica
    configuration.replicaof = source
    dropLink()
    if !wasReplica {
      // The history so far is one the new primary may know: it is what a partial resync asks for.
      replication.link.hasHistory = log.isActive
      replication.link.streamDatabase = log.selectedDatabase ?? 0
      releaseAllWaiting()
    }
    replication.link.stage = .connecting
    replication.link.downSince = now.monotonicMicroseconds
    replication.link.lastReceived = now.monotonicMicroseconds
    cause(.connectToPrimary(host: source.host, port: source.port))
    let asker = session == .none ? "" : " (user request from '\(clientDescription(session))')"
    logLine(.notice, "Connecting to MASTER \(source.host):\(source.port)")
    logLine(.notice, "REPLICAOF \(source.host):\(source.port) enabled\(asker)")
  }

  /// Follows nobody from now on: the data stay, and a history of our own begins where the primary's ended.
  mutating func stopFollowing() {
    configuration.replicaof = nil
    dropLink()
    replication.link.stage = .none
    replication.link.hasHistory = false
    replication.beginHistory(random.hexadecimalDigits(40), at: log.end)
    log.forgetSelectedDatabase()
    // Replicas learn of the new history by asking again; they go on from where they are.
    dropReplicas()
    replication.unreadSince = now.monotonicMicroseconds
    logLine(
      .notice,
      "Setting secondary replication ID to \(String(decoding: replication.secondIdentifier, as: UTF8.self)), valid up to offset: \(replication.secondOffset). New replication ID is \(String(decoding: replication.identifier, as: UTF8.self))"
    )
    logLine(.notice, "MASTER MODE enabled")
  }

  /// Ends the connections of this server's own replicas, who will ask anew.
  mutating func dropReplicas() {
    for handle in replication.replicas { abort(handle) }
    replication.replicas.removeAll()
  }

  /// Remembers the database in force in the primary's stream, before the link's session goes.
  mutating func keepStreamDatabase() {
    guard replication.link.stage == .streaming, sessions.contains(replication.link.session) else { return }
    replication.link.streamDatabase = sessions[replication.link.session].database
  }

  /// Gives the connection to the primary up, whatever its state.
  mutating func dropLink() {
    keepStreamDatabase()
    if replication.link.stage != .none && replication.link.stage != .waiting { cause(.disconnectFromPrimary) }
    replication.link.dropTransfer()
    replication.link.session = .none
  }

  /// What those wait for who wait makes no sense on a replica, or is not for them to take: they are told so, and their
  /// connections closed.
  private mutating func releaseAllWaiting() {
    let error: StaticString =
      "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)"
    for wait in replication.waiting where sessions.contains(wait.session) {
      sessions.setBlocked(wait.session, false)
      write(to: wait.session) { $0.error(.text(error)) }
      close(wait.session)
    }
    replication.waiting.removeAll()
    guard !waits.isEmpty else { return }
    for handle in sessions.handles where releaseKeyWait(handle, error: error) { close(handle) }
  }

  /// Tells the primary how far this replica is.
  mutating func acknowledgeToPrimary() {
    let link = replication.link.session
    guard sessions.contains(link) else { return }
    let offset = replication.link.appliedOffset
    // The writer may be aimed at the link, muted: the primary's commands get no replies, but this is one.
    let wasMuted = reply.isMuted && link == session
    let synced = isAppending ? durableOffset : nil
    write(to: link) { writer in
      writer.isMuted = false
      writer.array(synced == nil ? 3 : 5)
      writer.bulk("REPLCONF")
      writer.bulk("ACK")
      writer.bulk(integer: offset)
      if let synced {
        writer.bulk("FACK")
        writer.bulk(integer: synced)
      }
      writer.isMuted = wasMuted
    }
  }

  /// A client for the log, in a few words.
  func clientDescription(_ handle: SessionHandle) -> String {
    guard sessions.contains(handle) else { return "" }
    return
      "id=\(sessions[handle].id) addr=\(sessions[handle].origin.peer) laddr=\(sessions[handle].origin.local) name=\(String(decoding: sessions[handle].name, as: UTF8.self))"
  }
}
