/// Has a primary change parts with one of its replicas, without losing a write.
enum FailoverCommand: Command {
  static let spec = CommandSpec(
    "failover", since: "6.2.0", group: .server, arity: .atLeast(1), flags: [.admin, .noScript, .stale],
    complexity: "O(1)", summary: "Starts a coordinated failover from this server to one of its replicas.",
    syntax: "[TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds]")

  static func execute(_ call: inout Call) throws(CommandError) {
    if call.arguments.count == 2, call.arguments[1].equalsIgnoringCase("abort") {
      guard call.replication.failover != nil else { throw .text("ERR No failover in progress.") }
      call.abortFailover("Failover manually aborted")
      return call.reply.ok()
    }
    let failover = try parse(call)
    guard call.replication.failover == nil else { throw .text("ERR FAILOVER already in progress.") }
    guard !call.isReplica else { throw .text("ERR FAILOVER is not valid when server is a replica.") }
    guard !call.replication.replicas.isEmpty else { throw .text("ERR FAILOVER requires connected replicas.") }
    guard !failover.isForced || failover.deadline != nil && failover.target != nil else {
      throw .text("ERR FAILOVER with force option requires both a timeout and target HOST and IP.")
    }
    if let target = failover.target {
      guard let replica = call.replica(at: target) else {
        throw .text("ERR FAILOVER target HOST and PORT is not a replica.")
      }
      guard call.sessions[replica].replica?.stage == .online else {
        throw .text("ERR FAILOVER target replica is not online.")
      }
    }
    call.beginFailover(failover)
    call.reply.ok()
  }

  private static func parse(_ call: borrowing Call) throws(CommandError) -> Failover {
    var failover = Failover()
    var index = 1
    while index < call.arguments.count {
      let word = call.arguments[index]
      let left = call.arguments.count - index - 1
      if word.equalsIgnoringCase("timeout"), left >= 1, failover.deadline == nil {
        guard let milliseconds = call.arguments[index + 1].parseInt64() else { throw .notInteger }
        guard milliseconds > 0 else { throw .text("ERR FAILOVER timeout must be greater than 0") }
        // Longer than anybody waits is for ever.
        let (span, isTooLong) = milliseconds.multipliedReportingOverflow(by: 1000)
        let (end, isTooFar) = call.now.monotonicMicroseconds.addingReportingOverflow(span)
        failover.deadline = isTooLong || isTooFar ? .max : end
        index += 2
      } else if word.equalsIgnoringCase("to"), left >= 2, failover.target == nil {
        guard let port = call.arguments[index + 2].parseInt64() else { throw .notInteger }
        failover.target = ReplicationSource(
          host: call.arguments[index + 1].text, port: Int(exactly: port) ?? -1)
        index += 3
      } else if word.equalsIgnoringCase("force"), !failover.isForced {
        failover.isForced = true
        index += 1
      } else {
        throw .syntax
      }
    }
    return failover
  }
}
