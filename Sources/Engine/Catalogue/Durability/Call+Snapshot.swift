// Snapshots in files, begun and ended. How they are walked is the job's business; when, the engine's.

extension Call {
  /// The seconds that a failed snapshot or rewrite keeps the next one by itself away, as in Redis.
  static var retrySeconds: Int64 { 5 }

  /// Begins to write the data set to the snapshot file.
  /// - Parameter asker: waits for the end (SAVE); none: nobody does.
  mutating func beginSave(asker: SessionHandle = .none) throws(CommandError) {
    persistence.lastSaveTry = now.unixSeconds
    let path = configuration.dbfilename
    do throws(FileFailure) {
      try beginSnapshot(
        .file, temporaryPath: "temp-\(facts.processIdentifier).rdb", path: path, asker: asker)
    } catch {
      settleSave(false, asker: asker)
      throw .text("ERR Background save failed: there is no disk")
    }
  }

  /// Begins to write the append-only file anew: with the data set as it is now for a base, and another increment for
  /// what follows.
  mutating func beginRewrite() throws(FileFailure) {
    guard let files = host.files else { throw FileFailure(code: 0, reason: "there is no disk") }
    persistence.lastRewriteTry = now.unixSeconds
    persistence.isRewriteScheduled = false
    if !isAppending {
      try files.makeDirectory(appendOnlyDirectory)
      // Somebody else may have changed the list.
      appendOnly.manifest = try listedFiles(files)
    }
    if configuration.appendonly { return try beginRewriteWithIncrement(files) }
    try beginBase(keepingFrom: .max)
  }

  private mutating func beginBase(keepingFrom first: Int64) throws(FileFailure) {
    var base = appendOnly.manifest.nextBase(
      configuration.appendfilename, isSnapshot: configuration.aofUseRdbPreamble)
    // Without an increment of its own it is followed by the next one there will be.
    base.place = AppendOnlyManifest.Place(
      offset: log.end, firstIncrement: first == .max ? appendOnly.manifest.incrementSequence + 1 : first)
    try beginSnapshot(
      .base(base, keepsFrom: first), temporaryPath: "temp-rewriteaof-bg-\(facts.processIdentifier).aof",
      path: appendOnlyPath(base.name), asker: .none)
    logLine(.notice, "Background append only file rewriting started")
  }

  private mutating func beginRewriteWithIncrement(_ files: any FileSystem) throws(FileFailure) {
    var manifest = appendOnly.manifest
    var increment = manifest.nextIncrement(configuration.appendfilename)
    increment.place = placeOfIncrement
    let path = appendOnlyPath(increment.name)
    // Somebody may have deleted the directory: a rewrite is how to come back from that.
    if files.names(in: appendOnlyDirectory).isEmpty { try files.makeDirectory(appendOnlyDirectory) }
    let file = try files.open(path, for: .writing)
    manifest.increments.append(increment)
    reach(.increment)
    do throws(FileFailure) {
      // Loading goes by the list: with both increments in it nothing is lost, however far the rewrite comes. While the
      // file is being switched on, what was there before is not part of the data set.
      if isRecording {
        try writeManifest(manifest, files)
        // The list on the disk is this one from here on, and does not name it.
        if let doubtful = manifest.doubtfulBase { removeLargeFile(appendOnlyPath(doubtful.name)) }
      } else {
        try beginBase(keepingFrom: increment.sequence)
      }
    } catch {
      files.close(file)
      // Whether the list on the disk names it by now, nobody knows; it is empty.
      if !isRecording { files.remove(path) }
      throw error
    }
    reach(.rewrite)
    let goesOn = isRecording
    goOn(with: increment, in: file, manifest)
    if goesOn { try beginBase(keepingFrom: increment.sequence) }
  }

  /// Records what comes from now on in another increment.
  private mutating func goOn(
    with increment: AppendOnlyManifest.File, in file: OpenFile, _ manifest: AppendOnlyManifest
  ) {
    logLine(.notice, "Creating AOF incr file \(increment.name) on background rewrite")
    appendOnly.manifest = manifest
    let segment = AppendOnlyFile.Segment(
      file: file, name: increment.name, opening: increment.place?.opening ?? [], byteCount: 0)
    if isAppending {
      log.forgetSelectedDatabase()
      appendOnly.rotate(to: segment, at: log.end)
      goOnReading(increment)
    } else {
      beginAppending(segment, awaitsBase: true)
    }
  }

  private mutating func beginSnapshot(
    _ purpose: SnapshotJob.Purpose, temporaryPath: String, path: String, asker: SessionHandle
  ) throws(FileFailure) {
    guard host.files != nil else { throw FileFailure(code: 0, reason: "there is no disk") }
    beginWalk(purpose, to: SnapshotJob.Destination(temporaryPath: temporaryPath, path: path), asker: asker)
    openSnapshotFile()
  }

