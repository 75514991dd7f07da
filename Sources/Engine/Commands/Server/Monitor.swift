/// Sends the session every command that runs from now on.
enum Monitor: Command {
  static let spec = CommandSpec(
    "monitor", since: "1.0.0", group: .server, arity: .exactly(1), flags: [.admin, .noScript, .loading, .stale],
    complexity: "", summary: "Shows every request the server runs, as it runs.")

  static func execute(_ call: inout Call) throws(CommandError) {
    // A replica, and a session that monitors already, gets no reply at all.
    guard call.sessions[call.session].flags.isDisjoint(with: [.replica, .monitor]) else { return }
    guard !call.isInTransaction else { throw .text("ERR MONITOR isn't allowed for DENY BLOCKING client") }
    call.sessions.startMonitoring(call.session)
    call.reply.ok()
  }
}

extension Call {
  /// Tells all monitors of the request that just ran: encoded once, copied to each.
  ///
  ///     +1700000000.123456 [0 127.0.0.1:50123] "set" "key" "\x00"
  mutating func feedMonitors() {
    var line = ByteBuffer()
    line.append("+")
    line.append(decimal: now.unixSeconds)
    line.append(".")
    let fraction = now.unixMicroseconds % 1_000_000
    line.append(repeating: UInt8(ascii: "0"), count: 6 - DecimalInteger.count(fraction))
    line.append(decimal: fraction)
    line.append(" [")
    line.append(decimal: database)
    line.append(" ")
    if sessions[session].flags.contains(.unixSocket) {
      line.append("unix:")
      line.append(text: configuration.unixsocket)
    } else {
      line.append(text: sessions[session].origin.peer)
    }
    line.append("]")
    for index in 0..<arguments.count {
      line.append(" ")
      if redactions.contains(index) { line.append("\"(redacted)\"") } else { line.append(quoted: arguments[index]) }
    }
    line.append("\r\n")
    for monitor in sessions.monitors { write(to: monitor) { $0.raw(line.bytes) } }
  }
}
