import Foundation
import Testing

@testable import Engine

/// Files with values of all types, cut at every byte and with bits turned over: what loads is what was there up to some
/// command, or it is refused; nothing traps, and what has a checksum is never taken for good when it is not.
///
/// 300 damaged files of each kind; 100,000 with `RINGDOVE_FULL=1`.
@Suite struct DamagedFileTests {
  private static let increment = "appendonlydir/appendonly.aof.2.incr.aof"
  private static let base = "appendonlydir/appendonly.aof.2.base.rdb"
  private static let rounds = ProcessInfo.processInfo.environment["RINGDOVE_FULL"] == nil ? 300 : 100_000

  /// Values of nine bytes are long, and three elements of a list make a node.
  private static let limits: [(name: String, value: String)] =
    ["set", "zset", "hash"].map { ("\($0)-max-listpack-value", "8") } + [("list-max-listpack-size", "3")]

  /// An engine with an append-only file, and values of every type and encoding.
  private func sample(
    _ files: MemoryFiles, _ commands: [[String]] = SampleValues.least, _ more: (name: String, value: String)...
  ) throws -> TestEngine {
    var test = try TestEngine(
      loading: files, [("appendonly", "yes"), ("appendfsync", "no")] + Self.limits + more)
    let client = test.connect()
    for command in commands { _ = test.run(command, from: client) }
    return test
  }

  /// An append-only file, and the fingerprint of the data at each command's end in the increment.
  /// - Parameter fillsBase: whether the base holds the sample as well; else it is empty.
  private func recorded(
    fillsBase: Bool = true
  ) throws -> (files: MemoryFiles, digests: [(end: Int, digest: String)]) {
    let files = MemoryFiles()
    var test = try sample(files, fillsBase ? SampleValues.least : [])
    let client = test.connect()
    _ = test.run("BGREWRITEAOF", from: client)
    test.drive(files)
    var digests = [(end: 0, digest: test.digest)]
    for command in SampleValues.least {
      var again = command
      if fillsBase, again[0] != "XGROUP" && again[0] != "XREADGROUP" { again[1] = "again:" + again[1] }
      _ = test.run(again, from: client)
      test.drive(files)
      digests.append((files[Self.increment].count, test.digest))
    }
    // Two commands that are there together or not at all.
    for line in ["MULTI", "INCR one", "INCR other", "EXEC"] { _ = test.run(line, from: client) }
    test.drive(files)
    digests.append((files[Self.increment].count, test.digest))
    return (files, digests)
  }

  /// Loads what is on a disk, and leaves that as it is.
  private func loads(_ files: MemoryFiles) throws -> String? {
    let test = try TestEngine(loading: files.afterKill(), ("appendonly", "yes"))
    return test.isReady ? test.digest : nil
  }

