import Testing

@testable import Engine

@Suite struct HashCommandTests {
  private static func configured(_ settings: [String: String]) throws -> Configuration {
    var configuration = try Configuration().setting("enable-debug-command", to: "yes")
    for (name, value) in settings { configuration = try configuration.setting(name, to: value) }
    return configuration
  }

  /// Runs each line on the engine and on a real server, and expects the same bytes back.
  private func expectAsReal(
    _ lines: [String], resp3: Bool = false, settings: [String: String] = [:]
  ) throws {
    var options = ["--enable-debug-command", "yes"]
    for (name, value) in settings { options += ["--" + name, value] }
    let real = try RealRedis(options: options)
    if resp3 { _ = try real.exchange(Array("HELLO 3\r\n".utf8), replies: 1) }
    var test = TestEngine(try Self.configured(settings))
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
      HGET h a
      HGETALL h
      HKEYS h
      HVALS h
      HLEN h
      HMGET h a b
      HEXISTS h a
      HSTRLEN h a
      HDEL h a
      HRANDFIELD h
      HRANDFIELD h 3
      HRANDFIELD h 3 WITHVALUES
      HSCAN h 0
      HSCAN h x
      HSET h a 1
      HSET h a 2 b 3 b 4
      HSET h a
      HSET h a 1 b
      HSET
      HSETNX h a 9
      HSETNX h c 9
      HSETNX new c 9
      HMSET h d 1 e text
      HMSET h d
      HMSET h d 1 e
      HGET h a
      HGET h none
      HMGET h a none b c
      HGETALL h
      HKEYS h
      HVALS h
      HLEN h
      HSTRLEN h e
      HSTRLEN h a
      HSTRLEN h none
      HEXISTS h a
      HEXISTS h none
      HINCRBY h a 5
      HINCRBY h a -100
      HINCRBY h fresh 7
      HINCRBY h e 1
      HINCRBY h a x
      HINCRBY h a 1.5
      HINCRBY h a 9223372036854775807
      HINCRBY h a 9223372036854775807
      HINCRBY other a -9223372036854775808
      HINCRBY other a -1
      HINCRBYFLOAT h f 10.5
      HINCRBYFLOAT h f 0.1
      HINCRBYFLOAT h a 0.25
      HINCRBYFLOAT h e 1
      HINCRBYFLOAT h f x
      HINCRBYFLOAT h f inf
      HINCRBYFLOAT h f nan
      HINCRBYFLOAT h f 5.0e3
      HINCRBYFLOAT h f -5010.6
      HSET h big 99999999999999999999 zero 007 empty ""
      HMGET h big zero empty
      HSCAN h 0
      HSCAN h 0 COUNT 2
      HSCAN h 0 MATCH e*
      HSCAN h 0 MATCH * COUNT 100
      HSCAN h 0 COUNT 0
      HSCAN h 0 COUNT -1
      HSCAN h 0 COUNT x
      HSCAN h 0 COUNT
      HSCAN h 0 TYPE hash
      HSCAN h 18446744073709551616
      HRANDFIELD h 0
      HRANDFIELD h 0 WITHVALUES
      HRANDFIELD h 100
      HRANDFIELD h 100 WITHVALUES
      HRANDFIELD h x
      HRANDFIELD h 1 WITHVALUE
      HRANDFIELD h 1 WITHVALUES x
      HRANDFIELD h -9223372036854775808
      HRANDFIELD h -9223372036854775807 WITHVALUES
      HRANDFIELD h 9223372036854775807 WITHVALUES
      HRANDFIELD new -3
      HRANDFIELD new -3 WITHVALUES
      HRANDFIELD new
      OBJECT ENCODING h
      DEBUG DIGEST-VALUE h
      TYPE h
      COPY h h2
      DEBUG DIGEST-VALUE h2
      RENAME h2 h3
      HGETALL h3
      MOVE h3 1
      HLEN h3
      SET s 1
      HSET s a 1
      HSETNX s a 1
      HMSET s a 1
      HGET s a
      HMGET s a
      HGETALL s
      HKEYS s
      HVALS s
      HLEN s
      HSTRLEN s a
      HEXISTS s a
      HDEL s a
      HINCRBY s a 1
      HINCRBYFLOAT s a 1
      HRANDFIELD s
      HRANDFIELD s 1
      HSCAN s 0
      HDEL h none
      HDEL h a none b a
      HDEL h c d e f fresh big zero
      HLEN h
      HDEL h empty
      EXISTS h
      DEBUG DIGEST
      """.split(separator: "\n").map(String.init), resp3: resp3)
  }

  @Test func choosesAsAskedFrom7point2() {
    Transcript.expect(
      """
      HSET h a 1 b 2 -> :2
      HSCAN h 0 NOVALUES -> *2 $1 0 *2 $1 a $1 b
      HSCAN h 0 NOVALUES COUNT 5 MATCH b -> *2 $1 0 *1 $1 b
      """, comparesWithRedis: false)
  }

  /// A random request of the group, on few keys, fields and values so that they meet.
  private func randomRequest(_ random: inout RandomGenerator) -> String {
    func pick(_ choices: [String]) -> String { choices[Int(random.next(below: UInt64(choices.count)))] }
    let key = pick(["a", "b", "c"])
    func field() -> String { "f\(random.next(below: 14))" }
    func value() -> String {
      pick(["1", "-7", "007", "9223372036854775807", "1.5", "text", "0123456789", "0123456789a", "\"\"", "-4097"])
    }
    func pairs() -> String {
      (0...random.next(below: 3)).map { _ in "\(field()) \(value())" }.joined(separator: " ")
    }
    switch random.next(below: 16) {
    case 0...2: return "HSET \(key) \(pairs())"
    case 3: return "HMSET \(key) \(pairs())"
    case 4: return "HSETNX \(key) \(field()) \(value())"
    case 5, 6: return "HDEL \(key) \(field()) \(field()) \(field())"
    case 7: return "HINCRBY \(key) \(field()) \(pick(["1", "-5", "9223372036854775807", "x"]))"
    case 8: return "HINCRBYFLOAT \(key) \(field()) \(pick(["1", "-5.25", "1e300", "x"]))"
    case 9: return "HMGET \(key) \(field()) \(field())"
    case 10: return "HSTRLEN \(key) \(field())"
    case 11: return "HEXISTS \(key) \(field())"
    case 12: return "HLEN \(key)"
    case 13: return "OBJECT ENCODING \(key)"
    case 14: return "DEBUG DIGEST-VALUE \(key)"
    default:
      return pick(["DEL \(key)", "COPY \(key) \(pick(["a", "b"])) REPLACE", "RENAME \(key) \(pick(["a", "c"]))"])
    }
  }

  /// Both encodings and the way from the one to the other, beside the real thing.
  @Test(.enabled(if: RealRedis.isInstalled), arguments: [1, 2, 3, 4])
  func doesAtRandomAsRedisDoes(seed: UInt64) throws {
    var random = RandomGenerator(seed: seed)
    try expectAsReal(
      (0..<1500).map { _ in randomRequest(&random) } + ["DEBUG DIGEST"],
      settings: ["hash-max-listpack-entries": "6", "hash-max-listpack-value": "10"])
  }

  @Test func convertsAtTheLimits() throws {
    var test = TestEngine(
      try Self.configured(["hash-max-listpack-entries": "3", "hash-max-listpack-value": "4"]))
    let client = test.connect()
    func encoding(_ key: String) -> String { test.run("OBJECT ENCODING \(key)", from: client) }
    _ = test.run("HSET a 1 1 2 2 3 3", from: client)
    #expect(encoding("a") == "$8\r\nlistpack\r\n")
    _ = test.run("HSET a 4 4", from: client)
    #expect(encoding("a") == "$9\r\nhashtable\r\n")
    _ = test.run("HSET b abcd 1234", from: client)
    #expect(encoding("b") == "$8\r\nlistpack\r\n")
    _ = test.run("HSET b a 12345", from: client)
    #expect(encoding("b") == "$9\r\nhashtable\r\n")
    // More fields than fit are taken for different ones.
    _ = test.run("HSET c 1 1 1 1 1 1 1 1", from: client)
    #expect(encoding("c") == "$9\r\nhashtable\r\n")
    _ = test.run("HINCRBY d f 12345", from: client)
    #expect(encoding("d") == "$9\r\nhashtable\r\n")
  }

  @Test func choosesEveryFieldAndNoneTwice() throws {
    for limit in ["0", "128"] {
      var test = TestEngine(try Self.configured(["hash-max-listpack-entries": limit]))
      let client = test.connect()
      for number in 0..<40 { _ = test.run("HSET h f\(number) \(number)", from: client) }
      for count in [1, 5, 13, 14, 30, 40, 50] {
        let reply = test.run("HRANDFIELD h \(count) WITHVALUES", from: client).split(separator: "\r\n")
        let words = reply.dropFirst().filter { !$0.hasPrefix("$") }
        #expect(words.count == 2 * min(count, 40))
        let fields = stride(from: words.startIndex, to: words.endIndex, by: 2).map { words[$0] }
        #expect(Set(fields).count == fields.count)
        for index in stride(from: words.startIndex, to: words.endIndex, by: 2) {
          #expect(words[index] == "f" + words[index + 1])
        }
      }
      var seen: Set<Substring> = []
      let reply = test.run("HRANDFIELD h -2000", from: client).split(separator: "\r\n")
      for word in reply where word.hasPrefix("f") { seen.insert(word) }
      #expect(seen.count == 40)
    }
  }

  @Test func scansATableWhole() throws {
    var test = TestEngine(try Self.configured(["hash-max-listpack-entries": "0"]))
    let client = test.connect()
    for number in 0..<500 { _ = test.run("HSET h f\(number) \(number)", from: client) }
    var seen: Set<String> = []
    var cursor = "0"
    repeat {
      let words = test.run("HSCAN h \(cursor) COUNT 20", from: client).split(separator: "\r\n").map(String.init)
      cursor = words[2]
      seen.formUnion(words.filter { $0.hasPrefix("f") })
    } while cursor != "0"
    #expect(seen.count == 500)
  }

  @Test func propagatesWhatItDid() throws {
    var test = TestEngine()
    let client = test.connect()
    test.recordEffects()
    _ = test.run("HINCRBYFLOAT h f 1.5", from: client)
    _ = test.run("HSETNX h f 1", from: client)
    _ = test.run("HDEL h none", from: client)
    _ = test.run("HSETNX h g 1", from: client)
    let log = String(decoding: test.propagated(), as: UTF8.self)
    #expect(
      log == "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*4\r\n$4\r\nHSET\r\n$1\r\nh\r\n$1\r\nf\r\n$3\r\n1.5\r\n"
        + "*4\r\n$6\r\nHSETNX\r\n$1\r\nh\r\n$1\r\ng\r\n$1\r\n1\r\n")
  }
}
