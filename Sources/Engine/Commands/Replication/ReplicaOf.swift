/// Has the server follow a primary, or nobody.
enum ReplicaOf: Command {
  static let spec = CommandSpec(
    "replicaof", since: "5.0.0", group: .server, arity: .exactly(3),
    flags: [.admin, .noScript, .stale, .noAsyncLoading],
    summary: "Makes the server a replica of another, or a primary.", syntax: "<host port | NO ONE>")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard call.replication.failover == nil else { throw .text("ERR REPLICAOF not allowed while failing over.") }
    let host = call.arguments[1]
    if host.equalsIgnoringCase("no") && call.arguments[2].equalsIgnoringCase("one") {
      if call.isReplica {
        call.stopFollowing()
        call.logLine(.notice, "MASTER MODE enabled (user request from '\(call.clientDescription(call.session))')")
      }
      return call.reply.ok()
    }
    guard !call.sessions[call.session].flags.contains(.replica) else {
      throw .text("ERR Command is not valid when client is a replica.")
    }
    guard let port = call.arguments[2].parseInt64(), port >= 0, port <= 65535 else {
      throw .text("ERR Invalid master port")
    }
    let source = ReplicationSource(host: host.text, port: Int(port))
    guard !(call.configuration.replicaof?.isSame(as: source) ?? false) else {
      call.logLine(
        .notice,
        "REPLICAOF would result into synchronization with the master we are already connected with. No operation performed."
      )
      return call.reply.simple("OK Already connected to specified master")
    }
    call.follow(source)
    call.reply.ok()
  }
}

/// REPLICAOF under its older name.
enum SlaveOf: Command {
  static let spec = CommandSpec(
    "slaveof", since: "1.0.0", group: .server, arity: .exactly(3), flags: [.admin, .noScript, .stale, .noAsyncLoading],
    summary: "Makes the server a replica of another, or a primary.", syntax: "<host port | NO ONE>",
    deprecated: (since: "5.0.0", replacement: "`REPLICAOF`"))

  static func execute(_ call: inout Call) throws(CommandError) { try ReplicaOf.execute(&call) }
}

/// Tells the server's part in replication, as data.
enum Role: Command {
  static let spec = CommandSpec(
    "role", since: "2.8.12", group: .server, arity: .exactly(1), flags: [.noScript, .loading, .stale, .fast],
    categories: [.admin, .dangerous],
    summary: "Returns the server's part in replication.")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let source = call.configuration.replicaof else { return describePrimary(&call) }
    call.reply.array(5)
    call.reply.bulk("slave")
    call.reply.bulk(source.host)
    call.reply.integer(source.port)
    call.reply.bulk(stageName(call.replication.link.stage))
    call.reply.integer(call.replication.link.isUp ? call.log.end : -1)
  }

  private static func describePrimary(_ call: inout Call) {
    call.reply.array(3)
    call.reply.bulk("master")
    call.reply.integer(call.log.end)
    let online = call.replication.replicas.filter { call.sessions[$0].replica?.stage == .online }
    call.reply.array(online.count)
    for handle in online {
      call.reply.array(3)
      call.reply.bulk(call.replicaAddress(handle))
      call.reply.bulk(integer: Int64(call.sessions[handle].replica?.listeningPort ?? 0))
      call.reply.bulk(integer: call.sessions[handle].replica?.acknowledgedOffset ?? 0)
    }
  }

  private static func stageName(_ stage: PrimaryLink.Stage) -> StaticString {
    switch stage {
    case .none: "none"
    case .waiting: "connect"
    case .connecting: "connecting"
    case .handshake: "handshake"
    case .payloadHeader, .payload, .loading: "sync"
    case .streaming: "connected"
    }
  }
}
