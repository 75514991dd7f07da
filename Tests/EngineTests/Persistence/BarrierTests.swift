import Testing

@testable import Engine

/// What waits with a write, and what does not: replicas' acknowledgements, pushes, limits.
@Suite struct BarrierTests {
  private func recording(_ files: MemoryFiles, _ more: (name: String, value: String)...) throws -> TestEngine {
    var configuration = Configuration()
    let directives = [(name: "appendonly", value: "yes"), (name: "appendfsync", value: "always")] + more
    for (name, value) in directives { configuration = try configuration.setting(name, to: value) }
    var test = TestEngine(configuration, files: files)
    test.engine.start(now: test.now)
    for _ in 0..<10_000 where test.engine.isLoading { _ = test.engine.runBackgroundSlice() }
    test.settle()
    test.drive(files)
    return test
  }

  /// A replica that goes on from where the log is.
  private func replica(_ test: inout TestEngine) -> SessionHandle {
    let replica = test.connect()
    _ = test.run("REPLCONF capa psync2", from: replica)
    let answer = test.run("PSYNC \(test.identifier) \(test.logEnd + 1)", from: replica)
    #expect(answer.hasPrefix("+CONTINUE"))
    return replica
  }

  private func acknowledge(_ offset: Int64, synced: Int64? = nil, from replica: SessionHandle, _ test: inout TestEngine)
  {
    _ = test.run("REPLCONF ACK \(offset)" + (synced.map { " FACK \($0)" } ?? ""), from: replica)
  }

  /// The log's offset behind the client's last write.
  private func written(by client: SessionHandle, _ test: borrowing TestEngine) -> Int64 {
    test.engine.call.sessions[client].writeOffset
  }

  // MARK: Replicas

  @Test func aWriteWaitsForSoManyReplicas() throws {
    let files = MemoryFiles()
    var test = try recording(files, ("appendfsync", "no"), ("write-barrier-replicas", "2"))
    let (first, second) = (replica(&test), replica(&test))
    let client = test.connect()
    expect(test.run("SET a 1", from: client), "")
    let offset = written(by: client, test)
    acknowledge(offset, from: first, &test)
    expect(test.output(of: client), "")
    // One and the same does not count twice, and what lies before it does not do.
    acknowledge(offset + 1, from: first, &test)
    acknowledge(offset - 1, from: second, &test)
    expect(test.output(of: client), "")
    acknowledge(offset, from: second, &test)
    expect(test.output(of: client), "+OK\r\n")
    // Reads wait for nobody, and what was acknowledged once stays so.
    test.apply(.disconnected(first))
    expect(test.run("GET other", from: client), "$-1\r\n")
    expect(test.run("PING", from: test.connect()), "+PONG\r\n")
  }

  @Test func aReplicaThatGoesDoesNotCount() throws {
    let files = MemoryFiles()
    var test = try recording(files, ("appendfsync", "no"), ("write-barrier-replicas", "2"))
    let (first, second) = (replica(&test), replica(&test))
    let client = test.connect()
    expect(test.run("SET a 1", from: client), "")
    let offset = written(by: client, test)
    acknowledge(offset, from: first, &test)
    test.apply(.disconnected(first))
    acknowledge(offset, from: second, &test)
    expect(test.output(of: client), "")
    let third = replica(&test)
    acknowledge(offset, from: third, &test)
    expect(test.output(of: client), "+OK\r\n")
  }

  @Test func diskAndReplicasAreOneRule() throws {
    for isDiskFirst in [true, false] {
      let files = MemoryFiles()
      var test = try recording(
        files, ("appendfsync", "everysec"), ("write-barrier-fsync", "yes"), ("write-barrier-replicas", "1"))
      let replica = replica(&test)
      let client = test.connect()
      expect(test.run("SET a 1", from: client), "")
      let offset = written(by: client, test)
      if isDiskFirst { test.drive(files) } else { acknowledge(offset, from: replica, &test) }
      expect(test.output(of: client), "")
      if isDiskFirst { acknowledge(offset, from: replica, &test) } else { test.drive(files) }
      expect(test.output(of: client), "+OK\r\n")
    }
  }