  @Test func theSampleIsOfEveryTypeThatIsWritten() throws {
    let test = try sample(MemoryFiles())
    var types: Set<RDBType> = []
    var nodes = 0
    test.engine.call.keyspace[0].table.forEachElement { entry in
      types.insert(RDBType(of: entry))
      if entry.type == .list, entry.encoding == .quicklist { nodes = max(nodes, entry.list.nodeCount) }
    }
    #expect(
      types == [
        .string, .listQuicklist2, .setIntset, .set, .sortedSetListpack, .sortedSet2, .hashListpack, .hash,
        .hashListpackExpiry, .hashMetadata, .streamListpacks2,
      ])
    #expect(nodes > 2)
  }

  @Test func anIncrementCutAnywhereIsItsBeginning() throws {
    let (files, digests) = try recorded(fillsBase: false)
    let whole = files[Self.increment]
    #expect(whole.count > 1000)
    for count in 0...whole.count {
      files[Self.increment] = Array(whole[..<count])
      let digest = try loads(files)
      #expect(digest == digests.last { $0.end <= count }?.digest, "cut at \(count)")
    }
  }

  @Test func aBaseCutAnywhereIsRefused() throws {
    let (files, _) = try recorded()
    let whole = files[Self.base]
    #expect(whole.count > 500)
    for count in 0..<whole.count {
      files[Self.base] = Array(whole[..<count])
      let digest = try loads(files)
      #expect(digest == nil, "cut at \(count)")
    }
  }

  /// Where nothing follows it is what an increment is; where something does, nothing of it may be missing.
  @Test func aBaseOfCommandsCutAnywhereIsItsBeginningOrRefused() throws {
    let files = MemoryFiles()
    var test = try sample(files, SampleValues.least, ("aof-use-rdb-preamble", "no"))
    _ = test.run("BGREWRITEAOF", from: test.connect())
    test.drive(files)
    let base = "appendonlydir/appendonly.aof.2.base.aof"
    let whole = files[base]
    let digests = try fingerprints(whole)
    #expect(whole.count > 1000 && digests.count > 20)
    expect(test.digest, digests[digests.count - 1].digest)
    for count in 0...whole.count {
      files[base] = Array(whole[..<count])
      files[Self.increment] = []
      #expect(try loads(files) == digests.last { $0.end <= count }?.digest, "cut at \(count)")
      guard !digests.contains(where: { $0.end == count }) else { continue }
      files[Self.increment] = words(["SELECT 0", "SET more 1"])
      #expect(try loads(files) == nil, "cut at \(count), and more behind it")
    }
  }

  /// The fingerprints of the data behind each of some commands, which a client sends.
  private func fingerprints(_ commands: [UInt8]) throws -> [(end: Int, digest: String)] {
    var test = TestEngine()
    let client = test.connect()
    var digests = [(end: 0, digest: test.digest)]
    var answers = 0
    for (index, byte) in commands.enumerated() {
      let answer = test.send([byte], from: client)
      guard !answer.isEmpty else { continue }
      expect(!answer.hasPrefix("-"), "\(answer)")
      answers += 1
      digests.append((index + 1, test.digest))
    }
    return digests
  }

  @Test func bitsTurnedOverInASnapshotAreSeen() throws {
    let (files, _) = try recorded()
    let whole = files[Self.base]
    var random = RandomGenerator(seed: 31)
    for _ in 0..<Self.rounds {
      var damaged = whole
      damaged[random.next(below: whole.count)] ^= 1 << UInt8(random.next(below: 8))
      files["dump.rdb"] = damaged
      let test = try TestEngine(loading: files)
      expect(!test.isReady)
    }
  }

  /// Without a checksum damage is found where it makes no sense, or not at all; it does no harm either way.
  @Test func bitsTurnedOverWithoutAChecksumDoNoHarm() throws {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files, ("rdbchecksum", "no"))
    let client = test.connect()
    let fields = ["HEXPIRE", "hash:table", "100000", "FIELDS", "1", "f"]
    for command in SampleValues.large + [fields] { _ = test.run(command, from: client) }
    _ = test.run("BGSAVE", from: client)
    test.drive(files)
    let whole = files["dump.rdb"]
    #expect(whole.count > 10_000)
    var random = RandomGenerator(seed: 33)
    var refused = 0
    // Larger, so fewer.
    for _ in 0..<max(30, Self.rounds / 50) {
      var damaged = whole
      damaged[random.next(below: whole.count)] ^= 1 << UInt8(random.next(below: 8))
      files["dump.rdb"] = damaged
      let again = try TestEngine(loading: files, ("rdbchecksum", "no"))
      // The fingerprint walks everything.
      if !again.isReady || again.digest.isEmpty { refused += 1 }
    }
    #expect(refused > 0)
  }

  @Test func bitsTurnedOverInAnIncrementDoNoHarm() throws {
    let (files, _) = try recorded()
    let whole = files[Self.increment]
    var random = RandomGenerator(seed: 32)
    var refused = 0
    for _ in 0..<Self.rounds {
      var damaged = whole
      for _ in 0...random.next(below: 3) {
        damaged[random.next(below: whole.count)] ^= 1 << UInt8(random.next(below: 8))
      }
      files[Self.increment] = damaged
      if try loads(files) == nil { refused += 1 }
    }
    #expect(refused > 0)
  }

  @Test func aSnapshotOfNoBytesIsRefused() throws {
    let files = MemoryFiles()
    files["dump.rdb"] = []
    let test = try TestEngine(loading: files)
    expect(!test.isReady)
  }

  /// A base of commands holds nothing where there was nothing.
  @Test func aBaseOfCommandsMayBeEmpty() throws {
    let files = MemoryFiles()
    files["appendonlydir/appendonly.aof.1.base.aof"] = []
    files["appendonlydir/appendonly.aof.manifest"] = Array("file appendonly.aof.1.base.aof seq 1 type b\n".utf8)
    #expect(try loads(files) != nil)
  }

  private func words(_ lines: [String]) -> [UInt8] {
    lines.flatMap { line in
      let words = line.split(separator: " ")
      return Array("*\(words.count)\r\n".utf8) + words.flatMap { Array("$\($0.utf8.count)\r\n\($0)\r\n".utf8) }
    }
  }

  /// What no log holds is not run: it would answer, end or wait for clients that there are not.
  @Test func commandsOfNobodysLogAreRefused() throws {
    let (files, _) = try recorded()
    let before = [words(["SELECT 0", "SET a 1"]), words(["SELECT 0", "MULTI", "SET a 1"])]
    let refused = [
      "PSYNC ? -1", "SYNC", "SHUTDOWN NOSAVE", "REPLICAOF NO ONE", "REPLCONF ACK 1", "SUBSCRIBE c", "MONITOR", "GET a",
      "CLIENT KILL ID 1", "CONFIG SET appendonly no", "DEBUG RELOAD", "BGREWRITEAOF", "QUIT", "RESET", "HELLO 3",
      "WAIT 1 0", "BGSAVE", "SAVE", "WATCH a", "DISCARD",
    ]
    for lines in before {
      for command in refused {
        files[Self.increment] = lines + words([command, "SET b 1", "EXEC"])
        #expect(try loads(files) == nil, "\(command)")
      }
    }
    let taken = ["PING", "REPLCONF GETACK *", "PUBLISH c m", "SELECT 3", "FLUSHALL", "BLPOP none 0", "PFCOUNT none"]
    for command in taken {
      files[Self.increment] = words([command, "SET b 1"])
      #expect(try loads(files) != nil, "\(command)")
    }
  }

  /// Nothing that a crash leaves: it cuts what was written, and puts nothing in its place.
  @Test func whatIsNoCommandsBeginningIsNotCutOff() throws {
    let (files, digests) = try recorded()
    let whole = files[Self.increment]
    for tail in [[UInt8](repeating: 0, count: 4096), Array("garbage".utf8), [0]] {
      files[Self.increment] = whole + tail
      #expect(try loads(files) == nil)
    }
    for tail in ["*", "*3\r\n$3", "#TS:17"] {
      files[Self.increment] = whole + Array(tail.utf8)
      #expect(try loads(files) == digests.last?.digest)
    }
  }

  @Test func theVersionThatWroteASnapshotIsTold() throws {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files)
    _ = test.run("BGSAVE", from: test.connect())
    test.drive(files)
    var bytes = files["dump.rdb"]
    let place = try #require(bytes.firstRange(of: Array("7.2.4".utf8)))
    bytes[place.lowerBound] = UInt8(ascii: "6")
    files["dump.rdb"] = bytes
    let again = try TestEngine(loading: files, ("rdbchecksum", "no"))
    let isTold = again.effects.contains {
      if case .log(_, let text) = $0 { text == "Loading RDB produced by version 6.2.4" } else { false }
    }
    expect(again.isReady && isTold)
  }
}
