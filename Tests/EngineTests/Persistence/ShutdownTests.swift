import Testing

@testable import Engine

/// The end of a server whose append-only file cannot be brought to the disk.
@Suite struct ShutdownTests {
  private static let refusal = "-ERR Errors trying to SHUTDOWN. Check logs.\r\n"

  private func recording(_ files: MemoryFiles, fsync: String = "everysec") throws -> TestEngine {
    var test = try TestEngine(loading: files, ("appendonly", "yes"), ("appendfsync", fsync), ("save", ""))
    test.drive(files)
    return test
  }

  /// What the process was told to end with, and whether at once; nil: it goes on.
  private func ending(_ test: borrowing TestEngine) -> String? {
    for case .shutDown(let status, let isAtOnce) in test.effects { return "\(status)\(isAtOnce ? " at once" : "")" }
    return nil
  }

  private func expectEnding(_ test: borrowing TestEngine, _ expected: String?) {
    let found = ending(test)
    #expect(found == expected, "\(test.logLines)")
  }

  @Test(arguments: ["always", "everysec", "no"]) func theFileIsOnTheDiskBeforeTheEnd(policy: String) throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: policy)
    let client = test.connect()
    _ = test.run("SET a 1", from: client)
    expect(test.run("SHUTDOWN", from: client), "")
    expectEnding(test, nil)
    // What comes meanwhile is put off.
    expect(test.run("SET b 1", from: test.connect()), "")
    test.drive(files)
    expectEnding(test, "0")
    var random = RandomGenerator(seed: 1)
    let again = try TestEngine(loading: files.afterPowerFailure(&random), ("appendonly", "yes"))
    expect(again.isReady && again.digest == test.digest)
  }

  @Test(arguments: [MemoryFiles.noSpace, MemoryFiles.inputOutputError])
  func theServerGoesOnWhereTheDiskDoesNotTakeIt(failure: FileFailure) throws {
    for isKnownBefore in [false, true] {
      let files = MemoryFiles()
      var test = try recording(files)
      let (client, other) = (test.connect(), test.connect())
      _ = test.run("SET a 1", from: client)
      files.failing[.write] = failure
      if isKnownBefore { test.drive(files) }
      let answer = test.run("SHUTDOWN", from: client)
      test.drive(files)
      expect(answer + test.output(of: client), Self.refusal)
      expectEnding(test, nil)
      expect(test.logLines.contains("Error writing the AOF, can't exit."))
      expect(test.run("GET a", from: other), "$1\r\n1\r\n")
      // A signal asks for the same.
      test.apply(.terminationRequested(signal: "SIGTERM"))
      test.drive(files)
      expectEnding(test, nil)
      expect(test.run("GET a", from: other), "$1\r\n1\r\n")
      files.failing = [:]
      guard failure == MemoryFiles.noSpace else { continue }
      // There is room again: the next try succeeds.
      _ = test.run("SHUTDOWN", from: client)
      test.drive(files)
      expectEnding(test, "0")
    }
  }

  @Test(arguments: [MemoryFiles.noSpace, MemoryFiles.inputOutputError])
  func whoForcesTheEndIsToldWhatIsLost(failure: FileFailure) throws {
    let files = MemoryFiles()
    var test = try recording(files)
    let client = test.connect()
    _ = test.run("SET a 1", from: client)
    test.finish(try test.wantedWrite(), files)
    test.cron()
    test.drive(files)
    _ = test.run("SET b 1", from: client)
    files.failing[.write] = failure
    test.drive(files)
    expect(test.run("SHUTDOWN FORCE", from: client), "")
    test.drive(files)
    expectEnding(test, "1")
    expect(
      test.logLines.contains(
        "Error writing the AOF. Exit anyway: the last 27 bytes of it are lost, or not known to be on the disk."))
  }

  @Test func aDiskThatStandsStillIsWaitedForUnlessForced() throws {
    let files = MemoryFiles()
    var test = try recording(files)
    let (client, other) = (test.connect(), test.connect())
    _ = test.run("SET a 1", from: client)
    let stuck = try test.wantedWrite()
    expect(test.run("CONFIG SET save \"3600 1\"", from: other), "+OK\r\n")
    expect(test.run("SHUTDOWN", from: client), "")
    test.cron(afterMilliseconds: 60_000)
    expectEnding(test, nil)
    expect(test.run("SHUTDOWN ABORT", from: other), "+OK\r\n")
    expect(test.output(of: client), Self.refusal)
    expect(test.run("SHUTDOWN FORCE", from: client), "")
    _ = test.engine.runBackgroundSlice()
    test.settle()
    expectEnding(test, "1 at once")
    test.finish(stuck, files)
  }

  @Test func aLastSnapshotThatStandsStillIsWaitedForUnlessForced() throws {
    for isForced in [false, true] {
      for stage in ["write", "sync", "older"] {
        let files = MemoryFiles()
        var test = try TestEngine(loading: files, ("save", "3600 1"))
        let client = test.connect()
        _ = test.run("SET a 1", from: client)
        if stage == "older" {
          expect(test.run("BGSAVE", from: client), "+Background saving started\r\n")
          _ = test.engine.runBackgroundSlice()
          expect(test.beginWrite(.snapshot) != nil)
        }
        expect(test.run(isForced ? "SHUTDOWN FORCE" : "SHUTDOWN", from: client), "")
        _ = test.engine.runBackgroundSlice()
        if stage != "older" {
          let write = test.beginWrite(.snapshot)
          expect(write != nil)
          if stage == "sync", let write {
            test.finish(write, files)
            expect(test.engine.nextSync(.snapshot) != nil)
          }
        }
        for milliseconds in [1900, 200] as [Int64] {
          expectEnding(test, nil)
          test.cron(afterMilliseconds: milliseconds)
          _ = test.engine.runBackgroundSlice()
          test.settle()
        }
        expectEnding(test, isForced ? "0 at once" : nil)
      }
    }
  }

  /// What the log gets meanwhile is missing from the last snapshot, and replicas that have it could not go on from that.
  @Test func nothingChangesUnaskedDuringTheLastSnapshot() throws {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files, ("save", "3600 1"), ("maxmemory-policy", "allkeys-random"))
    let (client, other) = (test.connect(), test.connect())
    _ = test.psync("?", -1)
    test.drive(files)
    _ = test.run("SET lasting 1", from: client)
    for key in ["a", "b", "c", "d"] { _ = test.run("SET \(key) 1 PX 10", from: client) }
    _ = test.run("HSET hash f 1 g 2", from: client)
    _ = test.run("HPEXPIRE hash 10 FIELDS 1 f", from: client)
    expect(test.run("SHUTDOWN", from: client), "")
    let isSaving = test.engine.call.shutdown.stage == .saving
    #expect(isSaving)
    let end = test.logEnd
    test.advance(milliseconds: 100)
    for line in [
      "GET a", "KEYS *", "SCAN 0", "HGETALL hash", "HLEN hash", "HRANDFIELD hash", "RANDOMKEY",
      "CONFIG SET maxmemory 1",
      "GET lasting", "DBSIZE",
    ] {
      #expect(!test.run(line, from: other).isEmpty)
      #expect(test.logEnd == end, "\(line)")
    }
    _ = test.engine.runEvictionSlice()
    #expect(test.logEnd == end)
    let identifier = test.identifier
    test.drive(files)
    expectEnding(test, "0")
    #expect(test.logEnd == end)
    var again = TestEngine(Configuration(), seed: 2, files: files.afterKill())
    again.startUp()
    #expect(again.psync(identifier, end + 1).hasPrefix("+CONTINUE"))
  }

  /// Who waits for a key is not served on the way to the end, and is when that is called off.
  @Test func whoWaitsForAKeyWaitsOnUntilTheEndIsCalledOff() throws {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files, ("save", "3600 1"))
    let (waiting, writer, other) = (test.connect(), test.connect(), test.connect())
    expect(test.run("BLPOP list 0", from: waiting), "")
    for line in ["MULTI", "RPUSH list x", "CLIENT PAUSE 500 WRITE", "EXEC"] { _ = test.run(line, from: writer) }
    expect(test.run("SHUTDOWN", from: other), "")
    test.cron(afterMilliseconds: 1000)
    expect(test.output(of: waiting), "")
    expect(test.run("SHUTDOWN ABORT", from: writer), "+OK\r\n")
    expect(test.output(of: waiting), "*2\r\n$4\r\nlist\r\n$1\r\nx\r\n")
    expect(test.run("PING", from: waiting), "+PONG\r\n")
  }

  @Test func callingItOffDuringTheLastSnapshotIsNoFailure() throws {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files, ("save", "3600 1"))
    let (client, other) = (test.connect(), test.connect())
    _ = test.run("SET a 1", from: client)
    expect(test.run("SHUTDOWN", from: client), "")
    expect(test.run("SHUTDOWN ABORT", from: other), "+OK\r\n")
    expect(test.output(of: client), Self.refusal)
    expect(test.run("SET b 1", from: other), "+OK\r\n")
    test.drive(files)
    expectEnding(test, nil)
    expect(test.run("SHUTDOWN", from: client), "")
    test.drive(files)
    expectEnding(test, "0")
  }

  /// A signal is not called off by what the primary does meanwhile.
  @Test(arguments: ["FLUSHALL", "SWAPDB 0 1", ""]) func aReplicaEndsWhateverItsPrimaryChanges(line: String) throws {
    let files = MemoryFiles()
    var replica = try LinkedReplica(files, ("save", "3600 1"))
    _ = replica.shakeHands()
    replica.resynchronise(String(repeating: "a", count: 40), at: 1000)
    for line in ["SELECT 0", "SET a 1"] { replica.send(line) }
    replica.test.apply(.terminationRequested(signal: "SIGTERM"))
    let isSaving = replica.test.engine.call.shutdown.stage == .saving
    #expect(isSaving)
    if line.isEmpty {
      replica.test.engine.call.abandonSnapshot("a full resync")
    } else {
      replica.send(line)
    }
    replica.send("SET b 1")
    replica.test.drive(files)
    expectEnding(replica.test, "0")
    let again = try TestEngine(loading: files.afterKill())
    expect(again.isReady)
    expect(!replica.test.logLines.contains { $0.contains("can't exit") })
    expect(!files["dump.rdb"].isEmpty)
  }

  /// What clients and replicas begin between a last snapshot that was given up and the next try ends for that.
  @Test(arguments: ["BGSAVE", "SAVE", "BGREWRITEAOF", "CONFIG SET appendonly yes", "PSYNC ? -1"], [true, false])
  func aReplicaEndsWhateverIsBegunMeanwhile(line: String, isFlushed: Bool) throws {
    let files = MemoryFiles()
    var replica = try LinkedReplica(
      files, ("save", "3600 1"), ("snapshot-preimage-limit", "1"), ("repl-diskless-sync-delay", "0"))
    _ = replica.shakeHands()
    replica.resynchronise(String(repeating: "a", count: 40), at: 1000)
    for line in ["SELECT 0", "SET a 1"] { replica.send(line) }
    let client = replica.test.connect()
    replica.test.apply(.terminationRequested(signal: "SIGTERM"))
    if isFlushed { replica.send("FLUSHALL") } else { replica.test.engine.call.abandonSnapshot("a full resync") }
    _ = replica.test.run(line, from: client)
    let isBegun = replica.test.engine.call.snapshot != nil && replica.test.engine.call.shutdown.savesAgain
    #expect(isBegun, "\(replica.test.logLines)")
    replica.send("SET b 1")
    replica.test.drive(files)
    expectEnding(replica.test, "0")
    let again = try TestEngine(loading: files.afterKill())
    expect(again.isReady && again.digest == replica.test.digest)
  }

  @Test func whoInsistsEndsItAtOnce() throws {
    let files = MemoryFiles()
    var test = try recording(files)
    _ = test.run("SET a 1", from: test.connect())
    _ = try test.wantedWrite()
    test.apply(.terminationRequested(signal: "SIGINT"))
    expectEnding(test, nil)
    test.apply(.terminationRequested(signal: "SIGINT"))
    expectEnding(test, "1 at once")
  }
}
