import Foundation
import Testing

@testable import Engine

@Suite struct StringCommandTests {
  /// Runs each line on the engine and on a real server, and expects the same bytes back, in both versions of RESP.
  private func expectAsReal(_ lines: [String], resp3: Bool = false, options: [String] = []) throws {
    let real = try RealRedis(options: options)
    if resp3 { _ = try real.exchange(Array("HELLO 3\r\n".utf8), replies: 1) }
    var configuration = Configuration()
    if let limit = options.firstIndex(of: "--proto-max-bulk-len") {
      configuration.protoMaxBulkLen = Int(options[limit + 1]) ?? 0
    }
    var test = TestEngine(configuration)
    let client = test.connect()
    if resp3 { test.engine.call.sessions[client].protocolVersion = 3 }
    for line in lines {
      let ours = test.run(line, from: client)
      let theirs = String(decoding: try real.exchange(Array((line + "\r\n").utf8), replies: 1), as: UTF8.self)
      #expect(ours == theirs, "\(line)")
    }
  }

  @Test(.enabled(if: RealRedis.isInstalled), arguments: [false, true])
  func answersAsRedisDoes(resp3: Bool) throws {
    try expectAsReal(
      """
      GET a
      SET a 1
      SET a 2 NX
      SET a 2 XX GET
      SET a 3 NX GET
      SET b 3 NX GET
      SET b 4 NX XX
      SET b 4 XX NX
      SET c 1 XX
      SET c 1 XX GET
      SET a 5 EX 10 PX 10
      SET a 5 EX
      SET a 5 EX 0
      SET a 5 EX -1
      SET a 5 EX x
      SET a 5 EX 9223372036854775807
      SET a 5 PX 9223372036854775807
      SET a 5 EXAT 9223372036854775807
      SET a 5 PXAT 9223372036854775807
      SET a 5 EX 100 EX 200
      SET a 5 EX 10 KEEPTTL
      SET a 5 KEEPTTL KEEPTTL
      SET a 5 KEEPTTL EX 10
      SET a 5 PERSIST
      SET a 5 get get nx
      SET a
      SET
      SETEX a 0 v
      SETEX a x v
      SETEX a 9223372036854775807 v
      SETEX a 100 v
      PSETEX a 100000 v
      PSETEX a -5 v
      SETNX a 1
      SETNX new 1
      GETSET a 2
      GETSET absent 2
      GETDEL absent
      GETDEL absent
      GETEX a
      GETEX a EX 100
      GETEX a EX 100 PERSIST
      GETEX a PERSIST
      GETEX a PERSIST PERSIST
      GETEX a EX 0
      GETEX none EX 0
      GETEX a KEEPTTL
      GETEX a EXAT 1
      GET a
      APPEND a 12
      APPEND a 34
      APPEND a ""
      GET a
      INCR a
      INCRBY a 9223372036854775807
      DECRBY a -9223372036854775808
      DECRBY a 1
      INCR a
      DECR missing
      INCRBY missing -5
      INCRBY missing x
      SET t hello
      INCR t
      INCRBYFLOAT t 1
      INCRBYFLOAT f 3.0e3
      INCRBYFLOAT f 0.1
      INCRBYFLOAT f x
      INCRBYFLOAT f inf
      INCRBYFLOAT f -3000.1
      SETRANGE t 1 EY
      SETRANGE t 10 x
      GET t
      SETRANGE t -1 x
      SETRANGE t x x
      SETRANGE t 5 ""
      SETRANGE none 5 ""
      SETRANGE none2 5 x
      SETRANGE t 536870911 xx
      SETRANGE t 9223372036854775807 xx
      GETRANGE t 0 -1
      GETRANGE t 0 -100
      GETRANGE t -3 -2
      GETRANGE t -2 -3
      GETRANGE t 5 3
      GETRANGE t 100 200
      GETRANGE none 0 -1
      GETRANGE t x 1
      SUBSTR t 0 2
      SUBSTR a 0 2
      STRLEN t
      STRLEN a
      STRLEN none
      MSET x 1 y 2 x 3
      MSET x 1 y
      MSETNX x 1 z 2
      MSETNX z1 1 z2 2 z1 3
      MSETNX z1 1 z2
      MGET x y z z1 z2 t
      LCS x y
      SET l1 ohmytext
      SET l2 mynewtext
      LCS l1 l2
      LCS l1 l2 LEN
      LCS l1 l2 IDX
      LCS l1 l2 IDX MINMATCHLEN 4
      LCS l1 l2 IDX MINMATCHLEN 4 WITHMATCHLEN
      LCS l1 l2 IDX LEN
      LCS l1 l2 MINMATCHLEN
      LCS l1 l2 MINMATCHLEN x
      LCS l1 l2 MINMATCHLEN -1 IDX WITHMATCHLEN
      LCS l1 none
      LCS none none2 IDX
      LCS l1 a IDX
      LCS l1
      """.split(separator: "\n").map(String.init), resp3: resp3)
  }

