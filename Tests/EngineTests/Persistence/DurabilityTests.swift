import Testing

@testable import Engine

/// What a reply promises: nothing that tells of a write leaves before that is as safe as was asked for.
@Suite struct DurabilityTests {
  private func recording(
    _ files: MemoryFiles, fsync: String = "always", _ more: (name: String, value: String)...
  ) throws -> TestEngine {
    let directives = [(name: "appendonly", value: "yes"), (name: "appendfsync", value: fsync)] + more
    var test = try TestEngine(loading: files, directives)
    test.drive(files)
    return test
  }

  private func loaded(_ files: MemoryFiles) throws -> TestEngine {
    try TestEngine(loading: files, ("appendonly", "yes"))
  }

  @Test func aWritesReplyWaitsForTheDiskAndOthersDoNot() throws {
    let files = MemoryFiles()
    var test = try recording(files)
    let writer = test.connect()
    let reader = test.connect()
    expect(test.run("SET a 1", from: writer), "")
    expect(test.run("GET other", from: reader), "$-1\r\n")
    let write = try test.wantedWrite()
    #expect(write.isDurable)
    // Who read what is not durable yet waits with the writer; what he asks after that stays behind it.
    expect(test.run("GET a", from: reader), "")
    expect(test.run("PING", from: reader), "")
    test.finish(write, files)
    expect(test.output(of: writer), "+OK\r\n")
    expect(test.output(of: reader), "$1\r\n1\r\n+PONG\r\n")
  }

  @Test func withoutDurableReadsNobodyWaitsButTheWriter() throws {
    let files = MemoryFiles()
    var test = try recording(files, ("durable-reads", "no"))
    let (writer, reader) = (test.connect(), test.connect())
    expect(test.run("SET a 1", from: writer), "")
    expect(test.run("GET a", from: reader), "$1\r\n1\r\n")
  }

  @Test func whatASortReadsByPatternsIsHeldAsWell() throws {
    let files = MemoryFiles()
    var test = try recording(files)
    let (writer, reader) = (test.connect(), test.connect())
    _ = test.run("RPUSH list 1", from: writer)
    test.drive(files)
    _ = test.run("SET weight:1 5", from: writer)
    expect(test.run("SORT list", from: reader), "*1\r\n$1\r\n1\r\n")
    for sort in ["SORT_RO list GET weight:*", "SORT list BY weight:*", "SORT list GET weight:*"] {
      let asking = test.connect()
      expect(test.run(sort, from: asking), "")
    }
  }

  @Test func aRewriteKeepsEverySecondFromSyncingWhereItIsTo() throws {
    for (value, syncs) in [("no", true), ("yes", false)] {
      let files = MemoryFiles()
      var test = try recording(files, fsync: "everysec", ("no-appendfsync-on-rewrite", value))
      let client = test.connect()
      _ = test.run("BGSAVE", from: client)
      _ = test.run("SET a 1", from: client)
      test.finish(try test.wantedWrite(), files)
      test.advance(milliseconds: 1100)
      test.engine.call.now = test.now
      let file = test.engine.nextSync(.appendOnly)
      #expect((file != nil) == syncs)
    }
  }

