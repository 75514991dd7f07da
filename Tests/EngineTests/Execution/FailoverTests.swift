import Testing

@testable import Engine

/// FAILOVER, with replicas whose part the test plays.
@Suite struct FailoverTests {
  private let files = MemoryFiles()

  private func primary() -> TestEngine {
    var test = TestEngine(Configuration(), files: files)
    test.engine.start(now: test.now)
    test.settle()
    return test
  }

  /// A replica that is in step, but for a write.
  private func join(_ test: inout TestEngine, _ client: SessionHandle) -> SessionHandle {
    let replica = test.connect()
    _ = test.run("REPLCONF listening-port 7001", from: replica)
    _ = test.run("REPLCONF capa psync2", from: replica)
    _ = test.run("PSYNC ? -1", from: replica)
    for _ in 0..<1000 where test.engine.call.sessions[replica].replica?.stage != .online {
      test.drive(files)
      test.driveReads(files)
      var count = 0
      test.engine.forEachFeedPiece(replica, limit: 100) { count += $0.count }
      if count > 0 { test.engine.fed(count, to: replica) }
    }
    _ = test.run("SET a 1", from: client)
    return replica
  }

  /// Whether the engine wants to be called again within a day.
  private func wantsTimersSoon(_ test: borrowing TestEngine) -> Bool {
    (test.engine.nextDeadline ?? .max) < test.now.monotonicMicroseconds + 86_400_000_000
  }

  private func acknowledge(_ test: inout TestEngine, _ replica: SessionHandle) {
    let end = test.logEnd
    _ = test.run("REPLCONF ACK \(end)", from: replica)
  }

  /// The connection to the new primary, and the question that PSYNC asks.
  private func shakeHands(_ test: inout TestEngine) -> (link: SessionHandle, question: String) {
    let link = SessionHandle(slot: 900, generation: 1)
    let origin = ConnectionOrigin(peer: "127.0.0.1:7001", local: "127.0.0.1:50000", descriptor: 9, isUnixSocket: false)
    test.apply(.primaryLink(.connected(link, origin)))
    for answer in ["+PONG\r\n", "+OK\r\n", "+OK\r\n"] {
      _ = Array(answer.utf8).withBytes { test.engine.receiveFromPrimary($0, on: link, now: test.now) }
    }
    test.settle()
    return (link, test.output(of: link))
  }

  @Test func theTargetTakesOverOnceItHasEverything() throws {
    var test = primary()
    let client = test.connect()
    let replica = join(&test, client)
    expect(test.run("FAILOVER TO 127.0.0.1 7001 TIMEOUT 60000", from: client), "+OK\r\n")
    expect(test.information("master_failover_state", from: client), "waiting-for-sync")
    let deadline = test.now.monotonicMicroseconds + 60_000_000
    expect(test.engine.nextDeadline == deadline)
    // Writes wait, reads do not, and nothing is added to the log.
    let writer = test.connect()
    expect(test.run("SET b 2", from: writer), "")
    expect(test.run("GET a", from: client), "$1\r\n1\r\n")
    let end = test.logEnd
    test.cron(afterMilliseconds: 15_000)
    #expect(test.logEnd == end)
    acknowledge(&test, replica)
    expect(test.information("master_failover_state", from: client), "failover-in-progress")
    expect(!wantsTimersSoon(test), "how long the target takes is not bounded")
    expect(test.run("REPLICAOF NO ONE", from: client), "-ERR REPLICAOF not allowed while failing over.\r\n")
    let (link, question) = shakeHands(&test)
    #expect(question.hasSuffix("\r\n$8\r\nFAILOVER\r\n"))
    let identifier = String(repeating: "c", count: 40)
    _ = Array("+CONTINUE \(identifier)\r\n".utf8).withBytes {
      test.engine.receiveFromPrimary($0, on: link, now: test.now)
    }
    test.settle()
    expect(test.information("master_failover_state", from: client), "no-failover")
    expect(test.information("role", from: client), "slave")
    expect(test.output(of: writer), "-READONLY You can't write against a read only replica.\r\n")
    expect(test.run("GET b", from: client), "$-1\r\n")
  }

  @Test func aTargetThatRefusesLeavesThePrimary() throws {
    var test = primary()
    let client = test.connect()
    let replica = join(&test, client)
    let writer = test.connect()
    expect(test.run("FAILOVER", from: client), "+OK\r\n")
    expect(test.run("SET b 2", from: writer), "")
    acknowledge(&test, replica)
    expect(test.information("master_failover_state", from: client), "failover-in-progress")
    let (link, _) = shakeHands(&test)
    _ = Array("-NOPERM no\r\n".utf8).withBytes { test.engine.receiveFromPrimary($0, on: link, now: test.now) }
    test.settle()
    expect(test.information("role", from: client), "master")
    expect(test.information("master_failover_state", from: client), "no-failover")
    expect(test.output(of: writer), "+OK\r\n")
    #expect(test.logLines.contains { $0.hasSuffix("aborted: Failover target rejected psync request") })
  }

  /// What an old connection of the target's acknowledged says nothing of what the target has now.
  @Test(arguments: ["FAILOVER", "FAILOVER TO 127.0.0.1 7001"])
  func theNewestSessionSaysWhatTheTargetHas(_ command: String) throws {
    var test = primary()
    let client = test.connect()
    let old = join(&test, client)
    acknowledge(&test, old)
    let new = test.connect()
    _ = test.run("REPLCONF listening-port 7001", from: new)
    _ = test.run("REPLCONF capa psync2", from: new)
    let (identifier, end) = (test.identifier, test.logEnd)
    let answer = test.run("PSYNC \(identifier) \(end)", from: new)
    #expect(answer.hasPrefix("+CONTINUE"))
    expect(test.run(command, from: client), "+OK\r\n")
    expect(test.information("master_failover_state", from: client), "waiting-for-sync")
    test.cron()
    expect(test.information("master_failover_state", from: client), "waiting-for-sync")
    acknowledge(&test, new)
    expect(test.information("master_failover_state", from: client), "failover-in-progress")
  }

