import Testing

@testable import Engine

/// CLIENT TRACKING and its kin, and who is told of which change.
@Suite struct ClientTrackingTests {
  /// The reader speaks RESP3 and tracks with `options`; the writer is somebody else.
  private struct Pair: ~Copyable {
    var test: TestEngine
    let reader: SessionHandle
    let writer: SessionHandle

    init(_ options: String = "", configuration: Configuration = Configuration()) {
      test = TestEngine(configuration)
      reader = test.connect()
      writer = test.connect()
      _ = test.run("HELLO 3", from: reader)
      let reply = test.run("CLIENT TRACKING ON \(options)", from: reader)
      #expect(reply == "+OK\r\n")
    }

    mutating func read(_ line: String) { _ = test.run(line, from: reader) }

    /// What the reader hears of something that the writer does.
    mutating func heard(of line: String) -> String {
      _ = test.run(line, from: writer)
      return test.output(of: reader)
    }
  }

  private static func invalidation(_ keys: String...) -> String {
    ">2\r\n$10\r\ninvalidate\r\n*\(keys.count)\r\n" + keys.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
  }

  @Test func tellsOnceOfAKeyThatWasRead() {
    var pair = Pair()
    pair.read("GET a")
    let unread = pair.heard(of: "SET b 1")
    #expect(unread == "")
    let first = pair.heard(of: "SET a 1")
    #expect(first == Self.invalidation("a"))
    let second = pair.heard(of: "SET a 2")
    #expect(second == "")
    pair.read("MGET a b")
    let deleted = pair.heard(of: "DEL a b")
    #expect(deleted == Self.invalidation("a") + Self.invalidation("b"))
  }

  @Test func tellsOfWhatOnesOwnTransactionReadAndChanged() {
    var pair = Pair()
    pair.read("GET a")
    let own = pair.test.run("SET a 1", from: pair.reader)
    #expect(own == "+OK\r\n" + Self.invalidation("a"))
    pair.read("MULTI")
    pair.read("GET a")
    pair.read("INCR a")
    let reply = pair.test.run("EXEC", from: pair.reader)
    #expect(reply == "*2\r\n$1\r\n1\r\n:2\r\n" + Self.invalidation("a"))
  }

  @Test func tellsNothingOfOnesOwnChangesWithNoLoop() {
    var pair = Pair("NOLOOP")
    pair.read("GET a")
    let own = pair.test.run("SET a 1", from: pair.reader)
    #expect(own == "+OK\r\n")
    pair.read("GET a")
    let other = pair.heard(of: "SET a 2")
    #expect(other == Self.invalidation("a"))
  }

  @Test func remembersOnlyAnnouncedReadsWithOptIn() {
    var pair = Pair("OPTIN")
    pair.read("GET a")
    let unannounced = pair.heard(of: "SET a 1")
    #expect(unannounced == "")
    pair.read("CLIENT CACHING YES")
    pair.read("GET a")
    pair.read("GET b")
    let announced = pair.heard(of: "MSET a 1 b 1")
    #expect(announced == Self.invalidation("a"))
    pair.read("CLIENT CACHING YES")
    for line in ["MULTI", "GET a", "GET b", "EXEC"] { pair.read(line) }
    let transaction = pair.heard(of: "MSET a 1 b 1")
    #expect(transaction == Self.invalidation("a") + Self.invalidation("b"))
    let wrong = pair.test.run("CLIENT CACHING NO", from: pair.reader)
    #expect(wrong == "-ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.\r\n")
  }

  @Test func remembersAllButAnnouncedReadsWithOptOut() {
    var pair = Pair("OPTOUT")
    pair.read("CLIENT CACHING NO")
    pair.read("GET a")
    pair.read("GET b")
    let heard = pair.heard(of: "MSET a 1 b 1")
    #expect(heard == Self.invalidation("b"))
  }

