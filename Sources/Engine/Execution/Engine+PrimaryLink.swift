// The replica's side of replication: the handshake with the primary, its snapshot, and its stream.
extension Engine {
  /// What became of the connection to the primary.
  mutating func follow(_ event: PrimaryLinkEvent) {
    switch event {
    case .connected(let handle, let origin): linkConnected(handle, origin)
    case .failed(let reason):
      guard call.replication.link.stage == .connecting else { return }
      call.logLine(.warning, "Error condition on socket for SYNC: \(reason)")
      call.replication.link.stage = .waiting
    case .closed(let handle): linkClosed(handle)
    }
  }

  private mutating func linkConnected(_ handle: SessionHandle, _ origin: ConnectionOrigin) {
    call.sessions.insert(handle, origin: origin, now: call.now)
    call.sessions[handle].flags = [.authenticated, .primary]
    guard call.replication.link.stage == .connecting else { return call.cause(.disconnectFromPrimary) }
    call.logLine(.notice, "Non blocking connect for SYNC fired the event.")
    call.replication.link.session = handle
    call.replication.link.lastReceived = call.now.monotonicMicroseconds
    ask(.ping)
  }

  private mutating func linkClosed(_ handle: SessionHandle) {
    guard call.sessions.contains(handle) else { return }
    if call.replication.link.session == handle { call.keepStreamDatabase() }
    discard(takeOutput(handle), of: handle)
    call.sessions.remove(handle)
    guard call.replication.link.session == handle else { return }
    let stage = call.replication.link.stage
    call.replication.link.session = .none
    call.replication.link.dropTransfer()
    call.replication.link.downSince = call.now.monotonicMicroseconds
    guard stage != .none else { return }
    if stage == .streaming { call.logLine(.notice, "Connection with master lost.") }
    call.replication.link.stage = .waiting
  }

  /// Gives the link up after an error, to be tried again.
  private mutating func abandonLink(_ reason: String) {
    call.logLine(.warning, reason)
    call.dropLink()
    call.replication.link.stage = .waiting
    call.replication.link.downSince = call.now.monotonicMicroseconds
  }

  /// Work that is due once a second: connecting, telling the primary how far we are, noticing its silence.
  mutating func watchPrimary() {
    guard let source = call.configuration.replicaof else { return }
    let silence = call.now.monotonicMicroseconds - call.replication.link.lastReceived
    let isSilent = silence > Int64(microsecondsIn: call.configuration.replTimeout)
    switch call.replication.link.stage {
    case .none: break
    case .waiting: connectToPrimary(source)
    case .connecting, .handshake:
      if isSilent { abandonLink("Timeout connecting to the MASTER...") }
    case .payloadHeader, .payload:
      if isSilent {
        abandonLink(
          "Timeout receiving bulk data from MASTER... If the problem persists try to set the 'repl-timeout' parameter in redis.conf to a larger value."
        )
      }
    case .streaming:
      if isSilent { return abandonLink("MASTER timeout: no data nor PING received...") }
      call.acknowledgeToPrimary()
    }
  }

  /// Starts to connect, where a primary waits to be connected to.
  mutating func connectToPrimary(_ source: ReplicationSource) {
    guard call.replication.link.stage == .waiting else { return }
    call.replication.link.stage = .connecting
    call.replication.link.lastReceived = call.now.monotonicMicroseconds
    call.logLine(.notice, "Connecting to MASTER \(source.host):\(source.port)")
    call.logLine(.notice, "MASTER <-> REPLICA sync started")
    call.cause(.connectToPrimary(host: source.host, port: source.port))
  }

  // MARK: Receiving

  /// Takes bytes that came from the primary.
  ///
  /// - Parameters:
  ///   - bytes: all that came and was not consumed before.
  /// - Returns: how many of them were consumed; the rest is to be offered again with what follows.
  public mutating func receiveFromPrimary(_ bytes: Bytes, on handle: SessionHandle, now: Instant) -> Int {
    call.now = now
    guard call.replication.link.session == handle else { return bytes.count }
    call.replication.link.lastReceived = now.monotonicMicroseconds
    var consumed = 0
    while consumed < bytes.count {
      let rest = bytes.dropFirst(consumed)
      let step: Int
      switch call.replication.link.stage {
      case .handshake(let question): step = readAnswer(to: question, rest)
      case .payloadHeader: step = readPayloadHeader(rest)
      case .payload: step = readPayload(rest)
      case .streaming: step = readStream(rest)
      case .none, .waiting, .connecting: return bytes.count
      }
      if step == 0 { break }
      consumed += step
    }
    endTurn()
    settleReplicas()
    return consumed
  }

  /// A line without its end, and its length with it; lone newlines before it are the primary's signs of life.
  private func line(_ bytes: Bytes) -> (text: Bytes, length: Int)? {
    guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    let text = end > 0 && bytes[end - 1] == UInt8(ascii: "\r") ? bytes[0..<end - 1] : bytes[0..<end]
    return (text, end + 1)
  }

