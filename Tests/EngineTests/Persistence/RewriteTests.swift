import Testing

@testable import Engine

/// Rewrites of the append-only file that fail at some step, or that others ask something of meanwhile.
@Suite struct RewriteTests {
  private static let list = "appendonlydir/appendonly.aof.manifest"

  private func recording(_ files: MemoryFiles, _ more: (name: String, value: String)...) throws -> TestEngine {
    var test = try TestEngine(loading: files, [(name: "appendonly", value: "yes")] + more)
    test.drive(files)
    return test
  }

  private func expectLoadable(_ files: MemoryFiles, as test: borrowing TestEngine) throws {
    let again = try TestEngine(loading: files, ("appendonly", "yes"))
    let (found, expected) = (again.digest, test.digest)
    expect(again.isReady && found == expected, "\(again.logLines)")
  }

  private func field(_ name: String, _ test: inout TestEngine, _ client: SessionHandle) -> String {
    let info = test.run("INFO persistence", from: client)
    return String(info.split(separator: "\r\n").first { $0.hasPrefix(name + ":") }?.dropFirst(name.count + 1) ?? "")
  }

  /// Which list is on the disk is unknown then: the number of its base is not given to another one.
  @Test func aListThatMayBeOnTheDiskKeepsItsBase() throws {
    let files = MemoryFiles()
    var test = try recording(files)
    let client = test.connect()
    _ = test.run("INCR n", from: client)
    _ = test.run("BGREWRITEAOF", from: client)
    files.failing[.syncDirectory] = MemoryFiles.inputOutputError
    test.drive(files)
    expect(field("aof_last_bgrewrite_status", &test, client), "err")
    files.failing = [:]
    try expectLoadable(files.afterKill(), as: test)
    _ = test.run("INCR n", from: client)
    _ = test.run("BGREWRITEAOF", from: client)
    test.drive(files)
    #expect(files.size(of: "appendonlydir/appendonly.aof.3.base.rdb") != nil)
    var random = RandomGenerator(seed: 1)
    try expectLoadable(files.afterPowerFailure(&random), as: test)
  }

  /// A base as large as the data set, and with each further try another: what no list names does not stay.
  @Test func aRewriteThatFailsAtItsEndLeavesNoBase() throws {
    let places = "appendonlydir/appendonly.aof.places"
    typealias Fault = (operation: MemoryFiles.Operation?, path: String?)
    let faults: [Fault] = [(.rename, nil), (.syncRenamed, nil), (nil, places), (nil, Self.list), (.syncDirectory, nil)]
    for fault in faults {
      let files = MemoryFiles()
      var test = try recording(files)
      let client = test.connect()
      for _ in 0..<3 {
        _ = test.run("INCR n", from: client)
        expect(test.run("BGREWRITEAOF", from: client).hasPrefix("+"))
        if let operation = fault.operation { files.failing[operation] = MemoryFiles.inputOutputError }
        files.irreplaceable = fault.path
        test.drive(files)
        expect(field("aof_last_bgrewrite_status", &test, client), "err")
        // Which list is on the disk is unknown where its directory fails: both have what they name.
        let unlisted = AppendOnlyParts(files).unlisted.filter { $0.contains(".base.") }
        #expect(unlisted == (fault.operation == .syncDirectory ? ["appendonly.aof.1.base.rdb"] : []), "\(fault)")
        files.failing = [:]
        files.irreplaceable = nil
        try expectLoadable(files.afterKill(), as: test)
        for seed in 1...5 as ClosedRange<UInt64> {
          var random = RandomGenerator(seed: seed)
          let again = try TestEngine(loading: files.afterPowerFailure(&random), ("appendonly", "yes"))
          expect(again.isReady, "\(fault): \(again.logLines)")
        }
      }
      expect(test.run("BGREWRITEAOF", from: client).hasPrefix("+"))
      test.drive(files)
      #expect(AppendOnlyParts(files).unlisted == [], "\(fault)")
      try expectLoadable(files.afterKill(), as: test)
    }
  }

