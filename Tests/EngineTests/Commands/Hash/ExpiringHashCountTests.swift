import Testing

@testable import Engine

/// The count of hashes with fields that expire is exact, however such a hash came, changed, moved and went.
///
/// The sweep for expired fields and the version of a snapshot go by it: `Database.checkInvariants` compares it with a walk.
@Suite struct ExpiringHashCountTests {
  /// Commands on hashes with fields that expire, from a seed.
  private struct FieldCommands {
    var random: RandomGenerator

    private mutating func pick<Choice>(_ choices: [Choice]) -> Choice { choices[random.next(below: choices.count)] }
    private mutating func key() -> String { "h\(random.next(below: 6))" }
    private mutating func field() -> String { "f\(random.next(below: 4))" }
    private mutating func database() -> String { pick(["0", "1", "2"]) }
    /// Past, soon or late.
    private mutating func milliseconds() -> String { pick(["0", "1", "20", "300", "100000"]) }

    mutating func next() -> [String] {
      switch random.next(below: 10) {
      case 0...2: return setting()
      case 3...5: return expiring()
      case 6...8: return moving()
      default: return removing()
      }
    }

    private mutating func setting() -> [String] {
      switch random.next(below: 8) {
      case 0: return ["HSET", key(), field(), "v", field(), String(repeating: "v", count: random.next(below: 90))]
      case 1: return ["HSETEX", key(), "PX", milliseconds(), "FIELDS", "1", field(), "v"]
      case 2: return ["HSETEX", key(), "KEEPTTL", "FIELDS", "1", field(), "w"]
      case 3: return ["HSETEX", key(), pick(["FNX", "FXX"]), "PX", milliseconds(), "FIELDS", "1", field(), "v"]
      case 4: return ["HSETNX", key(), field(), "v"]
      case 5: return ["HINCRBY", key(), "f9", "1"]
      case 6: return ["HINCRBYFLOAT", key(), "f9", "0.5"]
      default: return ["SET", key(), "v"]
      }
    }

    private mutating func expiring() -> [String] {
      switch random.next(below: 7) {
      case 0, 1: return ["HPEXPIRE", key(), milliseconds(), "FIELDS", "2", field(), field()]
      case 2: return ["HPERSIST", key(), "FIELDS", "2", field(), field()]
      case 3: return ["HGETEX", key(), "PX", milliseconds(), "FIELDS", "1", field()]
      case 4: return ["HGETEX", key(), "PERSIST", "FIELDS", "1", field()]
      case 5: return ["PEXPIRE", key(), milliseconds()]
      default: return ["PERSIST", key()]
      }
    }

    private mutating func moving() -> [String] {
      switch random.next(below: 10) {
      case 0: return ["RENAME", key(), key()]
      case 1: return ["RENAMENX", key(), key()]
      case 2, 3: return ["COPY", key(), key(), "DB", database(), "REPLACE"]
      case 4: return ["MOVE", key(), database()]
      case 5: return ["SWAPDB", database(), database()]
      case 6: return ["CONFIG", "SET", "hash-max-listpack-entries", pick(["2", "512"])]
      default: return ["SELECT", database()]
      }
    }

    private mutating func removing() -> [String] {
      switch random.next(below: 11) {
      case 0: return ["DEL", key()]
      case 1: return ["UNLINK", key(), key()]
      case 2, 3: return ["HDEL", key(), field(), field()]
      case 4, 5: return ["HGETDEL", key(), "FIELDS", "1", field()]
      case 6: return ["HGET", key(), field()]
      case 7: return ["HRANDFIELD", key(), "2"]
      case 8: return ["SUNIONSTORE", key(), "none"]
      case 9: return ["SORT", "numbers", "STORE", key()]
      default: return [pick(["FLUSHDB", "FLUSHDB", "FLUSHALL"]), pick(["SYNC", "ASYNC"])]
      }
    }
  }

  private func check(_ test: borrowing TestEngine) {
    for index in 0..<test.engine.call.keyspace.count { test.engine.call.keyspace[index].checkInvariants() }
  }

