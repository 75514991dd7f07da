// The log in a file while replicas join, where no append-only file holds it: what they need once they have their snapshot
// does not pile up in memory.
extension Call {
  /// How long memory keeps everything after a file could not be had or written, microseconds.
  private static var pauseAfterFailureMicroseconds: Int64 { 60_000_000 }

  /// At the end of every turn: a file takes over as soon as a joining replica holds more of the log in memory than the
  /// window does in any case.
  mutating func spillLog() {
    if let spill = replication.spill { watch(spill) }
    guard replication.replicas.contains(where: { holdsLogWhileJoining($0) }), configuration.replSpillToDisk,
      now.monotonicMicroseconds >= replication.spillPausedUntil, let spill = replication.spill ?? beginSpill(),
      spill.isTaking
    else { return }
    for handle in replication.replicas {
      guard holdsLogWhileJoining(handle), let cursor = sessions[handle].cursor, cursor.position >= spill.start else {
        continue
      }
      sessions[handle].replica?.laterHistory = HistoryReader(spill, from: cursor.position)
      sessions[handle].cursor = nil
      log.release(cursor)
      replication.readerCount += 1
    }
  }

  /// Whether more of the log than the window is kept for a replica that has no use for it yet.
  private func holdsLogWhileJoining(_ handle: SessionHandle) -> Bool {
    guard let position = joiningPosition(handle) else { return false }
    return log.end - position > Int64(log.windowBytes)
  }

  /// Where the log goes on for a replica that is to have a snapshot first, and is kept in memory for it; nil for others.
  private func joiningPosition(_ handle: SessionHandle) -> Int64? {
    guard let position = sessions[handle].cursor?.position, let replica = sessions[handle].replica,
      replica.reader == nil, replica.stage == .transfer || replica.stage == .file || replica.awaitsAcknowledgement,
      sessions[handle].flags.isDisjoint(with: [.closing, .aborted])
    else { return nil }
    return position
  }

  /// Begins to read the log from `offset` for a replica that was away, where the file for others has it.
  func readSpill(from offset: Int64) -> HistoryReader? {
    guard let spill = replication.spill, spill.isTaking, offset >= spill.start else { return nil }
    return HistoryReader(spill, from: offset)
  }

  /// The offset of the oldest byte from which a replica can go on, out of memory or the file for replicas that join.
  var backlogStart: Int64 {
    guard let spill = replication.spill, spill.isTaking else { return log.windowStart }
    return min(spill.start, log.windowStart)
  }

  private mutating func beginSpill() -> LogSpill? {
    // On a disk that stands still the server would stand still with it (`watchFiles`).
    guard !appendOnly.lag.isBehind else { return nil }
    guard let files = host.files, let start = replication.replicas.compactMap({ joiningPosition($0) }).min(),
      let cursor = log.cursor(at: start)
    else { return nil }
    do throws(FileFailure) {
      let spill = LogSpill(try files.open(".", for: .scratch), from: cursor)
      replication.spill = spill
      logLine(.notice, "What is written while replicas join goes to a file, from offset \(start) on")
      return spill
    } catch {
      log.release(cursor)
      replication.spillPausedUntil = now.monotonicMicroseconds + Self.pauseAfterFailureMicroseconds
      logLine(
        .warning, "What is written while replicas join stays in memory: no file can be had for it: \(error.reason)")
      return nil
    }
  }

  private mutating func watch(_ spill: LogSpill) {
    if spill.readerCount == 0 { endSpill() }
    if spill.isOver {
      host.files?.close(spill.file)
      replication.spill = nil
      return
    }
    let limit = configuration.clientOutputBufferLimit.replica.hardBytes
    guard spill.isTaking, limit > 0, log.end - spill.written > Int64(limit) else { return }
    goOnInMemory("the disk is slower than the writers")
  }

  /// The file takes no more: who reads it gets the rest from memory, which keeps it from here on.
  mutating func goOnInMemory(_ reason: String) {
    guard let spill = replication.spill, spill.isTaking else { return }
    logLine(.warning, "What is written while replicas join stays in memory from offset \(spill.written) on: \(reason)")
    replication.spillPausedUntil = now.monotonicMicroseconds + Self.pauseAfterFailureMicroseconds
    for handle in replication.replicas where sessions.contains(handle) {
      guard let reader = sessions[handle].replica?.reader, reader.spill === spill, sessions[handle].cursor == nil else {
        continue
      }
      reader.end(at: spill.written)
      sessions[handle].cursor = log.cursor(at: max(spill.written, reader.next))
    }
    endSpill()
  }

  /// The file takes no more of the log.
  mutating func endSpill() { replication.spill?.end(&log) }
}
