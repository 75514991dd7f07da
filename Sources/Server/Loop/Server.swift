public import Engine
internal import Glibc
internal import Logging

/// The server as a process: from a configuration to an exit status.
public enum Server {
  /// Reads what the command line names, serves, and ends.
  ///
  /// - Parameter arguments: the command line without the program's name, as redis-server takes it.
  /// - Returns: the status to exit with: 0 after a shutdown, 1 when it could not start.
  public static func main(arguments: [String]) -> Int32 {
    switch StartArguments(arguments) {
    case .print(let text, let toStandardError, let exitCode):
      Files.write(Array(text.utf8), to: toStandardError ? STDERR_FILENO : STDOUT_FILENO)
      return exitCode
    case .serve(let sources):
      return configured(from: sources) { configuration in
        run(configuration, hasFile: sources.file != nil || sources.readsStandardInput)
      }
    case .recover(let sources, let request):
      return configured(from: sources) { Recovery.run(request, $0) }
    }
  }

  private static func configured(from sources: ConfigurationSources, _ body: (Configuration) -> Int32) -> Int32 {
    do throws(ConfigurationError) {
      var configuration = try Configuration.load(from: sources, host: .files)
      if let file = sources.file { configuration.adopt(configurationFile: Files.absolutePath(file)) }
      return body(configuration)
    } catch {
      Files.write(Array(error.report.utf8), to: STDERR_FILENO)
      return 1
    }
  }

  /// Serves with a configuration until a client or a signal ends it.
  ///
  /// - Parameter hasFile: whether any was read, for the log.
  public static func run(_ configuration: Configuration, hasFile: Bool = true) -> Int32 {
    var configuration = configuration
    if configuration.daemonize { try? Process.becomeDaemon() }
    let startLog = makeLogger(configuration, role: "C")
    if let failure = LogDestination(path: configuration.logfile).failure() {
      Files.write(Array("Can't open the log file: \(failure)\n".utf8), to: STDERR_FILENO)
      return 1
    }
    announce(startLog, configuration, hasFile: hasFile)
    Supervisor.greet(configuration.supervised, startLog)
    let logger = makeLogger(configuration, role: configuration.replicaof == nil ? "M" : "S")
    do throws(StartFailure) {
      try enterDirectory(&configuration)
      limitClients(&configuration, logger)
      var loop = try Loop(configuration, logger)
      writeProcessFile(configuration, logger)
      logger.notice("\(runningLine(configuration))")
      logger.notice("Server initialized")
      for notice in configuration.notices { logger.warning("\(notice)") }
      let status = try StartFailure.wrapping { () throws(Errno) in try loop.run() }
      // The last line tells why it failed.
      if status != 0 { loop.logger.logLevel = .critical }
      finish(configuration, loop.logger)
      return status
    } catch {
      logger.warning("\(error.text)")
      return 1
    }
  }

  // MARK: - What the log says

  private static func makeLogger(_ configuration: Configuration, role: String) -> Logger {
    let destination = LogDestination(path: configuration.logfile)
    var logger = Logger(label: "ringdove") { _ in
      ServerLogHandler(
        destination: destination, processIdentifier: Process.identifier, logLevel: configuration.loglevel.level)
    }
    logger[metadataKey: ServerLogHandler.roleKey] = "\(role)"
    return logger
  }

  private static func announce(_ logger: Logger, _ configuration: Configuration, hasFile: Bool) {
    logger.warning("oO0OoO0OoO0Oo Ringdove is starting oO0OoO0OoO0Oo")
    logger.warning(
      "Ringdove version=\(Version.ringdove), redis=\(Version.redis), bits=64, pid=\(Process.identifier), just started")
    if hasFile {
      logger.warning("Configuration loaded")
    } else {
      logger.warning(
        "Warning: no config file specified, using the default config. In order to specify a config file use ringdove /path/to/ringdove.conf"
      )
    }
  }

  private static func runningLine(_ configuration: Configuration) -> String {
    let mode = configuration.clusterEnabled ? "cluster" : "standalone"
    return "Running mode=\(mode), port=\(configuration.port), PID: \(Process.identifier)"
  }

  private static func finish(_ configuration: Configuration, _ logger: Logger) {
    Supervisor.tell("STOPPING=1\n", configuration.supervised, logger)
    if !configuration.pidfile.isEmpty || configuration.daemonize {
      logger.notice("Removing the pid file.")
      Files.remove(processFile(configuration))
    }
    if !configuration.unixsocket.isEmpty {
      logger.notice("Removing the unix socket file.")
      Files.remove(configuration.unixsocket)
    }
    logger.warning("Ringdove is now ready to exit, bye bye...")
  }

  // MARK: - Preparing

  private static func enterDirectory(_ configuration: inout Configuration) throws(StartFailure) {
    do throws(Errno) {
      if !configuration.dir.isEmpty { try Files.changeDirectory(configuration.dir) }
    } catch {
      throw StartFailure("Can't chdir to '\(configuration.dir)': \(error)")
    }
    configuration.adopt(workingDirectory: Files.currentDirectory)
  }

