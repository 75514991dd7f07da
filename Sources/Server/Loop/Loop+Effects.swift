internal import Engine
internal import Glibc
internal import Logging

/// The rare things: what the engine wants of its host, periodic work, signals.
extension Loop {
  /// Carries out the engine's effects, those that they cause included.
  mutating func performEffects() {
    var effects = engine.takeEffects()
    while !effects.isEmpty {
      for effect in effects { perform(effect) }
      effects = engine.takeEffects()
    }
  }

  private mutating func perform(_ effect: Effect) {
    switch effect {
    case .close(let handle):
      guard let slot = connections.open(handle) else { return }
      connections.table[slot].closesAfterOutput = true
      // With output to come, the send's end closes it.
      if connections.table[slot].sending == .idle { sendMore(slot, .quiet) }
    case .abort(let handle):
      guard let slot = connections.open(handle) else { return }
      connections.table[slot].mayStillRead = false
      ended.append(handle)
    case .resume(let handle):
      guard let slot = connections.open(handle) else { return }
      connections.table[slot].isHeld = false
      if connections.table[slot].isPaused, handle != primary.handle { connections.setPaused(slot, false, &ring) }
      guard !connections.table[slot].input.isEmpty else { return }
      makeReady(slot)
      hasWork = true
    case .log(let severity, let text):
      noteRole()
      logger.log(level: severity.level, "\(text)")
    case .connectToPrimary(let host, let port): connectToPrimary(host: host, port: port)
    case .disconnectFromPrimary: disconnectFromPrimary()
    case .rewriteConfiguration(let handle): rewriteConfiguration(handle)
    case .directivesChanged(let names): applyDirectives(names)
    case .shutDown(let status, let isAtOnce):
      exitStatus = status
      endsAtOnce = isAtOnce
    case .ready: serve()
    case .closeFile(let file): ring.closeInWorker(file.descriptor, Token(.ignored))
    case .openSnapshot(let path): openSnapshot(path)
    case .removeSnapshot(let path): removeSnapshot(path)
    case .tryDirectives(let number, let names, let previous): tryDirectives(number, names, previous)
    case .joinSmallPackets(let handle):
      if let slot = connections.open(handle) { SocketOptions.setNoDelay(connections.table[slot].descriptor, false) }
    case .purgeMemory: Process.purgeMemory()
    case .crash: abort()
    }
  }

  /// The data set is there.
  private func serve() {
    if engine.configuration.port != 0 { logger.notice("Ready to accept connections tcp") }
    if !engine.configuration.unixsocket.isEmpty { logger.notice("Ready to accept connections unix") }
    Supervisor.tell("STATUS=Ready to accept connections\nREADY=1\n", engine.configuration.supervised, logger)
  }

  /// Periodic work, `hz` times a second.
  mutating func runCron() {
    nextCron = now.monotonicMicroseconds + settings.cronMicroseconds
    listeners.arm(&ring)
    closeDeparted()
    noteRole()
    engine.apply(.cron(sample()), now: now)
  }

  /// Log lines say whether it is a primary or a replica that writes them.
  private mutating func noteRole() {
    logger[metadataKey: ServerLogHandler.roleKey] = engine.isFollowing ? "S" : "M"
  }

  private func sample() -> HostSample {
    var sample = HostSample()
    let time = Process.cpuMicroseconds
    sample.residentBytes = Process.residentBytes
    sample.userMicroseconds = time.user
    sample.systemMicroseconds = time.system
    (sample.allocatorAllocated, sample.allocatorActive, sample.allocatorResident) = Process.allocatorBytes
    sample.bytesReceived = counters.bytesReceived
    sample.bytesSent = counters.bytesSent
    sample.ringEnters = Int64(ring.enterCount)
    sample.ringSubmissions = Int64(ring.submissionCount)
    sample.ringCompletions = counters.completions
    sample.rejectedConnections = counters.rejected
    return sample
  }

  /// SIGTERM or SIGINT came.
  mutating func signalled(_ completion: Completion) {
    guard completion.result == SignalSource.reportBytes else { return ring.awaitSignal(signals) }
    let name = signals.signal == SIGINT ? "SIGINT" : "SIGTERM"
    logger.warning("Received \(name) scheduling shutdown...")
    engine.apply(.terminationRequested(signal: name), now: now)
    hasWork = true
    ring.awaitSignal(signals)
  }

  private mutating func rewriteConfiguration(_ handle: SessionHandle) {
    let configuration = engine.configuration
    var failure: String?
    do throws(Errno) {
      let old = try? Files.readAll(configuration.configurationFile)
      try Files.replace(configuration.configurationFile, with: configuration.rewritten(over: old))
      // What Sentinel made of this server holds over a power failure.
      try Files.syncDirectory(of: configuration.configurationFile)
    } catch { failure = error.description }
    engine.apply(.configurationWritten(handle, failure: failure), now: now)
  }