  @Test func broadcastsWhatBeginsWithAPrefix() {
    var pair = Pair("BCAST PREFIX user: PREFIX order:")
    let heard = pair.heard(of: "MSET user:2 1 order:1 1 user:1 1 other 1")
    #expect(heard == Self.invalidation("order:1") + Self.invalidation("user:1", "user:2"))
    let own = pair.test.run("SET user:1 1", from: pair.reader)
    #expect(own == "+OK\r\n" + Self.invalidation("user:1"))
    let overlap = pair.test.run("CLIENT TRACKING ON BCAST PREFIX user:vip", from: pair.reader)
    #expect(
      overlap
        == "-ERR Prefix 'user:vip' overlaps with an existing prefix 'user:'. Prefixes for a single client must not overlap.\r\n"
    )
    let twice = pair.test.run("CLIENT TRACKING ON BCAST PREFIX ab PREFIX a", from: pair.reader)
    #expect(
      twice
        == "-ERR Prefix 'ab' overlaps with another provided prefix 'a'. Prefixes for a single client must not overlap.\r\n"
    )
  }

  @Test func broadcastsNothingToWhoMadeTheChangeWithNoLoop() {
    var pair = Pair("BCAST NOLOOP")
    let own = pair.test.run("MSET a 1 b 1", from: pair.reader)
    #expect(own == "+OK\r\n")
    let other = pair.heard(of: "SET b 2 PX 10")
    #expect(other == Self.invalidation("b"))
    pair.test.advance(milliseconds: 11)
    let expired = pair.test.run("GET b", from: pair.reader)
    #expect(expired == "_\r\n" + Self.invalidation("b"))
  }

  @Test func sendsToASubscriberThatSpeaksRESP2() {
    var test = TestEngine()
    let (reader, writer, listener) = (test.connect(), test.connect(), test.connect())
    let id = test.run("CLIENT ID", from: listener).dropFirst().dropLast()
    _ = test.run("SUBSCRIBE __redis__:invalidate", from: listener)
    let on = test.run("CLIENT TRACKING ON REDIRECT \(id)", from: reader)
    #expect(on == "+OK\r\n")
    let redirection = test.run("CLIENT GETREDIR", from: reader)
    #expect(redirection == ":\(id)\r\n")
    _ = test.run("GET a", from: reader)
    _ = test.run("SET a 1", from: writer)
    let message = test.output(of: listener)
    #expect(message == "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n*1\r\n$1\r\na\r\n")
    _ = test.run("FLUSHDB", from: writer)
    let flush = test.output(of: listener)
    #expect(flush == "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n$-1\r\n")
  }

  @Test func saysThatARedirectionIsBroken() {
    var pair = Pair()
    let listener = pair.test.connect()
    let id = pair.test.run("CLIENT ID", from: listener).dropFirst().dropLast()
    pair.read("CLIENT TRACKING ON REDIRECT \(id)")
    pair.read("GET a")
    pair.test.apply(.disconnected(listener))
    let heard = pair.heard(of: "SET a 1")
    #expect(heard == ">2\r\n$21\r\ntracking-redir-broken\r\n:\(id)\r\n")
    let information = pair.test.run("CLIENT TRACKINGINFO", from: pair.reader)
    #expect(information.contains("broken_redirect"))
    let line = pair.test.run("CLIENT INFO", from: pair.reader)
    #expect(line.contains(" flags=tR ") && line.contains(" redir=\(id) "))
  }

  @Test func tellsOfAFlushOnceAndOfEverything() {
    var pair = Pair()
    pair.read("GET a")
    let heard = pair.heard(of: "FLUSHALL")
    #expect(heard == ">2\r\n$10\r\ninvalidate\r\n_\r\n")
    let own = pair.test.run("FLUSHDB", from: pair.reader)
    #expect(own == "+OK\r\n>2\r\n$10\r\ninvalidate\r\n_\r\n")
  }

  @Test func tellsOfKeysThatExpire() {
    var pair = Pair()
    _ = pair.test.run("SET a 1 PX 10", from: pair.writer)
    pair.read("GET a")
    pair.test.advance(milliseconds: 11)
    let heard = pair.heard(of: "GET a")
    #expect(heard == Self.invalidation("a"))
  }

  @Test func forgetsKeysBeyondTheLimit() {
    var configuration = Configuration()
    configuration.trackingTableMaxKeys = 2
    var pair = Pair(configuration: configuration)
    for key in ["a", "b", "c"] { pair.read("GET \(key)") }
    let next = pair.test.run("PING", from: pair.reader)
    #expect(next.hasPrefix("+PONG\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\n"))
    let statistics = pair.test.run("INFO", from: pair.writer)
    #expect(statistics.contains("tracking_total_keys:2\r\n") && statistics.contains("tracking_total_items:2\r\n"))
    #expect(statistics.contains("tracking_clients:1\r\n"))
  }

  @Test func endsWithTheSessionAndWithReset() {
    var pair = Pair("BCAST PREFIX x")
    let before = pair.test.run("INFO", from: pair.writer)
    #expect(before.contains("tracking_total_prefixes:1\r\n"))
    pair.read("RESET")
    let after = pair.test.run("INFO", from: pair.writer)
    #expect(after.contains("tracking_total_prefixes:0\r\n") && after.contains("tracking_clients:0\r\n"))
    let heard = pair.heard(of: "SET x 1")
    #expect(heard == "")
  }

  @Test func answersAsRedisDoes() {
    Transcript.expect(
      """
      CLIENT GETREDIR -> :-1
      CLIENT TRACKINGINFO -> *6 $5 flags *1 $3 off $8 redirect :-1 $8 prefixes *0
      CLIENT CACHING YES -> -ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled
      CLIENT TRACKING MAYBE -> -ERR syntax error
      CLIENT TRACKING ON WHAT -> -ERR syntax error
      CLIENT TRACKING ON REDIRECT -> -ERR syntax error
      CLIENT TRACKING ON REDIRECT x -> -ERR value is not an integer or out of range
      CLIENT TRACKING ON REDIRECT 9999 -> -ERR The client ID you want redirect to does not exist
      CLIENT TRACKING ON REDIRECT -9223372036854775808 -> -ERR The client ID you want redirect to does not exist
      CLIENT TRACKING ON PREFIX a -> -ERR PREFIX option requires BCAST mode to be enabled
      CLIENT TRACKING ON OPTIN OPTOUT -> -ERR You can't specify both OPTIN mode and OPTOUT mode
      CLIENT TRACKING ON BCAST OPTIN -> -ERR OPTIN and OPTOUT are not compatible with BCAST
      CLIENT TRACKING ON OPTIN NOLOOP -> +OK
      CLIENT TRACKINGINFO -> *6 $5 flags *3 $2 on $5 optin $6 noloop $8 redirect :0 $8 prefixes *0
      CLIENT CACHING NO -> -ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.
      CLIENT CACHING YES -> +OK
      CLIENT TRACKINGINFO -> *6 $5 flags *4 $2 on $5 optin $11 caching-yes $6 noloop $8 redirect :0 $8 prefixes *0
      CLIENT TRACKING ON OPTOUT -> -ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.
      CLIENT TRACKING ON BCAST -> -ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.
      CLIENT TRACKING OFF -> +OK
      CLIENT TRACKING ON BCAST PREFIX b PREFIX a -> +OK
      CLIENT TRACKING ON BCAST PREFIX c -> +OK
      CLIENT TRACKINGINFO -> *6 $5 flags *2 $2 on $5 bcast $8 redirect :0 $8 prefixes *3 $1 a $1 b $1 c
      CLIENT GETREDIR -> :0
      """)
  }
}
