import Testing

@testable import Engine

/// Publish and subscribe: the stages "Pub/Sub" and what lies beyond them.
@Suite struct PubSubTests {
  private func flat(_ text: String) -> String { Transcript.flat(text) }

  @Test func confirmsEachName() {
    Transcript.expect(
      """
      SUBSCRIBE a b a          -> *3 $9 subscribe $1 a :1 *3 $9 subscribe $1 b :2 *3 $9 subscribe $1 a :2
      PSUBSCRIBE x*            -> *3 $10 psubscribe $2 x* :3
      SSUBSCRIBE s             -> *3 $10 ssubscribe $1 s :1
      PING                     -> *2 $4 pong $0\u{20}
      PING hey                 -> *2 $4 pong $3 hey
      GET a                    -> -ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context
      CLIENT ID                -> -ERR Can't execute 'client|id': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context
      UNSUBSCRIBE a z          -> *3 $11 unsubscribe $1 a :2 *3 $11 unsubscribe $1 z :2
      UNSUBSCRIBE              -> *3 $11 unsubscribe $1 b :1
      UNSUBSCRIBE              -> *3 $11 unsubscribe $-1 :1
      PUNSUBSCRIBE             -> *3 $12 punsubscribe $2 x* :0
      GET a                    -> -ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context
      SUNSUBSCRIBE             -> *3 $12 sunsubscribe $1 s :0
      PING                     -> +PONG
      GET a                    -> $-1
      """, comparesWithRedis: false)
  }