  @Test(.enabled(if: RealRedis.isInstalled)) func keepsTheLimitOfLengths() throws {
    try expectAsReal(
      [
        "SET a \(String(repeating: "x", count: 60000))", "SETRANGE a 1048570 123456", "SETRANGE a 1048570 1234567",
        "APPEND a x", "APPEND a \"\"", "STRLEN a", "SETRANGE b 1048576 x", "SETRANGE b 1048575 x", "LCS a a",
        "LCS a a LEN IDX", "LCS a missing",
      ], options: ["--proto-max-bulk-len", "1048576"])
  }

  /// A random request of the group, on few keys and few values so that they meet.
  private func randomRequest(_ random: inout RandomGenerator) -> [String] {
    func pick(_ choices: [String]) -> String { choices[Int(random.next(below: UInt64(choices.count)))] }
    func key() -> String { pick(["a", "b", "c", "d"]) }
    func value() -> String {
      pick([
        "", "1", "-7", "007", "9223372036854775807", "1.5", "text", String(repeating: "x", count: 44),
        String(repeating: "y", count: 45), String(repeating: "z", count: 2000),
      ])
    }
    func number() -> String {
      pick(["0", "1", "-1", "3", "-5", "50", "9223372036854775807", "-9223372036854775808", "x", "1.5"])
    }
    func moment() -> String { pick(["EXAT", "PXAT", "exat"]) }
    func future() -> String { pick(["4102444800", "4102444800000", "0", "x"]) }
    switch random.next(below: 23) {
    case 0: return ["SET", key(), value()]
    case 1: return ["SET", key(), value(), pick(["NX", "XX", "GET", "KEEPTTL", "get"])]
    case 2: return ["SET", key(), value(), moment(), future(), pick(["NX", "XX", "GET", "KEEPTTL"])]
    case 3: return ["SET", key(), value(), pick(["GET", "KEEPTTL"]), pick(["NX", "XX", "get"])]
    case 4: return ["SETNX", key(), value()]
    case 5: return ["GETSET", key(), value()]
    case 6: return ["GET", key()]
    case 7: return ["GETDEL", key()]
    case 8: return ["GETEX", key()]
    case 9: return ["GETEX", key(), moment(), future()]
    case 10: return ["GETEX", key(), "PERSIST"]
    case 11: return ["APPEND", key(), value()]
    case 12: return ["SETRANGE", key(), pick(["0", "1", "40", "44", "100", "-1"]), value()]
    case 13: return [pick(["GETRANGE", "SUBSTR"]), key(), number(), number()]
    case 14: return ["STRLEN", key()]
    case 15: return [pick(["INCR", "DECR"]), key()]
    case 16: return [pick(["INCRBY", "DECRBY"]), key(), number()]
    case 17: return ["INCRBYFLOAT", key(), number()]
    case 18: return ["MGET", key(), key(), key()]
    case 19: return ["MSET", key(), value(), key(), value()]
    case 20: return ["MSETNX", key(), value(), pick(["e", "f", "g"]), value()]
    case 21: return ["LCS", key(), key(), pick(["LEN", "IDX", "WITHMATCHLEN"])]
    default: return ["SET", key(), value(), pick(["EX", "PX", "NX"])]
    }
  }

  private func encoded(_ request: [String]) -> [UInt8] {
    var text = "*\(request.count)\r\n"
    for argument in request { text += "$\(argument.utf8.count)\r\n\(argument)\r\n" }
    return Array(text.utf8)
  }

