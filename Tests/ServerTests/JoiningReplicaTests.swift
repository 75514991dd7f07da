import Foundation
import Testing

/// What is written while a replica takes its time to join: it stays out of the primary's memory where a file holds it.
@Suite(.withServerLogs) struct JoiningReplicaTests {
  /// Writes so many megabytes over the same few keys, and looks at the memory that replicas cost meanwhile.
  private func write(
    _ client: Client, _ primary: ServerProcess, megabytes: Int = 220
  ) throws -> Int {
    var most = 0
    let value = String(repeating: "v", count: 10_000)
    for round in 0..<megabytes {
      _ = try client.pipeline((0..<100).map { ["SET", "key:\($0 % 50)", "\(round) \(value)"] })
      let info = try primary.info("everything")
      let bytes = info["mem_total_replication_buffers"].flatMap { Int($0) } ?? .max
      // What a slow disk has not taken yet is in memory as well, and has nothing to do with the replica.
      let unwritten = (info["aof_buffer_length"] ?? info["repl_unspilled_bytes"]).flatMap { Int($0) } ?? 0
      most = max(most, bytes - unwritten)
    }
    return most
  }

  @Test(arguments: [
    (Program.underTest, "no", "yes"), (Program.redis, "yes", "yes"), (Program.underTest, "yes", "no"),
    (Program.redis, "no", "no"),
  ])
  func theLogStaysSmallWhileAReplicaJoins(program: Program, diskless: String, appendOnly: String) throws {
    try withServers { yard in
      let primary = try yard.start([
        "--appendonly", appendOnly, "--appendfsync", "no", "--repl-backlog-size", "1mb", "--repl-diskless-sync-delay",
        "0",
        "--repl-diskless-sync", diskless, "--auto-aof-rewrite-min-size", "32mb",
      ])
      let client = try primary.connect()
      _ = try client.pipeline((0..<1000).map { ["SET", "old:\($0)", String(repeating: "o", count: 1000)] })
      // So that the snapshot takes as long as the writing does.
      try client.command("CONFIG", "SET", "rdb-key-save-delay", "100000")
      let replica = try yard.start(["--replicaof", "127.0.0.1 \(primary.port)"], program: program)
      try eventually("the snapshot begins") {
        try primary.info("replication")["slave0"]?.contains("state=send_bulk") == true
          || primary.info("persistence")["rdb_bgsave_in_progress"] == "1"
      }
      let most = try write(client, primary)
      #expect(try primary.info("stats")["sync_full"] == "1")
      #expect(try replica.info("replication")["master_link_status"] == "down", "it joins only when all is written")
      #expect(most < 8 << 20)
      try client.command("CONFIG", "SET", "rdb-key-save-delay", "0")
      try expectInStep(primary, [replica], seconds: 60)
      let counts = try primary.info("stats")
      #expect(counts["sync_full"] == "1" && counts["sync_partial_ok"] == "0")
      // From there it follows memory as any other.
      _ = try write(client, primary, megabytes: 10)
      try expectInStep(primary, [replica], seconds: 60)
      #expect(try primary.info("stats")["sync_full"] == "1")
    }
  }
}
