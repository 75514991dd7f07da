// Snapshots on their way to replicas: files read for them, transfers ended, those that nobody waits for given up.
extension Engine {
  /// Bytes of a file that are read at once, and that may wait to be sent.
  private static var pieceBytes: Int { 256 << 10 }
  private static var pendingLimitBytes: Int { 1 << 20 }

  /// The next read of a file that a replica waits for, or nil. Its outcome is told by `readEnded`.
  public mutating func nextRead() -> FileRead? { nextHistoryRead() ?? nextTransferRead() }

  /// A read of `nextRead` has ended.
  public mutating func readEnded(_ handle: SessionHandle, _ result: Result<Bytes, FileFailure>, now: Instant) {
    if call.replication.reads[handle] != nil { return historyRead(handle, result, now: now) }
    call.now = now
    transferRead(handle, result)
  }

  private mutating func nextTransferRead() -> FileRead? {
    for handle in call.replication.replicas {
      guard let replica = call.sessions[handle].replica, let file = replica.file, let feed = replica.feed,
        !replica.isReadingFile, replica.fileBytesLeft > 0, !call.sessions[handle].flags.contains(.closing),
        feed.pendingBytes(of: handle) < Self.pendingLimitBytes
      else { continue }
      call.sessions[handle].replica?.isReadingFile = true
      return FileRead(
        session: handle, file: file, position: Int64(replica.fileBytesRead),
        byteCount: min(replica.fileBytesLeft, Self.pieceBytes))
    }
    return nil
  }

  private mutating func transferRead(_ handle: SessionHandle, _ result: Result<Bytes, FileFailure>) {
    if let index = call.replication.filesBeingRead.firstIndex(where: { $0.session == handle }) {
      call.cause(.closeFile(call.replication.filesBeingRead.remove(at: index).file))
      return
    }
    guard call.sessions.contains(handle), let replica = call.sessions[handle].replica, let feed = replica.feed else {
      return
    }
    call.sessions[handle].replica?.isReadingFile = false
    guard !call.sessions[handle].flags.contains(.closing) else { return }
    guard case .success(let bytes) = result, !bytes.isEmpty else {
      let reason = if case .failure(let failure) = result { failure.reason } else { "premature EOF" }
      call.logLine(.warning, "Read error sending DB to replica: \(reason)")
      return call.abort(handle)
    }
    feed.append(bytes)
    call.sessions[handle].replica?.fileBytesRead += bytes.count
    call.sessions[handle].replica?.fileBytesLeft -= bytes.count
    if replica.fileBytesLeft == bytes.count { feed.finish() }
  }

  /// A replica has been sent its snapshot.
  mutating func finishTransfer(_ handle: SessionHandle) {
    if call.sessions[handle].replica?.history != nil { return endHistory(handle) }
    let isStreamed = call.sessions[handle].replica?.file == nil
    let name = call.replicaName(handle)
    endTransfer(handle)
    call.sessions[handle].replica?.acknowledgedAt = call.now.monotonicMicroseconds
    guard call.sessions[handle].replica?.wantsSnapshotOnly == false else {
      call.logLine(
        .notice, "RDB transfer completed, rdb only replica (\(name)) should be disconnected asap")
      return call.close(handle)
    }
    call.sessions[handle].replica?.stage = .online
    call.sessions[handle].replica?.awaitsAcknowledgement = isStreamed
    if isStreamed {
      call.logLine(
        .notice,
        "Streamed RDB transfer with replica \(name) succeeded (socket). Waiting for REPLCONF ACK from slave to enable streaming"
      )
    }
    call.logLine(.notice, "Synchronization with replica \(name) succeeded")
    if !isStreamed { call.followSnapshot(handle) }
  }

  /// A session is no longer fed a snapshot, and the kernel holds nothing of it.
  mutating func endTransfer(_ handle: SessionHandle) {
    if let file = call.sessions[handle].replica?.file {
      if call.sessions[handle].replica?.isReadingFile == true {
        call.replication.filesBeingRead.append((session: handle, file: file))
      } else {
        call.cause(.closeFile(file))
      }
    }
    call.sessions[handle].replica?.file = nil
    if let reader = call.sessions[handle].replica?.history {
      call.release(reader)
      call.sessions[handle].replica?.history = nil
    }
    call.sessions[handle].replica?.feed?.remove(handle)
    call.sessions[handle].replica?.feed = nil
  }

  /// Ends a snapshot that was taken for replicas when none of them waits for it any more.
  mutating func endUnwantedSnapshot() {
    guard let job = call.snapshot else { return }
    switch job.purpose {
    case .replicas:
      guard !job.feed.isRead else { return }
      if !job.feed.isComplete {
        call.logLine(.warning, "Diskless rdb transfer, last replica dropped, killing fork child.")
      }
      call.endSnapshot(job, succeeded: job.feed.isComplete)
    case .file:
      // With save points it counts as one of theirs.
      guard job.isForReplicas, call.configuration.save.isEmpty, !call.isShuttingDown,
        !call.replication.replicas.contains(where: { call.isWaitingForFile($0) })
      else { return }
      call.abandonSnapshot("no replica waits for it", repeats: false)
    case .base: break
    }
  }

  /// Work that is due once a second: signs of life for who waits, and for whom nothing is there to be sent.
  mutating func watchTransfers() {
    for handle in call.replication.replicas {
      guard let replica = call.sessions[handle].replica, !call.sessions[handle].flags.contains(.closing) else {
        continue
      }
      if replica.stage == .waiting || call.isWaitingForFile(handle) {
        call.write(to: handle) { $0.raw("\n") }
      } else if let feed = replica.feed, feed.pendingBytes(of: handle) == 0 {
        // It is not the replica that is late.
        call.sessions[handle].replica?.acknowledgedAt = call.now.monotonicMicroseconds
      }
    }
    removeFileOfReplicas()
  }

  /// `rdb-del-sync-files`: a file that was written for replicas alone goes when they have it.
  private mutating func removeFileOfReplicas() {
    // There it is one of them.
    if call.keepsFiles { call.replication.fileForReplicas = nil }
    guard let name = call.replication.fileForReplicas, call.snapshot == nil, call.removesSyncFiles,
      !call.replication.replicas.contains(where: { call.sessions[$0].replica?.stage == .file })
    else { return }
    call.replication.fileForReplicas = nil
    guard call.host.files?.size(of: name) != nil else { return }
    call.logLine(.notice, "Removing the RDB file \(name) used to feed replicas in a persistence-less instance")
    call.removeLargeFile(name)
  }
}
