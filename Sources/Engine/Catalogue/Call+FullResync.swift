// Full resynchronization: the data set as a snapshot for a replica, and the log from there on.
extension Call {
  mutating func sendSnapshot(withHeader: Bool) throws(CommandError) {
    statistics.fullResyncs += 1
    let wantsNothingAfter = sessions[session].replica?.wantsSnapshotOnly == true
    let wantsNoKeys = sessions[session].replica?.wantsNoKeys == true
    let snapshot = wantsNoKeys ? makeSnapshot(withKeys: false) : currentSnapshot()
    if withHeader {
      reply.simple("FULLRESYNC \(String(decoding: replication.identifier, as: UTF8.self)) \(log.end)")
    }
    reply.raw("$")
    NumberText(Int64(snapshot.count)).withBytes { reply.raw($0) }
    reply.raw("\r\n")
    // Whatever comes next in the stream must say its database: this replica has none selected.
    log.forgetSelectedDatabase()
    join(wantsNothingAfter ? nil : log.cursorAtEnd(), .transfer)
    sessions[session].replica?.snapshot = snapshot
    sessions[session].replica?.snapshotSent = 0
  }

  /// The data set as it is now, as a snapshot; one is made for all replicas that come before the next change.
  private mutating func currentSnapshot() -> SnapshotBuffer {
    if let last = replication.lastSnapshot.buffer, replication.lastSnapshot.offset == log.end,
      replication.lastSnapshot.changes == keyspace.changes
    {
      return last
    }
    let buffer = makeSnapshot(withKeys: true)
    replication.lastSnapshot = LastSnapshot(buffer: buffer, offset: log.end, changes: keyspace.changes)
    return buffer
  }

  private func makeSnapshot(withKeys: Bool) -> SnapshotBuffer {
    var writer = RDBWriter(compresses: configuration.rdbcompression, checksums: configuration.rdbchecksum)
    replication.identifier.withBytes { identifier in
      var information = RDBWriter.Information(
        redisVersion: Bytes("7.2.4"), createdSeconds: now.unixSeconds, usedMemoryBytes: UInt64(keyspace.usedBytes))
      information.replication = RDBWriter.Replication(
        streamDatabase: log.selectedDatabase ?? 0, id: identifier, offset: log.end)
      writer.begin(information, version: withKeys ? keyspace.snapshotVersion : RDBVersion.written)
    }
    if withKeys {
      writer.write(keyspace) { RDBUsage.of($0, keyspace.clock, configuration.maxmemoryPolicy, now) }
    }
    writer.end()
    return SnapshotBuffer(writer.finish())
  }
}
