import Testing

@testable import Engine

/// Full resyncs: one walk for those who wait together, fed in slices, changes meanwhile, replicas lost midway.
@Suite struct FullResyncTests {
  private func primary(_ files: MemoryFiles, _ directives: (name: String, value: String)...) throws -> TestEngine {
    var configuration = try Configuration().setting("save", to: "").setting("enable-debug-command", to: "yes")
    for (name, value) in directives { configuration = try configuration.setting(name, to: value) }
    var test = TestEngine(configuration, files: files)
    test.engine.start(now: test.now)
    test.settle()
    return test
  }

  private func walks(_ test: borrowing TestEngine) -> Int {
    test.logLines.count { $0.hasPrefix("Starting BGSAVE for SYNC") }
  }

  @Test func replicasThatComeTogetherShareOneWalk() throws {
    let files = MemoryFiles()
    var test = try primary(files, ("repl-diskless-sync-delay", "5"))
    let client = test.connect()
    _ = test.run("DEBUG POPULATE 1000", from: client)
    let one = try Follower(of: &test)
    for _ in 0..<20 { one.exchange(with: &test) }
    test.cron(afterMilliseconds: 3000)
    let other = try Follower(of: &test, ("repl-diskless-load", "swapdb"))
    for _ in 0..<20 { other.exchange(with: &test) }
    test.cron(afterMilliseconds: 1000)
    expect(test.engine.call.snapshot == nil, "the first has not waited long enough")
    expect(test.run("INFO replication", from: client).contains("state=wait_bgsave"))
    test.cron(afterMilliseconds: 1500)
    expect(test.engine.call.snapshot != nil)
    for _ in 0..<3 {
      one.settle(with: &test, files)
      other.settle(with: &test, files)
    }
    expect(one.isOnline && other.isOnline)
    expect(walks(test) == 1)
    expect(one.test.digest == test.digest && other.test.digest == test.digest)
    expect(test.engine.call.snapshot == nil, "the walk is over when all have everything")
    expect(test.run("INFO replication", from: client).contains("slave1:ip=127.0.0.1,port=6379,state=online"))
  }

  /// Replies of before would stand between what a replica asked for and its answer.
  @Test(arguments: ["PSYNC ? -1", "SYNC"]) func whoeverIsOwedRepliesIsRefused(_ request: String) throws {
    let files = MemoryFiles()
    var test = try primary(files, ("repl-diskless-sync-delay", "0"))
    let (client, slow) = (test.connect(), test.connect())
    let refusal = "-ERR SYNC and PSYNC are invalid with pending output\r\n"
    expect(test.send(Array("PING\r\n\(request)\r\nPING\r\n".utf8), from: client), "+PONG\r\n\(refusal)+PONG\r\n")
    // What was handed out and is not sent yet is owed as well.
    let count = test.sendAndLeave(Array("PING\r\n".utf8), from: slow)
    #expect(count == 7)
    expect(test.run(request, from: slow), refusal)
    expect(test.engine.replicas.isEmpty)
    _ = test.run(request, from: client)
    expect(test.engine.replicas == [client])
  }

