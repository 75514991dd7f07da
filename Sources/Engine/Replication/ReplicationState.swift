/// This server's place in replication: its history, its replicas, and the link to its primary if it has one.
struct ReplicationState: ~Copyable {
  /// Names the history of the log, 40 hexadecimal digits. A replica has its primary's.
  var identifier: [UInt8]
  /// The history this server followed before its own, and up to which offset it agrees with it.
  var secondIdentifier = [UInt8](repeating: UInt8(ascii: "0"), count: 40)
  var secondOffset: Int64 = -1
  /// Sessions that are replicas, in the order they came.
  var replicas: [SessionHandle] = []
  var link = PrimaryLink()
  /// Readers that replicas have, now or for later, and reads under way for them.
  var readerCount = 0
  var reads: [SessionHandle: HistoryReader] = [:]
  /// The log in a file, for replicas that join; kept until it takes no more and the kernel is done with it.
  var spill: LogSpill?
  /// Such files that take no more and are still read.
  var endedSpills: [LogSpill] = []
  /// Until when no other is begun, since that failed, monotonic microseconds.
  var spillPausedUntil: Int64 = .min
  /// Increments that did not hold what they should or could not be read, and until when nobody is sent anything from them,
  /// monotonic microseconds.
  var damagedFiles: [String: Int64] = [:]
  /// Whether clients wrote to this replica (`replica-read-only no`): what is in no log and in no increment.
  var hasOwnWrites = false
  /// Whether the data were let go for a primary's, which have not come whole yet. What is here is nothing, and of no
  /// history; what is on the disk is worth more, and stays.
  var awaitsData = false
  /// Keys that this replica must expire by itself.
  var localExpiries = LocalExpiries()
  /// When the log was last told that a replica goes on without its disk, monotonic microseconds.
  var lastDiskWarning: Int64 = 0
  /// The failover under way; nil: none is.
  var failover: Failover?
  /// Clients in WAIT.
  var waiting: [ReplicationWait] = []
  /// Whether replicas are to be asked at the end of this turn how far they are.
  var wantsAcknowledgement = false
  /// Whether replicas have told in this turn how far they are: who waits for that is looked at when it ends.
  var hasAcknowledgements = false
  /// Files of sessions that are no longer sent them, while a read is still under way.
  var filesBeingRead: [(session: SessionHandle, file: OpenFile)] = []
  /// The snapshot file that was written for replicas alone.
  var fileForReplicas: String?
  /// When the log lost its last reader, monotonic microseconds.
  var unreadSince: Int64?
  /// When replicas were last sent a PING, monotonic microseconds.
  var lastPing: Int64 = 0

  init(identifier: [UInt8]) { self.identifier = identifier }

  /// Begins a history of its own: what was followed so far becomes the second.
  mutating func beginHistory(_ identifier: [UInt8], at offset: Int64) {
    secondIdentifier = self.identifier
    secondOffset = offset + 1
    self.identifier = identifier
  }

  /// Forgets that another history was followed.
  mutating func forgetSecondHistory() {
    secondIdentifier = [UInt8](repeating: UInt8(ascii: "0"), count: 40)
    secondOffset = -1
  }
}

/// A client that waits until what it wrote is safe.
struct ReplicationWait {
  enum Kind {
    /// Replicas have it (WAIT).
    case replicas
    /// Their disks have it, and perhaps this server's (WAITAOF).
    case disks(local: Bool)
  }

  let session: SessionHandle
  /// The log's offset behind the client's last write.
  let offset: Int64
  let replicas: Int64
  /// Monotonic microseconds, or nil: for ever.
  let deadline: Int64?
  var kind = Kind.replicas

  /// Whether it waits for this server's disk.
  var syncs: Bool { if case .disks(local: true) = kind { true } else { false } }
}
