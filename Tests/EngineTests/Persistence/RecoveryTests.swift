import Testing

@testable import Engine

/// Data of the past out of the append-only file, against what there was at the time.
@Suite struct RecoveryTests {
  private static let directory = "appendonlydir"
  private static let prefix = "appendonly.aof"

  /// A server's life, and the fingerprint of its data at each moment of it.
  private struct History {
    let files: MemoryFiles
    /// By offset of the log.
    var digests: [Int64: String] = [:]
    /// By second: as it was at its end.
    var seconds: [Int64: String] = [:]
    var end: Int64 = 0

    /// What there was at an offset, which may lie within a command.
    func digest(at offset: Int64) -> String? { digests[digests.keys.filter { $0 <= offset }.max() ?? -1] }

    func digest(second: Int64) -> String? { seconds[seconds.keys.filter { $0 <= second }.max() ?? -1] }
  }

  private func plan(_ target: RecoveryTarget, _ files: MemoryFiles) throws(RecoveryRefusal) -> RecoveryPlan {
    try RecoveryPlan(to: target, directory: Self.directory, prefix: Self.prefix, files: files)
  }

  private func refusal(_ target: RecoveryTarget, _ files: MemoryFiles) -> String {
    do throws(RecoveryRefusal) {
      _ = try plan(target, files)
      return ""
    } catch { return error.reason }
  }

  /// Carries a plan out on a disk of its own.
  private func recovered(_ plan: RecoveryPlan, _ files: MemoryFiles) -> MemoryFiles {
    let new = MemoryFiles()
    for part in plan.parts {
      let bytes = files["\(Self.directory)/\(part.name)"]
      #expect(part.isWhole == (bytes.count == part.byteCount))
      new["\(Self.directory)/\(part.name)"] = Array(bytes.prefix(part.byteCount))
    }
    for file in [plan.list, plan.places] { new["\(Self.directory)/\(file.name)"] = file.bytes }
    return new
  }

  private func digest(_ target: RecoveryTarget, _ files: MemoryFiles) throws -> String {
    let plan = try plan(target, files)
    // Whatever is in the plan is whole.
    let again = try TestEngine(loading: recovered(plan, files), ("appendonly", "yes"), ("aof-load-truncated", "no"))
    expect(again.isReady, "\(again.logLines.suffix(3))")
    let end = again.engine.call.log.end
    #expect(plan.offset == end)
    return again.digest
  }

  /// Random commands and transactions of all types, in a clock that jumps, with rewrites between them.
  private func live(seed: UInt64, steps: Int, _ more: (name: String, value: String)...) throws -> History {
    var configuration = Configuration()
    let directives = [
      (name: "appendonly", value: "yes"), (name: "appendfsync", value: "no"),
      (name: "aof-timestamp-enabled", value: "yes"), (name: "auto-aof-rewrite-percentage", value: "0"),
    ]
    for (name, value) in directives + more { configuration = try configuration.setting(name, to: value) }
    var history = History(files: MemoryFiles())
    var test = TestEngine(configuration, files: history.files)
    test.engine.start(now: test.now)
    test.settle()
    let client = test.connect()
    var commands = RandomCommands(seed: seed)
    var random = RandomGenerator(seed: seed)
    for _ in 0..<steps {
      if random.next(below: 8) == 0 {
        _ = test.run("MULTI", from: client)
        for _ in 0..<random.next(below: 5) { _ = test.run(commands.next(), from: client) }
        _ = test.run("EXEC", from: client)
      } else {
        _ = test.run(commands.next(), from: client)
      }
      history.end = test.engine.call.log.end
      history.digests[history.end] = test.digest
      history.seconds[test.now.unixSeconds] = test.digest
      // Written late, in pieces, or not for a while.
      if random.next(below: 4) == 0, let write = test.beginWrite(pieces: 1 + random.next(below: 3)) {
        test.finish(write, history.files)
      }
      if random.next(below: 90) == 0 { _ = test.run("BGREWRITEAOF", from: client) }
      if random.next(below: 12) == 0 { test.drive(history.files) }
      if random.next(below: 3) == 0 { test.cron(afterMilliseconds: Int64(random.next(below: 1500))) }
    }
    test.drive(history.files)
    return history
  }

