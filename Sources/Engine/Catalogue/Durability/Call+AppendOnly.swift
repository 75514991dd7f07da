// The append-only file's life: switched on and off, its files opened and listed.

extension Call {
  /// The directory of the append-only files.
  var appendOnlyDirectory: String { configuration.appenddirname }

  /// Whether writes are recorded for the append-only file.
  var isAppending: Bool { appendOnly.isOpen }

  /// Whether what is recorded can be loaded again: the file is open, and has its base.
  var isRecording: Bool {
    switch appendOnly.state {
    case .closed, .awaitingBase: false
    case .recording, .closing: true
    }
  }

  /// Takes in a change of the append-only file: where its state is another now, so is what replies wait for.
  @discardableResult
  mutating func follow<Result>(_ change: StateChange<Result>) -> Result {
    if change.hasChanged { updateBarrier() }
    return change.result
  }

  /// Everything of the log before this is on the disk, in a file that can be loaded.
  var durableOffset: Int64 { isRecording ? appendOnly.syncedOffset : 0 }

  /// Whether the data set and the log agree just now, so that a snapshot and what follows it in the log make up the
  /// data: not within a transaction, whose effects follow all at once, nor while there are no data.
  var mayBeginRewrite: Bool {
    snapshot == nil && !isInTransaction && !replication.awaitsData
  }

  /// Notes in the file when the command or the transaction runs that is about to be appended to the log
  /// (`aof-timestamp-enabled`).
  mutating func noteTimeInFile() {
    guard configuration.aofTimestampEnabled, isAppending else { return }
    appendOnly.noteTime(now.unixSeconds, at: log.end)
  }

  func appendOnlyPath(_ name: String) -> String { "\(appendOnlyDirectory)/\(name)" }

  /// The list of the files.
  var manifestPath: String { appendOnlyPath(AppendOnlyManifest.manifestName(configuration.appendfilename)) }

  /// The file that says where the others lie in the log.
  var placesPath: String { appendOnlyPath(AppendOnlyManifest.placesName(configuration.appendfilename)) }

  /// Puts the list of files on the disk, and ahead of it where they lie in the log: three syncs that the server waits
  /// for, of both files and of their directory.
  /// - Parameter longer: the list with the files that it no longer names; nil: there are none. Where they lie is said
  ///   once more: if the list does not come to the disk, the one before stands, and they are on it.
  func writeManifest(
    _ manifest: AppendOnlyManifest, insteadOf longer: AppendOnlyManifest? = nil, _ files: any FileSystem
  ) throws(FileFailure) {
    try files.replace([(placesPath, (longer ?? manifest).placesText), (manifestPath, manifest.bytes)])
  }

  /// The place of a file that begins now. A replica's log is its primary's stream, to which nothing can be added: the file
  /// must say the database in force. On a primary it is the log that says it.
  var placeOfIncrement: AppendOnlyManifest.Place {
    AppendOnlyManifest.Place(
      offset: log.end, database: isReplica ? streamDatabase : 0, history: replication.identifier)
  }

  /// Goes on with the append-only file that was loaded, or begins one, at the end of loading.
  /// - Parameter loaded: what was read; nil: nothing was.
  mutating func openAppendOnly(_ files: any FileSystem, _ loaded: DatasetLoading?) throws(FileFailure) {
    try files.makeDirectory(appendOnlyDirectory)
    var manifest = appendOnly.manifest
    let prefix = configuration.appendfilename
    if manifest.base == nil && manifest.increments.isEmpty {
      var base = manifest.nextBase(prefix, isSnapshot: configuration.aofUseRdbPreamble)
      base.place = AppendOnlyManifest.Place(offset: log.end)
      try files.replace(appendOnlyPath(base.name), with: emptyBase())
      logLine(.notice, "Creating AOF base file \(base.name) on server start")
      manifest.base = base
    }
    if !continues(manifest.increments.last, loaded, files) {
      var increment = manifest.nextIncrement(prefix)
      increment.place = placeOfIncrement
      manifest.increments.append(increment)
      files.close(try files.open(appendOnlyPath(increment.name), for: .writing))
      logLine(.notice, "Creating AOF incr file \(increment.name) on server start")
    }
    if manifest.base?.place == nil, let first = manifest.increments.first?.place {
      manifest.base?.place = AppendOnlyManifest.Place(offset: first.offset)
    }
    manifest.base?.place?.firstIncrement = manifest.increments.first?.sequence
    // Another server's files have no places yet.
    let hasPlaces = (try? files.contents(of: placesPath)) == manifest.placesText
    let hasList = files.size(of: manifestPath) != nil
    if manifest != appendOnly.manifest || !hasPlaces || !hasList { try settleManifest(manifest, files) }
    appendOnly.manifest = manifest
    // Another process may have written what was loaded, and ended before it was on the disk.
    for file in [manifest.base].compactMap({ $0 }) + manifest.increments { try files.sync(appendOnlyPath(file.name)) }
    guard let last = manifest.increments.last else { return }
    let file = try files.open(appendOnlyPath(last.name), for: .appending)
    appendOnly.completeBytes = bytes(of: manifest, butLast: true, files)
    let size = files.size(of: appendOnlyPath(last.name)) ?? 0
    beginAppending(
      AppendOnlyFile.Segment(
        file: file, name: last.name, opening: size == 0 ? last.place?.opening ?? [] : [], byteCount: size))
    appendOnly.baseBytes = appendOnly.currentBytes
    removeHistory(files)
  }

