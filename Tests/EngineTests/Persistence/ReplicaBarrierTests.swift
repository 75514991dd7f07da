import Testing

@testable import Engine

/// `write-barrier-replicas`: a write is answered when so many replicas have it, and nothing else waits.
@Suite struct ReplicaBarrierTests {
  private func primary(replicas: Int = 1) throws -> TestEngine {
    var test = try TestEngine(
      Configuration().setting("write-barrier-replicas", to: "\(replicas)").setting("repl-diskless-sync-delay", to: "0"))
    test.engine.start(now: test.now)
    test.settle()
    return test
  }

  /// A replica that has taken the snapshot.
  private func joined(_ test: inout TestEngine, port: Int? = nil) -> SessionHandle {
    let replica = test.connect()
    if let port { _ = test.run("REPLCONF listening-port \(port)", from: replica) }
    _ = test.run("REPLCONF capa eof capa psync2", from: replica)
    _ = test.run("PSYNC ? -1", from: replica)
    drain(replica, &test)
    return replica
  }

  /// Takes all there is for the replica.
  private func drain(_ replica: SessionHandle, _ test: inout TestEngine) {
    var rounds = 0
    repeat {
      rounds += 1
      _ = test.output(of: replica)
      test.apply(.cron(HostSample()))
      let pending = test.engine.pendingFeed(replica)
      if pending > 0 {
        var count = 0
        test.engine.forEachFeedPiece(replica, limit: .max) { count += $0.count }
        test.engine.fed(count, to: replica)
      }
      test.settle()
    } while (test.engine.runBackgroundSlice() || test.engine.pendingFeed(replica) > 0) && rounds < 10_000
  }

  /// Has the replica tell that it has everything.
  private func acknowledge(_ replica: SessionHandle, _ test: inout TestEngine) {
    drain(replica, &test)
    let end = test.engine.call.log.end
    _ = test.run("REPLCONF ACK \(end)", from: replica)
  }

  @Test func whoIsGoneIsKeptNoRepliesFor() throws {
    var test = try primary()
    let lent = test.engine.call.reply.pool.lentBytes
    for _ in 0..<3 {
      let client = test.connect()
      expect(test.run("SET a 1", from: client), "")
      test.apply(.disconnected(client))
    }
    test.cron()
    let held = test.engine.call.heldReplies.count
    let left = test.engine.call.reply.pool.lentBytes
    #expect(held == 0 && left == lent)
  }

  @Test func whoHasWrittenNothingWaitsForNobody() throws {
    var test = try primary()
    let client = test.connect()
    expect(test.run("PING", from: client), "+PONG\r\n")
    expect(test.run("GET a", from: client), "$-1\r\n")
  }

  /// What was written and answered before anybody asked for more is no reason to wait.
  @Test(arguments: [true, false]) func whoHasWrittenBeforeWaitsForNobody(isForAll: Bool) throws {
    var test = try primary(replicas: 0)
    let (client, admin) = (test.connect(), test.connect())
    let replica = joined(&test)
    expect(test.run("SET a 1", from: client), "+OK\r\n")
    test.apply(.disconnected(replica))
    if isForAll {
      expect(test.run("CONFIG SET write-barrier-replicas 1", from: admin), "+OK\r\n")
    } else {
      expect(test.run("CLIENT BARRIER REPLICAS 1", from: client), "+OK\r\n")
    }
    expect(test.run("GET a", from: client), "$1\r\n1\r\n")
    if isForAll {
      expect(test.run("CONFIG SET write-barrier-replicas 0", from: client), "+OK\r\n")
    } else {
      expect(test.run("CLIENT BARRIER DEFAULT", from: client), "+OK\r\n")
    }
    expect(test.run("PING", from: client), "+PONG\r\n")
  }

  @Test func aWriteWaitsForTheFirstReplicaThereIs() throws {
    var test = try primary()
    let client = test.connect()
    expect(test.run("SET a 1", from: client), "")
    let admin = test.connect()
    expect(test.run("INFO clients", from: admin).contains("\r\nclients_awaiting_barrier:1\r\n"))
    expect(test.run("CONFIG SET write-barrier-replicas 2", from: admin), "+OK\r\n")
    expect(test.run("CONFIG SET write-barrier-replicas 1", from: admin), "+OK\r\n")
    expect(
      test.logLines.contains(
        "write-barrier-replicas is 2 and 0 replicas are connected: replies to writes wait for more"))
    let replica = joined(&test)
    expect(test.output(of: client), "")
    acknowledge(replica, &test)
    expect(test.output(of: client), "+OK\r\n")
  }

