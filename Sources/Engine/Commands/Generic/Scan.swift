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

  struct Options {
    var pattern: Bytes?
    var count: Int64 = 10
    var type: Bytes?
  }

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let cursor = call.arguments[1].parseUInt64() else { throw .invalidCursor }
    let options = try options(call)
    var met = Slab<Entry>(capacity: 16)
    let next = visit(call, from: cursor, atLeast: options.count, &met)
    call.reply.array(2)
    NumberText(next).withBytes { call.reply.bulk($0) }
    let mark = call.reply.openAggregate()
    var count = 0
    for index in 0..<met.count {
      let entry = met[index]
      if let pattern = options.pattern, !Glob.matches(entry.key, pattern: pattern) { continue }
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

  private static func options(_ call: borrowing Call) throws(CommandError) -> Options {
    var options = Options()
    var index = 2
    while index < call.arguments.count {
      guard index + 1 < call.arguments.count else { throw .syntax }
      let value = call.arguments[index + 1]
      if call.arguments[index].equalsIgnoringCase("count") {
        options.count = try call.integer(at: index + 1)
        if options.count < 1 { throw .syntax }
      } else if call.arguments[index].equalsIgnoringCase("match") {
        options.pattern = value == Bytes("*") ? nil : value
      } else if call.arguments[index].equalsIgnoringCase("type") {
        options.type = value
      } else {
        throw .syntax
      }
      index += 2
    }
    return options
  }

  /// Collects at least `wanted` entries, unless the table ends or is mostly empty there.
  private static func visit(
    _ call: borrowing Call, from start: UInt64, atLeast wanted: Int64, _ met: inout Slab<Entry>
  ) -> UInt64 {
    var cursor = start
    var left = wanted.multipliedReportingOverflow(by: 10).overflow ? Int64.max : wanted * 10
    repeat {
      cursor = call.keyspace[call.database].table.scan(cursor: cursor) { met.append($0) }
      left -= 1
    } while cursor != 0 && left >= 0 && Int64(met.count) < wanted
    return cursor
  }
}
