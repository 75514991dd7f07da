import Testing

@testable import Engine

/// Which history a server goes on with after its start, and who may go on from where.
@Suite struct HistoryTests {
  private static let history = String(repeating: "a", count: 40)
  private static let other = String(repeating: "b", count: 40)

  private func primary(_ files: MemoryFiles, recording: Bool = false, seed: UInt64 = 1) throws -> TestEngine {
    // Another start, other identifiers.
    let configuration = try Configuration().setting("appendonly", to: recording ? "yes" : "no")
    var test = TestEngine(configuration, seed: seed, files: files)
    test.startUp()
    return test
  }

  // MARK: From a snapshot

  @Test func aPrimaryGoesOnWithWhatItsSnapshotSays() throws {
    let files = MemoryFiles()
    var test = try primary(files)
    let client = test.connect()
    let first = test.psync("?", -1)
    #expect(first.hasPrefix("+FULLRESYNC"))
    test.drive(files)
    _ = test.run("SELECT 3", from: client)
    _ = test.run("SET a 1", from: client)
    _ = test.run("SAVE", from: client)
    test.drive(files)
    let identifier = test.identifier
    let end = test.logEnd
    #expect(end > 0)

    var again = try primary(files.afterKill())
    let asker = again.connect()
    #expect(again.identifier != identifier)
    expect(again.information("master_replid2", from: asker), identifier)
    expect(again.information("second_repl_offset", from: asker), "\(end + 1)")
    #expect(again.logEnd == end)
    let behind = again.psync(identifier, end)
    #expect(!behind.hasPrefix("+CONTINUE"))
    let inStep = again.psync(identifier, end + 1)
    #expect(inStep == "+CONTINUE \(again.identifier)")
    let ahead = again.psync(identifier, end + 2)
    #expect(!ahead.hasPrefix("+CONTINUE"))
    // What it writes now is its own: it begins with the database.
    _ = again.run("SET b 2", from: asker)
    let later = again.psync(identifier, end + 2)
    #expect(!later.hasPrefix("+CONTINUE"))
  }

  @Test func aSnapshotWithoutAHistoryGivesNone() throws {
    let files = MemoryFiles()
    var test = try primary(files)
    let client = test.connect()
    _ = test.run("SET a 1", from: client)
    _ = test.run("SAVE", from: client)
    test.drive(files)
    var again = try primary(files.afterKill())
    let asker = again.connect()
    expect(again.information("repl_backlog_active", from: asker), "0")
    expect(again.information("second_repl_offset", from: asker), "-1")
  }

  @Test func replicasHearOfKeysThatExpiredWhileThePrimaryWasAway() throws {
    let files = MemoryFiles()
    var test = try primary(files)
    let client = test.connect()
    _ = test.psync("?", -1)
    _ = test.run("SET a 1 PX 500", from: client)
    _ = test.run("SAVE", from: client)
    test.drive(files)
    let (identifier, end) = (test.identifier, test.logEnd)

    var again = TestEngine(Configuration(), files: files.afterKill())
    again.advance(milliseconds: 1000)
    again.engine.start(now: again.now)
    for _ in 0..<100 where again.engine.isLoading { _ = again.engine.runBackgroundSlice() }
    #expect(again.logEnd == end + 23 + 20)
    let replica = again.connect()
    expect(again.run("PSYNC \(identifier) \(end + 1)", from: replica), "+CONTINUE\r\n")
    let feed = String(decoding: again.propagated(), as: UTF8.self)
    #expect(feed == "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*2\r\n$3\r\nDEL\r\n$1\r\na\r\n")
  }

  @Test func aReplicaAsksToGoOnFromItsSnapshot() throws {
    let files = MemoryFiles()
    var replica = try LinkedReplica(files)
    let first = replica.shakeHands()
    #expect(first.contains("$1\r\n?\r\n$2\r\n-1"))
    replica.resynchronise(Self.history, at: 1000)
    var end = 1000
    end += replica.send("SELECT 5")
    end += replica.send("SET a 1")
    let client = replica.test.connect()
    _ = replica.test.run("SAVE", from: client)
    replica.test.drive(files)
    replica.send("SET a 2")

    var again = try LinkedReplica(files.afterKill())
    let question = again.shakeHands()
    #expect(question.contains("\(Self.history)\r\n") && question.contains("\r\n\(end + 1)\r\n"))
    again.say("+CONTINUE \(Self.history)\r\n")
    // The stream goes on in the database it was in.
    again.send("SET a 3")
    let asker = again.test.connect()
    _ = again.test.run("SELECT 5", from: asker)
    expect(again.test.run("GET a", from: asker), "$1\r\n3\r\n")
  }

