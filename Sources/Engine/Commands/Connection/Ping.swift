/// Answers PONG, or the argument.
enum Ping: Command {
  static let spec = CommandSpec(
    "ping", since: "1.0.0", group: .connection, arity: .atLeast(1), flags: [.fast, .servesSubscribers],
    summary: "Tells whether the server is alive.", syntax: "[message]",
    tips: ["request_policy:all_shards", "response_policy:all_succeeded"])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard call.arguments.count <= 2 else { throw .wrongArgumentCount("ping") }
    if call.sessions[call.session].flags.contains(.subscriber), call.reply.version == 2 {
      call.reply.array(2)
      call.reply.bulk("pong")
      return call.reply.bulk(call.arguments.count == 2 ? call.arguments[1] : Bytes())
    }
    if call.arguments.count == 2 { call.reply.bulk(call.arguments[1]) } else { call.reply.simple("PONG") }
  }
}

/// Answers its argument.
enum Echo: Command {
  static let spec = CommandSpec(
    "echo", since: "1.0.0", group: .connection, arity: .exactly(2), flags: [.loading, .stale, .fast],
    summary: "Returns the message it is given.", syntax: "message")

  static func execute(_ call: inout Call) throws(CommandError) { call.reply.bulk(call.arguments[1]) }
}

/// Changes the session's database.
enum Select: Command {
  static let spec = CommandSpec(
    "select", since: "1.0.0", group: .connection, arity: .exactly(2), flags: [.loading, .stale, .fast],
    summary: "Changes the connection's database.", syntax: "index")

  static func execute(_ call: inout Call) throws(CommandError) {
    let index = try call.databaseNumber(at: 1)
    call.database = index
    call.sessions[call.session].database = index
    call.reply.ok()
  }
}
