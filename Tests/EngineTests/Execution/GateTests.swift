import Testing

@testable import Engine

@Suite struct GateTests {
  @Test func countsErrorsAsRedisDoes() {
    var test = TestEngine()
    let client = test.connect()
    for line in ["nonsense", "GET", "CLIENT foo", "CLIENT KILL a", "HELLO 9", "SET a 1 EX 0x", "CLIENT"] {
      #expect(test.run(line, from: client).hasPrefix("-") == true)
    }
    let statistics = test.engine.call.statistics
    #expect(statistics.errorsByCode == ["ERR": 6, "NOPROTO": 1])
    #expect(statistics.errorReplies == 7)
    #expect(counts("get", &test) == [0, 1, 0])
    #expect(counts("client", &test) == [0, 1, 0])
    #expect(counts("client|kill", &test) == [1, 0, 1])
    #expect(counts("hello", &test) == [1, 0, 1])
  }

  /// Calls, rejected and failed calls.
  private func counts(_ name: String, _ test: inout TestEngine) -> [Int64] {
    let index = test.engine.call.catalogue.specs.firstIndex { $0.fullName == name }!
    let statistics = test.engine.call.commandStatistics[index]
    return [statistics.calls, statistics.rejected, statistics.failed]
  }

  @Test func asksForReplicasBeforeWrites() {
    var configuration = Configuration()
    configuration.minReplicasToWrite = 1
    var test = TestEngine(configuration)
    let client = test.connect()
    #expect(test.run("SET a 1", from: client) == "-NOREPLICAS Not enough good replicas to write.\r\n")
    #expect(test.run("GET a", from: client) == "$-1\r\n")
  }

  @Test func servesNoStaleDataWhenToldSo() {
    var configuration = Configuration()
    configuration.replicaof = ReplicationSource(host: "127.0.0.1", port: 1)
    var test = TestEngine(configuration)
    let client = test.connect()
    #expect(test.run("SET a 1", from: client) == "-READONLY You can't write against a read only replica.\r\n")
    #expect(test.run("GET a", from: client) == "$-1\r\n")
    test.engine.call.configuration.replicaServeStaleData = false
    #expect(
      test.run("GET a", from: client)
        == "-MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.\r\n")
    #expect(test.run("CLIENT ID", from: client) == ":1\r\n")
  }

  @Test func endsWebRequests() {
    var test = TestEngine()
    for line in ["POST / HTTP/1.1", "Host: localhost"] {
      let client = test.connect()
      #expect(test.run(line, from: client) == "")
      #expect(test.isEnded(client) == true)
    }
    #expect(test.logLines.filter { $0.hasPrefix("Possible SECURITY ATTACK detected.") }.count == 1)
  }

  /// On a replica's connection there is room for the stream alone.
  @Test(arguments: ["PING", "XINFO HELP", "GET foo", "SLOWLOG GET", "nonsense", "REPLCONF capa eof"])
  func aReplicaThatCausesAReplyIsDisconnected(line: String) {
    var test = TestEngine(Configuration(), files: MemoryFiles())
    test.engine.start(now: test.now)
    test.settle()
    let replica = test.connect()
    #expect(test.run("PSYNC ? -1", from: replica).hasPrefix("+FULLRESYNC"))
    #expect(test.run("REPLCONF ACK 0", from: replica) == "")
    #expect(test.run("PSYNC ? -1", from: replica) == "")
    let endedBefore = test.isEnded(replica)
    #expect(!endedBefore)
    _ = test.run(line, from: replica)
    let isEnded = test.isEnded(replica)
    #expect(isEnded)
    #expect(test.logLines.contains { $0.hasPrefix("Replica generated a reply to command '") })
    let complaint = "== CRITICAL == This master is sending an error to its replica: "
    #expect(test.logLines.contains { $0.hasPrefix(complaint) } == (line == "GET foo"))
  }

  @Test func aWrongOffsetMakesNoReplica() {
    var test = TestEngine()
    let client = test.connect()
    #expect(test.run("PSYNC replicationid offset", from: client) == "-ERR value is not an integer or out of range\r\n")
    #expect(test.logLines.last?.hasSuffix("asks for synchronization but with a wrong offset") == true)
    let isLogging = test.engine.call.log.isActive
    #expect(!isLogging)
    #expect(test.run("PING", from: client) == "+PONG\r\n")
  }
}
