// The primary's snapshot by way of a file: received, brought to the disk, renamed, loaded in slices in the place of what
// was here.
extension Engine {
  mutating func beginReceiving() {
    guard let files = call.host.files else { return }
    let path = "temp-\(call.now.unixSeconds).\(call.facts.processIdentifier).rdb"
    do throws(FileFailure) {
      let file = try files.open(path, for: .writing)
      let mark = if case .mark(let mark) = call.replication.link.framing { mark } else { [UInt8]() }
      call.replication.link.file = ReceivedFile(file: file, temporaryPath: path, mark: mark)
    } catch {
      abandonLink("Opening the temp file needed for MASTER <-> REPLICA synchronization: \(error.reason)")
    }
  }

  mutating func receive(_ piece: Bytes) {
    guard let file = call.replication.link.file else { return }
    let endsWithMark = file.append(piece)
    if case .length(0) = call.replication.link.framing { return file.finish() }
    if endsWithMark { file.finish() }
  }

  // MARK: To the disk

  mutating func nextReceivedWrite() -> FileWrite? {
    guard let file = call.replication.link.file, file.writer.wantsWrite, call.replication.link.retiredFile == nil else {
      return nil
    }
    return FileWrite(file: file.writer.file, isDurable: false)
  }

  mutating func receivedWritten(_ result: Result<Int, FileFailure>) {
    if forgetRetired() { return }
    guard let file = call.replication.link.file else { return }
    switch result {
    case .success(let count): file.writer.ended(written: count)
    case .failure(let failure):
      file.writer.ended()
      abandonLink(
        "Write error or short write writing to the DB dump file needed for MASTER <-> REPLICA synchronization: \(failure.reason)"
      )
    }
  }

  mutating func nextReceivedSync() -> OpenFile? {
    guard let file = call.replication.link.file, file.writer.wantsSync, call.replication.link.retiredFile == nil else {
      return nil
    }
    file.writer.syncStarted()
    return file.writer.file
  }

  mutating func receivedSynced(_ failure: FileFailure?) {
    if forgetRetired() { return }
    guard let file = call.replication.link.file else { return }
    file.writer.ended()
    if let failure {
      return abandonLink(
        "Failed trying to sync the temp DB to disk in MASTER <-> REPLICA synchronization: \(failure.reason)")
    }
    loadReceived(file)
  }

  /// What the kernel held of a file that was given up has ended.
  private mutating func forgetRetired() -> Bool {
    guard let file = call.replication.link.retiredFile else { return false }
    call.host.files?.close(file.writer.file)
    call.replication.link.retiredFile = nil
    return true
  }

  // MARK: Loading

  /// Loads the file in the place of what is here.
  private mutating func loadReceived(_ file: ReceivedFile) {
    guard let files = call.host.files else { return }
    let path = call.configuration.dbfilename
    // One of ours that is under way would take its place.
    call.abandonSnapshot("the primary's data take the place of ours")
    do throws(FileFailure) {
      try call.replaceLargeFile(path, by: file.temporaryPath)
    } catch {
      return abandonLink(
        "Failed trying to rename the temp DB into \(path) in MASTER <-> REPLICA synchronization: \(error.reason)")
    }
    files.close(file.writer.file)
    call.replication.link.file = nil
    call.replication.link.stage = .loading
    // From here on there is nothing to go back to.
    call.replication.link.hasHistory = false
    call.logLine(.notice, "MASTER <-> REPLICA sync: Flushing old data")
    letGoOfData()
    call.invalidateAll()
    call.logLine(.notice, "MASTER <-> REPLICA sync: Loading DB in memory")
    beginLoading(
      [
        DatasetLoading.File(kind: .snapshot, name: path, path: path, byteCount: files.size(of: path) ?? 0)
      ], asker: .none, isFromPrimary: true)
  }

  /// Frees what was here before.
  /// - Returns: whether loading must wait for that, so that not both are in memory (`replica-lazy-flush`).
  mutating func makesRoom() -> Bool {
    let hasMore = call.keyspace.reclaim(limit: 1024)
    return hasMore && !call.configuration.replicaLazyFlush
  }

  /// - Parameter place: where the snapshot says that it stands.
  mutating func adoptLoadedFile(_ place: HistoryPlace?) {
    removeReceivedFile()
    for index in 0..<call.keyspace.count { call.touchAll(in: index) }
    joinPrimarysHistory(place)
  }

  /// The file could not be loaded: what was made of it so far goes.
  mutating func abandonLoadedFile() {
    removeReceivedFile()
    letGoOfData()
    abandonLink("Failed trying to load the MASTER synchronization DB from disk, check server logs.")
  }

  /// `rdb-del-sync-files`.
  private mutating func removeReceivedFile() {
    guard call.removesSyncFiles else { return }
    call.logLine(.notice, "Removing the RDB file obtained from the master. This replica has persistence disabled")
    call.removeLargeFile(call.configuration.dbfilename)
  }

  // MARK: Signs of life

  /// Tells the primary that this replica is there, though it has nothing to say.
  mutating func greetPrimary() {
    call.write(to: call.replication.link.session) { $0.raw("\n") }
  }

  /// `greetPrimary`, once a second.
  mutating func greetWhileLoading() {
    guard call.loading?.isFromPrimary == true, call.now.monotonicMicroseconds - lastSecond >= 1_000_000 else { return }
    lastSecond = call.now.monotonicMicroseconds
    greetPrimary()
  }
}
