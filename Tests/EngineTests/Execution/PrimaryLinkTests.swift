import Testing

@testable import Engine

/// The link to a primary, its bytes in the test's hand.
@Suite struct PrimaryLinkTests {
  private static let link = SessionHandle(slot: 40, generation: 1)

  /// An engine that follows a primary and has just been connected to it.
  private func connected() throws -> Engine {
    let configuration = try Configuration().setting("replicaof", to: "127.0.0.1 7000")
    var now = Instant(unixMicroseconds: 1_700_000_000_000_000, monotonicMicroseconds: 1_000_000)
    var engine = Engine(
      configuration: configuration, seed: 1, host: HostFunctions(monotonicNanoseconds: { 0 }, sleep: { _ in }), now: now
    )
    now.monotonicMicroseconds += 2_000_000
    engine.apply(.cron(HostSample()), now: now)
    let origin = ConnectionOrigin(peer: "127.0.0.1:7000", local: "127.0.0.1:50000", descriptor: 9, isUnixSocket: false)
    engine.apply(.primaryLink(.connected(Self.link, origin)), now: now)
    _ = engine.takeEffects()
    return engine
  }

  private func receive(_ text: String, _ engine: inout Engine) -> Int {
    let now = Instant(unixMicroseconds: 1_700_000_003_000_000, monotonicMicroseconds: 4_000_000)
    return Array(text.utf8).withBytes { engine.receiveFromPrimary($0, on: Self.link, now: now) }
  }

  private func hasGivenUp(_ engine: inout Engine) -> Bool {
    engine.takeEffects().contains { if case .disconnectFromPrimary = $0 { true } else { false } }
  }

  @Test func anAnswerInPiecesIsAwaited() throws {
    var engine = try connected()
    var consumed = receive("+PO", &engine)
    #expect(consumed == 0)
    consumed = receive("+PONG\r\n", &engine)
    #expect(consumed == 7)
    let isGivenUp = hasGivenUp(&engine)
    #expect(!isGivenUp)
  }

  @Test func anAnswerWithoutEndIsGivenUp() throws {
    var engine = try connected()
    var consumed = receive(String(repeating: "x", count: 65_536), &engine)
    #expect(consumed == 0)
    var isGivenUp = hasGivenUp(&engine)
    #expect(!isGivenUp)
    consumed = receive(String(repeating: "x", count: 65_537), &engine)
    #expect(consumed == 65_537)
    isGivenUp = hasGivenUp(&engine)
    #expect(isGivenUp)
  }

  @Test func aPrimaryThatKnowsNoPSYNCIsAskedWithSYNC() throws {
    for answer in ["-ERR unknown command 'PSYNC'", "-NOPERM this user has no permissions", "+WHAT"] {
      var replica = try LinkedReplica(MemoryFiles(), ("repl-diskless-load", "swapdb"))
      let question = replica.shakeHands()
      #expect(question.contains("PSYNC"))
      replica.say(answer + "\r\n")
      expect(replica.test.output(of: replica.link), "SYNC\r\n")
      var writer = RDBWriter()
      writer.begin(RDBWriter.Information(redisVersion: Bytes("2.6.0"), createdSeconds: 0, usedMemoryBytes: 0))
      writer.end()
      let snapshot = writer.finish().array
      replica.say("$\(snapshot.count)\r\n")
      replica.say(snapshot)
      replica.send("SELECT 0")
      replica.send("SET a 1")
      expect(replica.test.run("GET a", from: replica.test.connect()), "$1\r\n1\r\n")
      replica.test.cron()
      expect(replica.test.output(of: replica.link), "")
      // It knows no offset from which to go on.
      replica.cut()
      #expect(replica.shakeHands().contains("$1\r\n?\r\n$2\r\n-1\r\n"))
    }
    for answer in ["-NOMASTERLINK Can't SYNC", "-LOADING data"] {
      var replica = try LinkedReplica(MemoryFiles())
      _ = replica.shakeHands()
      replica.say(answer + "\r\n")
      replica.cut()
      #expect(replica.shakeHands().contains("PSYNC"), "it is asked again, later")
    }
  }
}
