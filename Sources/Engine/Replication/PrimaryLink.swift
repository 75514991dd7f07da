/// The link from a replica to its primary: what was said, and what is to come next.
///
///     none ── REPLICAOF ─▶ waiting ─▶ connecting ─▶ handshake ─▶ payloadHeader ─▶ payload ─▶ streaming
///                             ▲                                        └─ +CONTINUE ────────────▶
///                             └──────────────── any failure ◀──────────────────────────
///
/// Source: Redis's `replication.c` (`syncWithMaster`, `slaveTryPartialResynchronization`, `readSyncBulkPayload`).
struct PrimaryLink: ~Copyable {
  /// The questions of the handshake, in order; each waits for its answer.
  enum Question: BitwiseCopyable {
    case ping, authenticate, listeningPort, address, capabilities, synchronise
  }

  enum Stage: BitwiseCopyable, Equatable {
    case none
    /// To be connected at the next opportunity.
    case waiting
    case connecting
    case handshake(Question)
    /// The snapshot's length, or its end mark, comes next.
    case payloadHeader
    case payload
    /// The snapshot is there, in a file, and is loaded from that; nothing is taken from the primary meanwhile.
    case loading
    case streaming
  }

  /// How a snapshot ends.
  enum Framing {
    /// After so many more bytes.
    case length(Int64)
    /// After these 40 bytes, once the snapshot itself has ended.
    case mark([UInt8])
  }

  var stage = Stage.none
  var session = SessionHandle.none
  /// What the primary named in `+FULLRESYNC`, until the snapshot is loaded.
  var promisedIdentifier: [UInt8] = []
  var promisedOffset: Int64 = 0
  /// Whether the log holds a history to go on with: then a partial resync is asked for.
  var hasHistory = false
  /// Whether the primary understood SYNC alone: it knows nothing of offsets, and is told none.
  var knowsNoOffsets = false
  var framing = Framing.length(0)
  /// The file the snapshot goes to; nil: it is made keys of as it comes.
  var file: ReceivedFile?
  /// One that was given up while the kernel still held bytes of it.
  var retiredFile: ReceivedFile?
  /// The snapshot's keys, until all are there.
  var staging: Keyspace?
  /// Whether the data that were here are served while the primary's are made keys of: they are of the same history.
  var servesMeanwhile = false
  /// When the snapshot began to come, monotonic microseconds and seconds since 1970.
  var payloadStart = Instant(unixMicroseconds: 0, monotonicMicroseconds: 0)
  var loader: SnapshotLoader?
  var parser = RequestParser()
  /// The log's offset behind the request that is being applied: what the primary is told.
  var appliedOffset: Int64 = 0
  /// The database that the stream has selected, kept while the link is down: a partial resync goes on in it.
  var streamDatabase = 0
  /// The stream's transaction that has not ended yet: its commands run together at its end. A link that is lost before
  /// that goes on at its beginning.
  var transaction: TransactionQueue?
  /// Its bytes, which go to the log when it has run.
  var transactionBytes = ByteBuffer()
  /// When bytes last came from the primary, and when the link was lost, monotonic microseconds; 0: it was never up.
  var lastReceived: Int64 = 0
  var downSince: Int64 = 0
  /// Bytes of the snapshot: all (-1 where unknown), and those received.
  var payloadBytes: Int64 = -1
  var payloadReceived: Int64 = 0
  /// Bytes of the snapshot that wait to be made keys of; those that were, and the keys.
  private(set) var unreadBytes = 0
  private(set) var loadedBytes = 0
  private(set) var loadedKeys = 0

  init() {}

  var isUp: Bool { stage == .streaming }
  var isTransferring: Bool { stage == .payload || stage == .payloadHeader || stage == .loading }
  /// Whether a snapshot is being made keys of as it comes.
  var isBuilding: Bool {
    switch staging {
    case .none: false
    case .some: true
    }
  }

  /// What came behind the snapshot's end.
  mutating func trailing() -> [UInt8] {
    loader?.remaining.array ?? []
  }

  /// Takes further bytes of the snapshot, for `load`.
  mutating func take(_ piece: Bytes) {
    loader!.append(piece)
    noteProgress()
  }

  private mutating func noteProgress() {
    guard let loader = loader.take() else { return }
    unreadBytes = loader.remaining.count
    loadedKeys = loader.loadedKeys
    loadedBytes = loader.offset
    self.loader = consume loader
  }

  /// Makes keys in `staging`, which must be there, and `loader` as well, of what has come.
  /// - Parameter budget: about how many bytes are read.
  mutating func load(budget: Int, clock: AccessClock, now: Instant) throws(RDBError) -> SnapshotLoader.Progress {
    staging!.clock = clock
    defer { noteProgress() }
    return try loader!.load(into: &staging!, budget: budget, now: now)
  }

  /// Forgets what did not arrive whole: a snapshot, or a transaction.
  mutating func forgetUnfinished() {
    staging = nil
    loader = nil
    parser = RequestParser()
    transaction = nil
    transactionBytes.removeAll(keeping: 1 << 20)
  }
}
