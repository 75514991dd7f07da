/// What is sent, by type. The number is how often, against the others of its group.
enum Templates {
  typealias Row = (weight: Int, template: Template)

  private static func row(_ weight: Int, _ text: String, _ comparison: Comparison = .exact) -> Row {
    (weight, Template(comparison, text))
  }

  static let groups: [(weight: Int, rows: [Row])] = [
    (14, strings), (6, bitmaps), (3, hyperLogLogs), (14, lists), (12, hashes), (14, sets), (18, sortedSets), (5, geo),
    (14, streams), (12, generic), (3, sorting), (2, connection),
  ]

  static let strings: [Row] = [
    row(8, "SET $str $v"),
    row(4, "SET $str $int"),
    row(
      4,
      "SET $str $v [|EX $ttl|PX $farms|EXAT $far|PXAT $farms|KEEPTTL|EX $badttl|PX $badttl] [|NX|XX|GET|NX GET|XX GET]"),
    row(4, "GET $str"), row(1, "GET $key"),
    row(2, "GETSET $str $v"), row(1, "GETDEL $str"), row(2, "SETNX $str $v"),
    row(2, "GETEX $str [|EX $ttl|PXAT $farms|PERSIST|EXAT $far|EX $badttl]"),
    row(1, "SETEX $str [$ttl|$badttl] $v"), row(1, "PSETEX $str [$farms|$badttl] $v"),
    row(2, "MSET {1-3: $str $v}"), row(1, "MSETNX {1-2: $str $v}"), row(2, "MGET {1-3: $str} [|$key]"),
    row(4, "APPEND $str $v"), row(2, "STRLEN $str"),
    row(3, "SETRANGE $str $off $v"), row(3, "GETRANGE $str $n $n"), row(1, "SUBSTR $str $n $n"),
    row(
      3,
      "GETRANGE $str [0|-100|9223372036854775807|-9223372036854775808|5] [-1|100|9223372036854775807|-9223372036854775808]"
    ),
    row(3, "INCR $str"), row(2, "DECR $str"), row(3, "INCRBY $str $int"), row(3, "DECRBY $str $int"),
    row(2, "SET $str1 $f ; INCRBYFLOAT $str1 $f"), row(3, "INCRBYFLOAT $str $f"),
    row(1, "SET lcs1 {1-1: $v} ; SET lcs2 $v ; LCS lcs1 lcs2 [|LEN|IDX|IDX MINMATCHLEN $n|IDX WITHMATCHLEN|LEN IDX]"),
    row(1, "SET $str1 $long ; APPEND $str1 $long"),
  ]

  static let bitmaps: [Row] = [
    row(4, "SETBIT $str $bit [0|1|1|2]"), row(3, "GETBIT $str $bit"),
    row(3, "BITCOUNT $str [|$n $n|$n $n BYTE|$n $n BIT|$n]"),
    row(3, "BITPOS $str [0|1|2] [|$n|$n $n|$n $n BIT|$n $n BYTE]"),
    row(3, "BITOP [AND|OR|XOR] $str {1-3: $str}"), row(2, "BITOP NOT $str $str [|$str]"),
    row(4, "BITFIELD $str {1-3: [GET|SET|INCRBY] [u8|i8|u1|i5|u63|i64|i16] [$small|#1|#3]}"),
    row(
      4,
      "BITFIELD $str {1-3: [|OVERFLOW WRAP|OVERFLOW SAT|OVERFLOW FAIL] [SET|INCRBY] [u8|i8|u2|i5|u63|i64|i33|u64|i65] [$small|#1|4294967296|-1|#-1] $int}"
    ),
    row(
      3,
      "BITFIELD $str GET [u8|i8|i64|u63] [$bit|#2] {0-2: OVERFLOW [WRAP|SAT|FAIL] INCRBY [u4|i4|i64|u63] [$small|#1] $int}"
    ),
    row(1, "BITFIELD_RO $str {1-2: GET [u8|i7] $small} [|SET u8 0 1]"),
  ]

  static let hyperLogLogs: [Row] = [
    row(6, "PFADD $hll {0-5: $m}"), row(4, "PFCOUNT {1-3: $hll}"), row(2, "PFMERGE $hll {0-2: $hll}"),
    row(1, "PFADD $hll {100-300: $v}"), row(1, "PFADD $str $m"), row(1, "GET $hll"), row(1, "PFDEBUG ENCODING $hll"),
  ]

