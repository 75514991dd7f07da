import Testing

@testable import Engine

@Suite struct StreamGroupTests {
  @Test func groupsComeAndGo() {
    Transcript.expect(
      """
      XGROUP CREATE s g $            -> -ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.
      XGROUP CREATE s g $ MKSTREAM   -> +OK
      TYPE s                         -> +stream
      XGROUP CREATE s g $            -> -BUSYGROUP Consumer Group name already exists
      XGROUP CREATE s h 1-x          -> -ERR Invalid stream ID specified as stream command argument
      XGROUP CREATE s h 0 ENTRIESREAD -2 -> -ERR value for ENTRIESREAD must be positive or -1
      XGROUP CREATE s h 0 ENTRIESREAD x -> -ERR value is not an integer or out of range
      XGROUP CREATE s h 0 FOO        -> -ERR unknown subcommand or wrong number of arguments for 'CREATE'. Try XGROUP HELP.
      XGROUP CREATE s h 5 ENTRIESREAD 3 -> +OK
      XINFO GROUPS s                 -> *2 *12 $4 name $1 g $9 consumers :0 $7 pending :0 $17 last-delivered-id $3 0-0 $12 entries-read $-1 $3 lag :0 *12 $4 name $1 h $9 consumers :0 $7 pending :0 $17 last-delivered-id $3 5-0 $12 entries-read :3 $3 lag :0
      XGROUP SETID s h 7-7           -> +OK
      XGROUP SETID s h 7-8 ENTRIESREAD 8 -> +OK
      XGROUP SETID s nope 7          -> -NOGROUP No such consumer group 'nope' for key name 's'
      XGROUP SETID missing g 7       -> -ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.
      XGROUP CREATECONSUMER s g c    -> :1
      XGROUP CREATECONSUMER s g c    -> :0
      XGROUP CREATECONSUMER s x c    -> -NOGROUP No such consumer group 'x' for key name 's'
      XGROUP DELCONSUMER s g x       -> :0
      XGROUP DELCONSUMER s g c       -> :0
      XGROUP DESTROY s nope          -> :0
      XGROUP DESTROY s g             -> :1
      XGROUP DESTROY missing g       -> -ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.
      XINFO GROUPS s                 -> *1 *12 $4 name $1 h $9 consumers :0 $7 pending :0 $17 last-delivered-id $3 7-8 $12 entries-read :8 $3 lag :0
      XINFO CONSUMERS s g            -> -NOGROUP No such consumer group 'g' for key name 's'
      XINFO CONSUMERS s h            -> *0
      SET string x                   -> +OK
      XGROUP CREATE string g 0       -> -WRONGTYPE Operation against a key holding the wrong kind of value
      XREADGROUP GROUP g c STREAMS string > -> -WRONGTYPE Operation against a key holding the wrong kind of value
      """)
  }

