/// Tells the server's time.
enum Time: Command {
  static let spec = CommandSpec(
    "time", since: "2.6.0", group: .server, arity: .exactly(1), flags: [.loading, .stale, .fast],
    summary: "Tells the server's time, in seconds and microseconds.", tips: ["nondeterministic_output"])

  static func execute(_ call: inout Call) throws(CommandError) {
    call.reply.array(2)
    call.reply.bulk(integer: call.now.unixSeconds)
    call.reply.bulk(integer: call.now.unixMicroseconds % 1_000_000)
  }
}
