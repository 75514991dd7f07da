internal import Engine
internal import Glibc
internal import Logging

/// The turn of the server: everything that is ready, once around.
///
///     enter ─▶ drain completions ─▶ parse ─▶ engine.step ─▶ effects ─▶ submit output ─▶ enter …
///
/// One value on the stack of `Server.run`, borrowed downwards: no reference counts on the way of a request. The ring is
/// declared first, since it must be gone before the memory the kernel may still hold.
struct Loop: ~Copyable {
  var ring: Ring
  var buffers: ReceiveBuffers
  var arena = VectorArena()
  let signals: SignalSource
  var listeners: Listeners
  var connections = Connections()
  var engine: Engine
  var batch = RequestBatch()
  var settings: LoopSettings
  var logger: Logger

  /// Now, read once a turn.
  var now = Clock.now()
  /// Connections with input to parse in this round, and those of the next.
  /// By handle: what is left for the next turn may have lost its slot to another tenant by then.
  var ready = Slab<SessionHandle>(capacity: 256)
  var readyNext = Slab<SessionHandle>(capacity: 64)
  /// Connections that ended, and of those the ones that have still requests to run in the next turn.
  var ended = Slab<SessionHandle>(capacity: 64)
  var endedNext = Slab<SessionHandle>(capacity: 64)
  /// Connections that ended and have replies to come, in order, and until when those are waited for, monotonic
  /// microseconds.
  var departing: [(handle: SessionHandle, until: Int64)] = []
  var activity = AdaptiveWait()
  /// Something is to be done at once: the next enter does not wait.
  var hasWork = false
  var nextCron: Int64 = 0
  var counters = LoopCounters()
  /// When replicas were last sent the log, and when they will be sent what waits for more; monotonic microseconds.
  var lastFeed: Int64 = 0
  var nextFeed = Int64.max
  /// Writes and syncs of files under way.
  var filesInFlight = 0
  /// When the last of them ended, monotonic microseconds.
  var lastFileEnd: Int64 = 0
  /// The path of a snapshot's file that is being opened or deleted.
  var snapshotPath: FilePath?
  /// Reads of files for replicas.
  var reads = FileReads()
  var primary = PrimaryConnection()
  /// Set by the effect that ends the process.
  var exitStatus: Int32?
  /// Whether it then ends without a look at files.
  var endsAtOnce = false

  /// How long bytes of the log wait for more before replicas are sent them, and how many do not wait.
  static let feedPauseMicroseconds: Int64 = 500
  static let worthwhileFeedBytes = 128 << 10
  /// How long replies are waited for that are to go to a connection which ended.
  static let departureMicroseconds: Int64 = 5_000_000
  /// Bytes that are received of a client whose request is put off before no more are.
  static let heldInputBytes = 64 << 10
  /// Requests parsed from one connection before others have their turn.
  static let requestsPerRound = 1024
  /// Rounds of parsing in one turn; connections with more to parse go on in the next.
  static let roundsPerTurn = 64

  init(
    ring: consuming Ring, buffers: consuming ReceiveBuffers, signals: consuming SignalSource,
    listeners: consuming Listeners, engine: consuming Engine, settings: LoopSettings, logger: Logger
  ) {
    self.ring = ring
    self.buffers = buffers
    self.signals = signals
    self.listeners = listeners
    self.engine = engine
    self.settings = settings
    self.logger = logger
  }

  /// Runs until an effect ends the process.
  /// - Returns: the status to exit with.
  /// - Throws: what only a broken ring brings.
  mutating func run() throws(Errno) -> Int32 {
    listeners.arm(&ring)
    ring.awaitSignal(signals)
    now = Clock.now()
    nextCron = now.monotonicMicroseconds
    engine.start(now: now)
    performEffects()
    while exitStatus == nil { try turn() }
    try flush()
    if !endsAtOnce { try finishFiles() }
    return exitStatus ?? 0
  }

