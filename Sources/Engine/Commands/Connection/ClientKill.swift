/// Ends connections: the one made from an address, or all that fit every filter.
enum ClientKill: Command {
  static let spec = CommandSpec(
    "kill", of: "client", since: "2.4.0", group: .connection, arity: .atLeast(3),
    flags: [.admin, .noScript, .loading, .stale], categories: .connection,
    complexity: "O(N) where N is the number of client connections", summary: "Ends open connections.",
    syntax: """
      <ip:port | <[ID client-id] | [TYPE <NORMAL | MASTER | SLAVE | REPLICA | PUBSUB>] | [USER username] | \
      [ADDR ip:port] | [LADDR ip:port] | [SKIPME <YES | NO>] | [MAXAGE maxage]> ...>
      """,
    history: [
      ("2.8.12", "Added new filter format."),
      ("2.8.12", "`ID` option."),
      ("3.2.0", "Added `master` type in for `TYPE` option."),
      ("5.0.0", "Replaced `slave` `TYPE` with `replica`. `slave` still supported for backward compatibility."),
      ("6.2.0", "`LADDR` option."),
    ])

  /// What a connection must be to be ended.
  private struct Filter {
    var id: UInt64?
    var address: String?
    var localAddress: String?
    var clientClass: ClientClass?
    var user: [UInt8]?
    /// Seconds the connection must at least have lasted.
    var leastAge: Int64 = 0
    var sparesCaller = true

    func fits(_ session: borrowing Session, now: Instant) -> Bool {
      if let id, session.id != id { return false }
      if let address, session.origin.peer != address { return false }
      if let localAddress, session.origin.local != localAddress { return false }
      if let clientClass, session.clientClass != clientClass { return false }
      if let user, session.user != user { return false }
      return now.unixSeconds - session.connectedAt / 1_000_000 >= leastAge
    }
  }

  static func execute(_ call: inout Call) throws(CommandError) {
    let isOldForm = call.arguments.count == 3
    var filter = Filter()
    if isOldForm {
      filter.address = call.arguments[2].text
      filter.sparesCaller = false
    } else {
      filter = try parseFilter(call.arguments)
    }
    var killed = 0
    var endsCaller = false
    for handle in call.sessions.handles {
      guard filter.fits(call.sessions[handle], now: call.now) else { continue }
      if handle == call.session {
        if filter.sparesCaller { continue }
        endsCaller = true
      } else {
        call.cutOff(handle)
      }
      killed += 1
    }
    if !isOldForm {
      call.reply.integer(killed)
    } else if killed > 0 {
      call.reply.ok()
    } else {
      throw .text("ERR No such client")
    }
    // Not before the reply was written.
    if endsCaller { call.close(call.session) }
  }

  private static func parseFilter(_ arguments: Arguments) throws(CommandError) -> Filter {
    var filter = Filter()
    var index = 2
    while index < arguments.count {
      guard index + 1 < arguments.count else { throw .syntax }
      let value = arguments[index + 1]
      switch arguments[index] {
      case let option where option.equalsIgnoringCase("id"):
        guard let id = value.parseInt64(), id > 0 else { throw .text("ERR client-id should be greater than 0") }
        filter.id = UInt64(id)
      case let option where option.equalsIgnoringCase("maxage"):
        guard let age = value.parseInt64() else { throw .text("ERR maxage is not an integer or out of range") }
        guard age > 0 else { throw .text("ERR maxage should be greater than 0") }
        filter.leastAge = age
      case let option where option.equalsIgnoringCase("type"):
        guard let wanted = ClientClass(value) else { throw .unknownClientType(value) }
        filter.clientClass = wanted
      case let option where option.equalsIgnoringCase("addr"): filter.address = value.text
      case let option where option.equalsIgnoringCase("laddr"): filter.localAddress = value.text
      case let option where option.equalsIgnoringCase("user"):
        guard value == Bytes("default") else { throw .composed("ERR No such user '\(value.text)'") }
        filter.user = value.array
      case let option where option.equalsIgnoringCase("skipme"):
        filter.sparesCaller = value.equalsIgnoringCase("yes")
        guard filter.sparesCaller || value.equalsIgnoringCase("no") else { throw .syntax }
      default: throw .syntax
      }
      index += 2
    }
    return filter
  }
}
