import Testing

@testable import Engine

/// Promises that are kept while the append-only file is switched on or off, or other promises are asked for.
@Suite struct SwitchingTests {
  private func recording(_ files: MemoryFiles, fsync: String = "always") throws -> TestEngine {
    var test = try TestEngine(loading: files, ("appendonly", "yes"), ("appendfsync", fsync))
    test.drive(files)
    return test
  }

  private func loaded(_ files: MemoryFiles) throws -> TestEngine {
    try TestEngine(loading: files, ("appendonly", "yes"))
  }

  private func pipeline(_ lines: String...) -> [UInt8] { Array(lines.map { $0 + "\r\n" }.joined().utf8) }

  @Test func whatWasRecordedIsOnTheDiskBeforeTheFileIsClosed() throws {
    for isInOneTurn in [false, true] {
      let files = MemoryFiles()
      var test = try recording(files)
      let (client, reader) = (test.connect(), test.connect())
      if isInOneTurn {
        expect(test.send(pipeline("SET a 1", "CONFIG SET appendonly no"), from: client), "")
      } else {
        expect(test.run("SET a 1", from: client), "")
        expect(test.run("CONFIG SET appendonly no", from: client), "")
      }
      // Not recorded any more; the reply tells of what still is.
      expect(test.run("INCR a", from: reader), "")
      test.drive(files)
      expect(test.output(of: client), "+OK\r\n+OK\r\n")
      expect(test.output(of: reader), ":2\r\n")
      expect(test.run("SET b 1", from: client), "+OK\r\n")
      #expect(files.openCount == 0)
      var random = RandomGenerator(seed: 1)
      var again = try loaded(files.afterPowerFailure(&random))
      expect(again.run("GET a", from: again.connect()), "$1\r\n1\r\n")
    }
  }

