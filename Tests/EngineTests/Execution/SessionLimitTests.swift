import Testing

@testable import Engine

@Suite struct SessionLimitTests {
  private func limited(hard: Int = 0, soft: Int = 0, seconds: Int = 0) -> Configuration {
    var configuration = Configuration()
    configuration.clientOutputBufferLimit.normal = OutputBufferLimit(
      hardBytes: hard, softBytes: soft, softSeconds: seconds)
    return configuration
  }

  private let value = String(repeating: "x", count: 100_000)

  @Test func endsASessionAtItsHardLimit() {
    var test = TestEngine(limited(hard: 250_000))
    let client = test.connect()
    _ = test.run(["SET", "a", value], from: client)
    #expect(test.send(Array("GET a\r\nGET a\r\n".utf8), from: client).utf8.count > 200_000)
    #expect(test.isEnded(client) == false)
    _ = test.send(Array("GET a\r\nGET a\r\nGET a\r\nGET a\r\n".utf8), from: client)
    #expect(test.isEnded(client) == true)
    #expect(
      test.logLines.last?.hasSuffix("scheduled to be closed ASAP for overcoming of output buffer limits.") == true)
    #expect(test.engine.call.statistics.outputBufferLimitDisconnections == 1)
  }

  @Test func countsWhatIsUnderWayToo() {
    var test = TestEngine(limited(hard: 250_000))
    let client = test.connect()
    _ = test.run(["SET", "a", value], from: client)
    var taken: [Int] = []
    for _ in 0..<3 {
      _ = test.sendAndLeave(Array("GET a\r\n".utf8), from: client)
      taken.append(test.engine.call.sessions[client].pendingOutputBytes)
    }
    #expect(taken[1] > 200_000)
    #expect(test.isEnded(client) == true)
  }

  @Test func givesTheSoftLimitItsTime() {
    var test = TestEngine(limited(soft: 50_000, seconds: 2))
    let client = test.connect()
    _ = test.run(["SET", "a", value], from: client)
    _ = test.sendAndLeave(Array("GET a\r\n".utf8), from: client)
    for _ in 0..<30 {
      test.advance(milliseconds: 100)
      test.apply(.cron(HostSample()))
    }
    #expect(test.isEnded(client) == true)
  }

  @Test func limitsUnfinishedRequests() {
    var configuration = Configuration()
    configuration.clientQueryBufferLimit = 1 << 20
    var test = TestEngine(configuration)
    let client = test.connect()
    let isEnough = test.engine.noteInput(client, bytes: 1 << 20)
    #expect(!isEnough)
    #expect(test.run("CLIENT INFO", from: client).contains(" qbuf=\(1 << 20 + 13) ") == true)
    let isTooMuch = test.engine.noteInput(client, bytes: 1 << 20 + 1)
    #expect(isTooMuch)
    _ = test.run("PING", from: test.connect())
    #expect(test.isEnded(client) == true)
  }

  @Test func endsIdleSessions() {
    var configuration = Configuration()
    configuration.timeout = 5
    var test = TestEngine(configuration)
    let idle = test.connect()
    let busy = test.connect()
    let monitor = test.connect()
    _ = test.run("MONITOR", from: monitor)
    for _ in 0..<70 {
      test.advance(milliseconds: 100)
      _ = test.run("PING", from: busy)
      test.apply(.cron(HostSample()))
    }
    #expect(test.isEnded(idle) == true)
    #expect(test.isEnded(busy) == false)
    #expect(test.isEnded(monitor) == false)
  }

  @Test func evictsTheCostliest() {
    var configuration = Configuration()
    configuration.maxmemoryClients = 200_000
    var test = TestEngine(configuration)
    let client = test.connect()
    let spared = test.connect()
    _ = test.run(["SET", "a", value], from: client)
    _ = test.run("CLIENT NO-EVICT on", from: spared)
    for _ in 0..<2 { _ = test.sendAndLeave(Array("GET a\r\n".utf8), from: spared) }
    _ = test.sendAndLeave(Array("GET a\r\n".utf8), from: client)
    test.apply(.cron(HostSample()))
    #expect(test.isEnded(client) == true)
    #expect(test.isEnded(spared) == false)
    #expect(test.engine.call.statistics.evictedClients == 1)
  }
}
