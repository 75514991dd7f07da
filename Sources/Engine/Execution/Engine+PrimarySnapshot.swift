// The snapshot that a primary sends, and its taking the place of what was here.
extension Engine {
  mutating func readPayloadHeader(_ bytes: Bytes) -> Int {
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

  mutating func readPayload(_ bytes: Bytes) -> Int {
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
    call.beginAppendOnlyAnew()
    call.log.restart(at: call.replication.link.promisedOffset)
    // A stream that follows a snapshot begins with no database selected.
    call.replication.link.streamDatabase = 0
    call.logLine(.notice, "Done loading RDB, keys loaded: \(loaded), keys expired: 0.")
    call.logLine(.notice, "MASTER <-> REPLICA sync: Finished with success")
    beginStreaming()
  }
}
