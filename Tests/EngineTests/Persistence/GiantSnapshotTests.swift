import Testing

@testable import Engine

/// Random changes of giants of one type, from a seed. Everything is in the keys `g0`, the giant, and `g1`.
struct GiantCommands {
  enum Kind: CaseIterable {
    case string
    case list
    case set
    case sortedSet
    case hash
    case stream
  }

  let kind: Kind
  var random: RandomGenerator
  private var lastID: UInt64 = 0

  init(_ kind: Kind, seed: UInt64) {
    self.kind = kind
    random = RandomGenerator(seed: seed)
  }

  static let fieldCount = 1500
  static let entryCount = 2700

  private mutating func number(_ bound: Int) -> String { String(random.next(below: bound)) }
  private mutating func pick<Choice>(_ choices: [Choice]) -> Choice { choices[random.next(below: choices.count)] }
  private mutating func text() -> String { String(repeating: "v", count: random.next(below: 40)) + number(1000) }
  private mutating func field() -> String { "f" + number(Self.fieldCount) }
  /// An id of an entry that is or was there, roughly.
  private mutating func id() -> String { "\(1 + random.next(below: Int(max(lastID, 1))))-0" }
  private mutating func group() -> String { pick(["a", "b", "c"]) }
  private mutating func consumer() -> String { pick(["x", "y", "z"]) }

  /// What makes the giant.
  mutating func beginning() -> [[String]] {
    switch kind {
    case .string: return [["SETRANGE", "g0", "300000", String(repeating: "s", count: 100_000)]]
    case .list:
      return (0..<20).map { part in ["RPUSH", "g0"] + (0..<60).map { "element:\(part * 60 + $0)" } }
    case .set: return (0..<20).map { part in ["SADD", "g0"] + (0..<75).map { "f\(part * 75 + $0)" } }
    case .sortedSet:
      return (0..<20).map { part in ["ZADD", "g0"] + (0..<75).flatMap { [number(99), "f\(part * 75 + $0)"] } }
    case .hash:
      return (0..<20).map { part in ["HSET", "g0"] + (0..<75).flatMap { ["f\(part * 75 + $0)", text()] } }
        + (0..<10).map { ["HPEXPIREAT", "g0", "4\(number(900_000))000000000", "FIELDS", "1", "f\($0 * 7)"] }
    case .stream:
      lastID = UInt64(Self.entryCount)
      return (1...Self.entryCount).map { ["XADD", "g0", "\($0)-0", "f", text()] }
        + [["XGROUP", "CREATE", "g0", "a", "0"], ["XGROUP", "CREATE", "g0", "b", "700"]]
        + (0..<9).map { _ in
          ["XREADGROUP", "GROUP", pick(["a", "b"]), consumer(), "COUNT", "60", "STREAMS", "g0", ">"]
        }
    }
  }

  mutating func next() -> [String] {
    if random.next(below: 60) == 0 { return generic() }
    switch kind {
    case .string: return string()
    case .list: return list()
    case .set:
      return pick([
        ["SADD", "g0", field(), field()], ["SREM", "g0", field(), field(), field()], ["SPOP", "g0", "3"],
        ["SMOVE", "g0", "g1", field()],
      ])
    case .sortedSet:
      return pick([
        ["ZADD", "g0", number(99), field(), number(99), field()], ["ZREM", "g0", field(), field()],
        ["ZINCRBY", "g0", "2", field()], ["ZPOPMIN", "g0", "2"], ["ZREMRANGEBYRANK", "g0", "100", "104"],
      ])
    case .hash: return hash()
    case .stream: return stream()
    }
  }

  private mutating func generic() -> [String] {
    pick([
      ["DEL", "g0"], ["RENAME", "g0", "g1"], ["RENAME", "g1", "g0"], ["COPY", "g0", "g1", "REPLACE"],
      ["EXPIRE", "g0", "100000"], ["PERSIST", "g0"], ["MOVE", "g0", "3"], ["SET", "g0", "text"], ["UNLINK", "g1"],
    ])
  }

  private mutating func string() -> [String] {
    pick([
      ["SETRANGE", "g0", number(400_000), text()], ["SETBIT", "g0", number(3_300_000), "1"], ["APPEND", "g0", text()],
      ["SETRANGE", "g0", number(300_000), String(repeating: "t", count: 90_000)],
      ["SETRANGE", "g0", number(600_000), "e"],
      ["BITFIELD", "g0", "SET", "u16", number(3_000_000), "777", "INCRBY", "u8", number(3_000_000), "3"],
    ])
  }