  /// The list names another increment by then: it must be there.
  @Test func aRewriteThatEndsBehindItsListLeavesWhatItNames() throws {
    let files = MemoryFiles()
    var test = try recording(files)
    let client = test.connect()
    _ = test.run("INCR n", from: client)
    files.refusedPrefix = "temp-rewriteaof-bg-"
    for failures in 1...2 {
      expect(test.run("BGREWRITEAOF", from: client), "+Background append only file rewriting started\r\n")
      expect(field("aof_last_bgrewrite_status", &test, client), "err")
      expect(field("aof_rewrites_consecutive_failures", &test, client), "\(failures)")
      _ = test.run("INCR n", from: client)
      test.drive(files)
      try expectLoadable(files.afterKill(), as: test)
    }
    files.refusedPrefix = nil
    expect(test.run("BGREWRITEAOF", from: client), "+Background append only file rewriting started\r\n")
    test.drive(files)
    expect(field("aof_rewrites_consecutive_failures", &test, client), "0")
    let list = String(decoding: files[Self.list], as: UTF8.self)
    #expect(!list.contains("type h"), "\(list)")
    try expectLoadable(files.afterKill(), as: test)
  }

  @Test func savesAskedForMeanwhile() throws {
    let files = MemoryFiles()
    var test = try recording(files)
    let (client, other) = (test.connect(), test.connect())
    _ = test.run("SET a 1", from: client)
    expect(test.run("BGREWRITEAOF", from: client).hasPrefix("+"))
    expect(test.run("BGREWRITEAOF", from: client).hasPrefix("-ERR Background append only file rewriting already"))
    expect(test.run("BGSAVE", from: client).hasPrefix("-ERR Another child process is active"))
    for line in ["MULTI", "BGSAVE"] { _ = test.run(line, from: client) }
    expect(test.run("EXEC", from: client), "*1\r\n+Background saving scheduled\r\n")
    // As in Redis a rewrite is no reason to refuse SAVE; it is answered when both are done.
    expect(test.run("SAVE", from: client), "")
    expect(test.run("GET a", from: other), "$1\r\n1\r\n")
    test.drive(files)
    expect(test.output(of: client), "")
    test.cron()
    expect(test.run("BGREWRITEAOF", from: other), "+Background append only file rewriting scheduled\r\n")
    expect(test.run("SAVE", from: other), "-ERR Background save already in progress\r\n")
    test.drive(files)
    expect(test.output(of: client), "+OK\r\n")
    #expect(files.size(of: "dump.rdb") != nil)
  }

  @Test func whatEndedProcessesLeftIsClearedAway() throws {
    let files = MemoryFiles()
    var test = try recording(files)
    _ = test.run("SET a 1", from: test.connect())
    _ = test.run("BGREWRITEAOF", from: test.connect())
    test.drive(files)
    let kept = [
      "temp-78.rdb", "temp-mine.rdb", "temp-012.rdb", "temp-1.2.3.rdb", "temp-77.aof", "other.rdb",
      "temp-0.rdb", "temp-4194305.rdb", "temp-20261123.rdb", "temp-1700000000.0.rdb", "temp-rewriteaof-bg-4194305.aof",
      "appendonlydir/appendonly.aof.manifest.4194305.tmp",
      "appendonlydir/appendonly.aof.manifest.78.tmp", "appendonlydir/appendonly.aof.7.base.rdb",
      "appendonlydir/appendonly.aof.7.incr.aof", "appendonlydir/appendonly.aof.1.base.rdb.bak",
      "appendonlydir/other.aof.1.base.rdb", "appendonlydir/appendonly.aof.01.incr.aof",
    ]
    let gone = [
      "temp-77.rdb", "temp-1.rdb", "temp-4194304.rdb", "temp-1700000000.77.rdb", "temp-rewriteaof-bg-77.aof",
      "appendonlydir/appendonly.aof.manifest.77.tmp", "appendonlydir/appendonly.aof.places.77.tmp",
      "appendonlydir/appendonly.aof.1.base.rdb", "appendonlydir/appendonly.aof.1.incr.aof",
    ]
    for name in kept + gone { files[name] = [1] }
    files.running = [78]
    let before = Set(files.names.keys).subtracting(gone)
    let again = try TestEngine(loading: files, ("appendonly", "yes"))
    expect(again.isReady && again.digest == test.digest)
    #expect(Set(files.names.keys) == before)
    // A list that is lost is no reason to delete what it named, nor to write over it.
    files.remove(Self.list)
    files.remove("appendonlydir/appendonly.aof.places")
    let without = try TestEngine(loading: files, ("appendonly", "yes"))
    expect(!without.isReady)
    #expect(files.size(of: "appendonlydir/appendonly.aof.2.base.rdb") != nil)
  }