  @Test func enoughReplicasEndTheWait() throws {
    let files = MemoryFiles()
    var test = try primary(files, ("repl-diskless-sync-max-replicas", "2"))
    let one = try Follower(of: &test)
    let other = try Follower(of: &test)
    for _ in 0..<20 { one.exchange(with: &test) }
    test.cron(afterMilliseconds: 200)
    expect(test.engine.call.snapshot == nil)
    for _ in 0..<20 { other.exchange(with: &test) }
    test.cron(afterMilliseconds: 200)
    expect(test.engine.call.snapshot != nil)
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6]) func whatChangesMeanwhileFollows(seed: UInt64) throws {
    let files = MemoryFiles()
    var test = try primary(
      files, ("repl-diskless-sync-delay", "0"), ("repl-diskless-sync", seed % 3 == 0 ? "no" : "yes"))
    var commands = RandomCommands(seed: seed)
    let client = test.connect()
    for giant in ["u1", "z1", "h1"] {
      for number in 0..<5000 {
        switch giant {
        case "u1": _ = test.run("SADD u1 member:\(number)", from: client)
        case "z1": _ = test.run("ZADD z1 \(number) member:\(number)", from: client)
        default: _ = test.run("HSET h1 field:\(number) \(number)", from: client)
        }
      }
    }
    for _ in 0..<300 { _ = test.run(commands.next(), from: client) }
    let followers = [
      try Follower(of: &test, ("repl-diskless-load", "disabled"), ("databases", "16")),
      try Follower(of: &test, ("repl-diskless-load", "swapdb"), ("databases", "16")),
    ]
    for round in 0..<400 {
      test.advance(milliseconds: 1)
      for _ in 0..<commands.random.next(below: 4) { _ = test.run(commands.next(), from: client) }
      if round % 50 == 0 { test.apply(.cron(HostSample())) }
      for follower in followers {
        follower.exchange(with: &test, limit: 1 + commands.random.next(below: 4000))
        follower.test.drive(follower.files)
      }
      if commands.random.next(below: 3) == 0 { _ = test.engine.runBackgroundSlice() }
      if round % 7 == 0 {
        test.drive(files)
        test.driveReads(files)
      }
    }
    // Who came too late for the first walk has the next one.
    for _ in 0..<2 {
      for follower in followers { follower.settle(with: &test, files) }
      test.cron()
    }
    for follower in followers { follower.settle(with: &test, files) }
    for follower in followers {
      expect(follower.isOnline, "seed \(seed): \(follower.test.logLines.suffix(9)) \(test.logLines.suffix(9))")
      expect(follower.test.digest == test.digest, "seed \(seed)")
      expect(follower.test.engine.call.log.end == test.engine.call.log.end)
    }
  }

  @Test func whoIsLostMidwayIsNotMissed() throws {
    let files = MemoryFiles()
    var test = try primary(files, ("repl-diskless-sync-delay", "1"), ("rdbcompression", "no"))
    let client = test.connect()
    _ = test.run("DEBUG POPULATE 3000 key 4000", from: client)
    let lost = try Follower(of: &test)
    let kept = try Follower(of: &test)
    for _ in 0..<20 {
      lost.exchange(with: &test)
      kept.exchange(with: &test)
    }
    test.cron(afterMilliseconds: 1200)
    for _ in 0..<50 { _ = test.engine.runBackgroundSlice() }
    lost.exchange(with: &test, limit: 1000)
    let walk = test.engine.call.snapshot
    let job = try #require(walk)
    expect(job.stage == .walking && job.feed.names.count == 2)
    lost.cut(from: &test)
    expect(job.feed.names == [kept.session])
    kept.settle(with: &test, files)
    expect(kept.isOnline && kept.test.digest == test.digest)
    expect(test.logLines.contains { $0.hasSuffix("done reading from pipe, 1 replicas still up.") })
  }

  @Test func withoutAnybodyLeftTheWalkEnds() throws {
    let files = MemoryFiles()
    var test = try primary(files, ("repl-diskless-sync-delay", "0"), ("rdbcompression", "no"))
    let client = test.connect()
    _ = test.run("DEBUG POPULATE 3000 key 4000", from: client)
    let lost = try Follower(of: &test)
    for _ in 0..<20 { lost.exchange(with: &test, limit: 100) }
    expect(test.engine.call.snapshot != nil)
    lost.cut(from: &test)
    test.cron()
    expect(test.engine.call.snapshot == nil)
    expect(test.logLines.contains("Diskless rdb transfer, last replica dropped, killing fork child."))
    // The next has every key all the same.
    let next = try Follower(of: &test)
    next.settle(with: &test, files)
    expect(next.isOnline && next.test.digest == test.digest)
  }

  @Test func whoStallsHoldsTheWalkUpAndIsDropped() throws {
    let files = MemoryFiles()
    var test = try primary(
      files, ("repl-diskless-sync-delay", "1"), ("rdbcompression", "no"), ("repl-timeout", "10"))
    let client = test.connect()
    _ = test.run("DEBUG POPULATE 6000 key 4000", from: client)
    let stalled = try Follower(of: &test)
    let good = try Follower(of: &test)
    for _ in 0..<20 {
      stalled.exchange(with: &test)
      good.exchange(with: &test)
    }
    test.cron(afterMilliseconds: 1200)
    let walk = test.engine.call.snapshot
    let job = try #require(walk)
    for _ in 0..<2000 {
      if test.engine.runBackgroundSlice() { continue }
      good.exchange(with: &test)
    }
    expect(job.stage == .walking && !job.mayWalk)
    expect(job.pendingBytes < 9 << 20, "what waits is bounded: \(job.pendingBytes)")
    for _ in 0..<14 {
      test.cron()
      good.exchange(with: &test)
    }
    expect(test.isEnded(stalled.session) && !test.isEnded(good.session))
    expect(test.logLines.contains { $0.hasPrefix("Disconnecting timedout replica (full sync)") })
    good.settle(with: &test, files)
    expect(good.isOnline && good.test.digest == test.digest)
  }

  @Test func withoutEndMarksItGoesByFile() throws {
    let files = MemoryFiles()
    var test = try primary(files)
    let client = test.connect()
    _ = test.run("DEBUG POPULATE 500", from: client)
    let plain = test.connect()
    let answer = test.run("PSYNC ? -1", from: plain)
    #expect(answer.hasPrefix("+FULLRESYNC "))
    expect(test.engine.call.snapshot?.purpose == .file, "no delay for who cannot be streamed to")
    let late = test.connect()
    _ = test.run("SET meanwhile 1", from: client)
    expect(
      test.run("PSYNC ? -1", from: late) == answer, "the walk under way serves who comes while the log reaches back")
    test.cron()
    expect(test.output(of: plain) == "\n", "signs of life while the file is written")
    test.drive(files)
    for handle in [plain, late] {
      var bytes: [UInt8] = []
      while test.engine.pendingFeed(handle) > 0 {
        var piece: [UInt8] = []
        test.engine.forEachFeedPiece(handle, limit: 8) { piece += $0.array }
        test.engine.fed(piece.count, to: handle)
        bytes += piece
        test.driveReads(files)
      }
      let snapshot = files["dump.rdb"]
      let header = Array("$\(snapshot.count)\r\n".utf8)
      let isWhole = Array(bytes.prefix(header.count + snapshot.count)) == header + snapshot
      #expect(isWhole)
      let rest = String(decoding: bytes.dropFirst(header.count + snapshot.count), as: UTF8.self)
      #expect(rest.contains("SELECT") && rest.contains("meanwhile"), "the log goes on right behind it")
    }
  }

  @Test func whoIsBeingSentWhatAFlushDeletesGetsItAndThenTheFlush() throws {
    let files = MemoryFiles()
    var test = try primary(files, ("repl-diskless-sync-delay", "0"), ("rdbcompression", "no"))
    let client = test.connect()
    _ = test.run("DEBUG POPULATE 3000 key 4000", from: client)
    let follower = try Follower(of: &test)
    for _ in 0..<20 { follower.exchange(with: &test, limit: 100) }
    _ = test.run("FLUSHALL", from: client)
    expect(!test.isEnded(follower.session) && test.engine.call.snapshot != nil)
    _ = test.run("SET after 1", from: client)
    follower.settle(with: &test, files)
    expect(follower.isOnline && follower.test.digest == test.digest)
    expect(follower.test.engine.call.keyspace.keyCount == 1)
  }

  @Test func snapshotsAloneAndWithoutKeys() throws {
    let files = MemoryFiles()
    var test = try primary(files, ("repl-diskless-sync-delay", "0"))
    let client = test.connect()
    _ = test.run("DEBUG POPULATE 500", from: client)
    let plain = test.connect()
    _ = test.run("REPLCONF rdb-filter-only functions", from: plain)
    let refusal = test.run("SYNC", from: plain)
    #expect(refusal == "-ERR Filtered replica requires EOF capability\r\n")
    _ = test.run("REPLCONF capa eof rdb-only 1", from: plain)
    _ = test.run("SYNC", from: plain)
    test.drive(files)
    var bytes: [UInt8] = []
    test.engine.forEachFeedPiece(plain, limit: 8) { bytes += $0.array }
    test.engine.fed(bytes.count, to: plain)
    test.drive(files)
    #expect(bytes.starts(with: Array("$EOF:".utf8)) && bytes.count < 500, "not one key")
    expect(test.isEnded(plain), "who wants the snapshot alone is done")
  }

  // MARK: The replica's side

  @Test func theOldDataStayWhereAResyncComesToNothing() throws {
    for way in ["swapdb", "disabled"] {
      let files = MemoryFiles()
      var test = try primary(files, ("repl-diskless-sync-delay", "0"), ("rdbcompression", "no"))
      let client = test.connect()
      _ = test.run("DEBUG POPULATE 3000 key 4000", from: client)
      let follower = try Follower(of: &test, ("repl-diskless-load", way), ("replica-read-only", "no"))
      let local = follower.test.connect()
      _ = follower.test.run("SET mine 1", from: local)
      for _ in 0..<40 {
        follower.exchange(with: &test, limit: 50_000)
        _ = test.engine.runBackgroundSlice()
        follower.test.drive(follower.files)
      }
      expect(follower.test.run("ROLE", from: local).contains("sync"))
      // Another history's data come: until they are there nobody may take ours for it.
      let answer = follower.test.run("GET mine", from: local)
      #expect(answer.hasPrefix("-LOADING") == (way == "swapdb"))
      let information = follower.test.run("INFO persistence", from: local)
      #expect(information.contains("loading:1\r\n") == (way == "swapdb"))
      follower.cut(from: &test)
      expect(follower.test.run("GET mine", from: local) == "$1\r\n1\r\n", "\(way)")
      #expect(!follower.files.names.keys.contains { $0.hasPrefix("temp-") })
    }
  }

  @Test func aFileIsLoadedInSlicesInThePlaceOfTheOldData() throws {
    let files = MemoryFiles()
    var test = try primary(files, ("repl-diskless-sync-delay", "0"), ("rdbcompression", "no"))
    let client = test.connect()
    _ = test.run("DEBUG POPULATE 3000 key 2000", from: client)
    let follower = try Follower(of: &test, ("replica-read-only", "no"))
    let local = follower.test.connect()
    _ = follower.test.run("SET mine 1", from: local)
    var sawLoading = 0
    for _ in 0..<3000 where !follower.isOnline {
      follower.exchange(with: &test)
      _ = test.engine.runBackgroundSlice()
      _ = follower.test.engine.runBackgroundSlice()
      for stream in FileStream.allCases {
        if let write = follower.test.beginWrite(stream) { follower.test.finish(write, follower.files) }
        if let file = follower.test.engine.nextSync(stream) { follower.test.finishSync(stream, file, follower.files) }
      }
      if follower.test.run("GET mine", from: local).hasPrefix("-LOADING") { sawLoading += 1 }
    }
    #expect(sawLoading > 3, "in slices, and clients are told to wait")
    expect(follower.isOnline && follower.test.digest == test.digest)
    expect(follower.test.run("GET mine", from: local) == "$-1\r\n")
    #expect(follower.files["dump.rdb"].count > 3000 * 2000, "the file stays, as the replica's own snapshot")
  }
}
