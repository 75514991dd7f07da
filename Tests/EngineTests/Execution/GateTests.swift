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
}
