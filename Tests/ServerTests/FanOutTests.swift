import Foundation
import Testing

/// One primary under test, sixteen replicas of three kinds, writes for a while (a minute in a full run).
@Suite(.serialized, .withServerLogs) struct FanOutTests {
  private static let seconds: Double = Program.isFullRun ? 60 : 10

  @Test func sixteenReplicasStayInStep() throws {
    try withServers { yard in
      let primary = try yard.start(["--repl-diskless-sync-delay", "0"])
      let replicas = try (0..<10).map { number in
        try yard.start(
          ["--replicaof", "127.0.0.1 \(primary.port)"], program: number.isMultiple(of: 2) ? .underTest : .redis)
      }
      try expectInStep(primary, replicas)
      let sinks = try (0..<6).map { _ in try ReplicaSink(of: primary) }
      defer { for sink in sinks { sink.stop() } }
      #expect(try primary.info("replication")["connected_slaves"] == "16")

      let loads = try (1...2).map { try WriteLoad(on: primary, seed: $0, valueBytes: 300, pause: 10_000) }
      Thread.sleep(forTimeInterval: Self.seconds)
      for load in loads { try load.stop() }

      try expectInStep(primary, replicas, seconds: 60)
      try expectDrained(sinks, by: primary)
      #expect(try primary.info("replication")["connected_slaves"] == "16", "nobody was dropped")
      #expect(loads.allSatisfy { $0.commands > 1000 })
      if !Program.isReferenceUnderTest {
        #expect(try primary.info("stats")["sync_full"] == "16", "nobody had to begin again")
      }
    }
  }

  /// While one write follows the other, replicas are sent several of them at a time, and the last one soon.
  @Test(.enabled(if: !Program.isReferenceUnderTest)) func replicasAreFedInPieces() throws {
    try withServers { yard in
      let primary = try yard.start(["--repl-diskless-sync-delay", "0"])
      let sink = try ReplicaSink(of: primary)
      defer { sink.stop() }
      let client = try primary.connect()
      try client.command("SET", "a", "0")
      try expectDrained([sink], by: primary)
      let before = try submissions(primary)
      let began = Date()
      for number in 0..<5000 { try client.command("SET", "a", "\(number)") }
      let seconds = Date().timeIntervalSince(began)
      let feeds = try submissions(primary) - before - 5000
      // One in half a millisecond, and what asking for this takes.
      #expect(Double(feeds) < seconds * 2000 * 1.2 + 500)
      try expectDrained([sink], by: primary)
    }
  }

  /// What the ring has been given up to now; the figure is taken ten times a second.
  private func submissions(_ server: ServerProcess) throws -> Int {
    func known() throws -> Int { Int(try server.info("stats")["ring_submissions"] ?? "") ?? 0 }
    let first = try known()
    try eventually("the figure is taken again") { try known() > first }
    return try known()
  }

  @Test func aStoppedReplicaDisturbsNobodyAndIsDroppedAtItsLimit() throws {
    try withServers { yard in
      let primary = try yard.start([
        "--repl-diskless-sync-delay", "0", "--repl-backlog-size", "1mb", "--client-output-buffer-limit",
        "replica 8mb 0 0",
      ])
      let replicas = try [Program.underTest, .redis, .underTest].map {
        try yard.start(["--replicaof", "127.0.0.1 \(primary.port)"], program: $0)
      }
      try expectInStep(primary, replicas)
      let sinks = try (0..<2).map { _ in try ReplicaSink(of: primary) }
      defer { for sink in sinks { sink.stop() } }
      let resident = primary.residentBytes()

      let stopped = replicas[2]
      stopped.signal(SIGSTOP)
      defer { stopped.signal(SIGCONT) }
      let load = try WriteLoad(on: primary, seed: 5, valueBytes: 8000, pause: 5000)
      // The kernel's socket buffers take some megabytes first; then the log keeps up to 8 for the stopped one.
      try eventually("the stopped replica is dropped", seconds: 120) {
        try primary.info("replication")["connected_slaves"] == "4"
      }
      let written = load.commands
      try eventually("writes go on") { load.commands > written + 500 }
      try load.stop()
      try expectInStep(primary, Array(replicas.prefix(2)))
      try expectDrained(sinks, by: primary)
      let grown = primary.residentBytes() - resident
      #expect(grown < 160 << 20, "8 MB of log, 2,000 keys of 8 KB in 4 databases; it grew by \(grown >> 20) MiB")

      stopped.signal(SIGCONT)
      try expectInStep(primary, replicas)
    }
  }

  private func expectDrained(_ sinks: [ReplicaSink], by primary: ServerProcess) throws {
    // Asked anew each time: the primary's own PINGs and expiries move the offset.
    try eventually("every sink has the primary's offset") {
      let offset = primary.replicationOffset
      return sinks.allSatisfy { $0.offset == offset }
    }
    for sink in sinks { #expect(sink.trouble == nil) }
  }
}