  @Test func aSnapshotThatCannotBeBegunRefusesWrites() throws {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files, ("save", "3600 1"))
    let client = test.connect()
    files.failing[.open] = MemoryFiles.readOnly
    // Who waits for it is told; nobody else has to suffer.
    expect(test.run("SAVE", from: client) + test.output(of: client), "-ERR Background save failed: check logs\r\n")
    expect(test.run("SET a 1", from: client), "+OK\r\n")
    expect(test.run("BGSAVE", from: client), "+Background saving started\r\n")
    expect(test.logLines.contains("Failed opening the temp RDB file for saving: Read-only file system"))
    expect(test.run("INFO persistence", from: client).contains("rdb_last_bgsave_status:err\r\n"))
    expect(test.run("SET a 1", from: client).hasPrefix("-MISCONF"))
    files.failing = [:]
    _ = test.run("BGSAVE", from: client)
    test.drive(files)
    expect(test.logLines.last == "Background saving terminated with success")
    expect(test.run("SET a 1", from: client), "+OK\r\n")
  }

  @Test func aFlushIsReadOnlyOnceItIsDurable() throws {
    let files = MemoryFiles()
    var test = try recording(files)
    let (writer, reader) = (test.connect(), test.connect())
    _ = test.run("SET a 1", from: writer)
    test.drive(files)
    _ = test.output(of: writer)
    for flush in ["FLUSHALL", "SWAPDB 0 1"] {
      expect(test.run(flush, from: writer), "")
      expect(test.run("GET a", from: reader), "")
      test.drive(files)
      expect(test.output(of: reader), "$-1\r\n")
      expect(test.output(of: writer), "+OK\r\n")
    }
  }

  @Test func repliesOfOneSessionStayInOrder() throws {
    let files = MemoryFiles()
    var test = try recording(files)
    let client = test.connect()
    expect(test.run("INCR n", from: client), "")
    let first = try test.wantedWrite()
    expect(test.run("INCR n", from: client), "")
    test.finish(first, files)
    // The first reply may leave, the second not; what is asked before either is sent comes last.
    expect(test.run("PING", from: client), ":1\r\n")
    let second = try test.wantedWrite()
    test.finish(second, files)
    expect(test.output(of: client), ":2\r\n+PONG\r\n")
  }

  @Test func whoLetsHisOwnRepliesGoGetsThemAll() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    let client = test.connect()
    expect(test.run("CLIENT BARRIER FSYNC ON", from: client), "+OK\r\n")
    expect(test.run("INCR n", from: client), "")
    expect(test.run("CLIENT BARRIER DEFAULT", from: client), ":1\r\n+OK\r\n")
  }

  @Test func whoResetsHisConnectionAsksForNothingAnyMore() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    let client = test.connect()
    expect(test.run("CLIENT BARRIER FSYNC ON", from: client), "+OK\r\n")
    expect(test.run("INCR n", from: client), "")
    expect(test.run("RESET", from: client), ":1\r\n+RESET\r\n")
    expect(test.run("CLIENT BARRIER GET", from: client).hasSuffix("$6\r\nserver\r\n"))
    expect(test.run("INCR n", from: client), ":2\r\n")
    let count = test.engine.call.sessionsWithBarrier
    #expect(count == 0)
  }

  @Test func aTransactionsReplyWaitsAndSoDoesOneServedByIt() throws {
    let files = MemoryFiles()
    var test = try recording(files)
    let (writer, waiting) = (test.connect(), test.connect())
    expect(test.run("BLPOP list 0", from: waiting), "")
    expect(test.run("MULTI", from: writer), "+OK\r\n")
    expect(test.run("RPUSH list x", from: writer), "+QUEUED\r\n")
    expect(test.run("EXEC", from: writer), "")
    test.settle()
    expect(test.output(of: waiting), "")
    test.drive(files)
    expect(test.output(of: writer), "*1\r\n:1\r\n")
    expect(test.output(of: waiting), "*2\r\n$4\r\nlist\r\n$1\r\nx\r\n")
  }

  @Test func aSessionThatEndsTakesItsRepliesAlong() throws {
    let files = MemoryFiles()
    var test = try recording(files)
    let (client, other) = (test.connect(), test.connect())
    _ = test.run("SET a 1", from: client)
    _ = test.run("SET b 1", from: other)
    test.apply(.disconnected(client))
    test.drive(files)
    expect(test.output(of: other), "+OK\r\n")
    let held = test.engine.call.heldReplies.count
    #expect(held == 0)
  }

  // MARK: Faults

  @Test func aFailedWriteAcknowledgesNothingAndARewriteMakesItGood() throws {
    for operation in [MemoryFiles.Operation.write, .sync] {
      let files = MemoryFiles()
      var test = try recording(files)
      let (writer, reader) = (test.connect(), test.connect())
      _ = test.run("SET safe 1", from: writer)
      test.drive(files)
      expect(test.output(of: writer), "+OK\r\n")
      files.failing[operation] = MemoryFiles.inputOutputError
      expect(test.run("SET a 1", from: writer), "")
      test.drive(files)
      expect(test.output(of: writer), "")
      expect(test.isEnded(writer))
      expect(test.run("SET b 1", from: reader), "-MISCONF Errors writing to the AOF file: Input/output error\r\n")
      expect(test.run("GET safe", from: reader), "$1\r\n1\r\n")
      // The disk is as before: the rewrite fails too, and nothing is taken for good.
      test.cron()
      test.drive(files)
      expect(test.run("SET b 1", from: reader).hasPrefix("-MISCONF"))
      files.failing = [:]
      test.cron(afterMilliseconds: 10_000)
      test.drive(files)
      _ = test.run("SET b 1", from: reader)
      test.drive(files)
      expect(test.output(of: reader), "+OK\r\n")
      var random = RandomGenerator(seed: 1)
      let again = try loaded(files.afterPowerFailure(&random))
      expect(again.isReady && again.digest == test.digest)
    }
  }

  @Test func aWriteAfterAFailedSyncIsNoCure() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    let client = test.connect()
    expect(test.run("SET a 1", from: client), "+OK\r\n")
    test.finish(try test.wantedWrite(), files)
    test.advance(milliseconds: 1100)
    test.engine.call.now = test.now
    let file = try test.wantedSync()
    expect(test.run("SET b 1", from: client), "+OK\r\n")
    let write = try test.wantedWrite()
    files.failing[.sync] = MemoryFiles.inputOutputError
    test.finishSync(.appendOnly, file, files)
    files.failing = [:]
    test.finish(write, files)
    expect(test.run("SET c 1", from: client).hasPrefix("-MISCONF"))
    let next = test.engine.nextSync(.appendOnly)
    #expect(next == nil)
  }

  /// Who asked for the disk is cut off, and nobody else asks for it.
  @Test func afterAFailedSyncWritesAreAsDurableAsBefore() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    let (client, other) = (test.connect(), test.connect())
    _ = test.run("CLIENT BARRIER FSYNC ON", from: client)
    files.failing[.sync] = MemoryFiles.inputOutputError
    expect(test.run("INCR n", from: client), "")
    test.drive(files)
    expect(test.isEnded(client))
    files.failing = [:]
    test.cron(afterMilliseconds: 10_000)
    test.drive(files)
    expect(test.run("INCR n", from: other), ":2\r\n")
    let write = try test.wantedWrite()
    #expect(!write.isDurable)
  }

  @Test func aFullDiskHoldsAndGoesOnWhereItStopped() throws {
    let files = MemoryFiles()
    var test = try recording(files)
    let (writer, reader) = (test.connect(), test.connect())
    files.room = 7
    expect(test.run("SET a 1", from: writer), "")
    test.drive(files)
    expect(test.output(of: writer) == "" && !test.isEnded(writer))
    expect(test.run("SET b 1", from: reader), "-MISCONF Errors writing to the AOF file: No space left on device\r\n")
    expect(test.run("GET c", from: reader), "$-1\r\n")
    files.room = nil
    test.cron()
    test.drive(files)
    expect(test.output(of: writer), "+OK\r\n")
    _ = test.run("SET b 1", from: reader)
    test.drive(files)
    expect(test.output(of: reader), "+OK\r\n")
    let again = try loaded(files.afterKill())
    expect(again.isReady && again.digest == test.digest)
  }

  /// What a write says may be of its sync, or of one before it: the bytes are in the file then, and not to be written again.
  @Test func bytesThatAreInTheFileAreNotWrittenAgainForLackOfRoom() throws {
    for (fsync, operation) in [("always", MemoryFiles.Operation.sync), ("everysec", .appended), ("always", .appended)] {
      for failure in [MemoryFiles.noSpace, FileFailure(code: 122, reason: "Disk quota exceeded")] {
        let files = MemoryFiles()
        var test = try recording(files, fsync: fsync)
        let (writer, other) = (test.connect(), test.connect())
        _ = test.run("INCR n", from: writer)
        test.drive(files)
        _ = test.output(of: writer)
        files.failing[operation] = failure
        expect(test.run("INCR n", from: writer), fsync == "always" ? "" : ":2\r\n")
        for _ in 0..<3 {
          test.drive(files)
          test.cron()
        }
        expect(test.output(of: writer), "")
        #expect(test.isEnded(writer) == (fsync == "always"))
        expect(test.run("INCR n", from: other), "-MISCONF Errors writing to the AOF file: \(failure.reason)\r\n")
        var between = try loaded(files.afterKill())
        expect(between.run("GET n", from: between.connect()), "$1\r\n2\r\n")
        files.failing = [:]
        test.cron(afterMilliseconds: 10_000)
        test.drive(files)
        _ = test.run("INCR n", from: other)
        test.drive(files)
        let again = try loaded(files.afterKill())
        expect(again.isReady && again.digest == test.digest)
        var found = try loaded(files.afterKill())
        expect(found.run("GET n", from: found.connect()), "$1\r\n3\r\n")
      }
    }
  }

  @Test func aReadOnlyDiskRefusesTheRewriteAndKeepsTheFile() throws {
    for operation in [MemoryFiles.Operation.open, .replace, .rename] {
      let files = MemoryFiles()
      var test = try recording(files, fsync: "everysec")
      let client = test.connect()
      _ = test.run("SET a 1", from: client)
      test.drive(files)
      files.failing[operation] = MemoryFiles.readOnly
      // Renaming comes last.
      let isRefused = operation != .rename
      expect(test.run("BGREWRITEAOF", from: client).hasPrefix(isRefused ? "-ERR" : "+Background"), "\(operation)")
      test.drive(files)
      expect(test.run("INFO persistence", from: client).contains("aof_last_bgrewrite_status:err\r\n"), "\(operation)")
      // A snapshot file is renamed only; no other is replaced for it.
      expect(test.run("BGSAVE", from: client), "+Background saving started\r\n")
      test.drive(files)
      let status = operation == .replace ? "ok" : "err"
      expect(
        test.run("INFO persistence", from: client).contains("rdb_last_bgsave_status:\(status)\r\n"), "\(operation)")
      #expect((files.size(of: "dump.rdb") != nil) == (operation == .replace))
      #expect(!files.names(in: ".").contains { $0.hasPrefix("temp-") })
      files.failing = [:]
      _ = test.run("BGSAVE", from: client)
      test.drive(files)
      expect(test.run("SET b 1", from: client), "+OK\r\n")
      test.drive(files)
      let again = try loaded(files.afterKill())
      expect(again.isReady && again.digest == test.digest, "\(operation)")
    }
  }

  // MARK: Increments

  @Test func anIncrementIsCompleteOnlyWithASyncOfAllOfIt() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    let client = test.connect()
    _ = test.run("SET a 1", from: client)
    test.finish(try test.wantedWrite(), files)
    test.advance(milliseconds: 1100)
    test.engine.call.now = test.now
    let file = try test.wantedSync()
    // While the sync is under way the rest of the increment is written.
    _ = test.run("SET b 1", from: client)
    _ = test.run("BGREWRITEAOF", from: client)
    let synced = files.sync(file)
    test.finish(try test.wantedWrite(), files)
    test.engine.synced(.appendOnly, synced, now: test.now)
    let next = test.engine.nextSync(.appendOnly)
    #expect(next == file)
  }

  @Test func anIncrementCutWhereTheNextIsEmptyIsLoaded() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    let client = test.connect()
    _ = test.run("SET a 1", from: client)
    test.drive(files)
    let digest = test.digest
    _ = test.run("SET b 1", from: client)
    files.room = 9
    test.finish(try test.wantedWrite(), files)
    files.room = nil
    _ = test.run("BGREWRITEAOF", from: client)
    let again = try loaded(files.afterKill())
    expect(again.isReady && again.digest == digest)
  }

  @Test func whatWasRecordedBeforeItWasSwitchedOffIsNotMixedIn() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    let client = test.connect()
    _ = test.run("INCR n", from: client)
    test.drive(files)
    let old = test.digest
    expect(test.run("CONFIG SET appendonly no", from: client), "+OK\r\n")
    test.drive(files)
    _ = test.run("INCR n", from: client)
    _ = test.run("SET x 1", from: client)
    expect(test.run("CONFIG SET appendonly yes", from: client), "+OK\r\n")
    // Given up, and begun again before the first base is there.
    _ = test.run("FLUSHDB", from: client)
    test.cron()
    expect(test.run("SET y 1", from: client), "+OK\r\n")
    test.finish(try test.wantedWrite(), files)
    expect(test.run("WAITAOF 1 0 0", from: client), "")
    let between = try loaded(files.afterKill())
    expect(between.isReady && between.digest == old)
    test.drive(files)
    expect(test.output(of: client), "*2\r\n:1\r\n:0\r\n")
    let again = try loaded(files.afterKill())
    expect(again.isReady && again.digest == test.digest)
  }

  @Test func whoWroteBeforeTheFileWasSwitchedOnWaitsForItsBase() throws {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files)
    let client = test.connect()
    expect(test.run("SET a 1", from: client), "+OK\r\n")
    expect(test.run("CONFIG SET appendonly yes", from: client), "+OK\r\n")
    expect(test.run("WAITAOF 1 0 0", from: client), "")
    test.drive(files)
    expect(test.output(of: client), "*2\r\n:1\r\n:0\r\n")
    expect(try loaded(files.afterKill()).digest, test.digest)
  }

  @Test func aRewriteWithinATransactionWaitsForItsEnd() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    let client = test.connect()
    for line in ["MULTI", "INCR n", "BGREWRITEAOF", "INCR n", "EXEC"] { _ = test.run(line, from: client) }
    test.cron()
    test.drive(files)
    expect(test.run("GET n", from: client), "$1\r\n2\r\n")
    let again = try loaded(files.afterKill())
    expect(again.isReady && again.digest == test.digest)
  }

  @Test func aFileGivenUpStaysOpenUntilItsWriteIsOver() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    let client = test.connect()
    _ = test.run("SET a 1", from: client)
    let write = try test.wantedWrite()
    // Another history begins, as where a replica was sent all data.
    test.engine.call.beginAppendOnlyAnew()
    #expect(files.isOpen(write.file))
    test.cron()
    _ = test.run("SET b 1", from: client)
    let next = test.beginWrite()
    #expect(next == nil)
    test.finish(write, files)
    #expect(!files.isOpen(write.file))
    test.drive(files)
    let again = try loaded(files.afterKill())
    expect(again.isReady && again.digest == test.digest)
  }

  @Test func anOldFileIsAdoptedWhereverTheServerEnded() throws {
    let source = MemoryFiles()
    var test = try recording(source)
    _ = test.run("SET a 1", from: test.connect())
    test.drive(source)
    let bytes = source["appendonlydir/appendonly.aof.1.incr.aof"]
    for fault in [MemoryFiles.Operation.replace, .rename] {
      let files = MemoryFiles()
      files["appendonly.aof"] = bytes
      files.failing[fault] = MemoryFiles.inputOutputError
      let failed = try loaded(files)
      expect(!failed.isReady)
      let again = try loaded(files.afterKill())
      expect(again.isReady && again.digest == test.digest)
    }
  }

  @Test func moreThanOneWriteTakesIsWrittenInSeveral() throws {
    let files = MemoryFiles()
    var test = try recording(files)
    let client = test.connect()
    for number in 0..<20 {
      _ = test.run(["SET", "k\(number)", String(repeating: "v", count: 100_000)], from: client)
    }
    var replies = ""
    var writes = 0
    while let write = test.beginWrite(pieces: 3) {
      writes += 1
      test.finish(write, files)
      replies += test.output(of: client)
    }
    #expect(writes > 3 && replies == String(repeating: "+OK\r\n", count: 20))
    let again = try loaded(files.afterKill())
    expect(again.isReady && again.digest == test.digest)
  }
}
