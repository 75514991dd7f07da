import Testing

@testable import Engine

/// Fields that expire, as in Redis 7.4 and 8, in listpacks and in tables.
@Suite struct FieldExpiryTests {
  private static let encodings = ["0", "512"]

  private static func engine(entries: String) throws -> TestEngine {
    TestEngine(try Configuration().setting("hash-max-listpack-entries", to: entries))
  }

  private func play(_ text: String, entries: String = "512") throws {
    Transcript.expect(
      text, configuration: try Configuration().setting("hash-max-listpack-entries", to: entries),
      comparesWithRedis: false)
  }

  @Test(arguments: encodings) func fieldsExpire(entries: String) throws {
    try play(
      """
      HSET h a 1 b 2 c 3 d 4              -> :4
      HPEXPIRE h 1000 FIELDS 3 a none b   -> *3 :1 :-2 :1
      HEXPIRE h 5 FIELDS 1 c              -> *1 :1
      HPTTL h FIELDS 5 a b c d none       -> *5 :1000 :1000 :5000 :-1 :-2
      HTTL h FIELDS 4 a b c d             -> *4 :1 :1 :5 :-1
      HPEXPIRETIME h FIELDS 2 a c         -> *2 :1700000001000 :1700000005000
      HEXPIRETIME h FIELDS 2 a c          -> *2 :1700000001 :1700000005
      wait 1
      HTTL h FIELDS 2 a c                 -> *2 :1 :5
      wait 999
      HGET h a                            -> $1 1
      HPTTL h FIELDS 1 a                  -> *1 :0
      wait 1
      HTTL h FIELDS 2 a b                 -> *2 :-2 :-2
      HLEN h                              -> :4
      HGETALL h                           -> *4 $1 c $1 3 $1 d $1 4
      HGET h a                            -> $-1
      HLEN h                              -> :3
      HMGET h a b c                       -> *3 $-1 $-1 $1 3
      HLEN h                              -> :2
      HPERSIST h FIELDS 3 c d none        -> *3 :1 :-1 :-2
      HTTL h FIELDS 1 c                   -> *1 :-1
      wait 10000
      HLEN h                              -> :2
      HEXPIRE none 10 FIELDS 2 a b        -> *2 :-2 :-2
      HTTL none FIELDS 1 a                -> *1 :-2
      HPERSIST none FIELDS 1 a            -> *1 :-2
      """, entries: entries)
  }

  @Test(arguments: encodings) func conditionsDecide(entries: String) throws {
    try play(
      """
      HSET h a 1 b 2                       -> :2
      HPEXPIRE h 1000 XX FIELDS 2 a b      -> *2 :0 :0
      HPEXPIRE h 1000 GT FIELDS 1 a        -> *1 :0
      HPEXPIRE h 1000 NX FIELDS 1 a        -> *1 :1
      HPEXPIRE h 2000 NX FIELDS 2 a b      -> *2 :0 :1
      HPEXPIRE h 1500 GT FIELDS 2 a b      -> *2 :1 :0
      HPEXPIRE h 1200 lt FIELDS 2 a b      -> *2 :1 :1
      HPEXPIRE h 1200 LT FIELDS 2 a b      -> *2 :0 :0
      HPEXPIRE h 1300 xx FIELDS 2 a b      -> *2 :1 :1
      HSET h c 3                           -> :1
      HPEXPIRE h 100 LT FIELDS 1 c         -> *1 :1
      HPTTL h FIELDS 3 a b c               -> *3 :1300 :1300 :100
      """, entries: entries)
  }

  @Test(arguments: encodings) func whatSetsAValueDecidesAboutItsExpiry(entries: String) throws {
    try play(
      """
      HSETEX h EX 100 FIELDS 5 a 1 b 2 c 3 d 4 e 5 -> :1
      HSET h a 10                                  -> :0
      HINCRBY h b 5                                -> :7
      HINCRBYFLOAT h c 0.5                         -> $3 3.5
      HSETEX h KEEPTTL FIELDS 1 d 40               -> :1
      HSETEX h FIELDS 1 e 50                       -> :1
      HTTL h FIELDS 5 a b c d e                    -> *5 :-1 :100 :100 :100 :-1
      HMGET h a b c d e                            -> *5 $2 10 $1 7 $3 3.5 $2 40 $2 50
      """, entries: entries)
  }

