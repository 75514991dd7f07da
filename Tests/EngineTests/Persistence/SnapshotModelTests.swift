import Testing

@testable import Engine

/// Random commands of all types, from a seed.
struct RandomCommands {
  var random: RandomGenerator

  init(seed: UInt64) { random = RandomGenerator(seed: seed) }

  private mutating func key(_ type: String) -> String { "\(type)\(random.next(below: 6))" }
  private mutating func anyKey() -> String { key(pick(["s", "l", "u", "z", "h", "x", "b"])) }
  private mutating func number() -> String { String(random.next(below: 40)) }
  private mutating func pick<Choice>(_ choices: [Choice]) -> Choice { choices[random.next(below: choices.count)] }

  private mutating func text() -> String {
    random.next(below: 8) == 0
      ? String(repeating: "v\(random.next(below: 9))", count: 40 + random.next(below: 800)) : "v" + number()
  }

  mutating func next() -> [String] {
    switch random.next(below: 16) {
    case 0, 1: return string()
    case 2, 3: return list()
    case 4, 5: return set()
    case 6, 7: return sortedSet()
    case 8, 9, 10: return hash()
    case 11, 12: return stream()
    default: return generic()
    }
  }

  private mutating func string() -> [String] {
    let key = key("s")
    switch random.next(below: 12) {
    case 0: return ["SET", key, text()]
    case 1: return ["SET", key, number(), "EX", "100000"]
    case 2: return ["APPEND", key, text()]
    case 3: return ["SETRANGE", key, number(), text()]
    case 4: return ["INCR", "s9"]
    case 5: return ["INCRBYFLOAT", "s8", "0.5"]
    case 6: return ["GETSET", key, text()]
    case 7: return ["GETEX", key, pick(["PERSIST", "EX"])] + []
    case 8: return ["SETBIT", self.key("b"), number(), pick(["0", "1"])]
    case 9: return ["BITFIELD", self.key("b"), "SET", "u8", number(), "200", "INCRBY", "i5", number(), "3"]
    case 10: return ["BITOP", "XOR", self.key("b"), self.key("b"), self.key("s")]
    default: return ["PFADD", "p\(random.next(below: 2))", text(), text()]
    }
  }

  private mutating func list() -> [String] {
    let key = key("l")
    switch random.next(below: 9) {
    case 0: return ["RPUSH", key, text(), number(), text()]
    case 1: return ["LPUSH", key, text(), number()]
    case 2: return ["LPOP", key]
    case 3: return ["LSET", key, "0", text()]
    case 4: return ["LINSERT", key, "BEFORE", "v1", text()]
    case 5: return ["LREM", key, "0", "v" + number()]
    case 6: return ["LTRIM", key, "1", "-2"]
    case 7: return ["LMOVE", key, self.key("l"), pick(["LEFT", "RIGHT"]), "RIGHT"]
    default: return ["RPOP", key, "2"]
    }
  }

  private mutating func set() -> [String] {
    let key = key("u")
    switch random.next(below: 8) {
    case 0, 1: return ["SADD", key, number(), number(), number()]
    case 2: return ["SADD", key, text()]
    case 3: return ["SREM", key, number(), number()]
    case 4: return ["SPOP", key]
    case 5: return ["SMOVE", key, self.key("u"), number()]
    case 6: return ["SUNIONSTORE", key, self.key("u"), self.key("u")]
    default: return ["SDIFFSTORE", key, self.key("u"), self.key("u")]
    }
  }

  private mutating func sortedSet() -> [String] {
    let key = key("z")
    switch random.next(below: 9) {
    case 0, 1: return ["ZADD", key, number(), "m" + number(), number(), "m" + number()]
    case 2: return ["ZADD", key, number(), text()]
    case 3: return ["ZINCRBY", key, "1.5", "m" + number()]
    case 4: return ["ZREM", key, "m" + number(), "m" + number()]
    case 5: return ["ZPOPMIN", key]
    case 6: return ["ZREMRANGEBYRANK", key, "0", "0"]
    case 7: return ["ZUNIONSTORE", key, "2", self.key("z"), self.key("u")]
    default: return ["GEOADD", key, "13.\(number())", "38.1", "m" + number()]
    }
  }

