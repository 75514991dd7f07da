import Testing

@testable import Engine

/// Numbers at the ends of what a number can be, wherever a command or a directive takes one: an answer, never a trap.
@Suite struct ExtremeArgumentTests {
  static let numbers = [
    "9223372036854775807", "-9223372036854775808", "9223372036854775", "-9223372036854775", "9000000000000000000",
    "18446744073709551615", "4294967296", "2147483648", "-1", "0", "1e308", "nan",
  ]

  /// A command with `#` where a number goes.
  static let templates = [
    "XADD s # f v", "XADD s #-* f v", "XADD s 1-# f v", "XADD s MAXLEN ~ # LIMIT # * f v", "XADD s MINID # * f v",
    "XTRIM s MAXLEN #", "XTRIM s MINID ~ # LIMIT #", "XRANGE s # # COUNT #", "XREVRANGE s (# (#", "XDEL s #-#",
    "XSETID s # ENTRIESADDED # MAXDELETEDID #", "XREAD COUNT # STREAMS s #", "XREAD BLOCK # STREAMS s $",
    "XGROUP CREATE s g2 # MKSTREAM ENTRIESREAD #", "XGROUP SETID s g # ENTRIESREAD #",
    "XREADGROUP GROUP g c COUNT # BLOCK # STREAMS s >", "XREADGROUP GROUP g c COUNT # STREAMS s #", "XACK s g #-#",
    "XPENDING s g IDLE # # # #", "XCLAIM s g d # 1-1 IDLE #", "XCLAIM s g d 0 1-1 TIME # RETRYCOUNT # LASTID # FORCE",
    "XAUTOCLAIM s g d # # COUNT #", "XINFO STREAM s FULL COUNT #",
    "SET k v EX #", "SET k v PX #", "SET k v EXAT #", "SET k v PXAT #", "SETEX k # v", "PSETEX k # v", "EXPIRE k #",
    "PEXPIRE k #", "EXPIREAT k #", "PEXPIREAT k #", "GETEX k EX #", "GETEX k PXAT #", "GETRANGE k # #",
    "SUBSTR k # #", "SETRANGE k # x", "INCRBY n #", "DECRBY n #", "INCRBYFLOAT f #", "SELECT #", "MOVE k #",
    "SWAPDB # 0", "COPY k k2 DB #", "SCAN #", "SCAN 0 COUNT #", "WAIT # 0", "WAIT 1 #", "CLIENT PAUSE #",
    "CLIENT KILL ID #", "CLIENT KILL MAXAGE #", "CLIENT UNBLOCK #", "CLIENT LIST ID #", "HELLO #", "SLOWLOG GET #",
    "MEMORY USAGE k SAMPLES #", "DEBUG POPULATE 1 p #", "REPLICAOF h #", "REPLCONF listening-port #",
    "REPLCONF ack #", "PSYNC ? #", "LCS k k MINMATCHLEN # IDX", "LOLWUT VERSION # #", "COMMAND GETKEYS SET k v EX #",
    "LATENCY GRAPH #", "OBJECT FREQ #", "SADD s #", "SREM s #", "SPOP s #", "SRANDMEMBER s #", "SINTERCARD # s s",
    "SINTERCARD 1 s LIMIT #", "SSCAN s #", "SSCAN s 0 COUNT #", "SORT s LIMIT # #", "SORT l BY x LIMIT # # DESC",
    "LPOP l #", "RPOP l #", "LRANGE l # #", "LINDEX l #", "LSET l # x", "LREM l # a", "LTRIM l # #", "LPOS l a RANK #",
    "LPOS l a COUNT #", "LPOS l a MAXLEN #", "LMPOP # l LEFT", "LMPOP 1 l LEFT COUNT #",
    "DEBUG QUICKLIST-PACKED-THRESHOLD #", "SETBIT k # 1", "SETBIT k 1 #", "GETBIT k #", "BITCOUNT k # #",
    "BLPOP x #", "BRPOP x #", "BLMOVE x m LEFT LEFT #", "BRPOPLPUSH x m #", "BLMPOP # 1 x LEFT", "BLMPOP 0 # x LEFT",
    "BLMPOP 0 1 x LEFT COUNT #", "BZPOPMIN z #", "BZPOPMAX z #", "BZMPOP # 1 z MIN", "BZMPOP 0 # z MIN",
    "BZMPOP 0 1 z MIN COUNT #", "CLIENT TRACKING ON REDIRECT #",
    "BITCOUNT k # # BIT", "BITPOS k 1 # #", "BITPOS k 0 # # BIT", "BITPOS k # 0", "BITFIELD k GET u8 #",
    "BITFIELD k GET u8 ##", "BITFIELD k SET i64 3 # INCRBY i64 3 # INCRBY u63 5 #", "BITFIELD k SET u7 # 1",
    "PFADD # #", "PFDEBUG GETREG #", "PFMERGE # k", "MSETEX # k v", "MSETEX 1 k v EX #", "MSETEX 1 k v PXAT #",
    "BITFIELD k OVERFLOW SAT SET i7 0 # INCRBY i7 0 # INCRBY u7 0 # SET u63 0 #", "BITFIELD k GET i# 0",
    "HINCRBY h f #", "HINCRBYFLOAT h f #", "HRANDFIELD h #", "HRANDFIELD h # WITHVALUES", "HSCAN h #",
    "HSCAN h 0 COUNT #", "HEXPIRE h # FIELDS 1 f", "HPEXPIRE h # FIELDS 1 f", "HEXPIREAT h # FIELDS 1 f",
    "HPEXPIREAT h # GT FIELDS 1 f", "HEXPIRE h 10 FIELDS # f", "HTTL h FIELDS # f", "HPERSIST h FIELDS # f",
    "HGETDEL h FIELDS # f", "HGETEX h EX # FIELDS 1 f", "HGETEX h PXAT # FIELDS 1 f", "HGETEX h PERSIST FIELDS # f",
    "HSETEX h PX # FIELDS 1 f v", "HSETEX h EXAT # FIELDS 1 f v", "HSETEX h FIELDS # f v",
    "ZADD z # a", "ZADD z INCR # a", "ZINCRBY z # a", "ZRANGE z # #", "ZRANGE z # # REV", "ZRANGE z # # BYSCORE",
    "ZRANGE z -inf inf BYSCORE LIMIT # #", "ZRANGE z inf -inf BYSCORE REV LIMIT # #", "ZRANGE z - + BYLEX LIMIT # #",
    "ZRANGESTORE d z # #", "ZREMRANGEBYRANK z # #", "ZREMRANGEBYSCORE z # #", "ZCOUNT z # #", "ZPOPMIN z #",
    "ZPOPMAX z #", "ZMPOP # z MIN", "ZMPOP 1 z MAX COUNT #", "ZRANDMEMBER z #", "ZRANDMEMBER z # WITHSCORES",
    "ZSCAN z #", "ZSCAN z 0 COUNT #", "ZUNIONSTORE d # z", "ZUNIONSTORE d 1 z WEIGHTS #", "ZINTERCARD 1 z LIMIT #",
    "GEOADD g # # a", "GEORADIUS z 1 1 # m", "GEORADIUS z # # 100 km COUNT #", "GEORADIUSBYMEMBER z m # km",
    "GEOSEARCH z FROMMEMBER m BYBOX # # km", "GEOSEARCHSTORE d z FROMMEMBER m BYRADIUS # mi COUNT #", "GEOPOS z #",
  ]

