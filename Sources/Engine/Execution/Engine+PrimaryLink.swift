// The replica's side of replication: the connection to the primary, and what its bytes are for.
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
    if stage == .streaming { call.replication.link.downSince = call.now.monotonicMicroseconds }
    // What is there already is loaded all the same; the stream goes on from its end.
    if stage == .loading { return }
    noteBrokenPayload()
    call.dropReceivedSnapshot()
    guard stage != .none else { return }
    call.replication.link.stage = .waiting
    guard stage == .streaming else { return }
    call.logLine(.notice, "Connection with master lost.")
    call.logLine(.notice, "Caching the disconnected master state.")
    // At once: while nobody is connected the window moves on.
    if let source = call.configuration.replicaof, mayFollow {
      call.logLine(.notice, "Reconnecting to MASTER \(source.host):\(source.port)")
      connectToPrimary(source)
    }
  }

  /// Gives the link up after an error, to be tried again.
  mutating func abandonLink(_ reason: String) {
    call.logLine(.warning, reason)
    if call.replication.link.isUp { call.replication.link.downSince = call.now.monotonicMicroseconds }
    call.dropLink()
    call.replication.link.stage = .waiting
  }

  /// Work that is due once a second: connecting, telling the primary how far we are, noticing its silence.
  mutating func watchPrimary() {
    guard let source = call.configuration.replicaof else { return }
    let silence = call.now.monotonicMicroseconds - call.replication.link.lastReceived
    let isSilent = silence > Int64(microsecondsIn: call.configuration.replTimeout)
    switch call.replication.link.stage {
    case .none: break
    case .waiting:
      if mayFollow { connectToPrimary(source) }
    case .connecting, .handshake:
      if isSilent { abandonLink("Timeout connecting to the MASTER...") }
    case .loading: break
    case .payloadHeader, .payload:
      if call.replication.link.stage == .payload { greetPrimary() }
      if holdsPrimary {
        // It is not the primary that is silent.
        call.replication.link.lastReceived = call.now.monotonicMicroseconds
      } else if isSilent {
        abandonLink(
          "Timeout receiving bulk data from MASTER... If the problem persists try to set the 'repl-timeout' parameter in redis.conf to a larger value."
        )
      }
    case .streaming:
      if holdsPrimary {
        call.replication.link.lastReceived = call.now.monotonicMicroseconds
      } else if isSilent {
        return abandonLink("MASTER timeout: no data nor PING received...")
      }
      call.acknowledgeToPrimary()
    }
  }

  /// Whether the primary's writes may come: not while they cannot be recorded, unless that does not matter
  /// (`replica-ignore-disk-write-errors`). A snapshot that failed is no reason: the next try comes with more changes, and so
  /// with the stream.
  var mayFollow: Bool { call.appendOnly.trouble == nil || call.configuration.replicaIgnoreDiskWriteErrors }

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
      case .loading: step = 0
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
  func line(_ bytes: Bytes) -> (text: Bytes, length: Int)? {
    guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    let text = end > 0 && bytes[end - 1] == UInt8(ascii: "\r") ? bytes[0..<end - 1] : bytes[0..<end]
    return (text, end + 1)
  }

  /// A line has no end yet: more is waited for, but not for ever.
  mutating func awaitLine(_ bytes: Bytes) -> Int {
    guard bytes.count > Self.lineLimitBytes else { return 0 }
    abandonLink("The MASTER's answer has no end after \(bytes.count) bytes: are you sure the host and port are right?")
    return bytes.count
  }

  /// Longest line of the handshake, bytes.
  private static var lineLimitBytes: Int { 64 * 1024 }
}