  private mutating func hash() -> [String] {
    let key = key("h")
    switch random.next(below: 9) {
    case 0, 1: return ["HSET", key, "f" + number(), text(), "f" + number(), number()]
    case 2: return ["HDEL", key, "f" + number(), "f" + number()]
    case 3: return ["HINCRBY", key, "count", "3"]
    case 4: return ["HEXPIRE", key, "100000", "FIELDS", "2", "f" + number(), "f" + number()]
    case 5: return ["HPERSIST", key, "FIELDS", "1", "f" + number()]
    case 6: return ["HGETDEL", key, "FIELDS", "1", "f" + number()]
    case 7: return ["HPEXPIRE", key, "0", "FIELDS", "1", "f" + number()]
    default: return ["HSETNX", key, "f" + number(), text()]
    }
  }

  private mutating func stream() -> [String] {
    let key = key("x")
    switch random.next(below: 9) {
    case 0, 1, 2: return ["XADD", key, "*", "f", text()]
    case 3: return ["XTRIM", key, "MAXLEN", "3"]
    case 4: return ["XGROUP", "CREATE", key, "g", "0", "MKSTREAM"]
    case 5: return ["XREADGROUP", "GROUP", "g", "c" + pick(["1", "2"]), "COUNT", "1", "STREAMS", key, ">"]
    case 6: return ["XAUTOCLAIM", key, "g", "c3", "0", "0", "COUNT", "1"]
    case 7: return ["XSETID", key, "9999999999999-0"]
    default: return ["XGROUP", "DELCONSUMER", key, "g", "c1"]
    }
  }

  private mutating func generic() -> [String] {
    switch random.next(below: 14) {
    case 0: return ["DEL", anyKey()]
    case 1: return ["UNLINK", anyKey(), anyKey()]
    case 2: return ["RENAME", anyKey(), anyKey()]
    case 3: return ["COPY", anyKey(), anyKey(), "REPLACE"]
    case 4: return ["MOVE", anyKey(), pick(["0", "3"])]
    case 5: return ["EXPIRE", anyKey(), "100000"]
    case 6: return ["PERSIST", anyKey()]
    case 7: return ["PEXPIRE", anyKey(), "-1"]
    case 8: return ["SORT", key("l"), "ALPHA", "STORE", key("l")]
    case 9: return ["SELECT", pick(["0", "3"])]
    case 10: return ["COPY", anyKey(), anyKey(), "DB", "3", "REPLACE"]
    case 11: return ["RENAMENX", anyKey(), anyKey()]
    case 12: return ["PFMERGE", "p0", "p1"]
    default: return ["EXPIRE", anyKey(), "200000", "GT"]
    }
  }
}

/// A snapshot is of one moment, whatever changes while it is taken; with the log behind it, it is of the end.
@Suite struct SnapshotModelTests {
  /// The commands so far, to say what became of a key that differs.
  private final class History {
    var lines: [String] = []

    func append(_ line: String) { lines.append(line) }

    func about(_ difference: Set<String>) -> String {
      guard let key = difference.first?.split(separator: " ")[1] else { return "" }
      return lines.filter { $0.contains(" \(key)") || $0.hasPrefix("SELECT") || $0.hasPrefix("BG") }
        .joined(separator: "\n")
    }
  }

  private let history = History()

  private func run(_ count: Int, _ commands: inout RandomCommands, _ test: inout TestEngine, _ client: SessionHandle) {
    for _ in 0..<count {
      test.advance(milliseconds: 1)
      let command = commands.next()
      let reply = test.run(command, from: client)
      history.append("\(command.joined(separator: " ").prefix(60)) -> \(reply.prefix(30).debugDescription)")
    }
  }