  /// A line has no end yet: more is waited for, but not for ever.
  private mutating func awaitLine(_ bytes: Bytes) -> Int {
    guard bytes.count > Self.lineLimitBytes else { return 0 }
    abandonLink("The MASTER's answer has no end after \(bytes.count) bytes: are you sure the host and port are right?")
    return bytes.count
  }

  /// Longest line of the handshake, bytes.
  private static var lineLimitBytes: Int { 64 * 1024 }

  // MARK: Handshake

  private mutating func ask(_ question: PrimaryLink.Question) {
    call.replication.link.stage = .handshake(question)
    let configuration = call.configuration
    let hasHistory = call.replication.link.hasHistory
    let identifier = String(decoding: call.replication.identifier, as: UTF8.self)
    let next = call.log.end + 1
    let words: [String]
    switch question {
    case .ping: words = ["PING"]
    case .authenticate:
      let password = String(decoding: configuration.masterauth, as: UTF8.self)
      words = configuration.masteruser.isEmpty ? ["AUTH", password] : ["AUTH", configuration.masteruser, password]
    case .listeningPort:
      let port = configuration.replicaAnnouncePort > 0 ? configuration.replicaAnnouncePort : configuration.port
      words = ["REPLCONF", "listening-port", "\(port)"]
    case .address: words = ["REPLCONF", "ip-address", configuration.replicaAnnounceIp]
    case .capabilities: words = ["REPLCONF", "capa", "eof", "capa", "psync2"]
    case .synchronise:
      if hasHistory {
        call.logLine(.notice, "Trying a partial resynchronization (request \(identifier):\(next)).")
        words = ["PSYNC", identifier, "\(next)"]
      } else {
        call.logLine(.notice, "Partial resynchronization not possible (no cached master)")
        words = ["PSYNC", "?", "-1"]
      }
    }
    call.write(to: call.replication.link.session) { writer in
      writer.array(words.count)
      for word in words { writer.bulk(word) }
    }
  }

  private mutating func readAnswer(to question: PrimaryLink.Question, _ bytes: Bytes) -> Int {
    guard let (text, length) = line(bytes) else { return awaitLine(bytes) }
    if text.isEmpty { return length }
    let answer = text.text
    let isError = answer.hasPrefix("-")
    switch question {
    case .ping:
      guard
        !isError || answer.hasPrefix("-NOAUTH") || answer.hasPrefix("-NOPERM")
          || answer.hasPrefix("-ERR operation not permitted")
      else {
        abandonLink("Error reply to PING from master: '\(answer)'")
        return length
      }
      call.logLine(.notice, "Master replied to PING, replication can continue...")
      ask(call.configuration.masterauth.isEmpty ? .listeningPort : .authenticate)
    case .authenticate:
      if isError { abandonLink("Unable to AUTH to MASTER: \(answer)") } else { ask(.listeningPort) }
    case .listeningPort:
      if isError {
        call.logLine(.notice, "(Non critical) Master does not understand REPLCONF listening-port: \(answer)")
      }
      ask(call.configuration.replicaAnnounceIp.isEmpty ? .capabilities : .address)
    case .address:
      if isError { call.logLine(.notice, "(Non critical) Master does not understand REPLCONF ip-address: \(answer)") }
      ask(.capabilities)
    case .capabilities:
      if isError { call.logLine(.notice, "(Non critical) Master does not understand REPLCONF capa: \(answer)") }
      ask(.synchronise)
    case .synchronise: readSynchronisation(answer)
    }
    return length
  }

  private mutating func readSynchronisation(_ answer: String) {
    let words = answer.split(separator: " ").map(String.init)
    if words.first == "+FULLRESYNC", words.count == 3, words[1].utf8.count == 40, let offset = Int64(words[2]) {
      call.replication.link.promisedIdentifier = Array(words[1].utf8)
      call.replication.link.promisedOffset = offset
      call.replication.link.stage = .payloadHeader
      call.logLine(.notice, "Full resync from master: \(words[1]):\(offset)")
    } else if words.first == "+CONTINUE" {
      call.logLine(.notice, "Successful partial resynchronization with master.")
      if words.count > 1, words[1].utf8.count == 40, Array(words[1].utf8) != call.replication.identifier {
        call.replication.beginHistory(Array(words[1].utf8), at: call.log.end)
        call.logLine(.notice, "Master replication ID changed to \(words[1])")
        call.dropReplicas()
      }
      beginStreaming()
    } else if answer.hasPrefix("-NOMASTERLINK") || answer.hasPrefix("-LOADING") {
      abandonLink("Master is currently unable to PSYNC but should be in the future: \(answer)")
    } else {
      abandonLink("Unexpected reply to PSYNC from master: \(answer)")
    }
  }

  // MARK: Snapshot

