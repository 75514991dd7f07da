/// Lists keys a few at a time.
///
/// What is in the database from the first call to the last is listed, at least once. Buckets are visited whole, so a
/// call may list more than COUNT keys.
enum Scan: Command {
  static let spec = CommandSpec(
    "scan", since: "2.8.0", group: .generic, arity: .atLeast(2), flags: [.readOnly, .touchesArbitraryKeys],
    categories: [.keyspace], complexity: "O(1) for a call, O(N) for all until the cursor is 0 again",
    summary: "Lists the database's keys a few at a time.",
    syntax: "cursor [MATCH pattern] [COUNT count] [TYPE type]",
    tips: ["nondeterministic_output", "request_policy:special", "response_policy:special"],
    history: [("6.0.0", "Added the `TYPE` subcommand.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let cursor = call.arguments[1].parseUInt64() else { throw .invalidCursor }
    let options = try ScanOptions(call.arguments, from: 2, allowing: .type)
    var met = Slab<Entry>(capacity: 16)
    let next = options.walk(from: cursor) { position in
      let before = met.count
      let next = call.keyspace[call.database].table.scan(cursor: position) { met.append($0) }
      return (next, met.count - before)
    }
    call.reply.array(2)
    NumberText(next).withBytes { call.reply.bulk($0) }
    let mark = call.reply.openAggregate()
    var count = 0
    for index in 0..<met.count {
      let entry = met[index]
      guard options.matches(entry.key) else { continue }
      if call.isExpired(entry) {
        if call.mayExpire { call.expire(entry, hash: call.keyspace.hash(entry.key), in: call.database) }
        continue
      }
      if let type = options.type, !type.equalsIgnoringCase(entry.type.name) { continue }
      call.reply.bulk(entry.key)
      count += 1
    }
    call.reply.close(mark, array: count)
  }
}