  /// Acts on directives that CONFIG SET changed.
  private mutating func applyDirectives(_ names: [String]) {
    let configuration = engine.configuration
    settings = LoopSettings(configuration)
    if names.contains("tcp-keepalive") { listeners.setKeepAlive(seconds: configuration.tcpKeepalive) }
    if names.contains("loglevel") { logger.logLevel = configuration.loglevel.level }
  }

  /// Acts on directives that it may be unable to act on: on all of them, or on none.
  private mutating func tryDirectives(_ number: Int, _ names: [String], _ previous: Whereabouts) {
    var failure: DirectiveFailure?
    do throws(DirectiveFailure) {
      if names.contains("dir") { try Loop.work(in: engine.configuration.dir) }
      if names.contains("maxclients") { try Loop.makeRoom(clients: engine.configuration.maxclients) }
      if names.contains("port") || names.contains("bind") { try listen(insteadOf: previous) }
    } catch {
      failure = error
      if names.contains("dir"), !previous.directory.isEmpty { try? Loop.work(in: previous.directory) }
    }
    engine.apply(
      .directivesTried(number: number, workingDirectory: Files.currentDirectory, failure: failure), now: now)
  }

  private static func work(in directory: String) throws(DirectiveFailure) {
    do throws(Errno) { try Files.changeDirectory(directory) } catch {
      throw DirectiveFailure("dir", error.description)
    }
  }

  private static func makeRoom(clients: Int) throws(DirectiveFailure) {
    let reserved = Process.reservedDescriptors
    let granted = Process.raiseDescriptorLimit(to: clients + reserved)
    guard granted < clients + reserved else { return }
    let reason =
      "The operating system is not able to handle the specified number of clients, try with \(granted - reserved)"
    throw DirectiveFailure("maxclients", reason)
  }

  /// Listens where the configuration says now, or, where that cannot be, as before.
  private mutating func listen(insteadOf previous: Whereabouts) throws(DirectiveFailure) {
    let hasMoved = engine.configuration.port != previous.port
    let succeeded = hasMoved ? replacePort() : replaceAddresses(before: previous.addresses)
    listeners.arm(&ring)
    if succeeded { return }
    throw hasMoved
      ? DirectiveFailure("port", "Unable to listen on this port. Check server logs.")
      : DirectiveFailure("bind", "Failed to bind to specified addresses.")
  }

  /// Listens on another port: nobody is turned away meanwhile, and a failure changes nothing.
  private mutating func replacePort() -> Bool {
    let warnings = logger
    let old = listeners.tcpIdentities
    guard listeners.openTCP(engine.configuration, warn: { warnings.warning("\($0)") }) else { return false }
    listeners.close(old, &ring)
    return true
  }

  /// Listens on other addresses of the same port, which may be had again only once the old sockets are closed.
  private mutating func replaceAddresses(before addresses: [String]) -> Bool {
    let configuration = engine.configuration
    let warnings = logger
    listeners.closeTCP(&ring)
    ring.submitOnly()
    if listeners.openTCP(configuration, warn: { warnings.warning("\($0)") }) { return true }
    if configuration.port != 0, !addresses.isEmpty {
      _ = listeners.openTCP(addresses: addresses, port: configuration.port, options: .init(configuration)) {
        warnings.warning("\($0)")
      }
    }
    return false
  }
}

extension LogSeverity {
  var level: Logger.Level {
    switch self {
    case .debug: .debug
    case .verbose: .info
    case .notice: .notice
    case .warning: .warning
    }
  }
}

extension LogLevel {
  /// The least that is written.
  var level: Logger.Level {
    switch self {
    case .debug: .debug
    case .verbose: .info
    case .notice: .notice
    case .warning: .warning
    case .nothing: .critical
    }
  }
}

extension Listeners {
  /// Listens on TCP as the configuration says; port 0 is no port.
  mutating func openTCP(_ configuration: Configuration, warn: (String) -> Void) -> Bool {
    guard configuration.port != 0, !configuration.bind.isEmpty else { return true }
    return openTCP(
      addresses: configuration.bind, port: configuration.port, options: Options(configuration), warn: warn)
  }
}

extension Listeners {
  /// How long a start waits for a port that another socket holds: the kernel clears a killed server's ring, and the
  /// accept in it, away only some time after the process.
  static let patienceMicroseconds: Int64 = 1_000_000

  /// As `openTCP`, for the start: tries a taken address again for a second, and warns of the last try alone.
  mutating func openTCPPatiently(_ configuration: Configuration, warn: (String) -> Void) -> Bool {
    let end = Clock.monotonicMicroseconds() + Listeners.patienceMicroseconds
    while true {
      var warnings: [String] = []
      let isOpen = openTCP(configuration) { warnings.append($0) }
      if isOpen || !foundAddressTaken || Clock.monotonicMicroseconds() >= end {
        for warning in warnings { warn(warning) }
        return isOpen
      }
      Process.sleep(microseconds: 10_000)
    }
  }
}

extension Listeners.Options {
  init(_ configuration: Configuration) {
    self.init(
      backlog: configuration.tcpBacklog, keepAliveSeconds: configuration.tcpKeepalive,
      mark: configuration.socketMarkId)
  }
}
