// Full resynchronization: replicas wait together for a snapshot, which is streamed to all of them while it is taken, or
// written to the file and sent from there. The log goes on from where it began.
extension Call {
  /// Puts the asking session among the replicas that wait for a snapshot, and begins one where nothing stands in the way.
  /// - Parameter withHeader: whether PSYNC asked, which is answered first.
  mutating func awaitSnapshot(withHeader: Bool) {
    let acceptsEndMark = sessions[session].replica?.acceptsEndMark == true
    statistics.fullResyncs += 1
    if configuration.replDisableTcpNodelay { cause(.joinSmallPackets(session)) }
    join(nil, .waiting)
    sessions[session].replica?.wantsHeader = withHeader
    sessions[session].replica?.waitsSince = now.monotonicMicroseconds
    if let job = snapshot { return attach(session, to: job) }
    if configuration.replDisklessSync, acceptsEndMark, configuration.replDisklessSyncDelay > 0 {
      logLine(.notice, "Delay next BGSAVE for diskless SYNC")
    } else if mayBeginRewrite {
      let group = waitingReplicas(like: session)
      if mayBeginTransfer(group) { beginTransfer(group) }
    }
  }

  /// Has a replica wait for the file that is being written for others, where it was begun where the log still reaches.
  private mutating func attach(_ handle: SessionHandle, to job: SnapshotJob) {
    guard job.purpose == .file else {
      logLine(
        .notice,
        job.isRewrite
          ? "No BGSAVE in progress, but another BG operation is active. BGSAVE for replication delayed"
          : "Current BGSAVE has socket target. Waiting for next BGSAVE for SYNC")
      return
    }
    let wantsNoKeys = sessions[handle].replica?.wantsNoKeys == true
    guard job.isForReplicas, !wantsNoKeys, let place = job.place, place.identifier == replication.identifier,
      promise(handle, from: place.offset)
    else {
      return logLine(.notice, "Can't attach the replica to the current BGSAVE. Waiting for next BGSAVE for SYNC")
    }
    logLine(.notice, "Waiting for end of BGSAVE for SYNC")
  }

  /// Whether a file that serves a synchronization alone goes with it (`rdb-del-sync-files`): not where this server keeps
  /// files of its own.
  var removesSyncFiles: Bool { configuration.rdbDelSyncFiles && !keepsFiles }

  /// Whether this server keeps files of its own.
  var keepsFiles: Bool { !configuration.save.isEmpty || configuration.appendonly }

  // MARK: Groups

  /// Replicas for which no snapshot was begun yet and that one snapshot is for; in the order they came.
  private func waitingReplicas(like first: SessionHandle) -> [SessionHandle] {
    let wantsNoKeys = sessions[first].replica?.wantsNoKeys == true
    return replication.replicas.filter { isWaiting($0) && (sessions[$0].replica?.wantsNoKeys == true) == wantsNoKeys }
  }

  private func isWaiting(_ handle: SessionHandle) -> Bool {
    sessions[handle].replica?.stage == .waiting && !sessions[handle].flags.contains(.closing)
  }

  /// Begins the snapshot that replicas wait for, if they have waited for others to join them as long as they should.
  mutating func beginDueTransfer() {
    guard let first = replication.replicas.first(where: { isWaiting($0) }), mayBeginRewrite else { return }
    let group = waitingReplicas(like: first)
    let delay = Int64(microsecondsIn: configuration.replDisklessSyncDelay)
    let enough = configuration.replDisklessSyncMaxReplicas
    let since = sessions[first].replica?.waitsSince ?? 0
    guard
      !configuration.replDisklessSync || enough > 0 && group.count >= enough || !acceptEndMark(group)
        || now.monotonicMicroseconds - since >= delay
    else { return }
    if mayBeginTransfer(group) { beginTransfer(group) }
  }

  private func acceptEndMark(_ group: [SessionHandle]) -> Bool {
    group.allSatisfy { sessions[$0].replica?.acceptsEndMark == true }
  }

  private func streams(to group: [SessionHandle]) -> Bool {
    (configuration.replDisklessSync || sessions[group[0]].replica?.wantsNoKeys == true) && acceptEndMark(group)
  }

  /// Whether a snapshot for replicas may be begun now. To open a file on a disk that stands still is to stand still with it:
  /// they wait until it goes on (`beginDueTransfer`).
  private func mayBeginTransfer(_ group: [SessionHandle]) -> Bool { streams(to: group) || !isDiskStandingStill }

  /// Begins a snapshot for replicas: streamed if it is to be and all of them accept that, else by way of the file.
  private mutating func beginTransfer(_ group: [SessionHandle]) {
    let wantsNoKeys = sessions[group[0]].replica?.wantsNoKeys == true
    let streams = streams(to: group)
    logLine(.notice, "Starting BGSAVE for SYNC with target: \(streams ? "replicas sockets" : "disk")")
    // Whatever comes next in the stream must say its database: these replicas have none selected.
    if !isReplica { log.forgetSelectedDatabase() }
    if streams { return stream(to: group, leavingKeysOut: wantsNoKeys) }
    do throws(CommandError) { try beginSave() } catch { return refuse(group) }
    snapshot?.isForReplicas = true
    replication.fileForReplicas = snapshot?.destination?.path
    for handle in group { promise(handle, from: log.end) }
    logLine(.notice, "Background saving started by pid \(facts.processIdentifier)")
  }