  /// Begins to take a snapshot of the data set as it is now.
  /// - Parameters:
  ///   - endMark: what ends it for replicas, 40 bytes; empty for a file.
  ///   - leavesKeysOut: of the functions alone.
  mutating func beginWalk(
    _ purpose: SnapshotJob.Purpose, to destination: SnapshotJob.Destination?, asker: SessionHandle = .none,
    endMark: [UInt8] = [], leavesKeysOut: Bool = false
  ) {
    let isBase = if case .base = purpose { true } else { false }
    let form: SnapshotForm
    if !isBase || configuration.aofUseRdbPreamble {
      form = SnapshotForm(beganSnapshot(isBase: isBase, version: leavesKeysOut ? RDBVersion.written : nil))
    } else {
      form = SnapshotForm(commandsAt: configuration.aofTimestampEnabled ? now.unixSeconds : nil)
    }
    snapshot = SnapshotJob(
      purpose, destination: destination,
      syncsOften: isBase ? configuration.aofRewriteIncrementalFsync : configuration.rdbSaveIncrementalFsync,
      place: log.isActive ? SnapshotJob.Place(identifier: replication.identifier, offset: log.end) : nil, asker: asker,
      writer: form, endMark: endMark, leavesKeysOut: leavesKeysOut, changes: keyspace.changes,
      totalKeys: leavesKeysOut ? 0 : keyspace.keyCount, now: now)
    if !leavesKeysOut { keyspace.beginWalk() }
  }

  /// - Parameter version: the format's; nil: what the keys need.
  private func beganSnapshot(isBase: Bool, version: Int?) -> RDBWriter {
    let version = version ?? keyspace.snapshotVersion
    var writer = RDBWriter(compresses: configuration.rdbcompression, checksums: configuration.rdbchecksum)
    var information = RDBWriter.Information(
      redisVersion: Bytes("7.2.4"), createdSeconds: now.unixSeconds, usedMemoryBytes: UInt64(keyspace.usedBytes))
    information.isAppendOnlyBase = isBase
    if log.isActive, !isBase {
      replication.identifier.withBytes { identifier in
        information.replication = RDBWriter.Replication(
          streamDatabase: streamDatabase, id: identifier, offset: log.end)
        writer.begin(information, version: version)
      }
    } else {
      writer.begin(information, version: version)
    }
    return writer
  }

  /// Gives a snapshot up, as when the data set is replaced under it.
  /// - Parameter repeats: whether it is taken again then.
  mutating func abandonSnapshot(_ reason: String, repeats: Bool = true) {
    guard let job = snapshot else { return }
    logLine(.warning, "Snapshot given up: \(reason)")
    let before = persistence
    endSnapshot(job, succeeded: false, isLast: false)
    // Not a failure of the disk's, and no success either: it is taken again.
    switch job.purpose {
    case .file:
      persistence.lastSaveSucceeded = before.lastSaveSucceeded
      if shutdown.stage == .saving { shutdown.savesAgain = true }
      if job.asker == .none, !job.isForReplicas, !isShuttingDown, repeats { persistence.isSaveScheduled = true }
    case .base:
      persistence.lastRewriteSucceeded = before.lastRewriteSucceeded
      persistence.rewriteFailures = before.rewriteFailures
      persistence.isRewriteScheduled = true
    case .replicas: break
    }
    updateBarrier()
  }

  /// A database is about to be emptied: the snapshot under way keeps it where it has not come to all of it yet, up to a
  /// limit. More than that is not the disk's fault, nor the snapshot's: it is taken again.
  mutating func keepForSnapshot(database: Int) {
    let limit = configuration.snapshotPreimageLimit
    guard limit > 0, keyspace.isWanted(database) else { return }
    if keyspace.flushedBytes + keyspace[database].usedBytes > limit {
      abandonSnapshot("more was flushed than snapshot-preimage-limit allows to keep")
    }
  }

  /// All databases are about to be emptied. As in Redis a snapshot file that nobody waits for need not be written then;
  /// it is begun again where there are save points. Whoever waits gets what was there.
  mutating func abandonUnwantedFile() {
    guard let job = snapshot, job.purpose == .file, job.asker == .none, !job.isForReplicas, !isShuttingDown else {
      return
    }
    abandonSnapshot("all databases are emptied", repeats: !configuration.save.isEmpty)
  }

  /// The snapshot is whole and on the disk, or came to nothing.
  /// - Parameter isLast: whether it may be the one that the server's end waits for.
  mutating func endSnapshot(_ job: SnapshotJob, succeeded: Bool, isLast: Bool = true) {
    snapshot = nil
    if keyspace.isBeingWalked { keyspace.endWalk(isComplete: job.stage != .walking) }
    let succeeded = succeeded && putInPlace(job)
    releaseFile(of: job, isInPlace: succeeded)
    switch job.purpose {
    case .file: noteSave(job, succeeded, isLast: isLast)
    case .base: noteRewrite(job, succeeded)
    case .replicas: noteTransfer(job, succeeded)
    }
  }

