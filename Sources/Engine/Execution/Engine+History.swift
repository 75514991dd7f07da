/// A read that the engine wants done for a replica, at a place in a file.
public struct FileRead: Sendable, BitwiseCopyable {
  public let session: SessionHandle
  public let file: OpenFile
  public let position: Int64
  public let byteCount: Int
}

// Replicas that are sent the log from files, until they have come to what memory holds of it.
extension Engine {
  /// Bytes that may wait to be sent before more is read.
  private static var pendingLimitBytes: Int { 1 << 20 }
  /// How long nobody is sent a file that could not be read.
  private static var pauseAfterFailureMicroseconds: Int64 { 60_000_000 }

  /// The next read that a replica's catching up wants done, or nil. Its outcome is told by `historyRead`.
  public mutating func nextHistoryRead() -> FileRead? {
    guard call.replication.readerCount > 0 else { return nil }
    for handle in call.replication.replicas {
      guard let reader = call.sessions[handle].replica?.history, let feed = call.sessions[handle].replica?.feed,
        !reader.isReading, !feed.isComplete, feed.pendingBytes(of: handle) < Self.pendingLimitBytes,
        call.sessions[handle].flags.isDisjoint(with: [.closing, .aborted]), !joinsMemory(handle, reader, feed),
        let read = nextRead(reader, handle)
      else { continue }
      reader.beginRead()
      call.replication.reads[handle] = reader
      return read
    }
    return nil
  }

  private mutating func nextRead(_ reader: HistoryReader, _ handle: SessionHandle) -> FileRead? {
    while let part = reader.part {
      let (position, count) = reader.wanted(of: call.readableBytes(part, of: reader))
      if count > 0 {
        return FileRead(session: handle, file: part.file, position: Int64(position), byteCount: count)
      }
      if let done = reader.nextPart() {
        call.cause(.closeFile(done))
        continue
      }
      // What is not in the file yet is about to be, as long as all that is in it was found to be the log.
      if let written = writtenOffset(part, of: reader), reader.next >= written { return nil }
      if !reader.startOver() { break }
    }
    giveUp(handle, reader, "the bytes of \(reader.part?.name ?? "a file") do not end where the next file begins")
    return nil
  }

  /// The offset up to which a file holds the log that is still written; nil: it is not written any more.
  private func writtenOffset(_ part: HistoryReader.Part, of reader: HistoryReader) -> Int64? {
    if let spill = reader.spill { return spill.isTaking ? spill.written : nil }
    return call.appendOnly.segments.contains { $0.name == part.name } ? call.appendOnly.writtenOffset : nil
  }

  /// A read of `nextHistoryRead` has ended.
  public mutating func historyRead(_ handle: SessionHandle, _ result: Result<Bytes, FileFailure>, now: Instant) {
    call.now = now
    guard let reader = call.replication.reads.removeValue(forKey: handle) else { return }
    if reader.isAbandoned {
      reader.readFailed()
      return call.closeFiles(of: reader)
    }
    guard let feed = call.sessions[handle].replica?.feed else { return reader.readFailed() }
    switch result {
    case .failure(let failure):
      reader.readFailed()
      // The disk may be well again later.
      giveUp(
        handle, reader, failure.reason, until: now.monotonicMicroseconds + Self.pauseAfterFailureMicroseconds)
    case .success(let bytes):
      let before = reader.next
      guard reader.took(bytes, { feed.append($0) }), !bytes.isEmpty || reader.isAtEnd else {
        return giveUp(handle, reader, "\(reader.part?.name ?? "a file") is damaged behind offset \(before)")
      }
      _ = joinsMemory(handle, reader, feed)
    }
  }

  /// Puts the replica's cursor where its reader has come to, if memory holds that: what follows comes from there.
  private mutating func joinsMemory(_ handle: SessionHandle, _ reader: HistoryReader, _ feed: SnapshotFeed) -> Bool {
    if let kept = call.sessions[handle].cursor {
      // The files end before the log's end, and memory keeps what follows.
      guard kept.position == reader.next else { return false }
    } else {
      guard let cursor = call.log.cursor(at: reader.next) else { return false }
      call.sessions[handle].cursor = cursor
    }
    feed.finish()
    if feed.isThrough(handle) { endHistory(handle) }
    return true
  }

  /// The replica has been sent all that came from files.
  mutating func endHistory(_ handle: SessionHandle) {
    endTransfer(handle)
    call.logLine(
      .notice, "Replica \(call.replicaName(handle)) has been sent the log from files, and is in step with memory")
  }

  /// Cuts off replicas that are so far behind that too much would have to be held in files for them.
  mutating func boundHistory() {
    guard call.replication.readerCount > 0, let limit = call.historyLimitBytes else { return }
    for handle in call.replication.replicas {
      guard let reader = call.sessions[handle].replica?.reader, call.sessions[handle].cursor == nil,
        call.log.end - reader.next > limit, call.sessions[handle].flags.isDisjoint(with: [.closing, .aborted])
      else { continue }
      call.logLine(
        .warning,
        "Disconnecting replica \(call.replicaName(handle)): more than \(limit) bytes of the log would have to be kept in files for it"
      )
      call.statistics.outputBufferLimitDisconnections += 1
      call.abort(handle)
    }
  }

  /// The disk is full: cuts off replicas for whom files are held that a rewrite has deleted.
  mutating func letGoOfDeletedFiles() {
    guard call.replication.readerCount > 0 else { return }
    let listed = (call.appendOnly.manifest.history + call.appendOnly.manifest.increments).map(\.name)
    for handle in call.replication.replicas {
      guard let reader = call.sessions[handle].replica?.reader, !reader.names.allSatisfy(listed.contains),
        call.sessions[handle].flags.isDisjoint(with: [.closing, .aborted])
      else { continue }
      call.logLine(
        .warning,
        "Disconnecting replica \(call.replicaName(handle)): the disk is full, and files are kept for it alone")
      call.abort(handle)
    }
  }

  /// The files do not hold what they should, or cannot be read: the replica must ask again, and gets a snapshot then.
  /// - Parameter end: until when nobody is sent anything from that file, monotonic microseconds.
  private mutating func giveUp(
    _ handle: SessionHandle, _ reader: HistoryReader, _ reason: String, until end: Int64 = .max
  ) {
    call.logLine(
      .warning,
      "Can't send replica \(call.replicaName(handle)) the log from files: \(reason). It will need a full resync.")
    if reader.spill == nil, let name = reader.part?.name { call.replication.damagedFiles[name] = end }
    call.abort(handle)
  }
}
