import Testing

/// Commands that write and commands that read, by the type of the key.
///
/// `%1` is the key, `%2` another one of the same type, `%3` one that is not there. With `$` instead of `%` the line
/// changes that key; where no key is named it changes all. `PAYLOAD` is what DUMP gives of a number.
struct DurableReadTable: CustomTestStringConvertible {
  let name: String
  let setup: [String]
  private let ownWrites: [String]
  private let ownReads: [String]

  var testDescription: String { name }
  var writes: [String] { ownWrites + Self.genericWrites }
  var reads: [String] { ownReads + Self.genericReads }

  static let all = [
    string, hyperLogLog, list, set, hash, sortedSet, geo, stream,
  ]

  private static let genericWrites = [
    "DEL $1", "UNLINK $1", "EXPIRE $1 100", "PEXPIRE $1 100000", "EXPIREAT $1 4000000000",
    "PEXPIREAT $1 4000000000000", "PERSIST $1", "RENAME $1 $3", "RENAMENX $1 $3", "COPY %1 $3", "MOVE $1 1",
    "RESTORE $3 0 PAYLOAD", "RESTORE-ASKING $3 0 PAYLOAD", "FLUSHALL", "FLUSHDB", "SWAPDB 0 1",
  ]

  private static let genericReads = [
    "EXISTS %2 %1", "TYPE %1", "TTL %1", "PTTL %1", "EXPIRETIME %1", "PEXPIRETIME %1", "DUMP %1", "TOUCH %1",
    "OBJECT ENCODING %1", "OBJECT IDLETIME %1", "OBJECT REFCOUNT %1", "OBJECT FREQ %1", "MEMORY USAGE %1", "WATCH %1",
  ]

  /// Those that tell of every key.
  static let readsOfAll = ["DBSIZE", "KEYS *", "SCAN 0", "RANDOMKEY", "SORT %1 BY weight:* GET #"]

  private static let string = DurableReadTable(
    name: "string",
    setup: ["SET %1 10", "SET %2 20"],
    ownWrites: [
      "SET $1 x", "SET $1 x GET", "SETNX $3 x", "SETEX $1 100 x", "PSETEX $1 100000 x", "GETSET $1 x", "GETDEL $1",
      "GETEX $1 EX 100", "APPEND $1 x", "SETRANGE $1 0 x", "INCR $1", "DECR $1", "INCRBY $1 5", "DECRBY $1 5",
      "INCRBYFLOAT $1 0.5", "MSET $1 a $3 b", "MSETNX $3 a", "MSETEX 2 $1 a $3 b", "MSETEX 1 $3 a NX", "DELEX $1",
      "DELIFEQ $1 10", "SETBIT $1 0 1", "BITFIELD $1 SET u8 0 77", "BITOP NOT $3 %1",
    ],
    ownReads: [
      "GET %1", "GETRANGE %1 0 -1", "SUBSTR %1 0 -1", "STRLEN %1", "MGET %2 %1", "LCS %2 %1", "DIGEST %1", "GETEX %1",
      "BITCOUNT %1", "BITPOS %1 1", "GETBIT %1 0", "BITFIELD_RO %1 GET u8 0", "BITFIELD %1 GET u8 0",
    ])

  private static let hyperLogLog = DurableReadTable(
    name: "HyperLogLog",
    setup: ["PFADD %1 a b", "PFCOUNT %1", "PFADD %2 c"],
    ownWrites: ["PFADD $1 another", "PFMERGE $3 %1 %2"],
    ownReads: ["PFCOUNT %1", "PFCOUNT %2 %1"])

  private static let list = DurableReadTable(
    name: "list",
    setup: ["RPUSH %1 a b c a", "RPUSH %2 z"],
    ownWrites: [
      "LPUSH $1 x", "RPUSH $1 x", "LPUSHX $1 x", "RPUSHX $1 x", "LINSERT $1 BEFORE b x", "LSET $1 0 x", "LREM $1 1 a",
      "LTRIM $1 1 2", "LPOP $1", "RPOP $1 2", "LMPOP 2 %3 $1 LEFT", "BLPOP $1 0", "BRPOP $1 0", "BLMPOP 0 1 $1 LEFT",
      "LMOVE $1 $3 LEFT RIGHT", "RPOPLPUSH $1 $3", "BLMOVE $1 $3 LEFT LEFT 0", "BRPOPLPUSH $1 $3 0",
      "SORT %1 ALPHA STORE $3",
    ],
    ownReads: [
      "LINDEX %1 0", "LLEN %1", "LPOS %1 a", "LRANGE %1 0 -1", "SORT %1 ALPHA", "SORT_RO %1 ALPHA",
    ])

  private static let set = DurableReadTable(
    name: "set",
    setup: ["SADD %1 a b c", "SADD %2 b z"],
    ownWrites: [
      "SADD $1 x", "SREM $1 a", "SPOP $1", "SPOP $1 2", "SMOVE $1 $3 a", "SDIFFSTORE $3 %1 %2",
      "SINTERSTORE $3 %1 %2", "SUNIONSTORE $3 %1 %2",
    ],
    ownReads: [
      "SCARD %1", "SISMEMBER %1 a", "SMISMEMBER %1 a b", "SMEMBERS %1", "SRANDMEMBER %1", "SSCAN %1 0", "SDIFF %2 %1",
      "SINTER %2 %1", "SINTERCARD 2 %2 %1", "SUNION %2 %1",
    ])