  @Test func consumersShareAStream() {
    Transcript.expect(
      """
      XADD s 1-0 a 1  -> $3 1-0
      XADD s 2-0 b 2  -> $3 2-0
      XADD s 3-0 c 3  -> $3 3-0
      XGROUP CREATE s g 0 -> +OK
      XREADGROUP GROUP g alice COUNT 1 STREAMS s > -> *1 *2 $1 s *1 *2 $3 1-0 *2 $1 a $1 1
      XREADGROUP GROUP g bob STREAMS s >   -> *1 *2 $1 s *2 *2 $3 2-0 *2 $1 b $1 2 *2 $3 3-0 *2 $1 c $1 3
      XREADGROUP GROUP g bob STREAMS s >   -> *-1
      XREADGROUP GROUP g alice STREAMS s 0 -> *1 *2 $1 s *1 *2 $3 1-0 *2 $1 a $1 1
      XREADGROUP GROUP g alice STREAMS s 1-0 -> *1 *2 $1 s *0
      XREADGROUP GROUP g bob COUNT 1 STREAMS s 2-0 -> *1 *2 $1 s *1 *2 $3 3-0 *2 $1 c $1 3
      XPENDING s g -> *4 :3 $3 1-0 $3 3-0 *2 *2 $5 alice $1 1 *2 $3 bob $1 2
      XACK s g 2-0 2-0 9-9 -> :1
      XACK s nope 2-0 -> :0
      XACK missing g 2-0 -> :0
      XACK s g x -> -ERR Invalid stream ID specified as stream command argument
      XDEL s 3-0 -> :1
      XREADGROUP GROUP g bob STREAMS s 0 -> *1 *2 $1 s *1 *2 $3 3-0 *-1
      XGROUP DELCONSUMER s g bob -> :1
      XPENDING s g -> *4 :1 $3 1-0 $3 1-0 *1 *2 $5 alice $1 1
      XPENDING s g - + 10 nobody -> *0
      XPENDING s nope -> -NOGROUP No such key 's' or consumer group 'nope'
      XPENDING missing g -> -NOGROUP No such key 'missing' or consumer group 'g'
      XPENDING s g - + -> -ERR syntax error
      XPENDING s g IDLE 1 - + -> -ERR syntax error
      XPENDING s g - + x -> -ERR value is not an integer or out of range
      XPENDING s g (- + 1 -> -ERR Invalid stream ID specified as stream command argument
      XREADGROUP GROUP g c NOACK COUNT 1 STREAMS s > -> *-1
      XADD s 4-0 d 4 -> $3 4-0
      XREADGROUP GROUP g c NOACK STREAMS s s > > -> *1 *2 $1 s *1 *2 $3 4-0 *2 $1 d $1 4
      XREADGROUP GROUP g c STREAMS s 0 -> *1 *2 $1 s *0
      XREADGROUP GROUP nope c STREAMS s > -> -NOGROUP No such key 's' or consumer group 'nope' in XREADGROUP with GROUP option
      XREADGROUP GROUP g c STREAMS s $ -> -ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.
      XREADGROUP COUNT 1 NOACK NOACK STREAMS s > -> -ERR Missing GROUP option for XREADGROUP
      """)
  }

  @Test func whatIsPendingIsListed() {
    Transcript.expect(
      """
      XADD s 1-0 a 1  -> $3 1-0
      XADD s 2-0 b 2  -> $3 2-0
      XADD s 3-0 c 3  -> $3 3-0
      XGROUP CREATE s g 0 -> +OK
      XREADGROUP GROUP g alice COUNT 2 STREAMS s > -> *1 *2 $1 s *2 *2 $3 1-0 *2 $1 a $1 1 *2 $3 2-0 *2 $1 b $1 2
      XREADGROUP GROUP g bob STREAMS s >   -> *1 *2 $1 s *1 *2 $3 3-0 *2 $1 c $1 3
      wait 1000
      XPENDING s g - + 10 -> *3 *4 $3 1-0 $5 alice :1000 :1 *4 $3 2-0 $5 alice :1000 :1 *4 $3 3-0 $3 bob :1000 :1
      XPENDING s g (1-0 + 1 -> *1 *4 $3 2-0 $5 alice :1000 :1
      XPENDING s g - + 10 bob -> *1 *4 $3 3-0 $3 bob :1000 :1
      XREADGROUP GROUP g alice COUNT 1 STREAMS s 0 -> *1 *2 $1 s *1 *2 $3 1-0 *2 $1 a $1 1
      XPENDING s g IDLE 500 - + 10 alice -> *1 *4 $3 2-0 $5 alice :1000 :1
      XPENDING s g IDLE 0 - + 10 alice -> *2 *4 $3 1-0 $5 alice :0 :2 *4 $3 2-0 $5 alice :1000 :1
      XPENDING s g - + 0 -> *0
      XINFO CONSUMERS s g -> *2 *8 $4 name $5 alice $7 pending :2 $4 idle :0 $8 inactive :1000 *8 $4 name $3 bob $7 pending :1 $4 idle :1000 $8 inactive :1000
      XGROUP CREATECONSUMER s g new -> :1
      XREADGROUP GROUP g new STREAMS s > -> *-1
      XINFO CONSUMERS s g -> *3 *8 $4 name $5 alice $7 pending :2 $4 idle :0 $8 inactive :1000 *8 $4 name $3 bob $7 pending :1 $4 idle :1000 $8 inactive :1000 *8 $4 name $3 new $7 pending :0 $4 idle :0 $8 inactive :-1
      """)
  }

