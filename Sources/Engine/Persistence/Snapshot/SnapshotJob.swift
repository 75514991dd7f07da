/// A snapshot on its way to a file, or to replicas: the keyspace is walked in slices between turns, and what changes before
/// its turn is written first, as it was (`Database.preserve`). No fork, and no second copy of the data.
///
/// The bytes gather in a feed, whose readers are the file's writer or the replicas; the walk waits while one of them has
/// much before him.
/// Every key is in the snapshot once, as it was when the walk began: an entry's `mark` says whether it is in already, or
/// is newer.
final class SnapshotJob {
  enum Purpose: Equatable {
    /// The snapshot file: SAVE, BGSAVE, save points, SHUTDOWN, and replicas that are sent the file.
    case file
    /// The base of the append-only file; increments from this number on follow it.
    case base(AppendOnlyManifest.File, keepsFrom: Int64)
    /// The sockets of replicas.
    case replicas
  }

  /// How far it is.
  enum Stage: Equatable {
    case walking
    /// All is in the feed.
    case writing
  }

  /// Where the file is written, and what it is renamed to when it is whole.
  struct Destination {
    let temporaryPath: String
    let path: String
  }

  /// Where in the replication log the snapshot stands.
  struct Place: Equatable {
    let identifier: [UInt8]
    let offset: Int64
  }

  let purpose: Purpose
  /// nil: there is no file.
  let destination: Destination?
  /// nil: nothing is recorded that it could stand in.
  let place: Place?
  let startedAt: Instant
  /// `Keyspace.changes` when it began: those are saved with it.
  let changes: Int64
  /// Who waits for the end; none: nobody.
  var asker: SessionHandle
  /// Whether a file was begun for replicas alone: without them nobody wants it.
  var isForReplicas = false
  /// Whether it is of the functions alone, so that there is nothing to walk.
  let leavesKeysOut: Bool
  var stage = Stage.walking
  let feed = SnapshotFeed()
  /// From the feed into the file; nil: there is none.
  var fileWriter: FeedWriter?
  /// The file; nil: there is none yet.
  var file: OpenFile?
  /// Whether the host is opening it.
  var isOpening = false
  private var writer: SnapshotForm
  /// Ends the snapshot where replicas are not told its length: 40 bytes.
  private let endMark: [UInt8]
  /// The giant that is being written: nothing else may come between its elements.
  private var giant: Database.Giant?
  /// The database that the stream is in, by the number it had when the walk began.
  private var selected = -1
  private(set) var writtenKeys = 0
  /// Most bytes that were kept for it at any time.
  var peakKeptBytes = 0
  /// When the last write or sync of the file was begun, monotonic microseconds.
  private var operationStartedAt: Int64 = 0
  /// `rdb-key-save-delay`: keys that may be written by now.
  private var keyLimit = Int.max
  let totalKeys: Int

  /// Bytes that may wait to be written before the walk pauses.
  private static var pendingLimitBytes: Int { 8 << 20 }

  /// Bytes after which the file is brought to the disk before it is gone on with, as in Redis.
  private static var unsyncedLimitBytes: Int { 32 << 20 }

  /// - Parameters:
  ///   - syncsOften: whether the file is brought to the disk piece by piece.
  ///   - endMark: 40 bytes, for replicas that are not told the length; empty for a file.
  ///   - leavesKeysOut: of the functions alone.
  init(
    _ purpose: Purpose, destination: Destination?, syncsOften: Bool, place: Place?, asker: SessionHandle,
    writer: consuming SnapshotForm, endMark: [UInt8], leavesKeysOut: Bool, changes: Int64, totalKeys: Int, now: Instant
  ) {
    self.purpose = purpose
    self.destination = destination
    self.place = place
    self.asker = asker
    self.writer = writer
    self.endMark = endMark
    self.leavesKeysOut = leavesKeysOut
    self.changes = changes
    self.totalKeys = totalKeys
    startedAt = now
    let limit = syncsOften ? Self.unsyncedLimitBytes : .max
    if destination != nil { fileWriter = FeedWriter(from: feed, unsyncedLimitBytes: limit) }
  }

  /// The file is opened, a write or a sync of it begins.
  func noteOperation(now: Int64) { operationStartedAt = now }

  /// Whether the disk takes nothing of it for longer than one that works would need: two seconds for a write; to bring all
  /// to the disk, one more for each 16 MiB.
  func isStalled(now: Int64) -> Bool {
    guard isFileHeld, let fileWriter else { return false }
    let more = fileWriter.isSyncing ? Int64(fileWriter.writtenBytes >> 24) * 1_000_000 : 0
    return now - operationStartedAt > AppendOnlyLag.patienceMicroseconds + more
  }

  /// Whether it is the base of the append-only file.
  var isRewrite: Bool { if case .base = purpose { true } else { false } }

  /// Whether the walk may go on.
  var mayWalk: Bool { stage == .walking && pendingBytes < Self.pendingLimitBytes }

  /// Whether the file is being opened, or the kernel holds anything of it.
  var isFileHeld: Bool { isOpening || fileWriter?.isInFlight == true }

  /// Bytes that the slowest reader has before him.
  var pendingBytes: Int { feed.slowestPendingBytes }

  /// Begins what replicas are sent, who are the feed's readers by now: they are not told its length.
  func announceMark() {
    feed.append(Bytes("$EOF:"))
    endMark.withBytes { feed.append($0) }
    feed.append(Bytes("\r\n"))
    if leavesKeysOut { finish() }
  }

