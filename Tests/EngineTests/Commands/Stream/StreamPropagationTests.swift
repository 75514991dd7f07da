import Testing

@testable import Engine

/// What replicas see of the commands on streams.
@Suite struct StreamPropagationTests {
  private func propagated(_ lines: [String], configuration: Configuration = Configuration()) -> [String] {
    Array(GenericPropagationTests.propagated(lines, configuration: configuration).dropFirst())
  }

  private static let three = ["XADD s 1-0 f 1", "XADD s 2-0 f 2", "XADD s 3-0 f 3"]

  @Test func idsAreFilledIn() {
    #expect(
      propagated([
        "XADD s * f v", "xadd s NOMKSTREAM 1700000000000-* f w", "XADD s 1800000000000-5 f x", "XADD s 1-1 f v",
      ])
        == [
          "XADD s 1700000000000-0 f v", "xadd s NOMKSTREAM 1700000000000-1 f w", "XADD s 1800000000000-5 f x",
        ])
  }

  @Test func trimmingIsExact() {
    var configuration = Configuration()
    configuration = (try? configuration.setting("stream-node-max-entries", to: "2")) ?? configuration
    let five = (1...5).map { "XADD s \($0)-0 f v" }
    #expect(
      propagated(
        five + [
          "XADD s MAXLEN ~ 2 * f v", "XADD s MAXLEN ~ 2 LIMIT 10 9000000000000 f v",
          "XADD s MINID ~ 6 9000000000001-* f v",
          "XADD s MAXLEN = 2 9000000000002 f v", "XTRIM s MAXLEN ~ 0 LIMIT 1", "XTRIM s MINID ~ 9000000000002-0",
          "XTRIM s MAXLEN 0", "XTRIM s MAXLEN 0",
        ], configuration: configuration)
        == five + [
          "XADD s MAXLEN = 2 1700000000000-0 f v", "XADD s MAXLEN = 3 LIMIT 10 9000000000000 f v",
          "XADD s MINID = 5-0 9000000000001-0 f v", "XADD s MAXLEN = 2 9000000000002 f v",
          "XTRIM s MAXLEN = 1 LIMIT 1", "XTRIM s MAXLEN 0",
        ])
  }

  @Test func whatIsGivenOutIsClaimed() {
    let claim = "TIME 1700000000000 RETRYCOUNT 1 FORCE JUSTID LASTID"
    #expect(
      propagated(
        Self.three + [
          "XGROUP CREATE s g 0", "XREADGROUP GROUP g c COUNT 2 STREAMS s >", "XREADGROUP GROUP g c STREAMS s 0",
          "XREADGROUP GROUP g d NOACK STREAMS s >", "XREADGROUP GROUP g e STREAMS s >", "XACK s g 1-0 9-9",
          "XACK s g 9-9",
        ])
        == Self.three + [
          "XGROUP CREATE s g 0", "MULTI", "XCLAIM s g c 0 1-0 \(claim) 1-0", "XCLAIM s g c 0 2-0 \(claim) 2-0", "EXEC",
          "MULTI", "XGROUP CREATECONSUMER s g d", "XGROUP SETID s g 3-0 ENTRIESREAD 3", "EXEC", "XACK s g 1-0 9-9",
        ])
  }

  @Test func claims() {
    let claim = "TIME 1700000000000 RETRYCOUNT"
    #expect(
      propagated(
        Self.three + [
          "XGROUP CREATE s g 0", "XCLAIM s g c 0 1-0 2-0 FORCE", "XCLAIM s g d 0 3-0 LASTID 2-0", "XDEL s 2-0",
          "XCLAIM s g d 0 1-0 2-0 JUSTID", "XAUTOCLAIM s g e 0 0", "XCLAIM s g e 0 7-7",
        ])
        == Self.three + [
          "XGROUP CREATE s g 0", "MULTI", "XCLAIM s g c 0 1-0 \(claim) 2 FORCE JUSTID LASTID 0-0",
          "XCLAIM s g c 0 2-0 \(claim) 2 FORCE JUSTID LASTID 0-0", "EXEC", "XGROUP SETID s g 2-0 ENTRIESREAD -1",
          "XDEL s 2-0", "MULTI", "XCLAIM s g d 0 1-0 \(claim) 2 FORCE JUSTID LASTID 2-0",
          "XCLAIM s g c 0 2-0 \(claim) 2 FORCE JUSTID LASTID 2-0", "EXEC",
          "XCLAIM s g e 0 1-0 \(claim) 3 FORCE JUSTID LASTID 2-0",
        ])
  }

  @Test func theRestGoesAsItCame() {
    let commands = [
      "XGROUP CREATE s g 0 MKSTREAM", "XGROUP CREATECONSUMER s g c", "XGROUP SETID s g 5-5", "XSETID s 9-9",
      "XGROUP DELCONSUMER s g c", "XGROUP DESTROY s g",
    ]
    #expect(
      propagated(
        commands.flatMap { [$0, "XGROUP DESTROY s nope"] } + ["XREAD STREAMS s 0", "XDEL s 1-1"]) == commands)
  }

  /// A replica that is told what is above ends up with what its primary has.
  @Test func aReplicaIsInStep() {
    var primary = TestEngine()
    var replica = TestEngine()
    let client = primary.connect()
    let link = replica.connect()
    primary.recordEffects()
    var random = RandomGenerator(seed: 4)
    _ = primary.run("XGROUP CREATE s g 0 MKSTREAM", from: client)
    for _ in 0..<400 {
      let some = "\(1 + random.next(below: 400))-0"
      let consumer = "c\(random.next(below: 3))"
      switch random.next(below: 9) {
      case 0: _ = primary.run("XDEL s \(some)", from: client)
      case 1: _ = primary.run("XREADGROUP GROUP g \(consumer) COUNT 5 STREAMS s >", from: client)
      case 2: _ = primary.run("XACK s g \(some)", from: client)
      case 3: _ = primary.run("XCLAIM s g \(consumer) 0 \(some) FORCE", from: client)
      case 4: _ = primary.run("XAUTOCLAIM s g \(consumer) 0 \(some) COUNT 3", from: client)
      default: _ = primary.run("XADD s MAXLEN ~ 300 * f \(random.next(below: 1000))", from: client)
      }
    }
    _ = replica.send(primary.propagated(), from: link)
    for question in ["XRANGE s - +", "XPENDING s g - + 1000", "XINFO STREAM s"] {
      #expect(primary.run(question, from: client) == replica.run(question, from: link), "\(question)")
    }
  }
}