  @Test func entriesAreClaimed() {
    Transcript.expect(
      """
      XADD s 1-0 a 1  -> $3 1-0
      XADD s 2-0 b 2  -> $3 2-0
      XADD s 3-0 c 3  -> $3 3-0
      XGROUP CREATE s g 0 -> +OK
      XREADGROUP GROUP g alice STREAMS s > -> *1 *2 $1 s *3 *2 $3 1-0 *2 $1 a $1 1 *2 $3 2-0 *2 $1 b $1 2 *2 $3 3-0 *2 $1 c $1 3
      XCLAIM s g bob 100000 1-0 -> *0
      XCLAIM s g bob 0 1-0 9-9 -> *1 *2 $3 1-0 *2 $1 a $1 1
      XCLAIM s g bob 0 2-0 JUSTID -> *1 $3 2-0
      XCLAIM s g bob 0 2-0 JUSTID RETRYCOUNT 7 IDLE 0 -> *1 $3 2-0
      XDEL s 3-0 -> :1
      XCLAIM s g bob 0 3-0 -> *0
      XPENDING s g -> *4 :2 $3 1-0 $3 2-0 *1 *2 $3 bob $1 2
      XADD s 4-0 d 4 -> $3 4-0
      XCLAIM s g carol 0 4-0 -> *0
      XCLAIM s g carol 0 4-0 FORCE -> *1 *2 $3 4-0 *2 $1 d $1 4
      XCLAIM s g carol 0 4-0 8-8 FORCE JUSTID LASTID 4-0 -> *1 $3 4-0
      XREADGROUP GROUP g x STREAMS s > -> *-1
      XCLAIM s g bob x 1-0 -> -ERR Invalid min-idle-time argument for XCLAIM
      XCLAIM s g bob 0 1-0 IDLE x -> -ERR Invalid IDLE option argument for XCLAIM
      XCLAIM s g bob 0 1-0 TIME x -> -ERR Invalid TIME option argument for XCLAIM
      XCLAIM s g bob 0 1-0 RETRYCOUNT x -> -ERR Invalid RETRYCOUNT option argument for XCLAIM
      XCLAIM s g bob 0 1-0 LASTID x -> -ERR Invalid stream ID specified as stream command argument
      XCLAIM s g bob 0 1-0 FOO -> -ERR Unrecognized XCLAIM option 'FOO'
      XCLAIM s g bob 0 1-0 IDLE -> -ERR Unrecognized XCLAIM option 'IDLE'
      XCLAIM s nope bob 0 1-0 -> -NOGROUP No such key 's' or consumer group 'nope'
      XCLAIM missing g bob 0 1-0 -> -NOGROUP No such key 'missing' or consumer group 'g'
      """)
  }

  @Test func claimsCountDeliveries() {
    Transcript.expect(
      """
      XADD s 1-0 a 1  -> $3 1-0
      XADD s 2-0 b 2  -> $3 2-0
      XGROUP CREATE s g 0 -> +OK
      XREADGROUP GROUP g alice COUNT 1 STREAMS s > -> *1 *2 $1 s *1 *2 $3 1-0 *2 $1 a $1 1
      wait 5000
      XCLAIM s g bob 5001 1-0 -> *0
      XCLAIM s g bob 5000 1-0 -> *1 *2 $3 1-0 *2 $1 a $1 1
      XCLAIM s g bob 0 2-0 FORCE IDLE 700 -> *1 *2 $3 2-0 *2 $1 b $1 2
      XPENDING s g - + 10 -> *2 *4 $3 1-0 $3 bob :0 :2 *4 $3 2-0 $3 bob :700 :2
      XCLAIM s g bob 0 2-0 TIME 1700000000000 RETRYCOUNT 9 JUSTID -> *1 $3 2-0
      XCLAIM s g bob 0 1-0 TIME 99999999999999 -> *1 *2 $3 1-0 *2 $1 a $1 1
      XPENDING s g - + 10 -> *2 *4 $3 1-0 $3 bob :0 :3 *4 $3 2-0 $3 bob :5000 :9
      """)
  }

