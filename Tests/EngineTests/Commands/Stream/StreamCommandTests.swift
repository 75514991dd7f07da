import Testing

@testable import Engine

@Suite struct StreamCommandTests {
  @Test func entriesAreAddedWithIDsThatRise() {
    Transcript.expect(
      """
      XADD s 0-0 f v            -> -ERR The ID specified in XADD must be greater than 0-0
      XADD s 0 f v              -> -ERR The ID specified in XADD must be greater than 0-0
      XADD s 0-* f v            -> $3 0-1
      XADD s 1-1 f v            -> $3 1-1
      TYPE s                    -> +stream
      OBJECT ENCODING s         -> $6 stream
      XADD s 1-1 f v            -> -ERR The ID specified in XADD is equal or smaller than the target stream top item
      XADD s 1-0 f v            -> -ERR The ID specified in XADD is equal or smaller than the target stream top item
      XADD s 0-* f v            -> -ERR The ID specified in XADD is equal or smaller than the target stream top item
      XADD s 1-* f v            -> $3 1-2
      XADD s 5 f v              -> $3 5-0
      XADD s 7-* f v            -> $3 7-0
      XADD s 007-003 f v        -> $3 7-3
      XLEN s                    -> :6
      XADD s 8-18446744073709551615 f v -> $22 8-18446744073709551615
      XADD s 18446744073709551615-18446744073709551614 f v -> $41 18446744073709551615-18446744073709551614
      XADD s 18446744073709551615-* f v -> $41 18446744073709551615-18446744073709551615
      XADD s * f v              -> -ERR The stream has exhausted the last possible ID, unable to add more items
      XADD s 18446744073709551616-1 f v -> -ERR Invalid stream ID specified as stream command argument
      XADD s 1-2-3 f v          -> -ERR Invalid stream ID specified as stream command argument
      XADD s -1 f v             -> -ERR Invalid stream ID specified as stream command argument
      XADD s + f v              -> -ERR Invalid stream ID specified as stream command argument
      XADD s 9-9 f              -> -ERR wrong number of arguments for 'xadd' command
      XADD s 9-9 f v g          -> -ERR wrong number of arguments for 'xadd' command
      XADD s * f                -> -ERR wrong number of arguments for 'xadd' command
      XADD missing NOMKSTREAM 1-1 f v -> $-1
      EXISTS missing            -> :0
      SET string x              -> +OK
      XADD string 1-1 f v       -> -WRONGTYPE Operation against a key holding the wrong kind of value
      XLEN string               -> -WRONGTYPE Operation against a key holding the wrong kind of value
      XLEN missing              -> :0
      """)
  }

  @Test func theClockGivesIDsThatNeverGoBack() {
    var test = TestEngine()
    let client = test.connect()
    #expect(test.run("XADD s * f v", from: client) == "$15\r\n1700000000000-0\r\n")
    #expect(test.run("XADD s * f v", from: client) == "$15\r\n1700000000000-1\r\n")
    test.advance(milliseconds: 5)
    #expect(test.run("XADD s * f v", from: client) == "$15\r\n1700000000005-0\r\n")
    test.advance(milliseconds: -100)
    #expect(test.run("XADD s * f v", from: client) == "$15\r\n1700000000005-1\r\n")
    #expect(test.run("XADD s 1700000000005-* f v", from: client) == "$15\r\n1700000000005-2\r\n")
  }

