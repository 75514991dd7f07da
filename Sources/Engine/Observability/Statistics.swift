/// Counters since the start or since CONFIG RESETSTAT, as INFO stats shows them.
struct Statistics: Sendable {
  var connections: Int64 = 0
  var commands: Int64 = 0
  var expiredKeys: Int64 = 0
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
  var readsProcessed: Int64 = 0
  var writesProcessed: Int64 = 0
  var outputBufferLimitDisconnections: Int64 = 0
  var queryBufferLimitDisconnections: Int64 = 0
  var denied: Int64 = 0
  var peakMemory = 0
  /// Error replies by their code, for INFO errorstats.
  var errorsByCode: [String: Int64] = [:]
}

/// What is known of one command's executions (INFO commandstats).
struct CommandStatistics: BitwiseCopyable {
  var calls: Int64 = 0
  var nanoseconds: Int64 = 0
  var rejected: Int64 = 0
  var failed: Int64 = 0
}
