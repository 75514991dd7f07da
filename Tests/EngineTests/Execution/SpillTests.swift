import Testing

@testable import Engine

/// What is written while a replica gets its snapshot, without an append-only file: a file without a name holds it.
@Suite struct SpillTests {
  private static let window = 16_384
  /// Blocks for the window's ends, for what waits to be written, and what one command takes.
  private static let allowedBytes = 5 << 17

  private func primary(_ files: MemoryFiles, _ more: (name: String, value: String)...) throws -> TestEngine {
    let directives =
      [
        (name: "repl-backlog-size", value: "\(Self.window)"), (name: "repl-diskless-sync-delay", value: "0"),
        (name: "enable-debug-command", value: "yes"), (name: "rdb-del-sync-files", value: "no"),
      ] + more
    var test = try TestEngine(loading: files, directives)
    let client = test.connect()
    _ = test.run("DEBUG POPULATE 200 old 2000", from: client)
    test.apply(.disconnected(client))
    return test
  }

  /// A replica that has asked for everything, and has read none of it yet.
  private func join(_ test: inout TestEngine) throws -> Follower {
    let follower = try Follower(of: &test)
    let before = test.engine.call.statistics.fullResyncs
    for _ in 0..<20 where test.engine.call.statistics.fullResyncs == before || test.engine.call.snapshot == nil {
      follower.exchange(with: &test, limit: 0)
    }
    expect(test.engine.call.snapshot != nil)
    return follower
  }

  /// Writes megabytes over a few keys; the disks go along.
  private func write(_ test: inout TestEngine, _ files: MemoryFiles, count: Int = 200) {
    let client = test.connect()
    for index in 0..<count {
      test.advance(milliseconds: 20)
      _ = test.run(["SET", "key\(index % 7)", String(repeating: "v", count: 15_000)], from: client)
      if index % 3 == 0 { _ = test.run(["INCR", "old:\(index)"], from: client) }
      test.drive(files)
    }
    test.apply(.disconnected(client))
  }

  @Test func aDiskThatStandsStillIsGivenNoOtherFile() throws {
    let files = MemoryFiles()
    var test = try primary(files)
    let follower = try join(&test)
    test.engine.call.appendOnly.lag.fallBehind(logEnd: 0, now: 0)
    write(&test, files, count: 5)
    expect(test.engine.call.replication.spill == nil)
    test.engine.call.appendOnly.lag.catchUp()
    write(&test, files, count: 5)
    expect(test.engine.call.replication.spill != nil)
    settle(&test, files, follower)
    expectInStep(test, follower)
  }

  /// Writes 15,000 bytes so many times, the disks standing still.
  private func overwrite(_ test: inout TestEngine, _ client: SessionHandle, _ count: Int) {
    for _ in 0..<count { _ = test.run(["SET", "key", String(repeating: "w", count: 15_000)], from: client) }
  }

  /// A write of the log to the file that the kernel has not done yet.
  private func stuckWrite(_ test: inout TestEngine, _ client: SessionHandle) throws -> PendingWrite {
    overwrite(&test, client, 20)
    let wanted = test.beginWrite(.spill)
    return try #require(wanted)
  }

  private func settle(_ test: inout TestEngine, _ files: MemoryFiles, _ followers: Follower...) {
    for _ in 0..<3 {
      for follower in followers { follower.settle(with: &test, files) }
      test.cron()
    }
  }

  private func expectInStep(_ test: borrowing TestEngine, _ followers: Follower..., resyncs: Int64 = 1) {
    for follower in followers {
      expect(follower.isOnline, "\(follower.test.logLines.suffix(9)) \(test.logLines.suffix(9))")
      expect(follower.test.digest, test.digest)
      expect(follower.test.engine.call.log.end == test.engine.call.log.end)
    }
    expect(test.engine.call.statistics.fullResyncs == resyncs)
    expect(test.engine.call.replication.readerCount == 0)
    expect(test.engine.call.replication.spill == nil)
  }

  private func spilledBytes(_ test: inout TestEngine) -> Int {
    let info = test.run("INFO replication", from: test.connect())
    return info.split(separator: "repl_spilled_bytes:").last.flatMap { Int($0.prefix { $0.isNumber }) } ?? -1
  }

