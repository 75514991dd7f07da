// The gates before a command, in Redis's order (`processCommand`): what does not exist, has the wrong number of
// arguments or may not run now is refused here, and the command itself never has to ask.
extension Engine {
  /// The command to run for the call's arguments, or nil where it was refused, in which case the reply is written, or put
  /// off (`isPostponed`).
  @inline(__always)
  mutating func admit(_ identity: Int) -> Catalogue.Entry? {
    guard identity >= 0 else {
      refuseUnknown()
      return nil
    }
    var entry = call.catalogue[identity]
    if entry.hasSubcommands {
      guard let subcommand = findSubcommand(of: entry) else { return nil }
      entry = subcommand
    }
    call.sessions[call.session].lastCommand = entry.identity
    guard entry.arity.accepts(call.arguments.count) else {
      reject(.wrongArgumentCount(call.catalogue.specs[entry.identity].fullName), entry)
      return nil
    }
    let flags = call.sessions[call.session].flags
    if flags.contains(.authenticated), flags.isDisjoint(with: Self.unusualFlags),
      !entry.flags.contains(.protected), !call.isUnderRestrictions, !isShortOfMemory
    {
      return entry
    }
    return admitWithCare(entry, flags)
  }

  /// `admit`, where something stands in the way of some commands.
  @inline(never)
  private mutating func admitWithCare(_ entry: Catalogue.Entry, _ flags: Session.Flags) -> Catalogue.Entry? {
    let judged = judged(entry)
    if let refusal = refusal(of: judged, flags) {
      reject(refusal, entry)
      return nil
    }
    if mustWait(judged, flags) {
      call.sessions.postpone(call.session)
      return nil
    }
    if call.mustWaitForDisk(judged) {
      call.waitForDisk()
      return nil
    }
    if flags.contains(.transaction), !entry.flags.contains(.neverQueued) {
      enqueue(entry)
      return nil
    }
    return entry
  }

  /// What makes a session one that needs a closer look before each command.
  private static var unusualFlags: Session.Flags { [.replica, .monitor, .transaction, .subscriber] }

  /// What makes a session one that not every command is for.
  private static var restrictingFlags: Session.Flags { [.replica, .monitor] }

  /// Whether the request at hand was put off.
  var isPostponed: Bool { call.sessions[call.session].flags.contains(.postponed) }

  /// Why the command may not run now, or nil.
  @inline(never)
  private mutating func refusal(of entry: Catalogue.Entry, _ flags: Session.Flags) -> CommandError? {
    if entry.flags.contains(.protected), let refusal = refusalOfProtected(entry) { return refusal }
    if call.mustAuthenticate(call.session), !entry.flags.contains(.noAuthentication) { return .noAuthentication }
    if flags.contains(.transaction), entry.flags.contains(.noMulti) {
      return .text("ERR Command not allowed inside a transaction")
    }
    if call.isFromPrimary { return nil }
    if isShortOfMemory, case .impossible = makeRoom() {
      // What would wait for EXEC takes memory too.
      let isQueued = flags.contains(.transaction) && !entry.flags.contains(.neverQueued)
      if isQueued || entry.flags.contains(.denyOutOfMemory) { return .outOfMemory }
    }
    if call.refusesWrites, !call.isReplica, entry.flags.contains(.write) || isPing(entry) {
      guard let failure = call.appendOnly.trouble else { return .savesFail }
      return .composed("MISCONF Errors writing to the AOF file: \(failure.reason)")
    }
    if entry.flags.contains(.write) {
      if !call.hasEnoughReplicas { return .noReplicas }
      if call.isReplica, call.configuration.replicaReadOnly { return .readOnlyReplica }
    }
    if flags.contains(.subscriber), call.reply.version == 2, !entry.flags.contains(.servesSubscribers) {
      return .notForSubscribers(call.catalogue.specs[entry.identity].fullName)
    }
    if call.isReplica, !call.isPrimaryLinkUp, !call.configuration.replicaServeStaleData,
      !entry.flags.contains(.stale)
    {
      return .masterDown
    }
    if call.answersLoading, !entry.flags.contains(.loading) { return .loading }
    if call.isLoadingBeside, entry.flags.contains(.noAsyncLoading) { return .loading }
    if !flags.isDisjoint(with: Self.restrictingFlags),
      !entry.flags.isDisjoint(with: [.write, .readOnly, .mayReplicate])
    {
      return .replicaTouchesKeys
    }
    return nil
  }

