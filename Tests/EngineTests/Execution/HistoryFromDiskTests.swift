import Testing

@testable import Engine

/// Replicas that were away for longer than memory reaches back are sent the log from the append-only file.
@Suite struct HistoryFromDiskTests {
  private func recording(
    _ files: MemoryFiles, _ more: (name: String, value: String)...
  ) throws -> TestEngine {
    let directives =
      [(name: "appendonly", value: "yes"), (name: "appendfsync", value: "no"), (name: "repl-backlog-size", value: "1")]
      + more
    var test = try TestEngine(loading: files, directives)
    test.drive(files)
    return test
  }

  /// All that the log ever held, as the engine appended it.
  private struct Record {
    var bytes: [UInt8] = []

    mutating func note(_ test: inout TestEngine) {
      let from = Int64(bytes.count)
      guard let cursor = test.engine.call.log.cursor(at: from) else { return }
      test.engine.call.log.forEachPiece(cursor, limit: .max) { bytes += $0.array }
      test.engine.call.log.release(cursor)
    }
  }

  /// Writes values that fill blocks, with what was written brought to the files.
  private func write(_ test: inout TestEngine, _ files: MemoryFiles, _ count: Int, _ record: inout Record) {
    let client = test.connect()
    for index in 0..<count {
      let value = String(repeating: "v", count: 1 + (index * 7919) % 30_000)
      _ = test.run(["SET", "key\(index % 10)", value], from: client)
      if index % 5 == 0 {
        record.note(&test)
        test.advance(milliseconds: 700)
        test.drive(files)
      }
    }
    record.note(&test)
    test.drive(files)
    test.apply(.disconnected(client))
  }

  /// Asks to go on, and takes all that is sent, in pieces.
  private func resume(
    _ test: inout TestEngine, _ files: MemoryFiles, _ identifier: String, _ next: Int64,
    during work: (inout TestEngine, Int) -> Void = { _, _ in }
  ) -> (answer: String, stream: [UInt8]) {
    let replica = test.connect()
    _ = test.run("REPLCONF capa psync2", from: replica)
    let answer = String(test.run("PSYNC \(identifier) \(next)", from: replica).prefix { $0 != "\r\n" })
    var stream: [UInt8] = []
    for round in 0..<100_000 {
      work(&test, round)
      test.driveReads(files)
      var piece: [UInt8] = []
      test.engine.forEachFeedPiece(replica, limit: 3) { piece += $0.array }
      if test.engine.pendingFeed(replica) == 0 {
        if test.engine.call.sessions[replica].replica?.history == nil { break }
        if test.isEnded(replica) { break }
        continue
      }
      let taken = min(piece.count, 70_001)
      stream += piece.prefix(taken)
      test.engine.fed(taken, to: replica)
    }
    test.apply(.disconnected(replica))
    return (answer, stream)
  }

  @Test(arguments: ["no", "yes"])
  func theStreamFromFilesAndMemoryIsTheLog(_ timestamps: String) throws {
    let files = MemoryFiles()
    var test = try recording(files, ("aof-timestamp-enabled", timestamps), ("aof-history-size", "1gb"))
    var record = Record()
    write(&test, files, 60, &record)
    let rewriter = test.connect()
    _ = test.run("BGREWRITEAOF", from: rewriter)
    test.drive(files)
    write(&test, files, 60, &record)
    _ = test.run("BGREWRITEAOF", from: rewriter)
    test.drive(files)
    write(&test, files, 60, &record)
    #expect(Int64(record.bytes.count) == test.logEnd)
    expect(test.engine.call.log.start > 0)
    let identifier = test.identifier
    // Command after command: each is a place at which a replica may have stopped.
    var random = RandomGenerator(seed: 7)
    let boundaries = Self.boundaries(record.bytes)
    var asked = [0, boundaries[boundaries.count - 1]]
    for _ in 0..<12 { asked.append(boundaries[random.next(below: boundaries.count)]) }
    for offset in asked {
      let (answer, stream) = resume(&test, files, identifier, Int64(offset) + 1)
      #expect(answer == "+CONTINUE \(identifier)")
      #expect(stream == Array(record.bytes[offset...]), "from \(offset)")
    }
    #expect(test.engine.call.statistics.partialResyncsFromFiles > 10)
    // What was opened is closed: the increment that is written is all that is open.
    #expect(files.openCount == 1)
  }