  /// WAIT counts what replicas have, WAITAOF what they have on their disks.
  @Test func waitingForReplicasAndForTheirDisks() throws {
    let files = MemoryFiles()
    var test = try recording(files, ("appendfsync", "no"))
    let (first, second) = (replica(&test), replica(&test))
    let (waiting, durable) = (test.connect(), test.connect())
    _ = test.run("SET a 1", from: waiting)
    _ = test.run("SET b 1", from: durable)
    expect(test.run("WAIT 2 0", from: waiting), "")
    expect(test.run("WAITAOF 0 2 0", from: durable), "")
    let offset = written(by: durable, test)
    acknowledge(offset, synced: offset, from: first, &test)
    acknowledge(offset, synced: offset - 1, from: second, &test)
    expect(test.output(of: waiting), ":2\r\n")
    expect(test.output(of: durable), "")
    acknowledge(offset, from: second, &test)
    expect(test.output(of: durable), "")
    acknowledge(offset, synced: offset, from: second, &test)
    expect(test.output(of: durable), "*2\r\n:0\r\n:2\r\n")
  }

  // MARK: Pushes

  /// To others a message goes at once; to one whose replies are held it comes behind them.
  @Test func aMessageComesBehindTheRepliesBeforeIt() throws {
    let files = MemoryFiles()
    var test = try recording(files)
    let (busy, idle, other) = (test.connect(), test.connect(), test.connect())
    for client in [busy, idle] {
      _ = test.run("HELLO 3", from: client)
      _ = test.run("SUBSCRIBE news", from: client)
    }
    expect(test.run("SET a 1", from: busy), "")
    // It stands in the log, and its own reply waits as a write's does.
    expect(test.run("PUBLISH news hello", from: other), "")
    let message = ">3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n"
    expect(test.output(of: idle), message)
    expect(test.output(of: busy), "")
    test.drive(files)
    expect(test.output(of: busy), "+OK\r\n" + message)
    expect(test.output(of: other), ":2\r\n")
  }

