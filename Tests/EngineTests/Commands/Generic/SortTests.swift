import Testing

@testable import Engine

@Suite struct SortTests {
  @Test func sortsNumbersAndText() {
    Transcript.expect(
      """
      SADD s 3 20 1 -5              -> :4
      SORT s                        -> *4 $2 -5 $1 1 $1 3 $2 20
      SORT s DESC                   -> *4 $2 20 $1 3 $1 1 $2 -5
      SORT s ALPHA                  -> *4 $2 -5 $1 1 $2 20 $1 3
      SORT s ALPHA DESC             -> *4 $1 3 $2 20 $1 1 $2 -5
      SORT s desc asc               -> *4 $2 -5 $1 1 $1 3 $2 20
      SORT s LIMIT 1 2              -> *2 $1 1 $1 3
      SORT s LIMIT 1 -1             -> *3 $1 1 $1 3 $2 20
      SORT s LIMIT -3 2             -> *2 $2 -5 $1 1
      SORT s LIMIT 9 2              -> *0
      SORT s LIMIT 0 0              -> *0
      SORT_RO s LIMIT 3 99          -> *1 $2 20
      SORT none                     -> *0
      RPUSH l 2 10 1.5 2 1e1        -> :5
      SORT l                        -> *5 $3 1.5 $1 2 $1 2 $2 10 $3 1e1
      SORT l BY nosort              -> *5 $1 2 $2 10 $3 1.5 $1 2 $3 1e1
      SORT l BY nosort DESC         -> *5 $3 1e1 $1 2 $3 1.5 $2 10 $1 2
      SORT l BY nosort DESC LIMIT 1 2 -> *2 $1 2 $3 1.5
      SORT l BY nosort LIMIT 3 5    -> *2 $1 2 $3 1e1
      SORT l BY nosort LIMIT 7 5    -> *0
      ZADD z 3 a 1 b 2 c            -> :3
      SORT z                        -> -ERR One or more scores can't be converted into double
      SORT z ALPHA                  -> *3 $1 a $1 b $1 c
      SORT z BY nosort              -> *3 $1 b $1 c $1 a
      SORT z BY nosort DESC         -> *3 $1 a $1 c $1 b
      SORT z BY nosort LIMIT 1 1    -> *1 $1 c
      SORT z BY nosort DESC LIMIT 0 2 -> *2 $1 a $1 c
      SET k v                       -> +OK
      SORT k                        -> -WRONGTYPE Operation against a key holding the wrong kind of value
      SORT s LIMIT x 1              -> -ERR value is not an integer or out of range
      SORT s LIMIT 1                -> -ERR syntax error
      SORT s BY                     -> -ERR syntax error
      SORT s WHAT                   -> -ERR syntax error
      SORT_RO s STORE d             -> -ERR syntax error
      """)
  }

  @Test func looksElsewhere() {
    Transcript.expect(
      """
      RPUSH l 1 2 3                      -> :3
      MSET w1 30 w2 20 w3 10 o1 x o3 z   -> +OK
      HSET h1 f 5 g one                  -> :2
      HSET h2 f 4                        -> :1
      SORT l BY w*                       -> *3 $1 3 $1 2 $1 1
      SORT l BY w* GET #                 -> *3 $1 3 $1 2 $1 1
      SORT l BY w* GET o*                -> *3 $1 z $-1 $1 x
      SORT l BY w* GET # GET o* GET w*   -> *9 $1 3 $1 z $2 10 $1 2 $-1 $2 20 $1 1 $1 x $2 30
      SORT l BY h*->f                    -> *3 $1 3 $1 2 $1 1
      SORT l BY h*->f GET h*->g          -> *3 $-1 $-1 $3 one
      SORT l GET h*                      -> *3 $-1 $-1 $-1
      SORT l GET w*->f                   -> *3 $-1 $-1 $-1
      SORT l GET w*->                    -> *3 $-1 $-1 $-1
      SORT l GET plain                   -> *3 $-1 $-1 $-1
      SORT l BY o* ALPHA                 -> *3 $1 2 $1 1 $1 3
      SORT l BY o* ALPHA DESC            -> *3 $1 3 $1 1 $1 2
      SORT l BY o*                       -> -ERR One or more scores can't be converted into double
      SORT l BY w* LIMIT 0 1             -> *1 $1 3
      SET k->x7 5                        -> +OK
      SORT l BY k->x*                    -> *3 $1 1 $1 2 $1 3
      SET w2 nan                         -> +OK
      SORT l BY w*                       -> -ERR One or more scores can't be converted into double
      SET w2 ""                          -> +OK
      SORT l BY w*                       -> *3 $1 2 $1 3 $1 1
      SET w2 " 25"                       -> +OK
      SORT l BY w*                       -> *3 $1 3 $1 2 $1 1
      SET w2 "25 "                       -> +OK
      SORT l BY w*                       -> -ERR One or more scores can't be converted into double
      SET w2 0x10                        -> +OK
      SORT l BY w*                       -> *3 $1 3 $1 2 $1 1
      SET w2 -inf                        -> +OK
      SORT l BY w*                       -> *3 $1 2 $1 3 $1 1
      SET w2 1e999                       -> +OK
      SORT l BY w*                       -> -ERR One or more scores can't be converted into double
      """)
  }

  @Test func stores() {
    Transcript.expect(
      """
      SADD s 3 1 2                  -> :3
      SORT s STORE d                -> :3
      LRANGE d 0 -1                 -> *3 $1 1 $1 2 $1 3
      TYPE d                        -> +list
      EXPIRE d 100                  -> :1
      SORT s DESC GET # GET none* STORE d -> :6
      TTL d                         -> :-1
      LRANGE d 0 -1                 -> *6 $1 3 $0  $1 2 $0  $1 1 $0 
      SORT s LIMIT 5 1 STORE d      -> :0
      EXISTS d                      -> :0
      SORT none STORE d             -> :0
      SADD t b 10 9 a               -> :4
      SORT t BY nosort STORE d      -> :4
      LRANGE d 0 -1                 -> *4 $2 10 $1 9 $1 a $1 b
      SORT d ALPHA DESC STORE d     -> :4
      LRANGE d 0 -1                 -> *4 $1 b $1 a $1 9 $2 10
      OBJECT ENCODING d             -> $8 listpack
      """, comparesWithRedis: false)
  }

  @Test func replacesAndTells() {
    let told = GenericPropagationTests.propagated([
      "SADD s 2 1", "SORT s", "SORT s STORE d", "SORT s LIMIT 5 5 STORE d", "SORT s LIMIT 5 5 STORE d",
    ])
    #expect(told == ["SELECT 0", "SADD s 2 1", "SORT s STORE d", "SORT s LIMIT 5 5 STORE d"])
  }

  @Test func namesItsKeys() {
    Transcript.expect(
      """
      COMMAND GETKEYS SORT abc STORE def           -> *2 $3 abc $3 def
      COMMAND GETKEYS SORT abc                     -> *1 $3 abc
      COMMAND GETKEYS SORT abc BY store GET store LIMIT store 1 -> *1 $3 abc
      COMMAND GETKEYS SORT abc STORE d STORE e     -> *2 $3 abc $1 e
      COMMAND GETKEYS SORT_RO abc BY x             -> *1 $3 abc
      COMMAND GETKEYSANDFLAGS SORT abc STORE def   -> *2 *2 $3 abc *2 +RO +access *2 $3 def *2 +OW +update
      """)
  }
}
