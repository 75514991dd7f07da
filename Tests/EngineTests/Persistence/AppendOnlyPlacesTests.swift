import Testing

@testable import Engine

/// Where the append-only files' bytes lie in the log, and when they were written: over rewrites and restarts.
@Suite struct AppendOnlyPlacesTests {
  private static let places = "appendonlydir/appendonly.aof.places"
  private static let directives = [(name: "appendonly", value: "yes"), (name: "appendfsync", value: "no")]

  private func started(
    _ files: MemoryFiles, _ more: (name: String, value: String)..., atSecond second: Int64? = nil
  ) throws -> TestEngine {
    var configuration = Configuration()
    for (name, value) in Self.directives + more { configuration = try configuration.setting(name, to: value) }
    var test = TestEngine(configuration, files: files)
    if let second { test.advance(milliseconds: second * 1000 - test.now.unixMilliseconds) }
    test.startUp()
    test.drive(files)
    return test
  }

  /// A file's text; of the places without the names of histories, which are chance.
  private func text(_ files: MemoryFiles, _ path: String) -> String {
    let text = String(decoding: files[path], as: UTF8.self)
    guard path == Self.places else { return text }
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("turn ") }
    return lines.map { line in
      let words = line.split(separator: " ")
      guard let history = words.firstIndex(of: "history") else { return line + "\n" }
      return (words[..<history] + words[(history + 2)...]).joined(separator: " ") + "\n"
    }.joined()
  }

  @Test func offsetsGoOnOverARestart() throws {
    let files = MemoryFiles()
    var test = try started(files)
    let client = test.connect()
    _ = test.run("SET a 1", from: client)
    test.drive(files)
    let end = test.engine.call.log.end
    #expect(end == Int64(files["appendonlydir/appendonly.aof.1.incr.aof"].count))
    var again = try started(files.afterKill())
    var found = again.engine.call.log.end
    #expect(found == end)
    // The same file goes on: what follows lies where the log says.
    let disk = files.afterKill()
    again = try started(disk)
    _ = again.run("SET b 1", from: again.connect())
    again.drive(disk)
    found = again.engine.call.log.end
    #expect(found == Int64(disk["appendonlydir/appendonly.aof.1.incr.aof"].count))
    #expect(
      text(disk, Self.places)
        == "file appendonly.aof.1.base.rdb offset 0 first 1\nfile appendonly.aof.1.incr.aof offset 0\n")
  }

  @Test func aRewriteSaysWhereItCutTheLog() throws {
    let files = MemoryFiles()
    var test = try started(files, ("aof-timestamp-enabled", "yes"))
    let client = test.connect()
    _ = test.run("SET a 1", from: client)
    test.drive(files)
    let cut = test.engine.call.log.end
    _ = test.run("BGREWRITEAOF", from: client)
    _ = test.run("SET b 1", from: client)
    test.drive(files)
    #expect(
      text(files, Self.places)
        == """
        file appendonly.aof.2.base.rdb offset \(cut) first 2
        file appendonly.aof.1.incr.aof offset 0
        file appendonly.aof.1.base.rdb offset 0 first 1
        file appendonly.aof.2.incr.aof offset \(cut)

        """)
    let again = try started(files.afterKill())
    // Times are none of the log's.
    let (found, end) = (again.engine.call.log.end, test.engine.call.log.end)
    #expect(found == end)
  }

  /// The old list stands then, and its files' places with it.
  @Test func aListThatFindsNoRoomLeavesThePlacesOfTheOldOne() throws {
    let files = MemoryFiles()
    var test = try started(files)
    let client = test.connect()
    _ = test.run("SET a 1", from: client)
    _ = test.run("BGREWRITEAOF", from: client)
    _ = test.run("SET b 1", from: client)
    files.irreplaceable = "appendonlydir/appendonly.aof.manifest"
    test.drive(files)
    #expect(AppendOnlyParts(files).listed.first == "appendonly.aof.1.base.rdb")
    let again = try started(files.afterKill())
    expect(again.digest == test.digest)
    let (found, end) = (again.engine.call.log.end, test.engine.call.log.end)
    #expect(found == end)
    // The history goes on as one of its own, known to be the same up to here.
    let (before, history) = (again.engine.call.replication.secondIdentifier, test.engine.call.replication.identifier)
    #expect(before == history)
  }

  @Test func filesOfAnotherServerGetTheirPlaces() throws {
    let files = MemoryFiles()
    let command = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n"
    files["appendonlydir/one.aof"] = Array(("#TS:5\r\n" + command).utf8)
    files["appendonlydir/two.aof"] = Array(command.utf8)
    files["appendonlydir/appendonly.aof.manifest"] = Array(
      "file one.aof seq 1 type i\nfile two.aof seq 2 type i\n".utf8)
    let test = try started(files)
    expect(test.isReady)
    #expect(text(files, Self.places) == "file one.aof offset 0\nfile two.aof offset \(command.utf8.count)\n")
    let end = test.engine.call.log.end
    #expect(end == Int64(2 * command.utf8.count))
  }

  @Test func placesThatCannotBeReadAreNoReasonNotToStart() throws {
    let files = MemoryFiles()
    var test = try started(files)
    _ = test.run("SET a 1", from: test.connect())
    test.drive(files)
    files[Self.places] = Array("file \"x\nnonsense\nfile appendonly.aof.1.incr.aof offset -4\nfile a b\n".utf8)
    let again = try started(files)
    expect(again.isReady && again.digest == test.digest)
  }

  // MARK: Times

  /// What was run in a second stands behind that second's line, however late it is written.
  @Test func timesAreThoseOfTheCommands() throws {
    let files = MemoryFiles()
    var test = try started(files, ("aof-timestamp-enabled", "yes"), atSecond: 1000)
    let client = test.connect()
    for (second, key) in [(1000, "a"), (1000, "b"), (1001, "c"), (1003, "d")] as [(Int64, String)] {
      test.advance(milliseconds: second * 1000 - test.now.unixMilliseconds)
      _ = test.run("INCR \(key)", from: client)
    }
    test.advance(milliseconds: 60_000)
    test.drive(files)
    func increment(_ key: String) -> String { "*2\r\n$4\r\nINCR\r\n$1\r\n\(key)\r\n" }
    let first = "#TS:1000\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n" + increment("a") + increment("b")
    let expected = first + "#TS:1001\r\n" + increment("c") + "#TS:1003\r\n" + increment("d")
    #expect(text(files, "appendonlydir/appendonly.aof.1.incr.aof") == expected)
  }

  @Test func anIncrementSaysItsTimesForItself() throws {
    let files = MemoryFiles()
    var test = try started(files, ("aof-timestamp-enabled", "yes"), atSecond: 1000)
    let client = test.connect()
    _ = test.run("INCR a", from: client)
    _ = test.run("BGREWRITEAOF", from: client)
    _ = test.run("INCR a", from: client)
    test.drive(files)
    #expect(text(files, "appendonlydir/appendonly.aof.2.incr.aof").hasPrefix("#TS:1000\r\n*2"))
  }
}
