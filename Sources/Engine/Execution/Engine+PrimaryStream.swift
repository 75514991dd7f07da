// The primary's stream: each command is applied, and passed on to this server's own replicas byte for byte.
extension Engine {
  mutating func beginStreaming() {
    call.log.activate()
    // The log may begin elsewhere now.
    call.watchBuffers()
    call.replication.link.hasHistory = !call.replication.link.knowsNoOffsets
    call.replication.link.stage = .streaming
    call.replication.link.parser = RequestParser()
    call.replication.link.appliedOffset = call.log.end
    call.sessions[call.replication.link.session].database = call.replication.link.streamDatabase
    call.acknowledgeToPrimary()
  }

  mutating func readStream(_ bytes: Bytes) -> Int {
    guard mayApply() else { return bytes.count }
    // The primary waits as this server's own clients would.
    guard !holdsPrimary else { return 0 }
    let handle = call.replication.link.session
    let limits = RequestParser.Limits(bulkBytes: .max, isUnauthenticated: false)
    var (consumed, ending) = call.replication.link.parser.parse(
      bytes, session: handle, limits: limits, maximumRequests: 256, into: &linkBatch)
    var position = 0
    for index in 0..<linkBatch.count {
      let request = linkBatch[index]
      guard request.failure == nil else { break }
      if holdsPrimary {
        // What is left is offered again.
        call.replication.link.parser.forgetProgress()
        (consumed, ending) = (position, .drained)
        break
      }
      take(linkBatch.arguments(of: request), bytes[position..<request.inputEnd], handle)
      position = request.inputEnd
      serveWaiting()
    }
    if consumed > position { pass(bytes[position..<consumed]) }
    call.replication.link.appliedOffset = call.log.end
    linkBatch.removeAll()
    if case .failed = ending {
      abandonLink("Protocol error in the stream from MASTER")
      return bytes.count
    }
    return consumed
  }

  /// Whether the stream may go on although this server cannot write its append-only file
  /// (`replica-ignore-disk-write-errors`). If not, the link is given up until it can: what the primary counts as here is on
  /// this disk too.
  private mutating func mayApply() -> Bool {
    guard call.appendOnly.trouble != nil else { return true }
    guard mayFollow else {
      abandonLink("Replica was unable to write command to disk.")
      return false
    }
    if call.now.monotonicMicroseconds - call.replication.lastDiskWarning > 10_000_000 {
      call.replication.lastDiskWarning = call.now.monotonicMicroseconds
      call.logLine(.warning, "Replica is applying a command even though it is unable to write to disk.")
    }
    return true
  }

  /// Takes one request of the stream: runs it, or keeps it for the end of its transaction, so that nobody sees a part of
  /// one, nor is left with one.
  private mutating func take(_ arguments: Arguments, _ bytes: Bytes, _ handle: SessionHandle) {
    if let queue = call.replication.link.transaction {
      guard arguments.count == 1, arguments[0].equalsIgnoringCase("exec") else {
        if let entry = streamCommand(arguments) { queue.append(arguments, identity: entry.identity) }
        return call.replication.link.transactionBytes.append(bytes)
      }
      call.replication.link.appliedOffset = call.log.end
      call.noteTimeInFile()
      for index in 0..<queue.count {
        applyFromPrimary(queue.arguments(at: index), call.catalogue[queue.identity(at: index)], handle)
      }
      // The arguments were the queue's, which goes now.
      call.arguments = Arguments()
      call.replication.link.transaction = nil
      call.log.append(call.replication.link.transactionBytes.bytes)
      call.replication.link.transactionBytes.removeAll(keeping: 1 << 20)
    } else if arguments.count == 1, arguments[0].equalsIgnoringCase("multi") {
      call.replication.link.transaction = TransactionQueue()
      return call.replication.link.transactionBytes.append(bytes)
    } else if let entry = streamCommand(arguments) {
      call.replication.link.appliedOffset = call.log.end
      call.noteTimeInFile()
      applyFromPrimary(arguments, entry, handle)
    }
    // What the primary sent goes on to our own replicas byte for byte.
    call.log.append(bytes)
  }

  /// Passes on bytes between requests.
  private mutating func pass(_ bytes: Bytes) {
    if call.replication.link.transaction == nil {
      call.log.append(bytes)
    } else {
      call.replication.link.transactionBytes.append(bytes)
    }
  }

  /// Applies one command of the primary's stream.
  private mutating func applyFromPrimary(_ arguments: Arguments, _ entry: Catalogue.Entry, _ handle: SessionHandle) {
    guard aim(at: handle) else { return }
    call.reply.isMuted = true
    call.isFromPrimary = true
    defer { call.isFromPrimary = false }
    call.arguments = arguments
    call.hashedArgument = 0
    let errorsBefore = call.statistics.errorReplies
    executeUntimed(entry)
    if call.replication.localExpiries.count > 0 { noteLocalExpiries(entry) }
    if call.statistics.errorReplies != errorsBefore { fail(entry) }
  }

  /// The primary's command failed here: the data differ. `propagation-error-behavior` decides what becomes of that.
  private mutating func fail(_ entry: Catalogue.Entry) {
    let name = call.catalogue.specs[entry.identity].fullName
    call.logLine(
      .warning,
      "== CRITICAL == This replica is sending an error to its master: '\(call.reply.lastMutedError)' after processing the command '\(name)'"
    )
    diverge(name)
  }

  private mutating func diverge(_ name: String) {
    call.statistics.unexpectedErrorReplies += 1
    guard call.configuration.propagationErrorBehavior != .ignore, call.configuration.replicaReadOnly else { return }
    call.logLine(
      .warning, "This replica panicked sending an error to its master after processing the command '\(name)'")
    call.cause(.crash)
  }

  /// The command for a request of the stream; nil where there is nothing to run.
  private mutating func streamCommand(_ arguments: Arguments) -> Catalogue.Entry? {
    guard var entry = call.catalogue.find(arguments[0]) else {
      call.logLine(
        .warning,
        "== CRITICAL == The master's stream holds a command this replica does not know: '\(arguments[0].text)'")
      diverge(arguments[0].text)
      return nil
    }
    if entry.hasSubcommands, arguments.count > 1, let found = call.catalogue.findSubcommand(arguments[1], of: entry) {
      entry = found
    }
    guard entry.arity.accepts(arguments.count) else {
      call.logLine(
        .warning,
        "== CRITICAL == The master's stream holds a command with a wrong number of arguments: '\(arguments[0].text)'")
      diverge(arguments[0].text)
      return nil
    }
    guard isOfALog(entry, arguments) else {
      let name = call.catalogue.specs[entry.identity].fullName
      call.logLine(.warning, "== CRITICAL == The master's stream holds a command that belongs to no stream: '\(name)'")
      diverge(name)
      return nil
    }
    return entry
  }
}