  @Test func deliversToWhoHasSubscribed() {
    var test = TestEngine()
    let publisher = test.connect()
    let first = test.connect()
    let second = test.connect()
    let matching = test.connect()
    let shard = test.connect()
    _ = test.run("SUBSCRIBE news", from: first)
    _ = test.run("SUBSCRIBE news other", from: second)
    _ = test.run("PSUBSCRIBE n?ws new*", from: matching)
    _ = test.run("SSUBSCRIBE news", from: shard)
    #expect(test.run("PUBLISH nobody x", from: publisher) == ":0\r\n")
    #expect(test.run("PUBLISH news hello", from: publisher) == ":4\r\n")
    #expect(flat(test.output(of: first)) == "*3 $7 message $4 news $5 hello")
    #expect(flat(test.output(of: second)) == "*3 $7 message $4 news $5 hello")
    #expect(
      flat(test.output(of: matching))
        == "*4 $8 pmessage $4 n?ws $4 news $5 hello *4 $8 pmessage $4 new* $4 news $5 hello")
    #expect(test.output(of: shard) == "")
    #expect(test.run("SPUBLISH news hi", from: publisher) == ":1\r\n")
    #expect(flat(test.output(of: shard)) == "*3 $8 smessage $4 news $2 hi")
    _ = test.run("UNSUBSCRIBE news", from: first)
    #expect(test.run("PUBLISH news again", from: publisher) == ":3\r\n")
    #expect(test.output(of: first) == "")
    test.apply(.disconnected(second))
    #expect(test.run("PUBLISH news again", from: publisher) == ":2\r\n")
  }

  @Test func pushesInVersion3() {
    var test = TestEngine()
    let client = test.connect()
    let publisher = test.connect()
    _ = test.run("HELLO 3", from: client)
    #expect(flat(test.run("SUBSCRIBE a", from: client)) == ">3 $9 subscribe $1 a :1")
    #expect(test.run("PUBLISH a x", from: publisher) == ":1\r\n")
    #expect(flat(test.output(of: client)) == ">3 $7 message $1 a $1 x")
    #expect(test.run("GET k", from: client) == "_\r\n")
    #expect(test.run("PING", from: client) == "+PONG\r\n")
    // What it publishes to itself comes after the reply, and after that of EXEC.
    #expect(flat(test.run("PUBLISH a y", from: client)) == ":1 >3 $7 message $1 a $1 y")
    for line in ["MULTI", "PING", "PUBLISH a 1", "UNSUBSCRIBE a", "PUBLISH a 2"] { _ = test.run(line, from: client) }
    #expect(
      flat(test.run("EXEC", from: client))
        == "*4 +PONG :1 >3 $11 unsubscribe $1 a :0 :0 >3 $7 message $1 a $1 1")
  }

  @Test func messagesComeAlsoWithRepliesOff() {
    var test = TestEngine()
    let client = test.connect()
    let publisher = test.connect()
    _ = test.run("HELLO 3", from: client)
    _ = test.run("CLIENT REPLY OFF", from: client)
    #expect(flat(test.run("SUBSCRIBE a", from: client)) == ">3 $9 subscribe $1 a :1")
    _ = test.run("PUBLISH a x", from: publisher)
    #expect(flat(test.output(of: client)) == ">3 $7 message $1 a $1 x")
    #expect(test.run("GET a", from: client) == "")
    #expect(flat(test.run("PUBLISH a z", from: client)) == ">3 $7 message $1 a $1 z")
  }

  @Test func tellsOfSubscriptions() {
    var test = TestEngine()
    let client = test.connect()
    let asker = test.connect()
    _ = test.run("SUBSCRIBE ab ac b", from: client)
    _ = test.run("PSUBSCRIBE p*", from: client)
    _ = test.run("SSUBSCRIBE s", from: client)
    #expect(flat(test.run("PUBSUB CHANNELS", from: asker)) == "*3 $2 ab $2 ac $1 b")
    #expect(flat(test.run("PUBSUB CHANNELS a*", from: asker)) == "*2 $2 ab $2 ac")
    #expect(flat(test.run("PUBSUB NUMSUB ab none", from: asker)) == "*4 $2 ab :1 $4 none :0")
    #expect(flat(test.run("PUBSUB NUMSUB", from: asker)) == "*0")
    #expect(test.run("PUBSUB NUMPAT", from: asker) == ":1\r\n")
    #expect(flat(test.run("PUBSUB SHARDCHANNELS", from: asker)) == "*1 $1 s")
    #expect(flat(test.run("PUBSUB SHARDNUMSUB s ab", from: asker)) == "*4 $1 s :1 $2 ab :0")
    #expect(
      flat(test.run("PUBSUB CHANNELS a b", from: asker))
        == "-ERR unknown subcommand or wrong number of arguments for 'CHANNELS'. Try PUBSUB HELP.")
    #expect(test.run("PUBSUB HELP", from: asker).contains("NUMPAT") == true)
    let list = test.run("CLIENT LIST TYPE pubsub", from: asker)
    #expect(list.contains("flags=P ") && list.contains(" sub=3 psub=1 ssub=1 "))
    let info = test.run("INFO", from: asker)
    #expect(info.contains("pubsub_channels:3\r\npubsub_patterns:1\r\npubsubshard_channels:1\r\n"))
    #expect(info.contains("pubsub_clients:1\r\n"))
    #expect(test.run("RESET", from: client) == "+RESET\r\n")
    #expect(flat(test.run("PUBSUB CHANNELS", from: asker)) == "*0")
    #expect(test.run("GET x", from: client) == "$-1\r\n")
  }

  @Test func subscribersThatDoNotReadAreEnded() {
    var test = TestEngine()
    let client = test.connect()
    let publisher = test.connect()
    _ = test.run("CONFIG SET client-output-buffer-limit \"pubsub 100000 0 0\"", from: publisher)
    _ = test.run("SUBSCRIBE a", from: client)
    _ = test.sendAndLeave(Array("PING\r\n".utf8), from: client)
    for _ in 0..<20 {
      _ = test.run(["PUBLISH", "a", String(repeating: "x", count: 10_000)], from: publisher)
      while test.engine.nextSessionWithOutput() != nil {}
    }
    _ = test.run("PING", from: publisher)
    #expect(test.isEnded(client) == true)
    #expect(test.run("PUBLISH a x", from: publisher) == ":0\r\n")
  }
}
