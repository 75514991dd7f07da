import Testing

@testable import Engine

/// What is written while a replica gets its snapshot: where an append-only file holds it, memory does not.
@Suite struct JoiningReplicaTests {
  private static let window = 16_384

  private func recording(
    _ files: MemoryFiles, _ more: (name: String, value: String)...
  ) throws -> TestEngine {
    let directives =
      [
        (name: "appendonly", value: "yes"), (name: "appendfsync", value: "no"),
        (name: "repl-backlog-size", value: "\(Self.window)"), (name: "repl-diskless-sync-delay", value: "0"),
        (name: "enable-debug-command", value: "yes"), (name: "rdb-del-sync-files", value: "no"),
      ] + more
    var test = try TestEngine(loading: files, directives)
    test.drive(files)
    let client = test.connect()
    _ = test.run("DEBUG POPULATE 200 old 2000", from: client)
    return test
  }

  /// A replica that has asked for everything, and has read none of it yet.
  private func join(_ test: inout TestEngine) throws -> Follower {
    let follower = try Follower(of: &test)
    for _ in 0..<20 where test.engine.call.snapshot == nil { follower.exchange(with: &test, limit: 0) }
    expect(test.engine.call.snapshot != nil)
    return follower
  }

  /// Writes about three megabytes, brought to the files as they come.
  private func write(_ test: inout TestEngine, _ files: MemoryFiles) {
    let client = test.connect()
    for index in 0..<200 {
      test.advance(milliseconds: 20)
      _ = test.run(["SET", "key\(index % 7)", String(repeating: "v", count: 15_000)], from: client)
      if index % 3 == 0 { _ = test.run(["INCR", "old:\(index)"], from: client) }
      test.drive(files)
    }
    test.apply(.disconnected(client))
  }

  private func expectOneResync(_ test: borrowing TestEngine, _ follower: Follower, _ files: MemoryFiles) {
    expect(follower.isOnline, "\(follower.test.logLines.suffix(9)) \(test.logLines.suffix(9))")
    expect(follower.test.digest, test.digest)
    expect(follower.test.engine.call.log.end == test.engine.call.log.end)
    expect(test.engine.call.statistics.fullResyncs == 1)
    expect(test.engine.call.replication.readerCount == 0)
  }

  /// Two blocks for the window's ends, and what one command takes.
  private static let allowedBytes = 4 << 17

  @Test(arguments: ["yes", "no"], ["yes", "no"])
  func memoryKeepsNoMoreThanTheWindow(_ diskless: String, _ timestamps: String) throws {
    let files = MemoryFiles()
    var test = try recording(files, ("repl-diskless-sync", diskless), ("aof-timestamp-enabled", timestamps))
    let follower = try join(&test)
    write(&test, files)
    expect(test.engine.call.log.allocatedBytes <= Self.allowedBytes, "\(test.engine.call.log.allocatedBytes)")
    let usage = test.engine.call.memoryUsage(of: follower.session).output
    #expect(usage < Self.allowedBytes, "what is on the disk is none of its output")
    follower.settle(with: &test, files)
    write(&test, files)
    for _ in 0..<3 {
      follower.settle(with: &test, files)
      test.cron()
    }
    expectOneResync(test, follower, files)
    #expect(files.openCount == 1, "the increment that is written")
  }

  @Test func aRewriteMeanwhileTakesNothingAway() throws {
    let files = MemoryFiles()
    var test = try recording(files, ("repl-diskless-sync", "no"))
    let follower = try join(&test)
    test.drive(files)
    let client = test.connect()
    for _ in 0..<3 {
      write(&test, files)
      expect(test.run("BGREWRITEAOF", from: client).hasPrefix("+Background"))
      test.drive(files)
    }
    expect(files.size(of: "appendonlydir/appendonly.aof.1.incr.aof") == nil)
    expect(test.engine.call.log.allocatedBytes <= Self.allowedBytes)
    for _ in 0..<3 {
      follower.settle(with: &test, files)
      test.cron()
    }
    expectOneResync(test, follower, files)
    #expect(files.openCount == 1)
  }

  @Test func whatFollowsAFileThatIsClosedComesFromMemory() throws {
    for reads in [false, true] {
      let files = MemoryFiles()
      var test = try recording(files)
      let follower = try join(&test)
      write(&test, files)
      if reads {
        // It is being sent what the file holds when that is closed.
        for _ in 0..<400 where test.engine.call.sessions[follower.session].replica?.history == nil {
          follower.exchange(with: &test)
          test.drive(files)
          follower.test.drive(follower.files)
        }
        expect(test.engine.call.sessions[follower.session].replica?.history != nil)
      }
      let client = test.connect()
      expect(test.run("CONFIG SET appendonly no", from: client), "+OK\r\n")
      for _ in 0..<3 { test.drive(files) }
      expect(!test.engine.call.isAppending)
      write(&test, files)
      for _ in 0..<3 {
        follower.settle(with: &test, files)
        test.cron()
      }
      expectOneResync(test, follower, files)
      #expect(files.openCount == 0)
    }
  }

  @Test func whoIsLostMidwayLeavesNoFileOpen() throws {
    let files = MemoryFiles()
    var test = try recording(files)
    let follower = try join(&test)
    write(&test, files)
    follower.cut(from: &test)
    test.drive(files)
    expect(test.engine.call.replication.readerCount == 0)
    #expect(files.openCount == 1)
  }

  /// Neither increments nor, without an append-only file, what is spilled.
  @Test(arguments: ["yes", "no"]) func filesAreNotHeldWithoutEnd(appendOnly: String) throws {
    let files = MemoryFiles()
    var test = try recording(files, ("appendonly", appendOnly))
    let follower = try join(&test)
    let client = test.connect()
    let value = String(repeating: "v", count: 1 << 20)
    func write(_ count: Int) {
      for _ in 0..<count {
        _ = test.run(["SET", "key", value], from: client)
        test.drive(files)
      }
      test.cron(afterMilliseconds: 2000)
    }
    write(250)
    expect((test.engine.call.replication.spill == nil) == (appendOnly == "yes"))
    expect(!test.isEnded(follower.session))
    write(10)
    expect(test.isEnded(follower.session), "four times what is worth being sent")
  }

  @Test func aFullDiskGetsBackWhatIsHeldForReplicasAlone() throws {
    let files = MemoryFiles()
    var test = try recording(files, ("repl-diskless-sync", "no"))
    let follower = try join(&test)
    test.drive(files)
    let client = test.connect()
    func failWrite() throws {
      _ = test.run("SET a 1", from: client)
      let write = try test.wantedWrite()
      test.engine.written(
        write.stream, .failure(FileFailure(code: 28, reason: "No space left on device")), now: test.now)
      test.settle()
    }
    try failWrite()
    expect(!test.isEnded(follower.session), "the file is needed in any case")
    test.advance(milliseconds: 2000)
    test.drive(files)
    _ = test.run("BGREWRITEAOF", from: client)
    test.drive(files)
    try failWrite()
    expect(test.isEnded(follower.session))
  }
}