  @Test func timeAndForceAndAbort() throws {
    var test = primary()
    let client = test.connect()
    let replica = join(&test, client)
    expect(test.run("FAILOVER TIMEOUT 100", from: client), "+OK\r\n")
    test.advance(milliseconds: 200)
    test.engine.runTimers(now: test.now)
    test.settle()
    expect(test.information("master_failover_state", from: client), "no-failover")
    expect(test.information("role", from: client), "master")
    expect(test.run("FAILOVER TO 127.0.0.1 7001 FORCE TIMEOUT 100", from: client), "+OK\r\n")
    expect(test.run("FAILOVER", from: client), "-ERR FAILOVER already in progress.\r\n")
    test.advance(milliseconds: 200)
    test.engine.runTimers(now: test.now)
    test.settle()
    expect(test.information("master_failover_state", from: client), "failover-in-progress")
    expect(!wantsTimersSoon(test), "the time that is over is waited for no more")
    expect(test.run("FAILOVER ABORT", from: client), "+OK\r\n")
    expect(test.information("role", from: client), "master")
    expect(test.run("SET c 1", from: client), "+OK\r\n")
    // Aborted while it waits.
    acknowledge(&test, replica)
    _ = test.run("SET c 2", from: client)
    expect(test.run("FAILOVER ABORT", from: client), "-ERR No failover in progress.\r\n")
  }

  @Test func aPauseOfClientsOutlivesAFailover() throws {
    var test = primary()
    let client = test.connect()
    _ = join(&test, client)
    _ = test.run("CLIENT PAUSE 10000 WRITE", from: client)
    expect(test.run("FAILOVER TIMEOUT 100", from: client), "+OK\r\n")
    test.advance(milliseconds: 200)
    test.engine.runTimers(now: test.now)
    test.settle()
    let writer = test.connect()
    expect(test.run("SET b 2", from: writer), "")
    _ = test.run("CLIENT UNPAUSE", from: client)
    expect(test.output(of: writer), "+OK\r\n")
  }

  @Test func whatCannotBeIsRefused() throws {
    var test = primary()
    let client = test.connect()
    let replica = join(&test, client)
    expect(
      test.run("FAILOVER TO 127.0.0.1 7002", from: client), "-ERR FAILOVER target HOST and PORT is not a replica.\r\n")
    expect(
      test.run("FAILOVER FORCE TIMEOUT 100", from: client),
      "-ERR FAILOVER with force option requires both a timeout and target HOST and IP.\r\n")
    expect(test.run("FAILOVER TIMEOUT 0", from: client), "-ERR FAILOVER timeout must be greater than 0\r\n")
    expect(test.run("FAILOVER TIMEOUT 9223372036854775807", from: client), "+OK\r\n")
    expect(test.run("FAILOVER ABORT", from: client), "+OK\r\n")
    expect(test.run("FAILOVER TO 127.0.0.1", from: client), "-ERR syntax error\r\n")
    test.apply(.disconnected(replica))
    expect(test.run("FAILOVER", from: client), "-ERR FAILOVER requires connected replicas.\r\n")
    expect(test.run("PSYNC ? -1 FAILOVER", from: client), "-ERR PSYNC FAILOVER can't be sent to a master.\r\n")
  }

  @Test func aReplicaTakesOverWhenItsPrimaryAsks() throws {
    let files = MemoryFiles()
    var replica = try LinkedReplica(files)
    _ = replica.shakeHands()
    let history = String(repeating: "a", count: 40)
    replica.resynchronise(history, at: 100)
    replica.send("SELECT 0")
    let end = replica.test.logEnd
    let old = replica.test.connect()
    let wrong = replica.test.run("PSYNC \(String(repeating: "b", count: 40)) \(end + 1) FAILOVER", from: old)
    #expect(wrong == "-ERR PSYNC FAILOVER replid must match my replid.\r\n")
    _ = replica.test.run("REPLCONF capa psync2", from: old)
    let answer = replica.test.run("PSYNC \(history) \(end + 1) FAILOVER", from: old)
    #expect(answer == "+CONTINUE \(replica.test.identifier)\r\n")
    let client = replica.test.connect()
    expect(replica.test.information("role", from: client), "master")
    expect(replica.test.information("master_replid2", from: client), history)
  }

  // MARK: Writes of a replica's own

  @Test func keysThatAReplicaWroteItselfExpireThere() throws {
    let files = MemoryFiles()
    var replica = try LinkedReplica(files, ("replica-read-only", "no"))
    _ = replica.shakeHands()
    replica.resynchronise(String(repeating: "a", count: 40), at: 100)
    replica.send("SELECT 0")
    replica.send("SET theirs 1 PX 1000")
    let client = replica.test.connect()
    _ = replica.test.run("SET own 1 PX 1000", from: client)
    _ = replica.test.run("SET kept 1 PX 1000", from: client)
    _ = replica.test.run("PERSIST kept", from: client)
    expect(replica.test.run("DBSIZE", from: client), ":3\r\n")
    replica.test.cron(afterMilliseconds: 2000)
    // The primary's is its own to delete, though nobody sees it.
    expect(replica.test.run("DBSIZE", from: client), ":2\r\n")
    expect(replica.test.run("GET theirs", from: client), "$-1\r\n")
    expect(replica.test.run("GET kept", from: client), "$1\r\n1\r\n")
  }
}