  private mutating func list() -> [String] {
    let index = String(random.next(below: 2400) - 1200)
    return pick([
      ["LSET", "g0", index, text()], ["LSET", "g0", index, String(repeating: "p", count: 300)],
      ["LINSERT", "g0", pick(["BEFORE", "AFTER"]), "element:" + number(1200), text()],
      ["LREM", "g0", pick(["0", "2", "-1"]), "element:" + number(1200)], ["RPUSH", "g0", text(), text()],
      ["LPUSH", "g0", text(), text(), text()], ["LPOP", "g0", number(9)], ["RPOP", "g0", number(9)],
      ["LTRIM", "g0", number(30), "-" + number(30)], ["LMOVE", "g0", "g0", pick(["LEFT", "RIGHT"]), "LEFT"],
      ["LMOVE", "g0", "g1", "RIGHT", "LEFT"],
    ])
  }

  private mutating func hash() -> [String] {
    pick([
      ["HSET", "g0", field(), text(), field(), text()], ["HDEL", "g0", field(), field()],
      ["HINCRBY", "g0", "count", "3"], ["HPERSIST", "g0", "FIELDS", "2", "f7", "f" + number(64)],
      ["HPEXPIREAT", "g0", "3\(number(900_000))000000000", "FIELDS", "2", field(), field()],
      ["HGETDEL", "g0", "FIELDS", "1", field()], ["HPEXPIRE", "g0", "0", "FIELDS", "1", field()],
      ["HSETEX", "g0", "EX", "9999999", "FIELDS", "1", field(), text()],
    ])
  }

  private mutating func stream() -> [String] {
    switch random.next(below: 16) {
    case 0, 1:
      lastID += UInt64(1 + random.next(below: 3))
      return ["XADD", "g0", "\(lastID)-0", "f", text(), "g", text()]
    case 2: return ["XTRIM", "g0", "MINID", "\(random.next(below: 200))"]
    case 3: return ["XTRIM", "g0", "MAXLEN", "~", number(4000)]
    case 4, 5: return ["XDEL", "g0", id(), id(), id(), id()]
    case 6: return ["XSETID", "g0", "\(lastID + 5)-0"]
    case 7: return pick([["XGROUP", "CREATE", "g0", group(), id()], ["XGROUP", "SETID", "g0", group(), id()]])
    case 8:
      return pick([["XGROUP", "DESTROY", "g0", group()], ["XGROUP", "CREATECONSUMER", "g0", group(), consumer()]])
    case 9: return ["XGROUP", "DELCONSUMER", "g0", group(), consumer()]
    case 10, 11: return ["XREADGROUP", "GROUP", group(), consumer(), "COUNT", number(40), "STREAMS", "g0", ">"]
    case 12: return ["XREADGROUP", "GROUP", group(), consumer(), "COUNT", "9", "STREAMS", "g0", id()]
    case 13: return ["XCLAIM", "g0", group(), consumer(), "0", id(), id(), pick(["FORCE", "JUSTID"])]
    case 14: return ["XAUTOCLAIM", "g0", group(), consumer(), "0", id(), "COUNT", "7"]
    default: return ["XACK", "g0", group(), id(), id(), id(), id(), id(), id()]
    }
  }
}

/// Giants are in a snapshot as they were when it began, whatever changes while it walks them.
@Suite struct GiantSnapshotTests {
  /// All there is to know of the keys.
  private func state(_ test: inout TestEngine, exactly: Bool) -> [String] {
    let client = test.connect()
    var found = [test.digest]
    for key in ["g0", "g1"] {
      let type = test.run(["TYPE", key], from: client)
      found += [type, test.run(["PEXPIRETIME", key], from: client)]
      if exactly, type != "+hash\r\n", type != "+set\r\n" { found.append(test.run(["DUMP", key], from: client)) }
      if type == "+hash\r\n" {
        for field in 0..<GiantCommands.fieldCount where field % 3 == 0 || field < 80 {
          found.append("f\(field) " + test.run(["HPEXPIRETIME", key, "FIELDS", "1", "f\(field)"], from: client))
        }
      }
      if type == "+stream\r\n" {
        for group in ["a", "b", "c"] { found.append(test.run(["XPENDING", key, group], from: client)) }
      }
    }
    return found
  }

  private func makeEngine(_ files: MemoryFiles, _ more: (name: String, value: String)...) throws -> TestEngine {
    try TestEngine(
      loading: files,
      [
        ("enable-debug-command", "yes"), ("list-max-listpack-size", "4"), ("list-compress-depth", "2"),
        ("stream-node-max-entries", "5"),
      ] + more)
  }

  private func walk(_ test: inout TestEngine, budget: Int) {
    guard let job = test.engine.call.snapshot, job.mayWalk else { return }
    job.walk(test.engine.call.keyspace, budget: budget, keyLimit: .max) { _ in .unknown }
  }

