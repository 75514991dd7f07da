/// What was written to the log since replicas were promised a snapshot, in a file, so that memory need not keep it until
/// they have the snapshot.
///
/// The file has no name, and holds the log's bytes and nothing else: a place in it is an offset less `start`. One cursor of
/// the log writes it; replicas read it as they read increments (`HistoryReader`). It goes with the last of them.
///
/// A class: readers hold on to it, also when nothing is written to it any more.
final class LogSpill {
  private enum State {
    /// Takes what is written to the log.
    case taking
    /// Takes nothing any more; the cursor is held for the write under way.
    case ending
    case ended
  }

  let file: OpenFile
  /// The log's offset of the file's first byte.
  let start: Int64
  private var cursor: LogCursor
  private var state = State.taking
  /// Whether the kernel has a write to do.
  private(set) var isWriting = false
  private(set) var readerCount = 0

  /// Less than this waits for more: it is in memory in any case.
  private static var worthwhileBytes: Int64 { 64 << 10 }
  /// Blocks of the log that one write takes at most: 2 MiB, which is more than a turn adds, and no long while for whoever
  /// carries it out.
  private static var blocksAtOnce: Int { 16 }

  /// - Parameter cursor: where in the log the file begins. It is the spill's from here on.
  init(_ file: OpenFile, from cursor: LogCursor) {
    self.file = file
    self.cursor = cursor
    start = cursor.position
  }

  /// The offset behind the last byte in the file.
  var written: Int64 { cursor.position }
  /// Whether it grows with the log.
  var isTaking: Bool { state == .taking }
  /// Whether neither the kernel nor a reader has to do with it, nor will.
  var isOver: Bool { state == .ended && readerCount == 0 }

  // MARK: Writing

  /// Whether a write is to be submitted, where the log ends at `end`.
  func wantsWrite(_ end: Int64) -> Bool {
    isTaking && !isWriting && end - written >= Self.worthwhileBytes
  }

  /// Calls `body` with up to `limit` runs of what is to be written next. They stay as they are until `ended`.
  func forEachPiece(of log: borrowing ReplicationLog, limit: Int, _ body: (Bytes) -> Void) {
    log.forEachPiece(cursor, limit: min(limit, Self.blocksAtOnce), body)
  }

  func writeStarted() {
    precondition(!isWriting && isTaking)
    isWriting = true
  }

  /// The write under way has ended.
  /// - Parameter byteCount: what it has put into the file; 0 where it failed.
  func writeEnded(_ byteCount: Int, _ log: inout ReplicationLog) {
    isWriting = false
    if isTaking { return log.advance(&cursor, by: byteCount) }
    // The log may be another by now.
    log.release(cursor)
    state = .ended
  }

  /// Takes nothing from the log any more.
  func end(_ log: inout ReplicationLog) {
    guard isTaking else { return }
    if isWriting {
      state = .ending
    } else {
      log.release(cursor)
      state = .ended
    }
  }

  // MARK: Reading

  func enter() { readerCount += 1 }
  func leave() { readerCount -= 1 }
}
