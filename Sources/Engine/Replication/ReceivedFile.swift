/// A primary's snapshot on its way to a file, to be loaded from there when it is whole.
///
/// A class, for it outlives the link where the kernel still holds its bytes.
final class ReceivedFile {
  let file: OpenFile
  let temporaryPath: String
  private let feed = SnapshotFeed()
  var writer: FeedWriter
  /// What ends the snapshot, 40 bytes; empty where its length is known.
  private let mark: [UInt8]
  /// The last bytes that came, where they may be the mark.
  private var tail = ByteBuffer()
  /// Bytes that may wait to be written before no more are taken.
  private static var pendingLimitBytes: Int { 8 << 20 }

  init(file: OpenFile, temporaryPath: String, mark: [UInt8]) {
    self.file = file
    self.temporaryPath = temporaryPath
    self.mark = mark
    writer = FeedWriter(from: feed)
  }

  /// Whether all has come.
  var isWhole: Bool { feed.isComplete }
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
  func finish() { feed.finish() }
}
