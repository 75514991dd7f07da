/// The data set on its way in from files, at the start or where a client asked for it: which files, and how far.
///
/// A class, for there is one at a time, seldom, and it is far from any request.
final class DatasetLoading {
  enum Kind {
    /// A snapshot by itself.
    case snapshot
    /// The first part of an append-only file.
    case base
    case increment
  }

  struct File {
    let kind: Kind
    let name: String
    let path: String
    let byteCount: Int

    /// Whether it is a snapshot by what it is or is called. A base of commands may be empty.
    var isNeverEmpty: Bool { kind == .snapshot || kind == .base && name.hasSuffix(".rdb") }
  }

  let files: [File]
  /// The file that is being read, in `files`.
  private(set) var index = 0
  var open: OpenFile?
  /// What was read of the file and not yet made use of.
  var buffer = ByteBuffer()
  /// Bytes of the file before `buffer`.
  private(set) var offset = 0
  /// Where in the file the last whole command, or transaction, ended.
  private(set) var validOffset = 0
  /// Bytes before `validOffset` that are none of the log's: lines that begin with `#`.
  private var annotationBytes = 0
  /// The same, up to where the file was read.
  var unsettledAnnotationBytes = 0
  /// Where in the replication log the increments end, as far as they were read; and the database in force there.
  private(set) var logEnd: Int64 = 0
  private(set) var logDatabase = 0
  /// The log's history there; empty: unknown.
  private(set) var logHistory: [UInt8] = []
  /// Whether the place of what was read so far is known.
  private var isPlaceKnown = false
  /// Whether something does not fit: then no history is claimed.
  private var isHistoryBroken = false
  /// Where in which history a snapshot file says that it stands.
  private(set) var place: HistoryPlace?
  /// The version that a snapshot says it was written by, until somebody has asked.
  private var producer: String?
  /// Deletions of keys that a snapshot held and that were left out because they had expired.
  var deletions = EffectList()
  private var snapshot: SnapshotLoader?
  /// Whether a snapshot is being read.
  private(set) var readsSnapshot = false
  var parser = RequestParser()
  /// The commands of a transaction that has not ended yet.
  var transaction: TransactionQueue?
  /// Bytes read of all files.
  private(set) var loadedBytes = 0
  let totalBytes: Int
  /// Commands that were run.
  var commands = 0
  /// Keys and commands so far.
  var steps: Int { commands + loadedKeys + (snapshot?.loadedKeys ?? 0) }
  /// Keys that came from snapshots, and keys that had expired and were left out.
  var loadedKeys = 0
  var expiredKeys = 0
  /// Keys that were left out because they hold nothing, and the names of some.
  private(set) var emptyKeys = 0
  private(set) var emptyKeyNames: [String] = []
  let startedAt: Instant
  /// When this file was begun, monotonic microseconds.
  var fileStartedAt: Int64
  /// When the log was told last how far it is, or the beginning, monotonic microseconds.
  private var progressToldAt: Int64
  /// Who waits for the end (DEBUG LOADAOF); none: the server's start.
  let asker: SessionHandle
  /// Whether it is what the primary sent.
  let isFromPrimary: Bool

  init(files: [File], asker: SessionHandle, isFromPrimary: Bool = false, now: Instant) {
    self.files = files
    self.asker = asker
    self.isFromPrimary = isFromPrimary
    totalBytes = files.reduce(0) { $0 + $1.byteCount }
    startedAt = now
    fileStartedAt = now.monotonicMicroseconds
    progressToldAt = now.monotonicMicroseconds
  }

  /// Whether nothing was found in the file at hand so far.
  var holdsNothing: Bool { offset == 0 && buffer.isEmpty && !readsSnapshot }

  /// The file at hand; nil after the last.
  var file: File? { index < files.count ? files[index] : nil }
  /// Whether nothing follows the file at hand: files may, but only empty ones. A rewrite begins another increment while the
  /// one before it is still written.
  var isLastFile: Bool { files[(index + 1)...].allSatisfy { $0.byteCount == 0 } }