  @Test(arguments: encodings) func setsAllFieldsOrNone(entries: String) throws {
    try play(
      """
      HSETEX h FXX FIELDS 1 a 1                    -> :0
      EXISTS h                                     -> :0
      HSETEX h FNX PX 100 FIELDS 2 a 1 b 2         -> :1
      HSETEX h fnx FIELDS 2 b 3 c 3                -> :0
      HSETEX h FXX FIELDS 2 b 3 c 3                -> :0
      HSETEX h FXX EXAT 1700000100 FIELDS 1 b 3    -> :1
      HPTTL h FIELDS 3 a b c                       -> *3 :100 :100000 :-2
      wait 101
      HSETEX h FNX FIELDS 1 a 9                    -> :1
      HGETALL h                                    -> *4 $1 b $1 3 $1 a $1 9
      HSETEX h PXAT 5 FIELDS 2 a 1 b 1             -> :1
      EXISTS h                                     -> :0
      """, entries: "512")
    try play(
      """
      HSETEX h PXAT 1700000000100 FIELDS 2 a 1 b 2 -> :1
      wait 101
      HSETEX h FXX FIELDS 1 a 9                    -> :0
      HLEN h                                       -> :1
      HSETEX h FXX FIELDS 1 b 9                    -> :0
      EXISTS h                                     -> :0
      """, entries: entries)
  }

  @Test(arguments: encodings) func readingCanSetAndDelete(entries: String) throws {
    try play(
      """
      HSET h a 1 b 2 c 3                     -> :3
      HGETEX h FIELDS 2 a none               -> *2 $1 1 $-1
      HGETEX h EX 10 FIELDS 2 a none         -> *2 $1 1 $-1
      HGETEX h PXAT 1700000003000 FIELDS 1 b -> *1 $1 2
      HPTTL h FIELDS 3 a b c                 -> *3 :10000 :3000 :-1
      HGETEX h PERSIST FIELDS 2 a c          -> *2 $1 1 $1 3
      HPTTL h FIELDS 3 a b c                 -> *3 :-1 :3000 :-1
      HGETEX h PX 0 FIELDS 1 b               -> *1 $1 2
      HLEN h                                 -> :2
      HGETDEL h FIELDS 3 a none a            -> *3 $1 1 $-1 $-1
      HGETDEL h FIELDS 1 c                   -> *1 $1 3
      EXISTS h                               -> :0
      HGETDEL h FIELDS 1 c                   -> *1 $-1
      HGETEX h FIELDS 1 c                    -> *1 $-1
      """, entries: entries)
  }

  @Test func refusesInRedissWords() throws {
    let fields = "-ERR Mandatory argument FIELDS is missing or not at the right position"
    let positive = "-ERR Number of fields must be a positive integer"
    let match = "-ERR The `numfields` parameter must match the number of arguments"
    try play(
      """
      HSET h a 1                             -> :1
      SET s 1                                -> +OK
      HEXPIRE s 1 FIELDS 1 a                 -> -WRONGTYPE Operation against a key holding the wrong kind of value
      HTTL s FIELDS 1 a                      -> -WRONGTYPE Operation against a key holding the wrong kind of value
      HEXPIRE h x FIELDS 1 a                 -> -ERR value is not an integer or out of range
      HEXPIRE h -1 FIELDS 1 a                -> -ERR invalid expire time, must be >= 0
      HEXPIRE h 70368744178 FIELDS 1 a       -> -ERR invalid expire time in 'hexpire' command
      HPEXPIREAT h 70368744177664 FIELDS 1 a -> -ERR invalid expire time in 'hpexpireat' command
      HPEXPIREAT h 70368744177663 FIELDS 1 a -> *1 :1
      HEXPIRE h 1 NX GT FIELDS 1 a           -> \(fields)
      HEXPIRE h 1 FOO FIELDS 1 a             -> \(fields)
      HEXPIRE h 1 FIELDS 0 a                 -> -ERR Parameter `numFields` should be greater than 0
      HEXPIRE h 1 FIELDS 2 a                 -> \(match)
      HTTL h FIELD 1 a                       -> \(fields)
      HTTL h FIELDS x a                      -> \(positive)
      HTTL h FIELDS 1 a b                    -> \(match)
      HPERSIST h FIELDS -1 a                 -> \(positive)
      HGETDEL h FIELDS 2 a                   -> \(match)
      HGETEX h EX 1 FIELDS                   -> \(positive)
      HGETEX h EX -1 FIELDS 1 a              -> -ERR invalid expire time, must be >= 0
      HSETEX h FNX FXX FIELDS 1 a 1          -> -ERR Only one of FXX or FNX arguments can be specified
      HSETEX h EX 1 KEEPTTL FIELDS 1 a 1     -> -ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified
      HSETEX h FOO FIELDS 1 a 1              -> -ERR unknown argument: FOO
      HSETEX h FIELDS 0 a 1                  -> -ERR invalid number of fields
      HSETEX h FIELDS 2 a 1                  -> -ERR wrong number of arguments for 'hsetex' command
      HTTL h FIELDS                          -> -ERR wrong number of arguments for 'httl' command
      """)
  }

