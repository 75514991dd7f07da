internal import Engine
internal import Logging

/// From the engine's log and snapshots to files: at most one write and one sync in flight for each.
extension Loop {
  /// Submits what the engine wants written and brought to the disk.
  mutating func driveFiles() {
    for stream in FileStream.allCases {
      if let write = engine.nextWrite(stream) { submit(write, stream) }
      if let file = engine.nextSync(stream) {
        filesInFlight += 1
        ring.syncData(file.descriptor, Token(.fileSync, slot: stream.rawValue))
      }
    }
  }

  /// Submits the reads that replicas wait for who are sent a snapshot or the log from files.
  mutating func driveReads() {
    while let read = engine.nextRead() { reads.submit(read, &ring) }
  }

  /// Gives the engine what was read for a replica.
  mutating func readCompleted(_ completion: Completion) {
    let now = now
    reads.ended(completion) { session, result in engine.readEnded(session, result, now: now) }
  }

  private mutating func submit(_ write: FileWrite, _ stream: FileStream) {
    connections.makeRoom(&arena, &ring)
    arena.begin()
    var covered = 0
    engine.forEachWritePiece(stream, limit: VectorArena.vectorsPerSend) { piece in
      covered += arena.add(piece)
    }
    engine.submitted(stream, covered, isDurable: write.isDurable)
    if stream != .spill { filesInFlight += 1 }
    // The engine keeps the bytes as they are until the write's completion has been told to it.
    ring.writeGathered(
      arena, to: write.file.descriptor, isDurable: write.isDurable, Token(.fileWrite, slot: stream.rawValue))
  }

  /// Tells the engine of a file operation's end.
  mutating func fileCompleted(_ completion: Completion) {
    guard let stream = FileStream(rawValue: completion.token.slot) else { return }
    // At the end nobody waits for what nobody will read.
    if stream != .spill { filesInFlight -= 1 }
    lastFileEnd = now.monotonicMicroseconds
    let failure = completion.failure.map { FileFailure($0) }
    if completion.token.operation == .fileSync { return engine.synced(stream, failure, now: now) }
    let result: Result<Int, FileFailure> = failure.map { .failure($0) } ?? .success(Int(completion.result))
    engine.written(stream, result, now: now)
  }

  /// Has a worker of the ring's open the file that a snapshot is written to.
  mutating func openSnapshot(_ path: String) {
    let path = FilePath(path)
    snapshotPath = path
    filesInFlight += 1
    ring.openInWorker(path, flags: Files.anewFlags, mode: Files.mode, Token(.snapshotOpen))
  }

  /// Has a worker of the ring's delete it.
  mutating func removeSnapshot(_ path: String) {
    let path = FilePath(path)
    snapshotPath = path
    filesInFlight += 1
    ring.removeInWorker(path, Token(.snapshotRemove))
  }

  /// Tells the engine that one of both has ended.
  mutating func snapshotFileCompleted(_ completion: Completion) {
    filesInFlight -= 1
    lastFileEnd = now.monotonicMicroseconds
    snapshotPath = nil
    guard completion.token.operation == .snapshotOpen else { return engine.apply(.snapshotRemoved, now: now) }
    if let failure = completion.failure {
      engine.apply(.snapshotOpened(.failure(FileFailure(failure))), now: now)
    } else {
      engine.apply(.snapshotOpened(.success(OpenFile(descriptor: completion.result))), now: now)
    }
  }

  /// How long the end waits for a disk that takes nothing where that was asked for (`SHUTDOWN FORCE`), microseconds.
  private static var patienceMicroseconds: Int64 { 2_000_000 }

  /// Before the end: brings what was recorded to the disk. A signal may end the waiting for that.
  mutating func finishFiles() throws(Errno) {
    engine.prepareToEnd()
    lastFileEnd = Clock.monotonicMicroseconds()
    performEffects()
    while !endsAtOnce {
      now = Clock.now()
      driveFiles()
      guard filesInFlight > 0 || reads.count > 0 else { break }
      if engine.endsWithoutDisk, now.monotonicMicroseconds - lastFileEnd > Self.patienceMicroseconds {
        logger.warning("The disk stands still. Exit anyway: what was written last may be lost.")
        break
      }
      try ring.enter(waitFor: 1, timeoutMicroseconds: 100_000)
      arena.removeAll()
      drain()
      finishQuietSends()
      performEffects()
    }
    performEffects()
  }
}
