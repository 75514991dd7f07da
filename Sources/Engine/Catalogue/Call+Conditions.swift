// What the gates before a command go by, besides the command and the session.
extension Call {
  /// Whether any condition holds that may keep an ordinary session's commands from running.
  @inline(__always)
  var isUnderRestrictions: Bool {
    pause.isActive || configuration.minReplicasToWrite > 0 || isReplica || isLoading || !trials.isEmpty || refusesWrites
      || isShuttingDown || isBackedUp
  }

  /// Whether a data set is being loaded from files in place of the one that is served.
  var isLoading: Bool { loading != nil }

  /// Whether commands that need the data are told to wait: they are being loaded, or are a primary's that come in the
  /// place of others.
  var answersLoading: Bool { isLoading || replication.link.isBuilding && !replication.link.servesMeanwhile }

  /// Whether the data are served while those that will take their place come from the primary.
  var isLoadingBeside: Bool { replication.link.isBuilding && replication.link.servesMeanwhile }

  /// Whether this server, being a replica, is in step with its primary.
  var isPrimaryLinkUp: Bool { replication.link.isUp }

  /// Whether as many replicas follow closely as `min-replicas-to-write` asks for. A replica itself asks for none.
  var hasEnoughReplicas: Bool {
    let wanted = configuration.minReplicasToWrite
    guard wanted > 0, configuration.minReplicasMaxLag > 0, !isReplica else { return true }
    return goodReplicaCount >= wanted
  }

  /// Replicas that were heard of within `min-replicas-max-lag` seconds.
  var goodReplicaCount: Int {
    let patience = Int64(microsecondsIn: configuration.minReplicasMaxLag)
    return replication.replicas.count {
      guard let replica = sessions[$0].replica, replica.isCounted else { return false }
      return now.monotonicMicroseconds - replica.acknowledgedAt <= patience
    }
  }

  /// Whether the session comes from this machine.
  func isLocal(_ handle: SessionHandle) -> Bool {
    if sessions[handle].flags.contains(.unixSocket) { return true }
    let peer = sessions[handle].origin.peer
    return peer.hasPrefix("127.") || peer.hasPrefix("[::1]:") || peer.hasPrefix("::1:")
  }
}
