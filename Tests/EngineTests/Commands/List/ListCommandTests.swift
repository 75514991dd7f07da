import Testing

@testable import Engine

@Suite struct ListCommandTests {
  @Test func pushesAndPops() {
    Transcript.expect(
      """
      RPUSH l a b c -> :3
      LPUSH l 1 2 3 -> :6
      LRANGE l 0 -1 -> *6 $1 3 $1 2 $1 1 $1 a $1 b $1 c
      LLEN l -> :6
      LLEN missing -> :0
      LPUSHX missing a -> :0
      RPUSHX missing a -> :0
      LPUSHX l 4 5 -> :8
      RPUSHX l d -> :9
      LPOP l -> $1 5
      RPOP l -> $1 d
      LPOP l 2 -> *2 $1 4 $1 3
      RPOP l 2 -> *2 $1 c $1 b
      LPOP l 0 -> *0
      LPOP l 9223372036854775807 -> *3 $1 2 $1 1 $1 a
      EXISTS l -> :0
      LPOP l -> $-1
      LPOP l 1 -> *-1
      RPOP l 0 -> *-1
      LPOP l -1 -> -ERR value is out of range, must be positive
      LPOP l x -> -ERR value is out of range, must be positive
      LPOP l 1 1 -> -ERR wrong number of arguments for 'lpop' command
      RPOP l 1 1 -> -ERR wrong number of arguments for 'rpop' command
      SET s 1 -> +OK
      LPUSH s a -> -WRONGTYPE Operation against a key holding the wrong kind of value
      LPUSHX s a -> -WRONGTYPE Operation against a key holding the wrong kind of value
      RPOP s -> -WRONGTYPE Operation against a key holding the wrong kind of value
      LLEN s -> -WRONGTYPE Operation against a key holding the wrong kind of value
      LRANGE s 0 1 -> -WRONGTYPE Operation against a key holding the wrong kind of value
      LINDEX s 0 -> -WRONGTYPE Operation against a key holding the wrong kind of value
      LINDEX s x -> -WRONGTYPE Operation against a key holding the wrong kind of value
      TYPE s -> +string
      RPUSH t a -> :1
      TYPE t -> +list
      LPUSH -> -ERR wrong number of arguments for 'lpush' command
      LPUSH l -> -ERR wrong number of arguments for 'lpush' command
      """)
  }

  @Test func readsByIndex() {
    Transcript.expect(
      """
      RPUSH l 100 200 -5000 70000 10000000 5000000000 abc -> :7
      LINDEX l 0 -> $3 100
      LINDEX l 2 -> $5 -5000
      LINDEX l 5 -> $10 5000000000
      LINDEX l -1 -> $3 abc
      LINDEX l -7 -> $3 100
      LINDEX l -8 -> $-1
      LINDEX l 7 -> $-1
      LINDEX l x -> -ERR value is not an integer or out of range
      LINDEX missing x -> $-1
      LINDEX l -9223372036854775808 -> $-1
      LINDEX l 9223372036854775807 -> $-1
      LRANGE l 1 2 -> *2 $3 200 $5 -5000
      LRANGE l -2 -1 -> *2 $10 5000000000 $3 abc
      LRANGE l -100 0 -> *1 $3 100
      LRANGE l 5 100 -> *2 $10 5000000000 $3 abc
      LRANGE l 7 100 -> *0
      LRANGE l 3 2 -> *0
      LRANGE l 0 -8 -> *0
      LRANGE l -9223372036854775808 9223372036854775807 -> *7 $3 100 $3 200 $5 -5000 $5 70000 $8 10000000 $10 5000000000 $3 abc
      LRANGE l 9223372036854775807 -9223372036854775808 -> *0
      LRANGE missing 0 -1 -> *0
      LRANGE missing x -1 -> -ERR value is not an integer or out of range
      """)
  }

