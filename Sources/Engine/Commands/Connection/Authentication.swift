/// Authenticates the session, as the user `default` or as the one named.
enum Auth: Command {
  static let spec = CommandSpec(
    "auth", since: "1.0.0", group: .connection, arity: .atLeast(2),
    flags: [.noScript, .loading, .stale, .fast, .noAuthentication, .allowBusy],
    complexity: "O(N) where N is the number of passwords defined for the user",
    summary: "Identifies the client by a password.", syntax: "[username] password",
    history: [("6.0.0", "Added ACL style (username and password).")])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard call.arguments.count <= 3 else { throw .syntax }
    call.redact(1)
    if call.arguments.count == 2 {
      guard !call.configuration.requirepass.isEmpty else { throw .noPasswordConfigured }
      try call.authenticate(user: "default", password: call.arguments[1])
    } else {
      call.redact(2)
      try call.authenticate(user: call.arguments[1], password: call.arguments[2])
    }
    call.reply.ok()
  }
}

/// Chooses the protocol version, and may authenticate and name the session on the way.
enum Hello: Command {
  static let spec = CommandSpec(
    "hello", since: "6.0.0", group: .connection, arity: .atLeast(1),
    flags: [.noScript, .loading, .stale, .fast, .noAuthentication, .allowBusy],
    summary: "Greets the server and agrees on the protocol version.",
    syntax: "[protover [AUTH username password] [SETNAME clientname]]",
    history: [
      (
        "6.2.0",
        "`protover` made optional; when called without arguments the command reports the current connection's context."
      )
    ])

  static func execute(_ call: inout Call) throws(CommandError) {
    var version = 0
    if call.arguments.count >= 2 {
      guard let wanted = call.arguments[1].parseInt64() else {
        throw .text("ERR Protocol version is not an integer or out of range")
      }
      guard wanted == 2 || wanted == 3 else { throw .text("NOPROTO unsupported protocol version") }
      version = Int(wanted)
    }
    let options = try parseOptions(&call)
    if let index = options.user {
      try call.authenticate(user: call.arguments[index], password: call.arguments[index + 1])
    }
    guard call.sessions[call.session].flags.contains(.authenticated) else {
      throw .text(
        """
        NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> \
        <pass> option can be used to authenticate the client and select the RESP protocol version at the same time
        """)
    }
    if let index = options.name { call.sessions[call.session].name = call.arguments[index].array }
    if version > 0 {
      call.sessions[call.session].protocolVersion = version
      call.reply.version = version
    }
    reportConnection(&call)
  }

  /// Where the options' values are among the arguments.
  private static func parseOptions(_ call: inout Call) throws(CommandError) -> (user: Int?, name: Int?) {
    var user: Int?
    var name: Int?
    var index = 2
    while index < call.arguments.count {
      let option = call.arguments[index]
      let following = call.arguments.count - 1 - index
      if option.equalsIgnoringCase("auth"), following >= 2 {
        call.redact(index + 1)
        call.redact(index + 2)
        user = index + 1
        index += 3
      } else if option.equalsIgnoringCase("setname"), following >= 1 {
        guard call.arguments[index + 1].isValidClientAttribute else { throw .invalidClientName }
        name = index + 1
        index += 2
      } else {
        throw .composed("ERR Syntax error in HELLO option '\(option.text)'")
      }
    }
    return (user, name)
  }

  private static func reportConnection(_ call: inout Call) {
    let id = Int64(call.sessions[call.session].id)
    call.reply.map(7)
    call.reply.bulk("server")
    call.reply.bulk("redis")
    call.reply.bulk("version")
    call.reply.bulk("7.2.4")
    call.reply.bulk("proto")
    call.reply.integer(call.sessions[call.session].protocolVersion)
    call.reply.bulk("id")
    call.reply.integer(id)
    call.reply.bulk("mode")
    call.reply.bulk("standalone")
    call.reply.bulk("role")
    call.reply.bulk(call.isReplica ? "replica" : "master")
    call.reply.bulk("modules")
    call.reply.array(0)
  }
}

extension Call {
  /// Makes the session one of `user`'s.
  ///
  /// There is one user so far: `default`, whose password is `requirepass`; without one, any password will do.
  /// - Throws: `WRONGPASS`, whatever was wrong.
  mutating func authenticate(user: Bytes, password: Bytes) throws(CommandError) {
    let isKnown = user == Bytes("default")
    let wanted = configuration.requirepass
    guard isKnown, wanted.isEmpty || password.isSecret(wanted) else {
      statistics.deniedAuthentications += 1
      throw .text("WRONGPASS invalid username-password pair or user is disabled.")
    }
    sessions[session].user = user.array
    sessions[session].flags.insert(.authenticated)
  }

  /// `authenticate` with a user's name known beforehand.
  mutating func authenticate(user: StaticString, password: Bytes) throws(CommandError) {
    try authenticate(user: Bytes(user), password: password)
  }

  /// Whether the session must authenticate before it may go on.
  func mustAuthenticate(_ handle: SessionHandle) -> Bool {
    !sessions[handle].flags.contains(.authenticated) && !configuration.requirepass.isEmpty
  }
}

extension Bytes {
  /// Whether the bytes are `secret`. Takes as long wherever the two differ, so that time tells nothing.
  fileprivate func isSecret(_ secret: [UInt8]) -> Bool {
    var difference: UInt8 = count == secret.count ? 0 : 1
    for index in 0..<count { difference |= self[index] ^ secret[index % secret.count] }
    return difference == 0
  }
}
