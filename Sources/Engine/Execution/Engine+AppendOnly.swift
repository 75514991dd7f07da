// The append-only file, written: what the host asks for in each turn and reports back.
extension Engine {
  /// Tries a write that found no room again after this long, microseconds.
  private static var retryMicroseconds: Int64 { 1_000_000 }
  /// `everysec`.
  private static var syncMicroseconds: Int64 { 1_000_000 }

  mutating func nextAppendOnlyWrite() -> FileWrite? {
    call.appendOnly.lag.note(
      isWaiting: call.isAppending && call.log.end > call.appendOnly.writtenOffset, now: call.now.monotonicMicroseconds)
    call.appendOnly.gathering.note(call.now.monotonicMicroseconds, waiting: call.heldReplies.count)
    guard
      call.appendOnly.wantsWrite(call.log.end, now: call.now.monotonicMicroseconds),
      let segment = call.appendOnly.segments.first, !isGathering
    else { return nil }
    call.appendOnly.sayTime()
    if call.debugging.appendOnlyFlushMicroseconds > 0 { call.host.sleep(call.debugging.appendOnlyFlushMicroseconds) }
    return FileWrite(
      file: segment.file, isDurable: call.configuration.appendfsync == .always || call.wantsSync)
  }

  /// Whether replies to writes are held until the append-only file's writes are on the disk.
  public var repliesWaitForDisk: Bool { call.isAppending && call.configuration.appendfsync == .always }

  /// Whether the next durable write waits for more to come along.
  var isGathering: Bool {
    call.appendOnly.gathering.waits(call.now.monotonicMicroseconds) && !bringsAllToDisk
  }

  func forEachAppendOnlyPiece(limit: Int, _ body: (Bytes) -> Void) {
    guard let cursor = call.appendOnly.cursor else { return }
    if !call.appendOnly.preface.isEmpty { body(call.appendOnly.preface.bytes) }
    var left = Int(call.appendOnly.writeEnd(call.log.end) - cursor.position)
    call.log.forEachPiece(cursor, limit: limit - 1) { piece in
      guard left > 0 else { return }
      let part = piece[0..<min(piece.count, left)]
      left -= part.count
      body(part)
    }
  }

  mutating func appendOnlySubmitted(_ byteCount: Int, isDurable: Bool) {
    call.reach(.append)
    call.undurableKeys.groupLeft(end: call.log.end)
    call.appendOnly.submitted(byteCount, isDurable: isDurable)
    call.appendOnly.lag.writeBegan(logEnd: call.log.end, now: call.now.monotonicMicroseconds)
    if isDurable { call.appendOnly.gathering.began(call.now.monotonicMicroseconds) }
  }

  mutating func appendOnlyWritten(_ result: Result<Int, FileFailure>) {
    if let ended = call.appendOnly.retiredEnded(sync: false) { return call.release(ended) }
    guard call.appendOnly.underway != nil else { return }
    call.reach(.appended)
    switch result {
    case .success(let count):
      if var cursor = call.appendOnly.cursor {
        call.log.advance(&cursor, by: call.appendOnly.logBytes(ofWritten: count))
        call.appendOnly.cursor = cursor
      }
      if call.appendOnly.isUnderwayDurable {
        call.appendOnly.gathering.ended(call.now.monotonicMicroseconds, waiting: call.heldReplies.count)
      }
      if call.follow(call.appendOnly.written(count)) {
        call.logLine(.warning, "AOF write error looks solved. The server can write again.")
      }
      call.appendOnly.lag.writeEnded(at: call.appendOnly.writtenOffset, logEnd: call.log.end)
      becameSafe()
    case .failure(let failure):
      let retryAt = call.now.monotonicMicroseconds + Self.retryMicroseconds
      let isFinal = !failure.isLackOfRoom || !isFileAsItWas
      call.follow(call.appendOnly.writeFailed(failure, isFinal: isFinal, retryAt: retryAt))
      call.logLine(.warning, "Error writing to the AOF file: \(failure.reason)")
      becameUnsure(isFinal: isFinal)
    }
  }