  @Test(arguments: ["yes", "no"])
  func memoryKeepsNoMoreThanTheWindow(diskless: String) throws {
    let files = MemoryFiles()
    var test = try primary(files, ("repl-diskless-sync", diskless))
    let follower = try join(&test)
    expect(spilledBytes(&test) == 0)
    write(&test, files)
    expect(test.engine.call.log.allocatedBytes <= Self.allowedBytes, "\(test.engine.call.log.allocatedBytes)")
    expect(spilledBytes(&test) > 2 << 20)
    let usage = test.engine.call.memoryUsage(of: follower.session).output
    #expect(usage < Self.allowedBytes, "what is on the disk is none of its output")
    settle(&test, files, follower)
    write(&test, files)
    settle(&test, files, follower)
    expectInStep(test, follower)
    #expect(files.openCount == 0)
    #expect(files.names.keys.allSatisfy { $0 == "dump.rdb" }, "\(files.names.keys)")
  }

  @Test func whoHasTheSnapshotAndLoadsItHoldsNothingEither() throws {
    let files = MemoryFiles()
    var test = try primary(files)
    let follower = try join(&test)
    // The snapshot is sent, and its last bytes are not taken yet.
    for _ in 0..<400 where test.engine.call.sessions[follower.session].replica?.awaitsAcknowledgement != true {
      test.drive(files)
      if test.engine.pendingFeed(follower.session) > 0 {
        var count = 0
        test.engine.forEachFeedPiece(follower.session, limit: 64) {
          follower.keep($0)
          count += $0.count
        }
        test.engine.fed(count, to: follower.session)
      }
    }
    expect(test.engine.call.sessions[follower.session].replica?.awaitsAcknowledgement == true)
    write(&test, files)
    expect(test.engine.call.log.allocatedBytes <= Self.allowedBytes, "\(test.engine.call.log.allocatedBytes)")
    settle(&test, files, follower)
    expectInStep(test, follower)
    #expect(files.openCount == 0)
  }

  @Test func replicasThatJoinLaterReadTheSameFile() throws {
    let files = MemoryFiles()
    var test = try primary(files, ("repl-diskless-sync", "no"))
    let first = try join(&test)
    write(&test, files)
    let second = try Follower(of: &test)
    for _ in 0..<6 { second.exchange(with: &test, limit: 0) }
    write(&test, files)
    #expect(files.openCount <= 3, "the spill, and the snapshot for each")
    expect(test.engine.call.log.allocatedBytes <= Self.allowedBytes, "\(test.engine.call.log.allocatedBytes)")
    settle(&test, files, first, second)
    settle(&test, files, second, first)
    expectInStep(test, first, second, resyncs: 2)
    #expect(files.openCount == 0)
  }

  @Test func whoWasAwayMeanwhileGoesOnFromTheFile() throws {
    let files = MemoryFiles()
    var test = try primary(files)
    let first = try join(&test)
    settle(&test, files, first)
    expectInStep(test, first)
    let second = try Follower(of: &test)
    for _ in 0..<20 where test.engine.call.snapshot == nil { second.exchange(with: &test, limit: 0) }
    // All that is written is in the file, from before the first is cut off.
    write(&test, files)
    for _ in 0..<200 {
      first.exchange(with: &test)
      test.drive(files)
      first.test.drive(first.files)
    }
    first.cut(from: &test)
    write(&test, files)
    expect(test.engine.call.log.allocatedBytes <= Self.allowedBytes)
    first.connectAgain(to: &test)
    settle(&test, files, first, second)
    settle(&test, files, second, first)
    expectInStep(test, first, second, resyncs: 2)
    expect(test.engine.call.statistics.partialResyncsFromFiles == 1)
    #expect(files.openCount == 0)
  }

