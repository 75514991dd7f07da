extension Directive {
  /// Network: listening, clients and their limits.
  static let network: [Directive] = [
    .integer("port", \.port, 0...65535, "TCP port to listen on; 0 listens on none."),
    .special(
      "bind", .listen,
      "Addresses to listen on. A leading `-` marks one that may be missing on this machine; `*` and `::*` mean every address."
    ),
    .optionalText(
      "bind-source-addr", \.bindSourceAddr, support: .withoutEffect,
      "Local address that outgoing connections (to a primary) leave from."),
    .optionalText("unixsocket", \.unixsocket, traits: [.immutable], "Path of a unix socket to listen on as well."),
    .octal(
      "unixsocketperm", \.unixsocketperm, 0...0o777, traits: [.immutable],
      "Permissions of the unix socket, octal; 0 leaves what the umask gives."),
    .integer(
      "tcp-backlog", \.tcpBacklog, 0...Limit.int32, traits: [.immutable],
      "Length of the kernel's queue of connections not yet accepted."),
    .integer(
      "tcp-keepalive", \.tcpKeepalive, 0...Limit.int32,
      "Seconds of silence before the kernel probes a connection; 0 never probes."),
    .integer("timeout", \.timeout, 0...Limit.int32, "Seconds an idle client is kept; 0 keeps it for ever."),
    .integer(
      "maxclients", \.maxclients, 1...Limit.unsigned32, "Clients served at once; more are refused with an error."),
    .flag(
      "protected-mode", \.protectedMode, "Refuses clients from other machines while the default user has no password."),
    .integer(
      "socket-mark-id", \.socketMarkId, 0...Limit.unsigned32, traits: [.immutable], support: .inertOnly(),
      "Mark set on listening sockets for packet filters; 0 sets none."),
    .memory("proto-max-bulk-len", \.protoMaxBulkLen, (1 << 20)...Limit.int64, "Longest single argument of a request."),
    .memory(
      "client-query-buffer-limit", \.clientQueryBufferLimit, (1 << 20)...Limit.int64,
      "Unparsed input a client may have pending before it is closed."),
    .special(
      "client-output-buffer-limit", .outputBufferLimits,
      "Pending output past which a client is closed, by class: `<class> <hard> <soft> <soft seconds>` for normal, replica and pubsub."
    ),
    .memoryOrPercent(
      "maxmemory-clients", \.maxmemoryClients, -100...Limit.int64, support: .withoutEffect,
      "Memory all clients together may use before the greediest are closed; `N%` is a share of maxmemory, 0 is no limit."
    ),
  ]
}
