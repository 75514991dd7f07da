/// Whether the session's commands are answered from now on, or the next one is not.
enum ClientReply: Command {
  static let spec = CommandSpec(
    "reply", of: "client", since: "3.2.0", group: .connection, arity: .exactly(3),
    flags: [.noScript, .loading, .stale], categories: .connection,
    summary: "Chooses whether commands are answered.", syntax: "<ON | OFF | SKIP>")

  static func execute(_ call: inout Call) throws(CommandError) {
    let session = call.session
    let mode = call.arguments[2]
    if mode.equalsIgnoringCase("on") {
      call.sessions[session].flags.subtract([.repliesOff, .skipReply])
      call.reply.isMuted = false
      call.reply.ok()
    } else if mode.equalsIgnoringCase("off") {
      call.sessions[session].flags.insert(.repliesOff)
      call.reply.isMuted = true
    } else if mode.equalsIgnoringCase("skip") {
      if !call.sessions[session].flags.contains(.repliesOff) { call.sessions[session].flags.insert(.skipNextReply) }
    } else {
      throw .syntax
    }
  }
}

/// Whether the session is spared when clients are evicted for memory.
enum ClientNoEvict: Command {
  static let spec = CommandSpec(
    "no-evict", of: "client", since: "7.0.0", group: .connection, arity: .exactly(3),
    flags: [.admin, .noScript, .loading, .stale], categories: .connection,
    summary: "Chooses whether the connection may be evicted.", syntax: "<ON | OFF>")

  static func execute(_ call: inout Call) throws(CommandError) { try call.switchFlag(.noEvict, call.arguments[2]) }
}

/// Whether the session's commands leave the keys' time and frequency of use as they are.
enum ClientNoTouch: Command {
  static let spec = CommandSpec(
    "no-touch", of: "client", since: "7.2.0", group: .connection, arity: .exactly(3),
    flags: [.noScript, .loading, .stale], categories: .connection,
    summary: "Chooses whether commands mark the keys they use as used.", syntax: "<ON | OFF>")

  static func execute(_ call: inout Call) throws(CommandError) { try call.switchFlag(.noTouch, call.arguments[2]) }
}

extension Call {
  fileprivate mutating func switchFlag(_ flag: Session.Flags, _ word: Bytes) throws(CommandError) {
    if word.equalsIgnoringCase("on") {
      sessions[session].flags.insert(flag)
    } else if word.equalsIgnoringCase("off") {
      sessions[session].flags.remove(flag)
    } else {
      throw .syntax
    }
    reply.ok()
  }
}