  @Test func changesWithin() {
    Transcript.expect(
      """
      RPUSH l a b c b a -> :5
      LSET l 0 x -> +OK
      LSET l -1 z -> +OK
      LSET l 5 z -> -ERR index out of range
      LSET l -6 z -> -ERR index out of range
      LSET l x z -> -ERR value is not an integer or out of range
      LSET missing x z -> -ERR no such key
      LINSERT l before b 1 -> :6
      LINSERT l AFTER b 2 -> :7
      LRANGE l 0 -1 -> *7 $1 x $1 1 $1 b $1 2 $1 c $1 b $1 z
      LINSERT l after q 2 -> :-1
      LINSERT missing after q 2 -> :0
      LINSERT l beside q 2 -> -ERR syntax error
      LREM l -1 b -> :1
      LRANGE l 0 -1 -> *6 $1 x $1 1 $1 b $1 2 $1 c $1 z
      LREM l 0 q -> :0
      LREM missing 0 q -> :0
      LREM l x q -> -ERR value is not an integer or out of range
      LTRIM l 1 -2 -> +OK
      LRANGE l 0 -1 -> *4 $1 1 $1 b $1 2 $1 c
      LTRIM l 0 100 -> +OK
      LLEN l -> :4
      LTRIM l -2 -1 -> +OK
      LRANGE l 0 -1 -> *2 $1 2 $1 c
      LREM l 0 c -> :1
      LREM l 5 2 -> :1
      EXISTS l -> :0
      RPUSH l 1 1 1 2 1 1 -> :6
      LREM l 2 1 -> :2
      LREM l -2 1 -> :2
      LRANGE l 0 -1 -> *2 $1 1 $1 2
      LTRIM l 5 6 -> +OK
      EXISTS l -> :0
      LTRIM l x 6 -> -ERR value is not an integer or out of range
      LTRIM l 5 6 -> +OK
      """)
  }

  @Test func findsPositions() {
    Transcript.expect(
      """
      RPUSH l a b c 1 2 3 c c -> :8
      LPOS l a -> :0
      LPOS l c -> :2
      LPOS l c RANK 1 -> :2
      LPOS l c RANK 2 -> :6
      LPOS l c RANK 4 -> $-1
      LPOS l c RANK -1 -> :7
      LPOS l c RANK -2 -> :6
      LPOS l c COUNT 0 -> *3 :2 :6 :7
      LPOS l c COUNT 2 -> *2 :2 :6
      LPOS l c COUNT 5 RANK 2 -> *2 :6 :7
      LPOS l c COUNT 2 RANK -1 -> *2 :7 :6
      LPOS l c COUNT 0 MAXLEN 1 -> *0
      LPOS l c COUNT 0 MAXLEN 3 -> *1 :2
      LPOS l c COUNT 0 MAXLEN 3 RANK -1 -> *2 :7 :6
      LPOS l c MAXLEN 0 -> :2
      LPOS l 2 -> :4
      LPOS l q -> $-1
      LPOS l q COUNT 1 -> *0
      LPOS missing q -> $-1
      LPOS missing q COUNT 1 -> *0
      LPOS l c RANK 9223372036854775807 -> $-1
      LPOS l c RANK 0 -> -ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list
      LPOS l c RANK x -> -ERR value is not an integer or out of range
      LPOS l c COUNT -1 -> -ERR COUNT can't be negative
      LPOS l c COUNT x -> -ERR COUNT can't be negative
      LPOS l c MAXLEN -1 -> -ERR MAXLEN can't be negative
      LPOS l c RANK -> -ERR syntax error
      LPOS l c FOO 1 -> -ERR syntax error
      """)
    // Redis 7.2 refuses what has no opposite.
    let range = "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"
    Transcript.expect(
      """
      LPOS l c RANK -9223372036854775808 -> -\(range)
      LREM l -9223372036854775808 a -> -\(range)
      """, comparesWithRedis: false)
  }

