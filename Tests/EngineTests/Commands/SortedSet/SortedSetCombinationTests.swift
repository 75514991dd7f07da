import Testing

@testable import Engine

@Suite struct SortedSetCombinationTests {
  @Test(arguments: SortedSetTests.encodings) func combines(encoding: String) {
    Transcript.expect(
      """
      CONFIG SET zset-max-listpack-entries \(encoding) -> +OK
      ZADD a 1 x 2 y 3 z -> :3
      ZADD b 10 y 20 z 30 w -> :3
      SADD s y z 7 -> :3
      ZUNION 2 a b -> *4 $1 x $1 y $1 z $1 w
      ZUNION 2 a b WITHSCORES -> *8 $1 x $1 1 $1 y $2 12 $1 z $2 23 $1 w $2 30
      ZUNION 3 a b s WEIGHTS 1 2 100 WITHSCORES -> \
      *10 $1 x $1 1 $1 w $2 60 $1 7 $3 100 $1 y $3 122 $1 z $3 143
      ZUNION 2 a b AGGREGATE MIN WITHSCORES -> *8 $1 x $1 1 $1 y $1 2 $1 z $1 3 $1 w $2 30
      ZUNION 2 a b AGGREGATE max WITHSCORES WEIGHTS -1 1 -> *8 $1 x $2 -1 $1 y $2 10 $1 z $2 20 $1 w $2 30
      ZINTER 2 a b WITHSCORES -> *4 $1 y $2 12 $1 z $2 23
      ZINTER 3 a b s WEIGHTS 1 1 0.5 WITHSCORES -> *4 $1 y $4 12.5 $1 z $4 23.5
      ZINTER 2 a nothing -> *0
      ZINTER 2 a a WITHSCORES -> *6 $1 x $1 2 $1 y $1 4 $1 z $1 6
      ZINTERCARD 2 a b -> :2
      ZINTERCARD 2 a b LIMIT 1 -> :1
      ZINTERCARD 2 a b LIMIT 0 -> :2
      ZINTERCARD 2 a nothing -> :0
      ZDIFF 2 a b WITHSCORES -> *2 $1 x $1 1
      ZDIFF 2 a s -> *1 $1 x
      ZDIFF 2 a a -> *0
      ZDIFF 2 s a -> *1 $1 7
      ZDIFF 1 a -> *3 $1 x $1 y $1 z
      ZDIFF 2 nothing a -> *0
      ZUNIONSTORE dst 2 a b -> :4
      ZRANGE dst 0 -1 WITHSCORES -> *8 $1 x $1 1 $1 y $2 12 $1 z $2 23 $1 w $2 30
      ZUNIONSTORE a 2 a b WEIGHTS 0 1 -> :4
      ZRANGE a 0 -1 WITHSCORES -> *8 $1 x $1 0 $1 y $2 10 $1 z $2 20 $1 w $2 30
      ZINTERSTORE dst 2 a nothing -> :0
      EXISTS dst -> :0
      SET dst text -> +OK
      ZDIFFSTORE dst 2 b s -> :1
      ZRANGE dst 0 -1 -> *1 $1 w
      ZADD p inf i -> :1
      ZADD m -inf i -> :1
      ZUNION 2 p m WITHSCORES -> *2 $1 i $1 0
      ZUNION 1 p WEIGHTS 0 WITHSCORES -> *2 $1 i $1 0
      ZINTER 2 p m WEIGHTS 1 0 WITHSCORES -> *2 $1 i $1 0
      """)
  }

  @Test func refusesWhatIsNotMeant() {
    Transcript.expect(
      """
      ZADD a 1 x -> :1
      SET t v -> +OK
      ZUNION 0 a -> -ERR at least 1 input key is needed for 'zunion' command
      ZUNIONSTORE d 0 a -> -ERR at least 1 input key is needed for 'zunionstore' command
      ZUNION x a -> -ERR value is not an integer or out of range
      ZUNION 2 a -> -ERR syntax error
      ZUNION 1 t -> -WRONGTYPE Operation against a key holding the wrong kind of value
      ZUNION 1 a WEIGHTS -> -ERR syntax error
      ZUNION 1 a WEIGHTS x -> -ERR weight value is not a float
      ZUNION 1 a AGGREGATE AVG -> -ERR syntax error
      ZUNIONSTORE d 1 a WITHSCORES -> -ERR syntax error
      ZDIFF 1 a WEIGHTS 1 -> -ERR syntax error
      ZINTERCARD 1 a WITHSCORES -> -ERR syntax error
      ZINTERCARD 1 a LIMIT -1 -> -ERR LIMIT can't be negative
      ZINTERCARD 1 a LIMIT x -> -ERR LIMIT can't be negative
      ZINTERCARD 1 a LIMIT -> -ERR syntax error
      ZRANDMEMBER a x -> -ERR value is not an integer or out of range
      ZRANDMEMBER a 1 SCORES -> -ERR syntax error
      ZRANDMEMBER a 1 WITHSCORES x -> -ERR syntax error
      ZRANDMEMBER a -9223372036854775808 -> \
      -ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807
      ZRANDMEMBER a -9223372036854775807 WITHSCORES -> -ERR value is out of range
      ZSCAN a x -> -ERR invalid cursor
      ZSCAN a 0 COUNT 0 -> -ERR syntax error
      ZSCAN nothing 0 COUNT 0 -> *2 $1 0 *0
      ZSCAN t 0 -> -WRONGTYPE Operation against a key holding the wrong kind of value
      """)
  }

