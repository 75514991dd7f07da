/// What the replies to the session's writes wait for: the disk, replicas, or what the server's directives say.
///
/// `GET` tells what is in force, by whomever it was chosen. Ringdove's own; the same rule as `write-barrier-fsync` and `write-barrier-replicas`, for one client.
enum ClientBarrier: Command {
  static let spec = CommandSpec(
    "barrier", of: "client", since: "7.2.4", group: .connection, arity: .atLeast(3),
    flags: [.noScript, .loading, .stale], categories: .connection,
    summary: "Chooses what the replies to this connection's writes wait for.",
    syntax: "<DEFAULT | GET | [FSYNC <ON | OFF>] [REPLICAS count]>")

  static func execute(_ call: inout Call) throws(CommandError) {
    if call.arguments.count == 3, call.arguments[2].equalsIgnoringCase("get") { return tell(&call) }
    let barrier = try barrier(call.arguments)
    if barrier?.syncs == true, !call.configuration.appendonly {
      throw .text("ERR CLIENT BARRIER FSYNC cannot be used when appendonly is disabled.")
    }
    call.chooseBarrier(barrier)
    call.reply.ok()
  }

  /// What is in force for this connection, and who chose it.
  private static func tell(_ call: inout Call) {
    let barrier = call.barrier(of: call.session)
    let isOwn = call.sessions[call.session].barrier != nil
    call.reply.map(3)
    call.reply.bulk("fsync")
    call.reply.bulk(barrier.syncs ? "on" : "off")
    call.reply.bulk("replicas")
    call.reply.integer(barrier.replicas)
    call.reply.bulk("chosen-by")
    call.reply.bulk(isOwn ? "client" : "server")
  }

  private static func barrier(_ arguments: Arguments) throws(CommandError) -> WriteBarrier? {
    if arguments.count == 3, arguments[2].equalsIgnoringCase("default") { return nil }
    guard arguments.count % 2 == 0 else { throw .syntax }
    var barrier = WriteBarrier()
    for index in stride(from: 2, to: arguments.count, by: 2) {
      let value = arguments[index + 1]
      if arguments[index].equalsIgnoringCase("fsync") {
        guard value.equalsIgnoringCase("on") || value.equalsIgnoringCase("off") else { throw .syntax }
        barrier.syncs = value.equalsIgnoringCase("on")
      } else if arguments[index].equalsIgnoringCase("replicas") {
        guard let count = value.parseInt64() else { throw .notInteger }
        guard let replicas = Int(exactly: count), 0...Int(Int32.max) ~= replicas else { throw .mustBePositive }
        barrier.replicas = replicas
      } else {
        throw .syntax
      }
    }
    return barrier
  }
}