  static let lists: [Row] = [
    row(5, "[LPUSH|RPUSH] $list {1-4: $v}"), row(2, "[LPUSHX|RPUSHX] $list {1-3: $v}"),
    row(1, "[LPUSH|RPUSH] $list {20-60: $m}"), row(1, "[LPUSH|RPUSH] $list {1-3: $long}"),
    row(3, "[LPOP|RPOP] $list [||$cnt|0]"), row(2, "LLEN $list"), row(4, "LRANGE $list $n $n"),
    row(2, "LRANGE $list 0 -1"),
    row(3, "LINDEX $list $n"), row(3, "LSET $list $n $v"), row(3, "LINSERT $list [BEFORE|AFTER] [$m|$v] $v"),
    row(3, "LREM $list [0|1|-1|2|-2|5|9223372036854775807|-9223372036854775807|abc] [$m|$v]"),
    row(2, "LTRIM $list $n [$n|-1|-2|20|30]"),
    row(3, "LPOS $list [$m|$v] [|RANK $n] [|COUNT $n] [|MAXLEN $n]"),
    row(3, "LMOVE $list $list [LEFT|RIGHT] [LEFT|RIGHT]"), row(2, "RPOPLPUSH $list $list"),
    row(2, "LMPOP [1 $list|2 $list $list|3 none $list $list|0 $list] [LEFT|RIGHT] [|COUNT $pos]"),
    row(2, "RPUSH $list1 $v ; [BLPOP|BRPOP] $list1 [0|0.5|-1|abc|inf]"),
    row(1, "RPUSH $list1 $v ; BLMOVE $list1 $list [LEFT|RIGHT] LEFT 1"),
    row(1, "RPUSH $list1 $v ; BRPOPLPUSH $list1 $list 1"),
    row(1, "RPUSH $list1 $v ; BLMPOP 1 2 none $list1 LEFT [|COUNT $pos]"),
    row(1, "BLPOP none [0.001|-1|x]"),
  ]

  static let hashes: [Row] = [
    row(6, "HSET $hash {1-3: $m $v}"), row(1, "HMSET $hash {1-3: $m $v}"), row(2, "HSETNX $hash $m $v"),
    row(1, "HSET $hash {10-40: $m $v}"), row(1, "HSET $hash $m"), row(3, "HGET $hash $m"),
    row(2, "HMGET $hash {1-3: $m}"),
    row(3, "HDEL $hash {1-3: $m}"), row(1, "HLEN $hash"), row(2, "HEXISTS $hash $m"), row(2, "HSTRLEN $hash $m"),
    row(3, "HGETALL $hash", .pairs), row(1, "HKEYS $hash", .unordered), row(1, "HVALS $hash", .unordered),
    row(4, "HINCRBY $hash $m $int"), row(2, "HSET $hash1 c $int ; HINCRBY $hash1 c $int"),
    row(3, "HINCRBYFLOAT $hash $m $f"), row(2, "HSET $hash1 c $f ; HINCRBYFLOAT $hash1 c $f"),
    row(2, "HRANDFIELD $hash [|$cnt|$cnt WITHVALUES]", .shape), row(1, "HSET $hash $long $v"),
  ]

  static let sets: [Row] = [
    row(5, "SADD $set {1-4: $m}"), row(5, "SADD $iset {1-4: $im}"), row(1, "SADD $iset {20-60: $im}"),
    row(1, "SADD $set {20-60: $m}"),
    row(3, "SREM $set {1-3: $m}"), row(3, "SREM $iset {1-3: $im}"), row(2, "SMOVE [$set|$iset] [$set|$iset] $m"),
    row(1, "SCARD $set"), row(2, "SISMEMBER [$set|$iset] $m"), row(2, "SMISMEMBER [$set|$iset] {1-3: $m}"),
    row(2, "SMEMBERS [$set|$iset]", .unordered),
    row(4, "[SINTER|SUNION|SDIFF] {1-3: [$set|$iset]}", .unordered),
    row(3, "[SINTERSTORE|SUNIONSTORE|SDIFFSTORE] [$set|$iset] {1-3: [$set|$iset]}"),
    row(2, "SINTERCARD [1 $set|2 $set $iset|2 $set $set|3 $set $set $iset|0 $set|2 $set] [|LIMIT $n]"),
    row(2, "SRANDMEMBER [$set|$iset] [|$cnt]", .shape), row(1, "SADD $set $long"),
  ]

