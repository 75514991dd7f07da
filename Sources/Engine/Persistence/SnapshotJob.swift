/// A snapshot on its way to a file: the keyspace is walked in slices between turns, and what changes before its turn is
/// written first, as it was (`Database.preserve`). No fork, and no second copy of the data.
///
/// The bytes gather in a log of their own, whose cursor is the file's writer; the walk waits while much is not written.
/// Every key is in the snapshot once, as it was when the walk began: an entry's `mark` says whether it is in already, or
/// is newer.
final class SnapshotJob {
  enum Purpose: Equatable {
    /// The snapshot file: SAVE, BGSAVE, save points, SHUTDOWN.
    case file
    /// The base of the append-only file; increments from this number on follow it.
    case base(AppendOnlyManifest.File, keepsFrom: Int64)
  }

  /// How far it is.
  enum Stage: Equatable {
    case walking
    /// All is in the log.
    case writing
    case syncing
  }

  let purpose: Purpose
  let file: OpenFile
  /// Where it is written, and what it is renamed to when it is whole.
  let temporaryPath: String
  let path: String
  let startedAt: Instant
  /// `Keyspace.changes` when it began: those are saved with it.
  let changes: Int64
  /// Who waits for the end; none: nobody.
  var asker: SessionHandle
  var stage = Stage.walking
  private var writer: SnapshotForm
  private var log = ReplicationLog(windowBytes: 0)
  private var cursor: LogCursor?
  /// Bytes of the write under way; nil: there is none.
  private(set) var underway: Int?
  /// The place of the walk.
  private var database = 0
  private var bucket: UInt64 = 0
  /// The giant that is being written, and its database: nothing else may come between its elements.
  private var giant: (Database.Giant, Int)?
  /// The database that the stream is in.
  private var selected = -1
  private(set) var writtenKeys = 0
  /// `rdb-key-save-delay`: keys that may be written by now.
  private var keyLimit = Int.max
  let totalKeys: Int

  /// Bytes that may wait to be written before the walk pauses.
  private static var pendingLimitBytes: Int { 8 << 20 }

  init(
    _ purpose: Purpose, file: OpenFile, temporaryPath: String, path: String, asker: SessionHandle,
    writer: consuming SnapshotForm, changes: Int64, totalKeys: Int, now: Instant
  ) {
    self.purpose = purpose
    self.file = file
    self.temporaryPath = temporaryPath
    self.path = path
    self.asker = asker
    self.writer = writer
    self.changes = changes
    self.totalKeys = totalKeys
    startedAt = now
    log.activate()
    cursor = log.cursorAtEnd()
  }

  /// Whether the walk may go on.
  var mayWalk: Bool { stage == .walking && pendingBytes < Self.pendingLimitBytes }

  /// Bytes that are to be written.
  var pendingBytes: Int { cursor.map { log.pendingBytes($0) } ?? 0 }

  // MARK: The walk

  /// Writes some keys: what was begun, what changed, and what is next, in this order.
  /// - Parameters:
  ///   - budget: about how many bytes.
  ///   - keyLimit: about how many keys may be written in all by now.
  func walk(_ keyspace: borrowing Keyspace, budget: Int, keyLimit: Int, usage: (Entry) -> RDBUsage) {
    var left = budget
    self.keyLimit = keyLimit
    while left > 0, writtenKeys < keyLimit || writtenKeys >= totalKeys {
      if let (giant, index) = giant {
        writeElements(of: giant, keyspace, index, &left)
      } else if let index = (0..<keyspace.count).first(where: { !keyspace[$0].giants.isEmpty }) {
        begin(keyspace[index].giants[keyspace[index].giants.count - 1], keyspace, index, usage)
      } else if let index = (0..<keyspace.count).first(where: { !keyspace[$0].preimages.isEmpty }) {
        writePreimage(keyspace, index, &left, usage)
      } else if database < keyspace.count {
        writeBucket(keyspace, &left, usage)
      } else {
        writer.end()
        stage = .writing
        break
      }
      if writer.output.count >= Self.collectedBytes { collect() }
    }
    collect()
  }

