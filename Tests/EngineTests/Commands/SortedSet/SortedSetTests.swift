import Testing

@testable import Engine

@Suite struct SortedSetTests {
  /// Settings before a transcript, so that it is played in either encoding.
  static let encodings = ["128", "0"]

  private func expect(
    _ encoding: String, _ text: String, comparesWithRedis: Bool = true,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    Transcript.expect(
      "CONFIG SET zset-max-listpack-entries \(encoding) -> +OK\n" + text, comparesWithRedis: comparesWithRedis,
      sourceLocation: sourceLocation)
  }

  @Test(arguments: encodings) func addsAndChanges(encoding: String) {
    expect(
      encoding,
      """
      ZADD z 1 a 2 b -> :2
      ZADD z 1 a 3 b 4 c -> :1
      ZADD z CH 1 a 5 b 6 d -> :2
      ZADD z NX 9 a 7 e -> :1
      ZADD z XX CH 9 a 8 new -> :1
      ZADD z XX GT CH 8 a 6 b -> :1
      ZADD z LT CH 10 a 2 b -> :1
      ZADD z INCR 1.5 a -> $4 10.5
      ZADD z NX INCR 1 a -> $-1
      ZADD z XX INCR 1 nobody -> $-1
      ZADD z GT INCR -1 a -> $-1
      ZADD none XX 1 a -> :0
      EXISTS none -> :0
      ZINCRBY z 2 a -> $4 12.5
      ZINCRBY z 1e20 big -> $5 1e+20
      ZADD z inf top -inf bottom +inf top2 -> :3
      ZINCRBY z -inf top -> -ERR resulting score is not a number (NaN)
      ZRANGE z 0 -1 WITHSCORES -> *18 $6 bottom $4 -inf $1 b $1 2 $1 c $1 4 $1 d $1 6 $1 e $1 7 $1 a $4 12.5 \
      $3 big $5 1e+20 $3 top $3 inf $4 top2 $3 inf
      ZCARD z -> :9
      ZSCORE z a -> $4 12.5
      ZSCORE z nobody -> $-1
      ZSCORE nothing nobody -> $-1
      ZMSCORE z a nobody b -> *3 $4 12.5 $-1 $1 2
      ZMSCORE nothing a -> *1 $-1
      ZADD z 3.0 three 0.5 half 1e20 large 17179869184 p34 123456789.125 f 5e-324 tiny -> :6
      ZMSCORE z three half large p34 f -> *5 $1 3 $3 0.5 $5 1e+20 $11 17179869184 $13 123456789.125
      """)
  }

  @Test func refusesWhatIsNotMeant() {
    Transcript.expect(
      """
      ZADD z -> -ERR wrong number of arguments for 'zadd' command
      ZADD z 1 -> -ERR wrong number of arguments for 'zadd' command
      ZADD z 1 a 2 -> -ERR syntax error
      ZADD z XX CH -> -ERR syntax error
      ZADD z nan a -> -ERR value is not a valid float
      ZADD z 1 a x b -> -ERR value is not a valid float
      EXISTS z -> :0
      ZADD z NX XX 1 a -> -ERR XX and NX options at the same time are not compatible
      ZADD z NX GT 1 a -> -ERR GT, LT, and/or NX options at the same time are not compatible
      ZADD z LT GT 1 a -> -ERR GT, LT, and/or NX options at the same time are not compatible
      ZADD z INCR 1 a 2 b -> -ERR INCR option supports a single increment-element pair
      ZINCRBY z x a -> -ERR value is not a valid float
      SET s v -> +OK
      ZADD s 1 a -> -WRONGTYPE Operation against a key holding the wrong kind of value
      ZSCORE s a -> -WRONGTYPE Operation against a key holding the wrong kind of value
      ZRANGE s 0 -1 -> -WRONGTYPE Operation against a key holding the wrong kind of value
      ZPOPMIN s -> -WRONGTYPE Operation against a key holding the wrong kind of value
      ZREM s a -> -WRONGTYPE Operation against a key holding the wrong kind of value
      ZADD z 1 a -> :1
      GET z -> -WRONGTYPE Operation against a key holding the wrong kind of value
      ZRANGE z a 1 -> -ERR value is not an integer or out of range
      ZRANGE z 0 1 LIMIT 0 1 -> \
      -ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX
      ZRANGE z [a [b BYLEX WITHSCORES -> -ERR syntax error, WITHSCORES not supported in combination with BYLEX
      ZRANGE z 0 1 BYSCORE BYLEX -> -ERR syntax error
      ZRANGE z 0 1 BYSCORE LIMIT 0 -> -ERR syntax error
      ZRANGE z x 1 BYSCORE -> -ERR min or max is not a float
      ZRANGE z a b BYLEX -> -ERR min or max not valid string range item
      ZRANGEBYSCORE z 0 1 REV -> -ERR syntax error
      ZREVRANGE z 0 1 REV -> -ERR syntax error
      ZRANGEBYLEX z [a [b WITHSCORES -> -ERR syntax error, WITHSCORES not supported in combination with BYLEX
      ZCOUNT z a 1 -> -ERR min or max is not a float
      ZCOUNT z (nan 1 -> -ERR min or max is not a float
      ZLEXCOUNT z a [b -> -ERR min or max not valid string range item
      ZREMRANGEBYRANK z a 1 -> -ERR value is not an integer or out of range
      ZREMRANGEBYSCORE z a 1 -> -ERR min or max is not a float
      ZREMRANGEBYLEX z a [b -> -ERR min or max not valid string range item
      ZPOPMIN z -1 -> -ERR value is out of range, must be positive
      ZPOPMIN z x -> -ERR value is out of range, must be positive
      ZMPOP 0 z MIN -> -ERR numkeys should be greater than 0
      ZMPOP x z MIN -> -ERR numkeys should be greater than 0
      ZMPOP 2 z MIN -> -ERR syntax error
      ZMPOP 1 z UP -> -ERR syntax error
      ZMPOP 1 z MIN COUNT 0 -> -ERR count should be greater than 0
      ZMPOP 1 z MIN COUNT -> -ERR syntax error
      ZMPOP 1 z MIN COUNT 1 COUNT 2 -> -ERR syntax error
      """)
  }

