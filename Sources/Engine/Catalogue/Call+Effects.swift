extension Call {
  /// Declares that the request's effect is this command, instead of the request as it came. May be called several
  /// times; the commands then propagate as one transaction.
  mutating func replicate(_ name: StaticString, _ arguments: Bytes...) {
    pendingEffects.isDeclared = true
    guard writesLog else { return }
    pendingEffects.begin(database: database, count: arguments.count + 1)
    pendingEffects.append(Bytes(name))
    for argument in arguments { pendingEffects.append(argument) }
  }

  /// Whether what is caused here goes to the log. A replica's log is its primary's stream and nothing else: what is
  /// written on it besides stays with it.
  @inline(__always)
  var writesLog: Bool { log.isActive && !isReplica }

  /// Ends the process, as if killed, where a test asked for that at this point.
  func reach(_ point: CrashPoint) { if debugging.crashPoint == point { host.crash() } }

  /// Asks the host for something.
  mutating func cause(_ effect: Effect) { effects.append(effect) }

  /// Writes a line to the server's log.
  mutating func logLine(_ severity: LogSeverity, _ text: String) { effects.append(.log(severity, text)) }

  /// Runs no more of the session's requests and has its connection closed once its output is sent.
  mutating func close(_ handle: SessionHandle) {
    guard !sessions[handle].flags.contains(.closing) else { return }
    sessions[handle].flags.insert(.closing)
    cause(.close(handle))
  }

  /// Ends a session at once, whatever it waits for; what it has not been sent yet is dropped.
  mutating func abort(_ handle: SessionHandle) {
    guard !sessions[handle].flags.contains(.aborted) else { return }
    forgetInterests(of: handle)
    sessions[handle].replica?.feed?.leave(handle)
    sessions.withdraw(handle)
    if handle == session { reply.isMuted = true }
    cause(.abort(handle))
  }

  /// As `abort`, and the other end learns of it now: what follows in this turn may take long.
  mutating func cutOff(_ handle: SessionHandle) {
    host.shutDown(sessions[handle].origin.descriptor)
    abort(handle)
  }

  /// Keeps the argument at `index` out of MONITOR and the slow log.
  mutating func redact(_ index: Int) { redactions.append(index) }

  /// Ends the pause, if there is one, and has everybody who waited for that go on.
  mutating func endPause() {
    pause.finish()
    resumePostponed()
    reconsiderWaits()
  }

  /// Offers again what was put off; what still must wait is put off once more.
  mutating func resumePostponed() {
    for handle in sessions.endPostponement() { cause(.resume(handle)) }
  }

  /// Ends the pause if its time is over.
  mutating func updatePause() {
    if pause.update(now: now) { endPause() }
  }

  /// Writes to another session than the one that asks.
  /// - Parameter isPush: whether it goes also to a session that wants no replies.
  mutating func write(to target: SessionHandle, isPush: Bool = false, _ body: (inout ReplyWriter) -> Void) {
    guard sessions.contains(target) else { return }
    if target == session { return body(&reply) }
    let version = reply.version
    let isMuted = reply.isMuted
    let interrupted = reply.end()
    var chain = OutputChain()
    swap(&chain, &sessions[target].output)
    let silencing: Session.Flags = isPush ? .closing : [.repliesOff, .closing]
    let muted = !sessions[target].flags.isDisjoint(with: silencing)
    reply.begin(chain, version: sessions[target].protocolVersion, isMuted: muted)
    body(&reply)
    sessions[target].output = reply.end()
    listForOutput(target)
    reply.begin(interrupted, version: version, isMuted: isMuted)
  }

  /// Puts the session on the list of those with something to send, once.
  @inline(__always)
  mutating func listForOutput(_ handle: SessionHandle) {
    if holdsReplies, hold(handle) { return }
    noteOutput(handle)
  }

  /// `listForOutput`, where nothing is held.
  @inline(__always)
  mutating func noteOutput(_ handle: SessionHandle) {
    guard !sessions[handle].isListedForOutput,
      !sessions[handle].output.isEmpty || !sessions[handle].released.isEmpty
    else { return }
    sessions[handle].isListedForOutput = true
    sessions.withOutput.append(handle)
  }
}
