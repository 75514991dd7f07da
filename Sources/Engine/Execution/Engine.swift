/// The one owner of all state: events in, effects out.
///
/// Whoever drives the engine hands it requests (`step`) and events (`apply`) with the time, sends what sessions and
/// replicas have pending, and carries out the effects. The engine does no input or output, starts no thread, reads no
/// clock and draws no randomness but from its seed: the same events give the same bytes.
public struct Engine: ~Copyable {
  var call: Call
  /// Identity and key hash of the requests of the group at hand.
  var prepared = InlineArray<16, PreparedRequest>(repeating: PreparedRequest())
  /// Requests of the primary's stream.
  var linkBatch = RequestBatch()
  /// When the work of each second was last done, monotonic microseconds.
  var lastSecond: Int64 = 0
  /// Commands that had run when the last slice of a snapshot was written.
  var commandsAtSlice: Int64 = 0
  /// Until when a snapshot's walk rests, monotonic microseconds; nil: it does not.
  var snapshotRestEnd: Int64?
  /// The session the reply writer is aimed at.
  var aimedAt = SessionHandle.none
  /// Whether the process is about to end.
  var isEnding = false
  /// The slot that had its periodic work last.
  var tendedSlot = -1
  /// When the log was last told of a web request, seconds since 1970.
  var lastSecurityWarning: Int64 = 0

  /// - Parameters:
  ///   - configuration: from file and command line.
  ///   - seed: of all randomness: hash secrets, identifiers, sampling.
  ///   - host: functions the engine may call while it runs.
  ///   - facts: what INFO tells of the process and the machine.
  public init(
    configuration: Configuration, seed: UInt64, host: HostFunctions, facts: HostFacts = HostFacts(), now: Instant
  ) {
    let catalogue = Catalogue(
      AllCommands.list, renames: configuration.renamedCommands.map { (old: $0.name, new: $0.newName) })
    call = Call(
      configuration: configuration, catalogue: catalogue, seed: seed, host: host, facts: facts, now: now)
    call.keyspace.clock = AccessClock(configuration)
    if configuration.replicaof != nil { call.replication.link.stage = .waiting }
  }

  /// The configuration in force.
  public var configuration: Configuration { call.configuration }

  /// Whether this server follows a primary.
  public var isFollowing: Bool { call.isReplica }

  /// How many sessions there are.
  public var sessionCount: Int { call.sessions.count }

  /// How many keys there are, in all databases.
  public var keyCount: Int { call.keyspace.keyCount }

  /// How many of them have expired by now and are still there. Looks at every key.
  public var expiredKeyCount: Int {
    var count = 0
    for index in 0..<call.keyspace.count {
      call.keyspace[index].table.forEachElement { entry in
        if let expiry = entry.expiry, expiry <= call.now.unixMilliseconds { count += 1 }
      }
    }
    return count
  }

  /// Applies an event.
  public mutating func apply(_ event: Event, now: Instant) {
    call.now = now
    switch event {
    case .connected(let handle, let origin): connect(handle, origin)
    case .disconnected(let handle): disconnect(handle)
    case .cron(let sample):
      call.hostSample = sample
      runPeriodicWork()
    case .primaryLink(let event): follow(event)
    case .terminationRequested(let signal): call.terminate(bySignal: signal)
    case .directivesTried(let number, let workingDirectory, let failure):
      call.configuration.adopt(workingDirectory: workingDirectory)
      answerTrial(number, failure)
    case .snapshotOpened(let result): call.snapshotOpened(result)
    case .snapshotRemoved: call.snapshotRemoved()
    case .configurationWritten(let handle, let failure): answerRewrite(handle, failure)
    }
    serveWaiting()
    endTurn()
    settleReplicas()
  }

  private mutating func connect(_ handle: SessionHandle, _ origin: ConnectionOrigin) {
    call.sessions.insert(handle, origin: origin, now: call.now)
    call.statistics.connections += 1
    if origin.isUnixSocket { call.sessions[handle].flags.insert(.unixSocket) }
    if call.configuration.requirepass.isEmpty { call.sessions[handle].flags.insert(.authenticated) }
  }

  private mutating func disconnect(_ handle: SessionHandle) {
    guard call.sessions.contains(handle) else { return }
    if let cursor = call.sessions[handle].cursor { call.log.release(cursor) }
    endTransfer(handle)
    if let reader = call.sessions[handle].replica?.laterHistory { call.release(reader) }
    if call.sessions[handle].flags.contains(.replica) { forgetReplica(handle) }
    call.replication.waiting.removeAll { $0.session == handle }
    if call.sessions[handle].barrier != nil {
      call.sessionsWithBarrier -= 1
      call.updateBarrier()
    }
    call.forgetInterests(of: handle)
    discard(takeOutput(handle), of: handle)
    call.sessions.remove(handle)
  }

  /// Takes what the host is to do.
  public mutating func takeEffects() -> [Effect] {
    guard !call.effects.isEmpty else { return [] }
    let taken = call.effects
    call.effects = []
    return taken
  }

  // MARK: What the parser must know of a session

  /// The limits for the session's next request.
  public func parserLimits(_ handle: SessionHandle) -> RequestParser.Limits {
    RequestParser.Limits(bulkBytes: call.configuration.protoMaxBulkLen, isUnauthenticated: !maySendAhead(handle))
  }

  /// Whether the session's requests may be parsed ahead of their execution. Otherwise one at a time: what the next
  /// one means depends on the one before.
  public func maySendAhead(_ handle: SessionHandle) -> Bool {
    call.sessions.contains(handle) && !call.mustAuthenticate(handle)
  }

  /// Whether Redis 7.2 or Ringdove has a command of that name, in lower case: what `rename-command` may speak of.
  public static func knowsCommand(_ name: [UInt8]) -> Bool { AllCommands.has(name) }

  /// When the engine next wants to be called (`runTimers`), monotonic microseconds; nil: not before the next event.
  public var nextDeadline: Int64? {
    var waiting = call.waits.nextDeadline
    for wait in call.replication.waiting {
      if let deadline = wait.deadline { waiting = min(waiting ?? .max, deadline) }
    }
    if isGathering { waiting = min(waiting ?? .max, call.appendOnly.gathering.deadline) }
    if let deadline = call.replication.failover?.deadline { waiting = min(waiting ?? .max, deadline) }
    if let end = snapshotRestEnd { waiting = min(waiting ?? .max, end) }
    guard call.pause.isActive, !call.sessions.postponed.isEmpty else { return waiting }
    let untilEnd = min(call.pause.end, .max / 4000) * 1000 - call.now.unixMicroseconds
    return min(call.now.monotonicMicroseconds + untilEnd, waiting ?? .max)
  }

  /// Does what was to be done by now: answers those whose waiting is over.
  public mutating func runTimers(now: Instant) {
    call.now = now
    call.updatePause()
    call.releaseWaiting()
    call.updateFailover()
    endOverdueWaits()
    serveWaiting()
    endTurn()
  }

  /// Whether a request of the session would run now.
  public func isRunnable(_ handle: SessionHandle) -> Bool {
    call.sessions.contains(handle) && call.sessions[handle].isRunnable
  }
}

/// What is worked out about a request before its turn comes.
struct PreparedRequest: BitwiseCopyable {
  /// The command's identity, or -1 where the name is unknown.
  var identity = -1
  var hash: UInt64 = 0
  /// Index of the argument that was hashed, or 0.
  var hashedArgument = 0
}