  /// How many hashes with expiring fields the databases count.
  private func counted(_ test: borrowing TestEngine) -> Int {
    (0..<test.engine.call.keyspace.count).reduce(0) { sum, index in
      sum + test.engine.call.keyspace[index].hashesWithExpiringFields
    }
  }

  /// What the server does now and then, of its own accord or because somebody asks for all of the data.
  private func deed(
    _ test: inout TestEngine, _ files: MemoryFiles, _ client: SessionHandle, _ random: inout RandomGenerator
  ) {
    switch random.next(below: 8) {
    case 0: test.advance(milliseconds: Int64(random.next(below: 400)))
    case 1, 2: test.cron()
    case 3: while test.engine.runBackgroundSlice() {}
    case 4:
      _ = test.run("BGSAVE", from: client)
      for _ in 0..<random.next(below: 4) { _ = test.engine.runSnapshotSlice() }
    case 5: test.drive(files)
    case 6:
      _ = test.run("DEBUG RELOAD", from: client)
      test.drive(files)
      _ = test.output(of: client)
    default:
      // Everything is evicted, from the least used on.
      _ = test.run("CONFIG SET maxmemory-policy allkeys-random maxmemory 1", from: client)
      _ = test.run("SET more 1", from: client)
      _ = test.run("CONFIG SET maxmemory 0", from: client)
    }
  }

  @Test(arguments: 1...12) func theCountIsExactAfterWhateverComes(seed: UInt64) throws {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files, ("enable-debug-command", "yes"))
    let client = test.connect()
    var commands = FieldCommands(random: RandomGenerator(seed: seed))
    var most = 0
    for _ in 0..<1500 {
      test.advance(milliseconds: 1)
      // Many other keys come and go at once, so that the table grows and shrinks under the marks.
      if commands.random.next(below: 100) == 0 {
        let fillers = (0..<200).map { "filler\($0)" }
        _ = test.run(["MSET"] + fillers.flatMap { [$0, "1"] }, from: client)
        check(test)
        test.cron()
        _ = test.run(["DEL"] + fillers, from: client)
      } else if commands.random.next(below: 12) == 0 {
        deed(&test, files, client, &commands.random)
      } else {
        _ = test.run(commands.next(), from: client)
      }
      check(test)
      most = max(most, counted(test))
    }
    #expect(most > 2)
    _ = test.run("FLUSHALL", from: client)
    #expect(counted(test) == 0)
  }

  /// What a snapshot is called goes by the count as well.
  @Test func aSnapshotIsOfTheNewerVersionOnlyWhileAFieldExpires() throws {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files)
    let client = test.connect()
    for (line, version) in [
      ("HSET h f v", "0010"), ("HPEXPIRE h 100000 FIELDS 1 f", "0012"), ("HPERSIST h FIELDS 1 f", "0010"),
      ("HSETEX h PX 100000 FIELDS 1 f v", "0012"), ("MOVE h 5", "0012"), ("FLUSHDB", "0012"), ("SWAPDB 0 5", "0012"),
      ("RENAME h g", "0012"), ("DEL g", "0010"),
    ] {
      _ = test.run(line, from: client)
      _ = test.run("BGSAVE", from: client)
      test.drive(files)
      #expect(String(decoding: files["dump.rdb"][..<9], as: UTF8.self) == "REDIS" + version, "after \(line)")
    }
  }

  /// DUMP and RESTORE bring the expiries along.
  @Test(arguments: ["2", "512"]) func whatIsRestoredIsCounted(entries: String) throws {
    var test = TestEngine(try Configuration().setting("hash-max-listpack-entries", to: entries))
    let client = test.connect()
    _ = test.run("HSETEX h PX 100000 FIELDS 3 a 1 b 2 c 3", from: client)
    let dumped = test.engine.call.keyspace.dump("h")
    let payload = try #require(dumped)
    let isRestored = test.engine.call.keyspace.restore("again", payload)
    #expect(isRestored)
    check(test)
    #expect(counted(test) == 2)
    _ = test.run("HGETDEL again FIELDS 3 a b c", from: client)
    _ = test.run("HPERSIST h FIELDS 2 a b", from: client)
    check(test)
    #expect(counted(test) == 1)
  }
}
