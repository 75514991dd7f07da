/// Has the requests of all clients wait for a while: all of them, or those that may change something.
enum ClientPause: Command {
  static let spec = CommandSpec(
    "pause", of: "client", since: "3.0.0", group: .connection, arity: .atLeast(3),
    flags: [.admin, .noScript, .loading, .stale], categories: .connection,
    summary: "Holds back the commands of all clients for a while.", syntax: "timeout [WRITE | ALL]",
    history: [("6.2.0", "`CLIENT PAUSE WRITE` mode added along with the `mode` option.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard call.arguments.count <= 4 else { throw .subcommandSyntax(call.arguments[1], of: "client") }
    var extent = Pause.Extent.everything
    if call.arguments.count == 4 {
      if call.arguments[3].equalsIgnoringCase("write") {
        extent = .writes
      } else if !call.arguments[3].equalsIgnoringCase("all") {
        throw .text("ERR CLIENT PAUSE mode must be WRITE or ALL")
      }
    }
    guard let timeout = call.arguments[2].parseInt64() else {
      throw .text("ERR timeout is not an integer or out of range")
    }
    guard timeout >= 0 else { throw .text("ERR timeout is negative") }
    let (end, isTooLate) = call.now.unixMilliseconds.addingReportingOverflow(timeout)
    guard !isTooLate else { throw .text("ERR timeout is out of range") }
    call.pause.begin(extent, until: end, now: call.now)
    call.reply.ok()
  }
}

/// Ends a pause of clients.
enum ClientUnpause: Command {
  static let spec = CommandSpec(
    "unpause", of: "client", since: "6.2.0", group: .connection, arity: .exactly(2),
    flags: [.admin, .noScript, .loading, .stale], categories: .connection,
    complexity: "O(N) Where N is the number of paused clients", summary: "Lets paused clients go on.")

  static func execute(_ call: inout Call) throws(CommandError) {
    call.endPause()
    call.reply.ok()
  }
}

/// Has a client that waits in a blocking command go on, as if its time were over or with an error.
///
/// A client that waits for the end of a pause is not waiting in this sense.
enum ClientUnblock: Command {
  static let spec = CommandSpec(
    "unblock", of: "client", since: "5.0.0", group: .connection, arity: .atLeast(3),
    flags: [.admin, .noScript, .loading, .stale], categories: .connection,
    complexity: "O(log N) where N is the number of client connections",
    summary: "Ends the waiting of a client that a blocking command holds.", syntax: "client-id [TIMEOUT | ERROR]")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard call.arguments.count <= 4 else { throw .subcommandSyntax(call.arguments[1], of: "client") }
    var withError = false
    if call.arguments.count == 4 {
      withError = call.arguments[3].equalsIgnoringCase("error")
      guard withError || call.arguments[3].equalsIgnoringCase("timeout") else {
        throw .text("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")
      }
    }
    guard let id = call.arguments[2].parseInt64() else { throw .notInteger }
    let target = id > 0 ? call.sessions.handle(id: UInt64(id)) : nil
    let wasWaiting = target.map { call.endWaiting($0, withError: withError) } ?? false
    call.reply.integer(wasWaiting ? 1 : 0)
  }
}