  static let sortedSets: [Row] = [
    row(6, "ZADD $zset {1-4: $score $m}"), row(1, "ZADD $zset {20-50: $score $m}"), row(1, "ZADD $zset {5-20: 0 $m}"),
    row(4, "ZADD $zset [|NX|XX|NX XX|GT|LT|NX GT|GT LT] [|CH] [|||INCR] {1-2: $score $m}"),
    row(3, "ZINCRBY $zset $score $m"), row(3, "ZREM $zset {1-3: $m}"), row(1, "ZCARD $zset"), row(2, "ZSCORE $zset $m"),
    row(2, "ZMSCORE $zset {1-3: $m}"), row(3, "[ZRANK|ZREVRANK] $zset $m"),
    row(3, "[ZRANGE|ZREVRANGE] $zset $n $n [|WITHSCORES]"),
    row(2, "ZRANGE $zset 0 -1 WITHSCORES"), row(1, "ZADD $zset $score $long"),
    row(3, "[ZRANGEBYSCORE|ZREVRANGEBYSCORE] $zset $sr $sr [|WITHSCORES] [|LIMIT $n $n]"),
    row(3, "ZADD $lexset {1-4: 0 $m}"), row(1, "ZADD $lexset {10-30: 0 $m}"), row(1, "ZREM $lexset $m"),
    row(1, "DEL $lexset"),
    row(3, "[ZRANGEBYLEX|ZREVRANGEBYLEX] $lexset $lex $lex [|LIMIT $n $n]"),
    row(4, "ZRANGE $zset [$n $n|$sr $sr BYSCORE] [|REV] [|LIMIT $n $n] [|WITHSCORES]"),
    row(2, "ZRANGE $lexset $lex $lex BYLEX [|REV] [|LIMIT $n $n] [|WITHSCORES]"),
    row(1, "ZRANGESTORE [$zset|$lexset] $lexset $lex $lex BYLEX [|REV] [|LIMIT $n $n]"),
    row(3, "ZRANGESTORE $zset $zset [$n $n|$sr $sr BYSCORE] [|REV] [|LIMIT $n $n]"),
    row(2, "ZCOUNT $zset $sr $sr"), row(2, "ZLEXCOUNT $lexset $lex $lex"),
    row(1, "ZREMRANGEBYRANK $zset $n $n"), row(1, "ZREMRANGEBYSCORE $zset $sr $sr"),
    row(1, "ZREMRANGEBYLEX $lexset $lex $lex"),
    row(2, "[ZPOPMIN|ZPOPMAX] $zset [|$cnt]"), row(2, "ZRANDMEMBER $zset [|$cnt|$cnt WITHSCORES]", .shape),
    row(2, "ZMPOP [1 $zset|2 $zset $zset|0 $zset|2 none $zset] [MIN|MAX] [|COUNT $pos]"),
    row(
      3,
      "[ZUNION|ZINTER] [1 $zset|2 $zset $zset|2 $zset $set|3 $zset $zset $zset|0 $zset|3 $zset] [|WEIGHTS 2 3|WEIGHTS $f $f|WEIGHTS 1] [|AGGREGATE SUM|AGGREGATE MIN|AGGREGATE MAX|AGGREGATE X] [|WITHSCORES]"
    ),
    row(
      3,
      "[ZUNIONSTORE|ZINTERSTORE] $zset [1 $zset|2 $zset $zset|2 $zset $set|3 $zset $zset $iset] [|WEIGHTS 2 3|WEIGHTS $f $f] [|AGGREGATE SUM|AGGREGATE MIN|AGGREGATE MAX]"
    ),
    row(2, "ZDIFF [1 $zset|2 $zset $zset|3 $zset $zset $set] [|WITHSCORES]"),
    row(2, "ZDIFFSTORE $zset [1 $zset|2 $zset $zset|2 $set $zset]"),
    row(2, "ZINTERCARD [1 $zset|2 $zset $zset|2 $zset $set|0 $zset] [|LIMIT $n]"),
    row(1, "ZADD $zset1 1 a ; [BZPOPMIN|BZPOPMAX] $zset1 [1|0.5|-1|x]"),
    row(1, "ZADD $zset1 1 a ; BZMPOP 1 2 none $zset1 [MIN|MAX] [|COUNT $pos]"),
  ]