  /// Puts the list on the disk where it has changed. Where it has not, and there is no room to say where its files lie in
  /// the log, that is no reason not to start: then nothing is said of it, rather than what is not so any more.
  private mutating func settleManifest(
    _ manifest: AppendOnlyManifest, _ files: any FileSystem
  ) throws(FileFailure) {
    do throws(FileFailure) { try writeManifest(manifest, files) } catch {
      guard manifest.bytes == appendOnly.manifest.bytes else { throw error }
      files.remove(placesPath)
      logLine(.warning, "Can't write \(placesPath), which says where the AOF files lie in the log: \(error.reason)")
    }
  }

  /// Whether what comes next in the log can stand at the end of an increment: what it holds reaches up to there.
  private func continues(
    _ last: AppendOnlyManifest.File?, _ loaded: DatasetLoading?, _ files: any FileSystem
  ) -> Bool {
    guard let last else { return false }
    if let loaded { return loaded.logEnd == log.end && (!isReplica || loaded.logDatabase == streamDatabase) }
    // There was nothing to load.
    return last.place == placeOfIncrement && files.size(of: appendOnlyPath(last.name)) == 0
  }

  /// Records the log in a file from now on.
  /// - Parameter awaitsBase: whether the file can be loaded only when its first base is there.
  mutating func beginAppending(_ segment: AppendOnlyFile.Segment, awaitsBase: Bool = false) {
    log.activate()
    // What comes next in the file must say its database.
    log.forgetSelectedDatabase()
    follow(appendOnly.open(segment, at: log.cursorAtEnd(), awaitsBase: awaitsBase))
    appendOnly.preface.append(segment.opening)
  }

  private func bytes(of manifest: AppendOnlyManifest, butLast: Bool, _ files: any FileSystem) -> Int {
    let increments = butLast ? manifest.increments.dropLast() : manifest.increments[...]
    let names = increments.map(\.name) + (manifest.base.map { [$0.name] } ?? [])
    return names.reduce(0) { $0 + (files.size(of: appendOnlyPath($1)) ?? 0) }
  }

  /// Of the files that are no longer needed for the data the increments that replicas may ask for: those written last, as
  /// many as `aof-history-size` has room for.
  private func historyToKeep(
    _ manifest: AppendOnlyManifest, _ files: any FileSystem
  ) -> [AppendOnlyManifest.File] {
    if configuration.aofDisableAutoGc { return manifest.history }
    var room = configuration.aofHistorySize
    guard room > 0 else { return [] }
    var kept: [AppendOnlyManifest.File] = []
    let increments = manifest.history.filter { $0.isIncrement && $0.place != nil }
    for file in increments.sorted(by: { $0.sequence > $1.sequence }) {
      room -= files.size(of: appendOnlyPath(file.name)) ?? 0
      guard room >= 0 else { break }
      kept.append(file)
    }
    return kept
  }

  /// Writes the list without the files that are no longer needed, and then deletes them: where the process ends between the
  /// two, the next start does (`removeLeftovers`).
  mutating func writeManifestWithoutHistory(
    _ manifest: AppendOnlyManifest, _ files: any FileSystem
  ) throws(FileFailure) {
    var shorter = manifest
    shorter.history = historyToKeep(manifest, files)
    try writeManifest(shorter, insteadOf: manifest, files)
    appendOnly.manifest = shorter
    for file in manifest.history where !shorter.history.contains(file) {
      logLine(.notice, "Removing the history file \(file.name) in the background")
      removeLargeFile(appendOnlyPath(file.name))
    }
  }

  /// Deletes the files that are no longer needed, and forgets them.
  mutating func removeHistory(_ files: any FileSystem) {
    let manifest = appendOnly.manifest
    guard historyToKeep(manifest, files) != manifest.history else { return }
    do throws(FileFailure) { try writeManifestWithoutHistory(manifest, files) } catch {
      logLine(.warning, "Can't write the AOF manifest: \(error.reason)")
    }
  }

  /// The base of an append-only file that begins with nothing.
  private func emptyBase() -> [UInt8] {
    guard configuration.aofUseRdbPreamble else { return [] }
    var writer = RDBWriter(compresses: false, checksums: configuration.rdbchecksum)
    var information = RDBWriter.Information(
      redisVersion: Bytes("7.2.4"), createdSeconds: now.unixSeconds, usedMemoryBytes: UInt64(keyspace.usedBytes))
    information.isAppendOnlyBase = true
    writer.begin(information)
    writer.end()
    return writer.output.array
  }

