import Testing

@testable import Engine

/// A replica that let its data go for a primary's snapshot, which then could not be loaded.
@Suite struct FailedLoadTests {
  private static let history = String(repeating: "a", count: 40)
  private static let other = String(repeating: "b", count: 40)

  /// A snapshot with some keys, whose checksum is wrong if it is to be damaged.
  private func snapshot(damaged: Bool) -> [UInt8] {
    var source = TestEngine()
    let client = source.connect()
    for number in 0..<100 { _ = source.run("SET key:\(number) \(number)", from: client) }
    var writer = RDBWriter()
    writer.begin(RDBWriter.Information(redisVersion: Bytes("7.2.4"), createdSeconds: 0, usedMemoryBytes: 0))
    writer.write(source.engine.call.keyspace) { _ in .unknown }
    writer.end()
    var bytes = writer.finish().array
    if damaged { bytes[bytes.count - 1] ^= 1 }
    return bytes
  }

  /// Follows a history up to some writes.
  /// - Returns: the offset that it has come to.
  private func follow(_ replica: inout LinkedReplica) -> Int64 {
    _ = replica.shakeHands()
    replica.resynchronise(Self.history, at: 1000)
    var end: Int64 = 1000
    end += Int64(replica.send("SELECT 0"))
    end += Int64(replica.send("SET a 1"))
    replica.test.drive(replica.files)
    return end
  }

  /// Gets a full resync.
  private func resynchronise(_ replica: inout LinkedReplica, damaged: Bool) {
    replica.cut()
    _ = replica.shakeHands()
    let bytes = snapshot(damaged: damaged)
    replica.say("+FULLRESYNC \(Self.other) 5000\r\n$\(bytes.count)\r\n")
    replica.say(bytes)
    replica.test.drive(replica.files)
    if damaged { replica.cut() }
    replica.test.drive(replica.files)
    let message = "Failed trying to load the MASTER synchronization DB from disk, check server logs."
    expect(replica.test.logLines.last == message || !damaged)
    expect(replica.test.engine.call.replication.link.isUp != damaged)
  }

  @Test func nobodyGoesOnFromItsHistory() throws {
    var replica = try LinkedReplica(MemoryFiles())
    let end = follow(&replica)
    let before = replica.test.psync(Self.history, end + 1)
    #expect(before == "+CONTINUE \(Self.history)")
    resynchronise(&replica, damaged: true)
    let client = replica.test.connect()
    expect(replica.test.run("DBSIZE", from: client), ":0\r\n")
    for field in ["slave_repl_offset", "slave_read_repl_offset", "master_repl_offset", "repl_backlog_active"] {
      expect(replica.test.information(field, from: client), "0")
    }
    expect(replica.test.identifier != Self.history)
    let whileDown = replica.test.psync(Self.history, end + 1)
    #expect(whileDown.hasPrefix("-NOMASTERLINK"))

    let nameless = replica.test.identifier
    _ = replica.test.run("REPLICAOF NO ONE", from: client)
    _ = replica.test.run("SET b 2", from: client)
    for identifier in [Self.history, nameless] {
      let answer = replica.test.psync(identifier, end + 1)
      #expect(answer.hasPrefix("+FULLRESYNC"))
    }
    let atBeginning = replica.test.psync(nameless, 1)
    #expect(atBeginning.hasPrefix("+FULLRESYNC"))
  }

  @Test func itAsksForAnotherSnapshotAndGoesOnWithThat() throws {
    let files = MemoryFiles()
    var replica = try LinkedReplica(files)
    _ = follow(&replica)
    resynchronise(&replica, damaged: true)
    #expect(replica.shakeHands().contains("$1\r\n?\r\n$2\r\n-1\r\n"))
    resynchronise(&replica, damaged: false)
    let end = 5000 + Int64(replica.send("SELECT 0")) + Int64(replica.send("SET b 2"))
    let client = replica.test.connect()
    expect(replica.test.run("DBSIZE", from: client), ":101\r\n")
    let answer = replica.test.psync(Self.other, end + 1)
    #expect(answer == "+CONTINUE \(Self.other)")
    expect(replica.test.engine.call.replication.awaitsData == false)
    // What came is the server's own snapshot by now.
    var again = try LinkedReplica(files.afterKill())
    let asker = again.test.connect()
    expect(again.test.run("DBSIZE", from: asker), ":100\r\n")
  }

  // MARK: The disk

  @Test func theSnapshotFileStaysUntilTheNewOneHasProvedToBeWhole() throws {
    let files = MemoryFiles()
    var replica = try LinkedReplica(files, ("save", "1 1"))
    let end = follow(&replica)
    let client = replica.test.connect()
    _ = replica.test.run("SAVE", from: client)
    replica.test.drive(files)
    let saved = files["dump.rdb"]
    resynchronise(&replica, damaged: true)
    expect(!files.names.keys.contains { $0.hasPrefix("temp-") })
    // Neither a save point nor the server's end puts nothing in its place.
    replica.test.engine.call.keyspace.changes = 10
    replica.test.cron(afterMilliseconds: 5000)
    replica.test.drive(files)
    #expect(files["dump.rdb"] == saved)
    var again = try LinkedReplica(files.afterKill(), ("save", "1 1"))
    let question = again.shakeHands()
    #expect(question.contains("\(Self.history)\r\n") && question.contains("\r\n\(end + 1)\r\n"))
    replica.test.apply(.terminationRequested(signal: "SIGTERM"))
    replica.test.drive(files)
    expect(replica.test.effects.contains { if case .shutDown(status: 0, _) = $0 { true } else { false } })
    #expect(files["dump.rdb"] == saved)
  }