  /// What is held behind a reply that leaves keeps what comes next behind itself.
  @Test func repliesStayInOrderWhereMoreIsAskedForBetweenThem() throws {
    var test = try primary()
    let (client, other) = (test.connect(), test.connect())
    let replica = joined(&test)
    expect(test.run("SET a 1", from: client), "")
    expect(test.run("CONFIG SET write-barrier-replicas 2", from: other), "+OK\r\n")
    expect(test.run("GET a", from: client), "")
    acknowledge(replica, &test)
    expect(test.output(of: client), "+OK\r\n")
    expect(test.run("PING", from: client), "")
    acknowledge(joined(&test), &test)
    acknowledge(replica, &test)
    expect(test.output(of: client), "$1\r\n1\r\n+PONG\r\n")
  }

  @Test(arguments: [true, false]) func aTransactionWaitsForTheFirstReplicaThereIs(isForAll: Bool) throws {
    var test = try primary(replicas: isForAll ? 1 : 0)
    let (client, other) = (test.connect(), test.connect())
    if !isForAll { expect(test.run("CLIENT BARRIER REPLICAS 1", from: client), "+OK\r\n") }
    for line in ["MULTI", "SET a 1"] { _ = test.run(line, from: client) }
    expect(test.run("EXEC", from: client), "")
    // One that changes nothing waits for nobody.
    for line in ["MULTI", "GET a"] { _ = test.run(line, from: other) }
    expect(test.run("EXEC", from: other), "*1\r\n$1\r\n1\r\n")
    let replica = joined(&test)
    expect(test.output(of: client), "")
    acknowledge(replica, &test)
    expect(test.output(of: client), "*1\r\n+OK\r\n")
  }

  @Test func nothingIsHeldWhereNothingIsAskedForAnyMore() throws {
    var test = try primary()
    let (client, admin) = (test.connect(), test.connect())
    expect(test.run("CONFIG SET write-barrier-replicas 0", from: admin), "+OK\r\n")
    var holdsReplies = test.engine.call.holdsReplies
    #expect(!holdsReplies)
    // What was written under it still waits, and then nothing does.
    _ = test.run("CONFIG SET write-barrier-replicas 1", from: admin)
    expect(test.run("SET a 1", from: client), "")
    _ = test.run("CONFIG SET write-barrier-replicas 0", from: admin)
    let replica = joined(&test)
    expect(test.output(of: client), "")
    acknowledge(replica, &test)
    expect(test.output(of: client), "+OK\r\n")
    holdsReplies = test.engine.call.holdsReplies
    #expect(!holdsReplies)
  }

  @Test func whatWasSafeOnceIsSafe() throws {
    var test = try primary()
    let client = test.connect()
    let replica = joined(&test)
    expect(test.run("SET a 1", from: client), "")
    acknowledge(replica, &test)
    expect(test.output(of: client), "+OK\r\n")
    test.apply(.disconnected(replica))
    expect(test.run("PING", from: client), "+PONG\r\n")
    expect(test.run("SET a 2", from: client), "")
    expect(test.run("PING", from: client), "")
  }

  /// Offsets of another history mean other writes: an acknowledgement there is none of what was written here.
  @Test func aPrimaryThatBecomesAReplicaAnswersNoWriteThatWaits() throws {
    var test = try primary()
    let (writer, other, admin) = (test.connect(), test.connect(), test.connect())
    let replica = joined(&test)
    expect(test.run("SET a 1", from: writer), "")
    expect(test.run("REPLICAOF 127.0.0.1 7000", from: admin), "+OK\r\n")
    acknowledge(replica, &test)
    expect(test.output(of: writer), "")
    let isWriterEnded = test.isEnded(writer)
    let isOtherEnded = test.isEnded(other)
    #expect(isWriterEnded && !isOtherEnded)
    expect(test.run("PING", from: other), "+PONG\r\n")
  }

  /// The write and the change of role in one go: its reply has not been put aside yet.
  @Test func aWriteInTheSameTurnIsNotAnswered() throws {
    var test = try primary()
    let client = test.connect()
    _ = joined(&test)
    // What an aborted session has been written is not sent.
    _ = test.send(Array("SET a 1\r\nREPLICAOF 127.0.0.1 7000\r\n".utf8), from: client)
    let isEnded = test.isEnded(client)
    #expect(isEnded)
  }