  /// Notes that bytes were read into `buffer`.
  func noteRead(_ count: Int) { loadedBytes += count }

  /// The log is told so often how far loading is, microseconds.
  private static var progressMicroseconds: Int64 { 5_000_000 }

  /// How far it is, where it is time to tell the log.
  func progressToTell(now: Instant) -> String? {
    guard now.monotonicMicroseconds - progressToldAt >= Self.progressMicroseconds else { return nil }
    progressToldAt = now.monotonicMicroseconds
    let estimate = LoadingEstimate(loadedBytes: loadedBytes, totalBytes: totalBytes, since: startedAt, now: now)
    return
      "Loading DB: \(Int(estimate.percentage))% (\(loadedBytes) of \(totalBytes) bytes), \(steps) keys and commands, about \(estimate.remainingSeconds) seconds left"
  }

  /// Lets go of bytes at the front of `buffer`.
  func consume(_ count: Int) {
    buffer.removeFirst(count)
    offset += count
  }

  /// Notes that a whole command, or transaction, ended there in the file.
  func settle(at offset: Int) {
    validOffset = offset
    annotationBytes = unsettledAnnotationBytes
  }

  /// Takes the bytes of the file for a snapshot, until that is over.
  func begin(_ loader: consuming SnapshotLoader) {
    snapshot = consume loader
    readsSnapshot = true
  }

  /// The version that wrote the snapshot, once.
  func takeProducer() -> String? { producer.take() }

  /// Gives what was read to the snapshot.
  /// - Returns: whether it is over; what follows it is in `buffer` then.
  func feedSnapshot(into keyspace: inout Keyspace, now: Instant) throws(RDBError) -> Bool {
    guard var loader = snapshot.take() else { return true }
    let count = buffer.count
    let hasEnded = try loader.feed(buffer.bytes, into: &keyspace, now: now)
    if file?.kind == .snapshot { place = loader.place }
    producer = loader.takeProducer() ?? producer
    loader.takeDeletions(into: &deletions)
    guard hasEnded else {
      consume(count)
      snapshot = consume loader
      return false
    }
    consume(count - loader.remaining.count)
    settle(at: offset)
    loadedKeys += loader.loadedKeys
    expiredKeys += loader.expiredKeys
    emptyKeys += loader.emptyKeys
    emptyKeyNames += loader.emptyKeyNames
    readsSnapshot = false
    return true
  }

  /// The base was read to its end: it holds the data as of a place in the log.
  func endBase(at place: AppendOnlyManifest.Place?) {
    logEnd = place?.offset ?? 0
    isPlaceKnown = place != nil
  }

  /// An increment was read to its end.
  /// - Parameters:
  ///   - place: where it begins in the log, as far as that is known.
  ///   - database: the one in force at its end.
  /// - Returns: where it begins: where that is not known, behind the one before.
  func endIncrement(at place: AppendOnlyManifest.Place?, database: Int) -> AppendOnlyManifest.Place {
    noteHistory(at: place)
    let place = place ?? AppendOnlyManifest.Place(offset: logEnd)
    let bytes = max(0, validOffset - annotationBytes - place.opening.count)
    logEnd = place.offset + Int64(bytes)
    logDatabase = validOffset > 0 ? database : place.database
    return place
  }

  /// The history goes on with an increment whose place is known and where the file before it ended. What another server
  /// has added is none of it.
  private func noteHistory(at place: AppendOnlyManifest.Place?) {
    if let place {
      if isPlaceKnown, place.offset != logEnd { isHistoryBroken = true }
      isPlaceKnown = true
      logHistory = place.history
    } else if validOffset > 0 {
      isHistoryBroken = true
    }
    if isHistoryBroken { logHistory = [] }
  }

  /// Goes on with the next file.
  func nextFile(now: Instant) {
    index += 1
    open = nil
    buffer.removeAll()
    offset = 0
    unsettledAnnotationBytes = 0
    settle(at: 0)
    snapshot = nil
    readsSnapshot = false
    parser = RequestParser()
    transaction = nil
    fileStartedAt = now.monotonicMicroseconds
  }
}