  @Test(arguments: 1...3) func everyMomentIsAsItWas(seed: UInt64) throws {
    let history = try live(seed: seed, steps: 500, ("aof-disable-auto-gc", "yes"))
    var random = RandomGenerator(seed: seed)
    let lists = history.files.names.keys.filter { $0.hasSuffix(".rdb") }.count
    #expect(lists > 1)
    for _ in 0..<60 {
      let offset = Int64(random.next(below: Int(history.end) + 1))
      guard let expected = history.digest(at: offset) else { continue }
      let found = try digest(.offset(offset), history.files)
      #expect(found == expected, "offset \(offset) of \(history.end)")
    }
    let seconds = history.seconds.keys.sorted()
    for _ in 0..<60 {
      let second = seconds[0] + Int64(random.next(below: Int(seconds.last! - seconds[0]) + 3))
      let found = try digest(.second(second), history.files)
      #expect(found == history.digest(second: second), "second \(second), \(second - seconds[0]) from the beginning")
    }
  }

  /// Without the history only what came since the last rewrite is kept; and a rewrite may be under way.
  @Test func whatTheListReachesIsReached() throws {
    let files = MemoryFiles()
    var test = try TestEngine(
      loading: files, ("appendonly", "yes"), ("appendfsync", "no"), ("aof-timestamp-enabled", "yes"))
    let client = test.connect()
    var digests: [(offset: Int64, second: Int64, digest: String)] = []
    for number in 0..<12 {
      _ = test.run(["RPUSH", "list", "\(number)"], from: client)
      digests.append((test.engine.call.log.end, test.now.unixSeconds, test.digest))
      if number == 4 {
        _ = test.run("BGREWRITEAOF", from: client)
        test.drive(files)
      }
      // The second one does not come to its end.
      if number == 8 { _ = test.run("BGREWRITEAOF", from: client) }
      while let write = test.beginWrite() { test.finish(write, files) }
      if let file = test.engine.nextSync(.appendOnly) { test.finishSync(.appendOnly, file, files) }
      test.advance(milliseconds: 2000)
    }
    while let write = test.beginWrite() { test.finish(write, files) }
    let disk = files.afterKill()
    #expect(String(decoding: disk["appendonlydir/appendonly.aof.manifest"], as: UTF8.self).contains("3.incr.aof"))
    for moment in digests[4...] {
      let (byOffset, byTime) = (try digest(.offset(moment.offset), disk), try digest(.second(moment.second + 1), disk))
      #expect(byOffset == moment.digest && byTime == moment.digest)
    }
    #expect(refusal(.second(digests[3].second), disk).contains("lies before everything that is kept"))
    #expect(refusal(.offset(digests[3].offset), disk).contains("lies before everything that is kept"))
    #expect(refusal(.offset(digests[11].offset + 1), disk).contains("behind the end"))
  }

  @Test func aReplicasFilesReachTheirMomentsToo() throws {
    let files = MemoryFiles()
    let opening = AppendOnlyManifest.Place(offset: 1000, database: 3).opening
    let command = Array("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n".utf8)
    files["appendonlydir/appendonly.aof.1.incr.aof"] = opening + Array("#TS:50\r\n".utf8) + command + command
    files["appendonlydir/appendonly.aof.manifest"] = Array("file appendonly.aof.1.incr.aof seq 1 type i\n".utf8)
    files["appendonlydir/appendonly.aof.places"] = Array(
      "file appendonly.aof.1.incr.aof offset 1000 database 3\n".utf8)
    let found = try plan(.offset(1000 + Int64(command.count)), files)
    #expect(found.parts.map(\.byteCount) == [opening.count + 8 + command.count])
    var again = try TestEngine(loading: recovered(found, files), ("appendonly", "yes"))
    let client = again.connect()
    _ = again.run("SELECT 3", from: client)
    expect(again.run("GET a", from: client), "$1\r\n1\r\n")
  }

