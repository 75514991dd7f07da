extension Directive {
  /// Replication.
  static let replication: [Directive] = [
    .special(
      "replicaof", alias: "slaveof", .replicaof, traits: [.immutable],
      "Primary to follow: `<host> <port>`, or `no one`."),
    .secret("masterauth", \.masterauth, traits: [.sensitive], "Password to give the primary."),
    .optionalText("masteruser", \.masteruser, traits: [.sensitive], "User to name to the primary."),
    .flag(
      "replica-serve-stale-data", alias: "slave-serve-stale-data", \.replicaServeStaleData,
      "Whether a replica that lost its primary still answers reads."),
    .flag(
      "replica-read-only", alias: "slave-read-only", \.replicaReadOnly, "Whether a replica refuses writes of clients."),
    .integer(
      "replica-priority", alias: "slave-priority", \.replicaPriority, 0...Limit.int32,
      "Rank in a failover, lowest first; 0 never becomes primary."),
    .optionalText(
      "replica-announce-ip", alias: "slave-announce-ip", \.replicaAnnounceIp, "Address a replica says it has."),
    .integer(
      "replica-announce-port", alias: "slave-announce-port", \.replicaAnnouncePort, 0...65535,
      "Port a replica says it has; 0 says `port`."),
    .flag("replica-announced", \.replicaAnnounced, "Whether Sentinel is told of this replica."),
    .flag(
      "replica-ignore-maxmemory", alias: "slave-ignore-maxmemory", \.replicaIgnoreMaxmemory,
      "Whether a replica leaves eviction to its primary."),
    .flag(
      "replica-ignore-disk-write-errors", \.replicaIgnoreDiskWriteErrors,
      "Whether a replica goes on when it cannot write its files."),
    .flag(
      "replica-lazy-flush", alias: "slave-lazy-flush", \.replicaLazyFlush,
      "Whether a replica begins to load a full resync from its file before its old data are freed. In slices both are."),
    .memory(
      "repl-backlog-size", \.replBacklogSize, 1...Limit.int64,
      "Bytes of the replication log kept for replicas that come back."),
    .integer(
      "repl-backlog-ttl", \.replBacklogTtl, 0...Limit.int64,
      "Seconds without replicas after which that window is let go; 0 keeps it."),
    .flag(
      "repl-disable-tcp-nodelay", \.replDisableTcpNodelay,
      "Whether small packets to replicas may be joined."),
    .flag(
      "repl-diskless-sync", \.replDisklessSync,
      "Whether a full resync goes to the socket without a file."),
    .integer(
      "repl-diskless-sync-delay", \.replDisklessSyncDelay, 0...Limit.int32,
      "Seconds to wait for more replicas before a full resync begins."),
    .integer(
      "repl-diskless-sync-max-replicas", \.replDisklessSyncMaxReplicas, 0...Limit.int32,
      "Replicas that end that wait early; 0 waits it out."),
    .flag(
      "repl-spill-to-disk", \.replSpillToDisk,
      "Whether what is written while a replica joins goes to a file where it is more than `repl-backlog-size`."),
    .choice(
      "repl-diskless-load", \.replDisklessLoad, traits: [.deniedWhileLoading],
      "How a replica loads a full resync: from a file, or as it comes, beside its old data, always or without such."),
    .integer(
      "repl-ping-replica-period", alias: "repl-ping-slave-period", \.replPingReplicaPeriod, 1...Limit.int32,
      "Seconds between a primary's pings to its replicas."),
    .integer(
      "repl-timeout", \.replTimeout, 1...Limit.int32,
      "Seconds of silence after which a replication link counts as lost."),
    .integer(
      "min-replicas-to-write", alias: "min-slaves-to-write", \.minReplicasToWrite, 0...Limit.int32,
      "Replicas that must be in touch for writes to be taken; 0 asks for none."),
    .integer(
      "min-replicas-max-lag", alias: "min-slaves-max-lag", \.minReplicasMaxLag, 0...Limit.int32,
      "Seconds of silence after which a replica no longer counts for that."),
    .choice(
      "propagation-error-behavior", \.propagationErrorBehavior,
      "What a replica does when a replicated command fails."),
  ]
}
