/// Answers the session's number, unique since the server started.
enum ClientID: Command {
  static let spec = CommandSpec(
    "id", of: "client", since: "5.0.0", group: .connection, arity: .exactly(2), flags: [.noScript, .loading, .stale],
    categories: .connection, summary: "Returns the connection's number.")

  static func execute(_ call: inout Call) throws(CommandError) {
    call.reply.integer(Int64(call.sessions[call.session].id))
  }
}

/// Answers the session's own line of CLIENT LIST.
enum ClientInfo: Command {
  static let spec = CommandSpec(
    "info", of: "client", since: "6.2.0", group: .connection, arity: .exactly(2),
    flags: [.noScript, .loading, .stale], categories: .connection, summary: "Describes the connection.",
    tips: ["nondeterministic_output"])

  static func execute(_ call: inout Call) throws(CommandError) {
    call.reply.verbatim(call.description(of: call.session) + "\n")
  }
}

/// Answers a line for each session, or for those of a type or with certain numbers.
enum ClientList: Command {
  static let spec = CommandSpec(
    "list", of: "client", since: "2.4.0", group: .connection, arity: .atLeast(2),
    flags: [.admin, .noScript, .loading, .stale], categories: .connection,
    complexity: "O(N) where N is the number of client connections", summary: "Describes the open connections.",
    syntax: "[TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [ID client-id [client-id ...]]",
    tips: ["nondeterministic_output"],
    history: [
      ("2.8.12", "Added unique client `id` field."),
      ("5.0.0", "Added optional `TYPE` filter."),
      ("6.0.0", "Added `user` field."),
      ("6.2.0", "Added `argv-mem`, `tot-mem`, `laddr` and `redir` fields and the optional `ID` filter."),
      ("7.0.0", "Added `resp`, `multi-mem`, `rbs` and `rbp` fields."),
      ("7.0.3", "Added `ssub` field."),
    ])

  static func execute(_ call: inout Call) throws(CommandError) {
    var text = ByteBuffer()
    for handle in try chosenSessions(call) {
      call.describe(handle, into: &text)
      text.append("\n")
    }
    call.reply.verbatim(text.text)
  }

  private static func chosenSessions(_ call: borrowing Call) throws(CommandError) -> [SessionHandle] {
    let count = call.arguments.count
    if count == 2 { return call.sessions.handles }
    if count == 4, call.arguments[2].equalsIgnoringCase("type") {
      guard let wanted = ClientClass(call.arguments[3]) else { throw .unknownClientType(call.arguments[3]) }
      return call.sessions.handles.filter { call.sessions[$0].clientClass == wanted }
    }
    guard count > 3, call.arguments[2].equalsIgnoringCase("id") else { throw .syntax }
    var chosen: [SessionHandle] = []
    for index in 3..<count {
      guard let id = call.arguments[index].parseInt64() else { throw .text("ERR Invalid client ID") }
      if id > 0, let handle = call.sessions.handle(id: UInt64(id)) { chosen.append(handle) }
    }
    return chosen
  }
}

/// Answers the session's name, or null.
enum ClientGetName: Command {
  static let spec = CommandSpec(
    "getname", of: "client", since: "2.6.9", group: .connection, arity: .exactly(2),
    flags: [.noScript, .loading, .stale], categories: .connection, summary: "Returns the connection's name.")

  static func execute(_ call: inout Call) throws(CommandError) {
    let name = call.sessions[call.session].name
    if name.isEmpty { call.reply.null() } else { call.reply.bulk(name) }
  }
}

/// Names the session; an empty name takes the name away.
enum ClientSetName: Command {
  static let spec = CommandSpec(
    "setname", of: "client", since: "2.6.9", group: .connection, arity: .exactly(3),
    flags: [.noScript, .loading, .stale], categories: .connection, summary: "Names the connection.",
    syntax: "connection-name", tips: ["request_policy:all_nodes", "response_policy:all_succeeded"])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard call.arguments[2].isValidClientAttribute else { throw .invalidClientName }
    call.sessions[call.session].name = call.arguments[2].array
    call.reply.ok()
  }
}

/// Notes which library the client uses.
enum ClientSetInfo: Command {
  static let spec = CommandSpec(
    "setinfo", of: "client", since: "7.2.0", group: .connection, arity: .exactly(4),
    flags: [.noScript, .loading, .stale], categories: .connection, summary: "Says what the client is.",
    syntax: "<LIB-NAME libname | LIB-VER libver>",
    tips: ["request_policy:all_nodes", "response_policy:all_succeeded"])

  static func execute(_ call: inout Call) throws(CommandError) {
    let attribute = call.arguments[2]
    let isName = attribute.equalsIgnoringCase("lib-name")
    guard isName || attribute.equalsIgnoringCase("lib-ver") else {
      throw .composed("ERR Unrecognized option '\(attribute.text)'")
    }
    guard call.arguments[3].isValidClientAttribute else {
      throw .composed("ERR \(attribute.text) cannot contain spaces, newlines or special characters.")
    }
    let value = call.arguments[3].array
    if isName {
      call.sessions[call.session].libraryName = value
    } else {
      call.sessions[call.session].libraryVersion = value
    }
    call.reply.ok()
  }
}

extension Bytes {
  /// Whether the bytes may stand in CLIENT LIST: visible ASCII without blanks, so that its lines can be split.
  var isValidClientAttribute: Bool {
    for index in 0..<count where self[index] < 0x21 || self[index] > 0x7E { return false }
    return true
  }
}

extension CommandError {
  static func unknownClientType(_ name: Bytes) -> CommandError {
    .composed("ERR Unknown client type '\(name.text)'")
  }
}
