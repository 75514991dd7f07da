// The snapshot that a primary sends: made keys of beside the data that were here as it comes, or put into a file first
// (`Engine+ReceivedFile`); and its taking the place of what was here.
extension Engine {
  /// About how many bytes of a snapshot are made keys of in one slice.
  private static var sliceBytes: Int { 256 << 10 }
  /// Bytes that may wait to be made keys of before no more are taken.
  private static var unreadLimitBytes: Int { 1 << 20 }

  /// Whether no more bytes of the primary's are taken for now: they are to stay with the kernel, so that the primary
  /// waits.
  public var holdsPrimary: Bool {
    switch call.replication.link.stage {
    case .loading: return true
    // A file will be opened for what comes next: not on a disk that stands still, for the server would stand still with it.
    case .payloadHeader: return call.isDiskStandingStill && !loadsDirectly
    case .payload: break
    case .streaming: return call.isLogFull
    case .none, .waiting, .connecting, .handshake: return false
    }
    if let file = call.replication.link.file { return file.isFull || file.isWhole }
    // Behind the snapshot comes the stream, which is for later.
    if case .length(0) = call.replication.link.framing { return true }
    return call.replication.link.unreadBytes >= Self.unreadLimitBytes
  }

  mutating func readPayloadHeader(_ bytes: Bytes) -> Int {
    guard !holdsPrimary else { return 0 }
    guard let (text, length) = line(bytes) else { return awaitLine(bytes) }
    if text.isEmpty { return length }
    let header = text.text
    let isDirect = loadsDirectly
    let target = isDirect ? "to parser" : "to disk"
    if header.hasPrefix("$EOF:"), text.count == 45 {
      call.replication.link.framing = .mark(text.dropFirst(5).array)
      call.replication.link.payloadBytes = 0
      call.logLine(.notice, "MASTER <-> REPLICA sync: receiving streamed RDB from master with EOF \(target)")
    } else if header.hasPrefix("$"), let count = text.dropFirst(1).parseInt64(), count > 0 {
      call.replication.link.framing = .length(count)
      call.replication.link.payloadBytes = count
      call.logLine(.notice, "MASTER <-> REPLICA sync: receiving \(count) bytes from master \(target)")
    } else if header.hasPrefix("-") {
      abandonLink("MASTER aborted replication with an error: \(header)")
      return length
    } else {
      abandonLink(
        "Bad protocol from MASTER, the first byte is not '$' (we received '\(header)'), are you sure the host and port are right?"
      )
      return length
    }
    call.replication.link.payloadReceived = 0
    call.replication.link.payloadStart = call.now
    call.replication.link.stage = .payload
    if isDirect { beginBuilding() } else { beginReceiving() }
    return length
  }

  /// `repl-diskless-load`: whether the snapshot is made keys of as it comes.
  private var loadsDirectly: Bool {
    // Beside the data that are served, if there is nowhere else.
    guard call.host.files != nil else { return true }
    return switch call.configuration.replDisklessLoad {
    case .swapdb: true
    case .onEmptyDatabase: call.keyspace.keyCount == 0
    case .disabled: false
    }
  }

  private mutating func beginBuilding() {
    // What is here is of the same history, only older: it may be shown meanwhile.
    call.replication.link.servesMeanwhile =
      call.host.files == nil || call.replication.link.promisedIdentifier == call.replication.identifier
    call.replication.link.staging = Keyspace(count: call.keyspace.count, hash: call.keyspace.hash)
    call.replication.link.loader = SnapshotLoader(
      .snapshot(call.configuration, hash: call.keyspace.hash),
      verifiesChecksum: call.configuration.rdbchecksum && !call.debugging.skipsChecksums, leavingOutExpiredAt: nil)
    call.logLine(.notice, "MASTER <-> REPLICA sync: Loading DB in memory")
  }

  mutating func readPayload(_ bytes: Bytes) -> Int {
    guard !holdsPrimary else { return 0 }
    var piece = bytes
    if case .length(let left) = call.replication.link.framing {
      if Int64(piece.count) > left { piece = piece[0..<Int(left)] }
      call.replication.link.framing = .length(left - Int64(piece.count))
    }
    call.replication.link.payloadReceived += Int64(piece.count)
    if call.replication.link.file != nil {
      receive(piece)
    } else {
      call.replication.link.take(piece)
      build()
    }
    return piece.count
  }

  // MARK: Building

  /// Makes keys of what has come.
  /// - Returns: whether there is more to do at once.
  mutating func runPayloadSlice() -> Bool {
    guard call.replication.link.stage == .payload, call.replication.link.isBuilding,
      call.replication.link.unreadBytes > 0
    else { return false }
    return build()
  }

