import Foundation
import Testing

@testable import Engine

/// An entry as the tests keep it.
struct StoredEntry: Equatable, Hashable {
  var database: UInt64
  var key: [UInt8]
  var value: [UInt8]
  var expiryMilliseconds: Int64?
}

extension LoadPolicy {
  /// All contents are compared; limits are the default ones.
  static let test = LoadPolicy(Configuration(), hash: KeyHash(secret: 1, 2), isDeep: true)
}

/// Everything a reader said about a snapshot.
struct ReadSnapshot {
  var auxiliary: [String: String] = [:]
  var entries: [StoredEntry] = []
  var usages: [RDBUsage] = []
  var remaining: [UInt8] = []
  var largestWait = 0

  /// Reads `bytes`, fed in pieces of `piece` bytes, or fewer where the reader asks for fewer.
  init(_ bytes: [UInt8], piece: Int = .max, verifiesChecksum: Bool = true) throws(RDBError) {
    var reader = RDBReader(.test, verifiesChecksum: verifiesChecksum)
    var fed = 0
    var database: UInt64 = 0
    while true {
      switch try reader.next() {
      case .needsMore(let count):
        guard fed < bytes.count else {
          try reader.finish()
          return
        }
        #expect(count > 0)
        largestWait = max(largestWait, count)
        let end = fed + min(bytes.count - fed, piece)
        Array(bytes[fed..<end]).withBytes { reader.feed($0) }
        fed = end
      case .begin: break
      case .auxiliary(let name, let value): auxiliary[name.text] = value.text
      case .selectDatabase(let index): database = index
      case .resizeDatabase: break
      case .entry(let entry):
        guard case .string(let value) = entry.value else {
          entry.value.free()
          break
        }
        entries.append(
          StoredEntry(
            database: database, key: entry.key.array, value: value.array,
            expiryMilliseconds: entry.expiryMilliseconds))
        usages.append(entry.usage)
      case .end:
        remaining = reader.remaining.array
        try reader.finish()
        return
      }
    }
  }
}

