import Testing

@testable import Engine

/// A disk that stands still, and clients that go on writing without waiting for answers: what waits in memory has a limit.
@Suite struct BufferLimitTests {
  private static let limit = 10_000
  private static let value = String(repeating: "x", count: 1000)

  private func recording(_ files: MemoryFiles, fsync: String, appendOnly: String = "yes") throws -> TestEngine {
    var test = try TestEngine(
      loading: files, ("appendonly", appendOnly), ("appendfsync", fsync), ("aof-buffer-limit", "\(Self.limit)"))
    test.drive(files)
    return test
  }

  /// The first write of the file is under way, and will not end by itself.
  private func stall(_ test: inout TestEngine, _ client: SessionHandle) throws -> PendingWrite {
    _ = test.run("SET first 1", from: client)
    return try test.wantedWrite()
  }

  private func request(_ arguments: String...) -> [UInt8] {
    Array(("*\(arguments.count)\r\n" + arguments.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()).utf8)
  }

  /// Sends 100 KB of writes at once.
  private func flood(_ test: inout TestEngine, _ client: SessionHandle) -> String {
    test.send((0..<100).flatMap { request("SET", "key\($0)", Self.value) }, from: client)
  }

  /// As long as there is something to be done.
  private func driveAll(_ test: inout TestEngine, _ files: MemoryFiles, _ client: SessionHandle) -> String {
    var answers = ""
    for _ in 0..<50 {
      test.drive(files)
      answers += test.output(of: client)
    }
    return answers
  }

  private func waitingBytes(_ test: borrowing TestEngine, from start: Int64) -> Int { Int(test.logEnd - start) }

  private func count(_ answer: String, in answers: String) -> Int {
    answers.split(separator: "\r\n").count { $0.hasPrefix(answer) }
  }

