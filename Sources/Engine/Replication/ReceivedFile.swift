/// A primary's snapshot on its way to a file, to be loaded from there when it is whole.
///
/// A class, for it outlives the link where the kernel still holds its bytes.
final class ReceivedFile {
  enum Stage: Equatable {
    case receiving
    /// All has come, and is to be written.
    case writing
    case syncing
  }

  let file: OpenFile
  let temporaryPath: String
  private(set) var stage = Stage.receiving
  private let feed = SnapshotFeed()
  /// What ends the snapshot, 40 bytes; empty where its length is known.
  private let mark: [UInt8]
  /// The last bytes that came, where they may be the mark.
  private var tail = ByteBuffer()
  /// Bytes of the write under way; nil: there is none.
  private(set) var underway: Int?
  /// The file's writer among the feed's readers.
  private static var writerName: SessionHandle { .none }
  /// Bytes that may wait to be written before no more are taken.
  private static var pendingLimitBytes: Int { 8 << 20 }

  init(file: OpenFile, temporaryPath: String, mark: [UInt8]) {
    self.file = file
    self.temporaryPath = temporaryPath
    self.mark = mark
    feed.add(Self.writerName)
  }

  /// Whether no more should come until some of it is written.
  var isFull: Bool { feed.slowestPendingBytes >= Self.pendingLimitBytes }

  /// Takes bytes that came.
  /// - Returns: whether they end with the mark.
  func append(_ bytes: Bytes) -> Bool {
    guard !mark.isEmpty else {
      feed.append(bytes)
      return false
    }
    tail.append(bytes)
    let certain = tail.count - mark.count
    guard certain >= 0 else { return false }
    feed.append(tail.bytes[0..<certain])
    tail.removeFirst(certain)
    return tail.array == mark
  }

  /// All has come.
  func finish() {
    stage = .writing
    feed.finish()
  }

  /// Whether all is written, and is to be brought to the disk.
  var wantsSync: Bool { stage == .writing && underway == nil && feed.isThrough(Self.writerName) }

  func syncStarted() { stage = .syncing }

  var wantsWrite: Bool { underway == nil && feed.pendingBytes(of: Self.writerName) > 0 }

  func forEachPiece(limit: Int, _ body: (Bytes) -> Void) {
    feed.forEachPiece(of: Self.writerName, limit: limit, body)
  }

  func submitted(_ byteCount: Int) { underway = byteCount }

  /// The write under way has put so many bytes into the file.
  func written(_ byteCount: Int) {
    underway = nil
    feed.advance(Self.writerName, by: byteCount)
  }

  /// Whether the kernel holds anything of it.
  var isInFlight: Bool { underway != nil || stage == .syncing }

  /// What the kernel held has ended.
  func ended() {
    underway = nil
    if stage == .syncing { stage = .writing }
  }
}
