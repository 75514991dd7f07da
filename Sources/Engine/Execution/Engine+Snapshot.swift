// Snapshots between turns: a slice of the walk at a time, its bytes written by the host.
extension Engine {
  /// About how many bytes of a snapshot one slice writes: while requests come, and while none do.
  private static var sliceBytes: Int { 16 << 10 }
  private static var idleSliceBytes: Int { 32 << 10 }
  /// The most it writes, where so much is kept for the snapshot that it comes before requests.
  private static var longestSliceBytes: Int { 256 << 10 }
  /// How long a slice may take, however little it has written by then, and how many bytes are written between two looks
  /// at the clock.
  private static var sliceNanoseconds: Int64 { 300_000 }
  private static var watchedBytes: Int { 4 << 10 }
  /// The longest rest after a slice in which somebody else had the processor.
  private static var longestRestMicroseconds: Int64 { 5000 }

  /// Walks on.
  /// - Returns: whether there is more to do at once.
  mutating func runSnapshotSlice() -> Bool {
    if call.snapshot != nil { endUnwantedSnapshot() }
    if let end = snapshotRestEnd {
      if call.snapshot != nil, call.now.monotonicMicroseconds < end { return false }
      snapshotRestEnd = nil
    }
    guard let job = call.snapshot, job.stage == .walking else { return false }
    let kept = call.keyspace.keptBytes
    job.peakKeptBytes = max(job.peakKeptBytes, kept + call.keyspace.flushedBytes)
    guard job.mayWalk else {
      job.feed.isEager = true
      let limit = call.configuration.snapshotPreimageLimit
      if limit > 0, kept > limit { giveUpSnapshot(job, kept) }
      return false
    }
    let isIdle = call.statistics.commands == commandsAtSlice
    commandsAtSlice = call.statistics.commands
    let budget = min(max(isIdle ? Self.idleSliceBytes : Self.sliceBytes, kept / 64), Self.longestSliceBytes)
    let keyLimit = keyLimit(of: job)
    let spent = walk(job, budget: budget, keyLimit: keyLimit)
    // Much longer than it can: the thread had to wait for a processor. Where those are scarce, one who never rests gets
    // his last, and so would requests.
    if !isIdle, spent > 3 * Self.sliceNanoseconds {
      snapshotRestEnd = call.now.monotonicMicroseconds + min(2 * spent / 1000, Self.longestRestMicroseconds)
    }
    // Nothing is kept from here on.
    if job.stage != .walking { call.keyspace.endWalk(isComplete: true) }
    if job.purpose == .replicas, job.feed.isComplete { announceEnd(of: job) }
    let goesOn = job.mayWalk && job.writtenKeys < keyLimit
    job.feed.isEager = !goesOn
    return goesOn && snapshotRestEnd == nil
  }

  /// Writes about `budget` bytes, or less where that takes long.
  /// - Returns: how long it took, nanoseconds.
  private func walk(_ job: SnapshotJob, budget: Int, keyLimit: Int) -> Int64 {
    let clock = call.keyspace.clock
    let policy = call.configuration.maxmemoryPolicy
    let now = call.now
    let began = call.host.monotonicNanoseconds()
    var left = budget
    while true {
      let part = min(left, Self.watchedBytes)
      job.walk(call.keyspace, budget: part, keyLimit: keyLimit) { RDBUsage.of($0, clock, policy, now) }
      left -= part
      let spent = call.host.monotonicNanoseconds() - began
      guard left > 0, spent < Self.sliceNanoseconds, job.mayWalk else { return spent }
    }
  }

  /// The walk for replicas is over.
  private mutating func announceEnd(of job: SnapshotJob) {
    let count = job.feed.names.count
    call.logLine(.notice, "Diskless rdb transfer, done reading from pipe, \(count) replicas still up.")
  }

  /// Clients change more than the disk takes, and what is kept for the snapshot has come to its limit.
  private mutating func giveUpSnapshot(_ job: SnapshotJob, _ kept: Int) {
    call.logLine(
      .warning,
      "Snapshot given up: \(kept) bytes of changed keys wait to be written as they were, more than snapshot-preimage-limit allows"
    )
    call.endSnapshot(job, succeeded: false)
  }

  /// `rdb-key-save-delay`: how many keys may be written by now.
  private func keyLimit(of job: SnapshotJob) -> Int {
    let delay = Int64(call.configuration.rdbKeySaveDelay)
    guard delay > 0 else { return .max }
    return Int((call.now.monotonicMicroseconds - job.startedAt.monotonicMicroseconds) / delay)
  }

