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

  /// An append-only file, half of its data in the base, and the fingerprint of the data at each command's end in the
  /// increment.
  private func recorded() throws -> (files: MemoryFiles, digests: [(end: Int, digest: String)]) {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files, ("appendonly", "yes"), ("appendfsync", "no"))
    let client = test.connect()
    for command in SampleValues.small { _ = test.run(command, from: client) }
    _ = test.run("BGREWRITEAOF", from: client)
    test.drive(files)
    var digests = [(end: 0, digest: test.digest)]
    for command in SampleValues.small {
      var again = command
      if again[0] != "XGROUP" && again[0] != "XREADGROUP" { again[1] = "again:" + again[1] }
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

  private func loads(_ files: MemoryFiles) throws -> String? {
    let test = try TestEngine(loading: files, ("appendonly", "yes"))
    return test.isReady ? test.digest : nil
  }

  @Test func anIncrementCutAnywhereIsItsBeginning() throws {
    let (files, digests) = try recorded()
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
    for count in 0..<whole.count {
      files[Self.base] = Array(whole[..<count])
      let digest = try loads(files)
      #expect(digest == nil, "cut at \(count)")
    }
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