  // MARK: From the append-only file

  @Test(arguments: ["no", "yes"]) func aPrimaryGoesOnWithWhatItRecorded(_ timestamps: String) throws {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files, ("appendonly", "yes"), ("aof-timestamp-enabled", timestamps))
    test.drive(files)
    let client = test.connect()
    for round in 0..<5 {
      _ = test.run("SET key\(round) \(round)", from: client)
      test.advance(milliseconds: 1500)
      test.drive(files)
      if round == 2 {
        _ = test.run("BGREWRITEAOF", from: client)
        test.drive(files)
      }
    }
    let (identifier, end) = (test.identifier, test.logEnd)
    var again = try primary(files.afterKill(), recording: true, seed: 2)
    #expect(again.logEnd == end)
    let inStep = again.psync(identifier, end + 1)
    #expect(inStep == "+CONTINUE \(again.identifier)")
    // And again, under the name it has now.
    let asker = again.connect()
    _ = again.run("SET more 1", from: asker)
    let more = again.logEnd
    let second = again.identifier
    let disk = again.engine.call.host.files as? MemoryFiles
    try again.drive(#require(disk))
    var third = try primary(#require(disk).afterKill(), recording: true, seed: 3)
    #expect(third.logEnd == more)
    let fromSecond = third.psync(second, more + 1)
    #expect(fromSecond.hasPrefix("+CONTINUE"))
    let fromFirst = third.psync(identifier, end + 1)
    #expect(fromFirst == "+CONTINUE \(third.identifier)")
    let tooFar = third.psync(identifier, end + 2)
    #expect(!tooFar.hasPrefix("+CONTINUE"))
  }

  @Test func aReplicaAsksToGoOnFromWhatItRecorded() throws {
    let files = MemoryFiles()
    var replica = try LinkedReplica(files, ("appendonly", "yes"))
    _ = replica.shakeHands()
    replica.resynchronise(Self.history, at: 1000)
    var end = 1000
    end += replica.send("SELECT 7")
    replica.test.drive(files)
    let client = replica.test.connect()
    _ = replica.test.run("BGREWRITEAOF", from: client)
    replica.test.drive(files)
    // Nothing is in the new increment yet: the database in force is known all the same.
    var empty = try LinkedReplica(files.afterKill(), ("appendonly", "yes"))
    let question = empty.shakeHands()
    #expect(question.contains("\r\n\(end + 1)\r\n"))
    expect(empty.test.engine.call.replication.link.streamDatabase == 7)

    end += replica.send("SET a 1")
    replica.test.drive(files)
    // A transaction of which a part is there is none.
    replica.send("MULTI")
    replica.send("SET a 2")
    replica.test.drive(files)
    let asker = replica.test.connect()
    _ = replica.test.run("SELECT 7", from: asker)
    expect(replica.test.run("GET a", from: asker), "$1\r\n1\r\n")
    for _ in 0..<2 {
      let disk = files.afterKill()
      var again = try LinkedReplica(disk, ("appendonly", "yes"))
      let question = again.shakeHands()
      #expect(question.contains("\(Self.history)\r\n") && question.contains("\r\n\(end + 1)\r\n"))
      again.say("+CONTINUE \(Self.history)\r\n")
      again.send("MULTI")
      again.send("SET a 2")
      again.send("EXEC")
      again.test.drive(disk)
      let after = again.test.logEnd
      let client = again.test.connect()
      _ = again.test.run("SELECT 7", from: client)
      expect(again.test.run("GET a", from: client), "$1\r\n2\r\n")
      // Restarted again, it knows of that as well.
      let third = try LinkedReplica(disk.afterKill(), ("appendonly", "yes"))
      expect(third.test.logEnd == after)
    }
  }

  @Test func aCommandThatFailsIsToldAndEndsTheServerWhereThatIsWanted() throws {
    for behaviour in ["ignore", "panic"] {
      var replica = try LinkedReplica(MemoryFiles(), ("propagation-error-behavior", behaviour))
      _ = replica.shakeHands()
      replica.resynchronise(Self.history, at: 0)
      replica.send("SELECT 0")
      replica.send("SET a word")
      let before = replica.test.logEnd
      let count = replica.send("INCRBY a 1")
      // What the primary sent goes on all the same.
      #expect(replica.test.logEnd == before + Int64(count))
      #expect(replica.test.logLines.contains { $0.hasPrefix("== CRITICAL ==") && $0.hasSuffix("'incrby'") })
      let hasCrashed = replica.test.effects.contains { if case .crash = $0 { true } else { false } }
      #expect(hasCrashed == (behaviour == "panic"))
    }
  }

  @Test func aReplicaThatCannotWriteItsFilesLetsItsPrimaryWait() throws {
    let files = MemoryFiles()
    var replica = try LinkedReplica(files, ("appendonly", "yes"))
    _ = replica.shakeHands()
    replica.resynchronise(Self.history, at: 0)
    replica.send("SELECT 0")
    replica.test.drive(files)
    files.room = 0
    replica.send("SET a 1")
    replica.test.drive(files)
    let end = replica.test.logEnd
    replica.send("SET a 2")
    #expect(replica.test.logEnd == end)
    expect(replica.test.engine.call.replication.link.stage == .waiting)
    replica.cut()
    replica.test.cron()
    expect(replica.test.engine.call.replication.link.stage == .waiting)
    files.room = nil
    replica.test.cron()
    replica.test.drive(files)
    let question = replica.shakeHands()
    #expect(question.contains("\r\n\(end + 1)\r\n"))
  }

  @Test func aPromotionIsRememberedByTheFile() throws {
    let files = MemoryFiles()
    var replica = try LinkedReplica(files, ("appendonly", "yes"))
    _ = replica.shakeHands()
    replica.resynchronise(Self.history, at: 500)
    replica.send("SELECT 0")
    replica.send("SET a 1")
    let promotedAt = replica.test.logEnd
    let client = replica.test.connect()
    expect(replica.test.run("REPLICAOF NO ONE", from: client), "+OK\r\n")
    let promoted = replica.test.identifier
    _ = replica.test.run("SET a 2", from: client)
    replica.test.drive(files)
    // Started again as a replica of somebody, it asks in the name of the history it had last.
    var again = try LinkedReplica(files.afterKill(), ("appendonly", "yes"))
    let question = again.shakeHands()
    #expect(question.contains("\(promoted)\r\n"))
    expect(again.test.information("master_replid2", from: again.test.connect()), Self.history)
    expect(again.test.information("second_repl_offset", from: again.test.connect()), "\(promotedAt + 1)")
    // Its replicas can go on with it meanwhile, once it is in step itself.
    again.say("+CONTINUE \(Self.other)\r\n")
    let answer = again.test.psync(promoted, again.test.logEnd + 1)
    #expect(answer == "+CONTINUE \(Self.other)")
  }

  /// The end of the file is lost in which a promotion stood, and with it what the new history was.
  @Test func aPromotionThatWasLostIsForgotten() throws {
    let files = MemoryFiles()
    var replica = try LinkedReplica(files, ("appendonly", "yes"))
    _ = replica.shakeHands()
    replica.resynchronise(Self.history, at: 500)
    replica.send("SELECT 0")
    replica.send("SET a 1")
    let kept = replica.test.logEnd
    replica.send("SET a 2")
    let promotedAt = replica.test.logEnd
    let client = replica.test.connect()
    _ = replica.test.run("REPLICAOF NO ONE", from: client)
    let lost = replica.test.identifier
    _ = replica.test.run("SET a 3", from: client)
    replica.test.drive(files)
    let disk = files.afterKill()
    let path = try #require(disk.names.keys.filter { $0.hasSuffix(".incr.aof") }.max())
    disk[path] = Array(disk[path].dropLast(Int(replica.test.logEnd - kept)))

    var again = try primary(disk, recording: true, seed: 2)
    #expect(again.logEnd == kept)
    let second = again.identifier
    let writer = again.connect()
    for round in 0..<10 { _ = again.run("SET other \(round)", from: writer) }
    again.drive(disk)
    #expect(again.logEnd > promotedAt)
    let end = again.logEnd
    var third = try primary(disk.afterKill(), recording: true, seed: 3)
    #expect(third.logEnd == end)
    expect(third.information("master_replid2", from: third.connect()), second)
    let ofLost = third.psync(lost, promotedAt + 1)
    #expect(ofLost.hasPrefix("+FULLRESYNC"))
    let inStep = third.psync(second, end + 1)
    #expect(inStep == "+CONTINUE \(third.identifier)")
    let beforeAll = third.psync(Self.history, kept + 1)
    #expect(beforeAll == "+CONTINUE \(third.identifier)")
  }

  @Test func aHistoryThatAFullResyncEndedIsForgotten() throws {
    let files = MemoryFiles()
    var replica = try LinkedReplica(files, ("appendonly", "yes"), ("aof-history-size", "1gb"))
    _ = replica.shakeHands()
    replica.resynchronise(Self.history, at: 500)
    replica.send("SELECT 0")
    replica.send("SET a 1")
    replica.test.drive(files)
    let promotedAt = replica.test.logEnd
    let client = replica.test.connect()
    _ = replica.test.run("REPLICAOF NO ONE", from: client)
    _ = replica.test.run("SET b 1", from: client)
    replica.test.drive(files)
    replica.cut()
    _ = replica.test.run("REPLICAOF 127.0.0.1 7000", from: client)
    _ = replica.shakeHands()
    replica.resynchronise(Self.history, at: promotedAt)
    replica.send("SELECT 0")
    replica.send("SET c 1")
    replica.test.drive(files)
    let end = replica.test.logEnd

    var again = try LinkedReplica(files.afterKill(), ("appendonly", "yes"), ("aof-history-size", "1gb"))
    let question = again.shakeHands()
    #expect(question.contains("\(Self.history)\r\n") && question.contains("\r\n\(end + 1)\r\n"))
    again.say("+CONTINUE \(Self.history)\r\n")
    // The files from before hold what was written meanwhile, at offsets that mean other writes now.
    let old = again.test.psync(Self.history, 501)
    #expect(old.hasPrefix("+FULLRESYNC"))
  }

  @Test func aDemotedPrimarySaysHowFarItIs() throws {
    var test = try primary(MemoryFiles())
    let client = test.connect()
    _ = test.psync("?", -1)
    _ = test.run("SET a 1", from: client)
    let end = test.logEnd
    #expect(end > 0)
    _ = test.run("REPLICAOF 127.0.0.1 7000", from: client)
    expect(test.information("slave_repl_offset", from: client), "\(end)")
    expect(test.information("master_link_down_since_seconds", from: client), "-1")
  }

  @Test func keysThatThePrimaryWritesAreNotExpiredHere() throws {
    var replica = try LinkedReplica(MemoryFiles(), ("replica-read-only", "no"))
    _ = replica.shakeHands()
    replica.resynchronise(Self.history, at: 0)
    replica.send("SELECT 0")
    let client = replica.test.connect()
    _ = replica.test.run("SET a 1 PX 100000", from: client)
    _ = replica.test.run("SET b 1 PX 100000", from: client)
    expect(replica.test.engine.call.replication.localExpiries.count == 2)
    replica.send("SET a 2 PX 500000")
    expect(replica.test.engine.call.replication.localExpiries.count == 1)
    replica.send("MULTI")
    replica.send("SET b 2 PX 500000")
    replica.send("EXEC")
    expect(replica.test.engine.call.replication.localExpiries.count == 0)
    replica.test.cron()
    expect(replica.test.engine.call.replication.localExpiries.count == 0)
    _ = replica.test.run("SET a 3 PX 100000", from: client)
    expect(replica.test.engine.call.replication.localExpiries.count == 1)
    replica.cut()
    _ = replica.shakeHands()
    replica.resynchronise(Self.other, at: 0)
    expect(replica.test.engine.call.replication.localExpiries.count == 0)
  }

  @Test func whatClientsWroteToAReplicaIsKeptByAPromotion() throws {
    let files = MemoryFiles()
    var replica = try LinkedReplica(files, ("appendonly", "yes"), ("replica-read-only", "no"))
    _ = replica.shakeHands()
    replica.resynchronise(Self.history, at: 500)
    replica.send("SELECT 0")
    replica.send("SET theirs 1")
    let client = replica.test.connect()
    _ = replica.test.run("SET own 1", from: client)
    replica.test.drive(files)
    // As long as it follows somebody, what it loads is the primary's alone.
    let loaded = try LinkedReplica(files.afterKill(), ("appendonly", "yes"))
    expect(loaded.test.engine.call.keyspace[0].count == 1)
    _ = replica.test.run("REPLICAOF NO ONE", from: client)
    replica.cut()
    replica.test.cron()
    replica.test.drive(files)
    _ = replica.test.run("SET more 1", from: client)
    replica.test.drive(files)
    var again = try TestEngine(loading: files.afterKill(), ("appendonly", "yes"))
    let asker = again.connect()
    expect(again.run("EXISTS own theirs more", from: asker), ":3\r\n")
  }

  @Test func aFullResyncCutShortLeavesTheOldHistory() throws {
    let files = MemoryFiles()
    var replica = try LinkedReplica(files, ("appendonly", "yes"), ("repl-diskless-load", "swapdb"))
    _ = replica.shakeHands()
    replica.resynchronise(Self.history, at: 500)
    replica.send("SELECT 0")
    replica.send("SET a 1")
    replica.test.drive(files)
    let end = replica.test.logEnd
    replica.cut()
    _ = replica.shakeHands()
    // The new data are here, but the file that has them is not on the list yet.
    var writer = RDBWriter()
    writer.begin(RDBWriter.Information(redisVersion: Bytes("7.2.4"), createdSeconds: 0, usedMemoryBytes: 0))
    writer.end()
    let snapshot = writer.finish().array
    replica.say("+FULLRESYNC \(Self.other) 90000\r\n$\(snapshot.count)\r\n")
    replica.say(snapshot)
    replica.test.drive(files)
    #expect(replica.test.identifier == Self.other)
    let again = try LinkedReplica(files.afterKill(), ("appendonly", "yes"))
    expect(again.test.identifier, Self.history)
    expect(again.test.logEnd == end)
  }

  /// A primary that is started again and again goes by a new name each time.
  @Test func howeverManyTurnsAnIncrementHoldsItsEndHasItsName() throws {
    var disk = MemoryFiles()
    var names: [String] = []
    var ends: [Int64] = []
    for number in 0..<70 {
      var test = try primary(disk, recording: true, seed: UInt64(number + 1))
      _ = test.run("SET key \(number)", from: test.connect())
      test.drive(disk)
      names.append(test.identifier)
      ends.append(test.logEnd)
      disk = disk.afterKill()
    }
    var last = try primary(disk, recording: true, seed: 100)
    expect(String(decoding: last.engine.call.replication.secondIdentifier, as: UTF8.self), names[69])
    let inStep = last.psync(names[69], ends[69] + 1)
    #expect(inStep.hasPrefix("+CONTINUE"))
    // One that stayed behind at the first name goes on as well, as far as that name reaches and no farther.
    let early = last.psync(names[0], ends[0] + 1)
    #expect(early.hasPrefix("+CONTINUE"))
    let other = last.psync(names[0], ends[0] + 2)
    #expect(other.hasPrefix("+FULLRESYNC"))
    // A rewrite leaves an increment that begins with the present name: the others are forgotten.
    last.drive(disk)
    _ = last.run("BGREWRITEAOF", from: last.connect())
    last.drive(disk)
    disk = disk.afterKill()
    let again = try primary(disk, recording: true, seed: 101)
    expect(again.engine.call.appendOnly.manifest.turns.count <= HistoryTurn.limit)
  }

  @Test func placesAreReadAsWritten() throws {
    var manifest = AppendOnlyManifest()
    let place = AppendOnlyManifest.Place(offset: 77, database: 3, history: Array(Self.history.utf8))
    manifest.increments = [AppendOnlyManifest.File(name: "a b.1.incr.aof", sequence: 1, kind: .increment, place: place)]
    manifest.note(HistoryTurn(history: place.history, offset: 80, next: Array(Self.other.utf8)))
    var read = manifest
    read.increments[0].place = nil
    read.turns = []
    read.adoptPlaces(manifest.placesText)
    #expect(read == manifest)
    let (before, _) = manifest.turns.present(place.history, at: 79)
    #expect(before == place.history)
    let (after, last) = manifest.turns.present(place.history, at: 80)
    #expect(after == Array(Self.other.utf8) && last?.offset == 80)
  }
}
