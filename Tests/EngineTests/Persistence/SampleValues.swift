@testable import Engine

/// Commands that make keys of every type and encoding, for Redis 7.0 and for an engine.
enum SampleValues {
  /// Of every type and encoding, where values of more than eight bytes and nodes of more than three elements are long: as
  /// little as may be, to be damaged at every byte. Not for Redis 7.0: there are fields that expire.
  static let least: [[String]] =
    [
      ["SET", "integer", "12345"], ["SET", "short", "hello"], ["SET", "long", String(repeating: "dove", count: 12)],
      ["RPUSH", "list", "a", "-70000"], ["RPUSH", "nodes", "a", "b", "c", "1", "2", "3", "", "d"],
      ["SADD", "set:16", "1", "-2", "300"], ["SADD", "set:32", "1", "70000"],
      ["SADD", "set:64", "-9223372036854775808"], ["SADD", "set:few", "a", "12"],
      ["SADD", "set:table", "a", "a long member"],
      ["ZADD", "zset", "1", "a", "-inf", "b", "1.5", "c", "1e300", "7"],
      ["ZADD", "zset:long", "3", "a long member", "-1.25", "b"],
      ["HSET", "hash", "f", "v", "1", "2"], ["HSET", "hash:table", "f", "a long value", "g", "1"],
      ["HSETEX", "fields", "PXAT", "4102444800000", "FIELDS", "1", "f", "v"], ["HSET", "fields", "g", "1"],
      ["HSETEX", "fields:table", "PXAT", "4102444800000", "FIELDS", "1", "f", "a long value"],
      ["HSET", "fields:table", "g", "1"],
    ] + stream("stream", entries: 3) + [
      ["XDEL", "stream", "3-1"], ["XADD", "gone", "5-5", "f", "v"], ["XDEL", "gone", "5-5"],
      ["PEXPIREAT", "hash", "4102444800000"], ["PEXPIREAT", "set:16", "4102444800001"],
    ]

  /// What Redis 7.0 knows too.
  static let small: [[String]] =
    [
      ["SET", "string:integer", "12345"], ["SET", "string:short", "hello"],
      ["SET", "string:long", String(repeating: "the ring dove sings ", count: 20)],
      ["RPUSH", "list:small", "a", "1", "-70000", String(repeating: "b", count: 100), ""],
      ["SADD", "set:16", "1", "-2", "300"], ["SADD", "set:32", "1", "70000"],
      ["SADD", "set:64", "1", "-9223372036854775808"], ["SADD", "set:strings", "a", "b", "12", "a longer member"],
      ["ZADD", "zset:small", "1", "a", "1", "b", "-inf", "c", "inf", "d", "1.5", "e", "1e300", "7"],
      ["ZADD", "zset:table", "3", String(repeating: "m", count: 70), "-1.25", "b", "0", "c"],
      ["HSET", "hash:small", "f", "v", "1", "2", "g", ""],
      ["HSET", "hash:table", "f", String(repeating: "v", count: 70), "g", "1"],
    ] + stream("stream:small", entries: 5) + [
      ["XDEL", "stream:small", "3-1"], ["XADD", "stream:gone", "5-5", "f", "v"], ["XDEL", "stream:gone", "5-5"],
      ["XGROUP", "CREATE", "stream:empty", "group", "$", "MKSTREAM"],
      ["PEXPIREAT", "hash:small", "4102444800000"], ["PEXPIREAT", "set:16", "4102444800001"],
    ]

  /// Of each type also some that need more than one part.
  static let large: [[String]] =
    small + [
      ["RPUSH", "list:nodes"] + (0..<3000).map { "element \($0)" },
      ["RPUSH", "list:wide"] + (0..<20).map { String(repeating: "x\($0)", count: 1000) },
      ["SADD", "set:integers"] + (0..<700).map { String($0 * 3) }, ["SADD", "set:full"] + (0..<512).map { String($0) },
      ["SADD", "set:table"] + (0..<700).map { "member \($0)" }, ["SADD", "set:some"] + (0..<100).map { "m\($0)" },
      ["ZADD", "zset:full"] + (0..<128).flatMap { ["\(Double($0) / 8)", "m\($0)"] },
      ["ZADD", "zset:skiplist"] + (0..<700).flatMap { ["\($0 % 97).\($0)", "member \($0)"] },
      ["HSET", "hash:full"] + (0..<512).flatMap { ["f\($0)", "\($0)"] },
      ["HSET", "hash:many"] + (0..<700).flatMap { ["field \($0)", "\($0 * $0)"] },
    ] + stream("stream:nodes", entries: 350) + [
      ["XTRIM", "stream:nodes", "MAXLEN", "=", "270"], ["XDEL", "stream:nodes", "200-1", "350-1"],
    ]

  private static func stream(_ key: String, entries: Int) -> [[String]] {
    (1...entries).map { number in
      number % 7 == 3
        ? ["XADD", key, "\(number)-1", "other", "fields \(number)", "of", "this"]
        : ["XADD", key, "\(number)-1", "field", "value \(number)", "number", "\(number)"]
    } + [
      ["XGROUP", "CREATE", key, "readers", "0"], ["XGROUP", "CREATE", key, "idle", "2-1"],
      ["XREADGROUP", "GROUP", "readers", "alice", "COUNT", "2", "STREAMS", key, ">"],
      ["XREADGROUP", "GROUP", "readers", "bob", "COUNT", "2", "STREAMS", key, ">"],
      ["XACK", key, "readers", "1-1"], ["XGROUP", "CREATECONSUMER", key, "idle", "nobody"],
    ]
  }

  /// The keys that `commands` make.
  static func keys(_ commands: [[String]]) -> [String] {
    var keys: [String] = []
    for command in commands {
      let key = command[0] == "XGROUP" || command[0] == "XREADGROUP" ? nil : command[1]
      if let key, !keys.contains(key) { keys.append(key) }
    }
    return keys + ["stream:empty"]
  }

  static func bytes(_ commands: [[String]]) -> [[[UInt8]]] { commands.map { $0.map { Array($0.utf8) } } }
}

extension Keyspace {
  /// Reads a DUMP payload into a key.
  /// - Returns: whether there was a value in it.
  mutating func restore(
    _ key: String, _ payload: [UInt8], _ policy: LoadPolicy = .test, verifiesChecksum: Bool = true
  ) -> Bool {
    var scratch = RDBScratch()
    return payload.withBytes { payload in
      guard let content = DumpPayload.content(of: payload, verifiesChecksum: verifiesChecksum),
        let value = try? DumpPayload.value(content, of: payload, policy, scratch: &scratch)
      else { return false }
      _ = Array(key.utf8).withBytes { set($0, in: 0, to: value, expiry: nil, access: 0) }
      return true
    }
  }

  func entry(_ key: String) -> Entry? {
    Array(key.utf8).withBytes { self[0].find($0, hash: hash($0)) }
  }

  func dump(_ key: String) -> [UInt8]? { entry(key).map { RDBWriter.dump($0, compresses: true).array } }

  mutating func delete(_ key: String) {
    Array(key.utf8).withBytes { name in
      let hash = hash(name)
      if let entry = self[0].find(name, hash: hash) { remove(entry, hash: hash, in: 0, lazily: false) }
    }
  }
}

extension Entry {
  /// Walks all of the value and stops where something is not as it must be.
  func checkValue() {
    switch type {
    case .list: list.checkInvariants()
    case .set: set.checkInvariants()
    case .sortedSet: sortedSet.checkInvariants()
    case .hash: hash.checkInvariants()
    case .stream: stream.checkInvariants()
    case .string, .module: break
    }
  }
}