  private mutating func readPayloadHeader(_ bytes: Bytes) -> Int {
    guard let (text, length) = line(bytes) else { return awaitLine(bytes) }
    if text.isEmpty { return length }
    let header = text.text
    if header.hasPrefix("$EOF:"), text.count == 45 {
      call.replication.link.framing = .mark(text.dropFirst(5).array)
      call.replication.link.payloadBytes = -1
      call.logLine(.notice, "MASTER <-> REPLICA sync: receiving streamed RDB from master with EOF to parser")
    } else if header.hasPrefix("$"), let count = text.dropFirst(1).parseInt64(), count > 0 {
      call.replication.link.framing = .length(count)
      call.replication.link.payloadBytes = count
      call.logLine(.notice, "MASTER <-> REPLICA sync: receiving \(count) bytes from master to parser")
    } else {
      abandonLink(
        "Bad protocol from MASTER, the first byte is not '$' (we received '\(header)'), are you sure the host and port are right?"
      )
      return length
    }
    call.replication.link.payloadReceived = 0
    call.replication.link.staging = Keyspace(count: call.keyspace.count, hash: call.keyspace.hash)
    call.replication.link.loader = SnapshotLoader(
      .snapshot(call.configuration, hash: call.keyspace.hash),
      verifiesChecksum: call.configuration.rdbchecksum && !call.debugging.skipsChecksums, leavingOutExpiredAt: nil)
    call.replication.link.stage = .payload
    return length
  }

  private mutating func readPayload(_ bytes: Bytes) -> Int {
    var piece = bytes
    if case .length(let left) = call.replication.link.framing, Int64(piece.count) > left {
      piece = piece[0..<Int(left)]
    }
    let hasEnded: Bool
    do throws(RDBError) {
      hasEnded = try loadPayload(piece)
    } catch {
      abandonLink("Failed trying to load the MASTER synchronization DB: \(error)")
      return bytes.count
    }
    call.replication.link.payloadReceived += Int64(piece.count)
    switch call.replication.link.framing {
    case .length(let left):
      call.replication.link.framing = .length(left - Int64(piece.count))
      guard left == Int64(piece.count) else { break }
      if hasEnded { adoptSnapshot() } else { abandonLink("The MASTER's snapshot ended before its last byte") }
    case .mark(let mark):
      let tail = call.replication.link.trailing()
      guard hasEnded, tail.count >= 40 else { break }
      if Array(tail.prefix(40)) == mark {
        adoptSnapshot()
      } else {
        abandonLink("The MASTER's snapshot lacks its end mark")
      }
    }
    return piece.count
  }

  private mutating func loadPayload(_ piece: Bytes) throws(RDBError) -> Bool {
    try call.replication.link.load(piece, clock: call.keyspace.clock, now: call.now)
  }

  /// Puts the primary's data in the place of our own, and goes on with its stream.
  private mutating func adoptSnapshot() {
    call.dropReplicas()
    call.abandonSnapshot("the primary's data took the place of ours")
    if var staging = call.replication.link.staging.take() {
      for index in 0..<call.keyspace.count {
        call.touchAll(in: index)
        let bytes = call.keyspace[index].usedBytes
        call.keyspace.reclaimer.take(call.keyspace[index].detachAll(), bytes: bytes)
      }
      call.keyspace.exchangeDatabases(with: &staging)
      // A watched key that was missing may be there now.
      for index in 0..<call.keyspace.count { call.touchAll(in: index) }
      call.invalidateAll()
    }
    let loaded = call.replication.link.loader?.loadedKeys ?? 0
    call.replication.link.dropTransfer()
    call.replication.identifier = call.replication.link.promisedIdentifier
    call.replication.forgetSecondHistory()
    call.replication.lastSnapshot = LastSnapshot()
    call.beginAppendOnlyAnew()
    call.log.restart(at: call.replication.link.promisedOffset)
    // A stream that follows a snapshot begins with no database selected.
    call.replication.link.streamDatabase = 0
    call.replication.link.isInTransaction = false
    call.logLine(.notice, "Done loading RDB, keys loaded: \(loaded), keys expired: 0.")
    call.logLine(.notice, "MASTER <-> REPLICA sync: Finished with success")
    beginStreaming()
  }

  private mutating func beginStreaming() {
    call.log.activate()
    call.replication.link.hasHistory = true
    call.replication.link.stage = .streaming
    call.replication.link.parser = RequestParser()
    call.replication.link.appliedOffset = call.log.end
    call.sessions[call.replication.link.session].database = call.replication.link.streamDatabase
    call.acknowledgeToPrimary()
  }

  // MARK: Stream

  private mutating func readStream(_ bytes: Bytes) -> Int {
    let handle = call.replication.link.session
    let limits = RequestParser.Limits(bulkBytes: .max, isUnauthenticated: false)
    let (consumed, ending) = call.replication.link.parser.parse(
      bytes, session: handle, limits: limits, maximumRequests: 256, into: &linkBatch)
    var position = 0
    for index in 0..<linkBatch.count {
      let request = linkBatch[index]
      guard request.failure == nil else { break }
      call.replication.link.appliedOffset = call.log.end + Int64(request.inputStart - position)
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
