// What waits for the disk has a limit: beyond it no write runs, nor anything for a client whose replies wait already. Everything
// else goes on.
extension Call {
  /// Whether as much of the log waits for the append-only file as may.
  @inline(__always)
  var isLogFull: Bool { log.end >= bufferLimit.logEnd }

  /// Whether some requests may have to wait because of what waits for the disk.
  @inline(__always)
  var isBackedUp: Bool { isLogFull || bufferLimit.isFullOfReplies }

  /// Whether the asking session's command waits until less waits for the disk. Who was served a key runs: what brought it
  /// has run. Nor is anybody put off who could help: with what is an administrator's, or by waiting for less.
  func mustWaitForDisk(_ entry: Catalogue.Entry) -> Bool {
    guard isBackedUp, resumedWait == nil, !isFromPrimary, !entry.flags.contains(.admin) else { return false }
    // What is written on a replica goes to no log.
    if isLogFull, !isReplica, !entry.flags.isDisjoint(with: [.write, .mayReplicate]) { return true }
    return bufferLimit.isFullOfReplies && sessions[session].heldBytes > 0
      && catalogue.specs[entry.identity].container?.description != "client"
  }

  /// Puts the asking session off until less waits for the disk.
  mutating func waitForDisk() {
    sessions.postpone(session)
    guard bufferLimit.putOff(now: now.monotonicMicroseconds) else { return }
    logLine(
      .warning,
      "As much waits for the AOF as aof-buffer-limit allows (disk is slow?). Clients that write wait for it, reads are served."
    )
  }

  /// Looks how much waits for the disk, and lets those go on that were put off, when it is less; at the end of every turn,
  /// so that whatever the reason is, nobody is forgotten.
  mutating func watchBuffers() {
    let limit = configuration.aofBufferLimit
    bufferLimit.isFullOfReplies = limit > 0 && heldReplies.byteCount >= limit
    bufferLimit.logEnd = .max
    // Where the file cannot be written, writes are refused.
    if limit > 0, appendOnly.trouble == nil, let start = appendOnlyStart {
      let (end, overflows) = start.addingReportingOverflow(Int64(limit))
      if !overflows { bufferLimit.logEnd = end }
    }
    guard bufferLimit.hasWaiting, !isBackedUp else { return }
    bufferLimit.resumed()
    resumePostponed()
  }

  /// The log's offset from which on it is kept for the append-only file, or for a write of one that was given up.
  private var appendOnlyStart: Int64? {
    guard let retired = appendOnly.retiredCursor, log.keeps(retired) else { return appendOnly.cursor?.position }
    return retired.position
  }
}
