import Foundation
import Testing

/// What replicas keep over restarts, promotions and long absences, with real processes.
@Suite(.withServerLogs) struct PartialResyncTests {
  private static let quick = ["--repl-diskless-sync-delay", "0"]

  /// Writes `count` values of a kilobyte.
  private func write(_ client: Client, _ count: Int) throws {
    let value = String(repeating: "v", count: 1000)
    for start in stride(from: 0, to: count, by: 100) {
      _ = try client.pipeline((0..<100).map { ["SET", "key:\((start + $0) % 1500)", "\(start + $0) \(value)"] })
    }
  }

  @Test(arguments: [Program.underTest, .redis]) func aReplicaThatWasAwayIsSentTheLogFromTheFile(program: Program) throws
  {
    try withServers { yard in
      let primary = try yard.start(
        Self.quick + ["--appendonly", "yes", "--repl-backlog-size", "16384", "--aof-history-size", "100mb"])
      let client = try primary.connect()
      try write(client, 100)
      let replica = try yard.start(["--replicaof", "127.0.0.1 \(primary.port)"], program: program)
      try expectInStep(primary, [replica])
      replica.signal(SIGSTOP)
      try client.command("CLIENT", "KILL", "TYPE", "replica")
      try write(client, 4000)
      // A rewrite meanwhile: what it would delete is kept.
      try client.command("BGREWRITEAOF")
      try eventually("the rewrite ends") { try primary.info("persistence")["aof_rewrite_in_progress"] == "0" }
      try write(client, 1000)
      replica.signal(SIGCONT)
      try expectInStep(primary, [replica])
      let counts = try primary.info("stats")
      #expect(counts["sync_full"] == "1")
      #expect(counts["sync_partial_from_files"] == "1")
      // It goes on from memory as any other.
      try write(client, 100)
      try expectInStep(primary, [replica])
    }
  }

  @Test(arguments: ["no", "yes"]) func bothSidesGoOnAfterTheirRestarts(recording: String) throws {
    try withServers { yard in
      let options = Self.quick + ["--appendonly", recording, "--save", "3600 1000000"]
      let primary = try yard.start(options)
      let replica = try yard.start(options + ["--replicaof", "127.0.0.1 \(primary.port)"])
      let client = try primary.connect()
      try client.command("SELECT", "4")
      try write(client, 500)
      try expectInStep(primary, [replica])
      if recording == "yes" {
        // The file holds the primary's data only when it has been written anew.
        try eventually("the replica's file is written") {
          try replica.info("persistence")["aof_rewrites"].flatMap { Int($0) } ?? 0 >= 1
        }
      }
      replica.signal(SIGTERM)
      #expect(try replica.waitForExit() == 0)
      try write(client, 100)
      try replica.restart()
      try expectInStep(primary, [replica])
      #expect(try primary.info("stats")["sync_full"] == "1")
      if recording == "yes" {
        // A crash leaves what was recorded.
        replica.kill()
        try write(client, 100)
        try replica.restart()
        try expectInStep(primary, [replica])
        #expect(try primary.info("stats")["sync_full"] == "1")
      }
      primary.signal(SIGTERM)
      #expect(try primary.waitForExit() == 0)
      try primary.restart()
      let again = try primary.connect()
      try again.command("SELECT", "5")
      try write(again, 100)
      try expectInStep(primary, [replica])
      let counts = try primary.info("stats")
      #expect(counts["sync_full"] == "0" && counts["sync_partial_ok"] == "1")
    }
  }

  @Test(arguments: [Program.underTest, .redis]) func aFailoverLosesNothing(program: Program) throws {
    try withServers { yard in
      let primary = try yard.start(Self.quick)
      let replica = try yard.start(Self.quick + ["--replicaof", "127.0.0.1 \(primary.port)"], program: program)
      let client = try primary.connect()
      try write(client, 100)
      try expectInStep(primary, [replica])
      try client.command("FAILOVER", "TO", "127.0.0.1", "\(replica.port)", gives: .simple("OK"))
      try eventually("the replica is the primary") { try replica.info("replication")["role"] == "master" }
      try eventually("the failover ends") {
        try primary.info("replication")["master_failover_state"] == "no-failover"
      }
      try write(try replica.connect(), 100)
      try expectInStep(replica, [primary])
      #expect(try replica.info("stats")["sync_full"] == "0")
      // And back.
      try replica.connect().command("FAILOVER", gives: .simple("OK"))
      try eventually("the first is the primary again") { try primary.info("replication")["role"] == "master" }
      try expectInStep(primary, [replica])
      #expect(try primary.info("stats")["sync_full"] == "1")
    }
  }

  @Test func aCircleAndItselfAndNobodyDoNoHarm() throws {
    try withServers { yard in
      let first = try yard.start(Self.quick)
      let second = try yard.start(Self.quick + ["--replicaof", "127.0.0.1 \(first.port)"])
      let client = try first.connect()
      try client.command("SET", "a", "1")
      try expectInStep(first, [second])
      try client.command("REPLICAOF", "127.0.0.1", "\(second.port)", gives: .simple("OK"))
      try client.command("GET", "a", gives: .bulk("1"))
      try client.command("REPLICAOF", "127.0.0.1", "\(first.port)", gives: .simple("OK"))
      try client.command("GET", "a", gives: .bulk("1"))
      try client.command("REPLICAOF", "127.0.0.1", "1", gives: .simple("OK"))
      try eventually("it cannot connect") { first.log().contains("Connection refused") }
      for _ in 0..<2 { try client.command("REPLICAOF", "NO", "ONE", gives: .simple("OK")) }
      try client.command("SET", "a", "2")
      try second.connect().command("REPLICAOF", "NO", "ONE")
      try second.connect().command("REPLICAOF", "127.0.0.1", "\(first.port)")
      try expectInStep(first, [second])
    }
  }
}