  /// Random requests: the same replies, encodings and propagated commands as a real server's.
  @Test(.enabled(if: RealRedis.isInstalled)) func doesAsRedisDoesWithRandomRequests() throws {
    let real = try RealRedis(options: ["--appendonly", "yes", "--appendfsync", "always"])
    var test = TestEngine()
    test.now.unixMicroseconds = Int64(Date().timeIntervalSince1970 * 1e6)
    test.recordEffects()
    let client = test.connect()
    var random = RandomGenerator(seed: 7)
    for step in 0..<6000 {
      let request = randomRequest(&random)
      let ours = test.send(encoded(request), from: client)
      let theirs = String(decoding: try real.exchange(encoded(request), replies: 1), as: UTF8.self)
      #expect(ours == theirs, "step \(step): \(request)")
      guard ours == theirs else { return }
      for key in ["a", "b", "c", "d"] {
        let question = encoded(["OBJECT", "ENCODING", key])
        let ours = test.send(question, from: client)
        let theirs = String(decoding: try real.exchange(question, replies: 1), as: UTF8.self)
        #expect(ours == theirs, "step \(step): \(request), encoding of \(key)")
        guard ours == theirs else { return }
      }
    }
    let file = try #require(
      FileManager.default.enumerator(at: real.directory, includingPropertiesForKeys: nil)?
        .compactMap { $0 as? URL }.first { $0.lastPathComponent.hasSuffix(".incr.aof") })
    let theirs = Array(try Data(contentsOf: file))
    let ours = test.propagated()
    #expect(ours.count == theirs.count)
    if let index = zip(ours, theirs).enumerated().first(where: { $0.element.0 != $0.element.1 })?.offset {
      let context = max(0, index - 100)..<min(ours.count, theirs.count, index + 100)
      Issue.record(
        "\(String(decoding: ours[context], as: UTF8.self))\n--- but Redis:\n\(String(decoding: theirs[context], as: UTF8.self))"
      )
    }
  }

  @Test func declaresMomentsInsteadOfPeriods() {
    var test = TestEngine()
    test.recordEffects()
    let client = test.connect()
    let milliseconds = test.now.unixMilliseconds
    for line in [
      "SET a 1 EX 10", "SETEX a 20 2", "PSETEX a 30 3", "GETEX a PX 50", "GETEX a PERSIST", "GETEX a PERSIST",
      "SET a 1 NX", "SET a 2 XX GET PX 7", "GETEX a", "INCRBYFLOAT a 1.50", "GETDEL a",
    ] {
      _ = test.run(line, from: client)
    }
    let lines = [
      "SELECT 0", "SET a 1 PXAT \(milliseconds + 10000)", "SET a 2 PXAT \(milliseconds + 20000)",
      "SET a 3 PXAT \(milliseconds + 30)", "PEXPIREAT a \(milliseconds + 50)", "PERSIST a",
      "SET a 2 PXAT \(milliseconds + 7)", "SET a 3.5 KEEPTTL", "DEL a",
    ]
    let expected = lines.reduce(into: [UInt8]()) { $0 += encoded($1.split(separator: " ").map(String.init)) }
    #expect(String(decoding: test.propagated(), as: UTF8.self) == String(decoding: expected, as: UTF8.self))
  }

  @Test func refusesOtherTypes() {
    // The type is what the entry's header says, whatever else is there.
    var test = TestEngine()
    let client = test.connect()
    Array("list".utf8).withBytes { key in
      let hash = test.engine.call.keyspace.hash(key)
      let entry = Entry.make(
        key: key, type: .list, encoding: .raw, content: .embedded(Bytes()), expiry: nil, access: 0)
      test.engine.call.keyspace[0].insert(entry, hash: hash)
    }
    let error = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"
    for line in [
      "GET list", "GETSET list 1", "GETDEL list", "GETEX list", "SET list 1 GET", "APPEND list x", "INCR list",
      "INCRBYFLOAT list 1", "SETRANGE list 0 x", "SETRANGE list 0 \"\"", "GETRANGE list 0 1", "STRLEN list",
    ] {
      #expect(test.run(line, from: client) == error, "\(line)")
    }
    #expect(test.run("MGET list", from: client) == "*1\r\n$-1\r\n")
    #expect(test.run("LCS list x", from: client) == "-ERR The specified keys must contain string values\r\n")
    #expect(test.run("SET list 1", from: client) == "+OK\r\n")
    #expect(test.run("GET list", from: client) == "$1\r\n1\r\n")
  }
}
