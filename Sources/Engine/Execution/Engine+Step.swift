extension Engine {
  /// Requests that are prepared together: the cache misses of one are waited for while the others' are under way.
  private static var groupSize: Int { 16 }

  /// Runs the requests of a batch, in order. Those of a session that cannot go on now are marked as deferred.
  public mutating func step(_ batch: inout RequestBatch, now: Instant) {
    call.now = now
    if call.pause.isActive { call.updatePause() }
    var start = 0
    while start < batch.count {
      let end = min(start + Self.groupSize, batch.count)
      prepare(batch, start, end)
      run(&batch, start, end)
      start = end
    }
    serveWaiting()
    endTurn()
    settleReplicas()
  }

  /// Finds commands, hashes their first keys and starts to load what those look-ups will touch.
  private mutating func prepare(_ batch: borrowing RequestBatch, _ start: Int, _ end: Int) {
    for index in start..<end {
      let request = batch[index]
      var item = PreparedRequest()
      if request.failure == nil {
        let arguments = batch.arguments(of: request)
        if let entry = call.catalogue.find(arguments[0]) {
          item.identity = entry.identity
          if entry.firstKey > 0, entry.firstKey < arguments.count, call.sessions.contains(request.session) {
            item.hash = call.keyspace.hash(arguments[entry.firstKey])
            item.hashedArgument = entry.firstKey
            call.keyspace[call.sessions[request.session].database].table.prefetchBucket(hash: item.hash)
          }
        }
      }
      prepared[index - start] = item
    }
    guard end - start > 1 else { return }
    for index in start..<end where prepared[index - start].hashedArgument > 0 {
      let database = call.sessions[batch[index].session].database
      call.keyspace[database].table.prefetchElement(hash: prepared[index - start].hash)
    }
  }

  /// Runs a prepared group. Commands that take next to no time share one reading of the clock.
  private mutating func run(_ batch: inout RequestBatch, _ start: Int, _ end: Int) {
    var cheap = InlineArray<16, Int32>(repeating: 0)
    var cheapCount = 0
    var clock = call.host.monotonicNanoseconds()
    for index in start..<end {
      let request = batch[index]
      guard aim(at: request.session) else { continue }
      guard call.sessions[request.session].isRunnable else {
        if call.sessions[request.session].flags.isDisjoint(with: .closing) { batch.markDeferred(index) }
        continue
      }
      if let failure = request.failure {
        refuse(request.session, failure)
        continue
      }
      call.arguments = batch.arguments(of: request)
      let item = prepared[index - start]
      call.hashOfArgument = item.hash
      call.hashedArgument = item.hashedArgument
      call.requestBytes = request.inputEnd - request.inputStart
      let owed = call.sessions[request.session].flags.contains(.replica) ? call.reply.pendingCount : Int.max
      guard let entry = admit(item.identity) else {
        if isPostponed { batch.markDeferred(index) } else { finishRequest(owed) }
        continue
      }
      if entry.isCheap && sharesTiming {
        execute(entry)
        cheap[cheapCount] = Int32(truncatingIfNeeded: entry.identity)
        cheapCount += 1
      } else {
        account(cheap, cheapCount, since: &clock)
        cheapCount = 0
        if entry.flags.contains(.runsQueue) { executeTransaction(entry) } else { execute(entry) }
        let finished = call.host.monotonicNanoseconds()
        if entry.flags.contains(.blocking), let wait = call.sessions[request.session].wait {
          // Once its waiting is over it counts, and its reply ends the request.
          wait.nanoseconds = finished - clock
          clock = finished
          continue
        }
        observe(entry.identity, nanoseconds: finished - clock)
        clock = finished
      }
      finishRequest(owed)
      if hasReadyKeys {
        account(cheap, cheapCount, since: &clock)
        cheapCount = 0
        serveWaiting()
        clock = call.host.monotonicNanoseconds()
      }
    }
    account(cheap, cheapCount, since: &clock)
  }

  // MARK: Aiming the writer

  /// Turns to a session: its replies and its database.
  /// - Returns: false where it is gone.
  @inline(__always)
  mutating func aim(at handle: SessionHandle) -> Bool {
    if handle == aimedAt { return true }
    releaseWriter()
    guard call.sessions.contains(handle) else { return false }
    var chain = OutputChain()
    swap(&chain, &call.sessions[handle].output)
    let isMuted = !call.sessions[handle].flags.isDisjoint(with: [.repliesOff, .skipReply, .aborted])
    call.sessions[handle].lastInteraction = call.now.unixMicroseconds
    call.reply.begin(chain, version: call.sessions[handle].protocolVersion, isMuted: isMuted)
    call.session = handle
    call.database = call.sessions[handle].database
    aimedAt = handle
    return true
  }

  /// Gives the session that was aimed at its replies.
  @inline(__always)
  mutating func releaseWriter() {
    guard aimedAt != .none else { return }
    let handle = aimedAt
    aimedAt = .none
    call.session = .none
    call.arguments = Arguments()
    call.requestBytes = 0
    call.sessions[handle].output = call.reply.end()
    call.listForOutput(handle)
  }

  // MARK: One request

  /// Runs a command that passed the gates.
  @inline(__always)
  mutating func execute(_ entry: Catalogue.Entry) {
    let changesBefore = call.keyspace.changes
    call.sessions[call.session].commandCount += 1
    perform(entry)
    if call.keyspace.changes != changesBefore || call.pendingEffects.count > 0 {
      propagate(entry, hasChanged: call.keyspace.changes != changesBefore)
    }
    if call.undurableKeys.isRecording { call.noteReads(entry) }
    if !call.sessions.monitors.isEmpty, entry.flags.isDisjoint(with: [.skipMonitor, .admin]) { call.feedMonitors() }
    call.pendingEffects.isDeclared = false
    if call.tracking.sessionCount > 0 { rememberReads(entry) }
    call.statistics.commands += 1
  }

  /// Remembers what a command read whose session keeps it in its cache.
  @inline(never)
  mutating func rememberReads(_ entry: Catalogue.Entry) {
    call.limitTracking()
    if entry.flags.contains(.readOnly) { call.rememberReads(entry.identity) }
  }

  /// Runs a command again that waited: it is counted already, and monitors have seen it.
  mutating func executeAgain(_ entry: Catalogue.Entry) {
    let changesBefore = call.keyspace.changes
    perform(entry)
    if call.keyspace.changes != changesBefore || call.pendingEffects.count > 0 {
      propagate(entry, hasChanged: call.keyspace.changes != changesBefore)
    }
    if call.undurableKeys.isRecording { call.noteReads(entry) }
    call.pendingEffects.isDeclared = false
    if call.tracking.sessionCount > 0 { rememberReads(entry) }
  }

  /// Has the command do its work, and counts what it refused.
  @inline(__always)
  private mutating func perform(_ entry: Catalogue.Entry) {
    call.identity = entry.identity
    if !call.redactions.isEmpty { call.redactions.removeAll() }
    do throws(CommandError) {
      try call.catalogue.type(entry.identity).execute(&call)
    } catch {
      call.reply.error(error)
      if call.sessions[call.session].flags.contains(.replica) { noteErrorToReplica(error) }
    }
    if call.reply.errorCount > 0 { noteErrors(entry.identity) }
  }

  /// Runs a command of a file that is being loaded: nobody sees it, and it has no effect but on the data.
  mutating func executeSilently(_ entry: Catalogue.Entry) {
    perform(entry)
    call.pendingEffects.removeAll()
    call.pendingEffects.isDeclared = false
  }

  /// Runs a command of the primary's stream: its effect is the stream itself.
  mutating func executeUntimed(_ entry: Catalogue.Entry) {
    perform(entry)
    if !call.sessions.monitors.isEmpty, entry.flags.isDisjoint(with: [.skipMonitor, .admin]) { call.feedMonitors() }
    call.pendingEffects.removeAll()
    call.commandStatistics[entry.identity].calls += 1
    call.statistics.commands += 1
  }

  /// What comes after a request, whether it was run or refused: CLIENT REPLY SKIP, and the limits of output.
  /// - Parameter owed: bytes that a replica had yet to be sent before the request, of which it gets no reply.
  @inline(__always)
  mutating func finishRequest(_ owed: Int = .max) {
    let session = call.session
    if call.reply.pendingCount > owed { return refuseReplyToReplica() }
    let special: Session.Flags = [.skipReply, .skipNextReply, .awaitsPushes, .announcedCaching]
    if !call.sessions[session].flags.isDisjoint(with: special) {
      if call.sessions[session].flags.contains(.awaitsPushes) { call.releasePushes() }
      turnSkipping(session)
      if call.sessions[session].flags.contains(.announcedCaching) { endAnnouncement(session) }
    }
    if call.reply.pendingCount > OutputPool.chunkBytes { enforceOutputLimit(session) }
  }

  /// The request after CLIENT REPLY SKIP is not answered, the one after that is.
  @inline(never)
  private mutating func turnSkipping(_ session: SessionHandle) {
    let skipsNext = call.sessions[session].flags.contains(.skipNextReply)
    call.sessions[session].flags.subtract([.skipReply, .skipNextReply])
    if skipsNext { call.sessions[session].flags.insert(.skipReply) }
    call.reply.isMuted = !call.sessions[session].flags.isDisjoint(with: [.repliesOff, .skipReply, .aborted])
  }

  /// CLIENT CACHING is about the next command, or the transaction that begins with it.
  @inline(never)
  private mutating func endAnnouncement(_ session: SessionHandle) {
    guard !call.sessions[session].flags.contains(.transaction),
      call.sessions[session].lastCommand.flatMap({ call.catalogue.specs[$0].container })?.description != "client"
    else { return }
    call.sessions[session].flags.remove(.announcedCaching)
  }

  mutating func noteErrors(_ identity: Int) {
    countErrors()
    call.commandStatistics[identity].failed += 1
  }

  /// Appends to the log what a request caused: what it declared, or itself. Several commands become a transaction.
  mutating func propagate(_ entry: Catalogue.Entry, hasChanged: Bool) {
    defer { call.pendingEffects.removeAll() }
    guard call.writesLog, !call.isFromPrimary else {
      if hasChanged { dependOnFirstReplica() }
      if hasChanged, call.isReplica { noteLocalExpiries(entry) }
      return
    }
    let itself = hasChanged && !call.pendingEffects.isDeclared && entry.flags.contains(.write)
    let count = call.pendingEffects.count + (itself ? 1 : 0)
    let isTransaction = count > 1 && !entry.flags.contains(.touchesArbitraryKeys)
    if count > 0 { call.noteTimeInFile() }
    if isTransaction {
      // The database is chosen ahead of the transaction, as Redis does.
      call.log.select(call.pendingEffects.firstDatabase ?? call.database)
      call.log.appendTransactionMark("MULTI")
    }
    call.pendingEffects.forEachEffect { database, command in
      call.log.select(database)
      call.log.append(command)
    }
    if itself { call.log.append(call.arguments, database: call.database) }
    if isTransaction { call.log.appendTransactionMark("EXEC") }
    guard call.session != .none else { return }
    call.sessions[call.session].writeOffset = call.log.end
    call.sessions[call.session].dependsOn = call.log.end
  }

  /// A write that no log records, since no replica ever came: who asked that replicas have it waits for the first one,
  /// whose snapshot holds it.
  private mutating func dependOnFirstReplica() {
    guard call.holdsReplies, !call.isReplica, !call.isFromPrimary, call.session != .none else { return }
    call.sessions[call.session].dependsOn = max(call.log.end, 1)
  }

  /// Ends a session whose bytes are no request.
  private mutating func refuse(_ handle: SessionHandle, _ failure: ProtocolError) {
    call.logLine(.verbose, "Protocol error (\(failure.text)) from client: \(call.description(of: handle)).")
    call.reply.error("ERR Protocol error: \(failure.text)")
    countErrors()
    call.close(handle)
  }
}

extension ReplicationLog {
  /// Appends a command of one word.
  mutating func appendTransactionMark(_ word: StaticString) {
    appendHeader(UInt8(ascii: "*"), 1)
    appendBulk(Bytes(word))
  }
}
