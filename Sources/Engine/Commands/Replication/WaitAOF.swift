/// Waits until the disk of this server, and of so many replicas, has what the session wrote.
enum WaitAOF: Command {
  static let spec = CommandSpec(
    "waitaof", since: "7.2.0", group: .generic, arity: .exactly(4), flags: [.noScript], categories: [.connection],
    complexity: "O(1)",
    summary: "Waits until the writes of this connection are on the disk here, at a number of replicas, or both.",
    syntax: "numlocal numreplicas timeout", tips: ["request_policy:all_shards", "response_policy:agg_min"])

  static func execute(_ call: inout Call) throws(CommandError) {
    let local = try call.integer(at: 1, in: 0...1)
    let replicas = try call.integer(at: 2, in: 0...Int64.max)
    let deadline = try call.deadline(milliseconds: 3)
    guard !call.isReplica else {
      throw .text(
        "ERR WAITAOF cannot be used with replica instances. Please also note that writes to replicas are just local and are not propagated."
      )
    }
    guard local == 0 || call.configuration.appendonly else {
      throw .text(Call.noAppendOnlyFile)
    }
    let wait = ReplicationWait(
      session: call.session, offset: call.sessions[call.session].writeOffset, replicas: replicas, deadline: deadline,
      kind: .disks(local: local == 1))
    guard !call.isOver(wait), !call.isInTransaction else { return call.answerWait(wait, error: nil) }
    call.sessions.setBlocked(call.session, true)
    call.replication.waiting.append(wait)
    if replicas > 0 { call.replication.wantsAcknowledgement = true }
  }
}

extension Call {
  /// An integer argument within bounds.
  fileprivate func integer(at index: Int, in range: ClosedRange<Int64>) throws(CommandError) -> Int64 {
    guard let value = arguments[index].parseInt64() else { throw .notInteger }
    guard range.contains(value) else {
      if range.upperBound == .max { throw .mustBePositive }
      throw .composed("ERR value is out of range, must be between \(range.lowerBound) and \(range.upperBound)")
    }
    return value
  }
}