  private mutating func refuse(_ group: [SessionHandle]) {
    logLine(.warning, "BGSAVE for replication failed")
    for handle in group {
      write(to: handle) { $0.error("ERR BGSAVE failed, replication can't continue") }
      close(handle)
    }
  }

  private mutating func stream(to group: [SessionHandle], leavingKeysOut: Bool) {
    beginWalk(.replicas, to: nil, endMark: random.hexadecimalDigits(40), leavesKeysOut: leavingKeysOut)
    guard let job = snapshot else { return }
    for handle in group {
      promise(handle, from: log.end)
      sessions[handle].replica?.feed = job.feed
      job.feed.add(handle)
    }
    job.announceMark()
    logLine(.notice, "Background RDB transfer started by pid \(facts.processIdentifier)")
  }

  /// Tells a replica which snapshot it will get, and keeps the log for it from where that stands.
  /// - Returns: whether the log reaches back there.
  @discardableResult
  private mutating func promise(_ handle: SessionHandle, from offset: Int64) -> Bool {
    guard sessions[handle].replica?.wantsSnapshotOnly == true || keepLog(from: offset, for: handle) else {
      return false
    }
    let identifier = replication.identifier
    if sessions[handle].replica?.wantsHeader == true {
      write(to: handle) { $0.simple("FULLRESYNC \(String(decoding: identifier, as: UTF8.self)) \(offset)") }
    }
    sessions[handle].replica?.stage = .transfer
    sessions[handle].replica?.acknowledgedAt = now.monotonicMicroseconds
    return true
  }

  // MARK: The log behind a snapshot

  /// Keeps the log from `offset` on for a replica that is to get a snapshot first: in the append-only file's increments
  /// where they hold it, so that memory need not, however long the snapshot takes; else in memory, until that is more than
  /// memory keeps in any case (`spillLog`).
  /// - Returns: whether either reaches back there.
  private mutating func keepLog(from offset: Int64, for handle: SessionHandle) -> Bool {
    if let reader = readHistory(from: offset) {
      sessions[handle].replica?.laterHistory = reader
      replication.readerCount += 1
      return true
    }
    guard let cursor = log.cursor(at: offset) else { return false }
    sessions[handle].cursor = cursor
    return true
  }

  /// The replica has its snapshot: what was written since follows, from memory where that still holds all of it, else
  /// first from files.
  mutating func followSnapshot(_ handle: SessionHandle) {
    guard let reader = sessions[handle].replica?.laterHistory else { return }
    sessions[handle].replica?.laterHistory = nil
    if sessions[handle].cursor == nil {
      guard let cursor = log.cursor(at: reader.next) else {
        logLine(
          .notice,
          "Sending replica \(replicaName(handle)) \(log.end - reader.next) bytes that were written meanwhile, from files"
        )
        return feed(reader, to: handle)
      }
      sessions[handle].cursor = cursor
    } else if sessions[handle].cursor?.position != reader.next {
      // Of the files that are closed by now it needs the rest.
      return feed(reader, to: handle)
    }
    release(reader)
  }

  // MARK: Ends

  /// A snapshot that was streamed is over.
  mutating func noteTransfer(_ job: SnapshotJob, _ succeeded: Bool) {
    persistence.lastSaveSeconds = (now.monotonicMicroseconds - job.startedAt.monotonicMicroseconds) / 1_000_000
    logLine(
      succeeded ? .notice : .warning,
      succeeded ? "Background RDB transfer terminated with success" : "Background transfer error")
    // Who has a part of it can do nothing with that.
    for handle in job.feed.names where sessions.contains(handle) { abort(handle) }
  }

  /// The file that replicas wait for is there, or is not to be had.
  mutating func sendFile(of job: SnapshotJob, _ succeeded: Bool) {
    for handle in replication.replicas where isWaitingForFile(handle) {
      guard succeeded else {
        logLine(.warning, "SYNC failed. BGSAVE child returned an error")
        abort(handle)
        continue
      }
      // Under the name that it has: another may be configured by now.
      let path = job.destination?.path ?? configuration.dbfilename
      do throws(FileFailure) { try sendFile(path, to: handle) } catch {
        logLine(.warning, "SYNC failed. Can't open/stat DB after BGSAVE: \(error.reason)")
        abort(handle)
      }
    }
  }

  /// Whether a replica waits for the end of the snapshot that is being written.
  func isWaitingForFile(_ handle: SessionHandle) -> Bool {
    guard let replica = sessions[handle].replica, replica.stage == .transfer, replica.feed == nil else { return false }
    return !sessions[handle].flags.contains(.closing)
  }

  private mutating func sendFile(_ path: String, to handle: SessionHandle) throws(FileFailure) {
    guard let files = host.files, let byteCount = files.size(of: path) else {
      throw FileFailure(code: 2, reason: "No such file or directory")
    }
    let feed = SnapshotFeed()
    feed.add(handle)
    sessions[handle].replica?.file = try files.open(path, for: .reading)
    sessions[handle].replica?.fileBytesLeft = byteCount
    feed.append(Bytes("$"))
    NumberText(Int64(byteCount)).withBytes { feed.append($0) }
    feed.append(Bytes("\r\n"))
    sessions[handle].replica?.feed = feed
    sessions[handle].replica?.stage = .file
    sessions[handle].replica?.acknowledgedAt = now.monotonicMicroseconds
  }
}
