/// Waits until so many replicas have what the session wrote.
enum Wait: Command {
  static let spec = CommandSpec(
    "wait", since: "3.0.0", group: .generic, arity: .exactly(3), categories: [.connection], complexity: "O(1)",
    summary: "Waits until the writes of this connection have reached a number of replicas.",
    syntax: "numreplicas timeout", tips: ["request_policy:all_shards", "response_policy:agg_min"])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard !call.isReplica else {
      throw .text(
        "ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is configured to be writable (which is not the default) writes to replicas are just local and are not propagated."
      )
    }
    guard let replicas = call.arguments[1].parseInt64() else { throw .notInteger }
    guard let timeout = call.arguments[2].parseInt64() else {
      throw .text("ERR timeout is not an integer or out of range")
    }
    guard timeout >= 0 else { throw .text("ERR timeout is negative") }
    let offset = call.sessions[call.session].writeOffset
    let acknowledged = call.replicasThatAcknowledged(offset)
    guard acknowledged < replicas, !call.isInTransaction else { return call.reply.integer(acknowledged) }
    let (span, isTooLong) = timeout.multipliedReportingOverflow(by: 1000)
    let (deadline, isTooFar) = call.now.monotonicMicroseconds.addingReportingOverflow(span)
    guard !isTooLong, !isTooFar else { throw .text("ERR timeout is out of range") }
    call.sessions.setBlocked(call.session, true)
    call.replication.waiting.append(
      ReplicationWait(
        session: call.session, offset: offset, replicas: replicas,
        deadline: timeout == 0 ? nil : deadline))
    call.replication.wantsAcknowledgement = true
  }
}
