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
    // An empty base counts as none, as in Redis.
    for count in 1..<whole.count {
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
}
