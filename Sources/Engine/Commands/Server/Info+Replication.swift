// INFO replication.
extension Call {
  func writeReplicationSection(into info: inout InfoText) {
    info.section("Replication")
    info.field("role", isReplica ? "slave" : "master")
    if let source = configuration.replicaof { writePrimary(source, into: &info) }
    writeReplicas(into: &info)
    info.field("master_failover_state", replication.failover.nameForInfo.description)
    info.field("master_replid", replication.identifier)
    info.field("master_replid2", replication.secondIdentifier)
    info.field("master_repl_offset", log.end)
    info.field("second_repl_offset", replication.secondOffset)
    info.field("repl_backlog_active", log.isActive)
    info.field("repl_backlog_size", configuration.replBacklogSize)
    info.field("repl_backlog_first_byte_offset", log.isActive ? backlogStart + 1 : 0)
    info.field("repl_backlog_histlen", log.isActive ? log.end - backlogStart : 0)
    info.field("repl_spilled_bytes", replication.spill.map { $0.written - $0.start } ?? 0)
    info.field("repl_unspilled_bytes", replication.spill.map { $0.isTaking ? log.end - $0.written : 0 } ?? 0)
  }

  private func writePrimary(_ source: ReplicationSource, into info: inout InfoText) {
    let isUp = replication.link.isUp
    let silence = (now.monotonicMicroseconds - replication.link.lastReceived) / 1_000_000
    info.field("master_host", source.host)
    info.field("master_port", source.port)
    info.field("master_link_status", isUp ? "up" : "down")
    info.field("master_last_io_seconds_ago", isUp ? silence : -1)
    info.field("master_sync_in_progress", replication.link.isTransferring)
    info.field("slave_read_repl_offset", log.end + Int64(replication.link.transactionBytes.count))
    info.field("slave_repl_offset", replication.link.appliedOffset)
    if replication.link.isTransferring {
      let total = replication.link.payloadBytes
      let received = replication.link.payloadReceived
      info.field("master_sync_total_bytes", total)
      info.field("master_sync_read_bytes", received)
      info.field("master_sync_left_bytes", total - received)
      info.field("master_sync_perc", total > 0 ? Double(received) / Double(total) * 100 : 0, decimals: 2)
      info.field("master_sync_last_io_seconds_ago", silence)
    }
    if !isUp {
      let since = replication.link.downSince
      info.field(
        "master_link_down_since_seconds", since > 0 ? (now.monotonicMicroseconds - since) / 1_000_000 : -1)
    }
    info.field("slave_priority", configuration.replicaPriority)
    info.field("slave_read_only", configuration.replicaReadOnly)
    info.field("replica_announced", configuration.replicaAnnounced)
  }

  private func writeReplicas(into info: inout InfoText) {
    let replicas = replication.replicas.filter { sessions.contains($0) }
    info.field("connected_slaves", replicas.count)
    if configuration.minReplicasToWrite > 0, configuration.minReplicasMaxLag > 0 {
      info.field("min_slaves_good_slaves", goodReplicaCount)
    }
    for (number, handle) in replicas.enumerated() {
      guard let state = sessions[handle].replica else { continue }
      let address =
        state.announcedAddress.isEmpty
        ? sessions[handle].origin.peer.hostPart : String(decoding: state.announcedAddress, as: UTF8.self)
      info.field(
        named: "slave\(number)",
        "ip=\(address),port=\(state.listeningPort),state=\(state.stage.nameForInfo),"
          + "offset=\(state.acknowledgedOffset),lag=\(lag(of: handle) ?? 0)")
    }
  }

  /// Seconds since the replica last told how far it is; nil where it does not follow yet.
  private func lag(of handle: SessionHandle) -> Int? {
    guard let state = sessions[handle].replica, state.stage == .online else { return nil }
    return Int(max(now.monotonicMicroseconds - state.acknowledgedAt, 0) / 1_000_000)
  }
}

extension ReplicaState.Stage {
  fileprivate var nameForInfo: String {
    switch self {
    case .handshake, .waiting, .transfer: "wait_bgsave"
    case .file: "send_bulk"
    case .online: "online"
    }
  }
}

extension String {
  /// What stands before the port in `address:port`.
  fileprivate var hostPart: String { String(prefix(upTo: lastIndex(of: ":") ?? endIndex)) }
}