  /// Work of snapshots that is due by the clock: save points, rewrites, what was scheduled.
  mutating func watchFiles() {
    guard call.snapshot == nil, !call.isLoading, !call.isShuttingDown else { return }
    call.beginDueTransfer()
    guard call.host.files != nil, call.snapshot == nil, !call.isDiskStandingStill else { return }
    if call.beginAwaitedSave() { return }
    guard !call.replication.awaitsData else { return }
    if call.mayBeginRewrite, !call.appendOnly.isClosing, isRewriteDue() {
      if !call.syncsAheadOfRewrite() { rewrite() }
      return
    }
    guard mayTrySaving else { return }
    if call.persistence.isSaveScheduled { return saveInBackground() }
    if let point = duePoint {
      call.logLine(.notice, "\(point.changes) changes in \(point.seconds) seconds. Saving...")
      saveInBackground()
    }
  }

  private mutating func saveInBackground() {
    do throws(CommandError) { try call.beginSave() } catch { return call.updateBarrier() }
    call.persistence.isSaveScheduled = false
    call.logLine(.notice, "Background saving started")
  }

  private mutating func rewrite() {
    do throws(FileFailure) { try call.beginRewrite() } catch { call.noteRewriteNotBegun(error) }
  }

  /// Whether a snapshot may be tried that nobody asks for now: after a failure, not at once again.
  private var mayTrySaving: Bool {
    call.persistence.lastSaveSucceeded || call.now.unixSeconds - call.persistence.lastSaveTry > Call.retrySeconds
  }

  /// The save point that the changes so far have reached.
  private var duePoint: SavePoint? {
    let elapsed = call.now.unixSeconds - call.persistence.lastSave
    return call.configuration.save.first { point in
      call.keyspace.changes >= Int64(point.changes) && elapsed > Int64(point.seconds)
    }
  }

  /// Whether the append-only file has grown so far that it is written anew, or can only go on with a new one.
  private mutating func isRewriteDue() -> Bool {
    if call.persistence.isRewriteScheduled { return !isRewriteLimited() }
    guard call.configuration.appendonly else { return false }
    if !call.isAppending { return !isRewriteLimited() }
    if case .final = call.appendOnly.trouble { return !isRewriteLimited() }
    let percentage = call.configuration.autoAofRewritePercentage
    let size = call.appendOnly.currentBytes
    guard percentage > 0, size > call.configuration.autoAofRewriteMinSize else { return false }
    let base = max(call.appendOnly.baseBytes, 1)
    guard (size - base) * 100 / base >= percentage, !isRewriteLimited() else { return false }
    call.logLine(.notice, "Starting automatic rewriting of AOF on \(size * 100 / base - 100)% growth")
    return true
  }

  /// Whether it is too early for another rewrite after those that failed: three in a row, and from then on the pauses
  /// double, up to an hour, as in Redis.
  private mutating func isRewriteLimited() -> Bool {
    let failures = call.persistence.rewriteFailures
    let elapsed = call.now.unixSeconds - call.persistence.lastRewriteTry
    guard failures >= 3 else { return failures > 0 && elapsed <= Call.retrySeconds }
    let minutes = min(1 << Int64(min(failures - 3, 6)), 60)
    guard elapsed < minutes * 60 else { return false }
    if call.persistence.announcedLimit != minutes {
      call.persistence.announcedLimit = minutes
      call.logLine(
        .warning,
        "Background AOF rewrite has repeatedly failed and triggered the limit, will retry in \(minutes) minutes")
    }
    return true
  }

  // MARK: The file

  mutating func nextSnapshotWrite() -> FileWrite? {
    guard let job = call.snapshot, let file = job.file, job.fileWriter?.wantsWrite == true else { return nil }
    return FileWrite(file: file, isDurable: false)
  }

  /// A write of the snapshot's has ended. One that was given up meanwhile has no say any more.
  mutating func snapshotWritten(_ result: Result<Int, FileFailure>) {
    guard call.abandonedSnapshot == nil else { return call.removeAbandonedFile() }
    guard let job = call.snapshot, job.fileWriter?.isWriting == true else { return }
    call.reach(.snapshot)
    switch result {
    case .success(let count): job.fileWriter?.ended(written: count)
    case .failure(let failure):
      job.fileWriter?.ended()
      call.logLine(.warning, "Write error saving DB on disk: \(failure.reason)")
      call.endSnapshot(job, succeeded: false)
    }
  }

  mutating func nextSnapshotSync() -> OpenFile? {
    guard let job = call.snapshot, let file = job.file, job.fileWriter?.wantsSync == true else { return nil }
    job.noteOperation(now: call.now.monotonicMicroseconds)
    job.fileWriter?.syncStarted()
    return file
  }

  mutating func snapshotSynced(_ failure: FileFailure?) {
    guard call.abandonedSnapshot == nil else { return call.removeAbandonedFile() }
    guard let job = call.snapshot, job.fileWriter?.isSyncing == true else { return }
    if let failure { call.logLine(.warning, "Write error saving DB on disk: \(failure.reason)") }
    job.fileWriter?.ended()
    if failure == nil, job.fileWriter?.isThrough == false { return }
    call.endSnapshot(job, succeeded: failure == nil)
  }
}