  @Test func theSnapshotFileIsNoLeftoverWhateverItsName() throws {
    for name in ["temp-77.rdb", "temp-1700000000.77.rdb", "temp-rewriteaof-bg-77.aof"] {
      let files = MemoryFiles()
      var test = try TestEngine(loading: files, ("dbfilename", name))
      _ = test.run("SET a 1", from: test.connect())
      _ = test.run("SAVE", from: test.connect())
      test.drive(files)
      files["temp-78.rdb"] = [1]
      let again = try TestEngine(loading: files, ("dbfilename", name))
      expect(again.isReady && again.digest == test.digest)
      #expect(files.size(of: name) != nil && files.size(of: "temp-78.rdb") == nil)
    }
  }

  @Test func aReloadThatFailsEndsTheServerAndChangesNothing() throws {
    let files = MemoryFiles()
    var test = try recording(files, ("enable-debug-command", "yes"))
    let client = test.connect()
    _ = test.run("SET a 1", from: client)
    test.drive(files)
    let damaged = files["appendonlydir/appendonly.aof.1.incr.aof"] + Array("garbage".utf8)
    files["appendonlydir/appendonly.aof.1.incr.aof"] = damaged
    let list = files[Self.list]
    expect(test.run("DEBUG LOADAOF", from: client), "")
    for _ in 0..<10 { _ = test.engine.runBackgroundSlice() }
    test.settle()
    expect(test.output(of: client), "")
    expect(test.effects.contains { if case .shutDown(status: 1, isAtOnce: _) = $0 { true } else { false } })
    expect(test.logLines.contains { $0.contains("Bad file format reading the append only file") })
    #expect(files["appendonlydir/appendonly.aof.1.incr.aof"] == damaged && files[Self.list] == list)
  }