  private mutating func turn() throws(Errno) {
    try wait()
    now = Clock.now()
    activity.advance(monotonicMicroseconds: now.monotonicMicroseconds)
    hasWork = false
    drain()
    finishQuietSends()
    tellGone()
    runRequests()
    buffers.publish()
    connections.feedStarving(buffers, &ring)
    if now.monotonicMicroseconds >= nextCron { runCron() }
    if let deadline = engine.nextDeadline, deadline <= now.monotonicMicroseconds { engine.runTimers(now: now) }
    if engine.runBackgroundSlice() { hasWork = true }
    pacePrimary()
    performEffects()
    if engine.repliesWaitForDisk {
      // First the replies: how many of them wait says whether to write now.
      sendOutput()
      driveFiles()
    } else {
      driveFiles()
      sendOutput()
    }
    driveReads()
    closeEnded()
    tellGone()
  }

  /// The one enter of the turn: submits all, and waits as the moment asks.
  private mutating func wait() throws(Errno) {
    defer { arena.removeAll() }
    if hasWork { return try ring.enter(waitFor: 0) }
    let due = min(nextCron, engine.nextDeadline ?? .max, nextFeed)
    let untilDue = Int(due - Clock.monotonicMicroseconds())
    guard untilDue > 0 else { return try ring.enter(waitFor: 0) }
    if settings.spinMicroseconds > 0, activity.isSpinWorthwhile, try spin(atMost: untilDue) { return }
    let wanted = activity.wantedCompletions(within: settings.batchWaitMicroseconds)
    try ring.enter(
      waitFor: wanted, timeoutMicroseconds: untilDue,
      minimumWaitMicroseconds: wanted > 1 ? settings.batchWaitMicroseconds : 0)
  }

  /// Submits everything and looks for completions for a while, rather than have the processor fall asleep: without a
  /// system call, since the kernel marks in shared memory that it has some.
  /// - Returns: whether one came.
  private mutating func spin(atMost microseconds: Int) throws(Errno) -> Bool {
    try ring.enter(waitFor: 0)
    if ring.readyCompletions > 0 { return true }
    let end = Clock.monotonicMicroseconds() + Int64(min(settings.spinMicroseconds, microseconds))
    repeat {
      if ring.hasNews {
        try ring.enter(waitFor: 0)
        guard ring.readyCompletions > 0 else { continue }
        activity.noteSpin(succeeded: true)
        return true
      }
    } while Clock.monotonicMicroseconds() < end
    activity.noteSpin(succeeded: false)
    return false
  }

  /// Before the end: stops listening and lets output leave, for a second at most. An accept that is still with the kernel
  /// would hold the port beyond the process, until the ring's remains are cleared away.
  private mutating func flush() throws(Errno) {
    let end = Clock.monotonicMicroseconds() + 1_000_000
    sendOutput()
    listeners.closeAll(&ring)
    repeat {
      try ring.enter(waitFor: 0)
      arena.removeAll()
      drain()
      finishQuietSends()
      if !connections.isSending, listeners.acceptsInFlight == 0 { return }
      try ring.enter(waitFor: 1, timeoutMicroseconds: 10_000)
    } while Clock.monotonicMicroseconds() < end
  }
}

/// What the loop has counted, for INFO.
struct LoopCounters {
  var bytesReceived: Int64 = 0
  var bytesSent: Int64 = 0
  var completions: Int64 = 0
  var rejected: Int64 = 0
}

/// The directives the loop acts on, read once and again when they change: the engine's configuration is not copied on
/// the way of a request.
struct LoopSettings {
  var maxClients: Int
  var isProtected: Bool
  var cronMicroseconds: Int64
  var batchWaitMicroseconds: Int
  var spinMicroseconds: Int

  init(_ configuration: Configuration) {
    maxClients = configuration.maxclients
    isProtected = configuration.protectedMode && configuration.requirepass.isEmpty
    cronMicroseconds = 1_000_000 / Int64(max(1, configuration.hz))
    batchWaitMicroseconds = configuration.batchWaitMicroseconds
    spinMicroseconds = configuration.spinMicroseconds
  }
}
