import Testing

@testable import Engine

/// FLUSHDB and SWAPDB at every place of a walk: the snapshot is of the moment it began, and goes on.
@Suite struct FlushedSnapshotTests {
  /// Two databases with keys of several types, and giants of three.
  private static let beginning: [[String]] = {
    var commands: [[String]] = []
    for key in 0..<30 { commands.append(["SET", "key:\(key)", String(repeating: "v", count: key * 20)]) }
    for part in 0..<8 { commands.append(["SADD", "giant"] + (0..<100).map { "m\(part)-\($0)" }) }
    commands.append(["SETRANGE", "string", "300000", "end"])
    commands.append(["EXPIRE", "key:3", "100000"])
    commands.append(["HSET", "hash", "f", "v"])
    commands.append(["SELECT", "3"])
    for key in 0..<30 { commands.append(["SET", "key:\(key)", "three:\(key)"]) }
    for part in 1...8 {
      commands.append(["RPUSH", "list"] + (0..<80).map { "\($0)" + String(repeating: "e", count: part) })
    }
    commands.append(["SELECT", "0"])
    return commands
  }()

  /// What is done to the data while they are walked.
  private static let deeds: [[String]] = [
    ["FLUSHDB"],
    ["SWAPDB 0 3"],
    ["SELECT 3", "FLUSHDB SYNC", "SELECT 0"],
    ["SADD giant more", "SREM giant m0-1", "FLUSHDB", "SET key:1 again", "SADD giant x", "SET new key"],
    ["SET key:1 changed", "SWAPDB 0 3", "SET key:2 changed", "FLUSHDB", "SWAPDB 3 7", "SET key:9 other"],
    ["RENAME giant other", "MOVE other 3", "FLUSHDB", "FLUSHDB", "SELECT 3", "FLUSHDB", "SET key:1 x", "SELECT 0"],
    ["SETRANGE string 7 changed", "SWAPDB 0 3", "LPOP list 90", "SWAPDB 0 3", "DEL string", "SELECT 3", "FLUSHDB"],
  ]

  private func walk(_ test: inout TestEngine, budget: Int) {
    guard let job = test.engine.call.snapshot, job.mayWalk else { return }
    job.walk(test.engine.call.keyspace, budget: budget, keyLimit: .max) { _ in .unknown }
  }

  /// An engine with the data; `begin` has been said to it, and so many slices were walked.
  private func walked(
    _ slices: Int, begin: String, _ files: MemoryFiles, _ directives: (name: String, value: String)...
  ) throws -> TestEngine {
    var test = try TestEngine(
      loading: files, [("list-max-listpack-size", "1"), ("rdbcompression", "no"), ("save", "")] + directives)
    let client = test.connect()
    for command in Self.beginning { _ = test.run(command, from: client) }
    _ = test.run(begin, from: client)
    for _ in 0..<slices { walk(&test, budget: 2000) }
    return test
  }

  /// Whatever was kept is gone.
  private func isSettled(_ test: borrowing TestEngine) -> Bool {
    let keyspace = test.engine.call.keyspace.keptBytes + test.engine.call.keyspace.flushedBytes
    return keyspace == 0 && test.engine.call.keyspace.reclaimer.pendingKeys == 0
      && (0..<16).allSatisfy { test.engine.call.keyspace[$0].kept.isEmpty }
  }

  @Test(arguments: deeds) func aSnapshotIsOfTheMomentItBegan(deed: [String]) throws {
    var wasWalking = true
    for slices in 0..<400 where wasWalking {
      let files = MemoryFiles()
      var test = try walked(slices, begin: "BGSAVE", files)
      wasWalking = test.engine.call.snapshot?.stage == .walking
      let client = test.connect()
      for command in deed {
        _ = test.run(command, from: client)
        walk(&test, budget: 100)
      }
      test.drive(files)
      expect(!test.logLines.contains { $0.hasPrefix("Snapshot given up") })
      expect(isSettled(test))
      let again = try TestEngine(loading: files.afterKill(), ("list-max-listpack-size", "1"))
      expect(again.digest == Self.digestAtBeginning, "\(deed) after \(slices) slices")
    }
    #expect(!wasWalking, "the walk was not followed to its end")
  }

  private static let digestAtBeginning: String = {
    var test = TestEngine()
    let client = test.connect()
    for command in beginning { _ = test.run(command, from: client) }
    return test.digest
  }()

