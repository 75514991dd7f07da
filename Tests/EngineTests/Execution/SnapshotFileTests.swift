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
}
