// Back-pressure under `everysec` and `no`: who writes is answered at once as long as the disk keeps up. When it does not,
// writes are answered when it has caught up, so that what an acknowledgement promises stays true. Reads go on.

extension Call {
  /// Looks whether the append-only file has fallen behind, or has caught up; periodically, and when a write or a sync has
  /// ended.
  mutating func watchLag() {
    let cause = lagCause
    guard let cause else {
      if appendOnly.lag.isBehind, hasCaughtUp { catchUp() }
      return
    }
    guard !appendOnly.lag.isBehind else { return }
    appendOnly.lag.fallBehind(logEnd: log.end, now: now.monotonicMicroseconds)
    statistics.delayedSyncs += 1
    logLine(
      .warning,
      "Asynchronous AOF \(cause == .sync ? "fsync" : "write") is taking too long (disk is busy?). Writes are answered when the disk has caught up, reads are served."
    )
    updateBarrier()
  }

  /// Whether all that was acknowledged before the file fell behind is on the disk, where the policy has it be there. With
  /// the write that took so long it is not yet: what is acknowledged ahead of the sync would be lost with it.
  private var hasCaughtUp: Bool {
    guard isPaced, waitsForSyncs, !appendOnly.isLost, let from = appendOnly.lag.heldFrom else { return true }
    return appendOnly.syncedOffset >= from
  }

  /// Whether syncs come by themselves.
  private var waitsForSyncs: Bool {
    configuration.appendfsync != .no && !(configuration.noAppendfsyncOnRewrite && snapshot != nil)
  }

  private mutating func catchUp() {
    let seconds = Double(now.monotonicMicroseconds - appendOnly.lag.fellBehindAt) / 1_000_000
    let isPaced = isPaced
    appendOnly.lag.catchUp()
    if isPaced, appendOnly.trouble == nil {
      logLine(
        .notice, "The AOF has caught up after \(seconds.text(decimals: 1)) seconds: writes are answered at once again.")
    }
    updateBarrier()
  }

  /// Whether a write or a sync has taken too long, whatever the policy.
  var isDiskStalled: Bool {
    let now = now.monotonicMicroseconds
    return appendOnly.lag.isWriteSlow(now: now) || isSyncSlow(now)
  }

  /// Whether the disk stands still, as far as anybody can tell: to open a file there is to stand still with it, with
  /// everybody else. Where it only lacks room it does not.
  var isDiskStandingStill: Bool {
    let now = now.monotonicMicroseconds
    return appendOnly.lag.isBehind && appendOnly.trouble == nil || isSyncSlow(now)
      || appendOnly.underway != nil && appendOnly.lag.isLastWriteSlow(now: now)
  }

  private func isSyncSlow(_ now: Int64) -> Bool {
    appendOnly.syncTarget != nil && now - appendOnly.lastSyncStart > AppendOnlyLag.patienceMicroseconds
  }

  /// Whether acknowledgements do not wait for the file, and yet promise something of it. What is held because the file is
  /// behind is held under `always` as well, when that is asked for meanwhile.
  private var isPaced: Bool {
    isRecording && !appendOnly.isClosing && (configuration.appendfsync != .always || appendOnly.lag.isBehind)
  }

  /// Why no more is to be acknowledged, or nil.
  private var lagCause: AppendOnlyLag.Cause? {
    guard isPaced else { return nil }
    switch appendOnly.trouble {
    case nil: break
    // Writes are refused; those that wait already wait for room.
    case .write: if !appendOnly.lag.isBehind { return nil }
    case .final: return nil
    }
    let now = now.monotonicMicroseconds
    if appendOnly.lag.isWriteSlow(now: now) { return .write }
    return waitsForSyncs && isSyncSlow(now) ? .sync : nil
  }

  /// Whether a write that ends at `offset` is not to be acknowledged because the disk is behind.
  func isAheadOfDisk(_ offset: Int64) -> Bool {
    guard let from = appendOnly.lag.heldFrom, offset > from else { return false }
    return offset > (configuration.appendfsync == .no ? appendOnly.writtenOffset : appendOnly.syncedOffset)
  }
}
