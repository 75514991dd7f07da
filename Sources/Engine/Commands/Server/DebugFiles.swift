// What DEBUG does with the data set's files.

extension Call {
  /// Forgets all keys, at once.
  mutating func emptyKeyspace() {
    abandonSnapshot("the data set is loaded again")
    for index in 0..<keyspace.count {
      if watches.keyCount > 0 { touchAll(in: index) }
      keyspace.flush(index, lazily: false)
    }
  }

  /// DEBUG LOADAOF: empties the data set and loads the append-only file in its place, once everything is in it.
  mutating func requestAppendOnlyReload() throws(CommandError) {
    guard host.files != nil, mayWait else { throw .text("ERR DEBUG LOADAOF cannot wait for a file here") }
    reloadAsker = session
    sessions.setBlocked(session, true)
  }

  /// DEBUG RELOAD NOSAVE: reads the snapshot file.
  /// - Parameter flushes: whether the data set is emptied first.
  mutating func readSnapshotFile(flushes: Bool) throws(CommandError) {
    let failure = CommandError.text("ERR Error trying to load the RDB dump, check server logs")
    guard let files = host.files else { throw failure }
    if flushes { emptyKeyspace() }
    do throws(FileFailure) {
      let file = try files.open(configuration.dbfilename, for: .reading)
      defer { files.close(file) }
      var loader = SnapshotLoader(
        .snapshot(configuration, hash: keyspace.hash),
        verifiesChecksum: configuration.rdbchecksum && !debugging.skipsChecksums,
        leavingOutExpiredAt: now.unixMilliseconds, replacesKeys: !flushes)
      var piece = ByteBuffer()
      while true {
        piece.removeAll()
        guard try files.read(file, atMost: 1 << 20, into: &piece) > 0 else {
          throw FileFailure(code: 0, reason: "Unexpected EOF reading RDB file")
        }
        do throws(RDBError) {
          if try loader.feed(piece.bytes, into: &keyspace, now: now) { break }
        } catch { throw FileFailure(code: 0, reason: error.description) }
      }
      persistence.loadedKeys = loader.loadedKeys
      for name in loader.emptyKeyNames { logLine(.notice, "rdbLoadObject skipping empty key: \(name)") }
      persistence.expiredKeysAtLoad = loader.expiredKeys
    } catch {
      logLine(.warning, "Error trying to load the RDB dump: \(error.reason)")
      throw failure
    }
    logLine(.notice, "DB reloaded by DEBUG RELOAD")
  }
}
