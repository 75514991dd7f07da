extension Directive {
  /// Cluster.
  static let cluster: [Directive] = [
    .flag(
      "cluster-enabled", \.clusterEnabled, traits: [.immutable], support: .inertOnly(),
      "Whether this server is a node of a cluster."),
    .text(
      "cluster-config-file", \.clusterConfigFile, traits: [.immutable], support: .withoutEffect,
      "File in which a node keeps what it knows of the cluster."),
    .integer(
      "cluster-node-timeout", \.clusterNodeTimeout, 0...Limit.int64, support: .withoutEffect,
      "Milliseconds of silence after which a node counts as failing."),
    .integer(
      "cluster-port", \.clusterPort, 0...65535, traits: [.immutable], support: .withoutEffect,
      "Port of the cluster bus; 0 is `port` plus 10000."),
    .integer(
      "cluster-ping-interval", \.clusterPingInterval, 0...Limit.int64, traits: [.hidden], support: .withoutEffect,
      "Milliseconds between pings on the cluster bus, for tests."),
    .integer(
      "cluster-replica-validity-factor", alias: "cluster-slave-validity-factor", \.clusterReplicaValidityFactor,
      0...Limit.int32, support: .withoutEffect, "Node timeouts after which a replica's data is too old to take over."),
    .integer(
      "cluster-migration-barrier", \.clusterMigrationBarrier, 0...Limit.int32, support: .withoutEffect,
      "Replicas a primary keeps before one may move to another."),
    .flag(
      "cluster-allow-replica-migration", \.clusterAllowReplicaMigration, support: .withoutEffect,
      "Whether replicas move to primaries that have none."),
    .flag(
      "cluster-require-full-coverage", \.clusterRequireFullCoverage, support: .withoutEffect,
      "Whether the cluster stops when a slot has no node."),
    .flag(
      "cluster-replica-no-failover", alias: "cluster-slave-no-failover", \.clusterReplicaNoFailover,
      support: .withoutEffect, "Whether this replica never takes over by itself."),
    .flag(
      "cluster-allow-reads-when-down", \.clusterAllowReadsWhenDown, support: .withoutEffect,
      "Whether reads are answered while the cluster is down."),
    .flag(
      "cluster-allow-pubsubshard-when-down", \.clusterAllowPubsubshardWhenDown, support: .withoutEffect,
      "Whether sharded messages pass while the cluster is down."),
    .memory(
      "cluster-link-sendbuf-limit", \.clusterLinkSendbufLimit, 0...Limit.int64, support: .withoutEffect,
      "Pending bytes past which a cluster bus link is closed; 0 is no limit."),
    .optionalText(
      "cluster-announce-ip", \.clusterAnnounceIp, support: .withoutEffect, "Address this node says it has."),
    .integer(
      "cluster-announce-port", \.clusterAnnouncePort, 0...65535, support: .withoutEffect, "Port this node says it has."),
    .integer(
      "cluster-announce-tls-port", \.clusterAnnounceTlsPort, 0...65535, support: .withoutEffect,
      "TLS port this node says it has."),
    .integer(
      "cluster-announce-bus-port", \.clusterAnnounceBusPort, 0...65535, support: .withoutEffect,
      "Cluster bus port this node says it has."),
    .optionalText(
      "cluster-announce-hostname", \.clusterAnnounceHostname, validate: Directive.checkAnnouncedHostname,
      support: .withoutEffect, "Host name this node says it has."),
    .optionalText(
      "cluster-announce-human-nodename", \.clusterAnnounceHumanNodename, validate: Directive.checkAnnouncedNodename,
      support: .withoutEffect, "Name of this node for people."),
    .choice(
      "cluster-preferred-endpoint-type", \.clusterPreferredEndpointType, support: .withoutEffect,
      "What clients are redirected to."),
  ]
}