  @Test(arguments: ["always", "everysec", "no"]) func whoDoesNotWaitForAnswersWaitsForTheDisk(policy: String) throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: policy)
    let (writer, reader) = (test.connect(), test.connect())
    let stuck = try stall(&test, test.connect())
    let start = test.engine.call.appendOnly.writtenOffset
    var answers = flood(&test, writer)
    expect(waitingBytes(test, from: start) >= Self.limit)
    expect(waitingBytes(test, from: start) < Self.limit + 1100)
    // Others are served; those that write are not.
    expect(test.run("GET nothing", from: reader), "$-1\r\n")
    expect(test.run("PING", from: reader), "+PONG\r\n")
    expect(test.run("CONFIG SET maxmemory-samples 6", from: reader), "+OK\r\n")
    expect(test.run("INFO persistence", from: reader).contains("aof_buffer_length:10"))
    let late = test.connect()
    expect(test.send(request("MULTI") + request("SET", "b", "1") + request("EXEC"), from: late), "+OK\r\n")
    test.cron(afterMilliseconds: 30_000)
    expect(waitingBytes(test, from: start) < Self.limit + 1100)
    test.finish(stuck, files)
    answers += driveAll(&test, files, writer)
    expect(answers, String(repeating: "+OK\r\n", count: 100))
    expect(test.output(of: late), "+QUEUED\r\n*1\r\n+OK\r\n")
    expect(test.run("GET key99", from: reader), "$1000\r\n\(Self.value)\r\n")
    expect(test.logLines.count { $0.hasPrefix("As much waits for the AOF as aof-buffer-limit allows") } == 1)
  }

  @Test func whoWaitsIsToldThatTheDiskFailed() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    let client = test.connect()
    let stuck = try stall(&test, test.connect())
    var answers = flood(&test, client)
    let ran = count("+OK", in: answers)
    expect(ran < 12)
    files.failing[.write] = MemoryFiles.noSpace
    test.finish(stuck, files)
    test.cron(afterMilliseconds: 100)
    answers += test.output(of: client)
    expect(count("-MISCONF", in: answers) == 100 - ran)
    // With room again, what waits goes first.
    files.failing = [:]
    test.cron()
    answers = flood(&test, client)
    expect(count("-MISCONF", in: answers) == 100)
    test.drive(files)
    answers = flood(&test, client)
    expect(count("+OK", in: answers + driveAll(&test, files, client)) == 100)
  }

  @Test func theLimitCanBeChangedWhileSomebodyWaits() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    let (client, other) = (test.connect(), test.connect())
    let stuck = try stall(&test, other)
    var answers = flood(&test, client)
    expect(count("+OK", in: answers) < 12)
    expect(test.run("CONFIG SET aof-buffer-limit 50000", from: other), "+OK\r\n")
    answers += test.output(of: client)
    expect(count("+OK", in: answers) > 40 && count("+OK", in: answers) < 60)
    expect(test.run("CONFIG SET aof-buffer-limit 0", from: other), "+OK\r\n")
    answers += test.output(of: client)
    expect(answers, String(repeating: "+OK\r\n", count: 100))
    test.finish(stuck, files)
  }

  /// What is written while the file is being closed is none of its, and is kept behind what still is.
  @Test func theLimitHoldsWhileTheFileIsSwitchedOff() throws {
    for failure in [nil, MemoryFiles.inputOutputError] {
      let files = MemoryFiles()
      var test = try recording(files, fsync: "everysec")
      let (client, other) = (test.connect(), test.connect())
      let stuck = try stall(&test, other)
      let start = test.engine.call.appendOnly.writtenOffset
      expect(test.run("CONFIG SET appendonly no", from: other), "+OK\r\n")
      var answers = flood(&test, client)
      expect(waitingBytes(test, from: start) < Self.limit + 1100)
      files.failing[.write] = failure
      test.finish(stuck, files)
      test.cron(afterMilliseconds: 100)
      files.failing = [:]
      answers += driveAll(&test, files, client)
      expect(answers, String(repeating: "+OK\r\n", count: 100))
      expect(test.engine.call.appendOnly.state == .closed)
    }
  }

  /// Switched on, the file is written before it can be loaded; given up, its last write keeps the log until it ends.
  @Test func theLimitHoldsWhileTheFileIsSwitchedOn() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "always", appendOnly: "no")
    let (client, other) = (test.connect(), test.connect())
    expect(test.run("CONFIG SET appendonly yes", from: other), "+OK\r\n")
    expect(test.engine.call.appendOnly.state == .awaitingBase)
    let stuck = try stall(&test, other)
    let start = test.engine.call.appendOnly.writtenOffset
    var answers = flood(&test, client)
    expect(waitingBytes(test, from: start) < Self.limit + 1100)
    if let job = test.engine.call.snapshot { test.engine.call.endSnapshot(job, succeeded: false) }
    expect(test.engine.call.appendOnly.state == .closed)
    _ = test.engine.runBackgroundSlice()
    test.settle()
    answers += test.output(of: client)
    expect(count("+OK", in: answers) < 12)
    expect(waitingBytes(test, from: start) < Self.limit + 1100)
    test.finish(stuck, files)
    answers += driveAll(&test, files, client)
    expect(answers, String(repeating: "+OK\r\n", count: 100))
  }

  @Test func aReplicaHasItsPrimaryWait() throws {
    let files = MemoryFiles()
    var replica = try LinkedReplica(
      files, ("appendonly", "yes"), ("aof-buffer-limit", "\(Self.limit)"), ("repl-timeout", "10"))
    _ = replica.shakeHands()
    replica.resynchronise(String(repeating: "a", count: 40), at: 100_000)
    replica.test.drive(files)
    let reader = replica.test.connect()
    replica.send("SET first 1")
    let stuck = try replica.test.wantedWrite()
    let start = replica.test.engine.call.appendOnly.writtenOffset
    replica.say((0..<100).flatMap { replica.command("SET key\($0) \(Self.value)") })
    expect(waitingBytes(replica.test, from: start) < Self.limit + 1100)
    expect(replica.test.engine.holdsPrimary)
    // It is not the primary that is silent.
    for _ in 0..<5 { replica.test.cron(afterMilliseconds: 9000) }
    expect(replica.test.information("master_link_status", from: reader), "up")
    expect(replica.test.run("GET first", from: reader), "$1\r\n1\r\n")
    replica.test.finish(stuck, files)
    for _ in 0..<50 {
      replica.test.drive(files)
      replica.say("")
    }
    expect(!replica.test.engine.holdsPrimary)
    expect(replica.test.run("EXISTS key99", from: reader), ":1\r\n")
    for _ in 0..<2 { replica.test.cron(afterMilliseconds: 9000) }
    expect(replica.test.information("master_link_status", from: reader), "down")
  }

  @Test func whoIsServedAKeyDoesNotWait() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    let (popper, pusher) = (test.connect(), test.connect())
    expect(test.run("BLPOP list 0", from: popper), "")
    let stuck = try stall(&test, pusher)
    let long = String(repeating: "x", count: Self.limit)
    expect(test.run(["RPUSH", "list", long], from: pusher), ":1\r\n")
    expect(test.output(of: popper).hasSuffix("\(long)\r\n"))
    // Nor is one put off for ever who comes now.
    expect(test.run("BLPOP list 0", from: popper), "")
    test.finish(stuck, files)
    test.drive(files)
    expect(test.run("RPUSH list b", from: pusher), ":1\r\n")
    expect(test.output(of: popper), "*2\r\n$4\r\nlist\r\n$1\r\nb\r\n")
  }

  /// Replies that are held take memory too.
  @Test func whoseRepliesAreHeldAsksForNoMore() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "always")
    let (client, other) = (test.connect(), test.connect())
    let stuck = try stall(&test, client)
    for _ in 0..<100 { _ = test.send(request("ECHO", Self.value), from: client) }
    expect(test.engine.call.heldReplies.byteCount >= Self.limit)
    expect(test.engine.call.heldReplies.byteCount < Self.limit + 1100)
    expect(test.send(request("ECHO", "a"), from: other), "$1\r\na\r\n")
    test.finish(stuck, files)
    let answers = test.output(of: client) + driveAll(&test, files, client)
    expect(answers, "+OK\r\n" + String(repeating: "$1000\r\n\(Self.value)\r\n", count: 100))
  }

  @Test func anEndThatIsCalledOffForgetsNobody() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    let (client, other) = (test.connect(), test.connect())
    let stuck = try stall(&test, other)
    var answers = flood(&test, client)
    expect(test.run("SHUTDOWN", from: test.connect()), "")
    test.cron(afterMilliseconds: 100)
    expect(test.run("SHUTDOWN ABORT", from: other), "+OK\r\n")
    expect(test.run("CLIENT PAUSE 1000 WRITE", from: other), "+OK\r\n")
    expect(test.run("CLIENT UNPAUSE", from: other), "+OK\r\n")
    answers += test.output(of: client)
    expect(count("+OK", in: answers) < 12)
    test.finish(stuck, files)
    answers += driveAll(&test, files, client)
    expect(answers, String(repeating: "+OK\r\n", count: 100))
  }
}