  /// What looking at a bucket counts, in bytes written.
  private static var bucketBytes: Int { 32 }
  /// Bytes the writer gathers before they go to the log.
  private static var collectedBytes: Int { 64 << 10 }
  /// Elements of a giant between two looks at the budget.
  private static var elementsAtOnce: Int { 64 }

  private func writeBucket(_ keyspace: borrowing Keyspace, _ left: inout Int, _ usage: (Entry) -> RDBUsage) {
    let index = database
    let mark = keyspace[index].mark
    var giants: [Entry] = []
    bucket = keyspace[index].table.scan(cursor: bucket) { entry in
      guard entry.mark != mark else { return }
      if entry.isWalkable { return giants.append(entry) }
      entry.mark = mark
      write(entry, in: index, keyspace, &left, usage)
    }
    // Not under the scan: it is the database that notes them.
    for entry in giants { keyspace[index].beginWalk(of: entry) }
    left -= Self.bucketBytes
    if bucket == 0 { database += 1 }
  }

  private func writePreimage(
    _ keyspace: borrowing Keyspace, _ index: Int, _ left: inout Int, _ usage: (Entry) -> RDBUsage
  ) {
    let entry = keyspace[index].preimages.removeLast()
    if entry.isWalkable {
      // Deleted before the walk came to it: freed when it has been written.
      keyspace[index].beginWalk(of: entry)
      keyspace[index].discard(entry)
      return
    }
    write(entry, in: index, keyspace, &left, usage)
    Database.free(entry)
  }

  // MARK: Giants

  private func begin(
    _ giant: Database.Giant, _ keyspace: borrowing Keyspace, _ index: Int, _ usage: (Entry) -> RDBUsage
  ) {
    select(index, keyspace)
    writer.begin(giant, usage(giant.shell))
    self.giant = (giant, index)
  }

  private func writeElements(
    of giant: Database.Giant, _ keyspace: borrowing Keyspace, _ index: Int, _ left: inout Int
  ) {
    let before = writer.output.count
    let hasMore = giant.shell.walk(limit: Self.elementsAtOnce) { writer.element($0, of: giant) }
    left -= writer.output.count - before + Self.bucketBytes
    guard !hasMore else { return }
    writer.end(giant)
    writtenKeys += 1
    self.giant = nil
    keyspace[index].endWalk(of: giant)
  }

  private func write(
    _ entry: Entry, in index: Int, _ keyspace: borrowing Keyspace, _ left: inout Int, _ usage: (Entry) -> RDBUsage
  ) {
    let before = writer.output.count
    select(index, keyspace)
    writer.write(entry, usage(entry))
    writtenKeys += 1
    left -= writer.output.count - before + Self.bucketBytes
  }

  private func select(_ index: Int, _ keyspace: borrowing Keyspace) {
    guard selected != index else { return }
    writer.beginDatabase(index, keys: keyspace[index].count, expiring: keyspace[index].expiringCount)
    selected = index
  }

  /// Moves what was written to where the file's writer finds it.
  private func collect() {
    log.append(writer.output)
    writer.removeFirst(writer.output.count)
  }

  // MARK: The file

  /// Whether a write is to be submitted.
  var wantsWrite: Bool { underway == nil && pendingBytes > 0 }

  func forEachPiece(limit: Int, _ body: (Bytes) -> Void) {
    if let cursor { log.forEachPiece(cursor, limit: limit, body) }
  }

  func submitted(_ byteCount: Int) { underway = byteCount }

  /// The write under way has put so many bytes into the file.
  func written(_ byteCount: Int) {
    underway = nil
    guard var place = cursor else { return }
    log.advance(&place, by: byteCount)
    cursor = place
    log.trim()
  }

  /// The write under way has failed.
  func writeFailed() { underway = nil }

  /// Whether the kernel holds anything of it: a write's bytes, or the file for a sync.
  var isInFlight: Bool { underway != nil || stage == .syncing }

  /// Whether all is in the file, which can be brought to the disk now.
  var isWritten: Bool { stage == .writing && underway == nil && pendingBytes == 0 }
}