  @Test(arguments: GiantCommands.Kind.allCases, 0..<5) func aSnapshotHasThemAsTheyWere(
    kind: GiantCommands.Kind, seed: Int
  ) throws {
    let files = MemoryFiles()
    var test = try makeEngine(files)
    var commands = GiantCommands(kind, seed: UInt64(seed))
    let client = test.connect()
    for command in commands.beginning() { _ = test.run(command, from: client) }
    _ = test.run("RPUSH other 1 2 3", from: client)
    for round in 0..<3 {
      let began = state(&test, exactly: true)
      expect(test.run("BGSAVE", from: client), "+Background saving started\r\n")
      var history: [String] = []
      var (mostGiants, mostKept) = (0, 0)
      let pace = 3 + commands.random.next(below: 10)
      for _ in 0..<400 where test.engine.call.snapshot?.stage == .walking {
        walk(&test, budget: 1 + commands.random.next(below: 1500))
        for _ in 0..<commands.random.next(below: pace) {
          test.advance(milliseconds: 1)
          let command = commands.next()
          mostGiants = max(mostGiants, test.engine.call.keyspace[0].giants.count)
          mostKept = max(mostKept, test.engine.call.keyspace.keptBytes)
          history.append(
            command.joined(separator: " ") + " -> " + test.run(command, from: client).prefix(20).debugDescription)
        }
      }
      test.drive(files)
      if round == 0 { #expect(mostGiants > 0 && mostKept > 0, "nothing was changed ahead of a walk in slices") }
      if let entry = test.engine.call.keyspace[0].find("g0") { entry.checkGiant() }
      var again = try makeEngine(files.afterKill())
      let loaded = state(&again, exactly: true)
      let place = zip(loaded, began).enumerated().first { $0.element.0 != $0.element.1 }?.offset
      #expect(place == nil, "\(kind), seed \(seed), round \(round)\n\(history.suffix(40).joined(separator: "\n"))")
      for command in commands.beginning() { _ = test.run(command, from: client) }
    }
  }

  @Test(arguments: GiantCommands.Kind.allCases, 0..<2) func aRewrittenFileIsOfTheEnd(
    kind: GiantCommands.Kind, seed: Int
  ) throws {
    let files = MemoryFiles()
    let directives = [
      ("appendonly", "yes"), ("appendfsync", "no"), ("aof-use-rdb-preamble", seed % 2 == 0 ? "no" : "yes"),
    ]
    var test = try makeEngine(files, directives[0], directives[1], directives[2])
    var commands = GiantCommands(kind, seed: UInt64(seed + 100))
    let client = test.connect()
    for command in commands.beginning() { _ = test.run(command, from: client) }
    for _ in 0..<2 {
      _ = test.run("BGREWRITEAOF", from: client)
      for _ in 0..<400 where test.engine.call.snapshot?.stage == .walking {
        walk(&test, budget: 1 + commands.random.next(below: 3000))
        for _ in 0..<commands.random.next(below: 6) {
          test.advance(milliseconds: 1)
          let command = commands.next()
          // Commands cannot say that what is pending is not there any more.
          if command[0] != "XDEL", command[0] != "XTRIM" { _ = test.run(command, from: client) }
        }
      }
      test.drive(files)
      var again = try makeEngine(files.afterKill(), directives[0], directives[1], directives[2])
      let (loaded, there) = (state(&again, exactly: false), state(&test, exactly: false))
      #expect(loaded == there, "\(kind), seed \(seed)")
    }
  }

  /// A walk that is given up leaves nothing behind that the next one would stumble over.
  @Test(arguments: GiantCommands.Kind.allCases) func theNextOneIsWholeAfterOneGivenUp(kind: GiantCommands.Kind) throws {
    let files = MemoryFiles()
    var test = try makeEngine(files)
    var commands = GiantCommands(kind, seed: 5)
    let client = test.connect()
    for command in commands.beginning() { _ = test.run(command, from: client) }
    _ = test.run("BGSAVE", from: client)
    for _ in 0..<12 {
      walk(&test, budget: 900)
      _ = test.run(commands.next(), from: client)
    }
    test.engine.call.abandonSnapshot("to see", repeats: false)
    let began = state(&test, exactly: true)
    let lifted = test.run("BGSAVE", from: client)
    #expect(lifted == "+Background saving started\r\n")
    test.drive(files)
    var again = try makeEngine(files.afterKill())
    let loaded = state(&again, exactly: true)
    #expect(loaded == began)
    if let entry = test.engine.call.keyspace[0].find("g0") { entry.checkGiant() }
  }
}

extension Database {
  fileprivate func find(_ key: StaticString) -> Entry? { find(Bytes(key), hash: table.hash(Bytes(key))) }
}

extension Entry {
  /// Stops where something of the value is not as it must be.
  fileprivate func checkGiant() {
    switch type {
    case .list: list.checkInvariants()
    case .sortedSet: sortedSet.checkInvariants()
    case .hash: hash.checkInvariants()
    case .stream: stream.checkInvariants()
    case .set, .string, .module: break
    }
  }
}
