/// Why a configuration could not be read. The server prints `report` on standard error and exits with status 1.
public enum ConfigurationError: Error, Equatable, Sendable {
  /// A line that cannot be taken: number (from 1, over the file, standard input and options as one text), text, reason.
  case line(Int, String, reason: String)
  /// The configuration as a whole makes no sense.
  case whole(reason: String)
  /// A file cannot be opened; Redis says so as a line of its log.
  case unreadable(path: String, reason: String)

  /// The words of redis-server for it.
  public var report: String {
    switch self {
    case .line(let number, let line, let reason):
      """
      \(ConfigurationError.heading)
      Reading the configuration file, at line \(number)
      >>> '\(line)'
      \(reason)

      """
    case .whole(let reason):
      "\(ConfigurationError.heading)\n\(reason)\n"
    case .unreadable(let path, let reason):
      "Fatal error, can't open config file '\(path)': \(reason)\n"
    }
  }

  private static var heading: String {
    "\n*** FATAL CONFIG FILE ERROR (Redis \(Version.redis), Ringdove \(Version.ringdove)) ***"
  }
}

/// What loading asks of the world outside: the engine itself opens no file.
public struct ConfigurationHost {
  /// Gives the bytes of a file. A path with `*`, `?` or `[` is a pattern: its files one after another, none being no error.
  /// Throws the system's words for why it cannot be opened.
  public var readFile: (_ path: String) throws(FileRefusal) -> [UInt8]
  public var readStandardInput: () -> [UInt8]
  /// Whether a command is called so, for `rename-command`.
  public var isCommand: (_ name: [UInt8]) -> Bool

  public struct FileRefusal: Error {
    public let reason: String

    public init(reason: String) { self.reason = reason }
  }

  public init(
    readFile: @escaping (_ path: String) throws(FileRefusal) -> [UInt8],
    readStandardInput: @escaping () -> [UInt8] = { [] },
    isCommand: @escaping (_ name: [UInt8]) -> Bool
  ) {
    self.readFile = readFile
    self.readStandardInput = readStandardInput
    self.isCommand = isCommand
  }
}

extension Configuration {
  /// Reads a configuration: the file, then standard input, then options, later lines winning.
  ///
  /// Relative paths (`dir`, `logfile`, `include`) stay as they were given; the server resolves them, and then tells the
  /// configuration with `adopt(workingDirectory:)` and `adopt(configurationFile:)`.
  public static func load(
    from sources: ConfigurationSources, host: ConfigurationHost
  ) throws(ConfigurationError) -> Configuration {
    var text: [UInt8] = []
    if let file = sources.file { text += try host.read(file) }
    if sources.readsStandardInput {
      if let last = text.last, last != UInt8(ascii: "\n") { text.append(UInt8(ascii: "\n")) }
      text += host.readStandardInput()
    }
    text.append(UInt8(ascii: "\n"))
    text += sources.options
    var loader = ConfigurationLoader(host: host)
    try loader.read(text, depth: 0)
    try loader.refuseWhatIsNotBuilt()
    try loader.settleUser()
    return loader.configuration
  }

  /// What start-up says in the log: directives that were set but do nothing yet, one sentence each.
  public var notices: [String] {
    Directive.all
      .filter { $0.support == .withoutEffect && !$0.isAtDefault(in: self) }
      .map { "'\($0.name)' is set, but Ringdove does not act on it yet." }
  }

  /// The working directory, absolute: what CONFIG GET dir shows.
  public mutating func adopt(workingDirectory: String) { dir = workingDirectory }

  /// The configuration file's absolute path: what CONFIG REWRITE writes.
  public mutating func adopt(configurationFile path: String) { configurationFile = path }

  /// The same configuration for a server that only finds out whether its append-only file can be loaded, to the last byte.
  public var forLoadingOnTrial: Configuration {
    var trial = self
    trial.appendonly = true
    trial.aofLoadTruncated = false
    trial.keyLoadDelay = 0
    trial.replicaof = nil
    trial.save = []
    return trial
  }

  /// The clients that the system's limit on open files leaves room for.
  public mutating func adopt(maxclients count: Int) { maxclients = count }
}

extension ConfigurationHost {
  fileprivate func read(_ path: String) throws(ConfigurationError) -> [UInt8] {
    do throws(FileRefusal) {
      return try readFile(path)
    } catch {
      throw .unreadable(path: path, reason: error.reason)
    }
  }
}

private struct ConfigurationLoader {
  let host: ConfigurationHost
  var configuration = Configuration()
  private var state = SettingState(isStarting: true)
  /// What asks for something that is not built: a later line for the same directive may still take it back, as Debian's unit does
  /// with `--daemonize no`.
  private var refusals: [(directive: String, error: ConfigurationError)] = []
  /// The last `user default` line.
  private var defaultUser: DefaultUserLine?

  init(host: ConfigurationHost) { self.host = host }