  @Test(arguments: templates) func areAnswered(template: String) {
    var configuration = Configuration()
    configuration = (try? configuration.setting("enable-debug-command", to: "yes")) ?? configuration
    for number in Self.numbers {
      var test = TestEngine(configuration)
      let client = test.connect()
      _ = test.run("SET n 1", from: client)
      _ = test.run("RPUSH l a b c a", from: client)
      if template.hasPrefix("X") {
        for command in ["XADD s 1-1 f v", "XGROUP CREATE s g 0", "XREADGROUP GROUP g c STREAMS s >"] {
          _ = test.run(command, from: client)
        }
      }
      if template.hasPrefix("H") { _ = test.run("HSET h f 1 g 2", from: client) }
      if template.contains(" z") { _ = test.run("ZADD z 1 m \(number) n", from: client) }
      if template.hasPrefix("S") { _ = test.run("SADD s 1 2 3", from: client) }
      for _ in 0..<3 {
        _ = test.run(template.replacing("#", with: number), from: client)
        _ = test.run("SET other v PXAT 9223372036854775807", from: client)
        test.advance(milliseconds: 1100)
        test.engine.apply(.cron(HostSample()), now: test.now)
        test.engine.runTimers(now: test.now)
      }
      let other = test.connect()
      #expect(test.run("PING", from: other).hasPrefix("+PONG") || template.hasPrefix("CLIENT PAUSE"))
      _ = test.run("TTL k", from: other)
      _ = test.run("INFO", from: other)
    }
  }

  /// Every directive that takes one, and then some traffic under it.
  @Test func directivesAreAnswered() {
    let names = Configuration().matching([Array("*".utf8)]).map { String(decoding: $0.name, as: UTF8.self) }
    for name in names {
      for number in Self.numbers + ["normal 0 1 9223372036854775807", "100%", "-100%"] {
        var test = TestEngine()
        let client = test.connect()
        let reply = test.run(["CONFIG", "SET", name, number], from: client)
        guard reply == "+OK\r\n" else { continue }
        _ = test.run(["SET", "k", String(repeating: "x", count: 50_000)], from: client)
        for _ in 0..<3 { _ = test.run("GET k", from: client) }
        test.advance(milliseconds: 1100)
        test.engine.apply(.cron(HostSample()), now: test.now)
        _ = test.run("INFO everything", from: client)
      }
    }
  }
}