  @Test func anInvalidationComesAtOnceAndTheNewValueWhenItIsDurable() throws {
    let files = MemoryFiles()
    var test = try recording(files, ("notify-keyspace-events", "KA"))
    let (reader, writer, listener) = (test.connect(), test.connect(), test.connect())
    _ = test.run("HELLO 3", from: reader)
    _ = test.run("CLIENT TRACKING ON", from: reader)
    expect(test.run("GET a", from: reader), "_\r\n")
    _ = test.run("SUBSCRIBE __keyspace@0__:a", from: listener)
    expect(test.run("SET a 1", from: writer), "")
    expect(test.output(of: reader), ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n")
    expect(test.output(of: listener), "*3\r\n$7\r\nmessage\r\n$16\r\n__keyspace@0__:a\r\n$3\r\nset\r\n")
    expect(test.run("GET a", from: reader), "")
    // Another change while the look at the key is held: its invalidation follows that look, which it is about.
    expect(test.run("SET a 2", from: writer), "")
    test.drive(files)
    expect(test.output(of: reader), "$1\r\n1\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n")
    expect(test.output(of: writer), "+OK\r\n+OK\r\n")
  }

  // MARK: Limits

  @Test func repliesThatAreHeldCountAsOutput() throws {
    let files = MemoryFiles()
    var test = try recording(files, ("client-output-buffer-limit", "normal 200000 0 0"))
    let (writer, reader) = (test.connect(), test.connect())
    let value = String(repeating: "v", count: 60_000)
    expect(test.run(["SET", "a", value], from: writer), "")
    for _ in 0..<3 { expect(test.run("GET a", from: reader), "") }
    expect(!test.isEnded(reader))
    for _ in 0..<3 { _ = test.run("GET a", from: reader) }
    expect(test.isEnded(reader))
    test.apply(.disconnected(reader))
    test.drive(files)
    expect(test.output(of: writer), "+OK\r\n")
    let held = test.engine.call.heldReplies.count
    #expect(held == 0)
  }

  // MARK: The end

  @Test func theEndWaitsForTheDiskAndAnswers() throws {
    let files = MemoryFiles()
    var test = try recording(files)
    let (writer, other) = (test.connect(), test.connect())
    expect(test.run("SET a 1", from: writer), "")
    let write = try test.wantedWrite()
    expect(test.run("SET b 1", from: other), "")
    expect(test.run("SHUTDOWN NOSAVE", from: test.connect()), "")
    test.engine.prepareToEnd()
    test.finish(write, files)
    test.drive(files)
    expect(test.output(of: writer), "+OK\r\n")
    expect(test.output(of: other), "+OK\r\n")
    let again = try TestEngine(loading: files.afterKill(), ("appendonly", "yes"))
    expect(again.isReady && again.digest == test.digest)
  }

  @Test func theEndNamesWhatTheDiskDidNotTake() throws {
    let files = MemoryFiles()
    var test = try recording(files, ("appendfsync", "everysec"))
    files.room = 0
    expect(test.run("SET a 1", from: test.connect()), "+OK\r\n")
    test.drive(files)
    test.engine.prepareToEnd()
    test.drive(files)
    test.engine.reportUnwritten()
    test.settle()
    #expect(test.logLines.last == "50 bytes of the AOF could not be written and are lost: No space left on device")
  }

  // MARK: Snapshots

  /// A file of 9 MiB is brought to the disk three times, or at its end alone where that is asked for.
  @Test(arguments: [true, false]) func aSnapshotIsBroughtToTheDiskInParts(isOn: Bool) throws {
    let files = MemoryFiles()
    let flag = isOn ? "yes" : "no"
    var test = try recording(
      files, ("rdb-save-incremental-fsync", flag), ("aof-rewrite-incremental-fsync", flag), ("rdbcompression", "no"),
      ("rdbchecksum", "no"), ("auto-aof-rewrite-percentage", "0"))
    let client = test.connect()
    let value = String(repeating: "v", count: 1 << 20)
    for number in 0..<9 { _ = test.run(["SET", "k\(number)", value], from: client) }
    test.drive(files)
    for command in ["BGSAVE", "BGREWRITEAOF"] {
      _ = test.run(command, from: client)
      var syncs = 0
      for _ in 0..<10_000 where test.engine.call.snapshot != nil {
        _ = test.engine.runBackgroundSlice()
        if let write = test.beginWrite(.snapshot, pieces: 8) { test.finish(write, files) }
        if let file = test.engine.nextSync(.snapshot) {
          // Nothing is written while the disk works on what is there.
          let write = test.beginWrite(.snapshot)
          #expect(write == nil)
          syncs += 1
          test.finishSync(.snapshot, file, files)
        }
        test.drive(streams: [.appendOnly], files)
      }
      #expect(isOn ? syncs == 3 : syncs == 1, "\(command): \(syncs) times")
    }
    let again = try TestEngine(loading: files.afterKill(), ("appendonly", "yes"))
    expect(again.isReady && again.engine.keyCount == 9)
  }

  @Test func aPartThatCannotBeBroughtToTheDiskEndsTheSnapshot() throws {
    let files = MemoryFiles()
    var test = try recording(files, ("appendonly", "no"), ("rdbcompression", "no"))
    let client = test.connect()
    for number in 0..<6 { _ = test.run(["SET", "k\(number)", String(repeating: "v", count: 1 << 20)], from: client) }
    files.failing[.sync] = MemoryFiles.inputOutputError
    _ = test.run("BGSAVE", from: client)
    test.drive(files)
    let left = files.names.keys.filter { $0.contains("rdb") }
    #expect(left.isEmpty)
    files.failing = [:]
    _ = test.run("BGSAVE", from: client)
    test.drive(files)
    let again = try TestEngine(loading: files.afterKill())
    expect(again.isReady && again.digest == test.digest)
  }

  @Test func reloadingGoesThroughTheFile() throws {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files, ("enable-debug-command", "yes"))
    let client = test.connect()
    for command in SampleValues.small { _ = test.run(command, from: client) }
    let before = test.digest
    expect(test.run("DEBUG RELOAD", from: client), "+OK\r\n")
    expect(test.digest == before)
    let again = try TestEngine(loading: files.afterKill())
    expect(again.isReady && again.digest == before)
    // What cannot be saved is not lost.
    files.failing[.replace] = MemoryFiles.noSpace
    expect(test.run("DEBUG RELOAD", from: client).hasPrefix("-ERR"))
    expect(test.digest == before)
  }
}
