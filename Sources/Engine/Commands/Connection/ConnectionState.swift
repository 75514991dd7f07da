/// Answers OK and closes the connection. What follows in the same pipeline is not run.
enum Quit: Command {
  static let spec = CommandSpec(
    "quit", since: "1.0.0", group: .connection, arity: .atLeast(1),
    flags: [.allowBusy, .noScript, .loading, .stale, .fast, .noAuthentication, .neverQueued, .servesSubscribers],
    summary: "Ends the connection.", deprecated: ("7.2.0", "just closing the connection"))

  static func execute(_ call: inout Call) throws(CommandError) {
    call.reply.ok()
    call.close(call.session)
  }
}

/// Puts the session back into the state of a new one; only what the client's library said of itself stays.
enum Reset: Command {
  static let spec = CommandSpec(
    "reset", since: "6.2.0", group: .connection, arity: .exactly(1),
    flags: [
      .noScript, .loading, .stale, .fast, .noAuthentication, .allowBusy, .neverQueued, .servesSubscribers,
    ],
    summary: "Returns the connection to its first state.")

  static func execute(_ call: inout Call) throws(CommandError) {
    let session = call.session
    guard call.sessions[session].flags.isDisjoint(with: [.replica, .primary]) else {
      throw .text("ERR can only reset normal client connections")
    }
    call.sessions.stopMonitoring(session)
    call.forgetInterests(of: session)
    if call.sessions[session].barrier != nil { call.chooseBarrier(nil) }
    call.sessions[session].flags.subtract([.repliesOff, .skipReply, .skipNextReply, .noEvict, .noTouch, .readOnly])
    if !call.configuration.requirepass.isEmpty { call.sessions[session].flags.remove(.authenticated) }
    call.sessions[session].user = Array("default".utf8)
    call.sessions[session].name = []
    call.sessions[session].database = 0
    call.database = 0
    call.sessions[session].protocolVersion = 2
    call.reply.version = 2
    call.reply.isMuted = false
    call.reply.simple("RESET")
  }
}