  /// PING, which says whether all is well.
  private func isPing(_ entry: Catalogue.Entry) -> Bool {
    call.catalogue.specs[entry.identity].name.description == "ping"
  }

  /// Whether the command waits for the end of a pause (replicas never do), or until it is known which configuration
  /// holds.
  func mustWait(_ entry: Catalogue.Entry, _ flags: Session.Flags) -> Bool {
    guard flags.isDisjoint(with: Self.restrictingFlags) else { return false }
    if !call.trials.isEmpty, entry.flags.contains(.admin) { return true }
    if call.isShuttingDown, !call.isFromPrimary, !entry.flags.isDisjoint(with: [.write, .mayReplicate]) { return true }
    switch call.pause.extent {
    case .nothing: return false
    case .writes: return !entry.flags.isDisjoint(with: [.write, .mayReplicate])
    case .everything: return true
    }
  }

  /// `enable-debug-command` and `enable-module-command`.
  private func refusalOfProtected(_ entry: Catalogue.Entry) -> CommandError? {
    let spec = call.catalogue.specs[entry.identity]
    let name = (spec.container ?? spec.name).description
    let allowed =
      name == "debug" ? call.configuration.enableDebugCommand : call.configuration.enableModuleCommand
    switch allowed {
    case .yes: return nil
    case .local where call.isLocal(call.session): return nil
    case .no, .local: return .notEnabled(name.uppercased(), directive: "enable-\(name)-command")
    }
  }

  private mutating func findSubcommand(of container: Catalogue.Entry) -> Catalogue.Entry? {
    // With one argument, the container's own arity speaks.
    guard call.arguments.count > 1 else { return container }
    if let found = call.catalogue.findSubcommand(call.arguments[1], of: container) { return found }
    refuse(.unknownSubcommand(call.arguments[1], of: call.arguments[0].text))
    return nil
  }

  /// Refuses what is no command.
  @inline(never)
  private mutating func refuseUnknown() {
    if call.arguments[0].equalsIgnoringCase("post") || call.arguments[0].equalsIgnoringCase("host:") {
      return refuseWebRequest()
    }
    refuse(.unknownCommand(call.arguments))
  }

  /// Ends a session that sends what a browser would: somebody lets it talk to this server without knowing.
  private mutating func refuseWebRequest() {
    let second = call.now.unixSeconds
    if abs(second - lastSecurityWarning) > 60 {
      lastSecurityWarning = second
      call.logLine(
        .warning,
        """
        Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Redis. This is \
        likely due to an attacker attempting to use Cross Protocol Scripting to compromise your Redis instance. \
        Connection from \(call.sessions[call.session].origin.peer) aborted.
        """)
    }
    call.abort(call.session)
  }

  @inline(never)
  private mutating func reject(_ error: CommandError, _ entry: Catalogue.Entry) {
    if entry.flags.contains(.runsQueue) {
      call.endTransaction(call.session)
      call.reply.error("EXECABORT Transaction discarded because of: \(error.messageWithoutERR)")
    } else {
      failTransaction()
      call.reply.error(error)
    }
    if call.sessions[call.session].flags.contains(.replica) { noteErrorToReplica(error) }
    countErrors()
    call.commandStatistics[entry.identity].rejected += 1
  }

  /// Refuses what is no command's: it counts for none.
  private mutating func refuse(_ error: CommandError) {
    failTransaction()
    call.sessions[call.session].lastCommand = nil
    call.reply.error(error)
    countErrors()
  }

  /// A transaction that lacks one of its requests must not run.
  private mutating func failTransaction() {
    guard call.sessions[call.session].flags.contains(.transaction) else { return }
    call.sessions[call.session].flags.insert(.failedTransaction)
  }

  /// Codes of errors that are counted one by one; beyond so many only those known already are.
  private static var countedCodes: Int { 128 }

  /// Counts the errors written since the last time.
  mutating func countErrors() {
    call.statistics.errorReplies += Int64(call.reply.errorCount)
    for code in call.reply.errorCodes
    where call.statistics.errorsByCode.count < Self.countedCodes || call.statistics.errorsByCode[code] != nil {
      call.statistics.errorsByCode[code, default: 0] += 1
    }
    call.reply.forgetErrors()
  }
}
