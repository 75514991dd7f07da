/// What was written to the log since replicas were promised a snapshot, in a file, so that memory need not keep it until
/// they have the snapshot.
///
/// The file has no name, and holds the log's bytes and nothing else: a place in it is an offset less `start`. One cursor of
/// the log writes it; replicas read it as they read increments (`HistoryReader`). It goes with the last of them.
///
/// A class: readers hold on to it, also when nothing is written to it any more.
final class LogSpill {
  let file: OpenFile
  /// The log's offset of the file's first byte.
  let start: Int64
  /// Where in the log the next byte for the file stands, which keeps the log from there on; nil: it takes no more.
  private var cursor: LogCursor?
  /// The offset behind the last byte in the file.
  private(set) var written: Int64
  /// What is being written, copied: a disk that stands still holds this and nothing of the log.
  private var outgoing = ByteBuffer()
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
    written = start
  }

  /// Whether it grows with the log.
  var isTaking: Bool { cursor != nil }
  /// Whether neither the kernel nor a reader has to do with it, nor will.
  var isOver: Bool { !isTaking && !isWriting && readerCount == 0 }

  // MARK: Writing

  /// Takes what is to be written next, where that is worth a write.
  /// - Returns: whether it is.
  func gather(_ log: borrowing ReplicationLog) -> Bool {
    guard let cursor, !isWriting, log.end - written >= Self.worthwhileBytes else { return false }
    outgoing.removeAll()
    log.forEachPiece(cursor, limit: Self.blocksAtOnce) { outgoing.append($0) }
    return true
  }

  /// What was gathered. It stays as it is until the write has ended.
  var gathered: Bytes { outgoing.bytes }

  func writeStarted() {
    precondition(!isWriting)
    isWriting = true
  }

  /// The write under way has ended.
  /// - Parameter byteCount: what it has put into the file; 0 where it failed.
  func writeEnded(_ byteCount: Int, _ log: inout ReplicationLog) {
    isWriting = false
    guard var cursor else { return }
    log.advance(&cursor, by: byteCount)
    self.cursor = cursor
    written = cursor.position
  }

  /// Takes nothing from the log any more.
  func end(_ log: inout ReplicationLog) {
    if let cursor { log.release(cursor) }
    cursor = nil
  }

  // MARK: Reading

  func enter() { readerCount += 1 }
  func leave() { readerCount -= 1 }
}