  /// Gives the file of a snapshot that is whole its name.
  /// - Returns: whether it has it, or needs none.
  private mutating func putInPlace(_ job: SnapshotJob) -> Bool {
    guard let destination = job.destination, let files = host.files else { return job.destination == nil }
    do throws(FileFailure) {
      try replaceLargeFile(destination.path, by: destination.temporaryPath)
      reach(job.purpose == .file ? .saved : .rename)
      if case .base(let base, let first) = job.purpose { try adoptBase(base, keepingFrom: first, files) }
      return true
    } catch {
      logLine(
        .warning,
        "Error moving temp DB file \(destination.temporaryPath) on the final destination \(destination.path): \(error.reason)"
      )
      if case .base(let base, _) = job.purpose, files.size(of: destination.temporaryPath) == nil { disown(base, files) }
      return false
    }
  }

  /// A base got its name, and its list came to nothing: with each further try there would be another. Where that list may
  /// be on the disk for all that, the base stays until another one is.
  private mutating func disown(_ base: AppendOnlyManifest.File, _ files: any FileSystem) {
    if mayBeListed(base.name, files) {
      appendOnly.manifest.doubtfulBase = base
    } else {
      removeLargeFile(appendOnlyPath(base.name))
    }
  }

  /// Whether the last snapshot came to be, for INFO and for writes (`stop-writes-on-bgsave-error`). Who waits for one is
  /// told of its failure: writes are refused only after one that nobody waits for.
  private mutating func settleSave(_ succeeded: Bool, asker: SessionHandle) {
    if succeeded || asker == .none && !isShuttingDown { persistence.lastSaveSucceeded = succeeded }
    updateBarrier()
  }

  private mutating func noteSave(_ job: SnapshotJob, _ succeeded: Bool, isLast: Bool) {
    settleSave(succeeded, asker: job.asker)
    persistence.lastSaveKeptBytes = job.peakKeptBytes
    persistence.lastSaveSeconds = (now.monotonicMicroseconds - job.startedAt.monotonicMicroseconds) / 1_000_000
    if succeeded {
      logLine(.notice, "DB saved on disk")
      if job.asker == .none, !isShuttingDown { logLine(.notice, "Background saving terminated with success") }
      persistence.lastSave = now.unixSeconds
      persistence.saveCount += 1
      keyspace.changes -= min(job.changes, keyspace.changes)
    } else {
      logLine(.warning, "Background saving error")
    }
    sendFile(of: job, succeeded)
    if isLast, shutdown.stage == .saving { return savedLast(succeeded) }
    answerSave(job, succeeded)
  }

  /// Answers who waited for the snapshot.
  private mutating func answerSave(_ job: SnapshotJob, _ succeeded: Bool) {
    guard job.asker != .none, sessions.contains(job.asker) else { return }
    sessions.setBlocked(job.asker, false)
    write(to: job.asker) { reply in
      if succeeded { reply.ok() } else { reply.error("ERR Background save failed: check logs") }
    }
    cause(.resume(job.asker))
  }

  /// The first base since the file was switched on is there, or came to nothing: then what was recorded since is of no
  /// use without it. But where the list could not be brought to the disk it may be there for all that, and what it names
  /// must be there too; the next rewrite begins with it.
  private mutating func settleFirstBase(_ succeeded: Bool) {
    guard !succeeded else { return follow(appendOnly.baseArrived()) }
    let names = appendOnly.segments.map(\.name)
    releaseAppendOnly()
    guard let files = host.files else { return }
    for name in names where !mayBeListed(name, files) {
      logLine(.notice, "Removing the temp incr aof file \(name)")
      // At once: the next file may have the same name.
      removeLargeFile(appendOnlyPath(name))
    }
  }

  /// The new base is in place: what came before it is history.
  private mutating func adoptBase(
    _ base: AppendOnlyManifest.File, keepingFrom first: Int64, _ files: any FileSystem
  ) throws(FileFailure) {
    var manifest = appendOnly.manifest
    manifest.replaceBase(by: base, keepingIncrementsFrom: first)
    // What was on the list before this is not of the data that are recorded now.
    if !isRecording { manifest.beginHistory(replication.identifier) }
    try writeManifestWithoutHistory(manifest, files)
    reach(.manifest)
    if let kept = manifest.increments.first { makeGood(from: kept.name) }
    let baseBytes = files.size(of: appendOnlyPath(base.name)) ?? 0
    appendOnly.noteBase(baseBytes)
  }

  private mutating func noteRewrite(_ job: SnapshotJob, _ succeeded: Bool) {
    persistence.lastRewriteSucceeded = succeeded
    persistence.lastRewriteKeptBytes = job.peakKeptBytes
    persistence.lastRewriteSeconds = (now.monotonicMicroseconds - job.startedAt.monotonicMicroseconds) / 1_000_000
    persistence.rewriteFailures = succeeded ? 0 : persistence.rewriteFailures + 1
    if succeeded {
      persistence.rewriteCount += 1
      persistence.announcedLimit = 0
    }
    if appendOnly.state == .awaitingBase { settleFirstBase(succeeded) }
    if succeeded {
      logLine(.notice, "Background AOF rewrite terminated with success")
      logLine(.notice, "Background AOF rewrite finished successfully")
    } else {
      logLine(.warning, "Background AOF rewrite terminated with error")
    }
    releaseWaiting()
  }
}
