import Testing

@testable import Engine

/// What a replica makes of its primary's stream, and when it gives it up.
@Suite struct PrimaryStreamTests {
  private static let history = String(repeating: "a", count: 40)

  /// A replica in step with its primary.
  private func following(
    _ files: MemoryFiles, _ directives: (name: String, value: String)...
  ) throws -> LinkedReplica {
    var replica = try LinkedReplica(files, directives)
    _ = replica.shakeHands()
    replica.resynchronise(Self.history, at: 1000)
    replica.send("SELECT 0")
    return replica
  }

  private func isUp(_ replica: borrowing LinkedReplica) -> Bool { replica.test.engine.call.replication.link.isUp }

  // MARK: Commands

  /// A primary's stream is one of writes: whatever else it holds is for sessions with a client.
  @Test(arguments: ["SHUTDOWN NOSAVE", "PSYNC ? -1", "REPLICAOF NO ONE", "SUBSCRIBE c", "MONITOR", "MULTI 1", "GET a"])
  func whatBelongsToNoStreamIsNotRun(line: String) throws {
    for isInTransaction in [false, true] {
      var replica = try following(MemoryFiles())
      if isInTransaction { replica.send("MULTI") }
      replica.send(line)
      replica.send("SET a 1")
      if isInTransaction { replica.send("EXEC") }
      expect(isUp(replica))
      let client = replica.test.connect()
      expect(replica.test.run("GET a", from: client), "$1\r\n1\r\n")
      expect(replica.test.information("role", from: client), "slave")
      let isEnding = replica.test.effects.contains { if case .shutDown = $0 { true } else { false } }
      #expect(!isEnding)
      expect(replica.test.logLines.contains { $0.hasPrefix("== CRITICAL == The master's stream holds a command") })
    }
  }

  @Test func whatAPrimarySaysBesidesIsRun() throws {
    var replica = try following(MemoryFiles())
    for line in ["PING", "SELECT 3", "SET a 1", "PUBLISH c m", "REPLCONF GETACK *"] { replica.send(line) }
    expect(!replica.test.logLines.contains { $0.contains("CRITICAL") })
    let answer = replica.test.output(of: replica.link)
    #expect(answer.contains("ACK"))
  }

  // MARK: Numbers

  @Test(arguments: ["*1\r\n$9223372036854775807\r\n", "*2147483647\r\n$9223372036854775800\r\n"])
  func aLengthThatCannotBeEndsTheLink(bytes: String) throws {
    var replica = try following(MemoryFiles())
    replica.say(bytes)
    expect(!isUp(replica))
    expect(replica.test.logLines.contains("Protocol error in the stream from MASTER"))
  }

  @Test(arguments: ["9223372036854775807", "-1", "4611686018427387905", "x"])
  func anOffsetThatCannotBeIsRefused(offset: String) throws {
    var replica = try LinkedReplica(MemoryFiles())
    _ = replica.shakeHands()
    replica.say("+FULLRESYNC \(Self.history) \(offset)\r\n")
    let stage = replica.test.engine.call.replication.link.stage
    #expect(stage == .waiting)
  }

  // MARK: The disk

  /// The next snapshot is due when more was changed, and on a replica only the stream does that.
  @Test func aSnapshotThatFailedDoesNotEndTheLink() throws {
    let files = MemoryFiles()
    var replica = try following(files, ("save", "1 1"))
    files.failing[.open] = MemoryFiles.noSpace
    replica.send("SET a 1")
    replica.test.cron(afterMilliseconds: 2500)
    replica.test.drive(files)
    var isSaved = replica.test.engine.call.persistence.lastSaveSucceeded
    #expect(!isSaved)
    replica.send("SET a 2")
    expect(isUp(replica))
    files.failing = [:]
    replica.test.cron(afterMilliseconds: 6500)
    replica.test.drive(files)
    isSaved = replica.test.engine.call.persistence.lastSaveSucceeded
    #expect(isSaved)
    expect(replica.test.run("GET a", from: replica.test.connect()), "$1\r\n2\r\n")
  }

  @Test func aLinkThatIsLostAfterAFailedSnapshotComesBack() throws {
    let files = MemoryFiles()
    var replica = try following(files, ("save", "1 1"))
    files.failing[.open] = MemoryFiles.noSpace
    replica.send("SET a 1")
    replica.test.cron(afterMilliseconds: 2500)
    replica.cut()
    let stage = replica.test.engine.call.replication.link.stage
    #expect(stage == .connecting)
  }

  /// What cannot be recorded is not taken, until it can.
  @Test func theLinkComesBackWithTheAppendOnlyFile() throws {
    let files = MemoryFiles()
    var replica = try following(files, ("appendonly", "yes"), ("appendfsync", "always"))
    replica.test.drive(files)
    files.failing[.write] = MemoryFiles.noSpace
    replica.send("SET a 1")
    replica.test.drive(files)
    replica.send("SET a 2")
    expect(!isUp(replica))
    replica.test.cron()
    var stage = replica.test.engine.call.replication.link.stage
    #expect(stage == .waiting)
    files.failing = [:]
    for _ in 0..<3 {
      replica.test.cron()
      replica.test.drive(files)
    }
    stage = replica.test.engine.call.replication.link.stage
    #expect(stage == .connecting)
  }
}