  /// Each reply waits for its own number of replicas, and those are of different minds about how far the log goes.
  @Test func eachWriteWaitsForAsManyAsItAskedFor() throws {
    var test = try primary(replicas: 0)
    let replicas = (0..<4).map { _ in joined(&test) }
    var random = RandomGenerator(seed: 5)
    var reached = [Int64](repeating: 0, count: 4)
    var waiting: [(client: SessionHandle, offset: Int64, replicas: Int)] = []
    for round in 0..<300 {
      let client = test.connect()
      let wanted = 1 + random.next(below: 4)
      _ = test.run("CLIENT BARRIER REPLICAS \(wanted)", from: client)
      expect(test.run("SET a \(round)", from: client), "")
      waiting.append((client, test.engine.call.sessions[client].dependsOn, wanted))
      for index in 0..<4 where random.next(below: 3) == 0 {
        reached[index] = max(reached[index], test.logEnd - Int64(random.next(below: 300)))
        _ = test.run("REPLCONF ACK \(reached[index])", from: replicas[index])
      }
      for index in (0..<waiting.count).reversed() {
        let (client, offset, wanted) = waiting[index]
        let isSafe = reached.count { $0 >= offset } >= wanted
        expect(test.output(of: client), isSafe ? "+OK\r\n" : "")
        if isSafe { waiting.remove(at: index) }
      }
    }
    #expect(!waiting.isEmpty && waiting.count < 100)
  }

  /// What is sent to a replica would go ahead of the answer that is to come before it.
  @Test func nobodyBecomesAReplicaWhoseRepliesAreHeld() throws {
    var test = try primary()
    let client = test.connect()
    _ = test.run("REPLCONF capa eof capa psync2", from: client)
    expect(test.run("SET a 1", from: client), "")
    expect(test.run("PSYNC ? -1", from: client), "")
    test.cron()
    expect(test.engine.pendingFeed(client) == 0)
    expect(!test.engine.replicas.contains(client))
    acknowledge(joined(&test), &test)
    expect(test.output(of: client), "+OK\r\n-ERR SYNC and PSYNC are invalid with pending output\r\n")
  }

  /// Its write was not answered, so nothing of that is pending, and its answer waits for nobody.
  @Test func whoAskedForNoReplyBecomesAReplica() throws {
    var test = try primary()
    let client = test.connect()
    _ = test.run("REPLCONF capa eof capa psync2", from: client)
    _ = test.send(Array("CLIENT REPLY SKIP\r\nSET a 1\r\n".utf8), from: client)
    let answer = test.run("PSYNC ? -1", from: client)
    #expect(answer.hasPrefix("+FULLRESYNC "))
  }

  // MARK: Sessions of the same replica

  /// Its old connection is not known to be gone yet: that session has acknowledged what the new one has.
  @Test func aReplicaThatConnectsAgainCountsOnce() throws {
    var test = try primary(replicas: 2)
    let (client, other) = (test.connect(), test.connect())
    let old = joined(&test, port: 7001)
    expect(test.run("SET a 1", from: client), "")
    acknowledge(old, &test)
    acknowledge(joined(&test, port: 7001), &test)
    expect(test.output(of: client), "")
    expect(test.engine.call.goodReplicaCount == 1)
    acknowledge(joined(&test, port: 7002), &test)
    expect(test.output(of: client), "+OK\r\n")
    // Who wrote nothing is told how many sessions there are, as by Redis.
    expect(test.run("WAIT 9 1", from: other), "")
    test.advance(milliseconds: 2)
    test.engine.runTimers(now: test.now)
    expect(test.output(of: other), ":3\r\n")
  }

  @Test func waitCountsItOnceToo() throws {
    var test = try primary(replicas: 0)
    let client = test.connect()
    let old = joined(&test, port: 7001)
    expect(test.run("SET a 1", from: client), "+OK\r\n")
    acknowledge(old, &test)
    let new = joined(&test, port: 7001)
    acknowledge(new, &test)
    expect(test.run("WAIT 2 1000", from: client), "")
    acknowledge(new, &test)
    expect(test.output(of: client), "")
    acknowledge(joined(&test, port: 7002), &test)
    expect(test.output(of: client), ":2\r\n")
  }

  /// Replicas behind one address that do not say which theirs is look like one, until both have what came later.
  @Test func whoAcknowledgesWhatIsNewerIsNotTheSame() throws {
    var test = try primary(replicas: 2)
    let client = test.connect()
    let replicas = [joined(&test, port: 7001), joined(&test, port: 7001)]
    expect(test.run("SET a 1", from: client), "")
    acknowledge(replicas[1], &test)
    expect(test.output(of: client), "")
    acknowledge(replicas[0], &test)
    expect(test.output(of: client), "+OK\r\n")
    expect(test.engine.call.goodReplicaCount == 2)
  }

  @Test func replicasWithoutAPortCountEach() throws {
    var test = try primary(replicas: 2)
    let client = test.connect()
    let replicas = [joined(&test), joined(&test)]
    expect(test.run("SET a 1", from: client), "")
    for replica in replicas { acknowledge(replica, &test) }
    expect(test.output(of: client), "+OK\r\n")
  }
}