  @Test func intervals() {
    Transcript.expect(
      """
      XADD s 1-1 a 1 b 2   -> $3 1-1
      XADD s 1-2 a 3 b 4   -> $3 1-2
      XADD s 2-0 c 5       -> $3 2-0
      XADD s 3-5 a 7 b -8  -> $3 3-5
      XRANGE s - +         -> *4 *2 $3 1-1 *4 $1 a $1 1 $1 b $1 2 *2 $3 1-2 *4 $1 a $1 3 $1 b $1 4 *2 $3 2-0 *2 $1 c $1 5 *2 $3 3-5 *4 $1 a $1 7 $1 b $2 -8
      XRANGE s 1 1         -> *2 *2 $3 1-1 *4 $1 a $1 1 $1 b $1 2 *2 $3 1-2 *4 $1 a $1 3 $1 b $1 4
      XRANGE s 1-2 2 COUNT 1 -> *1 *2 $3 1-2 *4 $1 a $1 3 $1 b $1 4
      XRANGE s (1-1 (2-0   -> *1 *2 $3 1-2 *4 $1 a $1 3 $1 b $1 4
      XREVRANGE s + - COUNT 2 -> *2 *2 $3 3-5 *4 $1 a $1 7 $1 b $2 -8 *2 $3 2-0 *2 $1 c $1 5
      XREVRANGE s (2-0 (1-1 -> *1 *2 $3 1-2 *4 $1 a $1 3 $1 b $1 4
      XREVRANGE s 2 1-2    -> *2 *2 $3 2-0 *2 $1 c $1 5 *2 $3 1-2 *4 $1 a $1 3 $1 b $1 4
      XRANGE s 3 1         -> *0
      XRANGE s + -         -> *0
      XRANGE s - + COUNT 0 -> *-1
      XRANGE s - + COUNT -5 -> *-1
      XRANGE s - + COUNT 1 COUNT 2 -> *2 *2 $3 1-1 *4 $1 a $1 1 $1 b $1 2 *2 $3 1-2 *4 $1 a $1 3 $1 b $1 4
      XRANGE s - + COUNT   -> -ERR syntax error
      XRANGE s - + LIMIT 1 -> -ERR syntax error
      XRANGE s (- +        -> -ERR Invalid stream ID specified as stream command argument
      XRANGE s ( +         -> -ERR Invalid stream ID specified as stream command argument
      XRANGE s (18446744073709551615-18446744073709551615 + -> -ERR invalid start ID for the interval
      XRANGE s - (0-0      -> -ERR invalid end ID for the interval
      XRANGE missing - +   -> *0
      XRANGE missing - + COUNT 0 -> *0
      XDEL s 1-2 9-9 1-2   -> :1
      XDEL s 1-x           -> -ERR Invalid stream ID specified as stream command argument
      XDEL missing 1-x     -> :0
      XRANGE s - + COUNT 2 -> *2 *2 $3 1-1 *4 $1 a $1 1 $1 b $1 2 *2 $3 2-0 *2 $1 c $1 5
      XDEL s 1-1 2-0 3-5   -> :3
      XLEN s               -> :0
      EXISTS s             -> :1
      XRANGE s - +         -> *0
      XADD s 3-5 a b       -> -ERR The ID specified in XADD is equal or smaller than the target stream top item
      """)
  }

  static var debugging: Configuration {
    let configuration = Configuration()
    return (try? configuration.setting("enable-debug-command", to: "yes")) ?? configuration
  }

  /// As redis-server 7.0.15 says it of the same entries.
  @Test func fingerprints() {
    Transcript.expect(
      """
      XADD s 1-1 a 1 b 2   -> $3 1-1
      XADD s 1-2 a 3 b 4   -> $3 1-2
      XADD s 2-0 c 5       -> $3 2-0
      XADD s 3-5 a 7 b -8  -> $3 3-5
      XDEL s 1-2           -> :1
      DEBUG DIGEST-VALUE s -> *1 +4a68121d2edf02e0d7187d5a1099a9c6b89a9cb7
      """, configuration: Self.debugging, comparesWithRedis: false)
  }

