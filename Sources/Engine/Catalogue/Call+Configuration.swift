extension Call {
  /// Applies what follows from new values of directives beyond their fields, and tells the host which they are.
  mutating func configurationChanged(_ names: [String]) {
    guard !names.isEmpty else { return }
    for name in names { apply(name) }
    cause(.directivesChanged(names))
  }

  private mutating func apply(_ name: String) {
    switch name {
    case "repl-backlog-size": log.windowBytes = configuration.replBacklogSize
    case "maxmemory-policy", "lfu-log-factor", "lfu-decay-time": keyspace.clock = AccessClock(configuration)
    case "slowlog-max-len": slowLog.trim(to: configuration.slowlogMaxLen)
    case "latency-tracking" where !configuration.latencyTracking: forgetHistograms()
    case "requirepass" where configuration.requirepass.isEmpty:
      for handle in sessions.handles { sessions[handle].flags.insert(.authenticated) }
    default: break
    }
  }

  /// Why a command that needs a directive's permission may not run, or nil where it may.
  func protection(of identity: Int) -> CommandError? {
    let spec = catalogue.specs[identity]
    let name = (spec.container ?? spec.name).description
    let permission = name == "debug" ? configuration.enableDebugCommand : configuration.enableModuleCommand
    if Configuration.allows(permission, isLocalClient: isFromLocalClient) { return nil }
    let directive = "enable-\(name)-command"
    return .composed(
      "ERR \(name.uppercased()) command not allowed. If the \(directive) option is set to \"local\", "
        + "you can run it from a local connection, otherwise you need to set this option in the configuration file, "
        + "and then restart the server.")
  }

  /// Forgets how long commands took.
  mutating func forgetHistograms() {
    histograms.removeAll()
    for identity in 0..<commandStatistics.count { commandStatistics[identity].histogram = -1 }
  }

  /// Whether the asking client is on this machine, so that what is allowed to `local` ones is allowed to it.
  var isFromLocalClient: Bool {
    guard sessions.contains(session) else { return false }
    let origin = sessions[session].origin
    return origin.isUnixSocket || origin.peer.hasPrefix("127.") || origin.peer.hasPrefix("::1:")
      || origin.peer.hasPrefix("[::1]:")
  }
}

extension AccessClock {
  /// As the directives say.
  init(_ configuration: Configuration) {
    countsUses = configuration.maxmemoryPolicy == .allkeysLFU || configuration.maxmemoryPolicy == .volatileLFU
    logFactor = configuration.lfuLogFactor
    decayMinutes = configuration.lfuDecayTime
  }
}
