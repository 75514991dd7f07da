/// Puts a snapshot's bytes into a file as they come into a feed: a write at a time, and a sync when all are in it, or many.
/// Which file, its owner knows.
///
/// The kernel holds what a write was given, and the file: whoever gives a writer up keeps it until `isInFlight` is over.
struct FeedWriter {
  private enum Operation: Equatable {
    case write
    case sync
  }

  private let feed: SnapshotFeed
  /// Bytes that may wait to be brought to the disk. Much more, and whoever else brings something there waits for them.
  private let unsyncedLimitBytes: Int
  /// Bytes written since the last sync.
  private var unsyncedBytes = 0
  /// What the kernel has to do; nil: nothing.
  private var underway: Operation?
  /// Bytes that are in the file.
  private(set) var writtenBytes = 0
  /// The writer among the feed's readers.
  private static var name: SessionHandle { .none }

  /// A writer of all that comes into `feed` from now on.
  init(from feed: SnapshotFeed, unsyncedLimitBytes: Int = .max) {
    self.feed = feed
    self.unsyncedLimitBytes = unsyncedLimitBytes
    feed.add(Self.name)
  }

  /// Whether the kernel holds anything: a write's bytes, or the file for a sync.
  var isInFlight: Bool { underway != nil }
  var isWriting: Bool { underway == .write }
  var isSyncing: Bool { underway == .sync }

  /// Whether a write is to be submitted.
  var wantsWrite: Bool {
    underway == nil && unsyncedBytes < unsyncedLimitBytes && feed.pendingBytes(of: Self.name) > 0
  }
  /// Whether what is in the file, all or much, is to be brought to the disk.
  var wantsSync: Bool { underway == nil && (isThrough || unsyncedBytes >= unsyncedLimitBytes) }
  /// Whether all is in the file. When a sync that began so late has ended, it is on the disk.
  var isThrough: Bool { feed.isThrough(Self.name) }

  /// Blocks of the feed that one write takes at most: whoever carries it out does not hold up the loop for long.
  private static var blocksAtOnce: Int { 2 }

  /// Calls `body` with up to `limit` runs of what is to be written next. They stay as they are until `ended`.
  func forEachPiece(limit: Int, _ body: (Bytes) -> Void) {
    feed.forEachPiece(of: Self.name, limit: min(limit, Self.blocksAtOnce), body)
  }

  mutating func writeStarted() {
    precondition(underway == nil)
    underway = .write
  }

  mutating func syncStarted() {
    precondition(underway == nil)
    underway = .sync
  }

  /// What was under way has ended.
  /// - Parameter byteCount: what a write has put into the file; 0 where it failed.
  mutating func ended(written byteCount: Int = 0) {
    if underway == .sync { unsyncedBytes = 0 }
    underway = nil
    guard byteCount > 0 else { return }
    writtenBytes += byteCount
    unsyncedBytes += byteCount
    feed.advance(Self.name, by: byteCount)
  }
}
