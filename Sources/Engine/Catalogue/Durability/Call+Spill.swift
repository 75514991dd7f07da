// The log in a file while replicas join, where no append-only file holds it: what they need once they have their snapshot
// does not pile up in memory.
extension Call {
  /// How long memory keeps everything after a file could not be had or written, microseconds.
  private static var pauseAfterFailureMicroseconds: Int64 { 60_000_000 }

  /// At the end of every turn: a file takes over as soon as a joining replica holds more of the log in memory than the
  /// window does in any case.
  mutating func spillLog() {
    if let spill = replication.spill { watch(spill) }
    if !replication.endedSpills.isEmpty { closeSpills() }
    guard replication.replicas.contains(where: { holdsLogWhileJoining($0) }), configuration.replSpillToDisk,
      now.monotonicMicroseconds >= replication.spillPausedUntil, let spill = replication.spill ?? beginSpill(),
      spill.isTaking, !isTooLong(spill)
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
    // Asked of every replica in every turn: hardly one is so far behind.
    guard let cursor = sessions[handle].cursor, log.pendingBytes(cursor) > log.windowBytes else { return false }
    return joiningPosition(handle) != nil
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
    guard let spill = replication.spill, spill.isTaking, offset >= spill.start, !isTooLong(spill),
      log.end - offset <= worthwhileBytes
    else { return nil }
    return HistoryReader(spill, from: offset)
  }

  /// The offset of the oldest byte from which a replica can go on, out of memory or the file for replicas that join.
  var backlogStart: Int64 {
    guard let spill = replication.spill, spill.isTaking, !isTooLong(spill) else { return log.windowStart }
    return min(max(spill.start, log.end - worthwhileBytes), log.windowStart)
  }

  /// Whether nobody else is to read it, so that it goes when those who do are in step: else one replica after the other
  /// would keep it for ever, and it would grow without end.
  private func isTooLong(_ spill: LogSpill) -> Bool {
    historyLimitBytes.map { log.end - spill.start > $0 } ?? false
  }

  private mutating func beginSpill() -> LogSpill? {
    // On a disk that stands still the server would stand still with it (`watchFiles`).
    guard !isDiskStandingStill else { return nil }
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
    guard spill.isTaking else {
      guard !spill.isWriting else { return }
      replication.spill = nil
      return replication.endedSpills.append(spill)
    }
    // As long as memory may hold as much again for who reads it.
    let output = configuration.clientOutputBufferLimit.replica
    let limit = output.hardBytes > 0 ? output.hardBytes / 2 : output.softBytes
    guard limit > 0, log.end - spill.written > Int64(limit) else { return }
    goOnInMemory("the disk is slower than the writers")
  }

  /// Closes those that nobody reads any more. With that what they took of the disk is freed.
  private mutating func closeSpills() {
    for spill in replication.endedSpills where spill.isOver { cause(.closeFile(spill.file)) }
    replication.endedSpills.removeAll { $0.isOver }
  }

  /// The file takes no more: who reads it gets the rest from memory, which keeps it from here on.
  mutating func goOnInMemory(_ reason: String) {
    guard let spill = replication.spill, spill.isTaking else { return }
    logLine(.warning, "What is written while replicas join stays in memory from offset \(spill.written) on: \(reason)")
    replication.spillPausedUntil = now.monotonicMicroseconds + Self.pauseAfterFailureMicroseconds
    endReading(spill, at: spill.written)
    endSpill()
  }

  /// The file takes no more of the log.
  mutating func endSpill() { replication.spill?.end(&log) }
}
