import Testing

@testable import Engine

/// What newer versions added to strings: there is no server of those here to compare with.
@Suite struct ComparingTests {
  @Test func setsWhereTheValueCompares() {
    Transcript.expect(
      """
      SET a 1 IFEQ 1                    -> $-1
      SET a 1 IFNE 1                    -> +OK
      SET a 2 IFNE 1                    -> $-1
      SET a 2 IFEQ 1 EX 100             -> +OK
      SET a 3 IFEQ 2 KEEPTTL            -> +OK
      TTL a                             -> :100
      SET a 4 IFEQ 9 GET                -> $1 3
      SET a 4 IFEQ 3 GET                -> $1 3
      TTL a                             -> :-1
      SET a 5 IFEQ 4 NX                 -> -ERR syntax error
      SET a 5 XX IFEQ 4                 -> -ERR syntax error
      SET a 5 IFEQ 4 IFEQ 4             -> -ERR syntax error
      SET a 5 IFEQ                      -> -ERR syntax error
      SET a hello                       -> +OK
      DIGEST a                          -> $16 9555e8555c62dcfd
      DIGEST none                       -> $-1
      SET a x IFDEQ 9555E8555C62DCFD    -> +OK
      SET a y IFDNE 9555e8555c62dcfd    -> +OK
      SET a z IFDEQ 9555                -> -ERR must be exactly 16 hexadecimal characters
      SET none z IFDEQ 9555             -> $-1
      SET e ""                          -> +OK
      DIGEST e                          -> $16 2d06800538d394c2
      """, comparesWithRedis: false)
  }

  @Test func deletesWhereTheValueCompares() {
    Transcript.expect(
      """
      SET a hello                       -> +OK
      DELEX a IFEQ world                -> :0
      DELEX a IFNE hello                -> :0
      DELEX a WHAT hello                -> -ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE
      DELEX a IFEQ                      -> -ERR wrong number of arguments for 'delex' command
      DELEX a IFDNE 9555e8555c62dcfd    -> :0
      DELEX a IFDEQ 9555e8555c62dcfd    -> :1
      DELEX a IFEQ hello                -> :0
      SET a 77                          -> +OK
      DELIFEQ a 78                      -> :0
      DELIFEQ a 77                      -> :1
      SET a 1                           -> +OK
      DELEX a                           -> :1
      EXISTS a                          -> :0
      """, comparesWithRedis: false)
  }

  @Test func setsSeveralThatExpireTogether() {
    Transcript.expect(
      """
      MSETEX 2 a 1 b 2 EX 100           -> :1
      TTL b                             -> :100
      MSETEX 2 a 3 c 4 NX               -> :0
      MSETEX 2 a 3 c 4 XX               -> :0
      MSETEX 2 a 3 b 4 XX KEEPTTL       -> :1
      MGET a b c                        -> *3 $1 3 $1 4 $-1
      TTL a                             -> :100
      MSETEX 1 a 5                      -> :1
      TTL a                             -> :-1
      MSETEX 2 a 1 b                    -> -ERR wrong number of key-value pairs
      MSETEX 0 a 1                      -> -ERR invalid numkeys value
      MSETEX 2147483648 a 1             -> -ERR invalid numkeys value
      MSETEX 1 a 1 EX 0                 -> -ERR invalid expire time in 'msetex' command
      MSETEX 1 a 1 NX XX                -> -ERR syntax error
      MSETEX 1 a 1 IFEQ 5               -> -ERR syntax error
      """, comparesWithRedis: false)
  }

  /// Replicas of any version are told what came of it.
  @Test func effectsArePlain() {
    var test = TestEngine()
    let client = test.connect()
    test.recordEffects()
    for line in [
      "SET a 1 IFNE 2", "SET a 2 IFEQ 1 KEEPTTL GET", "MSETEX 2 b 1 c 2 PX 1000", "DELIFEQ a 2", "DELEX b IFNE 7",
    ] {
      _ = test.run(line, from: client)
    }
    let words = String(decoding: test.propagated(), as: UTF8.self).split(separator: "\r\n").map(String.init)
    #expect(
      words.filter { !$0.hasPrefix("*") && !$0.hasPrefix("$") } == [
        "SELECT", "0", "SET", "a", "1", "SET", "a", "2", "KEEPTTL", "MULTI", "SET", "b", "1", "PXAT", "1700000001000",
        "SET", "c", "2", "PXAT", "1700000001000", "EXEC", "DEL", "a", "DEL", "b",
      ])
  }
}
