// The primary's stream: each command is applied, and passed on to this server's own replicas byte for byte.
extension Engine {
  mutating func beginStreaming() {
    call.log.activate()
    call.replication.link.hasHistory = true
    call.replication.link.stage = .streaming
    call.replication.link.parser = RequestParser()
    call.replication.link.appliedOffset = call.log.end
    call.sessions[call.replication.link.session].database = call.replication.link.streamDatabase
    call.acknowledgeToPrimary()
  }

  mutating func readStream(_ bytes: Bytes) -> Int {
    let handle = call.replication.link.session
    let limits = RequestParser.Limits(bulkBytes: .max, isUnauthenticated: false)
    let (consumed, ending) = call.replication.link.parser.parse(
      bytes, session: handle, limits: limits, maximumRequests: 256, into: &linkBatch)
    var position = 0
    for index in 0..<linkBatch.count {
      let request = linkBatch[index]
      guard request.failure == nil else { break }
      call.replication.link.appliedOffset = call.log.end + Int64(request.inputStart - position)
      if !call.replication.link.isInTransaction { call.noteTimeInFile() }
      applyFromPrimary(linkBatch.arguments(of: request), handle)
      // What the primary sent goes on to our own replicas byte for byte.
      call.log.append(bytes[position..<request.inputEnd])
      position = request.inputEnd
      serveWaiting()
    }
    if consumed > position { call.log.append(bytes[position..<consumed]) }
    call.replication.link.appliedOffset = call.log.end
    linkBatch.removeAll()
    if case .failed = ending {
      abandonLink("Protocol error in the stream from MASTER")
      return bytes.count
    }
    return consumed
  }

  /// Applies one command of the primary's stream.
  private mutating func applyFromPrimary(_ arguments: Arguments, _ handle: SessionHandle) {
    guard aim(at: handle) else { return }
    call.reply.isMuted = true
    call.isFromPrimary = true
    defer { call.isFromPrimary = false }
    call.arguments = arguments
    call.hashedArgument = 0
    guard let entry = streamCommand(arguments) else { return }
    executeUntimed(entry)
    if call.reply.errorCount > 0 {
      call.reply.errorCount = 0
      call.logLine(
        .warning,
        "== CRITICAL == This replica is sending an error to its master after processing the command '\(arguments[0].text)'"
      )
    }
  }

  /// The command for a request of the stream; nil where there is nothing to run.
  private mutating func streamCommand(_ arguments: Arguments) -> Catalogue.Entry? {
    // The primary's transactions arrive whole and in order: their marks change nothing here.
    if arguments.count == 1, arguments[0].equalsIgnoringCase("multi") || arguments[0].equalsIgnoringCase("exec") {
      call.replication.link.isInTransaction = arguments[0].equalsIgnoringCase("multi")
      return nil
    }
    guard var entry = call.catalogue.find(arguments[0]) else {
      call.logLine(
        .warning,
        "== CRITICAL == The master's stream holds a command this replica does not know: '\(arguments[0].text)'")
      return nil
    }
    if entry.hasSubcommands, arguments.count > 1, let found = call.catalogue.findSubcommand(arguments[1], of: entry) {
      entry = found
    }
    guard entry.arity.accepts(arguments.count) else {
      call.logLine(
        .warning,
        "== CRITICAL == The master's stream holds a command with a wrong number of arguments: '\(arguments[0].text)'")
      return nil
    }
    return entry
  }
}