  @Test func theLastSnapshotIsNotTakenAgainOfNothing() throws {
    let files = MemoryFiles()
    var replica = try LinkedReplica(files, ("save", "3600 1"))
    _ = follow(&replica)
    let client = replica.test.connect()
    _ = replica.test.run("SAVE", from: client)
    replica.test.drive(files)
    let saved = files["dump.rdb"]
    replica.cut()
    _ = replica.shakeHands()
    let bytes = snapshot(damaged: true)
    replica.say("+FULLRESYNC \(Self.other) 5000\r\n$\(bytes.count)\r\n")
    replica.say(bytes.dropLast(10).map { $0 })
    // The server's end comes while the snapshot does, and its own last one is under way when that is there.
    replica.test.apply(.terminationRequested(signal: "SIGTERM"))
    _ = replica.test.engine.runBackgroundSlice()
    expect(replica.test.engine.call.snapshot != nil)
    replica.say(Array(bytes.suffix(10)))
    for stream in [FileStream.received] {
      while let write = replica.test.beginWrite(stream) { replica.test.finish(write, files) }
      if let file = replica.test.engine.nextSync(stream) { replica.test.finishSync(stream, file, files) }
    }
    expect(replica.test.engine.isLoading)
    for _ in 0..<2 { replica.test.drive(files) }
    expect(replica.test.effects.contains { if case .shutDown(status: 0, _) = $0 { true } else { false } })
    #expect(files["dump.rdb"] == saved)
  }

  @Test func aSnapshotThatIsAskedForNamesNoHistory() throws {
    let files = MemoryFiles()
    var replica = try LinkedReplica(files)
    _ = follow(&replica)
    resynchronise(&replica, damaged: true)
    let client = replica.test.connect()
    _ = replica.test.run("SAVE", from: client)
    replica.test.drive(files)
    var again = try LinkedReplica(files.afterKill())
    #expect(again.shakeHands().contains("$1\r\n?\r\n$2\r\n-1\r\n"))
  }

  @Test func theAppendOnlyFileIsNotReplacedByNothing() throws {
    let files = MemoryFiles()
    var replica = try LinkedReplica(files, ("appendonly", "yes"))
    let end = follow(&replica)
    for _ in 0..<3 {
      replica.test.cron()
      replica.test.drive(files)
    }
    let bases = { files.names.keys.filter { $0.contains(".base.") }.sorted() }
    let base = bases()
    resynchronise(&replica, damaged: true)
    let client = replica.test.connect()
    let answers = [
      "BGREWRITEAOF": "+Background append only file rewriting scheduled\r\n", "CONFIG SET appendonly no": "+OK\r\n",
      "CONFIG SET appendonly yes": "+OK\r\n",
    ]
    for command in ["BGREWRITEAOF", "CONFIG SET appendonly no", "CONFIG SET appendonly yes", "BGREWRITEAOF"] {
      expect(replica.test.run(command, from: client), answers[command] ?? "")
      for _ in 0..<3 {
        replica.test.cron(afterMilliseconds: 6000)
        replica.test.drive(files)
      }
      #expect(bases() == base)
    }
    // What is recorded there is still what a restart has, and of its own history.
    var again = try LinkedReplica(files.afterKill(), ("appendonly", "yes"))
    let asker = again.test.connect()
    expect(again.test.run("GET a", from: asker), "$1\r\n1\r\n")
    let question = again.shakeHands()
    #expect(question.contains("\(Self.history)\r\n") && question.contains("\r\n\(end + 1)\r\n"))

    // Once the data have come, it is written anew.
    resynchronise(&replica, damaged: false)
    for _ in 0..<3 {
      replica.test.cron()
      replica.test.drive(files)
    }
    #expect(bases() != base)
    let last = try LinkedReplica(files.afterKill(), ("appendonly", "yes"))
    expect(last.test.identifier, Self.other)
    expect(last.test.logEnd == 5000)
  }

  @Test func oneThatIsPromotedRecordsAgain() throws {
    let files = MemoryFiles()
    var replica = try LinkedReplica(files, ("appendonly", "yes"))
    _ = follow(&replica)
    resynchronise(&replica, damaged: true)
    let client = replica.test.connect()
    _ = replica.test.run("REPLICAOF NO ONE", from: client)
    replica.test.cron()
    replica.test.drive(files)
    _ = replica.test.run("SET b 2", from: client)
    replica.test.drive(files)
    var again = try TestEngine(loading: files.afterKill(), ("appendonly", "yes"))
    let asker = again.connect()
    expect(again.run("GET b", from: asker), "$1\r\n2\r\n")
    expect(again.run("DBSIZE", from: asker), ":1\r\n")
    let answer = again.psync(Self.history, 1001)
    #expect(answer.hasPrefix("+FULLRESYNC"))
  }
}
