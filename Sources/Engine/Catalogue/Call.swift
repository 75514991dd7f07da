/// What a command sees: one request, and every room of state it may touch.
///
/// There is one call in the engine, aimed anew for each command. A command reads `arguments` and `now`, writes `reply`,
/// changes the keyspace, and declares what its effect is in canonical form where the request itself is not
/// (`replicate`).
struct Call: ~Copyable {
  private let staysInPlace = StaysInPlace()

  // MARK: The request

  /// The command's name and arguments.
  var arguments: Arguments
  /// Who asks.
  var session: SessionHandle = .none
  /// The asking session's database.
  var database = 0
  var now: Instant
  /// The command's identity in the catalogue.
  var identity = 0
  /// How many bytes the request took as it came.
  var requestBytes = 0
  /// Hash of the argument at `hashedArgument`, where the engine computed it ahead.
  var hashOfArgument: UInt64 = 0
  var hashedArgument = 0
  /// Whether the request came from the primary: no access checks, no reply, no expiry of our own.
  var isFromPrimary = false
  /// Whether EXEC runs the request: it must not wait for anything.
  var isInTransaction = false

  /// Indices of arguments that must not be shown to anybody (passwords), for MONITOR and the slow log.
  var redactions: [Int] = []

  var reply = ReplyWriter()

  // MARK: The rooms

  var keyspace: Keyspace
  var sessions = SessionTable()
  /// Who watches which key.
  var watches = WatchTable()
  /// Who waits for which key.
  var waits = WaitTable()
  /// The wait whose request is being run again.
  var resumedWait: KeyWait?
  /// Who may have which key in its cache.
  var tracking = TrackingTable()
  /// Who has subscribed to what.
  var pubSub = PubSub()
  /// How many sessions are subscribed to anything.
  var subscriberCount = 0
  /// What was published to the asking session while its request runs.
  var pushesToAsker = ByteBuffer()
  /// Whether clients are paused.
  var pause = Pause()
  var configuration: Configuration
  var statistics = Statistics()
  var commandStatistics: Slab<CommandStatistics>
  var histograms = LatencyHistograms()
  var slowLog = SlowLog()
  var latencyMonitor = LatencyMonitor()
  var log: ReplicationLog
  /// The file that the log goes to.
  var appendOnly = AppendOnlyFile()
  /// Replies that wait until what they tell of is safe.
  var heldReplies = HeldReplies()
  /// How much may wait for the disk.
  var bufferLimit = BufferLimit()
  /// Keys that were changed and are not on the disk yet.
  var undurableKeys = UndurableKeys()
  /// Whether any session's replies may have to wait (`updateBarrier`).
  var holdsReplies = false
  /// Whether replies were made for which more was asked for than is now (`keepBarriers`).
  var keepsBarriers = false
  /// How many sessions chose for themselves what their writes wait for.
  var sessionsWithBarrier = 0
  /// Whether writes are refused, because they cannot be recorded.
  var refusesWrites = false
  /// What became of files so far.
  var persistence: PersistenceRecord
  /// The snapshot that is being written; nil: none is.
  var snapshot: SnapshotJob?
  /// The one that was given up last, until its file is gone: at most one has a file at any time.
  var abandonedSnapshot: SnapshotJob?
  /// How far the server's end is.
  var shutdown = ShutdownProgress()
  /// Who wants the append-only file loaded again, once all is in it (DEBUG LOADAOF).
  var reloadAsker: SessionHandle?
  /// The data set on its way in from files; nil: it is there.
  var loading: DatasetLoading?
  var replication: ReplicationState
  var catalogue: Catalogue
  var random: RandomGenerator
  let host: HostFunctions
  /// What the host is to do.
  var effects: [Effect] = []
  /// What the command caused, in canonical form, when that is not the request as it came.
  var pendingEffects = EffectList()
  /// The host's last report.
  var hostSample = HostSample()
  let facts: HostFacts
  /// Blocks of digits made from the host's secret so far, so that none is made twice.
  var secretsMade = 0
  /// Changes of the configuration that the host has yet to try.
  var trials: [ConfigurationTrial] = []
  /// Switches that DEBUG sets, for tests.
  var debugging = DebugSwitches()
  let startedAt: Instant
  /// 40 hexadecimal digits, chosen at each start.
  let runIdentifier: [UInt8]

  init(
    configuration: Configuration, catalogue: consuming Catalogue, seed: UInt64, host: HostFunctions,
    facts: HostFacts, now: Instant
  ) {
    var random = RandomGenerator(seed: seed)
    arguments = Arguments()
    self.now = now
    startedAt = now
    persistence = PersistenceRecord(startedAt: now)
    keyspace = Keyspace(
      count: configuration.databases, hash: KeyHash(secret: random.next(), random.next()))
    runIdentifier = random.hexadecimalDigits(40)
    log = ReplicationLog(windowBytes: configuration.replBacklogSize)
    replication = ReplicationState(identifier: random.hexadecimalDigits(40))
    commandStatistics = Slab(capacity: catalogue.count)
    for _ in 0..<catalogue.count { commandStatistics.append(CommandStatistics()) }
    self.catalogue = catalogue
    self.configuration = configuration
    self.random = random
    self.host = host
    self.facts = facts
  }
}

extension RandomGenerator {
  /// `count` random hexadecimal digits, lower case.
  mutating func hexadecimalDigits(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in ASCII.hexadecimalDigit(UInt8(next(below: 16))) }
  }
}
