// A primary and one of its replicas change parts without losing a write (FAILOVER).
extension Call {
  /// Begins to fail over: holds writes back until the target has everything.
  mutating func beginFailover(_ failover: Failover) {
    if let target = failover.target {
      logLine(.notice, "FAILOVER requested to \(target.host):\(target.port).")
    } else {
      logLine(.notice, "FAILOVER requested to any replica.")
    }
    replication.failover = failover
    pause.beginFailover()
  }

  /// The replica of that address, if there is one; of several sessions the newest.
  func replica(at target: ReplicationSource) -> SessionHandle? {
    replication.replicas.last {
      sessions.contains($0) && sessions[$0].replica?.listeningPort == target.port
        && replicaAddress($0).lowercased() == target.host.lowercased()
    }
  }

  /// Goes on with a failover: does the target have everything, is its time over?
  mutating func updateFailover() {
    guard let failover = replication.failover, failover.stage == .waitingForSync else { return }
    if let deadline = failover.deadline, deadline <= now.monotonicMicroseconds {
      guard failover.isForced, let target = failover.target else {
        return abortFailover("Replica never caught up before timeout")
      }
      logLine(.notice, "FAILOVER to \(target.host):\(target.port) time out exceeded, failing over.")
      return handOver(to: target)
    }
    let candidates = failover.target.map { target in replica(at: target).map { [$0] } ?? [] } ?? replication.replicas
    guard
      let ready = candidates.first(where: {
        sessions.contains($0) && sessions[$0].replica?.acknowledgedOffset == log.end
          && sessions[$0].replica?.isCounted == true
      })
    else { return }
    let target =
      failover.target
      ?? ReplicationSource(host: replicaAddress(ready), port: sessions[ready].replica?.listeningPort ?? 0)
    logLine(.notice, "Failover target \(target.host):\(target.port) is synced, failing over.")
    handOver(to: target)
  }

  private mutating func handOver(to target: ReplicationSource) {
    replication.failover?.target = target
    replication.failover?.stage = .inProgress
    // From here on nobody looks at the time, and the loop is not to wake for it.
    replication.failover?.deadline = nil
    follow(target)
  }

  /// Calls a failover off. Where this server follows the target already, it is a primary again.
  mutating func abortFailover(_ reason: String) {
    guard let failover = replication.failover else { return }
    if let target = failover.target {
      logLine(.notice, "FAILOVER to \(target.host):\(target.port) aborted: \(reason)")
    } else {
      logLine(.notice, "FAILOVER to any replica aborted: \(reason)")
    }
    if failover.stage == .inProgress { stopFollowing() }
    endFailover()
  }

  /// The failover is over, well or not: clients go on.
  mutating func endFailover() {
    guard replication.failover != nil else { return }
    replication.failover = nil
    pause.endFailover()
    if !pause.isActive {
      resumePostponed()
      reconsiderWaits()
    }
  }
}