  /// A replica may ask for any byte.
  @Test func aCommandsMiddleMayBeAskedFor() throws {
    let files = MemoryFiles()
    var test = try primary(files)
    _ = try join(&test)
    write(&test, files)
    let start = test.engine.call.replication.spill!.start
    let end = test.engine.call.log.end
    for offset in stride(from: start, to: start + 400, by: 1) {
      let asker = test.connect()
      let identifier = String(decoding: test.engine.call.replication.identifier, as: UTF8.self)
      expect(test.run("REPLCONF capa psync2", from: asker), "+OK\r\n")
      expect(test.run("PSYNC \(identifier) \(offset + 1)", from: asker), "+CONTINUE \(identifier)\r\n")
      var count = 0
      for _ in 0..<100 where offset + Int64(count) < end {
        test.driveReads(files)
        guard test.engine.pendingFeed(asker) > 0 else { continue }
        var sent = 0
        test.engine.forEachFeedPiece(asker, limit: 64) { sent += $0.count }
        test.engine.fed(sent, to: asker)
        count += sent
      }
      expect(offset + Int64(count) == end)
      test.apply(.disconnected(asker))
    }
  }

  @Test func aDiskThatIsFullLeavesTheRestInMemory() throws {
    for room in [0, 1, 300_000, 1_500_000] {
      let files = MemoryFiles()
      var test = try primary(files)
      let follower = try join(&test)
      files.room = room
      write(&test, files)
      expect(test.engine.call.log.allocatedBytes > 1 << 20, "\(room)")
      #expect(test.logLines.count { $0.contains("No space left on device") } == 1)
      settle(&test, files, follower)
      expectInStep(test, follower)
      #expect(files.openCount == 0)
    }
  }

  @Test func withoutAFileMemoryKeepsAll() throws {
    for isRefused in [true, false] {
      let files = MemoryFiles()
      var test = try primary(files, ("repl-spill-to-disk", isRefused ? "yes" : "no"))
      let follower = try join(&test)
      if isRefused { files.failing[.open] = MemoryFiles.readOnly }
      write(&test, files)
      expect(test.engine.call.replication.spill == nil)
      expect(test.engine.call.log.allocatedBytes > 2 << 20)
      #expect(test.logLines.count { $0.contains("Read-only file system") } == (isRefused ? 1 : 0))
      settle(&test, files, follower)
      expectInStep(test, follower)
    }
  }

  @Test func theFileGoesWithItsLastReaderAndTheKernel() throws {
    let files = MemoryFiles()
    var test = try primary(files)
    let follower = try join(&test)
    write(&test, files)
    let client = test.connect()
    let pending = try stuckWrite(&test, client)
    follower.cut(from: &test)
    test.cron()
    #expect(files.isOpen(pending.file), "the kernel writes to it")
    expect(test.engine.call.replication.spill != nil)
    test.finish(pending, files)
    test.cron()
    #expect(files.openCount == 0)
    expect(test.engine.call.replication.spill == nil)
    // The log is let go of as well.
    write(&test, files, count: 20)
    expect(test.engine.call.log.allocatedBytes <= Self.allowedBytes)
  }

  @Test func anotherHistoryEndsIt() throws {
    let files = MemoryFiles()
    var test = try primary(files)
    let follower = try join(&test)
    write(&test, files)
    let client = test.connect()
    let pending = try stuckWrite(&test, client)
    test.engine.call.dropReplicas()
    test.engine.call.log.restart(at: 5)
    test.engine.call.log.activate()
    expect(test.beginWrite(.spill) == nil)
    test.finish(pending, files)
    test.apply(.disconnected(follower.session))
    test.cron()
    expect(test.engine.call.replication.spill == nil)
    #expect(files.openCount == 0)
  }

  @Test func aDiskThatIsTooSlowIsNotWaitedFor() throws {
    let files = MemoryFiles()
    var test = try primary(files, ("client-output-buffer-limit", "replica 2mb 0 0"))
    let follower = try join(&test)
    let client = test.connect()
    let pending = try stuckWrite(&test, client)
    overwrite(&test, client, 100)
    expect(!test.isEnded(follower.session))
    overwrite(&test, client, 60)
    expect(test.isEnded(follower.session), "more than it may have in memory")
    #expect(test.logLines.contains { $0.contains("the disk is slower than the writers") })
    // With nobody to read it, nothing of the log is kept for a write that does not end.
    test.apply(.disconnected(follower.session))
    overwrite(&test, client, 300)
    expect(test.engine.call.log.allocatedBytes <= Self.allowedBytes, "\(test.engine.call.log.allocatedBytes)")
    test.finish(pending, files)
    test.cron()
    #expect(files.openCount == 0)
  }
}
