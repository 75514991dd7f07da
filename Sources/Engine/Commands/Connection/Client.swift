/// The container of what concerns connections.
enum Client: Command {
  static let spec = CommandSpec(
    "client", since: "2.4.0", group: .connection, arity: .atLeast(2), complexity: "Depends on subcommand.",
    summary: "Holds the commands about client connections.")

  static func execute(_ call: inout Call) throws(CommandError) { throw .syntax }
}

/// Explains the subcommands of CLIENT.
enum ClientHelp: Command {
  static let spec = CommandSpec(
    "help", of: "client", since: "5.0.0", group: .connection, arity: .exactly(2), flags: [.loading, .stale],
    categories: .connection, summary: "Explains the subcommands.")

  private static let lines: [StaticString] = [
    "CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
    "CACHING (YES|NO)",
    "    Whether the next command's keys are tracked, in OPTIN and OPTOUT mode.",
    "BARRIER (DEFAULT|GET|[FSYNC <ON|OFF>] [REPLICAS <count>])",
    "    What the replies to this connection's writes wait for.",
    "GETREDIR",
    "    The ID of the client that tracking messages go to.",
    "GETNAME",
    "    The connection's name.",
    "ID",
    "    The connection's ID.",
    "INFO",
    "    The connection's line of CLIENT LIST.",
    "KILL <ip:port>",
    "    End the connection made from <ip:port>.",
    "KILL <option> <value> [<option> <value> [...]]",
    "    End all connections that fit every option:",
    "    * ADDR (<ip:port>|<unixsocket>:0)",
    "      made from that address",
    "    * LADDR (<ip:port>|<unixsocket>:0)",
    "      made to that local address",
    "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
    "      of that type",
    "    * USER <username>",
    "      authenticated as that user",
    "    * ID <client-id>",
    "      with that ID",
    "    * MAXAGE <seconds>",
    "      at least that old",
    "    * SKIPME (YES|NO)",
    "      Whether to spare this connection (default: yes).",
    "LIST [options ...]",
    "    A line for each connection. Options:",
    "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
    "      Only connections of that type.",
    "    * ID <client-id> [<client-id> ...]",
    "      Only those connections.",
    "UNPAUSE",
    "    End a pause.",
    "PAUSE <timeout> [WRITE|ALL]",
    "    Have all commands, or all writes, wait for <timeout> milliseconds.",
    "REPLY (ON|OFF|SKIP)",
    "    Whether this connection's commands are answered.",
    "SETNAME <name>",
    "    Name the connection.",
    "SETINFO <option> <value>",
    "    Say what the client is. Options:",
    "    * LIB-NAME: the name of its library.",
    "    * LIB-VER: the version of its library.",
    "UNBLOCK <clientid> [TIMEOUT|ERROR]",
    "    Have a client that waits go on.",
    "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
    "         [OPTIN] [OPTOUT] [NOLOOP]",
    "    Control the server's part in client-side caching.",
    "TRACKINGINFO",
    "    The connection's state of tracking.",
    "NO-EVICT (ON|OFF)",
    "    Spare the connection when clients are evicted.",
    "NO-TOUCH (ON|OFF)",
    "    Whether the connection's commands leave no trace in LRU and LFU.",
    "HELP",
    "    Print this help.",
  ]

  static func execute(_ call: inout Call) throws(CommandError) {
    call.reply.array(lines.count)
    for line in lines { call.reply.simple(line) }
  }
}