  private static let hash = DurableReadTable(
    name: "hash",
    setup: ["HSET %1 f 1 g 2 t 3", "HEXPIRE %1 1000 FIELDS 1 t", "HSET %2 f 1"],
    ownWrites: [
      "HSET $1 f 5", "HSETNX $1 new 1", "HMSET $1 f 7", "HINCRBY $1 f 1", "HINCRBYFLOAT $1 f 0.5", "HDEL $1 f",
      "HGETDEL $1 FIELDS 1 f", "HGETEX $1 EX 100 FIELDS 1 f", "HSETEX $1 EX 100 FIELDS 1 f 3",
      "HEXPIRE $1 100 FIELDS 1 f", "HPEXPIRE $1 100000 FIELDS 1 f", "HEXPIREAT $1 4000000000 FIELDS 1 f",
      "HPEXPIREAT $1 4000000000000 FIELDS 1 f", "HPERSIST $1 FIELDS 1 t",
    ],
    ownReads: [
      "HGET %1 f", "HMGET %1 f g", "HGETALL %1", "HKEYS %1", "HVALS %1", "HLEN %1", "HEXISTS %1 f", "HSTRLEN %1 f",
      "HRANDFIELD %1", "HSCAN %1 0", "HTTL %1 FIELDS 1 f", "HPTTL %1 FIELDS 1 f", "HEXPIRETIME %1 FIELDS 1 f",
      "HPEXPIRETIME %1 FIELDS 1 f",
    ])

  private static let sortedSet = DurableReadTable(
    name: "sorted set",
    setup: ["ZADD %1 1 a 2 b 3 c", "ZADD %2 1 a 9 z"],
    ownWrites: [
      "ZADD $1 5 x", "ZINCRBY $1 1 a", "ZREM $1 a", "ZREMRANGEBYLEX $1 - +", "ZREMRANGEBYRANK $1 0 0",
      "ZREMRANGEBYSCORE $1 1 1", "ZPOPMIN $1", "ZPOPMAX $1", "BZPOPMIN $1 0", "BZPOPMAX $1 0", "ZMPOP 2 %3 $1 MIN",
      "BZMPOP 0 1 $1 MAX", "ZRANGESTORE $3 %1 0 -1", "ZDIFFSTORE $3 2 %1 %2", "ZINTERSTORE $3 2 %1 %2",
      "ZUNIONSTORE $3 2 %1 %2",
    ],
    ownReads: [
      "ZCARD %1", "ZCOUNT %1 -inf +inf", "ZLEXCOUNT %1 - +", "ZMSCORE %1 a", "ZRANDMEMBER %1", "ZRANGE %1 0 -1",
      "ZRANGEBYLEX %1 - +", "ZRANGEBYSCORE %1 -inf +inf", "ZRANK %1 a", "ZREVRANGE %1 0 -1", "ZREVRANGEBYLEX %1 + -",
      "ZREVRANGEBYSCORE %1 +inf -inf", "ZREVRANK %1 a", "ZSCAN %1 0", "ZSCORE %1 a", "ZDIFF 2 %2 %1",
      "ZINTER 2 %2 %1", "ZINTERCARD 2 %2 %1", "ZUNION 2 %2 %1",
    ])

  private static let geo = DurableReadTable(
    name: "geo",
    setup: ["GEOADD %1 13.36 38.11 Palermo 15.08 37.5 Catania", "GEOADD %2 13.36 38.11 Palermo"],
    ownWrites: [
      "GEOADD $1 2.35 48.85 Paris", "GEORADIUS %1 15 37 200 km STORE $3",
      "GEORADIUSBYMEMBER %1 Palermo 200 km STORE $3", "GEOSEARCHSTORE $3 %1 FROMLONLAT 15 37 BYRADIUS 200 km",
    ],
    ownReads: [
      "GEODIST %1 Palermo Catania", "GEOHASH %1 Palermo", "GEOPOS %1 Palermo", "GEORADIUS %1 15 37 200 km",
      "GEORADIUS_RO %1 15 37 200 km", "GEORADIUSBYMEMBER %1 Palermo 200 km", "GEORADIUSBYMEMBER_RO %1 Palermo 200 km",
      "GEOSEARCH %1 FROMMEMBER Palermo BYRADIUS 200 km",
    ])

  private static let stream = DurableReadTable(
    name: "stream",
    setup: [
      "XADD %1 1-1 f v", "XADD %1 2-1 f v", "XGROUP CREATE %1 g 0", "XREADGROUP GROUP g c COUNT 1 STREAMS %1 >",
      "XADD %2 1-1 f v", "XGROUP CREATE %2 g $",
    ],
    ownWrites: [
      "XADD $1 3-1 f v", "XTRIM $1 MAXLEN 1", "XDEL $1 1-1", "XSETID $1 9-9", "XGROUP CREATE $1 h 0",
      "XGROUP CREATE $3 h 0 MKSTREAM", "XGROUP SETID $1 g 0", "XGROUP DESTROY $1 g", "XGROUP CREATECONSUMER $1 g new",
      "XGROUP DELCONSUMER $1 g c", "XACK $1 g 1-1", "XCLAIM $1 g d 0 1-1", "XCLAIM $1 g c 0 9-9 LASTID 9-9",
      "XAUTOCLAIM $1 g d 0 0", "XREADGROUP GROUP g c STREAMS %2 $1 > >",
    ],
    ownReads: [
      "XLEN %1", "XRANGE %1 - +", "XREVRANGE %1 + -", "XREAD STREAMS %1 0", "XREAD STREAMS %2 %1 0 0", "XPENDING %1 g",
      "XPENDING %1 g - + 10", "XINFO STREAM %1", "XINFO GROUPS %1", "XINFO CONSUMERS %1 g",
    ])
}
