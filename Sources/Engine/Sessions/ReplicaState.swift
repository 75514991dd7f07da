/// What a primary knows of one of its replicas.
struct ReplicaState {
  enum Stage: BitwiseCopyable {
    /// Has introduced itself, asked for nothing yet.
    case handshake
    /// Is being sent a snapshot.
    case transfer
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
  /// When it said so, monotonic microseconds.
  var acknowledgedAt: Int64 = 0
  /// The snapshot under way, shared by all replicas that get the same one, and how much of it is sent.
  var snapshot: SnapshotBuffer?
  var snapshotSent = 0
}

/// A snapshot in memory that several replicas read from. Never changed once made.
final class SnapshotBuffer: Sendable {
  private let content: ByteBuffer

  init(_ content: consuming ByteBuffer) { self.content = content }

  var count: Int { content.count }
  /// A view, good as long as the object.
  var bytes: Bytes { content.bytes }
}
