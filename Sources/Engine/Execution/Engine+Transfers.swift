// Snapshots on their way to replicas: files read for them, transfers ended, those that nobody waits for given up.
extension Engine {
  /// Bytes of a file that are read at once, and that may wait to be sent.
  private static var pieceBytes: Int { 256 << 10 }
  private static var pendingLimitBytes: Int { 1 << 20 }

  /// Reads on for replicas that are sent a file.
  /// - Returns: whether anything was read, so that more may be at once.
  mutating func runTransferSlice() -> Bool {
    var hasRead = false
    for handle in call.replication.replicas {
      guard let replica = call.sessions[handle].replica, let file = replica.file, let feed = replica.feed,
        !feed.isComplete, !call.sessions[handle].flags.contains(.closing),
        feed.pendingBytes(of: handle) < Self.pendingLimitBytes
      else { continue }
      readPiece(of: file, for: handle, into: feed)
      hasRead = true
    }
    return hasRead
  }

  private mutating func readPiece(of file: OpenFile, for handle: SessionHandle, into feed: SnapshotFeed) {
    let left = call.sessions[handle].replica?.fileBytesLeft ?? 0
    var piece = ByteBuffer()
    do throws(FileFailure) {
      let count = try call.host.files?.read(file, atMost: min(left, Self.pieceBytes), into: &piece) ?? 0
      guard count > 0 || left == 0 else { throw FileFailure(code: 0, reason: "premature EOF") }
      feed.append(piece.bytes)
      call.sessions[handle].replica?.fileBytesLeft = left - count
      if left == count { feed.finish() }
    } catch {
      call.logLine(.warning, "Read error sending DB to replica: \(error.reason)")
      call.abort(handle)
    }
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
    call.logLine(
      .notice,
      isStreamed
        ? "Streamed replica synchronization with replica \(name) succeeded (socket). Waiting for REPLCONF ACK from replica to enable streaming"
        : "Synchronization with replica \(name) succeeded")
  }

  /// A session is no longer fed a snapshot, and the kernel holds nothing of it.
  mutating func endTransfer(_ handle: SessionHandle) {
    if let file = call.sessions[handle].replica?.file { call.host.files?.close(file) }
    call.sessions[handle].replica?.file = nil
    if let reader = call.sessions[handle].replica?.history {
      call.release(reader)
      call.sessions[handle].replica?.history = nil
      call.replication.readerCount -= 1
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
    guard call.replication.hasFileForReplicas, call.snapshot == nil, call.configuration.rdbDelSyncFiles,
      call.configuration.save.isEmpty, !call.configuration.appendonly,
      !call.replication.replicas.contains(where: { call.sessions[$0].replica?.stage == .file })
    else { return }
    call.replication.hasFileForReplicas = false
    let name = call.configuration.dbfilename
    guard call.host.files?.size(of: name) != nil else { return }
    call.logLine(.notice, "Removing the RDB file \(name) used to feed replicas in a persistence-less instance")
    call.cause(.removeFile(name))
  }
}
