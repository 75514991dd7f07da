import Testing

@testable import Engine

/// Whatever changes in place is kept first, where a snapshot has not been: each way to change a value, by itself, ahead of
/// the walk and in the middle of it.
///
/// What a test of random commands meets by chance only, and what it changes back before anybody looks, is seen here.
@Suite struct KeptHookTests {
  /// A way to change the data, a command after the other.
  struct Deed: CustomTestStringConvertible, Sendable {
    let commands: [String]
    init(_ commands: String...) { self.commands = commands }
    var testDescription: String { commands.joined(separator: "; ") }
  }

  private static let string: [Deed] = [
    Deed("SETRANGE g 5 new"), Deed("SETRANGE g 299999 longer"), Deed("APPEND g tail"), Deed("SETBIT g 77 1"),
    Deed("BITFIELD g SET u8 16 200"), Deed("BITFIELD g INCRBY u8 2399000 3"), Deed("SET g small"), Deed("GETDEL g"),
    Deed("BITOP NOT g g"), Deed("SETRANGE g 70000 x", "SETRANGE g 900000 y", "SETRANGE g 150000 z"),
  ]
  private static let list: [Deed] = [
    Deed("LSET g 3 new"), Deed("LSET g 550 another:element"), Deed("LSET g 7 \(String(repeating: "p", count: 150))"),
    Deed("LINSERT g BEFORE e:5 new"), Deed("LINSERT g AFTER e:500 new"), Deed("LREM g 1 e:300"), Deed("RPUSH g a b"),
    Deed("LPUSH g a b"), Deed("LPOP g"), Deed("RPOP g"), Deed("LPOP g 9"), Deed("RPOP g 590"), Deed("LTRIM g 5 -6"),
    Deed("LTRIM g 590 -1"), Deed("LTRIM g 200 300"), Deed("LMOVE g g LEFT RIGHT"), Deed("LMOVE g o RIGHT LEFT"),
    Deed("LSET g 2 x", "LSET g 2 \(String(repeating: "q", count: 160))"),
    Deed("LSET g 100 \(String(repeating: "q", count: 140))"),
    Deed("SORT g BY nosort LIMIT 0 3 STORE g"),
  ]
  private static let set: [Deed] = [
    Deed("SADD g new"), Deed("SREM g m:5"), Deed("SREM g m:1 m:2 m:3 m:4 m:599"), Deed("SPOP g"), Deed("SMOVE g o m:7"),
    Deed("SPOP g 590"), Deed("SINTERSTORE g g o"), Deed("SREM g m:9", "SADD g m:9b"),
  ]
  private static let sortedSet: [Deed] = [
    Deed("ZADD g 3 new"), Deed("ZADD g 5.1 m:5"), Deed("ZADD g 999 m:5"), Deed("ZREM g m:5"),
    Deed("ZINCRBY g 0.25 m:9"),
    Deed("ZINCRBY g 400 m:9"), Deed("ZPOPMIN g 3"), Deed("ZPOPMAX g"), Deed("ZREMRANGEBYRANK g 10 20"),
    Deed("ZREMRANGEBYRANK g 0 -3"), Deed("ZREMRANGEBYSCORE g 1 590"), Deed("ZUNIONSTORE g 2 g o"),
  ]
  private static let hash: [Deed] = [
    Deed("HSET g f:5 u5"), Deed("HSET g f:6 \(String(repeating: "long", count: 30))"), Deed("HSET g new v"),
    Deed("HDEL g f:5"), Deed("HDEL g f:1 f:2 f:3 f:599"), Deed("HINCRBY g count 2"), Deed("HINCRBYFLOAT g count 0.5"),
    Deed("HPEXPIREAT g 5000000000000 FIELDS 1 f:0"), Deed("HPEXPIREAT g 5000000000000 FIELDS 1 f:5"),
    Deed("HPERSIST g FIELDS 1 f:0"), Deed("HGETDEL g FIELDS 1 f:9"), Deed("HSETEX g EX 999 FIELDS 1 f:0 v0"),
    Deed("HSETEX g KEEPTTL FIELDS 1 f:7 w7"), Deed("HGETEX g EX 999 FIELDS 1 f:14"), Deed("HPEXPIRE g 0 FIELDS 1 f:21"),
    Deed("HSETNX g other v"),
  ]
  private static let stream: [Deed] = [
    Deed("XADD g 1102-0 f v"), Deed("XADD g 1102-0 f v", "XADD g 1103-0 f v"), Deed("XDEL g 500-0"),
    Deed("XDEL g 501-0 502-0"), Deed("XDEL g 1-0"), Deed("XTRIM g MAXLEN 700"), Deed("XTRIM g MINID 50"),
    Deed("XTRIM g MAXLEN 1100"), Deed("XSETID g 2000-0"),
    Deed("XDEL g 1101-0 1100-0 1099-0", "XSETID g 1098-0", "XADD g 1098-5 f w"),
    Deed("XGROUP SETID g a 5-0"), Deed("XGROUP CREATE g c 0"), Deed("XGROUP DESTROY g a"),
    Deed("XGROUP CREATECONSUMER g a w"),
    Deed("XGROUP DELCONSUMER g a x"), Deed("XGROUP DELCONSUMER g a z"),
    Deed("XREADGROUP GROUP a z COUNT 5 STREAMS g >"),
    Deed("XREADGROUP GROUP a new COUNT 5 STREAMS g >"), Deed("XCLAIM g a z 0 3-0"), Deed("XCLAIM g a z 0 3-0 JUSTID"),
    Deed("XCLAIM g a x 0 3-0 RETRYCOUNT 9"), Deed("XCLAIM g a z 0 50-0 FORCE"), Deed("XAUTOCLAIM g a z 0 0 COUNT 4"),
    Deed("XACK g a 7-0 150-0"), Deed("XACK g a 7-0", "XCLAIM g a y 0 7-0 FORCE"),
    Deed("XCLAIM g a y 0 9-0", "XCLAIM g a x 0 9-0"), Deed("XREADGROUP GROUP a x STREAMS g 0"),
  ]
  /// Values that are written whole, and keys.
  private static let small: [Deed] = [
    Deed("SET s new"), Deed("SET s x KEEPTTL"), Deed("APPEND s more"), Deed("SETRANGE s 0 zz"), Deed("SETBIT s 8 1"),
    Deed("INCR i"),
    Deed("INCRBYFLOAT i 0.5"), Deed("GETSET s new"), Deed("GETEX s PERSIST"), Deed("GETEX i EX 99"),
    Deed("EXPIRE s 99"),
    Deed("EXPIRE i 99"), Deed("PERSIST s"), Deed("RENAME s t"), Deed("MOVE s 3"), Deed("DEL s i"),
    Deed("COPY s i REPLACE"),
    Deed("BITFIELD s SET u8 0 65"), Deed("PFADD p new"), Deed("PFMERGE p q"), Deed("LPUSH l a"), Deed("LSET l 0 z"),
    Deed("LPOP l"), Deed("LREM l 0 1"), Deed("SADD u 9"), Deed("SADD u text"), Deed("SREM u 1"), Deed("SMOVE u v 2"),
    Deed("ZADD z 9 a"), Deed("ZREM z a"), Deed("ZINCRBY z 1 b"), Deed("GEOADD z 13.1 38.1 a"), Deed("HSET h f w"),
    Deed("HDEL h f"), Deed("HINCRBY h n 1"), Deed("HPEXPIREAT h 5000000000000 FIELDS 1 f"), Deed("XADD x 9-0 f v"),
    Deed("XDEL x 1-0"), Deed("XTRIM x MAXLEN 1"), Deed("XSETID x 50-0"), Deed("XACK x g 1-0"),
    Deed("XCLAIM x g d 0 1-0"), Deed("XGROUP CREATE x k 0"), Deed("XGROUP DESTROY x g"), Deed("XGROUP SETID x g 0"),
    Deed("XGROUP DELCONSUMER x g c"), Deed("XREADGROUP GROUP x2 c STREAMS x >", "XREADGROUP GROUP g c STREAMS x >"),
    Deed("SORT l DESC STORE l"), Deed("SUNIONSTORE u u v"), Deed("ZUNIONSTORE z 1 z WEIGHTS 2"), Deed("FLUSHDB"),
    Deed("SWAPDB 0 3"),
  ]