  /// The end of the last file may be torn anywhere: what is whole is recovered, transactions whole or not at all.
  @Test func aTornEndIsLeftOut() throws {
    let files = MemoryFiles()
    var test = try TestEngine(
      loading: files, ("appendonly", "yes"), ("appendfsync", "no"), ("aof-timestamp-enabled", "yes"))
    let client = test.connect()
    var counts: [Int64: Int] = [0: 0]
    for line in ["INCR n", "MULTI", "INCR n", "INCR n", "EXEC", "INCR n"] {
      let reply = test.run(line, from: client)
      if line != "MULTI", !reply.hasPrefix("+QUEUED") {
        counts[test.engine.call.log.end] = Int(test.run("GET n", from: client).split(separator: "\r\n")[1])
      }
    }
    test.drive(files)
    let path = "appendonlydir/appendonly.aof.1.incr.aof"
    let whole = files[path]
    let annotation = "#TS:1700000000\r\n".utf8.count
    for length in annotation...whole.count {
      files[path] = Array(whole.prefix(length))
      let found = try plan(.second(1_800_000_000), files)
      var again = try TestEngine(
        loading: recovered(found, files), ("appendonly", "yes"), ("aof-load-truncated", "no"))
      let reply = again.run("INCR n", from: again.connect())
      let expected = counts[counts.keys.filter { $0 <= Int64(length - annotation) }.max()!]!
      #expect(reply == ":\(expected + 1)\r\n", "\(length) bytes")
    }
  }

  @Test func saysWhyNothingCanBeRecovered() throws {
    let command = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n"
    let list = "file a.base.aof seq 1 type b\nfile b.incr.aof seq 1 type i\nfile c.incr.aof seq 2 type i\n"
    func files(_ increment: String, _ next: String = "", base: String = "#TS:10\r\n", list: String = list)
      -> MemoryFiles
    {
      let files = MemoryFiles()
      files["appendonlydir/appendonly.aof.manifest"] = Array(list.utf8)
      files["appendonlydir/a.base.aof"] = Array(base.utf8)
      files["appendonlydir/b.incr.aof"] = Array(increment.utf8)
      files["appendonlydir/c.incr.aof"] = Array(next.utf8)
      return files
    }
    let dated = "#TS:20\r\n" + command
    #expect(refusal(.second(15), MemoryFiles()).contains("There is no append-only file to recover from"))
    #expect(refusal(.second(15), files(dated, list: "file\n")).contains("is damaged at line 1"))
    #expect(refusal(.second(15), files(dated, list: list + "file d seq 3 type i\n")).contains("d is on the list"))
    #expect(refusal(.second(9), files(dated)).contains("lies before everything that is kept"))
    #expect(refusal(.second(25), files(command)).contains("'aof-timestamp-enabled yes'"))
    #expect(refusal(.second(15), files(command + dated)).contains("'aof-timestamp-enabled yes'"))
    #expect(refusal(.second(15), files(dated, base: "")).contains("'aof-timestamp-enabled yes'"))
    #expect(refusal(.second(25), files(dated + "nonsense\r\n")).contains("b.incr.aof is damaged at byte 35"))
    #expect(refusal(.second(25), files(dated + "*2\r\n", dated)).contains("ends within a command"))
    #expect(refusal(.second(25), files(dated + "*1\r\n$5\r\nMULTI\r\n", dated)).contains("or a transaction"))
    #expect(refusal(.offset(5), files(dated)).contains("written by another server"))
    // What lies behind the moment is not looked at.
    #expect(refusal(.second(15), files(dated + "nonsense\r\n")) == "")
    #expect(refusal(.second(20), files(dated + "#TS:21\r\n" + "nonsense\r\n")) == "")
    #expect(refusal(.second(25), files(dated + "*2\r\n")) == "")
  }