  @Test func encodingsFollow() throws {
    try play(
      """
      HSET h a 1 b 2                     -> :2
      HEXPIRE h 100 FIELDS 1 none        -> *1 :-2
      OBJECT ENCODING h                  -> $10 listpackex
      HEXPIRE h 100 FIELDS 1 b           -> *1 :1
      HEXPIRE h 200 FIELDS 1 a           -> *1 :1
      HKEYS h                            -> *2 $1 b $1 a
      HPERSIST h FIELDS 1 b              -> *1 :1
      HKEYS h                            -> *2 $1 a $1 b
      HSET h c 3 d 4                     -> :2
      OBJECT ENCODING h                  -> $9 hashtable
      HTTL h FIELDS 4 a b c d            -> *4 :200 :-1 :-1 :-1
      COPY h k                           -> :1
      RENAME k l                         -> +OK
      MOVE l 1                           -> :1
      SELECT 1                           -> +OK
      HTTL l FIELDS 4 a b c d            -> *4 :200 :-1 :-1 :-1
      """, entries: "3")
  }

  /// Fields go without being asked for, the key with the last of them, in whatever database it was moved to.
  @Test(arguments: encodings) func fieldsExpireUnasked(entries: String) throws {
    var test = try Self.engine(entries: entries)
    let client = test.connect()
    _ = test.run("HSET h a 1 b 2 c 3", from: client)
    _ = test.run("HPEXPIRE h 100 FIELDS 2 a b", from: client)
    _ = test.run("HSETEX copied PX 100 FIELDS 1 f 1", from: client)
    _ = test.run("COPY copied there DB 3", from: client)
    test.recordEffects()
    test.advance(milliseconds: 101)
    #expect(test.run("HLEN h", from: client) == ":3\r\n")
    test.apply(.cron(HostSample()))
    #expect(test.run("HLEN h", from: client) == ":1\r\n")
    #expect(test.run("DBSIZE", from: client) == ":1\r\n")
    let keysElsewhere = test.engine.call.keyspace[3].count
    #expect(keysElsewhere == 0)
    #expect(test.engine.call.statistics.expiredFields == 4)
    let log = String(decoding: test.propagated(), as: UTF8.self)
    #expect(log.contains("*4\r\n$4\r\nHDEL\r\n$1\r\nh\r\n"))
    #expect(log.contains("*3\r\n$4\r\nHDEL\r\n$5\r\nthere\r\n$1\r\nf\r\n"))
    // With nothing left that expires, the sweep has nothing to do.
    for _ in 0..<4 {
      test.advance(milliseconds: 101)
      test.apply(.cron(HostSample()))
    }
    let isSwept = test.engine.call.keyspace[0].hashesWithExpiringFields == 0
    #expect(isSwept)
  }

  /// One large hash among many keys: each slice is bounded, and slices follow until all has gone.
  @Test func manyFieldsExpireInSlices() throws {
    var test = try Self.engine(entries: "512")
    let client = test.connect()
    for number in 0..<200 { _ = test.run("SET k\(number) 1", from: client) }
    for start in stride(from: 0, to: 40_000, by: 100) {
      let pairs = (start..<start + 100).map { "f\($0) 1" }.joined(separator: " ")
      _ = test.run("HSETEX h PX 100 FIELDS 100 \(pairs)", from: client)
    }
    _ = test.run("HSET h stays 1", from: client)
    test.advance(milliseconds: 101)
    test.apply(.cron(HostSample()))
    let first = test.engine.call.statistics.expiredFields
    #expect(first > 0 && first < 10_000)
    var slices = 0
    var before = first
    while test.engine.runBackgroundSlice(), slices < 1000 {
      let now = test.engine.call.statistics.expiredFields
      #expect(now - before < 2_000)
      before = now
      slices += 1
    }
    #expect(slices > 10)
    #expect(test.run("HGETALL h", from: client) == "*2\r\n$5\r\nstays\r\n$1\r\n1\r\n")
    for _ in 0..<20 {
      test.advance(milliseconds: 101)
      test.apply(.cron(HostSample()))
    }
    #expect(test.run("HLEN h", from: client) == ":1\r\n")
  }

  @Test func replicasHideAndWait() throws {
    var test = try Self.engine(entries: "512")
    let client = test.connect()
    _ = test.run("HSET h a 1 b 2", from: client)
    _ = test.run("HPEXPIRE h 100 FIELDS 1 a", from: client)
    _ = test.run("REPLICAOF 127.0.0.1 1", from: client)
    test.advance(milliseconds: 101)
    test.apply(.cron(HostSample()))
    #expect(test.run("HGET h a", from: client) == "$-1\r\n")
    #expect(test.run("HKEYS h", from: client) == "*1\r\n$1\r\nb\r\n")
    #expect(test.run("HRANDFIELD h 5", from: client) == "*1\r\n$1\r\nb\r\n")
    #expect(test.run("HLEN h", from: client) == ":2\r\n")
  }

