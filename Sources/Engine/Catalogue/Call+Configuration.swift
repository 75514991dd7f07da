/// A change of the configuration that holds only if the host can act on it.
struct ConfigurationTrial {
  /// Directives that the host may be unable to act on.
  static let directives: Set<String> = ["bind", "dir", "maxclients", "port"]

  let number: Int
  /// Who asked and waits.
  let session: SessionHandle
  /// What is put back where the host cannot.
  let previous: Configuration
  let names: [String]
}

extension Call {
  /// Has the host act on the configuration as it is now; the asking session waits for the outcome.
  mutating func tryConfiguration(insteadOf previous: Configuration, _ names: [String]) {
    let number = (trials.last?.number ?? 0) + 1
    trials.append(
      ConfigurationTrial(number: number, session: isInTransaction ? .none : session, previous: previous, names: names))
    // A transaction's replies cannot wait: it is told that all is well, and the log if it is not.
    if isInTransaction { reply.ok() } else { sessions.setBlocked(session, true) }
    cause(
      .tryDirectives(
        number: number, names,
        previous: Whereabouts(port: previous.port, addresses: previous.bind, directory: previous.dir)))
  }

  /// Whether files of the working directory are being written or loaded, which will be sought there by their names.
  var isBoundToDirectory: Bool {
    isAppending || configuration.appendonly || snapshot?.destination != nil || abandonedSnapshot != nil
      || replication.link.file != nil || isLoading || replication.fileForReplicas != nil
      || replication.replicas.contains { [.transfer, .file].contains(sessions[$0].replica?.stage) }
  }

  /// Applies what follows from new values of directives beyond their fields, and tells the host which they are.
  mutating func configurationChanged(_ names: [String]) {
    guard !names.isEmpty else { return }
    for name in names { apply(name) }
    cause(.directivesChanged(names))
  }

  /// Directives that say what replies wait for.
  static let barrierDirectives: Set<String> = ["appendfsync", "write-barrier-fsync", "write-barrier-replicas"]

  private mutating func apply(_ name: String) {
    switch name {
    case "repl-backlog-size":
      log.windowBytes = configuration.replBacklogSize
      log.trim()
    case "maxmemory-policy", "lfu-log-factor", "lfu-decay-time":
      keyspace.clock = AccessClock(configuration)
      // What it holds is ordered by the old policy.
      keyspace.evictionPool.removeAll()
    case "appendonly": switchAppendOnly()
    case "write-barrier-fsync":
      warnOfBarrierWithoutFile()
      updateBarrier()
    case "aof-disable-auto-gc", "aof-history-size":
      if isRecording, let files = host.files { removeHistory(files) }
    case "write-barrier-replicas":
      warnOfBarrierWithoutReplicas()
      updateBarrier()
    case "stop-writes-on-bgsave-error", "save", "appendfsync", "write-barrier-file", "durable-reads":
      updateBarrier()
    case "slowlog-max-len": slowLog.trim(to: configuration.slowlogMaxLen)
    case "latency-tracking" where !configuration.latencyTracking: forgetHistograms()
    default: break
    }
  }

  /// Forgets how long commands took.
  mutating func forgetHistograms() {
    histograms.removeAll()
    for identity in 0..<commandStatistics.count { commandStatistics[identity].histogram = -1 }
  }
}

extension AccessClock {
  /// As the directives say.
  init(_ configuration: Configuration) {
    countsUses = configuration.maxmemoryPolicy == .allkeysLFU || configuration.maxmemoryPolicy == .volatileLFU
    logFactor = configuration.lfuLogFactor
    decayMinutes = configuration.lfuDecayTime
  }
}
