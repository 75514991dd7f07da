import Testing

@testable import Engine

@Suite struct SetCommandTests {
  @Test func addsAndRemoves() {
    Transcript.expect(
      """
      SADD s a                -> :1
      SADD s a b c            -> :2
      SCARD s                 -> :3
      SCARD none              -> :0
      SISMEMBER s b           -> :1
      SISMEMBER s d           -> :0
      SISMEMBER none d        -> :0
      SMISMEMBER s a d c      -> *3 :1 :0 :1
      SMISMEMBER none a       -> *1 :0
      SREM s a d              -> :1
      SREM s b c x            -> :2
      EXISTS s                -> :0
      SREM s a                -> :0
      SADD s                  -> -ERR wrong number of arguments for 'sadd' command
      SET k v                 -> +OK
      SADD k a                -> -WRONGTYPE Operation against a key holding the wrong kind of value
      SREM k a                -> -WRONGTYPE Operation against a key holding the wrong kind of value
      SCARD k                 -> -WRONGTYPE Operation against a key holding the wrong kind of value
      SMEMBERS k              -> -WRONGTYPE Operation against a key holding the wrong kind of value
      SPOP k                  -> -WRONGTYPE Operation against a key holding the wrong kind of value
      SRANDMEMBER k           -> -WRONGTYPE Operation against a key holding the wrong kind of value
      SMEMBERS none           -> *0
      SADD i 3 1 2 -5 70000   -> :5
      SMEMBERS i              -> *5 $2 -5 $1 1 $1 2 $1 3 $5 70000
      OBJECT ENCODING i       -> $6 intset
      SADD i 9223372036854775808 -> :1
      SISMEMBER i 9223372036854775808 -> :1
      SISMEMBER i 01          -> :0
      TYPE i                  -> +set
      SADD i word             -> :1
      OBJECT ENCODING i       -> $8 listpack
      """, comparesWithRedis: false)
  }

  @Test func moves() {
    Transcript.expect(
      """
      SADD a 1 2     -> :2
      SADD b x       -> :1
      SMOVE a b 1    -> :1
      SMEMBERS a     -> *1 $1 2
      SCARD b        -> :2
      SMOVE a b 1    -> :0
      SMOVE a a 2    -> :1
      SMOVE a a 1    -> :0
      SMOVE a c 2    -> :1
      EXISTS a       -> :0
      SMEMBERS c     -> *1 $1 2
      SMOVE a c 2    -> :0
      SADD b 2       -> :1
      SMOVE c b 2    -> :1
      EXISTS c       -> :0
      SET k v        -> +OK
      SMOVE none k 2 -> :0
      SMOVE b k x    -> -WRONGTYPE Operation against a key holding the wrong kind of value
      SMOVE k b x    -> -WRONGTYPE Operation against a key holding the wrong kind of value
      """)
  }

