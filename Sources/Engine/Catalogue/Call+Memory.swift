extension Call {
  /// Bytes of all that the engine holds for its clients' sake: what `maxmemory` limits and INFO calls `used_memory`.
  ///
  /// An account, not a measurement: the same events give the same figure.
  var usedMemory: Int { keyspace.usedBytes + overheadMemory }

  /// Bytes that are not keys and values: sessions, the log, the statistics.
  var overheadMemory: Int {
    log.allocatedBytes + sessions.count * Self.bytesOfSession + histograms.allocatedBytes + reply.pool.lentBytes
      + (snapshot?.feed.allocatedBytes ?? 0) + historyMemory
  }

  /// Bytes of the log that were read from files for replicas, and not yet sent.
  private var historyMemory: Int {
    guard replication.readerCount > 0 else { return 0 }
    return replication.replicas.reduce(0) { sum, handle in
      guard sessions[handle].replica?.history != nil else { return sum }
      return sum + (sessions[handle].replica?.feed?.allocatedBytes ?? 0)
    }
  }

  /// Bytes that do not count when keys are evicted: what is held of the log for replicas beyond the backlog. Otherwise the
  /// deletions that an eviction causes would, on their way to a slow replica, cause the next one.
  var memoryNotCountedForEviction: Int {
    max(log.allocatedBytes - configuration.replBacklogSize, 0) + historyMemory
  }

  /// What a session costs without its output, roughly: its seat and the text it keeps of its origin.
  static var bytesOfSession: Int { MemoryLayout<Session>.stride + 64 }

  /// Bytes of replies that wait for clients, replicas or others.
  func outputMemory(ofReplicas: Bool) -> Int {
    sessions.handles.reduce(0) { sum, handle in
      guard sessions[handle].flags.contains(.replica) == ofReplicas else { return sum }
      return sum + sessions[handle].pendingOutputBytes + Self.bytesOfSession
    }
  }
}