  @Test(arguments: SortedSetTests.encodings) func listsAndChooses(encoding: String) {
    Transcript.expect(
      """
      CONFIG SET zset-max-listpack-entries \(encoding) -> +OK
      ZADD z 1.5 a -> :1
      ZSCAN z 0 -> *2 $1 0 *2 $1 a $3 1.5
      ZSCAN z 0 MATCH b* -> *2 $1 0 *0
      ZSCAN z 0 COUNT 100 MATCH [a-c] -> *2 $1 0 *2 $1 a $3 1.5
      ZRANDMEMBER z -> $1 a
      ZRANDMEMBER nothing -> $-1
      ZRANDMEMBER nothing 3 -> *0
      ZRANDMEMBER z 0 -> *0
      ZRANDMEMBER z 3 -> *1 $1 a
      ZRANDMEMBER z 3 WITHSCORES -> *2 $1 a $3 1.5
      ZRANDMEMBER z -2 WITHSCORES -> *4 $1 a $3 1.5 $1 a $3 1.5
      """)
  }

  /// Random commands, both encodings, the same answers and the same fingerprint as Redis's.
  @Test(.enabled(if: RealRedis.isInstalled), arguments: [1, 2, 3] as [UInt64])
  func answersAsRedisInLongRandomHistories(seed: UInt64) throws {
    let redis = try RealRedis()
    var test = TestEngine()
    let client = test.connect()
    var random = RandomGenerator(seed: seed)
    let entries = ["0", "12", "128"][Int(seed) - 1]
    func number() -> String {
      let value = random.next(below: 81)
      return value == 80 ? "inf" : "\(Double(value - 40) / 8)"
    }
    func bound() -> String { (random.next(below: 2) == 0 ? "(" : "") + number() }
    func member() -> String { "m\(random.next(below: 60))" }
    func key() -> String { "k\(random.next(below: 4))" }
    func rank() -> Int { random.next(below: 60) - 30 }
    func command() -> String {
      switch random.next(below: 19) {
      case 0..<6: "ZADD \(key()) \(number()) \(member()) \(number()) \(member()) \(number()) \(member())"
      case 6: "ZADD \(key()) GT CH \(number()) \(member())"
      case 7: "ZREM \(key()) \(member()) \(member())"
      case 8: "ZRANGE \(key()) \(rank()) \(rank()) WITHSCORES"
      case 9: "ZRANGE \(key()) \(bound()) \(bound()) BYSCORE WITHSCORES LIMIT \(rank() / 4) \(rank())"
      case 10: "ZREVRANGEBYSCORE \(key()) \(bound()) \(bound()) LIMIT \(rank() / 4) \(rank())"
      case 11: "ZREVRANK \(key()) \(member())"
      case 12: "ZCOUNT \(key()) \(bound()) \(bound())"
      case 13: "ZREMRANGEBYSCORE \(key()) \(bound()) \(bound())"
      case 14: "ZREMRANGEBYRANK \(key()) \(rank()) \(rank() / 8)"
      case 15:
        "ZUNIONSTORE \(key()) 2 \(key()) \(key()) AGGREGATE MAX"
      case 16: "ZINTER 2 \(key()) \(key()) WEIGHTS 2 0.5 WITHSCORES"
      case 17: "ZDIFF 3 \(key()) \(key()) \(key())"
      default: "ZPOPMAX \(key()) \(random.next(below: 3))"
      }
    }
    _ = test.run("CONFIG SET zset-max-listpack-entries \(entries)", from: client)
    _ = try redis.raw("CONFIG SET zset-max-listpack-entries \(entries)")
    for index in 0..<1500 {
      let line = command()
      let (ours, theirs) = (test.run(line, from: client), try redis.raw(line))
      #expect(Transcript.flat(ours) == Transcript.flat(theirs), "\(index): \(line)")
      guard ours == theirs else { return }
    }
    for index in 0..<4 {
      let line = "OBJECT ENCODING k\(index)"
      #expect(test.run(line, from: client) == (try redis.raw(line)))
    }
    #expect(test.run("DEBUG DIGEST", from: client) == (try redis.raw("DEBUG DIGEST")))
  }
}
