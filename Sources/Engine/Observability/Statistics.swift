/// Counters since the start or since CONFIG RESETSTAT, as INFO stats shows them.
struct Statistics: Sendable {
  var connections: Int64 = 0
  var commands: Int64 = 0
  var expiredKeys: Int64 = 0
  /// Fields of hashes.
  var expiredFields: Int64 = 0
  var expiredTimeCapReached: Int64 = 0
  var evictedKeys: Int64 = 0
  var evictedClients: Int64 = 0
  var keyspaceHits: Int64 = 0
  var keyspaceMisses: Int64 = 0
  var errorReplies: Int64 = 0
  var unexpectedErrorReplies: Int64 = 0
  var fullResyncs: Int64 = 0
  var partialResyncsAccepted: Int64 = 0
  var partialResyncsRefused: Int64 = 0
  /// Partial resynchronizations that began in the append-only file.
  var partialResyncsFromFiles: Int64 = 0
  var readsProcessed: Int64 = 0
  var writesProcessed: Int64 = 0
  var outputBufferLimitDisconnections: Int64 = 0
  var queryBufferLimitDisconnections: Int64 = 0
  /// Times the append-only file fell behind.
  var delayedSyncs: Int64 = 0
  var deniedAuthentications: Int64 = 0
  var deniedCommands: Int64 = 0
  var deniedKeys: Int64 = 0
  var deniedChannels: Int64 = 0
  var peakMemory = 0
  /// Error replies by their code, for INFO errorstats.
  var errorsByCode: [String: Int64] = [:]
  /// What the host's ever-growing counters stood at when the statistics were last reset.
  var baseline = HostSample()
  var commandRate = Rate()
  var inputRate = Rate()
  var outputRate = Rate()
  var cycleRate = Rate()

  /// Forgets what is counted, as CONFIG RESETSTAT does. The peak of memory becomes what is used now.
  mutating func reset(baseline: HostSample, usedMemory: Int) {
    self = Statistics()
    self.baseline = baseline
    peakMemory = usedMemory
  }

  /// Takes one sample of what INFO shows per second.
  mutating func sampleRates(_ host: HostSample, now: Instant) {
    commandRate.sample(commands, now: now)
    inputRate.sample(host.bytesReceived, now: now)
    outputRate.sample(host.bytesSent, now: now)
    cycleRate.sample(host.ringEnters, now: now)
  }
}

/// What is known of one command's executions (INFO commandstats).
struct CommandStatistics: BitwiseCopyable {
  var calls: Int64 = 0
  var nanoseconds: Int64 = 0
  var rejected: Int64 = 0
  var failed: Int64 = 0
  /// Number of the command's histogram in `LatencyHistograms`, or -1 where it never ran.
  var histogram: Int32 = -1
}