  /// `key-load-delay`: whether more was loaded than there was time for.
  private var mustPauseBuilding: Bool {
    let delay = Int64(call.configuration.keyLoadDelay)
    guard delay > 0 else { return false }
    return Int64(call.replication.link.loadedKeys) * delay > call.now.monotonicMicroseconds
      - call.replication.link.payloadStart.monotonicMicroseconds
  }

  /// - Returns: whether there is more to do at once.
  @discardableResult
  private mutating func build() -> Bool {
    guard !mustPauseBuilding else { return false }
    // A delay after each key wants small steps.
    let budget = call.configuration.keyLoadDelay > 0 ? Self.sliceBytes / 4 : Self.sliceBytes
    do throws(RDBError) {
      let progress = try call.replication.link.load(budget: budget, clock: call.keyspace.clock, now: call.now)
      switch progress {
      case .paused: return true
      case .ended: endBuilding()
      case .needsMore:
        if case .length(0) = call.replication.link.framing {
          throw RDBError(offset: call.replication.link.loadedBytes, reason: .truncated)
        }
      }
    } catch {
      call.logLine(.warning, "Internal error in RDB reading: \(error)")
      abandonLink("Failed trying to load the MASTER synchronization DB from socket, check server logs.")
    }
    return false
  }

  /// The snapshot's own end was read.
  private mutating func endBuilding() {
    switch call.replication.link.framing {
    case .length(let left):
      if left > 0 { return abandonLink("The MASTER's snapshot ended before its last byte") }
      adoptStaging()
    case .mark(let mark):
      let tail = call.replication.link.trailing()
      guard tail.count >= mark.count else { return }
      guard Array(tail.prefix(mark.count)) == mark else {
        return abandonLink("Replication stream EOF marker is broken")
      }
      adoptStaging()
    }
  }

  /// The link broke while a snapshot was made keys of.
  func isBuildingCut() -> Bool { call.replication.link.stage == .payload && call.replication.link.isBuilding }

  mutating func noteBrokenPayload() {
    guard isBuildingCut() else { return }
    call.logLine(
      .warning,
      "Internal error in RDB reading offset \(call.replication.link.loadedBytes): Unexpected EOF reading RDB file")
    call.logLine(.warning, "Failed trying to load the MASTER synchronization DB from socket, check server logs.")
  }

  // MARK: Adopting

  /// Puts the primary's data in the place of our own, and goes on with its stream.
  private mutating func adoptStaging() {
    call.logLine(.notice, "MASTER <-> REPLICA sync: Swapping active DB with loaded DB")
    letGoOfData()
    if var staging = call.replication.link.staging.take() {
      call.keyspace.exchangeDatabases(with: &staging)
      // A watched key that was missing may be there now.
      for index in 0..<call.keyspace.count { call.touchAll(in: index) }
      call.invalidateAll()
    }
    let loaded = call.replication.link.loadedKeys
    let place = call.replication.link.loader?.place
    call.replication.link.forgetUnfinished()
    call.logLine(.notice, "Done loading RDB, keys loaded: \(loaded), keys expired: 0.")
    joinPrimarysHistory(place)
  }

  /// Gives up the data that are here, with what depends on them: the history that led to them has ended with that,
  /// whatever comes in their place. They are freed in slices.
  mutating func letGoOfData() {
    call.dropReplicas()
    call.abandonSnapshot("the primary's data took the place of ours")
    call.beginAppendOnlyAnew()
    call.replication.localExpiries.removeAll()
    call.replication.hasOwnWrites = false
    for index in 0..<call.keyspace.count {
      call.touchAll(in: index)
      let bytes = call.keyspace[index].usedBytes
      call.keyspace.reclaimer.take(call.keyspace[index].detachAll(), bytes: bytes)
    }
    call.endHistory()
  }

  /// The primary's data are here: its history is ours from now on.
  /// - Parameter place: where the snapshot says that it stands.
  mutating func joinPrimarysHistory(_ place: HistoryPlace?) {
    call.replication.awaitsData = false
    call.replication.identifier = call.replication.link.promisedIdentifier
    call.log.restart(at: call.replication.link.promisedOffset)
    // A primary says its database next. One that is a replica itself passes its own primary's stream on as it is.
    call.replication.link.streamDatabase = min(place?.database ?? 0, call.keyspace.count - 1)
    call.logLine(.notice, "MASTER <-> REPLICA sync: Finished with success")
    guard call.sessions.contains(call.replication.link.session) else {
      // The link broke meanwhile: the stream goes on from here on the next one.
      call.log.activate()
      call.replication.link.hasHistory = !call.replication.link.knowsNoOffsets
      call.replication.link.stage = .waiting
      return
    }
    beginStreaming()
  }
}
