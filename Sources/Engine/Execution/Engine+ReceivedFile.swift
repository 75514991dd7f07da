// The primary's snapshot by way of a file: received, brought to the disk, loaded in slices in the place of what was here.
// Only then does it become the snapshot file: until it has proved to be whole, what that holds is all there is.
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
    return FileWrite(file: file.file, isDurable: false)
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
    return file.file
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
    call.cause(.closeFile(file.file))
    call.replication.link.retiredFile = nil
    return true
  }

  // MARK: Loading

  /// Loads the file in the place of what is here.
  private mutating func loadReceived(_ file: ReceivedFile) {
    guard let files = call.host.files else { return }
    let path = file.temporaryPath
    files.close(file.file)
    call.replication.link.file = nil
    call.replication.link.stage = .loading
    // From here on there is nothing to go back to.
    call.logLine(.notice, "MASTER <-> REPLICA sync: Flushing old data")
    call.replication.awaitsData = true
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

  /// - Parameters:
  ///   - path: the file, which becomes the snapshot file.
  ///   - place: where the snapshot says that it stands.
  mutating func adoptLoadedFile(_ path: String, _ place: HistoryPlace?) {
    nameReceivedFile(path)
    for index in 0..<call.keyspace.count { call.touchAll(in: index) }
    joinPrimarysHistory(place)
  }

  /// The file could not be loaded: what was made of it so far goes, and the file.
  mutating func abandonLoadedFile(_ path: String) {
    call.removeLargeFile(path)
    letGoOfData()
    abandonLink("Failed trying to load the MASTER synchronization DB from disk, check server logs.")
  }

  /// Makes the primary's snapshot the server's own, or deletes it (`rdb-del-sync-files`). Where that cannot be, the older
  /// one stays: it says itself how old it is.
  private mutating func nameReceivedFile(_ path: String) {
    let name = call.configuration.dbfilename
    do throws(FileFailure) {
      try call.replaceLargeFile(name, by: path)
    } catch {
      call.logLine(
        .warning,
        "Failed trying to rename the temp DB into \(name) in MASTER <-> REPLICA synchronization: \(error.reason)")
      return call.removeLargeFile(path)
    }
    guard call.removesSyncFiles else { return }
    call.logLine(.notice, "Removing the RDB file obtained from the master. This replica has persistence disabled")
    call.removeLargeFile(name)
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