  /// Whether the write that failed put nothing into the file. A durable one fails with what its sync says, its bytes being
  /// in the file by then; on NFS so does any write with what became of an earlier one. Such bytes, written again, would
  /// be there twice.
  private var isFileAsItWas: Bool {
    guard let segment = call.appendOnly.segments.first else { return true }
    return call.host.files?.size(of: segment.file) == segment.byteCount
  }

  mutating func nextAppendOnlySync() -> OpenFile? {
    guard call.appendOnly.syncTarget == nil, !call.appendOnly.isRetiring, let segment = call.appendOnly.segments.first,
      !call.appendOnly.isLost
    else { return nil }
    if !call.appendOnly.isFirstSegmentComplete && !bringsAllToDisk {
      guard isSyncDue else { return nil }
    }
    guard call.appendOnly.isFirstSegmentComplete || call.appendOnly.writtenOffset > call.appendOnly.syncedOffset else {
      return nil
    }
    call.reach(.fsync)
    call.appendOnly.syncStarted(now: call.now.monotonicMicroseconds)
    call.persistence.wantsSyncAhead = false
    return segment.file
  }

  mutating func appendOnlySynced(_ failure: FileFailure?) {
    if let ended = call.appendOnly.retiredEnded(sync: true) { return call.release(ended) }
    if let failure {
      call.follow(call.appendOnly.syncFailed(failure))
      call.logLine(.warning, "Fail to fsync the AOF file: \(failure.reason)")
      return becameUnsure(isFinal: true)
    }
    call.reach(.fsynced)
    let isComplete = call.appendOnly.synced()
    becameSafe()
    if isComplete {
      if call.appendOnly.isClosing && call.appendOnly.segments.count == 1 { return call.finishClosing() }
      // Where the list has let go of it already, this frees all it holds.
      call.cause(.closeFile(call.appendOnly.takeCompleteSegment().file))
    }
  }

  /// Whether the server ends, and what was recorded goes to the disk whatever the policy.
  private var bringsAllToDisk: Bool { isEnding || call.shutdown.isFlushing }

  /// Whether the policy, or somebody who waits, wants what was written on the disk now.
  private var isSyncDue: Bool {
    if call.persistence.wantsSyncAhead { return true }
    if call.wantsSync || call.replication.waiting.contains(where: { $0.syncs }) { return true }
    switch call.configuration.appendfsync {
    case .no: return false
    // Its writes are durable by themselves; this is for what was written under another policy.
    case .always: return true
    case .everysec:
      if call.configuration.noAppendfsyncOnRewrite, call.snapshot != nil { return false }
      return call.now.monotonicMicroseconds - call.appendOnly.lastSyncStart >= Self.syncMicroseconds
    }
  }

  /// More of the log is on the disk: whoever waited for that goes on.
  private mutating func becameSafe() {
    call.undurableKeys.becameSafe(call.appendOnly.syncedOffset)
    call.watchLag()
    call.releaseHeld()
    call.releaseWaiting()
  }

  /// What was recorded could not be written: writes are refused from now on.
  /// - Parameter isFinal: whether nobody knows what is on the disk.
  private mutating func becameUnsure(isFinal: Bool) {
    if call.appendOnly.isClosing { return call.finishClosing() }
    if isFinal { call.abandonHeld() } else { letGoOfDeletedFiles() }
    call.watchLag()
    call.updateBarrier()
  }

  /// Whether the process is to end although the disk does not take what is left (`SHUTDOWN FORCE`).
  public var endsWithoutDisk: Bool { call.shutdown.options.contains(.force) }

  /// The process is about to end: what was recorded is brought to the disk whatever the policy.
  public mutating func prepareToEnd() {
    isEnding = true
    guard call.isAppending else { return }
    // What found no room is tried once more: there may be some by now.
    call.appendOnly.retryAt = 0
  }
}

extension FileFailure {
  /// Whether the disk is full, or the user's share of it: what changes by itself when room is made.
  var isLackOfRoom: Bool { code == 28 || code == 122 }  // ENOSPC, EDQUOT
}
