// Clients that wait until replicas or disks have what they wrote: WAIT and WAITAOF.
extension Call {
  /// How many replicas said that they have everything up to `offset`.
  func replicasThatAcknowledged(_ offset: Int64) -> Int64 { replicas(past: offset, \.acknowledgedOffset) }

  /// How many replicas said that their disks have everything up to `offset`.
  private func replicasThatSynced(_ offset: Int64) -> Int64 { replicas(past: offset, \.syncedOffset) }

  /// How many replicas have told of `offset`. One that has connected again counts once, where there is anything to have.
  private func replicas(past offset: Int64, _ told: KeyPath<ReplicaState, Int64>) -> Int64 {
    var count: Int64 = 0
    for handle in replication.replicas {
      guard let replica = sessions[handle].replica, replica.isCounted || offset <= 0 && replica.stage == .online else {
        continue
      }
      if replica[keyPath: told] >= offset { count += 1 }
    }
    return count
  }

  /// How far replicas are, the furthest first, of those that are counted: `k` of them have all up to number `k`.
  func acknowledgedOffsets() -> [Int64] {
    replication.replicas.compactMap { handle in
      sessions[handle].replica.flatMap { $0.isCounted ? $0.acknowledgedOffset : nil }
    }.sorted(by: >)
  }

  /// Answers the clients in WAIT for whom enough replicas have spoken, or whose time is over.
  mutating func releaseWaiting() {
    var index = 0
    while index < replication.waiting.count {
      let wait = replication.waiting[index]
      guard sessions.contains(wait.session) else {
        replication.waiting.remove(at: index)
        continue
      }
      let isTimeOver = wait.deadline.map { $0 <= now.monotonicMicroseconds } ?? false
      guard isTimeOver || isOver(wait) || isHopeless(wait) else {
        index += 1
        continue
      }
      replication.waiting.remove(at: index)
      sessions.setBlocked(wait.session, false)
      answerWait(wait, error: !isTimeOver && isHopeless(wait) ? Self.noAppendOnlyFile : nil)
      cause(.resume(wait.session))
    }
  }

  /// What WAITAOF says where there is no file to wait for.
  static var noAppendOnlyFile: StaticString {
    "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled."
  }

  /// Whether a client waits for a file that was switched off.
  private func isHopeless(_ wait: ReplicationWait) -> Bool {
    if case .disks(local: true) = wait.kind { !configuration.appendonly && !isAppending } else { false }
  }

  /// Whether what a client waits for has come.
  func isOver(_ wait: ReplicationWait) -> Bool {
    switch wait.kind {
    case .replicas: replicasThatAcknowledged(wait.offset) >= wait.replicas
    case .disks(let local):
      (!local || isRecording && durableOffset >= wait.offset) && replicasThatSynced(wait.offset) >= wait.replicas
    }
  }

  /// Has a client that waits for keys or in WAIT go on now, as if its time were over or with an error.
  /// - Returns: whether the session was waiting.
  mutating func endWaiting(_ handle: SessionHandle, withError: Bool) -> Bool {
    let error: StaticString = "UNBLOCKED client unblocked via CLIENT UNBLOCK"
    if releaseKeyWait(handle, error: withError ? error : nil) { return true }
    guard let index = replication.waiting.firstIndex(where: { $0.session == handle }) else { return false }
    let wait = replication.waiting.remove(at: index)
    sessions.setBlocked(handle, false)
    answerWait(wait, error: withError ? error : nil)
    cause(.resume(handle))
    return true
  }

  /// Answers a client that waited.
  mutating func answerWait(_ wait: ReplicationWait, error: StaticString?) {
    if let error { return write(to: wait.session) { $0.error(.text(error)) } }
    let isSynced = isRecording && durableOffset >= wait.offset
    let replicas =
      switch wait.kind {
      case .replicas: replicasThatAcknowledged(wait.offset)
      case .disks: replicasThatSynced(wait.offset)
      }
    write(to: wait.session) { reply in
      if case .disks = wait.kind {
        reply.array(2)
        reply.integer(isSynced ? 1 : 0)
      }
      reply.integer(replicas)
    }
  }

  /// What those wait for who wait makes no sense on a replica, or is not for them to take: they are told so, and their
  /// connections closed.
  mutating func releaseAllWaiting() {
    let error: StaticString =
      "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)"
    for wait in replication.waiting where sessions.contains(wait.session) {
      sessions.setBlocked(wait.session, false)
      write(to: wait.session) { $0.error(.text(error)) }
      close(wait.session)
    }
    replication.waiting.removeAll()
    guard !waits.isEmpty else { return }
    for handle in sessions.handles where releaseKeyWait(handle, error: error) { close(handle) }
  }
}
