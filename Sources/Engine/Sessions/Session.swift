/// A client as the engine sees it: who it is and what state its conversation is in. No descriptor, no buffers of input.
struct Session: ~Copyable {
  /// What a session is or does besides asking and being answered.
  struct Flags: OptionSet, BitwiseCopyable {
    let rawValue: UInt32
    static let authenticated = Flags(rawValue: 1 << 0)
    /// No more requests are run; the connection closes once what was written is sent.
    static let closing = Flags(rawValue: 1 << 1)
    /// Waits for something: requests are put off.
    static let blocked = Flags(rawValue: 1 << 2)
    /// Receives every command that runs (MONITOR).
    static let monitor = Flags(rawValue: 1 << 3)
    /// Is a replica of this server.
    static let replica = Flags(rawValue: 1 << 4)
    /// Is the link to this server's primary.
    static let primary = Flags(rawValue: 1 << 5)
    static let repliesOff = Flags(rawValue: 1 << 6)
    static let skipReply = Flags(rawValue: 1 << 7)
    /// The next command's reply is skipped (CLIENT REPLY SKIP sets it).
    static let skipNextReply = Flags(rawValue: 1 << 8)
    static let noEvict = Flags(rawValue: 1 << 9)
    static let noTouch = Flags(rawValue: 1 << 10)
    static let unixSocket = Flags(rawValue: 1 << 11)
    /// Is between MULTI and EXEC.
    static let transaction = Flags(rawValue: 1 << 12)
    /// A watched key has changed: the next EXEC will come to nothing.
    static let dirtyTransaction = Flags(rawValue: 1 << 13)
    static let readOnly = Flags(rawValue: 1 << 14)
    /// Is subscribed to channels or patterns.
    static let subscriber = Flags(rawValue: 1 << 15)
    /// Is being ended without its output; for everybody else it is gone already.
    static let aborted = Flags(rawValue: 1 << 16)
    /// Its request was put off, as by a pause, and is unanswered. Always together with `blocked`.
    static let postponed = Flags(rawValue: 1 << 17)
    /// A request of the transaction was refused: EXEC will be too.
    static let failedTransaction = Flags(rawValue: 1 << 18)
    /// Something was published to the session while its request runs; it follows the reply.
    static let awaitsPushes = Flags(rawValue: 1 << 19)
    /// What the session reads is tracked, or it hears of all keys with its prefixes.
    static let tracking = Flags(rawValue: 1 << 20)
    static let trackingBroadcast = Flags(rawValue: 1 << 21)
    /// The session that the tracking messages were to go to is gone.
    static let trackingBroken = Flags(rawValue: 1 << 22)
    /// CLIENT CACHING was said: for the next command, or the transaction, the session's usual choice is turned round.
    static let announcedCaching = Flags(rawValue: 1 << 23)
  }

  private let staysInPlace = StaysInPlace()
  let handle: SessionHandle
  /// Unique since the server started; what CLIENT ID gives.
  let id: UInt64
  var flags: Flags = []
  /// RESP version, 2 or 3.
  var protocolVersion = 2
  var database = 0
  var output = OutputChain()
  /// Bytes handed out for sending that are not sent yet.
  var bytesInFlight = 0
  /// Whether the session stands in `SessionTable.withOutput`.
  var isListedForOutput = false
  /// Where the session, being a replica, stands in the log; nil: it is fed nothing.
  var cursor: LogCursor?
  /// Set where the session is, or is about to become, a replica.
  var replica: ReplicaState?
  /// The log's offset behind the session's last write: what WAIT waits for.
  var writeOffset: Int64 = 0
  /// The log's offset that must be safe before what is in `output` may leave; -1: it may, as it is.
  var dependsOn: Int64 = -1
  /// Bytes of replies that wait for that.
  var heldBytes = 0
  /// Replies that waited for it and may leave now, ahead of all that is held or in `output`.
  var released = OutputChain()
  /// What the session's writes wait for, where it chose for itself.
  var barrier: WriteBarrier?
  /// What was asked for when replies were made that have not left yet: those behind them wait for that too.
  var earlierBarrier = WriteBarrier()

  var origin: ConnectionOrigin
  var user: [UInt8] = Array("default".utf8)
  var name: [UInt8] = []
  var libraryName: [UInt8] = []
  var libraryVersion: [UInt8] = []
  /// Microseconds since 1970.
  let connectedAt: Int64
  var lastInteraction: Int64
  /// Index of the last command's specification, or nil.
  var lastCommand: Int?
  var bytesReceived: Int64 = 0
  var bytesSent: Int64 = 0
  var commandCount: Int64 = 0
  /// Bytes of an unfinished request, as the connection last told.
  var inputBytes = 0
  /// What waits for EXEC; nil outside a transaction.
  var queue: TransactionQueue?
  /// The request that waits for keys, if one does. Always together with `blocked`.
  var wait: KeyWait?
  /// The keys that the next EXEC depends on.
  var watches: [Watch] = []
  /// What the session has subscribed to; nil: nothing.
  var subscriptions: Subscriptions?
  /// How the session's reads are tracked; nil: not at all. Always together with the flag.
  var tracking: Tracking?
  /// When output first exceeded the soft limit, monotonic microseconds.
  var softLimitSince: Int64?

  init(handle: SessionHandle, id: UInt64, origin: ConnectionOrigin, now: Instant) {
    self.handle = handle
    self.id = id
    self.origin = origin
    connectedAt = now.unixMicroseconds
    lastInteraction = now.unixMicroseconds
  }

  /// The class whose limits hold for the session.
  var clientClass: ClientClass {
    if flags.contains(.primary) { return .primary }
    if flags.contains(.replica) { return .replica }
    return flags.contains(.subscriber) ? .pubsub : .normal
  }

  /// Bytes of output that wait or are under way.
  var pendingOutputBytes: Int { output.count + released.count + heldBytes + bytesInFlight }

  /// Whether a request may run now.
  var isRunnable: Bool {
    @inline(__always) get { flags.isDisjoint(with: [.closing, .blocked]) }
  }
}
