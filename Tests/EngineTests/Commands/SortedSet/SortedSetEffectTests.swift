import Testing

@testable import Engine

/// What sorted sets cause besides the answer: propagation and events.
@Suite struct SortedSetEffectTests {
  private func propagated(_ lines: String...) -> String {
    var test = TestEngine()
    test.recordEffects()
    let client = test.connect()
    for line in lines { _ = test.run(line, from: client) }
    let words = Transcript.flat(String(decoding: test.propagated(), as: UTF8.self)).split(separator: " ")
    return words.filter { !$0.hasPrefix("*") && !$0.hasPrefix("$") }.joined(separator: " ")
  }

  @Test func propagatesInCanonicalForm() {
    #expect(propagated("ZADD z 1 a 2 b 3 c 4 d", "ZMPOP 2 none z MIN COUNT 2").hasSuffix(" ZPOPMIN z 2"))
    #expect(propagated("ZADD z 1 a 2 b", "ZMPOP 1 z MAX COUNT 100").hasSuffix(" ZPOPMAX z 2"))
    #expect(propagated("ZADD z 1 a 2 b", "ZPOPMIN z").hasSuffix(" ZPOPMIN z"))
    #expect(
      propagated("ZADD z 1 a", "ZADD z 1 a", "ZREM z b", "ZPOPMIN none", "ZADD none XX 1 a").hasSuffix("ZADD z 1 a"))
    #expect(propagated("ZINCRBY z 1.5 a").hasSuffix("ZINCRBY z 1.5 a"))
    #expect(propagated("ZUNIONSTORE d 1 none").isEmpty)
  }

  @Test func tellsOfWhatHappens() {
    var configuration = Configuration()
    configuration.notifyKeyspaceEvents = [.keyevent, .all, .new]
    var test = TestEngine(configuration)
    let listener = test.connect()
    _ = test.run("PSUBSCRIBE *", from: listener)
    let client = test.connect()
    func events(_ line: String) -> [String] {
      _ = test.run(line, from: client)
      let words = test.output(of: listener).split(separator: "\r\n").map(String.init)
      return words.filter { $0.hasPrefix("__keyevent") }.map { String($0.dropFirst("__keyevent@0__:".count)) }
    }
    #expect(events("ZADD z 1 a 2 b 3 c 4 d 5 e") == ["new", "zadd"])
    #expect(events("ZADD z 1 a") == [])
    #expect(events("ZINCRBY z 1 a") == ["zincr"])
    #expect(events("ZREM z a nobody") == ["zrem"])
    #expect(events("ZPOPMIN z") == ["zpopmin"])
    #expect(events("ZMPOP 1 z MAX") == ["zpopmax"])
    #expect(events("ZREMRANGEBYRANK z 0 0") == ["zremrangebyrank"])
    #expect(events("ZUNIONSTORE d 1 z") == ["new", "zunionstore"])
    #expect(events("ZRANGESTORE d z 0 -1") == ["zrangestore"])
    #expect(events("ZDIFFSTORE d 2 z z") == ["del"])
    #expect(events("ZREMRANGEBYSCORE z -inf inf") == ["zremrangebyscore", "del"])
  }
}