  /// Whoever asks for the middle of a command gets what follows there, and the file is thought no worse of. Values are
  /// like commands, and like lines that are none of the log's.
  @Test(arguments: ["no", "yes"])
  func anyByteMayBeAskedFor(_ timestamps: String) throws {
    let files = MemoryFiles()
    var test = try recording(files, ("aof-timestamp-enabled", timestamps), ("aof-history-size", "1gb"))
    var record = Record()
    let client = test.connect()
    for count in [2, 1] {
      for index in 0..<250 * count {
        let line = ["#TS:17\r\n", "*1\r\n$4\r\nPING\r\n", "#\n", "*2\r\n$900\r\n", "x"][index % 5]
        _ = test.run(["SET", "key", String(repeating: line, count: 100 * (1 + index % 7))], from: client)
        record.note(&test)
        test.drive(files)
      }
      if count == 2 { _ = test.run("BGREWRITEAOF", from: client) }
      test.drive(files)
    }
    let (identifier, start) = (test.identifier, Int(test.engine.call.log.start))
    #expect(Int64(record.bytes.count) == test.logEnd && start > 400_000)
    var random = RandomGenerator(seed: 11)
    for _ in 0..<100 {
      let offset = random.next(below: start)
      let (answer, stream) = resume(&test, files, identifier, Int64(offset) + 1)
      // What differs would be looked for at length.
      let isTheLog = stream == Array(record.bytes[offset...])
      try #require(answer == "+CONTINUE \(identifier)" && isTheLog, "from \(offset)")
    }
    #expect(test.engine.call.statistics.partialResyncsFromFiles == 100)
    expect(test.engine.call.replication.damagedFiles.isEmpty)
    #expect(files.openCount == 1)
  }

  /// The offsets between commands.
  private static func boundaries(_ bytes: [UInt8]) -> [Int] {
    var found = [0]
    var parser = RequestParser()
    var batch = RequestBatch()
    var position = 0
    while position < bytes.count {
      let rest = Array(bytes[position...])
      let consumed = rest.withBytes { view in
        let limits = RequestParser.Limits(bulkBytes: .max, isUnauthenticated: false)
        return parser.parse(view, session: .none, limits: limits, maximumRequests: 100, into: &batch).0
      }
      for index in 0..<batch.count { found.append(position + batch[index].inputEnd) }
      batch.removeAll()
      guard consumed > 0 else { break }
      position += consumed
    }
    return found
  }

  @Test func aRewriteThatDeletesTheFilesWhileTheyAreReadHarmsNobody() throws {
    let files = MemoryFiles()
    var test = try recording(files)
    var record = Record()
    write(&test, files, 100, &record)
    let identifier = test.identifier
    let rewriter = test.connect()
    let writer = test.connect()
    let (answer, stream) = resume(&test, files, identifier, 1) { test, round in
      if round == 1 {
        _ = test.run("BGREWRITEAOF", from: rewriter)
        test.drive(files)
      }
      // Others write meanwhile.
      if round < 20 {
        _ = test.run(["SET", "more", String(repeating: "m", count: 20_000)], from: writer)
        record.note(&test)
        test.drive(files)
      }
    }
    #expect(answer == "+CONTINUE \(identifier)")
    #expect(stream == record.bytes)
    // They are gone now: who asks for what they held gets a snapshot.
    let late = resume(&test, files, identifier, 1)
    #expect(late.answer.hasPrefix("+FULLRESYNC"))
    expect(files.size(of: "appendonlydir/appendonly.aof.1.incr.aof") == nil)
  }

  @Test func historyIsKeptUpToItsLimit() throws {
    let files = MemoryFiles()
    var test = try recording(files, ("aof-history-size", "600kb"))
    var record = Record()
    let rewriter = test.connect()
    var starts: [Int64] = []
    for _ in 0..<4 {
      starts.append(test.logEnd)
      write(&test, files, 20, &record)
      _ = test.run("BGREWRITEAOF", from: rewriter)
      test.drive(files)
    }
    let kept = files.names.keys.filter { $0.hasSuffix(".incr.aof") }
    #expect(kept.count == 3, "\(kept.sorted())")
    #expect(files.names.keys.filter { $0.contains(".base.") }.count == 1)
    let identifier = test.identifier
    let (answer, stream) = resume(&test, files, identifier, starts[2] + 1)
    #expect(answer.hasPrefix("+CONTINUE"))
    #expect(stream == Array(record.bytes[Int(starts[2])...]))
    let tooOld = resume(&test, files, identifier, starts[1] + 1)
    #expect(tooOld.answer.hasPrefix("+FULLRESYNC"))
    test.drive(files)
    // A restart knows of them, and so do replicas that had the history before it.
    let disk = files.afterKill()
    var again = try recording(disk, ("aof-history-size", "600kb"))
    let resumed = resume(&again, disk, identifier, starts[2] + 1)
    #expect(resumed.answer == "+CONTINUE \(again.identifier)")
    #expect(resumed.stream == Array(record.bytes[Int(starts[2])...]))
  }