@Suite struct RDBTests {
  /// Entries of every string form and length form.
  static func sampleEntries() -> [StoredEntry] {
    var random = RandomGenerator(seed: 21)
    func noise(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) } }
    var values: [[UInt8]] = [
      [], Array("x"), Array("007"), Array("-0"), Array("2147483648"), noise(63), noise(64), noise(20_000),
    ]
    for number in [0, 1, -1, 127, -128, 128, 32767, -32768, 32768, 2_147_483_647, -2_147_483_648, -2_147_483_649] {
      values.append(Array(String(number)))
    }
    for count in [20, 21, 24, 100, 5_000, 70_000] { values.append([UInt8](repeating: 0x61, count: count)) }
    values.append(Array(String(repeating: "the ring dove sings ", count: 30)))
    return values.enumerated().map { index, value in
      let key =
        index % 5 == 4 ? Array(String(index)) : Array("key:\(index):" + String(repeating: "k", count: index * 3))
      return StoredEntry(
        database: UInt64(index / 9), key: key, value: value,
        expiryMilliseconds: index % 3 == 0 ? 4_102_444_800_000 + Int64(index) : nil)
    }
  }

  /// A snapshot of `entries`, taken off the writer in pieces of `piece` bytes.
  static func snapshot(
    _ entries: [StoredEntry], compresses: Bool = true, checksums: Bool = true, usage: RDBUsage = .unknown,
    piece: Int = 1000
  ) -> [UInt8] {
    var writer = RDBWriter(compresses: compresses, checksums: checksums)
    var information = RDBWriter.Information(
      redisVersion: Bytes("7.2.4"), createdSeconds: 1_700_000_000, usedMemoryBytes: 1 << 20)
    information.replication = RDBWriter.Replication(
      streamDatabase: 0, id: Bytes("0123456789abcdef0123456789abcdef01234567"), offset: 1234)
    writer.begin(information)
    var bytes: [UInt8] = []
    var database: UInt64?
    for entry in entries {
      if database != entry.database {
        database = entry.database
        writer.selectDatabase(Int(entry.database))
        let same = entries.filter { $0.database == entry.database }
        writer.resizeDatabase(keys: same.count, expiring: same.count { $0.expiryMilliseconds != nil })
      }
      entry.key.withBytes { writer.key($0, type: .string, expiryMilliseconds: entry.expiryMilliseconds, usage: usage) }
      entry.value.withBytes { writer.string($0) }
      while writer.output.count >= piece {
        bytes += writer.output[0..<piece].array
        writer.removeFirst(piece)
      }
    }
    writer.end()
    return bytes + writer.output.array
  }

  @Test func comesBackWhateverThePieces() throws {
    let entries = RDBTests.sampleEntries()
    for (compresses, checksums) in [(true, true), (false, true), (true, false)] {
      let bytes = RDBTests.snapshot(entries, compresses: compresses, checksums: checksums, usage: .idle(seconds: 300))
      #expect(
        bytes
          == RDBTests.snapshot(
            entries, compresses: compresses, checksums: checksums, usage: .idle(seconds: 300), piece: 7))
      for piece in [Int.max, 1, 3, 4096] {
        let read = try ReadSnapshot(bytes + Array("tail"), piece: piece == 1 ? 1 : piece)
        #expect(read.entries == entries)
        #expect(read.usages.allSatisfy { $0 == .idle(seconds: 300) })
        #expect(read.auxiliary["repl-offset"] == "1234" && read.auxiliary["aof-base"] == "0")
        #expect(read.auxiliary["redis-ver"] == "7.2.4" && read.auxiliary["repl-id"]?.count == 40)
      }
      #expect(try ReadSnapshot(bytes + Array("tail")).remaining == Array("tail"))
    }
  }

  @Test func largeValuesInPieces() throws {
    let count = 3_000_000
    var writer = RDBWriter()
    writer.begin(RDBWriter.Information(redisVersion: Bytes("7.2.4"), createdSeconds: 0, usedMemoryBytes: 0))
    writer.key(Bytes("large"), type: .string, expiryMilliseconds: nil, usage: .frequency(9))
    writer.beginString(count: count)
    let piece = [UInt8](repeating: 7, count: 1000)
    for _ in 0..<count / 1000 { piece.withBytes { writer.rawBytes($0) } }
    writer.end()
    let read = try ReadSnapshot(writer.output.array, piece: 10_000)
    #expect(read.entries.count == 1 && read.entries[0].value == [UInt8](repeating: 7, count: count))
    #expect(read.usages == [.frequency(9)])
    #expect(read.largestWait > 2_900_000)
  }

  @Test func everyTruncationIsAnError() {
    let bytes = RDBTests.snapshot(RDBTests.sampleEntries().filter { $0.value.count < 200 })
    for count in 0..<bytes.count {
      #expect(throws: RDBError.self) { try ReadSnapshot(Array(bytes[0..<count])) }
    }
  }

  @Test func flippedBitsNeverTrap() {
    let bytes = RDBTests.snapshot(RDBTests.sampleEntries().filter { $0.value.count < 6_000 })
    var random = RandomGenerator(seed: 22)
    for round in 0..<10_000 {
      var damaged = bytes
      for _ in 0...random.next(below: 3) {
        damaged[random.next(below: bytes.count)] ^= 1 << UInt8(random.next(below: 8))
      }
      guard damaged != bytes else { continue }
      // With the checksum no damage passes; without it anything may come out, but it must come out.
      if round % 2 == 0 {
        #expect(throws: RDBError.self) { try ReadSnapshot(damaged) }
      } else {
        _ = try? ReadSnapshot(damaged, verifiesChecksum: false)
      }
    }
  }

  @Test func otherPartsAndRefusals() throws {
    func reason(_ text: String, _ more: [UInt8] = []) -> RDBError.Reason? {
      do throws(RDBError) {
        _ = try ReadSnapshot(Array(text) + more)
        return nil
      } catch { return error.reason }
    }
    #expect(
      reason("REDIT0010") == .wrongSignature && reason("X") == .truncated && reason("REDIS00a0") == .wrongSignature
    )
    #expect(reason("REDIS0000") == .unsupportedVersion(0) && reason("REDIS0013") == .unsupportedVersion(13))
    #expect(reason("VALKEY011") == .unsupportedVersion(11))
    #expect(
      reason("REDIS0010", [7]) == .unsupportedType(.module2)
        && reason("REDIS0010", [6]) == .unsupportedType(.moduleBeforeRelease))
    #expect(reason("REDIS0010", [8]) == .unknownType(8) && reason("REDIS0010", [26]) == .unknownType(26))
    #expect(
      reason("REDIS0010", [243]) == .unsupportedOpcode(243) && reason("REDIS0010", [247]) == .moduleData)
    // Nothing is left out in silence: the next snapshot would be without it.
    #expect(reason("REDIS0010", [245]) == .functionLibrary && reason("REDIS0010", [246]) == .functionLibrary)
    #expect(reason("REDIS0010", [0, 0x82]) == .badLength && reason("REDIS0010", [0, 0xC4]) == .badString)
    // A packed string that claims 2^40 bytes.
    #expect(reason("REDIS0010", [0, 0xC3, 1, 0x81, 0, 0, 1, 0, 0, 0, 0, 0, 5, 1, 0x61]) == .badString)
    // Slot information, an expiry in seconds; no checksum before version 5.
    let rest: [UInt8] = [244, 1, 2, 0, 253, 16, 0, 0, 0, 0, 1, 0x6B, 1, 0x76, 255]
    let read = try ReadSnapshot(Array("REDIS0004") + rest, piece: 1)
    #expect(read.entries == [StoredEntry(database: 0, key: [0x6B], value: [0x76], expiryMilliseconds: 16_000)])
    #expect(try ReadSnapshot(Array("VALKEY080") + rest + [UInt8](repeating: 0, count: 8)).entries.count == 1)
  }

  @Test func dumpPayloads() {
    var payload = ByteBuffer()
    payload.append(RDBType.string.rawValue)
    payload.append(rdbString: Bytes("hello"), compressing: true)
    let content = payload.array
    DumpPayload.appendFooter(to: &payload)
    #expect(DumpPayload.content(of: payload.bytes)?.array == content)
    payload[1] ^= 1
    #expect(DumpPayload.content(of: payload.bytes) == nil && DumpPayload.content(of: Bytes("short")) == nil)
  }
}