  private static func limitClients(_ configuration: inout Configuration, _ logger: Logger) {
    let wanted = configuration.maxclients + Process.reservedDescriptors
    let granted = Process.raiseDescriptorLimit(to: wanted)
    guard granted < wanted else { return }
    let clients = max(1, granted - Process.reservedDescriptors)
    logger.warning(
      "Current maximum open files is \(granted). maxclients has been reduced to \(clients) to compensate for low ulimit. If you need higher maxclients increase 'ulimit -n'."
    )
    configuration.adopt(maxclients: clients)
  }

  private static func processFile(_ configuration: Configuration) -> String {
    configuration.pidfile.isEmpty ? "/var/run/redis.pid" : configuration.pidfile
  }

  private static func writeProcessFile(_ configuration: Configuration, _ logger: Logger) {
    guard !configuration.pidfile.isEmpty || configuration.daemonize else { return }
    do throws(Errno) {
      try Files.create(processFile(configuration), with: Array("\(Process.identifier)\n".utf8))
    } catch { logger.warning("Failed to write PID file: \(error)") }
  }
}

/// Why the server could not start or go on, as the log says it.
struct StartFailure: Error {
  let text: String

  init(_ text: String) { self.text = text }

  static func wrapping<Result>(_ body: () throws(Errno) -> Result) throws(StartFailure) -> Result {
    do throws(Errno) { return try body() } catch { throw StartFailure("io_uring_enter failed: \(error)") }
  }
}

extension ConfigurationHost {
  /// Reads configuration from this machine's files.
  fileprivate static var files: ConfigurationHost {
    ConfigurationHost(
      readFile: { path throws(FileRefusal) in
        var text: [UInt8] = []
        for file in path.contains(where: { "*?[".contains($0) }) ? Files.matching(path) : [path] {
          do throws(Errno) { text += try Files.readAll(file) } catch { throw FileRefusal(reason: error.description) }
          text.append(UInt8(ascii: "\n"))
        }
        return text
      },
      readStandardInput: { (try? Files.readAll("-")) ?? [] },
      isCommand: { Engine.knowsCommand($0) })
  }
}

extension Loop {
  /// Opens the sockets and sets up the ring.
  init(_ configuration: Configuration, _ logger: Logger) throws(StartFailure) {
    let listeners = try Loop.openListeners(configuration, logger)
    let signals = try Loop.openSignals()
    var ring = try Loop.openRing(configuration)
    let buffers = try Loop.openBuffers(configuration, &ring)
    let seed = Process.randomBytes(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    self.init(
      ring: ring, buffers: buffers, signals: signals, listeners: listeners,
      engine: Engine(
        configuration: configuration, seed: seed, host: .process, facts: .process, now: Clock.now()),
      settings: LoopSettings(configuration), logger: logger)
  }

  private static func openListeners(
    _ configuration: Configuration, _ logger: Logger
  ) throws(StartFailure) -> Listeners {
    var listeners = Listeners()
    guard listeners.openTCPPatiently(configuration, warn: { logger.warning("\($0)") }) else {
      throw StartFailure("Failed listening on port \(configuration.port) (tcp), aborting.")
    }
    if !configuration.unixsocket.isEmpty {
      do throws(ListenFailure) {
        try listeners.openUnix(
          path: configuration.unixsocket, permissions: configuration.unixsocketperm,
          options: Listeners.Options(configuration))
      } catch { throw StartFailure("Failed opening Unix socket: \(error.text)") }
    }
    if listeners.all.isEmpty { throw StartFailure("Configured to not listen anywhere, exiting.") }
    return listeners
  }

  private static func openSignals() throws(StartFailure) -> SignalSource {
    do throws(Errno) { return try SignalSource() } catch { throw StartFailure("signalfd failed: \(error)") }
  }

  private static func openRing(_ configuration: Configuration) throws(StartFailure) -> Ring {
    do throws(RingRefusal) {
      return try Ring(
        submissions: UInt32(clamping: configuration.ringEntries),
        completions: UInt32(clamping: configuration.ringEntries * 4))
    } catch { throw StartFailure(error.description) }
  }

  private static func openBuffers(
    _ configuration: Configuration, _ ring: inout Ring
  ) throws(StartFailure) -> ReceiveBuffers {
    do throws(RingRefusal) {
      // The kernel wants a power of two: the next one.
      let count = 1 << (Int.bitWidth - (configuration.ringBuffers - 1).leadingZeroBitCount)
      return try ReceiveBuffers(
        count: count, sizeBytes: configuration.ringBufferSize, registeredWith: &ring)
    } catch { throw StartFailure(error.description) }
  }
}

extension HostFunctions {
  /// The functions of this process.
  fileprivate static var process: HostFunctions { onThisMachine(DiskFiles()) }

  static func onThisMachine(_ files: any FileSystem) -> HostFunctions {
    HostFunctions(
      monotonicNanoseconds: { Clock.monotonicNanoseconds() }, sleep: { Process.sleep(microseconds: $0) },
      crash: { Process.killItself() }, shutDown: { SocketOptions.shutDown($0) }, files: files)
  }
}