  /// Where something is missing on the way, the data before it are not passed off as those of a moment behind it.
  @Test func gapsOnTheWayAreNamed() throws {
    let files = MemoryFiles()
    var test = try TestEngine(
      loading: files, ("appendonly", "yes"), ("appendfsync", "no"), ("aof-timestamp-enabled", "yes"),
      ("aof-disable-auto-gc", "yes"))
    let client = test.connect()
    var moments: [(second: Int64, offset: Int64)] = []
    for number in 0..<6 {
      _ = test.run("SET bal \(number)", from: client)
      test.drive(files)
      moments.append((test.now.unixSeconds, test.engine.call.log.end))
      test.advance(milliseconds: 2000)
      guard number % 2 == 1 else { continue }
      _ = test.run("BGREWRITEAOF", from: client)
      test.drive(files)
      test.advance(milliseconds: 2000)
    }
    let middle = "appendonlydir/appendonly.aof.2.incr.aof"
    let wanted = moments[2]
    #expect(refusal(.second(wanted.second), files) == "" && refusal(.offset(wanted.offset), files) == "")
    let bytes = files[middle]
    files.remove(middle)
    let reason =
      "aof.2.incr.aof is on the list of append-only files and is not there. What lies before can be recovered"
    #expect(refusal(.second(wanted.second), files).contains(reason))
    #expect(refusal(.offset(wanted.offset), files).contains(reason))
    // More of that second may have been in it; what the offset says is there.
    #expect(refusal(.second(moments[1].second), files).contains("up to offset:\(moments[1].offset)"))
    #expect(refusal(.offset(moments[1].offset), files) == "")
    files[middle] = bytes
    let places = "appendonlydir/appendonly.aof.places"
    let lines = String(decoding: files[places], as: UTF8.self).split(separator: "\n")
    files[places] = Array(lines.filter { !$0.contains("aof.2.") }.joined(separator: "\n").utf8) + [10]
    #expect(
      refusal(.second(wanted.second), files).contains("Nothing tells where in the log appendonly.aof.2.incr.aof lies"))
    files[places] = Array(lines.joined(separator: "\n").utf8) + [10]
    let list = "appendonlydir/appendonly.aof.manifest"
    let listed = String(decoding: files[list], as: UTF8.self).split(separator: "\n")
    files[list] = Array(listed.filter { !$0.contains("aof.2.incr") }.joined(separator: "\n").utf8) + [10]
    #expect(refusal(.second(wanted.second), files).contains("What precedes appendonly.aof.3.incr.aof"))
  }

  /// The append-only file of a server before Redis 7 goes on behind its snapshot: when that was made says nothing of it.
  @Test func aBaseThatGoesOnIsNotAsOldAsItsSnapshot() {
    let files = MemoryFiles()
    var writer = RDBWriter()
    writer.begin(RDBWriter.Information(redisVersion: Bytes("6.2.0"), createdSeconds: 10, usedMemoryBytes: 0))
    writer.end()
    let command = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n"
    files["appendonlydir/appendonly.aof.manifest"] = Array(
      "file old.aof seq 1 type b\nfile new.aof seq 1 type i\n".utf8)
    files["appendonlydir/old.aof"] = writer.finish().array + Array(command.utf8)
    files["appendonlydir/new.aof"] = Array("#TS:20\r\n\(command)".utf8)
    #expect(refusal(.second(15), files).contains("'aof-timestamp-enabled yes'"))
    #expect(refusal(.second(20), files) == "")
  }

  // MARK: What is claimed

  /// A replica follows a primary, is promoted, and writes on: what is recovered has a history of both, each up to where it is
  /// in the data, and goes on under a name of its own.
  @Test func noMoreOfAHistoryIsClaimedThanIsThere() throws {
    let (primary, other) = (String(repeating: "a", count: 40), String(repeating: "b", count: 40))
    let files = MemoryFiles()
    var replica = try LinkedReplica(files, ("appendonly", "yes"))
    _ = replica.shakeHands()
    replica.resynchronise(primary, at: 500)
    replica.send("SELECT 0")
    replica.send("SET a 1")
    let early = replica.test.logEnd
    replica.send("SET a 2")
    let turn = replica.test.logEnd
    let client = replica.test.connect()
    _ = replica.test.run("REPLICAOF NO ONE", from: client)
    let promoted = replica.test.identifier
    _ = replica.test.run("SET a 3", from: client)
    let late = replica.test.logEnd
    _ = replica.test.run("SET a 4", from: client)
    replica.test.drive(files)

    for (moment, name) in [(early, primary), (turn, promoted), (late, promoted), (replica.test.logEnd, promoted)] {
      let new = recovered(try plan(.offset(moment), files), files)
      var again = try TestEngine(loading: new, ("appendonly", "yes"))
      let asker = again.connect()
      expect(again.information("master_replid2", from: asker), name)
      expect(again.information("second_repl_offset", from: asker), "\(moment + 1)")
      expect(again.identifier != name && again.identifier != primary)
      for (asked, shared) in [(primary, min(moment, turn)), (name, moment)] {
        let inStep = again.psync(asked, shared + 1)
        #expect(inStep == "+CONTINUE \(again.identifier)", "\(asked) at \(moment)")
        let ahead = again.psync(asked, shared + 2)
        #expect(!ahead.hasPrefix("+CONTINUE"), "\(asked) at \(moment)")
      }
      if moment < turn {
        let never = again.psync(promoted, moment + 1)
        #expect(!never.hasPrefix("+CONTINUE"))
      }
    }
    // Turns of long ago are forgotten: what the files stand in now is unknown then.
    let places = "appendonlydir/appendonly.aof.places"
    let text = String(decoding: files[places], as: UTF8.self)
    files[places] = Array(text.replacing("from \(primary)", with: "from \(other)").utf8)
    var unknown = try TestEngine(loading: recovered(try plan(.offset(late), files), files), ("appendonly", "yes"))
    let asker = unknown.connect()
    expect(unknown.logEnd == late)
    expect(unknown.information("second_repl_offset", from: asker), "-1")
  }

  /// What follows a time ran within that second only where times were noted throughout, and nothing tells whether they were.
  @Test func saysWhereNothingTellsTheTime() throws {
    let command = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n"
    let files = MemoryFiles()
    files["appendonlydir/appendonly.aof.manifest"] = Array("file appendonly.aof.1.incr.aof seq 1 type i\n".utf8)
    files["appendonlydir/appendonly.aof.places"] = Array("file appendonly.aof.1.incr.aof offset 1000\n".utf8)
    files["appendonlydir/appendonly.aof.1.incr.aof"] = Array(
      "#TS:20\r\n\(command)#TS:21\r\n\(command)\(command)#TS:30\r\n\(command)".utf8)
    func notices(_ second: Int64) throws -> String { try plan(.second(second), files).notices.joined(separator: "\n") }
    let (clear, within, last, behind) = (try notices(20), try notices(25), try notices(30), try notices(31))
    #expect(clear == "")
    let length = Int64(command.utf8.count)
    #expect(within.contains("No time is noted between 21 (1970-01-01T00:00:21Z) and 30 ("))
    #expect(within.contains("from offset:\(1000 + length) to offset:\(1000 + 3 * length)"))
    #expect(last.hasPrefix("No time is noted after 30 "))
    #expect(behind.hasPrefix("The last time noted is 30 ") && behind.contains("\nNo time is noted after 30 "))
  }

  // MARK: The options

  @Test func readsMoments() {
    #expect(RecoveryTarget("1700000000") == .second(1_700_000_000))
    #expect(RecoveryTarget("2023-11-14T22:13:20Z") == .second(1_700_000_000))
    #expect(RecoveryTarget("offset:12") == .offset(12))
    for text in ["", "-1", "offset:", "offset:-1", "12 ", "2023-11-14", "2023-02-30T00:00:00Z", "1.5"] {
      #expect(RecoveryTarget(text) == nil, "\(text)")
    }
    for second in [0, 68_169_600, 951_782_399, 1_700_000_000, 4_102_444_800, 4_107_542_399] as [Int64] {
      #expect(CalendarTime.unixSeconds(CalendarTime.text(second)) == second)
    }
    #expect(CalendarTime.text(951_868_800) == "2000-03-01T00:00:00Z")
  }

  @Test func takesItsOptionsFromAnywhereInTheLine() {
    guard
      case .recover(let sources, let request) = StartArguments([
        "file.conf", "--dir", "/data", "--recover-to", "offset:5", "--recover-into", "new", "--port", "1",
      ])
    else { return #expect(Bool(false)) }
    #expect(request == RecoveryRequest(target: .offset(5), directory: "new"))
    #expect(sources.file == "file.conf")
    #expect(String(decoding: sources.options, as: UTF8.self) == "dir \"/data\" \nport \"1\" ")
    for arguments in [
      ["--recover-to", "5"], ["--recover-into", "new"], ["--recover-to"], ["--recover-to", "--port", "1"],
      ["--recover-to", "x", "--recover-into", "new"],
      ["--recover-to", "5", "--recover-to", "6", "--recover-into", "new"],
    ] {
      guard case .print(_, toStandardError: true, exitCode: 1) = StartArguments(arguments) else {
        #expect(Bool(false), "\(arguments)")
        continue
      }
    }
  }
}