@Suite(.enabled(if: RealRedis.isInstalled, "needs redis-server")) struct RDBAgainstRedisTests {
  private func commands(_ entries: [StoredEntry]) -> [[[UInt8]]] {
    entries.flatMap { entry -> [[[UInt8]]] in
      var set: [[UInt8]] = [Array("SET"), entry.key, entry.value]
      if let expiry = entry.expiryMilliseconds { set += [Array("PXAT"), Array(String(expiry))] }
      return [[Array("SELECT"), Array(String(entry.database))], set]
    }
  }

  @Test func readsWhatRedisWrites() throws {
    let entries = RDBTests.sampleEntries()
    for options in [
      [], ["--rdbcompression", "no"], ["--rdbchecksum", "no"], ["--maxmemory-policy", "allkeys-lfu"],
      ["--maxmemory-policy", "allkeys-lru"],
    ] {
      let redis = try RealRedis(options: options)
      _ = try redis.pipeline(commands(entries))
      #expect(try redis.call("SAVE") == "+OK")
      let bytes = [UInt8](try Data(contentsOf: redis.directory.appendingPathComponent("dump.rdb")))
      let read = try ReadSnapshot(bytes, piece: 100)
      #expect(Set(read.entries) == Set(entries))
      #expect(read.usages.contains(.unknown) == !options.contains("--maxmemory-policy"))
    }
  }

  @Test func redisReadsWhatIsWritten() throws {
    let entries = RDBTests.sampleEntries()
    for (compresses, checksums) in [(true, true), (false, true), (true, false)] {
      let directory = try RealRedis.temporaryDirectory()
      let file = directory.appendingPathComponent("dump.rdb")
      try Data(RDBTests.snapshot(entries, compresses: compresses, checksums: checksums, usage: .frequency(7))).write(
        to: file)
      let check = Process()
      check.executableURL = URL(fileURLWithPath: "/usr/bin/redis-check-rdb")
      check.arguments = [file.path]
      check.standardOutput = FileHandle.nullDevice
      try check.run()
      check.waitUntilExit()
      #expect(check.terminationStatus == 0)

      let redis = try RealRedis(directory: directory)
      for entry in entries {
        let replies = try redis.pipeline([
          [Array("SELECT"), Array(String(entry.database))], [Array("GET"), entry.key],
          [Array("PEXPIRETIME"), entry.key],
        ])
        #expect(replies[1] == entry.value)
        #expect(replies[2] == Array(":\(entry.expiryMilliseconds ?? -1)"))
      }
    }
  }

  @Test func redisTakesDumpPayloads() throws {
    let redis = try RealRedis()
    for entry in RDBTests.sampleEntries() {
      var payload = ByteBuffer()
      payload.append(RDBType.string.rawValue)
      entry.value.withBytes { payload.append(rdbString: $0, compressing: true) }
      DumpPayload.appendFooter(to: &payload)
      let replies = try redis.pipeline([
        [Array("RESTORE"), entry.key, Array("0"), payload.array], [Array("GET"), entry.key],
        [Array("DUMP"), entry.key],
      ])
      #expect(replies[0] == Array("+OK") && replies[1] == entry.value)
      #expect((replies[2] ?? []).withBytes { DumpPayload.content(of: $0)?.array } != nil)
    }
  }
}
