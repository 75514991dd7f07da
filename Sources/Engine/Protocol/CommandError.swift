/// A command's refusal, as it goes over the wire. The texts are Redis's, byte for byte: clients match on them.
public enum CommandError: Error, Sendable {
  /// A text known beforehand, its code first, without the leading `-`.
  case text(StaticString)
  /// A text put together for the occasion.
  case composed(String)
  /// A text with what a client sent in it, which need not be UTF-8.
  case bytes([UInt8])

  /// The text, its code first.
  public var message: String {
    switch self {
    case .text(let text): text.description
    case .composed(let text): text
    case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
    }
  }
}

extension CommandError {
  static var syntax: CommandError { .text("ERR syntax error") }
  static var wrongType: CommandError {
    .text("WRONGTYPE Operation against a key holding the wrong kind of value")
  }
  static var noSuchKey: CommandError { .text("ERR no such key") }
  static var notInteger: CommandError { .text("ERR value is not an integer or out of range") }
  static var notFloat: CommandError { .text("ERR value is not a valid float") }
  static var outOfRange: CommandError { .text("ERR index out of range") }
  static var mustBePositive: CommandError { .text("ERR value is out of range, must be positive") }
  static var overflow: CommandError { .text("ERR increment or decrement would overflow") }
  static var nanOrInfinity: CommandError { .text("ERR increment would produce NaN or Infinity") }
  static var stringTooLong: CommandError {
    .text("ERR string exceeds maximum allowed size (proto-max-bulk-len)")
  }
  static var offsetOutOfRange: CommandError { .text("ERR offset is out of range") }
  static var sameObject: CommandError { .text("ERR source and destination objects are the same") }
  static var databaseOutOfRange: CommandError { .text("ERR DB index is out of range") }
  static var invalidCursor: CommandError { .text("ERR invalid cursor") }
  static var noAuthentication: CommandError { .text("NOAUTH Authentication required.") }
  static var outOfMemory: CommandError {
    .text("OOM command not allowed when used memory > 'maxmemory'.")
  }
  static var readOnlyReplica: CommandError {
    .text("READONLY You can't write against a read only replica.")
  }
  static var masterDown: CommandError {
    .text("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.")
  }
  static var loading: CommandError { .text("LOADING Redis is loading the dataset in memory") }
  static var savesFail: CommandError {
    .text(
      """
      MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may \
      modify the data set are disabled, because this instance is configured to report errors during writes if RDB \
      snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.
      """)
  }
  static var noReplicas: CommandError { .text("NOREPLICAS Not enough good replicas to write.") }

  /// The key has an expiry that the command cannot have meant.
  static func invalidExpiry(_ command: String) -> CommandError {
    .composed("ERR invalid expire time in '\(command)' command")
  }
  static func wrongArgumentCount(_ command: String) -> CommandError {
    .composed("ERR wrong number of arguments for '\(command)' command")
  }
  static func unknownSubcommand(_ subcommand: Bytes, of command: String) -> CommandError {
    .bytes(
      Array("ERR unknown subcommand '".utf8) + shown(subcommand, limit: 128)
        + Array("'. Try \(command.uppercased()) HELP.".utf8))
  }
  /// No command is called so; in the text are the name and the arguments, as far as 128 bytes go.
  static func unknownCommand(_ arguments: Arguments) -> CommandError {
    var rest: [UInt8] = []
    for index in 1..<max(arguments.count, 1) where rest.count < 128 {
      rest += [39] + shown(arguments[index], limit: 128 - rest.count) + [39, 32]
    }
    let name = shown(arguments[0], limit: 128)
    return .bytes(
      Array("ERR unknown command '".utf8) + name + Array("', with args beginning with: ".utf8) + rest)
  }
  /// What a text shows of an argument: like a C string, it ends at a zero byte.
  private static func shown(_ argument: Bytes, limit: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < min(argument.count, limit), argument[bytes.count] != 0 { bytes.append(argument[bytes.count]) }
    return bytes
  }
  /// Arguments that no form of a subcommand takes.
  static func subcommandSyntax(_ subcommand: Bytes, of command: String) -> CommandError {
    .composed(
      """
      ERR unknown subcommand or wrong number of arguments for '\(String(subcommand.text.prefix(128)))'. \
      Try \(command.uppercased()) HELP.
      """)
  }
}

// Connections.
extension CommandError {
  static var noPasswordConfigured: CommandError {
    .text(
      """
      ERR AUTH <password> called without any password configured for the default user. Are you sure your \
      configuration is correct?
      """)
  }
  static var invalidClientName: CommandError {
    .text("ERR Client names cannot contain spaces, newlines or special characters.")
  }
  static var replicaTouchesKeys: CommandError { .text("ERR Replica can't interact with the keyspace") }

  /// A command that a subscriber may not use who speaks RESP2: there, replies could not be told from messages.
  static func notForSubscribers(_ command: String) -> CommandError {
    .composed(
      """
      ERR Can't execute '\(command)': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this \
      context
      """)
  }

  /// The text without the code that says nothing.
  var messageWithoutERR: String { message.hasPrefix("ERR ") ? String(message.dropFirst(4)) : message }

  /// A command that `enable-…-command` does not allow to this client.
  static func notEnabled(_ command: String, directive: String) -> CommandError {
    .composed(
      """
      ERR \(command) command not allowed. If the \(directive) option is set to "local", you can run it from a local \
      connection, otherwise you need to set this option in the configuration file, and then restart the server.
      """)
  }
}