  /// Every key with its fingerprint and its expiry, to say what differs.
  private func keys(_ test: inout TestEngine) -> Set<String> {
    let client = test.connect()
    var found: Set<String> = []
    for database in ["0", "3"] {
      _ = test.run(["SELECT", database], from: client)
      for key in ["s", "l", "u", "z", "h", "x", "b", "p"].flatMap({ type in (0..<10).map { "\(type)\($0)" } }) {
        guard test.run(["EXISTS", key], from: client) == ":1\r\n" else { continue }
        let digest = test.run(["DEBUG", "DIGEST-VALUE", key], from: client)
        let expiry = test.run(["PEXPIRETIME", key], from: client)
        found.insert("\(database) \(key) \(digest) \(expiry)")
      }
    }
    return found
  }

  /// Takes one small slice of the snapshot under way.
  private func walk(_ test: inout TestEngine, budget: Int) {
    guard let job = test.engine.call.snapshot, job.mayWalk else { return }
    job.walk(test.engine.call.keyspace, budget: budget, keyLimit: .max) { _ in .unknown }
  }

  @Test(arguments: [3, 5, 9, 11, 17, 18, 24, 31]) func aSnapshotIsOfTheMomentItBegan(seed: UInt64) throws {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files, ("enable-debug-command", "yes"))
    var commands = RandomCommands(seed: seed)
    let client = test.connect()
    run(250, &commands, &test, client)
    for round in 0..<3 {
      let began = test.digest
      let keysThen = keys(&test)
      history.append("BGSAVE")
      expect(test.run("BGSAVE", from: client), "+Background saving started\r\n")
      for _ in 0..<60 where test.engine.call.snapshot?.stage == .walking {
        walk(&test, budget: 1 + commands.random.next(below: 300))
        run(commands.random.next(below: 6), &commands, &test, client)
        if commands.random.next(below: 30) == 0 {
          let deed = ["FLUSHDB", "SWAPDB 0 3", "SWAPDB 3 5"][commands.random.next(below: 3)]
          history.append(deed)
          _ = test.run(deed, from: client)
        }
      }
      if round == 1 {
        // Given up half-way: the next one has every key all the same.
        test.engine.call.abandonSnapshot("to see", repeats: false)
        files.remove("dump.rdb")
        test.cron()
        test.drive(files)
        continue
      }
      test.drive(files)
      var again = try TestEngine(loading: files.afterKill(), ("enable-debug-command", "yes"))
      let differing = keys(&again).symmetricDifference(keysThen)
      expect(
        again.isReady && again.digest == began,
        "seed \(seed), round \(round): \(differing) missing \(keysThen.subtracting(keys(&again)).count)\n\(history.about(differing))"
      )
    }
  }

  @Test(arguments: [1, 2, 3, 4, 14, 37]) func aRewrittenFileIsOfTheEnd(seed: UInt64) throws {
    let files = MemoryFiles()
    var test = try TestEngine(
      loading: files, ("appendonly", "yes"), ("appendfsync", "no"), ("enable-debug-command", "yes"))
    var commands = RandomCommands(seed: seed &+ 1000)
    let client = test.connect()
    run(200, &commands, &test, client)
    for _ in 0..<3 {
      _ = test.run("BGREWRITEAOF", from: client)
      history.append("BGREWRITEAOF")
      for _ in 0..<60 where test.engine.call.snapshot?.stage == .walking {
        walk(&test, budget: 1 + commands.random.next(below: 300))
        run(commands.random.next(below: 6), &commands, &test, client)
      }
      if commands.random.next(below: 4) == 0 { _ = test.run("SWAPDB 0 3", from: client) }
      test.drive(files)
      var again = try TestEngine(loading: files.afterKill(), ("appendonly", "yes"), ("enable-debug-command", "yes"))
      let differing = keys(&again).symmetricDifference(keys(&test))
      expect(
        again.isReady && again.digest == test.digest,
        "seed \(seed): \(differing) extra \(keys(&again).subtracting(keys(&test)).count)\n\(history.about(differing))")
    }
  }
}