  // MARK: Switching on and off

  /// CONFIG SET appendonly. Switched on, the file begins with a rewrite; until that is done it is not whole.
  /// - Returns: whether it could be; where not, the log says why.
  @discardableResult
  mutating func switchAppendOnly() -> Bool {
    guard !isLoading else { return true }
    guard configuration.appendonly else {
      closeAppendOnly()
      return true
    }
    if appendOnly.isClosing {
      follow(appendOnly.goOn())
      // The rewrite that was to come, or was under way, went when it was switched off, and there may be data that nothing
      // but a rewrite brings to the file.
      persistence.isRewriteScheduled = true
    }
    guard !isAppending, host.files != nil else { return true }
    // What was recorded before is not of the data there is now.
    persistence.rewriteFailures = 0
    if mayBeginRewrite {
      do throws(FileFailure) { try beginRewrite() } catch {
        noteRewriteNotBegun(error)
        return false
      }
    } else {
      persistence.isRewriteScheduled = true
    }
    return true
  }

  /// A rewrite could not even be begun: that counts as one that failed.
  mutating func noteRewriteNotBegun(_ failure: FileFailure) {
    logLine(.warning, "Can't begin to rewrite the append-only file in \(appendOnlyDirectory): \(failure.reason)")
    persistence.lastRewriteSucceeded = false
    persistence.rewriteFailures += 1
  }

  /// The files listed on the disk, as far as there is a list: their numbers are not given out again.
  func listedFiles(_ files: any FileSystem) throws(FileFailure) -> AppendOnlyManifest {
    guard files.size(of: manifestPath) != nil else { return AppendOnlyManifest() }
    let bytes = try files.contents(of: manifestPath)
    guard var manifest = try? AppendOnlyManifest(bytes) else {
      // What it lists is not to be written over.
      throw FileFailure(code: 0, reason: "the list of files \(manifestPath) is damaged")
    }
    if let places = try? files.contents(of: placesPath) { manifest.adoptPlaces(places) }
    return manifest
  }

  /// Whether the next start may need a file: the list on the disk names it, or cannot be read.
  func mayBeListed(_ name: String, _ files: any FileSystem) -> Bool {
    do throws(FileFailure) {
      let bytes = try files.contents(of: manifestPath)
      guard let list = try? AppendOnlyManifest(bytes) else { return true }
      return list.files.contains { $0.name == name }
    } catch {
      return !error.isOfMissingFile
    }
  }

  /// Stops recording: what was recorded so far is brought to the disk, then the file is closed. Who waits for that
  /// waits on.
  mutating func closeAppendOnly() {
    if let job = snapshot, job.isRewrite {
      logLine(.notice, "Killing running AOF rewrite child: the AOF is switched off")
      endSnapshot(job, succeeded: false)
      persistence.rewriteFailures = 0
      persistence.lastRewriteSucceeded = true
    }
    persistence.isRewriteScheduled = false
    follow(appendOnly.beginClosing(at: log.end))
    watchLag()
    let isOnDisk = appendOnly.underway == nil && appendOnly.syncTarget == nil && appendOnly.syncedOffset >= log.end
    if !isAppending || isOnDisk || appendOnly.trouble != nil { finishClosing() }
  }

  /// All that was recorded is on the disk, or cannot be brought there: who waits for that is cut off.
  mutating func finishClosing() {
    releaseHeld()
    abandonHeld()
    endReadingAtWritten()
    releaseAppendOnly()
    releaseWaiting()
  }

  /// The data are others now and so is the log: what was recorded belongs to neither. The file begins again with a
  /// rewrite, once the data are there; until that is done what was recorded before is what is on the list.
  mutating func beginAppendOnlyAnew() {
    guard isAppending else { return }
    releaseAppendOnly()
    guard configuration.appendonly else { return }
    persistence.rewriteFailures = 0
    persistence.isRewriteScheduled = true
  }

  /// Lets go of the files recorded to and of the place in the log.
  mutating func releaseAppendOnly() {
    if let held = follow(appendOnly.close()) { release(held) }
    appendOnly.manifest = AppendOnlyManifest()
  }

  /// Closes files and gives up their place in the log.
  mutating func release(_ held: AppendOnlyFile.Holdings) {
    if let cursor = held.cursor { log.release(cursor) }
    for file in held.files { host.files?.close(file) }
  }

  /// A new base holds all that is in the segments before `name`: if nobody knows what became of those, recording goes on
  /// with that one.
  mutating func makeGood(from name: String) {
    guard let lost = follow(appendOnly.giveUpLost(before: name)) else { return }
    for file in lost { host.files?.close(file) }
    if var cursor = appendOnly.cursor {
      log.advance(&cursor, by: Int(appendOnly.writtenOffset - cursor.position))
      appendOnly.cursor = cursor
    }
    undurableKeys.becameSafe(appendOnly.syncedOffset)
    logLine(.warning, "The AOF was written anew after an error. The server can write again.")
  }
}
