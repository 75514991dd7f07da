// What a session's transaction means for its requests: they wait, and EXEC runs them as one.
extension Engine {
  /// Keeps the request at hand for EXEC.
  mutating func enqueue(_ entry: Catalogue.Entry) {
    // Of a transaction that is lost already nothing need be kept.
    if call.sessions[call.session].flags.isDisjoint(with: [.dirtyTransaction, .failedTransaction]) {
      call.sessions[call.session].queue?.append(call.arguments, identity: entry.identity)
    }
    call.reply.raw("+QUEUED\r\n")
  }

  /// What the gates go by: for EXEC also the commands it is to run.
  func judged(_ entry: Catalogue.Entry) -> Catalogue.Entry {
    guard entry.flags.contains(.runsQueue), let queue = call.sessions[call.session].queue else { return entry }
    var judged = entry
    for index in 0..<queue.count {
      let flags = call.catalogue[queue.identity(at: index)].flags
      judged.flags.formUnion(flags.intersection([.write, .readOnly, .denyOutOfMemory, .mayReplicate]))
      judged.flags.subtract(CommandFlags([.stale, .loading]).subtracting(flags))
    }
    return judged
  }

  /// Runs EXEC with all that waits for it. Its effects go to the log together.
  @inline(never)
  mutating func executeTransaction(_ entry: Catalogue.Entry) {
    let own = call.arguments
    let changesBefore = call.keyspace.changes
    let wasReplica = call.isReplica
    call.identity = entry.identity
    call.redactions.removeAll()
    call.sessions[call.session].commandCount += 1
    do throws(CommandError) {
      try call.catalogue.type(entry.identity).execute(&call)
    } catch {
      call.reply.error(error)
    }
    if call.reply.errorCount > 0 { noteErrors(entry.identity) }
    if call.isInTransaction { runQueue() }
    call.isInTransaction = false
    call.identity = entry.identity
    call.arguments = own
    call.hashedArgument = 0
    call.redactions.removeAll()
    let hasChanged = call.keyspace.changes != changesBefore
    if call.isReplica { noteUnsaid(hasChanged && !wasReplica || call.pendingEffects.count > 0) }
    if hasChanged || call.pendingEffects.count > 0 { propagate(entry, hasChanged: hasChanged) }
    call.pendingEffects.isDeclared = false
    if call.undurableKeys.isRecording { call.noteReads(entry) }
    if !call.sessions.monitors.isEmpty { call.feedMonitors() }
    call.statistics.commands += 1
  }

  /// A transaction that made this server a replica goes to no log, with what it changed before as little as with what it
  /// changed after. So the data are not those that the log has come to, and cannot go on from there.
  private mutating func noteUnsaid(_ hasChanged: Bool) {
    guard hasChanged, call.replication.link.hasHistory else { return }
    call.logLine(.notice, "A transaction with REPLICAOF has changed data that no log tells of: no partial resync")
    call.replication.link.hasHistory = false
    // Should this server be a primary again before it has another's data, the append-only file is to have them.
    call.replication.hasOwnWrites = true
  }

  private mutating func runQueue() {
    guard let queue = call.sessions[call.session].queue else { return }
    var began = call.host.monotonicNanoseconds()
    for index in 0..<queue.count {
      call.arguments = queue.arguments(at: index)
      let identity = queue.identity(at: index)
      executeQueued(call.catalogue[identity])
      let finished = call.host.monotonicNanoseconds()
      observe(identity, nanoseconds: finished - began)
      began = finished
    }
    // The arguments are the queue's, which goes now.
    call.arguments = Arguments()
    call.endTransaction(call.session)
  }

  private mutating func executeQueued(_ entry: Catalogue.Entry) {
    let changesBefore = call.keyspace.changes
    call.identity = entry.identity
    call.hashedArgument = 0
    call.redactions.removeAll()
    do throws(CommandError) {
      try call.catalogue.type(entry.identity).execute(&call)
    } catch {
      call.reply.error(error)
    }
    if call.reply.errorCount > 0 { noteErrors(entry.identity) }
    if call.writesLog, call.keyspace.changes != changesBefore, !call.pendingEffects.isDeclared,
      entry.flags.contains(.write)
    {
      call.pendingEffects.append(call.arguments, database: call.database)
    }
    if call.isReplica, call.keyspace.changes != changesBefore { noteLocalExpiries(entry) }
    call.pendingEffects.isDeclared = false
    if call.tracking.sessionCount > 0 { rememberReads(entry) }
    if !call.sessions.monitors.isEmpty, entry.flags.isDisjoint(with: [.skipMonitor, .admin]) { call.feedMonitors() }
    call.statistics.commands += 1
  }
}

extension EffectList {
  /// Appends a whole request.
  fileprivate mutating func append(_ request: Arguments, database: Int) {
    begin(database: database, count: request.count)
    for index in 0..<request.count { append(request[index]) }
  }
}
