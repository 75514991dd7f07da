/// What a primary knows of one of its replicas.
struct ReplicaState {
  enum Stage: BitwiseCopyable {
    /// Has introduced itself, asked for nothing yet.
    case handshake
    /// Waits for a snapshot to be begun.
    case waiting
    /// Is sent a snapshot while it is taken, or waits for the file of one.
    case transfer
    /// Is sent the file.
    case file
    /// Follows the log.
    case online
  }

  var stage = Stage.handshake
  /// What REPLCONF listening-port said, or 0.
  var listeningPort = 0
  /// What REPLCONF ip-address said, where the replica announces another address than it connects from.
  var announcedAddress: [UInt8] = []
  /// Understands `+CONTINUE` with a new history (PSYNC2).
  var acceptsPartialResync = false
  /// Wants a snapshot and nothing after it (`redis-cli --rdb`).
  var wantsSnapshotOnly = false
  /// Wants a snapshot without the keys (`redis-cli --functions-rdb`).
  var wantsNoKeys = false
  /// The offset the replica last said it has applied.
  var acknowledgedOffset: Int64 = 0
  /// The offset up to which it said that its disk has everything.
  var syncedOffset: Int64 = 0
  /// Where the log stood when another session came from the same address and port; -1: none did. It may be the same replica,
  /// which has connected again while the end of this connection is not known yet: such a one acknowledges nothing beyond.
  var doubtedUpTo: Int64 = -1
  /// When it said so, monotonic microseconds.
  var acknowledgedAt: Int64 = 0
  /// Whether it follows the log, and is not a connection of before of one that is counted.
  var isCounted: Bool { stage == .online && acknowledgedOffset > doubtedUpTo }
  /// Accepts a snapshot whose length nobody knows, with a mark at its end.
  var acceptsEndMark = false
  /// Asked by PSYNC, and not by the older SYNC.
  var wantsHeader = true
  /// Since when it waits for a snapshot to be begun, monotonic microseconds.
  var waitsSince: Int64 = 0
  /// Whether the log is held back until the replica says that it has loaded the snapshot: what came right behind an end
  /// mark would be taken for a part of it.
  var awaitsAcknowledgement = false
  /// What reads the log from files for it, into `feed`, until it has come to what memory holds.
  var history: HistoryReader?
  /// What will do that when it has its snapshot, from where that stands. Until then these files are held for it, and
  /// nothing in memory.
  var laterHistory: HistoryReader?
  /// Its reader, now or for later.
  var reader: HistoryReader? { history ?? laterHistory }
  /// The snapshot on its way; with other replicas where it is streamed, alone where it is a file.
  var feed: SnapshotFeed?
  /// The file that `feed` is filled from, what of it was read, and what is left, bytes.
  var file: OpenFile?
  var fileBytesRead = 0
  var fileBytesLeft = 0
  /// Whether a read of it is under way.
  var isReadingFile = false
}