  @Test(arguments: encodings) func ranges(encoding: String) {
    expect(
      encoding,
      """
      ZADD z 1 a 2 b 2 c 3 d 4 e -> :5
      ZRANGE z 0 -1 -> *5 $1 a $1 b $1 c $1 d $1 e
      ZRANGE z 1 2 -> *2 $1 b $1 c
      ZRANGE z -2 -1 WITHSCORES -> *4 $1 d $1 3 $1 e $1 4
      ZRANGE z 3 1 -> *0
      ZRANGE z 5 9 -> *0
      ZRANGE z -100 100 REV -> *5 $1 e $1 d $1 c $1 b $1 a
      ZREVRANGE z 0 1 WITHSCORES -> *4 $1 e $1 4 $1 d $1 3
      ZRANGE z 2 3 BYSCORE -> *3 $1 b $1 c $1 d
      ZRANGE z (2 3 BYSCORE -> *1 $1 d
      ZRANGE z 2 (3 BYSCORE WITHSCORES -> *4 $1 b $1 2 $1 c $1 2
      ZRANGE z (2 (3 BYSCORE -> *0
      ZRANGE z 3 2 BYSCORE REV -> *3 $1 d $1 c $1 b
      ZRANGE z -inf +inf BYSCORE LIMIT 1 2 -> *2 $1 b $1 c
      ZRANGE z -inf +inf BYSCORE LIMIT 1 -1 -> *4 $1 b $1 c $1 d $1 e
      ZRANGE z -inf +inf BYSCORE LIMIT -1 2 -> *0
      ZRANGE z -inf +inf BYSCORE LIMIT 5 2 -> *0
      ZRANGE z +inf -inf BYSCORE REV LIMIT 1 2 -> *2 $1 d $1 c
      ZRANGEBYSCORE z 2 3 WITHSCORES LIMIT 1 5 -> *4 $1 c $1 2 $1 d $1 3
      ZREVRANGEBYSCORE z 3 2 -> *3 $1 d $1 c $1 b
      ZRANGEBYSCORE z 10 20 -> *0
      ZRANGEBYSCORE nothing 10 20 -> *0
      ZCOUNT z 2 3 -> :3
      ZCOUNT z (2 3 -> :1
      ZCOUNT z -inf inf -> :5
      ZCOUNT z 3 2 -> :0
      ZCOUNT z 2 1e999 -> :4
      ZCOUNT nothing 2 3 -> :0
      ZRANK z a -> :0
      ZRANK z d -> :3
      ZREVRANK z d -> :1
      ZRANK z nobody -> $-1
      ZRANK nothing nobody -> $-1
      ZADD x 0 alpha 0 bar 0 cool 0 down 0 elephant -> :5
      ZRANGE x - + BYLEX -> *5 $5 alpha $3 bar $4 cool $4 down $8 elephant
      ZRANGE x [bar (down BYLEX -> *2 $3 bar $4 cool
      ZRANGEBYLEX x (bar [down LIMIT 1 1 -> *1 $4 down
      ZREVRANGEBYLEX x + (bar LIMIT 0 2 -> *2 $8 elephant $4 down
      ZRANGEBYLEX x + - -> *0
      ZRANGEBYLEX x ( [c -> *2 $5 alpha $3 bar
      ZLEXCOUNT x - + -> :5
      ZLEXCOUNT x [b [d -> :2
      ZRANGESTORE dst z 2 3 BYSCORE -> :3
      ZRANGE dst 0 -1 WITHSCORES -> *6 $1 b $1 2 $1 c $1 2 $1 d $1 3
      ZRANGESTORE dst z 0 0 REV -> :1
      ZRANGE dst 0 -1 -> *1 $1 e
      ZRANGESTORE dst z 5 6 BYSCORE -> :0
      EXISTS dst -> :0
      ZRANGESTORE dst z 0 1 WITHSCORES -> -ERR syntax error
      """)
  }

