// The files that the host writes for the engine, one write and one sync of each at a time. Here they part: each stream's
// own file says what it wants and what follows from what became of it.
extension Engine {
  /// The write that a stream wants done now, or nil. Its bytes are `forEachWritePiece`.
  public mutating func nextWrite(_ stream: FileStream) -> FileWrite? {
    switch stream {
    case .appendOnly: nextAppendOnlyWrite()
    case .snapshot: nextSnapshotWrite()
    case .received: nextReceivedWrite()
    case .spill: nextSpillWrite()
    }
  }

  /// Calls `body` with up to `limit` runs of the bytes of a stream's next write, in order. They stay where they are,
  /// unchanged, until `written`.
  public func forEachWritePiece(_ stream: FileStream, limit: Int, _ body: (Bytes) -> Void) {
    switch stream {
    case .appendOnly: forEachAppendOnlyPiece(limit: limit, body)
    case .snapshot: call.snapshot?.fileWriter?.forEachPiece(limit: limit, body)
    case .received: call.replication.link.file?.writer.forEachPiece(limit: limit, body)
    case .spill: if let spill = call.replication.spill { body(spill.gathered) }
    }
  }

  /// The host submitted the write that `nextWrite` wanted, of so many bytes.
  public mutating func submitted(_ stream: FileStream, _ byteCount: Int, isDurable: Bool) {
    switch stream {
    case .appendOnly: appendOnlySubmitted(byteCount, isDurable: isDurable)
    case .snapshot:
      call.snapshot?.noteOperation(now: call.now.monotonicMicroseconds)
      call.snapshot?.fileWriter?.writeStarted()
    case .received: call.replication.link.file?.writer.writeStarted()
    case .spill: call.replication.spill?.writeStarted()
    }
  }

  /// A stream's write has ended.
  /// - Parameter result: bytes written, or why none were.
  public mutating func written(_ stream: FileStream, _ result: Result<Int, FileFailure>, now: Instant) {
    call.now = now
    switch stream {
    case .appendOnly: appendOnlyWritten(result)
    case .snapshot: snapshotWritten(result)
    case .received: receivedWritten(result)
    case .spill: spillWritten(result)
    }
  }

  /// The file of a stream that is to be brought to the disk now, or nil.
  public mutating func nextSync(_ stream: FileStream) -> OpenFile? {
    switch stream {
    case .appendOnly: nextAppendOnlySync()
    case .snapshot: nextSnapshotSync()
    case .received: nextReceivedSync()
    // It is of no use to anybody after the process has ended.
    case .spill: nil
    }
  }

  /// A stream's sync has ended.
  public mutating func synced(_ stream: FileStream, _ failure: FileFailure?, now: Instant) {
    call.now = now
    switch stream {
    case .appendOnly: appendOnlySynced(failure)
    case .snapshot: snapshotSynced(failure)
    case .received: receivedSynced(failure)
    case .spill: break
    }
  }
}