  @Test func trimming() {
    Transcript.expect(
      """
      CONFIG SET stream-node-max-entries 3 -> +OK
      XADD s 1-0 f 1 -> $3 1-0
      XADD s 2-0 f 2 -> $3 2-0
      XADD s 3-0 f 3 -> $3 3-0
      XADD s 4-0 f 4 -> $3 4-0
      XADD s 5-0 f 5 -> $3 5-0
      XADD s 6-0 f 6 -> $3 6-0
      XADD s 7-0 f 7 -> $3 7-0
      XTRIM s MAXLEN ~ 5 -> :0
      XTRIM s MAXLEN ~ 4 -> :3
      XTRIM s MAXLEN = 3 -> :1
      XRANGE s - + COUNT 1 -> *1 *2 $3 5-0 *2 $1 f $1 5
      XTRIM s MINID 6 -> :1
      XTRIM s MINID ~ 7 -> :1
      XTRIM s MAXLEN 10 -> :0
      XADD s MAXLEN 2 8-0 f 8 -> $3 8-0
      XADD s MAXLEN = 2 9-0 f 9 -> $3 9-0
      XLEN s -> :2
      XADD s MINID 9 NOMKSTREAM 10-0 f 10 -> $4 10-0
      XRANGE s - + -> *2 *2 $3 9-0 *2 $1 f $1 9 *2 $4 10-0 *2 $1 f $2 10
      XTRIM s MAXLEN ~ 0 LIMIT 1 -> :1
      XTRIM s MAXLEN 0 -> :1
      XADD s MAXLEN 0 11-0 f 1 -> $4 11-0
      XLEN s -> :0
      XTRIM s MAXLEN -1 -> -ERR The MAXLEN argument must be >= 0.
      XTRIM s MAXLEN x -> -ERR value is not an integer or out of range
      XTRIM s MAXLEN 1 MINID 1 -> -ERR syntax error, MAXLEN and MINID options at the same time are not compatible
      XTRIM s MAXLEN 1 LIMIT 1 -> -ERR syntax error, LIMIT cannot be used without the special ~ option
      XTRIM s MAXLEN ~ 1 LIMIT -1 -> -ERR The LIMIT argument must be >= 0.
      XTRIM s LIMIT 1 -> -ERR syntax error, LIMIT cannot be used without specifying a trimming strategy
      XTRIM s LIMIT 1 LIMIT 2 -> -ERR syntax error, LIMIT cannot be used without specifying a trimming strategy
      XTRIM s LIMIT 0 LIMIT 0 -> -ERR syntax error, XTRIM must be called with a trimming strategy
      XTRIM s MINID a -> -ERR Invalid stream ID specified as stream command argument
      XTRIM s FOO 1 -> -ERR syntax error
      XADD s LIMIT 1 * f v -> -ERR syntax error, LIMIT cannot be used without specifying a trimming strategy
      XTRIM missing MAXLEN 1 -> :0
      CONFIG SET stream-node-max-entries 100 -> +OK
      """)
  }

  @Test func readingBehindIDs() {
    Transcript.expect(
      """
      XADD a 1-1 f v -> $3 1-1
      XADD a 2-1 f w -> $3 2-1
      XADD b 5-1 g x -> $3 5-1
      XREAD STREAMS a 0 -> *1 *2 $1 a *2 *2 $3 1-1 *2 $1 f $1 v *2 $3 2-1 *2 $1 f $1 w
      XREAD streams a b 1-1 0-0 -> *2 *2 $1 a *1 *2 $3 2-1 *2 $1 f $1 w *2 $1 b *1 *2 $3 5-1 *2 $1 g $1 x
      XREAD COUNT 1 STREAMS a b 0 5 -> *2 *2 $1 a *1 *2 $3 1-1 *2 $1 f $1 v *2 $1 b *1 *2 $3 5-1 *2 $1 g $1 x
      XREAD COUNT 0 STREAMS b 5-1 -> *-1
      XREAD STREAMS a $ -> *-1
      XREAD STREAMS missing 0 -> *-1
      XREAD STREAMS a 18446744073709551615-18446744073709551615 -> *-1
      XREAD STREAMS a > -> -ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.
      XREAD GROUP g c STREAMS a 1 -> -ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.
      XREAD NOACK STREAMS a 1 -> -ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.
      XREAD COUNT 1 FOO a 1 -> -ERR syntax error
      XREAD COUNT x STREAMS a 1 -> -ERR value is not an integer or out of range
      XREAD BLOCK -1 STREAMS a 1 -> -ERR timeout is negative
      XREAD BLOCK x STREAMS a 1 -> -ERR timeout is not an integer or out of range
      SET s x -> +OK
      XREAD STREAMS s 0 -> -WRONGTYPE Operation against a key holding the wrong kind of value
      """)
  }

  /// Redis 7.0 says it in other words, or looks at other things first.
  @Test func refusalsOfRedis72() {
    Transcript.expect(
      """
      XADD s 8-18446744073709551615 f v -> $22 8-18446744073709551615
      XADD s 8-* f v       -> -ERR The ID specified in XADD is equal or smaller than the target stream top item
      XADD s 9-0 f v       -> $3 9-0
      XDEL s 8-18446744073709551615 -> :1
      XSETID s 1-0         -> -ERR The ID specified in XSETID is smaller than current max_deleted_entry_id
      XREAD STREAMS a b 1  -> -ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified.
      XREADGROUP GROUP g c STREAMS s s > -> -ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be specified.
      """, comparesWithRedis: false)
  }

