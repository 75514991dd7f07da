// Client-side caching is not there yet: these commands say so, and answer what is true without it.

/// Switches tracking of the keys that the session reads.
enum ClientTracking: Command {
  static let spec = CommandSpec(
    "tracking", of: "client", since: "6.0.0", group: .connection, arity: .atLeast(3),
    flags: [.noScript, .loading, .stale], categories: .connection,
    complexity: "O(1). Some options may introduce additional complexity.",
    summary: "Switches the server's part in client-side caching.",
    syntax: """
      <ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN] [OPTOUT] [NOLOOP]
      """)

  static func execute(_ call: inout Call) throws(CommandError) {
    if call.arguments[2].equalsIgnoringCase("off") { return call.reply.ok() }
    guard call.arguments[2].equalsIgnoringCase("on") else { throw .syntax }
    throw .text("ERR client-side caching is not supported yet")
  }
}

/// Whether the next command's keys are tracked.
enum ClientCaching: Command {
  static let spec = CommandSpec(
    "caching", of: "client", since: "6.0.0", group: .connection, arity: .exactly(3),
    flags: [.noScript, .loading, .stale], categories: .connection,
    summary: "Chooses whether the next command's keys are tracked.", syntax: "<YES | NO>")

  static func execute(_ call: inout Call) throws(CommandError) {
    throw .text(
      "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled")
  }
}

/// Answers the number of the session that tracking messages go to; -1 without tracking.
enum ClientGetRedirection: Command {
  static let spec = CommandSpec(
    "getredir", of: "client", since: "6.0.0", group: .connection, arity: .exactly(2),
    flags: [.noScript, .loading, .stale], categories: .connection,
    summary: "Returns the number of the client that tracking messages go to.")

  static func execute(_ call: inout Call) throws(CommandError) { call.reply.integer(-1) }
}

/// Answers how the session's reads are tracked.
enum ClientTrackingInfo: Command {
  static let spec = CommandSpec(
    "trackinginfo", of: "client", since: "6.2.0", group: .connection, arity: .exactly(2),
    flags: [.noScript, .loading, .stale], categories: .connection,
    summary: "Describes the connection's tracking of keys.")

  static func execute(_ call: inout Call) throws(CommandError) {
    call.reply.map(3)
    call.reply.bulk("flags")
    call.reply.set(1)
    call.reply.bulk("off")
    call.reply.bulk("redirect")
    call.reply.integer(-1)
    call.reply.bulk("prefixes")
    call.reply.array(0)
  }
}
