import Testing

@testable import Engine

/// What loading makes of files: all that was recorded counts, none of it by today's clock, and numbers that cannot be are
/// refused.
@Suite struct LoadingTests {
  private static let list = "appendonlydir/appendonly.aof.manifest"
  private static let places = "appendonlydir/appendonly.aof.places"
  private static let history = String(repeating: "a", count: 40)

  private static func encoded(_ words: [[UInt8]]) -> [UInt8] {
    Array("*\(words.count)\r\n".utf8) + words.flatMap { Array("$\($0.count)\r\n".utf8) + $0 + Array("\r\n".utf8) }
  }

  private static func encoded(_ line: String) -> [UInt8] { encoded(line.split(separator: " ").map { Array($0.utf8) }) }

  /// An engine that has loaded a file of commands, as servers before Redis 7 kept it.
  private func loaded(_ bytes: [UInt8], _ more: (name: String, value: String)...) throws -> TestEngine {
    let files = MemoryFiles()
    files["appendonly.aof"] = bytes
    return try TestEngine(loading: files, [(name: "appendonly", value: "yes")] + more)
  }

  // MARK: Time

  @Test func aFieldThatWasToExpireAndLivesOnIsLoaded() throws {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files, ("appendonly", "yes"))
    let client = test.connect()
    for line in ["HSET h f v", "HPEXPIRE h 300 FIELDS 1 f", "HPERSIST h FIELDS 1 f"] {
      _ = test.run(line, from: client)
    }
    test.drive(files)
    var again = TestEngine(try Configuration().setting("appendonly", to: "yes"), files: files.afterKill())
    again.advance(milliseconds: 400)
    again.startUp()
    expect(again.run("HGET h f", from: again.connect()), "$1\r\nv\r\n")
  }

  @Test(arguments: [
    ["SET k v", "PEXPIREAT k 1600000000000", "PERSIST k"],
    ["SET k v", "GETEX k PXAT 1600000000000", "PERSIST k"],
    ["HSET h f v", "HPEXPIREAT h 1600000000000 FIELDS 1 f", "HPERSIST h FIELDS 1 f"],
    ["HSET h f v", "HGETEX h PXAT 1600000000000 FIELDS 1 f", "HPERSIST h FIELDS 1 f"],
    ["HSETEX h PXAT 1600000000000 FIELDS 1 f v", "HPERSIST h FIELDS 1 f"],
  ])
  func whatIsPastByNowIsKeptForWhatFollows(commands: [String]) throws {
    var test = try loaded(commands.flatMap { Self.encoded($0) })
    expect(test.run(commands[0].hasPrefix("SET") ? "GET k" : "HGET h f", from: test.connect()), "$1\r\nv\r\n")
    // What stays past is gone once all is loaded.
    var gone = try loaded(commands.dropLast().flatMap { Self.encoded($0) })
    let client = gone.connect()
    expect(gone.run(commands[0].hasPrefix("SET") ? "GET k" : "HGET h f", from: client), "$-1\r\n")
  }

  @Test func whatIsRestoredAndPastByNowIsKeptForWhatFollows() throws {
    var payload = ByteBuffer()
    payload.append([0, 1, UInt8(ascii: "v")])
    DumpPayload.appendFooter(to: &payload)
    let words = ["RESTORE", "k", "1600000000000"].map { Array($0.utf8) } + [payload.bytes.array, Array("ABSTTL".utf8)]
    var test = try loaded(Self.encoded(words) + Self.encoded("PERSIST k"))
    expect(test.run("GET k", from: test.connect()), "$1\r\nv\r\n")
  }

  // MARK: What cannot be

  @Test func aCommandThatFailsIsTold() throws {
    let bytes = Self.encoded("SET a 1") + Self.encoded("SELECT 99") + Self.encoded("SET b 1")
    var test = try loaded(bytes)
    expect(test.isReady)
    expect(
      test.logLines.contains(
        "== CRITICAL == This server is sending an error to its AOF-loading-client: 'ERR DB index is out of range' after processing the command 'select'"
      ))
    expect(test.run("DBSIZE", from: test.connect()), ":2\r\n")
    let refused = try loaded(bytes, ("propagation-error-behavior", "panic"))
    expect(!refused.isReady)
  }

  @Test(arguments: [
    "*1\r\n$9223372036854775807\r\n", "*2147483647\r\n$9223372036854775800\r\n", "*1\r\n$281474976710657\r\n",
  ])
  func aLengthThatCannotBeIsRefused(end: String) throws {
    let test = try loaded(Self.encoded("SET a 1") + Array(end.utf8))
    expect(!test.isReady)
    expect(test.logLines.last?.hasPrefix("Bad file format reading the append only file") == true)
  }

  @Test(arguments: [["MULTI", "SET b 1", "MULTI", "SET c 1", "EXEC"], ["SET b 1", "EXEC"]])
  func transactionsThatDoNotFitAreRefused(lines: [String]) throws {
    let test = try loaded(Self.encoded("SET a 1") + lines.flatMap { Self.encoded($0) } + Self.encoded("SET d 1"))
    expect(!test.isReady)
    expect(test.logLines.last?.hasPrefix("Bad file format reading the append only file") == true)
  }

  /// Clients may send them. Redis loads no file with such, and what is appended to one would be lost to it.
  @Test(arguments: ["\r\n", "\n", "*0\r\n", "*-1\r\n"]) func emptyRequestsAreRefused(empty: String) throws {
    let (one, other) = (Self.encoded("SET a 1"), Self.encoded("SET b 1"))
    for bytes in [one + Array(empty.utf8) + other, one + other + Array(empty.utf8)] {
      let test = try loaded(bytes)
      expect(!test.isReady)
      expect(test.logLines.last?.hasPrefix("Bad file format reading the append only file") == true)
    }
  }

  @Test func aRemarkMayHoldAnything() throws {
    var test = try loaded(Self.encoded("SET a 1") + Array("#it's \"\r\n#\r\n".utf8) + Self.encoded("SET b 1"))
    expect(test.isReady)
    expect(test.run("DBSIZE", from: test.connect()), ":2\r\n")
  }

  /// What the log's end is taken for is the same whether the cut transaction is still in the file or cut off.
  @Test func aRemarkInACutTransactionIsNoneOfTheFiles() throws {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files, ("appendonly", "yes"))
    test.drive(files)
    let name = "appendonlydir/appendonly.aof.1.incr.aof"
    files[name] =
      Array("#TS:1\r\n".utf8) + Self.encoded("SELECT 0") + Self.encoded("SET a 1") + Self.encoded("MULTI")
      + Array("#TS:22\r\n".utf8) + Self.encoded("SET b 1")
    let first = try TestEngine(loading: files, ("appendonly", "yes"))
    expect(first.isReady)
    #expect(files[name].count < 70)
    let second = try TestEngine(loading: files, ("appendonly", "yes"))
    let (before, after) = (first.engine.call.log.end, second.engine.call.log.end)
    #expect(before == after)
  }

  /// Before the first rewrite the names say what belongs to what; after it, a start with nothing would write over the data.
  @Test func aListThatIsLostIsPutTogetherOrMissed() throws {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files, ("appendonly", "yes"))
    var client = test.connect()
    _ = test.run("SET a 1", from: client)
    test.drive(files)
    files.remove(Self.list)
    files.remove(Self.places)
    for _ in 0..<2 {
      test = try TestEngine(loading: files, ("appendonly", "yes"))
      client = test.connect()
      expect(test.run("GET a", from: client), "$1\r\n1\r\n")
      #expect(files.size(of: Self.list) != nil)
    }
    _ = test.run("BGREWRITEAOF", from: client)
    test.drive(files)
    let list = files[Self.list]
    files.remove(Self.list)
    let without = try TestEngine(loading: files, ("appendonly", "yes"))
    expect(!without.isReady)
    expect(
      without.logLines.last?.contains("appendonly.aof.manifest is not there, but appendonly.aof.2.base.rdb is") == true)
    files[Self.list] = list
    var whole = try TestEngine(loading: files, ("appendonly", "yes"))
    expect(whole.run("GET a", from: whole.connect()), "$1\r\n1\r\n")
  }

  @Test func anOffsetThatCannotBeIsPassedOver() throws {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files, ("appendonly", "yes"))
    test.drive(files)
    _ = test.run("SET a 1", from: test.connect())
    test.drive(files)
    let places = String(decoding: files[Self.places], as: UTF8.self)
    let file = "appendonly.aof.1.incr.aof"
    #expect(places.contains("\(file) offset 0 "))
    files[Self.places] =
      Array(
        places.replacing("\(file) offset 0 ", with: "\(file) offset \(Int64.max) ").utf8)
      + Array("turn \(Int64.max) from \(Self.history) to \(Self.history)\n".utf8)
    var again = try TestEngine(loading: files, ("appendonly", "yes"))
    expect(again.isReady)
    expect(again.run("GET a", from: again.connect()), "$1\r\n1\r\n")
  }

  @Test func aFileNumberWithoutASuccessorIsRefused() throws {
    for kind in ["base.rdb seq 9223372036854775807 type b", "incr.aof seq 9223372036854775807 type i"] {
      let files = MemoryFiles()
      var test = try TestEngine(loading: files, ("appendonly", "yes"))
      test.drive(files)
      files["appendonlydir/a.\(kind.prefix(8))"] = files["appendonlydir/appendonly.aof.1.\(kind.prefix(8))"]
      files[Self.list] = Array("file a.\(kind)\n".utf8)
      let again = try TestEngine(loading: files, ("appendonly", "yes"))
      expect(!again.isReady)
    }
  }

  /// A snapshot that says where in a history it stands.
  private func snapshot(database: Int, offset: Int64) -> [UInt8] {
    var writer = RDBWriter()
    var information = RDBWriter.Information(redisVersion: Bytes("7.2.4"), createdSeconds: 0, usedMemoryBytes: 0)
    Array(Self.history.utf8).withBytes { identifier in
      information.replication = RDBWriter.Replication(streamDatabase: database, id: identifier, offset: offset)
      writer.begin(information)
    }
    writer.end()
    return writer.finish().array
  }

  @Test func aSnapshotsPlaceThatCannotBeIsNone() throws {
    for offset in [Int64.max, -1] {
      let files = MemoryFiles()
      files["dump.rdb"] = snapshot(database: 0, offset: offset)
      var test = try TestEngine(loading: files)
      expect(test.isReady)
      expect(test.information("second_repl_offset", from: test.connect()), "-1")
    }
  }

  @Test func aReplicaDoesNotGoOnInADatabaseThatIsNotThere() throws {
    let files = MemoryFiles()
    for (count, goesOn) in [("16", true), ("4", false)] {
      files["dump.rdb"] = snapshot(database: 12, offset: 100)
      var replica = try LinkedReplica(files, ("databases", count))
      let question = replica.shakeHands()
      #expect(question.contains(Self.history) == goesOn)
      replica.resynchronise(Self.history, at: 1000)
      replica.send("SELECT 1")
      replica.send("SET a 1")
      expect(replica.test.information("master_link_status", from: replica.test.connect()), "up")
    }
  }

  // MARK: What is told

  /// Every five seconds, and nothing of what is soon over.
  @Test func whatTakesLongIsToldOf() throws {
    let files = MemoryFiles()
    files["appendonly.aof"] = (0..<1000).flatMap { Self.encoded("SET key:\($0) value") }
    let configuration = try Configuration().setting("appendonly", to: "yes")
      .setting("loading-process-events-interval-bytes", to: "1024")
    var told: [Int64: [String]] = [:]
    for milliseconds: Int64 in [10, 1000] {
      var test = TestEngine(configuration, files: files.afterKill())
      test.engine.start(now: test.now)
      var slices: Int64 = 0
      while test.engine.isLoading {
        test.advance(milliseconds: milliseconds)
        test.engine.call.now = test.now
        _ = test.engine.runBackgroundSlice()
        slices += 1
      }
      test.settle()
      #expect(slices > 30)
      told[milliseconds] = test.logLines.filter { $0.hasPrefix("Loading DB: ") }
      if milliseconds == 1000 {
        expect(Int64(test.logLines.filter { $0.hasPrefix("Loading DB: ") }.count) >= slices / 6)
      }
    }
    #expect(told[10] == [])
    let lines = told[1000] ?? []
    let percentages = lines.compactMap { $0.dropFirst(12).split(separator: "%").first.flatMap { Int($0) } }
    #expect(percentages.count == lines.count && percentages == percentages.sorted() && Set(percentages).count > 4)
    let total = files["appendonly.aof"].count
    #expect(lines.first?.hasPrefix("Loading DB: \(5120 * 100 / total)% (5120 of \(total) bytes), ") == true)
    #expect(
      lines.first?.hasSuffix(" keys and commands, about \((total - 5120) / (5120 / 6)) seconds left") == true,
      "\(lines)")
  }

  @Test func loadingAgainIsAnsweredWhereThereIsNothingToLoad() throws {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files, ("enable-debug-command", "yes"))
    let client = test.connect()
    _ = test.run("SET a 1", from: client)
    let answer = test.run("DEBUG LOADAOF", from: client)
    test.drive(files)
    expect(answer + test.output(of: client), "+OK\r\n")
    expect(test.run("DBSIZE", from: client), ":0\r\n")
  }
}
