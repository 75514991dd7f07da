import Testing

@testable import Engine

/// Full resyncs by way of a file: under which name, on which disk, and for whom not.
@Suite struct SnapshotFileTests {
  private func primary(_ files: MemoryFiles, _ more: (name: String, value: String)...) throws -> TestEngine {
    var test = try TestEngine(loading: files, [(name: "enable-debug-command", value: "yes")] + more)
    test.drive(files)
    let client = test.connect()
    _ = test.run("DEBUG POPULATE 100", from: client)
    test.apply(.disconnected(client))
    return test
  }

  /// What a replica is fed until there is nothing more.
  private func fed(_ test: inout TestEngine, _ files: MemoryFiles, _ replica: SessionHandle) -> [UInt8] {
    var bytes: [UInt8] = []
    test.driveReads(files)
    while test.engine.pendingFeed(replica) > 0 {
      var piece: [UInt8] = []
      test.engine.forEachFeedPiece(replica, limit: 8) { piece += $0.array }
      test.engine.fed(piece.count, to: replica)
      bytes += piece
      test.driveReads(files)
    }
    return bytes
  }

  @Test func theFileThatWasWrittenIsTheOneThatIsSentAndDeleted() throws {
    let files = MemoryFiles()
    var test = try primary(files, ("rdb-del-sync-files", "yes"), ("enable-protected-configs", "yes"))
    files["other.rdb"] = Array("of another day".utf8)
    let (client, replica) = (test.connect(), test.connect())
    #expect(test.run("PSYNC ? -1", from: replica).hasPrefix("+FULLRESYNC"))
    expect(test.engine.call.snapshot?.purpose == .file)
    expect(test.run("CONFIG SET dbfilename other.rdb", from: client), "+OK\r\n")
    test.drive(files)
    let snapshot = files["dump.rdb"]
    #expect(snapshot.count > 100)
    let bytes = fed(&test, files, replica)
    #expect(bytes == Array("$\(snapshot.count)\r\n".utf8) + snapshot)
    test.cron()
    test.drive(files)
    #expect(files.size(of: "dump.rdb") == nil)
    #expect(files["other.rdb"] == Array("of another day".utf8))
  }

  @Test func whoIsRefusedLeavesNoLogBehind() throws {
    var test = try primary(MemoryFiles())
    let (client, replica) = (test.connect(), test.connect())
    _ = test.run("REPLCONF rdb-filter-only functions", from: replica)
    for line in ["SYNC", "PSYNC ? -1"] {
      expect(test.run(line, from: replica), "-ERR Filtered replica requires EOF capability\r\n")
      expect(test.information("repl_backlog_active", from: client), "0")
    }
    expect(!test.logLines.contains { $0.contains("asks for synchronization") })
  }

  // MARK: A disk that stands still

  /// Has the append-only file fall behind.
  /// - Returns: the write that does not end.
  private func stall(_ test: inout TestEngine) throws -> PendingWrite {
    let write = try test.wantedWrite()
    test.cron(afterMilliseconds: 5000)
    expect(test.engine.call.appendOnly.lag.isBehind)
    return write
  }

  @Test func noFileIsBegunForReplicasOnADiskThatStandsStill() throws {
    let files = MemoryFiles()
    var test = try primary(files, ("appendonly", "yes"), ("repl-diskless-sync", "no"))
    let client = test.connect()
    _ = test.run("SET a 1", from: client)
    let stuck = try stall(&test)
    let replica = test.connect()
    _ = test.run("REPLCONF capa eof capa psync2", from: replica)
    expect(test.run("PSYNC ? -1", from: replica), "")
    for _ in 0..<3 {
      expect(test.engine.call.snapshot == nil)
      test.cron()
    }
    expect(test.information("slave0", from: client).contains("state=wait_bgsave"))
    // A stream needs no disk.
    let streamed = test.connect()
    _ = test.run("REPLCONF capa eof rdb-filter-only functions", from: streamed)
    _ = test.run("CONFIG SET repl-diskless-sync-delay 0", from: client)
    _ = test.run("PSYNC ? -1", from: streamed)
    expect(test.engine.call.snapshot?.purpose == .replicas)
    test.apply(.disconnected(streamed))
    test.cron()

    test.finish(stuck, files)
    test.drive(files)
    test.cron()
    expect(!test.engine.call.appendOnly.lag.isBehind)
    expect(test.engine.call.snapshot?.purpose == .file)
    expect(test.output(of: replica).contains("+FULLRESYNC"))
    test.drive(files)
    #expect(fed(&test, files, replica).starts(with: Array("$\(files["dump.rdb"].count)\r\n".utf8)))
  }

  @Test func aReplicaTakesNoFileInOnADiskThatStandsStill() throws {
    let files = MemoryFiles()
    var replica = try LinkedReplica(files, ("appendonly", "yes"))
    _ = replica.shakeHands()
    replica.resynchronise(String(repeating: "a", count: 40), at: 1000)
    for _ in 0..<3 {
      replica.test.cron()
      replica.test.drive(files)
    }
    replica.send("SELECT 0")
    replica.send("SET a 1")
    let stuck = try stall(&replica.test)
    replica.cut()
    _ = replica.shakeHands()
    var writer = RDBWriter()
    writer.begin(RDBWriter.Information(redisVersion: Bytes("7.2.4"), createdSeconds: 0, usedMemoryBytes: 0))
    writer.end()
    let snapshot = writer.finish().array
    replica.say("+FULLRESYNC \(String(repeating: "b", count: 40)) 5000\r\n$\(snapshot.count)\r\n")
    let isHeld = replica.test.engine.holdsPrimary
    #expect(isHeld)
    replica.say(snapshot)
    replica.test.cron(afterMilliseconds: 100_000)
    expect(!files.names.keys.contains { $0.hasPrefix("temp-") })
    let client = replica.test.connect()
    expect(replica.test.run("GET a", from: client), "$1\r\n1\r\n")

    replica.test.finish(stuck, files)
    replica.test.drive(files)
    replica.test.cron()
    let isHeldStill = replica.test.engine.holdsPrimary
    #expect(!isHeldStill)
    replica.say([])
    replica.test.drive(files)
    expect(replica.test.run("GET a", from: client), "$-1\r\n")
    expect(replica.test.engine.call.replication.link.isUp)
  }
}