  /// - Parameter depth: files being read around this one.
  mutating func read(_ text: [UInt8], depth: Int) throws(ConfigurationError) {
    let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      let line = trimmedLine(line)
      if line.isEmpty || line[0] == UInt8(ascii: "#") { continue }
      do throws(LineFailure) {
        try take(line, number: index + 1, depth: depth)
      } catch {
        switch error {
        case .refused(let reason): throw .line(index + 1, decoded(line), reason: reason)
        case .inside(let inner): throw inner
        }
      }
    }
    if configuration.clusterEnabled && configuration.replicaof != nil {
      throw .whole(reason: "replicaof directive not allowed in cluster mode")
    }
    configuration.keepWithinBounds()
  }

  func refuseWhatIsNotBuilt() throws(ConfigurationError) {
    if let first = refusals.first { throw first.error }
  }

  private static let advice = " (docs/MIGRATING.md says what is)"

  /// What a `user default` line says of the password is in force, whatever `requirepass` says and wherever it stands: so it is
  /// in Redis. The two agree in files that CONFIG REWRITE has written.
  mutating func settleUser() throws(ConfigurationError) {
    switch defaultUser?.password {
    case nil: return
    case .open: configuration.requirepass = []
    case .text(let password): configuration.requirepass = password
    case .digest(let digest):
      guard !configuration.requirepass.isEmpty,
        configuration.requirepass.withBytes({ SHA256.hexadecimal($0) }) == digest
      else {
        throw .whole(
          reason:
            "'user default' has a password of which the file holds only the digest, and 'requirepass' is not that password: say it there"
        )
      }
    }
  }

  /// A line that failed, or the line in a file it included.
  private enum LineFailure: Error {
    case refused(String)
    case inside(ConfigurationError)
  }

  private mutating func take(_ line: [UInt8], number: Int, depth: Int) throws(LineFailure) {
    guard let words = splitArguments(line) else { throw .refused("Unbalanced quotes in configuration line") }
    guard let first = words.first else { return }
    let arguments = Array(words.dropFirst())
    if let directive = Directive.named(first) {
      let words = try set(directive, arguments)
      refusals.removeAll { $0.directive == directive.name }
      if let reason = directive.refusal(of: words, in: configuration) {
        refusals.append((directive.name, .line(number, decoded(line), reason: reason + Self.advice)))
      }
      return
    }
    let name = lowercasedText(first)
    switch (name, arguments.count) {
    case ("include", 1): try include(decoded(arguments[0]), depth: depth)
    case ("rename-command", 2): try rename(arguments[0], to: arguments[1])
    case ("list-max-ziplist-entries", 1), ("list-max-ziplist-value", 1), ("lua-replicate-commands", 1):
      break  // Gone from Redis, which still reads them.
    case ("user", 1...):
      guard let line = DefaultUserLine(arguments) else { throw .refused(Self.userRefusal) }
      defaultUser = line
    case ("loadmodule", 1...): throw .refused("'loadmodule' is not supported by Ringdove yet" + Self.advice)
    case ("sentinel", 1...):
      throw .refused("sentinel directive while not in sentinel mode")
    default:
      throw .refused("Bad directive or wrong number of arguments")
    }
  }

  private static let userRefusal =
    "'user' is not supported by Ringdove yet, but for 'user default' that may do everything, with one password or none"
    + advice

  /// - Returns: the arguments, one by one.
  private mutating func set(_ directive: Directive, _ arguments: [[UInt8]]) throws(LineFailure) -> [[UInt8]] {
    var arguments = arguments
    if !directive.takesSeveralArguments {
      guard arguments.count == 1 else { throw .refused("wrong number of arguments") }
    } else if arguments.count == 1, !arguments[0].isEmpty {
      // One argument may hold several: `--replicaof "host port"`.
      guard let parts = splitArguments(arguments[0]) else {
        throw .refused("Unbalanced quotes in configuration line")
      }
      arguments = parts
    }
    do throws(DirectiveError) {
      try directive.assign(arguments, in: &configuration, &state)
    } catch {
      throw .refused(error.message)
    }
    return arguments
  }

  private mutating func include(_ path: String, depth: Int) throws(LineFailure) {
    // A file that includes itself would never end.
    if depth == 32 { throw .refused("Too many nested includes") }
    do throws(ConfigurationError) {
      try read(try host.read(path), depth: depth + 1)
    } catch {
      throw .inside(error)
    }
  }

  private mutating func rename(_ name: [UInt8], to newName: [UInt8]) throws(LineFailure) {
    guard isCommand(name) else { throw .refused("No such command in rename-command") }
    if !newName.isEmpty, isCommand(newName) { throw .refused("Target command name already exists") }
    configuration.renamedCommands.append(CommandRename(name: name, newName: newName))
  }

  /// Whether a command is called so after the renames read so far.
  private func isCommand(_ name: [UInt8]) -> Bool {
    let name = lowercasedText(name)
    for rename in configuration.renamedCommands.reversed() {
      if lowercasedText(rename.newName) == name { return true }
      if lowercasedText(rename.name) == name { return false }
    }
    return host.isCommand(Array(name.utf8))
  }
}
