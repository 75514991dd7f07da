/// A snapshot's bytes on their way: they gather in a log of their own, in which each reader is a cursor. Nothing is copied
/// for a reader, and what all have read is freed.
///
/// A class: a session that is being fed holds on to it, also when what filled it has been given up meanwhile, since the
/// kernel may still be reading.
final class SnapshotFeed {
  private struct Reader {
    let name: SessionHandle
    var cursor: LogCursor
    /// Is going: what it has not read matters to nobody, and must stay where it is until the kernel is done with it.
    var isLeaving = false
  }

  private var log = ReplicationLog(windowBytes: 0)
  private var readers: [Reader] = []
  /// Whether all is in it.
  private(set) var isComplete = false
  /// Whether what was written is to leave now, however little it is: nothing more comes for a while.
  var isEager = true

  /// Less than this waits for more, while more is coming.
  private static var worthwhileBytes: Int { 64 << 10 }

  init() { log.activate() }

  /// Bytes of memory.
  var allocatedBytes: Int { log.allocatedBytes }
  /// Bytes written so far.
  var writtenBytes: Int64 { log.end }

  // MARK: Writing

  func append(_ bytes: Bytes) { log.append(bytes) }

  /// Says that nothing more comes.
  func finish() {
    isComplete = true
    isEager = true
  }

  // MARK: Reading

  /// Adds a reader, who gets what is written from now on.
  func add(_ name: SessionHandle) { readers.append(Reader(name: name, cursor: log.cursorAtEnd())) }

  /// Forgets a reader: nobody holds bytes of his any more.
  func remove(_ name: SessionHandle) {
    guard let index = place(of: name) else { return }
    log.release(readers.remove(at: index).cursor)
    log.trim()
  }

  /// Notes that a reader is going and need not be waited for.
  func leave(_ name: SessionHandle) {
    if let index = place(of: name) { readers[index].isLeaving = true }
  }

  /// Who is being fed.
  var names: [SessionHandle] { readers.filter { !$0.isLeaving }.map(\.name) }
  var isRead: Bool { readers.contains { !$0.isLeaving } }

  private func place(of name: SessionHandle) -> Int? { readers.firstIndex { $0.name == name } }

  /// Bytes that a reader has before it.
  func pendingBytes(of name: SessionHandle) -> Int {
    place(of: name).map { log.pendingBytes(readers[$0].cursor) } ?? 0
  }

  /// Bytes that a reader had better be given now.
  func worthwhileBytes(of name: SessionHandle) -> Int {
    let pending = pendingBytes(of: name)
    return isEager || pending >= Self.worthwhileBytes ? pending : 0
  }

  /// The most that any reader has before it.
  var slowestPendingBytes: Int {
    readers.reduce(0) { $1.isLeaving ? $0 : max($0, log.pendingBytes($1.cursor)) }
  }

  /// Calls `body` with up to `limit` runs of what a reader has before it. They stay as they are until `advance`.
  func forEachPiece(of name: SessionHandle, limit: Int, _ body: (Bytes) -> Void) {
    if let index = place(of: name) { log.forEachPiece(readers[index].cursor, limit: limit, body) }
  }

  /// Notes that a reader has read so many bytes.
  func advance(_ name: SessionHandle, by byteCount: Int) {
    guard let index = place(of: name) else { return }
    log.advance(&readers[index].cursor, by: byteCount)
    log.trim()
  }

  /// Whether a reader has read all there is ever to be.
  func isThrough(_ name: SessionHandle) -> Bool { isComplete && pendingBytes(of: name) == 0 }
}