  /// A snapshot is taken first, and the rewrite has to wait for it.
  @Test func aReloadWaitsForTheRewriteThatIsToComeFirst() throws {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files, ("save", "3600 1"), ("enable-debug-command", "yes"))
    let client = test.connect()
    _ = test.run("SET old 1", from: client)
    _ = test.run("BGREWRITEAOF", from: client)
    test.drive(files)
    _ = test.run("RENAME old new", from: client)
    _ = test.run("BGSAVE", from: client)
    expect(test.run("BGREWRITEAOF", from: client), "+Background append only file rewriting scheduled\r\n")
    expect(test.run("DEBUG LOADAOF", from: client), "")
    for _ in 0..<5 {
      test.drive(files)
      test.cron()
    }
    expect(test.output(of: client), "+OK\r\n")
    expect(test.run("KEYS *", from: client), "*1\r\n$3\r\nnew\r\n")
  }

  /// What is in the file ends within a command, as long as there is no room: to load it would be to cut it off there.
  @Test func whatCouldNotBeWrittenIsNotLoadedAgain() throws {
    let files = MemoryFiles()
    var test = try recording(files, ("enable-debug-command", "yes"))
    let client = test.connect()
    _ = test.run("SET a 1", from: client)
    files.room = 9
    test.drive(files)
    expect(test.run("DEBUG LOADAOF", from: client), "")
    test.drive(files)
    expect(test.output(of: client), "-ERR DEBUG LOADAOF cannot load what is not written: No space left on device\r\n")
    files.room = nil
    test.cron()
    test.drive(files)
    expect(test.run("GET a", from: client), "$1\r\n1\r\n")
    try expectLoadable(files.afterKill(), as: test)
  }

  // MARK: Given up

  /// That one is given up says nothing of the disk.
  @Test func aSnapshotThatIsGivenUpIsNoSuccess() throws {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files, ("save", "3600 1"), ("enable-debug-command", "yes"))
    let client = test.connect()
    _ = test.run("SET a 1", from: client)
    _ = test.run("SAVE", from: client)
    test.drive(files)
    files.failing[.write] = MemoryFiles.inputOutputError
    _ = test.run("BGSAVE", from: client)
    test.drive(files)
    expect(field("rdb_last_bgsave_status", &test, client), "err")
    expect(test.run("BGSAVE", from: client), "+Background saving started\r\n")
    _ = test.run("DEBUG RELOAD NOSAVE", from: client)
    expect(test.logLines.contains("Snapshot given up: the data set is loaded again"))
    expect(field("rdb_last_bgsave_status", &test, client), "err")
    expect(test.run("SET a 1", from: client).hasPrefix("-MISCONF"))
  }

  @Test func aRewriteThatIsGivenUpIsNoSuccess() throws {
    let files = MemoryFiles()
    var test = try recording(files, ("snapshot-preimage-limit", "1"))
    let client = test.connect()
    _ = test.run("SET a 1", from: client)
    test.drive(files)
    files.failing[.write] = MemoryFiles.inputOutputError
    _ = test.run("BGREWRITEAOF", from: client)
    test.drive(files)
    expect(field("aof_last_bgrewrite_status", &test, client), "err")
    files.failing = [:]
    _ = test.run("BGREWRITEAOF", from: client)
    _ = test.run("FLUSHALL", from: client)
    expect(test.logLines.contains { $0.hasPrefix("Snapshot given up: ") })
    expect(field("aof_last_bgrewrite_status", &test, client), "err")
    expect(field("aof_rewrites_consecutive_failures", &test, client), "1")
  }

  // MARK: The barrier told

  @Test func aClientIsToldItsBarrier() throws {
    let files = MemoryFiles()
    var test = try recording(files, ("write-barrier-replicas", "2"))
    let (client, other) = (test.connect(), test.connect())
    func told(_ fsync: String, _ replicas: Int, _ by: String) -> String {
      "*6\r\n$5\r\nfsync\r\n$\(fsync.utf8.count)\r\n\(fsync)\r\n$8\r\nreplicas\r\n:\(replicas)\r\n"
        + "$9\r\nchosen-by\r\n$6\r\n\(by)\r\n"
    }
    expect(test.run("CLIENT BARRIER GET", from: client), told("off", 2, "server"))
    expect(!test.run("CLIENT LIST", from: client).contains("barrier="))
    _ = test.run("CLIENT BARRIER FSYNC ON REPLICAS 1", from: client)
    expect(test.run("CLIENT BARRIER GET", from: client), told("on", 1, "client"))
    expect(test.run("CLIENT LIST", from: other).contains(" barrier=fsync:on,replicas:1\n"))
    _ = test.run("CLIENT BARRIER DEFAULT", from: client)
    _ = test.run("CONFIG SET appendfsync always", from: other)
    expect(test.run("CLIENT BARRIER GET", from: client), told("on", 2, "server"))
  }

  @Test(arguments: ["yes", "no"]) func aBarrierWithoutAFileIsWarnedOfAtTheStart(appendonly: String) throws {
    let test = try TestEngine(
      loading: MemoryFiles(), ("appendonly", appendonly), ("write-barrier-fsync", "yes"))
    let warns = test.logLines.contains("write-barrier-fsync has no effect as long as appendonly is no")
    #expect(warns == (appendonly == "no"))
  }
}