  @Test func whatIsLeftAloneIsClaimedByItself() {
    Transcript.expect(
      """
      XADD s 1-0 a 1  -> $3 1-0
      XADD s 2-0 b 2  -> $3 2-0
      XADD s 3-0 c 3  -> $3 3-0
      XADD s 4-0 d 4  -> $3 4-0
      XGROUP CREATE s g 0 -> +OK
      XREADGROUP GROUP g alice STREAMS s > -> *1 *2 $1 s *4 *2 $3 1-0 *2 $1 a $1 1 *2 $3 2-0 *2 $1 b $1 2 *2 $3 3-0 *2 $1 c $1 3 *2 $3 4-0 *2 $1 d $1 4
      XDEL s 2-0 -> :1
      XAUTOCLAIM s g bob 100000 - -> *3 $3 0-0 *0 *1 $3 2-0
      XDEL s 3-0 -> :1
      XAUTOCLAIM s g bob 0 - COUNT 1 -> *3 $3 3-0 *1 *2 $3 1-0 *2 $1 a $1 1 *0
      XAUTOCLAIM s g bob 0 (1-0 COUNT 1 JUSTID -> *3 $3 4-0 *0 *1 $3 3-0
      XAUTOCLAIM s g bob 0 4-0 JUSTID -> *3 $3 0-0 *1 $3 4-0 *0
      XPENDING s g -> *4 :2 $3 1-0 $3 4-0 *1 *2 $3 bob $1 2
      XAUTOCLAIM s g bob 0 - COUNT 0 -> -ERR COUNT must be > 0
      XAUTOCLAIM s g bob 0 - COUNT 9223372036854775807 -> -ERR COUNT must be > 0
      XAUTOCLAIM s g bob x - -> -ERR Invalid min-idle-time argument for XAUTOCLAIM
      XAUTOCLAIM s g bob 0 x -> -ERR Invalid stream ID specified as stream command argument
      XAUTOCLAIM s g bob 0 - FOO -> -ERR syntax error
      XAUTOCLAIM s nope bob 0 - -> -NOGROUP No such key 's' or consumer group 'nope'
      """)
  }

  /// How many entries a group has read, and how many it lacks, through deletions and trimming.
  @Test func lag() {
    func groups(_ last: String, _ read: String, _ lag: String) -> String {
      "XINFO GROUPS s -> *1 *12 $4 name $1 g $9 consumers :1 $7 pending :0 $17 last-delivered-id "
        + "$\(last.count) \(last) $12 entries-read \(read) $3 lag \(lag)\n"
    }
    func read(_ count: Int, _ entries: String) -> String {
      "XREADGROUP GROUP g c NOACK COUNT \(count) STREAMS s > -> \(entries)\n"
    }
    func entry(_ number: Int) -> String { "*1 *2 $1 s *1 *2 $3 \(number)-0 *2 $1 f $1 v\n" }
    var text = "XGROUP CREATE s g $ MKSTREAM -> +OK\nXGROUP CREATECONSUMER s g c -> :1\n" + groups("0-0", "$-1", ":0")
    for number in 1...5 { text += "XADD s \(number)-0 f v -> $3 \(number)-0\n" }
    text += groups("0-0", "$-1", ":5") + read(1, entry(1)) + groups("1-0", ":1", ":4")
    text += "XDEL s 3-0 -> :1\n" + groups("1-0", ":1", "$-1") + read(1, entry(2)) + groups("2-0", "$-1", "$-1")
    text += read(1, entry(4)) + groups("4-0", "$-1", "$-1")
    text += "XTRIM s MAXLEN 1 -> :3\n" + groups("4-0", "$-1", ":1")
    text += read(1, entry(5)) + groups("5-0", ":5", ":0")
    text += "XADD s 6-0 f v -> $3 6-0\n" + groups("5-0", ":5", ":1")
    text += "XGROUP SETID s g 0 -> +OK\n" + groups("0-0", "$-1", ":2")
    text += "XGROUP SETID s g $ ENTRIESREAD 2 -> +OK\n" + groups("6-0", ":2", ":4")
    text += "XTRIM s MAXLEN 0 -> :2\nXGROUP SETID s g 9-9 -> +OK\n" + groups("9-9", "$-1", "$-1")
    Transcript.expect(text)
  }
}