  static let geo: [Row] = [
    row(5, "GEOADD $geo [|NX|XX|CH|XX CH] {1-3: $lon $lat $m}"), row(2, "GEOPOS $geo {1-2: $m}"),
    row(2, "GEOHASH $geo {1-2: $m}"),
    row(2, "GEODIST $geo $m $m [|m|km|ft|mi|x]"),
    row(
      5,
      "GEOSEARCH $geo [FROMMEMBER $m|FROMLONLAT $lon $lat] [BYRADIUS [$n|500|3000|20000] [m|km|mi]|BYBOX [400|5000] [400|9000] [km|ft]] [ASC|DESC] [|COUNT $pos] [WITHDIST|WITHCOORD|WITHCOORD WITHDIST WITHHASH]",
      .distance),
    row(2, "GEOSEARCH $geo FROMLONLAT $lon $lat BYRADIUS [1000|10000|30000] km [|WITHDIST]", .unordered),
    row(
      2,
      "GEOSEARCHSTORE [$geo|$zset] $geo [FROMMEMBER $m|FROMLONLAT $lon $lat] [BYRADIUS 8000 km|BYBOX 5000 9000 km] [ASC|DESC] [|COUNT 1000]"
    ),
    row(
      2,
      "[GEORADIUS|GEORADIUS_RO] $geo $lon $lat [500|5000|20000] km [WITHCOORD|WITHDIST|WITHHASH] [|COUNT $pos] [ASC|DESC]",
      .distance),
    row(1, "GEORADIUS $geo $lon $lat 5000 km [STORE $geo|STOREDIST $zset]"),
    row(1, "GEOSEARCHSTORE $zset $geo FROMLONLAT $lon $lat BYRADIUS [3000|15000] km STOREDIST"),
    row(1, "[GEORADIUSBYMEMBER|GEORADIUSBYMEMBER_RO] $geo $m [500|5000|20000] km WITHDIST [ASC|DESC]", .distance),
  ]

  static let streams: [Row] = [
    row(
      12,
      "XADD $stream [|||NOMKSTREAM] [|||MAXLEN $n|MAXLEN = $n|MAXLEN ~ $n|MINID $id|MAXLEN ~ 5 LIMIT $n] [$new|$new|$newstar|$id] {1-2: $m $v}"
    ),
    row(3, "XADD $stream $new {1-1: f $v g $v}"), row(1, "XLEN $stream"), row(2, "XDEL $stream {1-2: $id}"),
    row(3, "XRANGE $stream [-|$id|$id] [+|$id] [|COUNT $n]"), row(2, "XREVRANGE $stream [+|$id] [-|$id] [|COUNT $n]"),
    row(1, "XTRIM $stream [MAXLEN|MINID] [|=|~] [$pos|$id] [|LIMIT $n]"),
    row(2, "XREAD [|COUNT $n] STREAMS [$stream $id|$stream $stream $id $id|$stream $|$stream]"),
    row(2, "XGROUP CREATE $stream [g1|g2] [$id|$|0] [|MKSTREAM] [|ENTRIESREAD $n]"),
    row(1, "XGROUP SETID $stream g1 [$id|$] [|ENTRIESREAD $n]"),
    row(1, "XGROUP [CREATECONSUMER|CREATECONSUMER|DELCONSUMER] $stream [g1|g2] [c1|c2|c3]"),
    row(1, "XGROUP DESTROY $stream g2"),
    // 7.2 makes the consumer even if there is nothing to read; 7.0 does not.
    row(
      6,
      "XGROUP CREATECONSUMER $stream1 $group1 $consumer1 ; XREADGROUP GROUP $group1 $consumer1 [|COUNT $n] [|NOACK] STREAMS $stream1 [>|>|$id]"
    ),
    row(
      1,
      "XGROUP CREATECONSUMER $stream1 g1 c1 ; XGROUP CREATECONSUMER $stream2 g1 c1 ; XREADGROUP GROUP g1 c1 [|COUNT $n] STREAMS $stream1 $stream2 [> >|$id >]"
    ),
    row(3, "XACK $stream [g1|g2] {1-2: $id}"), row(1, "XPENDING $stream [g1|g2]"),
    row(2, "XPENDING $stream [g1|g2] [|IDLE 0] [-|$id] [+|$id] $n [|c1]", .pending),
    // 7.2 makes the consumer even if there is nothing to claim; 7.0 does not.
    row(
      3,
      "XGROUP CREATECONSUMER $stream1 $group1 $consumer1 ; XCLAIM $stream1 $group1 $consumer1 0 {1-2: $id} [|IDLE 100|TIME 1000] [|RETRYCOUNT $n] [|FORCE] [|JUSTID]"
    ),
    row(
      2,
      "XGROUP CREATECONSUMER $stream1 $group1 $consumer1 ; XAUTOCLAIM $stream1 $group1 $consumer1 0 $id [|COUNT $pos] [|JUSTID]"
    ),

    // Never below the highest deleted identifier: 7.2 refuses that, 7.0 takes it, and from then on the two differ.
    row(1, "XSETID $stream 18446744073709551615-18446744073709551615 [|ENTRIESADDED $n MAXDELETEDID $id]"),
    row(1, "XINFO STREAM $stream", .information), row(1, "XINFO STREAM $stream FULL [|COUNT $n]", .information),
    row(1, "XINFO GROUPS $stream", .information), row(1, "XINFO CONSUMERS $stream [g1|g2]", .information),
  ]