  @Test(arguments: encodings) func removesAndPops(encoding: String) {
    expect(
      encoding,
      """
      ZADD z 1 a 2 b 3 c 4 d 5 e 6 f 7 g 8 h -> :8
      ZREM z a nobody a -> :1
      ZREM nothing a -> :0
      ZREMRANGEBYRANK z 0 0 -> :1
      ZREMRANGEBYRANK z -1 -1 -> :1
      ZREMRANGEBYRANK z 10 20 -> :0
      ZREMRANGEBYSCORE z (3 4 -> :1
      ZRANGE z 0 -1 -> *4 $1 c $1 e $1 f $1 g
      ZPOPMIN z -> *2 $1 c $1 3
      ZPOPMAX z 2 -> *4 $1 g $1 7 $1 f $1 6
      ZPOPMIN z 0 -> *0
      ZPOPMIN nothing -> *0
      ZPOPMIN z 9223372036854775807 -> *2 $1 e $1 5
      EXISTS z -> :0
      ZADD z 1 a 2 b 3 c -> :3
      ZMPOP 2 nothing z MIN -> *2 $1 z *1 *2 $1 a $1 1
      ZMPOP 2 nothing z MAX COUNT 10 -> *2 $1 z *2 *2 $1 c $1 3 *2 $1 b $1 2
      ZMPOP 1 z MAX -> *-1
      ZADD x 0 a 0 b 0 c 0 d -> :4
      ZREMRANGEBYLEX x [b (d -> :2
      ZRANGE x 0 -1 -> *2 $1 a $1 d
      ZREMRANGEBYLEX x - + -> :2
      EXISTS x -> :0
      """)
  }

  /// What RESP3 says otherwise.
  @Test(arguments: encodings) func speaksRESP3(encoding: String) {
    expect(
      encoding,
      """
      HELLO 3 -> %7 $6 server $5 redis $7 version $5 7.2.4 $5 proto :3 $2 id :1 $4 mode $10 standalone $4 role \
      $6 master $7 modules *0
      ZADD z 1 a 2.5 b inf c -> :3
      ZSCORE z b -> ,2.5
      ZSCORE z c -> ,inf
      ZSCORE z nobody -> _
      ZMSCORE z a nobody -> *2 ,1 _
      ZINCRBY z 1 a -> ,2
      ZRANGE z 0 -1 WITHSCORES -> *3 *2 $1 a ,2 *2 $1 b ,2.5 *2 $1 c ,inf
      ZRANK z b WITHSCORE -> *2 :1 ,2.5
      ZRANK z nobody WITHSCORE -> _
      ZPOPMIN z -> *2 $1 a ,2
      ZPOPMIN z 1 -> *1 *2 $1 b ,2.5
      ZMPOP 1 z MAX -> *2 $1 z *1 *2 $1 c ,inf
      ZMPOP 1 z MAX -> _
      """, comparesWithRedis: false)
  }

  /// Of Redis 7.2, and not of the one that may be installed.
  @Test func ranksWithScore() {
    Transcript.expect(
      """
      ZADD z 1 a 2.5 b 3 c -> :3
      ZRANK z b WITHSCORE -> *2 :1 $3 2.5
      ZREVRANK z a withscore -> *2 :2 $1 1
      ZRANK z nobody WITHSCORE -> *-1
      ZRANK nothing a WITHSCORE -> *-1
      ZRANK z b SCORE -> -ERR syntax error
      ZRANK z b WITHSCORE x -> -ERR wrong number of arguments for 'zrank' command
      ZADD n -0.0 zero -> :1
      ZSCORE n zero -> $1 0
      """, comparesWithRedis: false)
  }

  @Test func changesTheEncodingWhereRedisDoes() {
    Transcript.expect(
      """
      CONFIG SET zset-max-listpack-entries 3 -> +OK
      CONFIG SET zset-max-listpack-value 5 -> +OK
      ZADD z 1 a 2 b 3 c -> :3
      OBJECT ENCODING z -> $8 listpack
      ZADD z 4 a -> :0
      OBJECT ENCODING z -> $8 listpack
      ZADD z 4 d -> :1
      OBJECT ENCODING z -> $8 skiplist
      ZREM z a b c -> :3
      OBJECT ENCODING z -> $8 skiplist
      ZADD long 1 12345 -> :1
      OBJECT ENCODING long -> $8 listpack
      ZADD long 1 123456 -> :1
      OBJECT ENCODING long -> $8 skiplist
      ZADD first 1 abcdef -> :1
      OBJECT ENCODING first -> $8 skiplist
      ZADD x 1 a -> :1
      COPY z y -> :1
      OBJECT ENCODING y -> $8 skiplist
      ZRANGE y 0 -1 WITHSCORES -> *2 $1 d $1 4
      """)
  }
}
