// Following a primary, and ceasing to.
extension Call {
  /// Follows a primary from now on.
  mutating func follow(_ source: ReplicationSource) {
    let wasReplica = isReplica
    let wasUp = replication.link.isUp
    configuration.replicaof = source
    dropLink()
    if !wasReplica {
      // The history so far is one the new primary may know: it is what a partial resync asks for.
      replication.link.hasHistory = log.isActive
      replication.link.streamDatabase = log.selectedDatabase ?? 0
      replication.link.appliedOffset = log.end
      replication.link.downSince = 0
      releaseAllWaiting()
      if log.isActive {
        logLine(
          .notice,
          "Before turning into a replica, using my own master parameters to synthesize a cached master: I may be able to synchronize with the new master with just a partial transfer."
        )
      }
      cutOffUnanswered()
    }
    replication.link.stage = .connecting
    if wasUp { replication.link.downSince = now.monotonicMicroseconds }
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
    beginOwnHistory()
    log.forgetSelectedDatabase()
    keepOwnWrites()
    beginWithoutData()
    // Replicas learn of the new history by asking again; they go on from where they are.
    dropReplicas()
    replication.unreadSince = now.monotonicMicroseconds
  }

  /// What clients wrote to this replica is part of a primary's data from now on: the append-only file is written anew, for
  /// its increments do not hold it.
  private mutating func keepOwnWrites() {
    guard replication.hasOwnWrites else { return }
    replication.hasOwnWrites = false
    if isAppending { persistence.isRewriteScheduled = true }
  }

  /// The primary's data never came, and ours were let go: from now on it is the clients' data that are kept.
  private mutating func beginWithoutData() {
    guard replication.awaitsData else { return }
    replication.awaitsData = false
    logLine(
      .warning,
      "The data of the master could not be loaded, and those from before are gone: this server begins with none.")
  }

  /// Ends the connections of this server's own replicas, who will ask anew.
  mutating func dropReplicas() {
    for handle in replication.replicas { abort(handle) }
    replication.replicas.removeAll()
    endSpill()
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
    dropReceivedSnapshot()
    replication.link.session = .none
  }

  /// Forgets a snapshot that did not arrive whole, and what was made of it so far.
  mutating func dropReceivedSnapshot() {
    if var staging = replication.link.staging.take() { reclaim(&staging) }
    if let file = replication.link.file {
      host.files?.remove(file.temporaryPath)
      // What the kernel holds must stay until it says that it is done with it.
      if file.writer.isInFlight { replication.link.retiredFile = file } else { cause(.closeFile(file.file)) }
    }
    replication.link.file = nil
    replication.link.forgetUnfinished()
  }

  /// Has a keyspace of which nobody knows any more freed in slices.
  private mutating func reclaim(_ other: inout Keyspace) {
    for index in 0..<other.count {
      let bytes = other[index].usedBytes
      keyspace.reclaimer.take(other[index].detachAll(), bytes: bytes)
    }
  }

  /// Tells the primary how far this replica is.
  mutating func acknowledgeToPrimary() {
    let link = replication.link.session
    guard sessions.contains(link), !replication.link.knowsNoOffsets else { return }
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
}
