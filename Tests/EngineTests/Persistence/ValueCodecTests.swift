import Foundation
import Testing

@testable import Engine

@Suite(.enabled(if: RealRedis.isInstalled, "needs redis-server")) struct ValueCodecTests {
  private static let options = ["--enable-debug-command", "yes"]

  private func keyspace() -> Keyspace { Keyspace(count: 16, hash: LoadPolicy.test.hash) }

  /// How a value is written that has no order of its own.
  private func isInOrder(_ payload: [UInt8]) -> Bool {
    payload[0] != RDBType.set.rawValue && payload[0] != RDBType.hash.rawValue
  }

  @Test(arguments: [[], ["--list-compress-depth", "1", "--list-max-listpack-size", "10"], ["--rdbcompression", "no"]])
  func dumpsGoToAndFro(_ more: [String]) throws {
    let redis = try RealRedis(options: Self.options + more)
    for reply in try redis.pipeline(SampleValues.bytes(SampleValues.large)) { #expect(reply?.first != 0x2D) }
    var keyspace = keyspace()
    for key in SampleValues.keys(SampleValues.large) {
      let name = Array(key.utf8)
      let theirs = try #require(try redis.pipeline([[Array("DUMP"), name]])[0], "\(key)")
      let isRestored = keyspace.restore(key, theirs)
      #expect(isRestored, "\(key)")
      guard let entry = keyspace.entry(key) else { continue }
      entry.checkValue()
      let ours = RDBWriter.dump(entry, compresses: !more.contains("--rdbcompression")).array
      if isInOrder(ours), ours[0] == theirs[0] { #expect(ours == theirs, "\(key)") }
      let replies = try redis.pipeline([
        [Array("DEBUG"), Array("DIGEST-VALUE"), name],
        [Array("RESTORE"), name, Array("0"), ours, Array("REPLACE")],
        [Array("DEBUG"), Array("DIGEST-VALUE"), name], [Array("DEBUG"), Array("RELOAD")],
        [Array("DEBUG"), Array("DIGEST-VALUE"), name],
      ])
      #expect(replies[1] == Array("+OK"), "\(key)")
      var digest = DatasetDigest()
      digest.add(valueOf: entry)
      #expect(replies[2] == replies[4])
      #expect(Array("+" + digest.text) == replies[2], "\(key)")
    }
  }

  /// A snapshot that redis-server wrote, of all of `commands`.
  private func file(_ commands: [[String]], _ more: [String] = []) throws -> (bytes: [UInt8], digest: String?) {
    let redis = try RealRedis(options: Self.options + more)
    _ = try redis.pipeline(SampleValues.bytes(commands))
    #expect(try redis.call("SAVE") == "+OK")
    let bytes = [UInt8](try Data(contentsOf: redis.directory.appendingPathComponent("dump.rdb")))
    return (bytes, try redis.call("DEBUG", "DIGEST"))
  }

  /// Loads a snapshot, fed in pieces.
  private func load(
    _ bytes: [UInt8], piece: Int = .max, into keyspace: inout Keyspace, isDeep: Bool = true,
    verifiesChecksum: Bool = true
  ) throws(RDBError) -> Bool {
    let policy = LoadPolicy(Configuration(), hash: LoadPolicy.test.hash, isDeep: isDeep)
    var loader = SnapshotLoader(policy, verifiesChecksum: verifiesChecksum, leavingOutExpiredAt: nil)
    var fed = 0
    while fed < bytes.count {
      let end = fed + min(piece, bytes.count - fed)
      let hasEnded = try Array(bytes[fed..<end]).withBytes { view throws(RDBError) in
        try loader.feed(view, into: &keyspace, now: Instant(unixMicroseconds: 0, monotonicMicroseconds: 0))
      }
      if hasEnded { return true }
      fed = end
    }
    return false
  }

  @Test(arguments: [[], ["--rdbcompression", "no"], ["--list-compress-depth", "2", "--list-max-listpack-size", "-1"]])
  func loadsWhatRedisSaves(_ more: [String]) throws {
    let (bytes, digest) = try file(SampleValues.large, more)
    for piece in [Int.max, 1, 777] {
      var keyspace = keyspace()
      let hasEnded = try load(bytes, piece: piece, into: &keyspace)
      let ours = DatasetDigest(keyspace).text
      #expect(hasEnded && digest == "+" + ours)
      keyspace[0].table.forEachElement { $0.checkValue() }
      // And back: all of it as this server writes it.
      var writer = RDBWriter()
      writer.begin(RDBWriter.Information(redisVersion: Bytes(""), createdSeconds: 0, usedMemoryBytes: 0))
      writer.write(keyspace) { _ in .unknown }
      writer.end()
      let directory = try RealRedis.temporaryDirectory()
      try Data(writer.output.array).write(to: directory.appendingPathComponent("dump.rdb"))
      let redis = try RealRedis(directory: directory, options: Self.options)
      #expect(try redis.call("DEBUG", "DIGEST") == digest)
    }
  }

  @Test func everyTruncationIsRefused() throws {
    let (bytes, _) = try file(SampleValues.small)
    for count in 0..<bytes.count {
      var keyspace = keyspace()
      let hasEnded = try? load(Array(bytes[0..<count]), into: &keyspace)
      #expect(hasEnded != true, "\(count) of \(bytes.count)")
    }
    let redis = try RealRedis(options: Self.options)
    _ = try redis.pipeline(SampleValues.bytes(SampleValues.small))
    var keyspace = keyspace()
    for key in SampleValues.keys(SampleValues.small) {
      let payload = try redis.pipeline([[Array("DUMP"), Array(key.utf8)]])[0] ?? []
      for count in 0..<payload.count - 10 {
        // With a footer of its own, whose checksum is not looked at.
        let isRestored = keyspace.restore(key, payload[0..<count] + payload.suffix(10), verifiesChecksum: false)
        #expect(!isRestored, "\(key): \(count) of \(payload.count)")
      }
    }
  }

  /// Walks a value in every way that trusts its bytes, and takes it apart.
  private func exercise(_ key: String, in keyspace: inout Keyspace, isDeep: Bool) {
    guard let entry = keyspace.entry(key) else { return }
    if isDeep { entry.checkValue() }
    var digest = DatasetDigest()
    digest.add(valueOf: entry)
    let again = RDBWriter.dump(entry, compresses: false).array
    let isRestored = keyspace.restore("again", again, LoadPolicy(Configuration(), hash: keyspace.hash, isDeep: false))
    #expect(isRestored || entry.type != .stream && entry.freeEffort == 0)
    // What was read once is written the same way for ever.
    if again[0] != RDBType.set.rawValue, again[0] != RDBType.hash.rawValue, isRestored,
      let second = keyspace.entry("again")
    {
      #expect(RDBWriter.dump(second, compresses: false).array == again)
    }
  }

  /// Damages each payload in many ways, and reads it whatever its checksum.
  @Test(arguments: [true, false]) func flippedBitsAreRefusedOrRead(_ isDeep: Bool) throws {
    let redis = try RealRedis(options: Self.options)
    _ = try redis.pipeline(SampleValues.bytes(SampleValues.small))
    let keys = SampleValues.keys(SampleValues.small)
    let payloads = try keys.map { try redis.pipeline([[Array("DUMP"), Array($0.utf8)]])[0] ?? [] }
    var random = RandomGenerator(seed: isDeep ? 31 : 32)
    let policy = LoadPolicy(Configuration(), hash: LoadPolicy.test.hash, isDeep: isDeep)
    var keyspace = keyspace()
    var restored = 0
    for round in 0..<50_000 {
      let key = keys[round % keys.count]
      var damaged = payloads[round % keys.count]
      for _ in 0...random.next(below: 3) {
        damaged[random.next(below: damaged.count - 10)] ^= 1 << UInt8(random.next(below: 8))
      }
      let isSound = keyspace.restore(key, damaged)
      #expect(!isSound || damaged == payloads[round % keys.count])
      guard keyspace.restore(key, damaged, policy, verifiesChecksum: false) else { continue }
      restored += 1
      exercise(key, in: &keyspace, isDeep: isDeep)
    }
    #expect(restored > 1000)
    for key in keys + ["again"] { keyspace.delete(key) }
  }

  @Test func flippedBitsInSnapshots() throws {
    let (bytes, _) = try file(SampleValues.small)
    var random = RandomGenerator(seed: 33)
    for round in 0..<4_000 {
      var damaged = bytes
      for _ in 0...random.next(below: 3) {
        damaged[random.next(below: bytes.count)] ^= 1 << UInt8(random.next(below: 8))
      }
      guard damaged != bytes else { continue }
      var keyspace = keyspace()
      let isVerified = round % 4 == 0
      let hasEnded = try? load(
        damaged, into: &keyspace, isDeep: round % 2 == 0, verifiesChecksum: isVerified)
      if isVerified { #expect(hasEnded != true) }
      _ = DatasetDigest(keyspace)
    }
  }
}