  /// Of Redis 7.4, which alone knows it.
  @Test func readingTheLastEntry() {
    Transcript.expect(
      """
      XREAD STREAMS a + -> *-1
      XADD a 1-1 f v -> $3 1-1
      XADD a 2-1 f w -> $3 2-1
      XREAD STREAMS a + -> *1 *2 $1 a *1 *2 $3 2-1 *2 $1 f $1 w
      XDEL a 2-1 -> :1
      XREAD COUNT 5 STREAMS a + -> *1 *2 $1 a *1 *2 $3 1-1 *2 $1 f $1 v
      """, comparesWithRedis: false)
  }

  @Test func whatAStreamSaysOfItself() {
    Transcript.expect(
      """
      XADD s 1-0 f 1 -> $3 1-0
      XADD s 2-0 f 2 -> $3 2-0
      XADD s 3-0 f 3 -> $3 3-0
      XDEL s 2-0 -> :1
      XINFO STREAM s -> *20 $6 length :2 $15 radix-tree-keys :1 $16 radix-tree-nodes :2 $17 last-generated-id $3 3-0 $20 max-deleted-entry-id $3 2-0 $13 entries-added :3 $23 recorded-first-entry-id $3 1-0 $6 groups :0 $11 first-entry *2 $3 1-0 *2 $1 f $1 1 $10 last-entry *2 $3 3-0 *2 $1 f $1 3
      XINFO STREAM s FULL COUNT 1 -> *18 $6 length :2 $15 radix-tree-keys :1 $16 radix-tree-nodes :2 $17 last-generated-id $3 3-0 $20 max-deleted-entry-id $3 2-0 $13 entries-added :3 $23 recorded-first-entry-id $3 1-0 $7 entries *1 *2 $3 1-0 *2 $1 f $1 1 $6 groups *0
      XSETID s 2-0 -> -ERR The ID specified in XSETID is smaller than the target stream top item
      XSETID s 9-9 ENTRIESADDED 1 -> -ERR The entries_added specified in XSETID is smaller than the target stream length
      XSETID s 9-9 ENTRIESADDED -1 -> -ERR entries_added must be positive
      XSETID s 9-9 MAXDELETEDID 9-10 -> -ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id
      XSETID s 9-9 FOO 1 -> -ERR syntax error
      XSETID s 9-9 ENTRIESADDED 100 MAXDELETEDID 8-8 -> +OK
      XDEL s 1-0 3-0 -> :2
      XINFO STREAM s -> *20 $6 length :0 $15 radix-tree-keys :0 $16 radix-tree-nodes :1 $17 last-generated-id $3 9-9 $20 max-deleted-entry-id $3 8-8 $13 entries-added :100 $23 recorded-first-entry-id $3 0-0 $6 groups :0 $11 first-entry $-1 $10 last-entry $-1
      XSETID missing 1-1 -> -ERR no such key
      XINFO STREAM missing -> -ERR no such key
      XINFO STREAM s FULL COUNT -> -ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP.
      XINFO STREAM s FOO -> -ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP.
      XINFO FOO s -> -ERR unknown subcommand 'FOO'. Try XINFO HELP.
      XINFO -> -ERR wrong number of arguments for 'xinfo' command
      XGROUP -> -ERR wrong number of arguments for 'xgroup' command
      """)
  }