  /// What makes the data of each kind.
  private static let beginnings: [String: [[String]]] = [
    "string": [["SETRANGE", "g", "200000", String(repeating: "s", count: 100_000)]],
    "list": [
      ["RPUSH", "o", "1"], ["RPUSH", "g"] + (0..<600).map { "e:\($0)" },
      ["LSET", "g", "100", String(repeating: "l", count: 150)],
    ],
    "set": [["SADD", "o", "m:7", "x"], ["SADD", "g"] + (0..<600).map { "m:\($0)" }],
    "sortedSet": [["ZADD", "o", "1", "x"], ["ZADD", "g"] + (0..<600).flatMap { ["\($0)", "m:\($0)"] }],
    "hash": [
      ["HSET", "g", "count", "1"] + (0..<600).flatMap { ["f:\($0)", "v\($0)"] },
      ["HPEXPIREAT", "g", "4000000000000", "FIELDS", "40"] + (0..<40).map { "f:\($0 * 7)" },
    ],
    "stream": (1...1101).map { ["XADD", "g", "\($0)-0", "f", "v\($0)"] }
      + [
        "XGROUP CREATE g a 0", "XGROUP CREATE g b 0", "XREADGROUP GROUP a x COUNT 100 STREAMS g >",
        "XREADGROUP GROUP a y COUNT 100 STREAMS g >", "XGROUP CREATECONSUMER g a z",
        "XREADGROUP GROUP b x COUNT 50 STREAMS g >", "XACK g a 50-0",
      ].map { $0.split(separator: " ").map(String.init) },
    "small": [
      "SET s old EX 1000", "SET i 41", "PFADD p a b", "PFADD q c", "RPUSH l 1 2 3", "SADD u 1 2 3", "SADD v x",
      "ZADD z 1 a 2 b", "HSET h f v n 1", "XADD x 1-0 f v", "XADD x 2-0 f v", "XADD x 3-0 f v", "XGROUP CREATE x g 0",
      "XREADGROUP GROUP g c COUNT 2 STREAMS x >",
    ].map { $0.split(separator: " ").map(String.init) },
  ]