  @Test func movesElements() {
    Transcript.expect(
      """
      RPUSH a 1 2 3 4 -> :4
      RPOPLPUSH a b -> $1 4
      LMOVE a b LEFT RIGHT -> $1 1
      LMOVE a b right left -> $1 3
      LRANGE b 0 -1 -> *3 $1 3 $1 4 $1 1
      LMOVE a a LEFT RIGHT -> $1 2
      LRANGE a 0 -1 -> *1 $1 2
      LMOVE b b RIGHT LEFT -> $1 1
      LMOVE b b LEFT LEFT -> $1 1
      LMOVE b b LEFT RIGHT -> $1 1
      LRANGE b 0 -1 -> *3 $1 3 $1 4 $1 1
      RPOPLPUSH b b -> $1 1
      LRANGE b 0 -1 -> *3 $1 1 $1 3 $1 4
      LMOVE a b LEFT LEFT -> $1 2
      EXISTS a -> :0
      LMOVE a b LEFT LEFT -> $-1
      RPOPLPUSH a b -> $-1
      SET s 1 -> +OK
      LMOVE b s LEFT LEFT -> -WRONGTYPE Operation against a key holding the wrong kind of value
      LMOVE s b LEFT LEFT -> -WRONGTYPE Operation against a key holding the wrong kind of value
      LMOVE a s LEFT LEFT -> $-1
      LLEN b -> :4
      LMOVE a s LEFT DOWN -> -ERR syntax error
      LMOVE a s UP LEFT -> -ERR syntax error
      """)
  }

  @Test func popsTheFirstOfSeveral() {
    Transcript.expect(
      """
      LMPOP 2 a b LEFT -> *-1
      RPUSH b 1 2 3 4 5 -> :5
      LMPOP 2 a b LEFT -> *2 $1 b *1 $1 1
      LMPOP 2 a b RIGHT COUNT 2 -> *2 $1 b *2 $1 5 $1 4
      LMPOP 1 b left count 100 -> *2 $1 b *2 $1 2 $1 3
      EXISTS b -> :0
      SET s 1 -> +OK
      LMPOP 2 s a LEFT -> -WRONGTYPE Operation against a key holding the wrong kind of value
      LMPOP 0 a LEFT -> -ERR numkeys should be greater than 0
      LMPOP x a LEFT -> -ERR numkeys should be greater than 0
      LMPOP 9223372036854775807 a LEFT -> -ERR syntax error
      LMPOP 2 a LEFT -> -ERR syntax error
      LMPOP 1 a UP -> -ERR syntax error
      LMPOP 1 a LEFT COUNT 0 -> -ERR count should be greater than 0
      LMPOP 1 a LEFT COUNT x -> -ERR count should be greater than 0
      LMPOP 1 a LEFT COUNT 1 COUNT 2 -> -ERR syntax error
      LMPOP 1 a LEFT COUNT -> -ERR syntax error
      LMPOP 1 a -> -ERR wrong number of arguments for 'lmpop' command
      """)
  }

  @Test func answersInBothVersions() {
    Transcript.expect(
      """
      HELLO 3 NOAUTH -> -ERR Syntax error in HELLO option 'NOAUTH'
      RPUSH l a -> :1
      """)
    var test = TestEngine()
    let client = test.connect()
    _ = test.run("HELLO 3", from: client)
    #expect(test.run("LPOP missing", from: client) == "_\r\n")
    #expect(test.run("LPOP missing 1", from: client) == "_\r\n")
    #expect(test.run("LMPOP 1 missing LEFT", from: client) == "_\r\n")
    #expect(test.run("LPOS missing a", from: client) == "_\r\n")
  }

  @Test func digestsAreThoseOfRedis() throws {
    guard RealRedis.isInstalled else { return }
    let redis = try RealRedis(options: ["--enable-debug-command", "yes"])
    var configuration = Configuration()
    configuration = try configuration.setting("enable-debug-command", to: "yes")
    var test = TestEngine(configuration)
    let client = test.connect()
    for line in [
      "RPUSH l a b 1 2 -7 70000", "RPUSH m \(String(repeating: "x", count: 10_000)) 5", "PEXPIREAT m 9999999999999",
    ] {
      _ = test.run(line, from: client)
      _ = try redis.raw(line)
    }
    for line in ["DEBUG DIGEST-VALUE l m", "DEBUG DIGEST"] {
      #expect(test.run(line, from: client) == (try redis.raw(line)))
    }
  }
}