  @Test func mapsInRESP3() {
    var test = TestEngine()
    let client = test.connect()
    _ = test.run("HELLO 3", from: client)
    let steps = Transcript(
      """
      XADD s 1-0 f 1 -> $3 1-0
      XGROUP CREATE s g 0 -> +OK
      XREAD STREAMS s 0 -> %1 $1 s *1 *2 $3 1-0 *2 $1 f $1 1
      XREAD STREAMS s 1-0 -> _
      XREADGROUP GROUP g c STREAMS s > -> %1 $1 s *1 *2 $3 1-0 *2 $1 f $1 1
      XREADGROUP GROUP g c STREAMS s > -> _
      XINFO GROUPS s -> *1 %6 $4 name $1 g $9 consumers :1 $7 pending :1 $17 last-delivered-id $3 1-0 $12 entries-read :1 $3 lag :0
      XPENDING s g -> *4 :1 $3 1-0 $3 1-0 *1 *2 $1 c $1 1
      XINFO CONSUMERS s g -> *1 %4 $4 name $1 c $7 pending :1 $4 idle :0 $8 inactive :0
      XINFO STREAM s FULL -> %9 $6 length :1 $15 radix-tree-keys :1 $16 radix-tree-nodes :2 $17 last-generated-id $3 1-0 $20 max-deleted-entry-id $3 0-0 $13 entries-added :1 $23 recorded-first-entry-id $3 1-0 $7 entries *1 *2 $3 1-0 *2 $1 f $1 1 $6 groups *1 %7 $4 name $1 g $17 last-delivered-id $3 1-0 $12 entries-read :1 $3 lag :0 $9 pel-count :1 $7 pending *1 *4 $3 1-0 $1 c :1700000000000 :1 $9 consumers *1 %5 $4 name $1 c $9 seen-time :1700000000000 $11 active-time :1700000000000 $9 pel-count :1 $7 pending *1 *3 $3 1-0 :1700000000000 :1
      XDEL s 1-0 -> :1
      XREADGROUP GROUP g c STREAMS s 0 -> %1 $1 s *1 *2 $3 1-0 _
      XINFO STREAM s -> %10 $6 length :0 $15 radix-tree-keys :0 $16 radix-tree-nodes :1 $17 last-generated-id $3 1-0 $20 max-deleted-entry-id $3 1-0 $13 entries-added :1 $23 recorded-first-entry-id $3 0-0 $6 groups :1 $11 first-entry _ $10 last-entry _
      """
    ).steps
    for step in steps {
      #expect(Transcript.flat(test.run(step.command, from: client)) == step.reply, "\(step.command)")
    }
  }

  @Test func aStreamIsCopiedWhole() {
    Transcript.expect(
      """
      XADD s 1-0 f 1 -> $3 1-0
      XADD s 2-0 f 2 -> $3 2-0
      XGROUP CREATE s g 0 -> +OK
      XREADGROUP GROUP g c COUNT 1 STREAMS s > -> *1 *2 $1 s *1 *2 $3 1-0 *2 $1 f $1 1
      COPY s t -> :1
      DEL s -> :1
      XRANGE t - + -> *2 *2 $3 1-0 *2 $1 f $1 1 *2 $3 2-0 *2 $1 f $1 2
      XPENDING t g -> *4 :1 $3 1-0 $3 1-0 *1 *2 $1 c $1 1
      XREADGROUP GROUP g d STREAMS t > -> *1 *2 $1 t *1 *2 $3 2-0 *2 $1 f $1 2
      XACK t g 1-0 2-0 -> :2
      """)
  }

  @Test func memoryIsAccountedFor() {
    var test = TestEngine()
    let client = test.connect()
    func bytes(_ test: borrowing TestEngine) -> Int { test.engine.call.keyspace[0].valueBytes }
    for number in 1...500 { _ = test.run("XADD s \(number)-0 field value\(number)", from: client) }
    _ = test.run("XGROUP CREATE s g 0", from: client)
    for consumer in 0..<10 { _ = test.run("XREADGROUP GROUP g c\(consumer) COUNT 30 STREAMS s >", from: client) }
    _ = test.run("XREADGROUP GROUP g d NOACK COUNT 30 STREAMS s >", from: client)
    let entry = Array("s".utf8).withBytes { key in
      test.engine.call.keyspace[0].find(key, hash: test.engine.call.keyspace.hash(key))
    }
    #expect(bytes(test) == entry?.totalBytes)
    _ = test.run("XCLAIM s g d 0 5-0 6-0 7-0", from: client)
    _ = test.run("XACK s g 1-0 2-0 3-0 200-0", from: client)
    _ = test.run("XGROUP DELCONSUMER s g c5", from: client)
    _ = test.run("XDEL s 10-0 11-0 400-0", from: client)
    _ = test.run("XAUTOCLAIM s g e 0 0", from: client)
    _ = test.run("XTRIM s MAXLEN 250", from: client)
    #expect(bytes(test) == entry?.totalBytes)
    entry?.stream.checkInvariants()
    _ = test.run("XGROUP DESTROY s g", from: client)
    #expect(bytes(test) == entry?.totalBytes)
    _ = test.run("DEL s", from: client)
    #expect(bytes(test) == 0)
  }
}
