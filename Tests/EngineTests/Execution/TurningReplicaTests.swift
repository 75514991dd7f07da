import Testing

@testable import Engine

/// A primary that becomes a replica: what it may go on from, and what its clients' offsets mean then.
@Suite struct TurningReplicaTests {
  private static let history = String(repeating: "a", count: 40)
  private static let other = String(repeating: "b", count: 40)

  /// A server that followed a history and was promoted: a primary with an active log.
  private func promoted(_ more: (name: String, value: String)...) throws -> LinkedReplica {
    var server = try LinkedReplica(MemoryFiles(), more)
    _ = server.shakeHands()
    server.resynchronise(Self.history, at: 1000)
    server.send("SELECT 0")
    let client = server.test.connect()
    _ = server.test.run("REPLICAOF NO ONE", from: client)
    server.cut()
    _ = server.test.run("SET before 1", from: client)
    return server
  }

  private func transact(_ server: inout LinkedReplica, _ lines: [String]) -> String {
    let client = server.test.connect()
    for line in ["MULTI"] + lines { _ = server.test.run(line, from: client) }
    return server.test.run("EXEC", from: client)
  }

  @Test func aTransactionThatWritesAndTurnsItGoesToNoLogAndIsNotGoneOnFrom() throws {
    let toPrimary = "REPLICAOF 127.0.0.1 7001"
    let transactions = [
      ["SET a 1", toPrimary, "SET b 2"], ["SET a 1", toPrimary], [toPrimary, "SET b 2"],
    ]
    for lines in transactions {
      var server = try promoted()
      let end = server.test.logEnd
      let answer = transact(&server, lines)
      #expect(answer.hasPrefix("*\(lines.count)\r\n+OK"))
      #expect(server.test.logEnd == end)
      #expect(server.shakeHands().contains("$1\r\n?\r\n$2\r\n-1\r\n"), "\(lines)")
    }
    // One that was a replica before, and wrote as a primary in between.
    var server = try promoted(("replica-read-only", "no"))
    _ = server.test.run(toPrimary, from: server.test.connect())
    _ = transact(&server, ["REPLICAOF NO ONE", "SET a 1", "REPLICAOF 127.0.0.1 7002"])
    #expect(server.shakeHands().contains("$1\r\n?\r\n$2\r\n-1\r\n"))
  }

  @Test func oneThatWritesNothingIsGoneOnFrom() throws {
    for lines in [["GET before", "REPLICAOF 127.0.0.1 7001"], ["DEL nothing", "REPLICAOF 127.0.0.1 7001"]] {
      var server = try promoted()
      let identifier = server.test.identifier
      let next = server.test.logEnd + 1
      _ = transact(&server, lines)
      let question = server.shakeHands()
      #expect(question.contains("\(identifier)\r\n") && question.contains("\r\n\(next)\r\n"))
    }
  }

  @Test func offsetsOfAHistoryThatEndedAreNotWaitedFor() throws {
    var server = try promoted()
    let client = server.test.connect()
    expect(server.test.run("SET a 1", from: client), "+OK\r\n")
    _ = server.test.run("REPLICAOF 127.0.0.1 7001", from: client)
    _ = server.shakeHands()
    server.resynchronise(Self.other, at: 10)
    _ = server.test.run("REPLICAOF NO ONE", from: client)
    let replica = server.test.connect()
    let answer = server.test.run("PSYNC \(Self.other) 11", from: replica)
    #expect(answer.hasPrefix("+CONTINUE"))
    _ = server.test.run("REPLCONF ACK 10", from: replica)
    expect(server.test.run("WAIT 1 0", from: client), ":1\r\n")
    // Of this history they are.
    _ = server.test.run("SET a 1", from: client)
    expect(server.test.run("WAIT 1 0", from: client), "")
    _ = server.test.run("REPLCONF ACK \(server.test.logEnd)", from: replica)
    expect(server.test.output(of: client), ":1\r\n")
  }
}