  static let generic: [Row] = [
    row(5, "DEL {1-2: $key}"), row(1, "UNLINK {1-2: $key}"), row(2, "EXISTS {1-3: $key}"), row(2, "TYPE $key"),
    row(1, "TOUCH {1-3: $key}"),
    row(2, "RENAME $key $key"), row(1, "RENAMENX $key $key"),
    row(3, "COPY $key $key [|REPLACE|DB 1|DB 1 REPLACE|DB x]"),
    row(1, "MOVE $key [1|0|2|99|x]"), row(2, "[EXPIRE|PEXPIRE] $key $farms"), row(1, "EXPIRE $key $ttl"),
    row(2, "EXPIREAT $key $far [|NX|XX|GT|LT|NX XX|GT LT|X]"), row(2, "PEXPIREAT $key $farms [|NX|XX|GT|LT|XX GT]"),
    row(1, "[EXPIRE|PEXPIRE|EXPIREAT|PEXPIREAT] $key $badttl"), row(2, "PERSIST $key"), row(2, "TTL $key", .near(10)),
    row(2, "PTTL $key", .near(10_000)), row(2, "EXPIRETIME $key", .near(10)), row(2, "PEXPIRETIME $key", .near(10_000)),
    row(6, "OBJECT ENCODING $key", .encoding), row(1, "KEYS [*|s*|?set*|*1]", .unordered), row(1, "DBSIZE"),
    row(1, "RANDOMKEY", .shape),
    row(2, "SELECT 1 ; MGET {1-2: $str} ; DEL $key ; SELECT 0"),
    row(1, "SELECT 1 ; SADD $set {1-3: $m} ; MOVE $key 0 ; SELECT 0"),
    row(1, "SWAPDB [0 1|1 2|0 99|x 1]"), row(1, "SELECT [16|-1|x|9223372036854775807]"),
    row(1, "RESTORE $str 0 [abc|$v] [|REPLACE]"),
    row(1, "DEBUG DIGEST-VALUE {1-3: $key}"),
  ]

  /// Of copies: SORT makes a skiplist of Redis's sorted set, whatever its size.
  static let sorting: [Row] = [
    row(
      4, "DEL sorted ; COPY [$list|$set|$iset|$zset] sorted ; [SORT|SORT_RO] sorted ALPHA [|DESC|ASC] [|LIMIT $n $n]",
      .collated),
    row(4, "DEL sorted ; COPY [$iset|$list] sorted ; SORT sorted [|DESC] [|LIMIT $n $n]"),
    row(2, "DEL sorted ; COPY $iset sorted ; SORT sorted [|DESC] [|GET str*|GET # GET str*|GET hash*->m1]"),
    row(2, "DEL sorted ; COPY $iset sorted ; SORT sorted BY str*"),
    row(2, "DEL sorted ; COPY [$iset|$set] sorted ; SORT sorted BY [nosort|hash*->m1]", .unordered),
    row(2, "DEL sorted ; ZADD sorted {1-20: $score $m} ; SORT sorted BY nosort [|DESC] [|LIMIT $n $n]"),
    row(2, "DEL sorted ; COPY [$iset|$set|$zset] sorted ; SORT sorted ALPHA [|DESC] [|LIMIT 0 $pos] STORE $list"),
    row(1, "DEL sorted ; COPY $iset sorted ; SORT sorted STORE $list"),
  ]

  static let connection: [Row] = [
    row(2, "PING [|$v]"), row(2, "ECHO $v"), row(1, "PUBLISH ch $v"),
    row(1, "PUBSUB [NUMSUB ch other|NUMPAT|CHANNELS|CHANNELS c*|SHARDNUMSUB ch]"),
    row(1, "SUBSCRIBE ch1 ; PSUBSCRIBE p* ; PING ; UNSUBSCRIBE ch1 ; PUNSUBSCRIBE p* ; PUBSUB NUMSUB ch1"),
    row(1, "DISCARD"), row(1, "EXEC"),
    row(1, "WATCH {1-2: $key} ; GET $str ; UNWATCH"), row(1, "NOSUCH $v"), row(1, "OBJECT NOSUCH $key"), row(1, "GET"),
    row(1, "XGROUP CREATE $stream"),
    row(1, "MULTI ; MULTI ; DISCARD"), row(1, "MULTI ; GET ; EXEC"), row(1, "MULTI ; WATCH a ; SET $str $v ; EXEC"),
  ]
}