  @Test func damagedAndShortFilesEndInAFullResync() throws {
    for damage in 0..<3 {
      let files = MemoryFiles()
      var test = try recording(files, ("aof-history-size", "1gb"))
      var record = Record()
      write(&test, files, 60, &record)
      _ = test.run("BGREWRITEAOF", from: test.connect())
      test.drive(files)
      write(&test, files, 60, &record)
      let path = "appendonlydir/appendonly.aof.1.incr.aof"
      var bytes = files[path]
      switch damage {
      case 0: bytes.removeLast(100)
      case 1: bytes[Self.boundaries(bytes)[40]] = UInt8(ascii: "x")
      default: bytes.insert(contentsOf: Array("*1\r\n$4\r\nPING\r\n".utf8), at: Self.boundaries(bytes)[40])
      }
      files[path] = bytes
      let identifier = test.identifier
      let first = resume(&test, files, identifier, 1)
      // What it was sent is right as far as it goes, and it was cut off.
      #expect(first.answer.hasPrefix("+CONTINUE"))
      #expect(first.stream.count < record.bytes.count)
      let second = resume(&test, files, identifier, 1)
      #expect(second.answer.hasPrefix("+FULLRESYNC"))
    }
  }

  @Test func whatWasNeverWrittenIsNotPromised() throws {
    let files = MemoryFiles()
    var test = try recording(files)
    var record = Record()
    write(&test, files, 20, &record)
    let (identifier, end) = (test.identifier, test.logEnd)
    let inStep = test.psync(identifier, end + 1)
    #expect(inStep.hasPrefix("+CONTINUE"))
    for ahead in [end + 2, end + 100_000, .max] {
      let answer = test.psync(identifier, ahead)
      #expect(answer.hasPrefix("+FULLRESYNC"), "\(ahead)")
      test.drive(files)
    }
    let none = test.psync(identifier, .min)
    #expect(none.hasPrefix("+FULLRESYNC"))
  }

  @Test func aFileThatCouldNotBeReadIsTriedAgainLater() throws {
    let files = MemoryFiles()
    var test = try recording(files)
    var record = Record()
    write(&test, files, 60, &record)
    let identifier = test.identifier
    let replica = test.connect()
    let answer = test.run("PSYNC \(identifier) 1", from: replica)
    #expect(answer.hasPrefix("+CONTINUE"))
    let wanted = test.engine.nextHistoryRead()
    let read = try #require(wanted)
    test.engine.historyRead(
      read.session, .failure(FileFailure(code: 5, reason: "Input/output error")), now: test.now)
    test.settle()
    expect(test.isEnded(replica))
    test.apply(.disconnected(replica))
    let soon = test.psync(identifier, 1)
    #expect(soon.hasPrefix("+FULLRESYNC"))
    test.drive(files)
    test.advance(milliseconds: 61_000)
    let later = resume(&test, files, identifier, 1)
    #expect(later.answer.hasPrefix("+CONTINUE"))
    #expect(later.stream == record.bytes)
  }

  @Test func aSnapshotIsPreferredWhereItIsShorter() throws {
    let files = MemoryFiles()
    var test = try recording(files)
    let client = test.connect()
    let value = String(repeating: "v", count: 1 << 20)
    for _ in 0..<70 {
      _ = test.run(["SET", "key", value], from: client)
      test.drive(files)
    }
    let answer = test.psync(test.identifier, 1)
    #expect(answer.hasPrefix("+FULLRESYNC"))
  }

  @Test func annotationsAreToldFromTheLogHoweverTheyAreCut() {
    let text = "#TS:1\r\n*1\r\n$4\r\nPING\r\n#TS:2\r\n*2\r\n$3\r\n#a\n\r\n$0\r\n\r\n#x\n"
    let log = "*1\r\n$4\r\nPING\r\n*2\r\n$3\r\n#a\n\r\n$0\r\n\r\n"
    let bytes = Array(text.utf8)
    for cut in 0...bytes.count {
      var filter = AnnotationFilter()
      var found: [UInt8] = []
      for piece in [Array(bytes[..<cut]), Array(bytes[cut...])] {
        let isWhole = piece.withBytes { view in filter.feed(view) { found += $0.array } }
        #expect(isWhole)
      }
      #expect(found == Array(log.utf8), "cut at \(cut)")
    }
    for wrong in ["PING\r\n", "*x\r\n", "*1\r\n+4\r\n", "*0\r\n", "*1\r\n$-1\r\n", "*99999999999999999999\r\n"] {
      var filter = AnnotationFilter()
      let isWhole = Array(wrong.utf8).withBytes { filter.feed($0) { _ in } }
      #expect(!isWhole, "\(wrong)")
    }
  }
}