  @Test func effectsAreCanonical() throws {
    func effects(_ lines: [String]) throws -> String {
      var test = try Self.engine(entries: "512")
      let client = test.connect()
      _ = test.run("HSET h a 1 b 2 c 3", from: client)
      _ = test.run("HSETEX h PX 50 FIELDS 1 old 1", from: client)
      test.advance(milliseconds: 51)
      test.recordEffects()
      for line in lines { _ = test.run(line, from: client) }
      let words = String(decoding: test.propagated(), as: UTF8.self).split(separator: "\r\n")
      return words.filter { !$0.hasPrefix("*") && !$0.hasPrefix("$") }.joined(separator: " ")
    }
    #expect(
      try effects(["HEXPIRE h 10 FIELDS 3 a none c"])
        == "SELECT 0 HPEXPIREAT h 1700000010051 FIELDS 2 a c")
    #expect(try effects(["HEXPIRE h 0 FIELDS 2 a c"]) == "SELECT 0 MULTI HDEL h a HDEL h c EXEC")
    #expect(try effects(["HPEXPIRE h 5 XX FIELDS 1 a"]) == "")
    #expect(try effects(["HGET h old"]) == "SELECT 0 HDEL h old")
    #expect(try effects(["HINCRBY h old 1"]) == "SELECT 0 MULTI HDEL h old HINCRBY h old 1 EXEC")
    #expect(try effects(["HGETDEL h FIELDS 2 a none"]) == "SELECT 0 HDEL h a")
    #expect(try effects(["HGETEX h FIELDS 1 a"]) == "")
    #expect(try effects(["HGETEX h PX 9 FIELDS 1 a"]) == "SELECT 0 HPEXPIREAT h 1700000000060 FIELDS 1 a")
    #expect(
      try effects(["HEXPIREAT h 1800000000 FIELDS 1 a", "HGETEX h PERSIST FIELDS 2 a b"])
        == "SELECT 0 HPEXPIREAT h 1800000000000 FIELDS 1 a HPERSIST h FIELDS 1 a")
    #expect(
      try effects(["HSETEX h FNX EX 1 FIELDS 1 n 5"]) == "SELECT 0 HSETEX h PXAT 1700000001051 FIELDS 1 n 5")
    #expect(try effects(["HSETEX h EXAT 1 FIELDS 1 a 5"]) == "SELECT 0 HDEL h a")
    #expect(
      try effects(["HEXPIREAT h 1800000000 FIELDS 1 a", "HINCRBYFLOAT h a 1.5"])
        == "SELECT 0 HPEXPIREAT h 1800000000000 FIELDS 1 a HSETEX h KEEPTTL FIELDS 1 a 2.5")
  }

  @Test func eventsTellOfIt() throws {
    var test = try Self.engine(entries: "512")
    let (client, listener) = (test.connect(), test.connect())
    _ = test.run("CONFIG SET notify-keyspace-events KEA", from: client)
    _ = test.run("PSUBSCRIBE __keyevent@0__:*", from: listener)
    func events(_ line: String) -> [String] {
      _ = test.run(line, from: client)
      return test.output(of: listener).split(separator: "\r\n").filter { $0.hasPrefix("__keyevent@0__:") }
        .map { String($0.dropFirst(15)) }.filter { $0 != "*" }
    }
    #expect(events("HSETEX h PX 50 FIELDS 2 a 1 b 1") == ["hset", "hexpire"])
    #expect(events("HSET h c 1 d 1") == ["hset"])
    #expect(events("HEXPIRE h 0 FIELDS 1 d") == ["hdel"])
    #expect(events("HPERSIST h FIELDS 1 b") == ["hpersist"])
    test.advance(milliseconds: 51)
    #expect(events("HMGET h a b") == ["hexpired"])
    #expect(events("HGETEX h EX 10 FIELDS 1 b") == ["hexpire"])
    #expect(events("HGETEX h PERSIST FIELDS 1 b") == ["hpersist"])
    #expect(events("HGETDEL h FIELDS 1 b") == ["hdel"])
    #expect(events("HEXPIRE h 0 FIELDS 1 c") == ["hdel", "del"])
    #expect(events("HSETEX h PX 5 FIELDS 1 a 1") == ["hset", "hexpire"])
    test.advance(milliseconds: 6)
    #expect(events("HGET h a") == ["hexpired", "del"])
  }
}
