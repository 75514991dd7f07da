import Testing

@testable import Engine

/// Snapshots on a file system that stands still where their file is opened or deleted, or refuses to have it.
@Suite struct StandingSnapshotTests {
  private static let temporary = "temp-0.rdb"

  /// An engine with data whose BGSAVE has not got its file.
  private func waiting(_ files: MemoryFiles, _ directives: (name: String, value: String)...) throws -> TestEngine {
    var test = try TestEngine(loading: files, [(name: "enable-debug-command", value: "yes")] + directives)
    let client = test.connect()
    _ = test.run("SET a old", from: client)
    test.holdsSnapshotFile = true
    expect(test.run("BGSAVE", from: client), "+Background saving started\r\n")
    test.drive(files)
    return test
  }

  private func field(_ name: String, _ test: inout TestEngine) -> String {
    let client = test.connect()
    defer { test.apply(.disconnected(client)) }
    let line = test.run("INFO persistence", from: client).split(separator: "\r\n").first { $0.hasPrefix(name + ":") }
    return line.map { String($0.dropFirst(name.count + 1)) } ?? ""
  }

  /// How many openings and deletions were asked for.
  private func asked(_ test: borrowing TestEngine) -> [String] {
    test.effects.compactMap {
      switch $0 {
      case .openSnapshot: "open"
      case .removeSnapshot: "remove"
      default: nil
      }
    }
  }

  /// What an engine that starts from the files has under "a".
  private func loaded(_ files: MemoryFiles) throws -> String {
    var test = try TestEngine(loading: files)
    return test.run("GET a", from: test.connect())
  }

  @Test func theWalkGoesOnWhileTheFileIsAwaited() throws {
    let files = MemoryFiles()
    var test = try waiting(files)
    let client = test.connect()
    expect(field("rdb_bgsave_in_progress", &test), "1")
    expect(test.engine.call.snapshot?.stage == .writing)
    expect(test.run("SET a new", from: client), "+OK\r\n")
    expect(test.run("BGSAVE", from: client), "-ERR Background save already in progress\r\n")
    #expect(files.names(in: ".") == [])
    test.releaseSnapshotFile()
    test.drive(files)
    expect(field("rdb_bgsave_in_progress", &test), "0")
    #expect(files.names(in: ".") == ["dump.rdb"])
    #expect(try loaded(files) == "$3\r\nold\r\n")
  }

  @Test func whatWaitsForTheFileIsBounded() throws {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files, [("rdbcompression", "no"), ("enable-debug-command", "yes")])
    let client = test.connect()
    _ = test.run("DEBUG POPULATE 30000 key 1000", from: client)
    test.holdsSnapshotFile = true
    _ = test.run("BGSAVE", from: client)
    test.drive(files)
    let pending = test.engine.call.snapshot?.pendingBytes ?? 0
    #expect(pending >= 8 << 20 && pending < 9 << 20)
    test.releaseSnapshotFile()
    test.drive(files)
    #expect(files["dump.rdb"].count > 30_000_000)
  }

  @Test func aFileThatCannotBeHadIsAFailure() throws {
    let files = MemoryFiles()
    var test = try waiting(files)
    files.failing[.open] = MemoryFiles.readOnly
    expect(field("rdb_last_bgsave_status", &test), "ok")
    test.releaseSnapshotFile()
    expect(test.engine.call.snapshot == nil && test.engine.call.abandonedSnapshot == nil)
    expect(field("rdb_last_bgsave_status", &test), "err")
    expect(test.logLines.contains("Failed opening the temp RDB file for saving: Read-only file system"))
    expect(test.logLines.contains("Background saving error"))
    files.failing = [:]
    _ = test.run("BGSAVE", from: test.connect())
    test.drive(files)
    expect(field("rdb_last_bgsave_status", &test), "ok")
    #expect(asked(test) == ["open", "open"])
  }

  @Test(arguments: [false, true]) func aSaveThatIsGivenUpBeforeItHasItsFileLeavesNone(isRefused: Bool) throws {
    let files = MemoryFiles()
    var test = try waiting(files)
    let client = test.connect()
    expect(test.run("FLUSHALL", from: client), "+OK\r\n")
    expect(test.engine.call.snapshot == nil)
    // The next one waits for its turn: it has the same name.
    _ = test.run("SET a new", from: client)
    expect(test.run("BGSAVE", from: client), "+Background saving started\r\n")
    test.drive(files)
    #expect(asked(test) == ["open"])
    if isRefused { files.failing[.open] = MemoryFiles.readOnly }
    test.releaseSnapshotFile()
    #expect(asked(test) == (isRefused ? ["open", "open"] : ["open", "remove", "open"]))
    test.drive(files)
    expect(field("rdb_last_bgsave_status", &test), isRefused ? "err" : "ok")
    #expect(files.names(in: ".") == (isRefused ? [] : ["dump.rdb"]))
    if !isRefused { #expect(try loaded(files) == "$3\r\nnew\r\n") }
  }

  @Test func aFileIsDeletedOnlyOnceNothingIsUnderWay() throws {
    let files = MemoryFiles()
    var test = try waiting(files)
    test.releaseSnapshotFile()
    let client = test.connect()
    let write = test.beginWrite(.snapshot)
    #expect(write != nil)
    test.holdsSnapshotFile = true
    expect(test.run("FLUSHALL", from: client), "+OK\r\n")
    #expect(asked(test) == ["open"] && files.names(in: ".") == [Self.temporary])
    if let write { test.finish(write, files) }
    #expect(asked(test) == ["open", "remove"])
    // Neither does anybody wait for that, but the next snapshot's file.
    expect(test.run("SET a new", from: client), "+OK\r\n")
    _ = test.run("BGSAVE", from: client)
    test.drive(files)
    #expect(asked(test) == ["open", "remove"])
    test.releaseSnapshotFile()
    test.drive(files)
    #expect(files.names(in: ".") == ["dump.rdb"])
    #expect(try loaded(files) == "$3\r\nnew\r\n")
  }

  @Test func theLastSnapshotWaitsForItsFile() throws {
    let files = MemoryFiles()
    var test = try waiting(files, ("save", "3600 1"))
    let client = test.connect()
    _ = test.run("SET a new", from: client)
    expect(test.run("SHUTDOWN", from: client), "")
    test.drive(files)
    var ends = test.effects.contains { if case .shutDown = $0 { true } else { false } }
    #expect(!ends)
    test.releaseSnapshotFile()
    test.drive(files)
    ends = test.effects.contains { if case .shutDown(status: 0, _) = $0 { true } else { false } }
    #expect(ends)
    #expect(files.names(in: ".") == ["dump.rdb"])
    #expect(try loaded(files) == "$3\r\nnew\r\n")
  }
}
