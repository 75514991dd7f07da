/// The command line, taken as redis-server 7.2 takes it.
public enum StartArguments: Sendable, Equatable {
  /// Serve, with these sources of configuration.
  case serve(ConfigurationSources)
  /// Bring data of the past back into a directory of their own, and end.
  case recover(ConfigurationSources, RecoveryRequest)
  /// Print and end: `--version` and `--help`, or why the server cannot start like this.
  case print(String, toStandardError: Bool, exitCode: Int32)

  /// - Parameter arguments: without the program's name.
  public init(_ arguments: [String]) {
    if let answer = Self.answer(to: arguments) {
      self = answer
      return
    }
    var arguments = arguments
    let recovery: RecoveryRequest?
    do throws(RecoveryRequest.Refusal) { recovery = try RecoveryRequest.take(from: &arguments) } catch {
      self = Self.refusal("\(error.text)\n")
      return
    }
    var sources = ConfigurationSources()
    var rest = arguments[...]
    if let first = rest.first, !first.hasPrefix("-") {
      sources.file = first
      rest.removeFirst()
    }
    var options = OptionText()
    for (index, argument) in rest.enumerated() {
      let isLast = index == rest.count - 1
      // A lone dash reads standard input, but only at either end of the line.
      if argument == "-", isLast || (index == 0 && sources.file == nil) {
        sources.readsStandardInput = true
      } else {
        options.take(argument, next: isLast ? nil : rest[rest.startIndex + index + 1])
      }
    }
    sources.options = options.text
    self = if let recovery { .recover(sources, recovery) } else { .serve(sources) }
  }

  private static func answer(to arguments: [String]) -> StartArguments? {
    if arguments.contains("--sentinel") {
      return .refusal("Ringdove does not run as a Sentinel. Use redis-sentinel; it works with Ringdove servers.\n")
    }
    switch arguments.first {
    case "-v", "--version":
      let text = "Ringdove server v=\(Version.ringdove) redis=\(Version.redis) malloc=jemalloc bits=64\n"
      return .print(text, toStandardError: false, exitCode: 0)
    case "-h", "--help":
      return .refusal(usage)
    case "--test-memory", "--check-system":
      return .refusal("'\(arguments[0])' is not supported by Ringdove.\n")
    default:
      return nil
    }
  }

  private static func refusal(_ text: String) -> StartArguments {
    .print(text, toStandardError: true, exitCode: 1)
  }

  private static let usage = """
    Usage: ringdove [/path/to/configuration] [options] [-]
           ringdove -                    read the configuration from standard input
           ringdove -v or --version
           ringdove -h or --help
           ringdove --recover-to <time | offset:N> --recover-into <new directory> [/path/to/configuration] [options]
                                         put the data as of then into the new directory, and end

    Every directive of a configuration file is an option. Files of Redis 7.2 are read, CONFIG REWRITE's included; what would
    promise what is not there ends the start: daemonize yes, supervised upstart, io-threads above 1, user and
    aclfile, loadmodule, cluster-enabled yes, tls-port, syslog-enabled yes, oom-score-adj, the cpulists, socket-mark-id.

    Examples:
           ringdove                      serve on port 6379 with every directive at its default
           echo 'maxmemory 128mb' | ringdove -
           ringdove --port 7777
           ringdove --port 7777 --replicaof 127.0.0.1 8888
           ringdove /etc/redis/6379.conf --loglevel verbose
           ringdove --recover-to 2023-11-14T22:13:20Z --recover-into /var/lib/then /etc/redis/6379.conf

    """
}

/// Where a server's configuration comes from. Later sources win: the file, standard input, options.
public struct ConfigurationSources: Sendable, Equatable {
  /// Path as it was given; nil without a file.
  public var file: String?
  public var readsStandardInput = false
  /// The command line's options as lines of a configuration file.
  public var options: [UInt8] = []

  public init() {}
}

/// Options on their way to being lines: `--port 7000` becomes `port "7000"`.
private struct OptionText {
  private(set) var text: [UInt8] = []
  /// Whether the last option has a value, so that the next `--` begins another. A value may itself begin with `--`.
  private var isComplete = true

  mutating func take(_ argument: String, next: String?) {
    guard isComplete, argument.hasPrefix("--") else {
      text += quotedArgument(Array(argument.utf8))
      text.append(UInt8(ascii: " "))
      isComplete = true
      return
    }
    if !text.isEmpty { text.append(UInt8(ascii: "\n")) }
    text += argument.utf8.dropFirst(2)
    text.append(UInt8(ascii: " "))
    // `--port` waits for its value; `"--port 7000"` brought it along.
    isComplete = splitArguments(Array(argument.utf8))?.count != 1
    if argument.lowercased() == "--save", !isComplete, next?.hasPrefix("--") ?? true {
      // Scripts that build `--save` from an empty list leave it without a value.
      text += Array("\"\"".utf8)
      isComplete = next != nil
    }
  }
}
