import Testing

@testable import Engine

/// A disk that stands still, under the policies that do not wait for it: from some point on nothing more is acknowledged.
@Suite struct BackPressureTests {
  private func recording(
    _ files: MemoryFiles, fsync: String, _ more: (name: String, value: String)...
  ) throws -> TestEngine {
    let directives = [(name: "appendonly", value: "yes"), (name: "appendfsync", value: fsync)] + more
    var test = try TestEngine(loading: files, directives)
    test.drive(files)
    return test
  }

  private func delayed(_ test: inout TestEngine, _ client: SessionHandle) -> String {
    let info = test.run("INFO persistence", from: client)
    return String(info.split(separator: "\r\n").first { $0.hasPrefix("aof_delayed_fsync:") } ?? "")
  }

  @Test(arguments: ["everysec", "no"]) func aWriteThatDoesNotEndHoldsWritesAndNoReads(policy: String) throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: policy)
    let (early, late, reader) = (test.connect(), test.connect(), test.connect())
    expect(test.run("SET a 1", from: early), "+OK\r\n")
    let stuck = try test.wantedWrite()
    test.cron(afterMilliseconds: 1900)
    expect(test.run("SET b 1", from: early), "+OK\r\n")
    expect(delayed(&test, reader), "aof_delayed_fsync:0")
    test.cron(afterMilliseconds: 200)
    expect(test.run("SET c 1", from: late), "")
    // Whose last write was answered is served, and so is who reads what is not.
    expect(test.run("GET b", from: early), "$1\r\n1\r\n")
    expect(test.run("GET c", from: reader), "$1\r\n1\r\n")
    test.cron(afterMilliseconds: 60_000)
    expect(test.output(of: late), "")
    expect(delayed(&test, reader), "aof_delayed_fsync:1")
    test.finish(stuck, files)
    expect(test.output(of: late), "")
    test.drive(files)
    expect(test.output(of: late), "+OK\r\n")
    expect(test.run("SET d 1", from: late), "+OK\r\n")
    expect(test.logLines.contains { $0.hasPrefix("Asynchronous AOF write is taking too long (disk is busy?).") })
    expect(test.logLines.contains { $0.hasPrefix("The AOF has caught up after 60.0 seconds") })
    // Once more is counted once more.
    let again = try test.wantedWrite()
    test.cron(afterMilliseconds: 2100)
    expect(delayed(&test, reader), "aof_delayed_fsync:2")
    test.finish(again, files)
    _ = test.run("CONFIG RESETSTAT", from: reader)
    expect(delayed(&test, reader), "aof_delayed_fsync:0")
  }

  /// With the write the kernel has it, and the disk not yet.
  @Test func whatWasAcknowledgedBeforeIsOnTheDiskFirst() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    let (early, late) = (test.connect(), test.connect())
    expect(test.run("SET a 1", from: early), "+OK\r\n")
    let stuck = try test.wantedWrite()
    test.cron(afterMilliseconds: 2100)
    expect(test.run("SET b 1", from: late), "")
    test.finish(stuck, files)
    test.finish(try test.wantedWrite(), files)
    let sync = try test.wantedSync()
    test.cron(afterMilliseconds: 100)
    expect(test.output(of: late), "")
    test.finishSync(.appendOnly, sync, files)
    expect(test.output(of: late), "+OK\r\n")
    expect(test.run("SET c 1", from: late), "+OK\r\n")
  }

  /// Writes that end, each in less than the patience, hold nobody.
  @Test func aSlowDiskThatKeepsUpHoldsNobody() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "no")
    let client = test.connect()
    for _ in 0..<5 {
      expect(test.run("INCR n", from: client).hasPrefix(":"))
      let write = try test.wantedWrite()
      expect(test.run("INCR n", from: client).hasPrefix(":"))
      test.cron(afterMilliseconds: 1500)
      test.finish(write, files)
      test.cron(afterMilliseconds: 100)
    }
  }

  /// A write takes so many blocks at most: with more than that before it, what waits is older than the last write.
  @Test func aBacklogOfManyWritesIsNoticed() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    let (client, reader) = (test.connect(), test.connect())
    for _ in 0..<20 { _ = test.run(["SET", "a", String(repeating: "x", count: 100_000)], from: client) }
    for _ in 0..<3 {
      expect(delayed(&test, reader), "aof_delayed_fsync:0")
      let write = test.beginWrite(pieces: 2)
      test.cron(afterMilliseconds: 850)
      if let write { test.finish(write, files) }
    }
    expect(delayed(&test, reader), "aof_delayed_fsync:1")
    expect(test.run("SET b 1", from: client), "")
    test.drive(files)
    expect(test.output(of: client), "+OK\r\n")
    // Where each write takes all that there was, what waits is young.
    for _ in 0..<3 {
      _ = test.run("SET a 1", from: client)
      let write = test.beginWrite()
      _ = test.run("SET a 2", from: client)
      test.cron(afterMilliseconds: 900)
      if let write { test.finish(write, files) }
    }
    expect(delayed(&test, reader), "aof_delayed_fsync:1")
  }

  @Test func aSyncThatDoesNotEndHoldsWritesUnderEverysec() throws {
    for (policy, rewriteDirective, holds) in [
      ("everysec", "no", true), ("everysec", "yes", false), ("no", "no", false),
    ] {
      let files = MemoryFiles()
      var test = try recording(files, fsync: policy, ("no-appendfsync-on-rewrite", rewriteDirective))
      let (client, waiting) = (test.connect(), test.connect())
      _ = test.run("SET a 1", from: client)
      test.finish(try test.wantedWrite(), files)
      // Somebody wants it on the disk, whatever the policy.
      _ = test.run("SET a 2", from: waiting)
      test.finish(try test.wantedWrite(), files)
      expect(test.run("WAITAOF 1 0 0", from: waiting), "")
      let file = try test.wantedSync()
      // While a snapshot is written, `everysec` may be told to promise nothing.
      _ = test.run("BGSAVE", from: client)
      test.cron(afterMilliseconds: 2100)
      expect(test.run("SET b 1", from: client), holds ? "" : "+OK\r\n")
      test.finish(try test.wantedWrite(), files)
      expect(test.output(of: client), "")
      test.finishSync(.appendOnly, file, files)
      expect(test.output(of: client), holds ? "+OK\r\n" : "")
      expect(test.run("SET b 1", from: client), "+OK\r\n")
    }
  }

  /// Without the file nothing waits for a disk, however long the log is.
  @Test func aFileThatIsSwitchedOffIsNotBehind() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    let client = test.connect()
    _ = test.run("SET a 1", from: client)
    test.drive(files)
    for isOn in [false, true] {
      expect(test.run("CONFIG SET appendonly \(isOn ? "yes" : "no")", from: client), "+OK\r\n")
      for _ in 0..<3 {
        test.drive(files)
        _ = test.run("SET a 2", from: client)
        test.cron(afterMilliseconds: 2100)
      }
      expect(test.run("BGSAVE", from: client), "+Background saving started\r\n")
      test.drive(files)
    }
  }

  @Test func whoWaitsIsCutOffWhereTheStalledDiskFails() throws {
    for failure in [MemoryFiles.inputOutputError, MemoryFiles.noSpace] {
      let files = MemoryFiles()
      var test = try recording(files, fsync: "everysec")
      let (client, other) = (test.connect(), test.connect())
      _ = test.run("SET a 1", from: other)
      let stuck = try test.wantedWrite()
      test.cron(afterMilliseconds: 2100)
      expect(test.run("SET b 1", from: client), "")
      expect(test.run("BGSAVE", from: other), "+Background saving scheduled\r\n")
      expect(test.run("BGREWRITEAOF", from: other), "+Background append only file rewriting scheduled\r\n")
      expect(test.engine.call.snapshot == nil)
      files.failing[.write] = failure
      test.finish(stuck, files)
      expect(test.run("SET c 1", from: other).hasPrefix("-MISCONF"))
      expect(test.output(of: client), "")
      expect(test.isEnded(client) == (failure == MemoryFiles.inputOutputError))
      files.failing = [:]
      guard failure == MemoryFiles.noSpace else { continue }
      // It waits for room as it waited for the disk.
      test.cron(afterMilliseconds: 2100)
      expect(test.output(of: client), "")
      test.drive(files)
      expect(test.output(of: client), "+OK\r\n")
    }
  }

  /// The next increment begins when the last one is on the disk, which may take long: nobody is held up for that.
  @Test func aRewriteFirstBringsToTheDiskWhatTheKernelHas() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "no")
    let client = test.connect()
    for _ in 0..<40 {
      _ = test.run(["SET", "a", String(repeating: "x", count: 1_000_000)], from: client)
      test.drive(files)
    }
    test.cron(afterMilliseconds: 3000)
    expect(test.run("BGREWRITEAOF", from: client), "+Background append only file rewriting scheduled\r\n")
    let sync = try test.wantedSync()
    for index in 0..<5 {
      expect(test.run("SET b \(index)", from: client), "+OK\r\n")
      test.finish(try test.wantedWrite(), files)
      test.cron(afterMilliseconds: 5000)
    }
    expect(test.engine.call.snapshot == nil)
    test.finishSync(.appendOnly, sync, files)
    expect(test.run("SET c 1", from: client), "+OK\r\n")
    test.cron(afterMilliseconds: 100)
    expect(test.engine.call.snapshot?.isRewrite == true)
    test.drive(files)
    expect(test.engine.call.snapshot == nil)
    let again = try TestEngine(loading: files, ("appendonly", "yes"))
    expect(again.isReady && again.digest == test.digest)
  }

  /// A rewrite, which may make room, does not wait until somebody else has made some.
  @Test func whatStoodStillAndLacksRoomByNowIsWrittenAnew() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    let (client, other) = (test.connect(), test.connect())
    _ = test.run("SET a 1", from: other)
    let stuck = try test.wantedWrite()
    test.cron(afterMilliseconds: 2100)
    expect(test.run("SET b 1", from: client), "")
    expect(test.run("BGREWRITEAOF", from: other), "+Background append only file rewriting scheduled\r\n")
    files.failing[.write] = MemoryFiles.noSpace
    test.finish(stuck, files)
    expect(test.run("SET c 1", from: other).hasPrefix("-MISCONF"))
    test.cron(afterMilliseconds: 100)
    expect(test.engine.call.snapshot?.isRewrite == true)
    files.failing = [:]
    test.cron()
    test.drive(files)
    expect(test.engine.call.snapshot == nil)
    expect(test.output(of: client), "+OK\r\n")
    let again = try TestEngine(loading: files, ("appendonly", "yes"))
    expect(again.isReady && again.digest == test.digest)
  }

  /// Nor does it matter under which policy the disk stands still: nobody is to stand still with it.
  @Test(arguments: ["always", "no"]) func noFileIsOpenedOnADiskThatStandsStill(policy: String) throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: policy)
    let client = test.connect()
    _ = test.run("SET a 1", from: client)
    let stuck = try test.wantedWrite()
    test.cron(afterMilliseconds: 2100)
    let other = test.connect()
    expect(test.run("BGSAVE", from: other), "+Background saving scheduled\r\n")
    test.finish(stuck, files)
    test.drive(files)
    test.cron(afterMilliseconds: 100)
    expect(test.engine.call.snapshot != nil)
  }

  @Test func whatIsHeldIsHeldOnWhereMoreIsAskedForMeanwhile() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    let (client, other) = (test.connect(), test.connect())
    _ = test.run("SET a 1", from: other)
    let stuck = try test.wantedWrite()
    test.cron(afterMilliseconds: 2100)
    expect(test.run("SET b 1", from: client), "")
    expect(test.run("CONFIG SET appendfsync always", from: test.connect()), "+OK\r\n")
    test.cron(afterMilliseconds: 100)
    expect(test.output(of: client), "")
    test.finish(stuck, files)
    test.drive(files)
    expect(test.output(of: client), "+OK\r\n")
    test.cron(afterMilliseconds: 100)
    expect(test.logLines.contains { $0.hasPrefix("The AOF has caught up") })
  }

  @Test func noSnapshotIsBegunThatNobodyAskedFor() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec", ("save", "1 1"))
    let client = test.connect()
    _ = test.run("SET a 1", from: client)
    let stuck = try test.wantedWrite()
    test.engine.call.persistence.lastSave = test.now.unixSeconds
    test.cron(afterMilliseconds: 900)
    test.engine.call.persistence.lastSave = test.now.unixSeconds
    test.cron(afterMilliseconds: 900)
    test.engine.call.persistence.lastSave = test.now.unixSeconds
    test.cron(afterMilliseconds: 900)
    test.cron(afterMilliseconds: 5000)
    expect(test.engine.call.snapshot == nil)
    test.finish(stuck, files)
    test.drive(files)
    test.cron(afterMilliseconds: 100)
    test.cron(afterMilliseconds: 100)
    expect(test.engine.call.snapshot != nil)
  }

  @Test func aDiskWithoutRoomIsNotBehind() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    let client = test.connect()
    files.failing[.write] = MemoryFiles.noSpace
    expect(test.run("SET a 1", from: client), "+OK\r\n")
    test.drive(files)
    test.cron(afterMilliseconds: 5000)
    expect(test.run("SET a 1", from: client).hasPrefix("-MISCONF"))
    files.failing = [:]
    test.drive(files)
    expect(test.run("SET a 1", from: client), "+OK\r\n")
    expect(delayed(&test, client), "aof_delayed_fsync:0")
  }

  @Test func whatIsNoLongerRecordedWaitsForNothing() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    let (client, other) = (test.connect(), test.connect())
    _ = test.run("SET a 1", from: client)
    let stuck = try test.wantedWrite()
    test.cron(afterMilliseconds: 2100)
    expect(test.run("SET b 1", from: client), "")
    expect(test.run("CONFIG SET appendonly no", from: other), "+OK\r\n")
    expect(test.output(of: client), "+OK\r\n")
    test.finish(stuck, files)
    test.drive(files)
    #expect(files.openCount == 0)
  }
}