  /// Integers only: their order is the same everywhere.
  @Test func combines() {
    Transcript.expect(
      """
      SADD a 1 2 3 4 5                  -> :5
      SADD b 2 3 4                      -> :3
      SADD c 3 4 9                      -> :3
      SINTER a b c                      -> *2 $1 3 $1 4
      SINTER a none                     -> *0
      SINTER a a                        -> *5 $1 1 $1 2 $1 3 $1 4 $1 5
      SINTERCARD 3 a b c                -> :2
      SINTERCARD 2 a b LIMIT 2          -> :2
      SINTERCARD 2 a b LIMIT 0          -> :3
      SINTERCARD 2 a b LIMIT 9 LIMIT 1  -> :1
      SINTERCARD 1 none                 -> :0
      SINTERCARD 0 a                    -> -ERR numkeys should be greater than 0
      SINTERCARD x a                    -> -ERR numkeys should be greater than 0
      SINTERCARD 3 a b                  -> -ERR Number of keys can't be greater than number of args
      SINTERCARD 2 a b LIMIT -1         -> -ERR LIMIT can't be negative
      SINTERCARD 2 a b LIMIT x          -> -ERR LIMIT can't be negative
      SINTERCARD 2 a b LIMIT            -> -ERR syntax error
      SINTERCARD 2 a b c                -> -ERR syntax error
      SUNION a b c none                 -> *6 $1 1 $1 2 $1 3 $1 4 $1 5 $1 9
      SUNION none                       -> *0
      SDIFF a b                         -> *2 $1 1 $1 5
      SDIFF a                           -> *5 $1 1 $1 2 $1 3 $1 4 $1 5
      SDIFF a a                         -> *0
      SDIFF none a                      -> *0
      SDIFF c a b                       -> *1 $1 9
      SINTERSTORE d a b c               -> :2
      SMEMBERS d                        -> *2 $1 3 $1 4
      SUNIONSTORE d d c                 -> :3
      SDIFFSTORE d d a                  -> :1
      SMEMBERS d                        -> *1 $1 9
      EXPIRE d 100                      -> :1
      SUNIONSTORE d a                   -> :5
      TTL d                             -> :-1
      SDIFFSTORE d a a                  -> :0
      EXISTS d                          -> :0
      SET k v                           -> +OK
      SINTER a k                        -> -WRONGTYPE Operation against a key holding the wrong kind of value
      SINTER none k                     -> -WRONGTYPE Operation against a key holding the wrong kind of value
      SUNION a k                        -> -WRONGTYPE Operation against a key holding the wrong kind of value
      SDIFF none k                      -> -WRONGTYPE Operation against a key holding the wrong kind of value
      SINTERSTORE k a b                 -> :3
      TYPE k                            -> +set
      SINTERSTORE k none a              -> :0
      EXISTS k                          -> :0
      """)
  }

  @Test func givesMembersByChance() {
    Transcript.expect(
      """
      SADD s 7               -> :1
      SRANDMEMBER s          -> $1 7
      SRANDMEMBER s 3        -> *1 $1 7
      SRANDMEMBER s -3       -> *3 $1 7 $1 7 $1 7
      SRANDMEMBER s 0        -> *0
      SRANDMEMBER none       -> $-1
      SRANDMEMBER none 3     -> *0
      SRANDMEMBER none -9223372036854775808 -> -ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807
      SRANDMEMBER s x        -> -ERR value is not an integer or out of range
      SRANDMEMBER s 1 2      -> -ERR syntax error
      SPOP s -1              -> -ERR value is out of range, must be positive
      SPOP s x               -> -ERR value is out of range, must be positive
      SPOP s 1 2             -> -ERR syntax error
      SPOP s 0               -> *0
      SPOP s                 -> $1 7
      SPOP s                 -> $-1
      SPOP s 3               -> *0
      SADD s 1 2 3           -> :3
      SPOP s 3               -> *3 $1 1 $1 2 $1 3
      EXISTS s               -> :0
      """)
  }

  @Test func scans() {
    Transcript.expect(
      """
      SADD s 1 2 30 31          -> :4
      SSCAN s 0                 -> *2 $1 0 *4 $1 1 $1 2 $2 30 $2 31
      SSCAN s 0 MATCH 3* COUNT 1 -> *2 $1 0 *2 $2 30 $2 31
      SSCAN s 0 match * count 1 -> *2 $1 0 *4 $1 1 $1 2 $2 30 $2 31
      SSCAN none 0              -> *2 $1 0 *0
      SSCAN none 0 whatever     -> *2 $1 0 *0
      SSCAN s x                 -> -ERR invalid cursor
      SSCAN s 0 COUNT 0         -> -ERR syntax error
      SSCAN s 0 COUNT x         -> -ERR value is not an integer or out of range
      SSCAN s 0 COUNT           -> -ERR syntax error
      SSCAN s 0 TYPE set        -> -ERR syntax error
      SET k v                   -> +OK
      SSCAN k 0                 -> -WRONGTYPE Operation against a key holding the wrong kind of value
      """)
  }
}