  /// A rewritten file and what follows it are the data at the end, also where all databases were emptied.
  @Test(arguments: deeds + [["FLUSHALL", "SET after flush"]], ["yes", "no"])
  func aRewriteGoesOn(deed: [String], preamble: String) throws {
    for slices in [0, 1, 7, 20, 33, 60, 90] {
      let files = MemoryFiles()
      var test = try walked(
        slices, begin: "BGREWRITEAOF", files, ("appendonly", "yes"), ("appendfsync", "no"),
        ("aof-use-rdb-preamble", preamble))
      let client = test.connect()
      for command in deed {
        _ = test.run(command, from: client)
        walk(&test, budget: 100)
      }
      test.drive(files)
      expect(!test.logLines.contains { $0.hasPrefix("Snapshot given up") })
      expect(isSettled(test))
      let again = try TestEngine(loading: files.afterKill(), ("appendonly", "yes"), ("list-max-listpack-size", "1"))
      expect(again.isReady && again.digest == test.digest, "\(deed) after \(slices) slices")
    }
  }

  /// Emptied and filled again and again, a database does not keep a snapshot from its end.
  @Test func aSnapshotEndsThoughItsDatabaseIsEmptiedAllTheTime() throws {
    let files = MemoryFiles()
    var test = try walked(0, begin: "BGSAVE", files)
    let client = test.connect()
    var flushes = 0
    while test.engine.call.snapshot?.stage == .walking, flushes < 1000 {
      for key in 0..<5 { _ = test.run(["SET", "key:\(key)", "\(flushes)"], from: client) }
      _ = test.run("FLUSHDB", from: client)
      walk(&test, budget: 500)
      flushes += 1
    }
    #expect(flushes > 10 && flushes < 1000)
    test.drive(files)
    let again = try TestEngine(loading: files.afterKill(), ("list-max-listpack-size", "1"))
    expect(again.digest, Self.digestAtBeginning)
  }

  /// As in Redis: a snapshot file that nobody waits for is given up, and begun anew only where there are save points.
  @Test(arguments: ["", "3600 1"]) func flushAllEndsAFileThatNobodyWaitsFor(points: String) throws {
    let files = MemoryFiles()
    var test = try walked(3, begin: "BGSAVE", files)
    let client = test.connect()
    _ = test.run(["CONFIG", "SET", "save", points], from: client)
    _ = test.run("FLUSHALL", from: client)
    let isThere = test.engine.call.snapshot != nil
    #expect(!isThere && test.engine.call.persistence.isSaveScheduled == !points.isEmpty)
    test.cron()
    test.drive(files)
    expect(isSettled(test))
    let again = try TestEngine(loading: files.afterKill())
    expect(again.engine.call.keyspace.keyCount == 0)
  }

  /// Whoever asked for it and waits has it of the moment at which he asked.
  @Test func flushAllLeavesAFileThatSomebodyWaitsFor() throws {
    let files = MemoryFiles()
    var test = try walked(3, begin: "SAVE", files)
    let client = test.connect()
    _ = test.run("FLUSHALL", from: client)
    test.drive(files)
    let again = try TestEngine(loading: files.afterKill(), ("list-max-listpack-size", "1"))
    expect(again.digest, Self.digestAtBeginning)
  }

  /// What the walk has been through is not kept when it is flushed, and so no matter of the limit.
  @Test func whatIsWrittenIsNotCounted() throws {
    let files = MemoryFiles()
    var test = try walked(0, begin: "BGSAVE", files, ("snapshot-preimage-limit", "300kb"))
    let client = test.connect()
    while test.engine.call.keyspace.isWanted(0) { walk(&test, budget: 100) }
    let (isWalking, bytes) = (test.engine.call.snapshot?.stage == .walking, test.engine.call.keyspace[0].usedBytes)
    #expect(isWalking && bytes > 300 << 10)
    _ = test.run("FLUSHDB", from: client)
    let kept = test.engine.call.keyspace.flushedBytes
    #expect(kept == 0)
    expect(!test.logLines.contains { $0.hasPrefix("Snapshot given up") })
    test.drive(files)
    let again = try TestEngine(loading: files.afterKill(), ("list-max-listpack-size", "1"))
    expect(again.digest, Self.digestAtBeginning)
  }

  /// More than the limit is not kept: the snapshot is taken again, of what is there then, and has not failed.
  @Test func moreThanTheLimitIsNotKept() throws {
    let files = MemoryFiles()
    var test = try walked(3, begin: "BGSAVE", files, ("snapshot-preimage-limit", "300kb"))
    let client = test.connect()
    _ = test.run("FLUSHDB", from: client)
    expect(test.logLines.contains { $0.hasPrefix("Snapshot given up") && $0.contains("snapshot-preimage-limit") })
    expect(test.run("SET there now", from: client), "+OK\r\n")
    test.cron()
    test.drive(files)
    expect(isSettled(test))
    let again = try TestEngine(loading: files.afterKill(), ("list-max-listpack-size", "1"))
    expect(again.digest, test.digest)
  }
}