  private static let directives = [
    ("enable-debug-command", "yes"), ("list-max-listpack-size", "2"), ("stream-node-max-entries", "2"),
    ("proto-max-bulk-len", "512mb"),
  ]

  private func engine(_ files: MemoryFiles) throws -> TestEngine {
    var test = try TestEngine(loading: files, Self.directives)
    let client = test.connect()
    _ = test.run("DEBUG QUICKLIST-PACKED-THRESHOLD 100", from: client)
    return test
  }

  /// All there is to know of the data.
  private func state(_ test: inout TestEngine) -> [String] {
    let client = test.connect()
    var found = [test.digest]
    for key in ["g", "o", "s", "i", "p", "q", "l", "u", "v", "z", "h", "x"] {
      let type = test.run(["TYPE", key], from: client)
      found += [key, type, test.run(["PEXPIRETIME", key], from: client)]
      switch type {
      case "+hash\r\n":
        for field in ["f", "n", "count"] + (0..<600).map({ "f:\($0)" }) {
          found.append(test.run(["HPEXPIRETIME", key, "FIELDS", "1", field], from: client))
        }
      case "+set\r\n": break
      default: found.append(test.run(["DUMP", key], from: client))
      }
    }
    return found
  }

  private func check(_ kind: String, _ deed: Deed) throws {
    for slices in [0, 200] {
      let files = MemoryFiles()
      var test = try engine(files)
      let client = test.connect()
      for command in Self.beginnings[kind] ?? [] { _ = test.run(command, from: client) }
      let began = state(&test)
      test.advance(milliseconds: 5)
      expect(test.run("BGSAVE", from: client), "+Background saving started\r\n")
      for _ in 0..<slices {
        if let job = test.engine.call.snapshot, job.mayWalk {
          job.walk(test.engine.call.keyspace, budget: 1, keyLimit: .max) { _ in .unknown }
        }
      }
      for command in deed.commands { _ = test.run(command, from: client) }
      let isChanged = state(&test) != began
      test.drive(files)
      var again = try engine(files.afterKill())
      let differing = zip(state(&again), began).enumerated().filter { $0.element.0 != $0.element.1 }.map(\.offset)
      #expect(differing.isEmpty, "\(kind), \(deed.testDescription), after \(slices) slices")
      #expect(
        isChanged || Self.changeNothing.contains(deed.testDescription), "a deed that changes nothing shows nothing")
    }
  }

  /// Those whose change is of times only, which is not in what is compared, or none.
  private static let changeNothing: Set<String> = ["BITOP NOT g g"]

  @Test(arguments: string) func ofAString(deed: Deed) throws { try check("string", deed) }
  @Test(arguments: list) func ofAList(deed: Deed) throws { try check("list", deed) }
  @Test(arguments: set) func ofASet(deed: Deed) throws { try check("set", deed) }
  @Test(arguments: sortedSet) func ofASortedSet(deed: Deed) throws { try check("sortedSet", deed) }
  @Test(arguments: hash) func ofAHash(deed: Deed) throws { try check("hash", deed) }
  @Test(arguments: stream) func ofAStream(deed: Deed) throws { try check("stream", deed) }
  @Test(arguments: small) func ofSmallValues(deed: Deed) throws { try check("small", deed) }
}