  @Test func everysecIsWrittenOutAtTheSwitch() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    let client = test.connect()
    expect(test.send(pipeline("SET a 1", "CONFIG SET appendonly no"), from: client), "+OK\r\n+OK\r\n")
    test.drive(files)
    #expect(files.openCount == 0)
    var random = RandomGenerator(seed: 1)
    let again = try loaded(files.afterPowerFailure(&random))
    expect(again.isReady && again.digest == test.digest)
  }

  @Test func whoWaitsIsCutOffWhereTheDiskFailsAtTheSwitch() throws {
    for failure in [MemoryFiles.inputOutputError, MemoryFiles.noSpace] {
      for isBefore in [false, true] {
        let files = MemoryFiles()
        var test = try recording(files)
        let (writer, other) = (test.connect(), test.connect())
        expect(test.run("SET a 1", from: writer), "")
        files.failing[.write] = failure
        if isBefore, failure == MemoryFiles.noSpace { test.drive(files) }
        expect(test.run("CONFIG SET appendonly no", from: other), "+OK\r\n")
        test.drive(files)
        expect(test.output(of: writer), "")
        expect(test.isEnded(writer))
        // Without the file nothing stands in the way any more.
        expect(test.run("SET b 1", from: other), "+OK\r\n")
        #expect(files.openCount == 0)
      }
    }
  }

  @Test func switchedOnAgainBeforeItWasClosedTheFileGoesOn() throws {
    let files = MemoryFiles()
    var test = try recording(files)
    let client = test.connect()
    expect(
      test.send(
        pipeline("SET a 1", "CONFIG SET appendonly no", "SET b 1", "CONFIG SET appendonly yes"), from: client), "")
    test.drive(files)
    expect(test.output(of: client), "+OK\r\n+OK\r\n+OK\r\n+OK\r\n")
    let again = try loaded(files.afterKill())
    expect(again.isReady && again.digest == test.digest)
  }

  /// A file that goes on lacks what only a rewrite brings: one that was to come, or was under way when it was switched off.
  @Test(arguments: [true, false]) func whatARewriteWasToBringIsThereWhereTheFileGoesOn(isUnderway: Bool) throws {
    let files = MemoryFiles()
    var replica = try LinkedReplica(files, ("appendonly", "yes"), ("replica-read-only", "no"))
    _ = replica.shakeHands()
    replica.resynchronise(String(repeating: "a", count: 40), at: 500)
    let client = replica.test.connect()
    _ = replica.test.run("SET own 1", from: client)
    replica.send("SELECT 0")
    replica.send("SET theirs 1")
    let write = try replica.test.wantedWrite()
    _ = replica.test.run("REPLICAOF NO ONE", from: client)
    replica.cut()
    if isUnderway { replica.test.cron() }
    let isRewriting = replica.test.engine.call.snapshot?.isRewrite == true
    #expect(isRewriting == isUnderway)
    let replies = replica.test.send(pipeline("CONFIG SET appendonly no", "CONFIG SET appendonly yes"), from: client)
    #expect(replies == "+OK\r\n+OK\r\n")
    replica.test.finish(write, files)
    replica.test.cron()
    replica.test.drive(files)
    var again = try loaded(files.afterKill())
    expect(again.run("EXISTS own theirs", from: again.connect()), ":2\r\n")
  }

  /// A sync that began at the first of two ends says nothing of the second.
  @Test func aSyncFromBeforeTheFileWentOnDoesNotCloseIt() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    let client = test.connect()
    _ = test.run("SET a 1", from: client)
    test.finish(try test.wantedWrite(), files)
    expect(test.run("CONFIG SET appendonly no", from: client), "+OK\r\n")
    let file = try test.wantedSync()
    let synced = files.sync(file)
    expect(test.run("CONFIG SET appendonly yes", from: client), "+OK\r\n")
    _ = test.run("SET b 1", from: client)
    test.finish(try test.wantedWrite(), files)
    expect(test.run("CONFIG SET appendonly no", from: client), "+OK\r\n")
    test.engine.synced(.appendOnly, synced, now: test.now)
    #expect(files.isOpen(file))
    test.drive(files)
    #expect(files.openCount == 0)
    for seed in 1...5 as ClosedRange<UInt64> {
      var random = RandomGenerator(seed: seed)
      let again = try loaded(files.afterPowerFailure(&random))
      expect(again.isReady && again.digest == test.digest, "seed \(seed)")
    }
  }

  @Test func whatIsAskedForLaterIsForLaterReplies() throws {
    for isInOneTurn in [false, true] {
      let files = MemoryFiles()
      var test = try recording(files)
      let client = test.connect()
      if isInOneTurn {
        expect(test.send(pipeline("SET a 1", "CONFIG SET appendfsync everysec"), from: client), "")
      } else {
        expect(test.run("SET a 1", from: client), "")
        expect(test.run("CONFIG SET appendfsync everysec", from: test.connect()), "+OK\r\n")
      }
      expect(test.run("INCR a", from: client), "")
      expect(test.run("INCR a", from: test.connect()), ":3\r\n")
      test.drive(files)
      expect(test.output(of: client).hasPrefix("+OK\r\n"))
      expect(test.run("INCR a", from: client), ":4\r\n")
    }
  }

  // MARK: The first base

  @Test func whoAsksForTheDiskWaitsForTheFirstBase() throws {
    for isDirective in [false, true] {
      let files = MemoryFiles()
      var test = try TestEngine(loading: files, ("appendonly", "no"))
      let client = test.connect()
      _ = test.run("SET a 1", from: client)
      expect(test.run("CONFIG SET appendonly yes", from: client), "+OK\r\n")
      let question = isDirective ? "CONFIG SET write-barrier-fsync yes" : "CLIENT BARRIER FSYNC ON"
      expect(test.run(question, from: client), "+OK\r\n")
      expect(test.run("SET b 1", from: client), "")
      test.finish(try test.wantedWrite(), files)
      expect(test.output(of: client), "")
      test.drive(files)
      expect(test.output(of: client), "+OK\r\n")
      let again = try loaded(files.afterKill())
      expect(again.isReady && again.digest == test.digest)
    }
  }

  @Test func withoutAFirstBaseNobodyWhoAsksIsAnswered() throws {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files, ("appendonly", "no"))
    let (client, other) = (test.connect(), test.connect())
    _ = test.run("SET a 1", from: client)
    expect(test.run("CONFIG SET appendonly yes", from: client), "+OK\r\n")
    expect(test.run("CLIENT BARRIER FSYNC ON", from: client), "+OK\r\n")
    expect(test.run("SET b 1", from: client), "")
    expect(test.run("CONFIG SET appendonly no", from: other), "+OK\r\n")
    expect(test.output(of: client), "")
    expect(test.isEnded(client))
  }

  /// Whether the list that names the first base is on the disk, nobody knows where its directory fails: what it names must
  /// be there at the next start. What no list names is of no use.
  @Test func aFirstBaseThatFailsLeavesWhatTheListNames() throws {
    for operation in [MemoryFiles.Operation.rename, .syncRenamed, .replace, .syncDirectory] {
      for isSecondTime in [false, true] {
        let files = MemoryFiles()
        var test = try TestEngine(loading: files, ("appendonly", isSecondTime ? "yes" : "no"))
        let client = test.connect()
        _ = test.run("SET a 1", from: client)
        _ = test.run("CONFIG SET appendonly no", from: client)
        test.drive(files)
        _ = test.run("SET b 1", from: client)
        expect(test.run("CONFIG SET appendonly yes", from: client), "+OK\r\n")
        _ = test.run("SET c 1", from: client)
        test.finish(try test.wantedWrite(), files)
        files.failing[operation] = MemoryFiles.inputOutputError
        test.drive(files)
        expect(test.run("INFO persistence", from: client).contains("aof_last_bgrewrite_status:err"))
        files.failing = [:]
        try expectStarts(files, "\(operation)")
        // The old list may be on the disk as well; what it alone names goes at the next start.
        let isDoubtful = operation == .syncDirectory && isSecondTime
        let old = isDoubtful ? ["appendonly.aof.1.base.rdb", "appendonly.aof.1.incr.aof"] : []
        #expect(AppendOnlyParts(files).unlisted == old, "\(operation)")
        test.cron(afterMilliseconds: 10_000)
        test.drive(files)
        _ = test.run("SET d 1", from: client)
        test.drive(files)
        expect(test.run("INFO persistence", from: client).contains("aof_last_bgrewrite_status:ok"))
        let again = try loaded(files.afterKill())
        expect(again.isReady && again.digest == test.digest, "\(operation): \(again.logLines)")
        #expect(AppendOnlyParts(files).unlisted == old, "\(operation)")
      }
    }
  }

  /// Whatever a crash or a power failure leaves can be loaded.
  private func expectStarts(_ files: MemoryFiles, _ comment: Comment) throws {
    for seed in 0...8 as ClosedRange<UInt64> {
      var random = RandomGenerator(seed: seed)
      let left = seed == 0 ? files.afterKill() : files.afterPowerFailure(&random)
      let again = try loaded(left)
      expect(again.isReady, comment)
    }
  }

  // MARK: What cannot be done

  @Test func whatCannotBeSwitchedOnIsRefused() throws {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files, ("appendonly", "no"))
    let client = test.connect()
    let refusal =
      "-ERR CONFIG SET failed (possibly related to argument 'appendonly') - Unable to turn on AOF. Check server logs.\r\n"
    files.failing[.open] = MemoryFiles.readOnly
    expect(test.run("CONFIG SET appendonly yes maxmemory-samples 7", from: client), refusal)
    expect(test.run("CONFIG GET appendonly", from: client).hasSuffix("no\r\n"))
    expect(test.run("CONFIG GET maxmemory-samples", from: client).hasSuffix("5\r\n"))
    files.failing = [:]
    // A list that cannot be read is not replaced, nor are the files on it.
    let list = Array("file appendonly.aof.1.incr.aof seq".utf8)
    files["appendonlydir/appendonly.aof.manifest"] = list
    files["appendonlydir/appendonly.aof.1.incr.aof"] = [1, 2, 3]
    expect(test.run("CONFIG SET appendonly yes", from: client), refusal)
    #expect(files["appendonlydir/appendonly.aof.manifest"] == list)
    #expect(files["appendonlydir/appendonly.aof.1.incr.aof"] == [1, 2, 3])
  }

  @Test func theDirectoryStaysWhileFilesOfItAreWritten() throws {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files, ("enable-protected-configs", "yes"), ("enable-debug-command", "yes"))
    let (client, other) = (test.connect(), test.connect())
    let refusal =
      "-ERR CONFIG SET failed (possibly related to argument 'dir') - the append-only file, or a snapshot that is being written, is in the present one\r\n"
    expect(test.run("CONFIG SET dir /elsewhere appendonly yes", from: client), refusal)
    expect(test.run("CONFIG GET appendonly", from: client).hasSuffix("no\r\n"))
    _ = test.run("DEBUG POPULATE 1000 key 1000", from: client)
    expect(test.run("BGSAVE", from: client), "+Background saving started\r\n")
    expect(test.run("CONFIG SET dir /elsewhere", from: client), refusal)
    test.drive(files)
    expect(test.run("CONFIG SET appendonly yes", from: client), "+OK\r\n")
    test.drive(files)
    expect(test.run("CONFIG SET dir /elsewhere", from: client), refusal)
    expect(test.run("CONFIG SET appendonly no", from: client), "+OK\r\n")
    test.drive(files)
    // The host is asked whether it can.
    expect(test.run("CONFIG SET dir /elsewhere", from: other), "")
  }

  @Test func whoWaitsForAFileThatIsSwitchedOffIsTold() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "no")
    let (client, other) = (test.connect(), test.connect())
    _ = test.run("SET a 1", from: client)
    files.failing[.write] = MemoryFiles.inputOutputError
    expect(test.run("WAITAOF 1 0 0", from: client), "")
    expect(test.run("CONFIG SET appendonly no", from: other), "+OK\r\n")
    test.drive(files)
    expect(
      test.output(of: client),
      "-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.\r\n")
  }

  @Test func whatAnEndedProcessHadOnlyWrittenIsBroughtToTheDisk() throws {
    for seed in 1...5 as ClosedRange<UInt64> {
      let files = MemoryFiles()
      var test = try recording(files, fsync: "no")
      _ = test.run("SET a 1", from: test.connect())
      test.finish(try test.wantedWrite(), files)
      let next = try recording(files)
      var random = RandomGenerator(seed: seed)
      let again = try loaded(files.afterPowerFailure(&random))
      expect(again.isReady && again.digest == next.digest && next.digest == test.digest)
    }
  }
}
