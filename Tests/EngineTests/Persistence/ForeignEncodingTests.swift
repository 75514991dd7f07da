import Testing

@testable import Engine

/// Encodings that older and newer servers write, made by hand.
@Suite struct ForeignEncodingTests {
  private static func string(_ text: String) -> [UInt8] { string(Array(text.utf8)) }
  private static func string(_ bytes: [UInt8]) -> [UInt8] {
    var buffer = ByteBuffer()
    buffer.append(rdbLength: UInt64(bytes.count))
    buffer.append(bytes)
    return buffer.array
  }

  private static func eight(_ value: UInt64) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }

  private static func payload(_ type: RDBType, _ body: [UInt8], version: Int = 10) -> [UInt8] {
    var buffer = ByteBuffer()
    buffer.append(type.rawValue)
    buffer.append(body)
    DumpPayload.appendFooter(to: &buffer, version: version)
    return buffer.array
  }

  private static func listpack(_ elements: String...) -> [UInt8] {
    var listpack = Listpack.make()
    defer { listpack.free() }
    for element in elements { Array(element.utf8).withBytes { listpack.append($0) } }
    return listpack.bytes.array
  }

  private static func ziplist(_ elements: String...) -> [UInt8] {
    LegacyEncodingTests.ziplist(elements.map { LegacyEncodingTests.string(Array($0.utf8)) })
  }

  private static let zipmap: [UInt8] = [2, 1, 0x66, 1, 0, 0x76, 1, 0x67, 2, 1] + Array("10x") + [0xFF]

  /// What Redis 7.0 reads too, each with the encoding it has here.
  private static let old: [(RDBType, [UInt8], Encoding)] = [
    (.list, [3] + string("a") + [0xC0, 5] + string("c"), .listpack),
    (.listZiplist, string(ziplist("a", "5", "c")), .listpack),
    (.listQuicklist, [2] + string(ziplist("a", "5")) + string(ziplist("c")), .quicklist),
    (.listQuicklist2, [2, 1] + string("plain") + [2] + string(listpack("x", "1")), .quicklist),
    (.set, [2] + string("a") + string("b"), .listpack), (.set, [2, 0xC0, 1, 0xC0, 2], .intset),
    (.setIntset, string([2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 2, 0]), .intset),
    (.sortedSet, [3] + string("a") + [3] + Array("1.5") + string("b") + [254] + string("c") + [255], .listpack),
    (.sortedSet2, [1] + string("a") + eight((1.25).bitPattern), .listpack),
    (.sortedSetZiplist, string(ziplist("b", "-1.5", "a", "2")), .listpack),
    (.sortedSetListpack, string(listpack("b", "-1.5", "a", "2")), .listpack),
    (.hash, [2] + string("f") + string("v") + string("g") + [0xC0, 1], .listpack),
    (.hashZipmap, string(zipmap), .listpack), (.hashZiplist, string(ziplist("f", "v", "g", "1")), .listpack),
    (.hashListpack, string(listpack("f", "v", "g", "1")), .listpack),
  ]

  @Test(.enabled(if: RealRedis.isInstalled, "needs redis-server")) func areWhatRedisMakesOfThem() throws {
    let redis = try RealRedis(options: ["--enable-debug-command", "yes"])
    var keyspace = Keyspace(count: 1, hash: LoadPolicy.test.hash)
    for (type, body, encoding) in Self.old {
      let payload = Self.payload(type, body)
      let isRestored = keyspace.restore("k", payload)
      #expect(isRestored, "\(type)")
      guard let entry = keyspace.entry("k") else { continue }
      entry.checkValue()
      #expect(entry.encoding == encoding, "\(type)")
      var digest = DatasetDigest()
      digest.add(valueOf: entry)
      let replies = try redis.pipeline([
        [Array("RESTORE"), Array("k"), Array("0"), payload, Array("REPLACE")],
        [Array("DEBUG"), Array("DIGEST-VALUE"), Array("k")],
      ])
      #expect(replies == [Array("+OK"), Array("+" + digest.text)], "\(type)")
    }
  }

  @Test func pastTheLimitsTheyAreTables() {
    var configuration = Configuration()
    configuration.hashMaxListpackEntries = 1
    configuration.zsetMaxListpackEntries = 1
    configuration.setMaxListpackEntries = 1
    configuration.setMaxIntsetEntries = 1
    configuration.listMaxListpackSize = 1
    let policy = LoadPolicy(configuration, hash: LoadPolicy.test.hash, isDeep: false)
    var keyspace = Keyspace(count: 1, hash: LoadPolicy.test.hash)
    let all = Self.old + [(.setListpack, Self.string(Self.listpack("a", "b")), .listpack)]
    for (type, body, _) in all where type != .sortedSet2 {
      let isRestored = keyspace.restore("k", Self.payload(type, body), policy)
      let entry = keyspace.entry("k")
      #expect(isRestored && [.hashTable, .skipList, .quicklist].contains(entry?.encoding), "\(type)")
      entry?.checkValue()
    }
  }

  /// The fields with their values and expiries, in order.
  private func fields(_ payload: [UInt8]) -> [String]? {
    var keyspace = Keyspace(count: 1, hash: LoadPolicy.test.hash)
    guard keyspace.restore("k", payload), let entry = keyspace.entry("k") else { return nil }
    defer { keyspace.delete("k") }
    entry.checkValue()
    var fields: [String] = []
    entry.hash.forEach { field, value, expiry in
      fields.append("\(field.withBytes { $0.text })=\(value.withBytes { $0.text })@\(expiry ?? 0)")
    }
    return fields.sorted()
  }

  @Test func fieldsThatExpire() {
    let wanted = ["f=v@4000000000000", "g=w@0", "h=x@4000000000005"]
    let (f, g, h) = (
      Self.string("f") + Self.string("v"), Self.string("g") + Self.string("w"), Self.string("h") + Self.string("x")
    )
    var far = ByteBuffer()
    far.append(rdbLength: 4_000_000_000_000)
    var farther = ByteBuffer()
    farther.append(rdbLength: 4_000_000_000_005)
    let metadata = Self.eight(4_000_000_000_000) + [3, 1] + f + [0] + g + [6] + h
    #expect(fields(Self.payload(.hashMetadata, metadata, version: 12)) == wanted)
    let before = [3] + far.array + f + [0] + g + farther.array + h
    #expect(fields(Self.payload(.hashMetadataBeforeRelease, before, version: 12)) == wanted)
    let valkey = [3] + f + Self.eight(4_000_000_000_000) + g + Self.eight(.max) + h + Self.eight(4_000_000_000_005)
    #expect(fields(Self.payload(.hashMetadataBeforeRelease, valkey, version: 80)) == wanted)
    for triplets in [
      Self.listpack("f", "v", "4000000000000", "h", "x", "4000000000005", "g", "w", "0"),
      Self.listpack("g", "w", "0", "h", "x", "4000000000005", "f", "v", "4000000000000"),
    ] {
      let body = Self.string(triplets)
      #expect(
        fields(Self.payload(.hashListpackExpiry, Self.eight(4_000_000_000_000) + body, version: 12)) == wanted)
      #expect(fields(Self.payload(.hashListpackExpiryBeforeRelease, body, version: 12)) == wanted)
    }
    // Beyond 48 bits, before 1970, not a number.
    #expect(fields(Self.payload(.hashMetadata, Self.eight(1 << 50) + [1, 1] + f, version: 12)) == nil)
    #expect(fields(Self.payload(.hashMetadataBeforeRelease, [1] + f + Self.eight(1 << 63), version: 80)) == nil)
    #expect(fields(Self.payload(.hashListpackExpiryBeforeRelease, Self.string(Self.listpack("f", "v", "x")))) == nil)
  }

  @Test func fieldsThatExpireAreWrittenInVersion12() {
    for more in [0, 600] {
      var test = TestEngine()
      let client = test.connect()
      for number in 0..<more { _ = test.run("HSET k many:\(number) \(number)", from: client) }
      _ = test.run("HSET k f v g w", from: client)
      #expect(test.engine.call.keyspace.snapshotVersion == 10)
      let plain = test.engine.call.keyspace.dump("k") ?? []
      #expect(plain[plain.count - 10] == 10)
      _ = test.run("HPEXPIREAT k 4000000000000 FIELDS 1 f", from: client)
      #expect(test.engine.call.keyspace.snapshotVersion == 12)
      let payload = test.engine.call.keyspace.dump("k") ?? []
      #expect(payload[payload.count - 10] == 12)
      #expect(payload.first == (more == 0 ? RDBType.hashListpackExpiry : .hashMetadata).rawValue)
      let read = fields(payload)
      #expect(read?.contains("f=v@4000000000000") == true && read?.contains("g=w@0") == true)
      #expect(read?.count == more + 2)
      _ = test.run("HPERSIST k FIELDS 1 f", from: client)
      #expect(test.engine.call.keyspace.snapshotVersion == 10 && test.engine.call.keyspace.dump("k")?.first != 25)
    }
  }

  @Test func whatIsWrongIsRefused() {
    var keyspace = Keyspace(count: 1, hash: LoadPolicy.test.hash)
    let wrong: [(RDBType, [UInt8])] = [
      (.set, [2] + Self.string("a") + Self.string("a")), (.setListpack, Self.string(Self.listpack("a", "a"))),
      (.hash, [2] + Self.string("f") + Self.string("v") + Self.string("f") + Self.string("w")),
      (.hashListpack, Self.string(Self.listpack("f", "v", "f", "w"))), (.hashListpack, Self.string(Self.listpack("f"))),
      (.hashZiplist, Self.string(Self.ziplist("f", "v", "f", "w"))), (.hashZiplist, Self.string(Self.ziplist("f"))),
      (.sortedSet2, [1] + Self.string("a") + Self.eight(Double.nan.bitPattern)),
      (.sortedSet, [1] + Self.string("a") + [253]),
      (.sortedSetListpack, Self.string(Self.listpack("a", "nan"))),
      (.sortedSetListpack, Self.string(Self.listpack("a", "1", "a", "2"))),
      (.sortedSetZiplist, Self.string(Self.ziplist("a", "1", "a", "2"))),
      (.setIntset, Self.string([2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 1, 0])),
      (.setIntset, Self.string([2, 0, 0, 0, 0, 0, 0, 0])),
      (.listQuicklist2, [1, 3] + Self.string("x")), (.listQuicklist2, [1, 1] + Self.string("")),
      (.list, [0]), (.hash, [0]), (.hashListpack, Self.string(Self.listpack())), (.module2, [1, 0]),
      // Counts of more than could ever come.
      (.set, [0x81] + [UInt8](repeating: 0xFF, count: 8) + Self.string("a")),
      (.sortedSet2, [0x81] + [UInt8](repeating: 0xFF, count: 8)),
      (.hash, [0x81] + [UInt8](repeating: 0xFF, count: 8) + Self.string("a") + Self.string("b")),
      (.streamListpacks2, [0x81] + [UInt8](repeating: 0xFF, count: 8)),
    ]
    for (type, body) in wrong {
      let isRestored = keyspace.restore("k", Self.payload(type, body))
      #expect(!isRestored, "\(type): \(body)")
    }
  }

  @Test func keysThatHoldNothingAreLeftOut() throws(RDBError) {
    var file = Array("REDIS0009")
    for (key, type, body) in [
      ("list", RDBType.list, [0]), ("nodes", .listQuicklist, [1] + Self.string(Self.ziplist())),
      ("set", .set, [0]), ("zset", .sortedSetListpack, Self.string(Self.listpack())), ("hash", .hash, [0]),
      ("hashes", .hashZiplist, Self.string(Self.ziplist())), ("there", .set, [1] + Self.string("a")),
    ] {
      file += [type.rawValue] + Self.string(key) + body
    }
    file += [255] + [UInt8](repeating: 0, count: 8)
    var keyspace = Keyspace(count: 1, hash: LoadPolicy.test.hash)
    var loader = SnapshotLoader(.test, verifiesChecksum: true, leavingOutExpiredAt: nil)
    let hasEnded = try file.withBytes { bytes throws(RDBError) in
      try loader.feed(bytes, into: &keyspace, now: Instant(unixMicroseconds: 0, monotonicMicroseconds: 0))
    }
    #expect(hasEnded && loader.emptyKeys == 6 && loader.loadedKeys == 1 && keyspace[0].count == 1)
  }

  /// Redis refuses it too: one of the two would be lost.
  @Test(arguments: [RDBType.string, .set]) func aKeyThatIsThereTwiceIsRefused(type: RDBType) throws {
    let body = type == .string ? Self.string("a") : [1] + Self.string("a")
    let key = [type.rawValue] + Self.string("k") + body
    let file = Array("REDIS0009") + key + key + [255] + [UInt8](repeating: 0, count: 8)
    func outcome(replacesKeys: Bool) -> RDBError.Reason? {
      var keyspace = Keyspace(count: 1, hash: LoadPolicy.test.hash)
      var loader = SnapshotLoader(
        .test, verifiesChecksum: true, leavingOutExpiredAt: nil, replacesKeys: replacesKeys)
      do throws(RDBError) {
        _ = try file.withBytes { bytes throws(RDBError) in
          try loader.feed(bytes, into: &keyspace, now: Instant(unixMicroseconds: 0, monotonicMicroseconds: 0))
        }
        return nil
      } catch { return error.reason }
    }
    #expect(outcome(replacesKeys: false) == .duplicateKey("k"))
    #expect(outcome(replacesKeys: true) == nil)
  }
}