  // MARK: The walk

  /// Writes some keys: what was begun, what changed, and what is next, in this order.
  /// - Parameters:
  ///   - budget: about how many bytes.
  ///   - keyLimit: about how many keys may be written in all by now.
  func walk(_ keyspace: borrowing Keyspace, budget: Int, keyLimit: Int, usage: (Entry) -> RDBUsage) {
    var left = budget
    self.keyLimit = keyLimit
    var urgent = Self.urgent(keyspace)
    // Those before it are done with: a walk that has ended does not begin again.
    var next = 0
    while left > 0, writtenKeys < keyLimit || writtenKeys >= totalKeys {
      if let giant {
        writeElements(of: giant, keyspace, &left)
      } else if let index = urgent {
        writeKept(keyspace, index, &left, usage)
        if !keyspace[index].holdsForWalk { urgent = Self.urgent(keyspace) }
      } else if let index = (next..<keyspace.count).first(where: { keyspace[$0].walkCursor != nil }) {
        next = index
        writeBucket(keyspace, index, &left, usage)
        if keyspace[index].holdsForWalk { urgent = index }
      } else {
        finish()
        break
      }
      if writer.output.count >= Self.collectedBytes { collect() }
    }
    collect()
  }

  /// A database that holds what comes before all that is in tables.
  private static func urgent(_ keyspace: borrowing Keyspace) -> Int? {
    (0..<keyspace.count).first { keyspace[$0].holdsForWalk }
  }

  /// All keys are in.
  private func finish() {
    writer.end()
    stage = .writing
    collect()
    endMark.withBytes { feed.append($0) }
    feed.finish()
  }

  /// What looking at a bucket counts, in bytes written, and what freeing a key does.
  private static var bucketBytes: Int { 32 }
  private static var freedKeyBytes: Int { 128 }
  /// Bytes the writer gathers before they go to the log.
  private static var collectedBytes: Int { 64 << 10 }

  private func writeBucket(
    _ keyspace: borrowing Keyspace, _ index: Int, _ left: inout Int, _ usage: (Entry) -> RDBUsage
  ) {
    guard let cursor = keyspace[index].walkCursor else { return }
    let mark = keyspace[index].mark
    var giants: [Entry] = []
    let next = keyspace[index].table.scan(cursor: cursor) { entry in
      guard entry.mark != mark else { return }
      if entry.isWalkable { return giants.append(entry) }
      entry.mark = mark
      write(entry, in: index, keyspace, &left, usage)
    }
    keyspace[index].walkCursor = next == 0 ? nil : next
    // Not under the scan: it is the database that notes them.
    for entry in giants { keyspace[index].beginWalk(of: entry) }
    left -= Self.bucketBytes
  }

  /// Writes some of what is kept: giants, what changed, and what was flushed, in this order.
  private func writeKept(
    _ keyspace: borrowing Keyspace, _ index: Int, _ left: inout Int, _ usage: (Entry) -> RDBUsage
  ) {
    if !keyspace[index].giants.isEmpty {
      let giant = keyspace[index].giants[keyspace[index].giants.count - 1]
      select(index, keyspace)
      writer.begin(giant, usage(giant.shell))
      self.giant = giant
    } else if !keyspace[index].preimages.isEmpty {
      writePreimage(keyspace, index, &left, usage)
    } else {
      left -= Self.bucketBytes + Self.freedKeyBytes * keyspace[index].sortOutFlushed()
    }
  }

  private func writePreimage(
    _ keyspace: borrowing Keyspace, _ index: Int, _ left: inout Int, _ usage: (Entry) -> RDBUsage
  ) {
    let entry = keyspace[index].takePreimage()
    if entry.isWalkable {
      // Deleted before the walk came to it: freed when it has been written.
      keyspace[index].beginWalk(of: entry)
      keyspace[index].discard(entry)
      return
    }
    write(entry, in: index, keyspace, &left, usage)
    Database.free(entry)
  }

  private func writeElements(of giant: Database.Giant, _ keyspace: borrowing Keyspace, _ left: inout Int) {
    let before = writer.output.count
    let hasMore = giant.walk { writer.element($0, of: giant) }
    left -= writer.output.count - before + Self.bucketBytes
    guard !hasMore else { return }
    writer.end(giant)
    writtenKeys += 1
    self.giant = nil
    keyspace.endWalk(of: giant)
  }

  private func write(
    _ entry: Entry, in index: Int, _ keyspace: borrowing Keyspace, _ left: inout Int, _ usage: (Entry) -> RDBUsage
  ) {
    let before = writer.output.count
    select(index, keyspace)
    writer.write(entry, usage(entry))
    writtenKeys += 1
    // What compresses well takes as long as what does not.
    left -= max(writer.output.count - before, entry.totalBytes) + Self.bucketBytes
  }

  private func select(_ index: Int, _ keyspace: borrowing Keyspace) {
    let number = keyspace[index].snapshotNumber
    guard selected != number else { return }
    writer.beginDatabase(number, keys: keyspace[index].count, expiring: keyspace[index].expiringCount)
    selected = number
  }

  /// Moves what was written to where readers find it.
  private func collect() {
    feed.append(writer.output)
    writer.removeFirst(writer.output.count)
  }
}
