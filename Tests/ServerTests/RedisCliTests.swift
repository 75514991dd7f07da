import Foundation
import Testing

/// What redis-cli does besides asking: taking snapshots, following the stream, loading in bulk, watching and searching;
/// all of it against a primary that is being written to.
@Suite(.withServerLogs) struct RedisCliTests {
  /// A primary with known data, under writes.
  private func withPrimaryUnderLoad(_ body: (ServerYard, ServerProcess) throws -> Void) throws {
    try withServers { yard in
      let primary = try yard.start(["--repl-diskless-sync-delay", "0"])
      let client = try primary.connect()
      for number in 0..<100 { try client.command("SET", "known:\(number)", "value \(number)", gives: .ok) }
      _ = try client.pipeline((0..<3000).map { ["RPUSH", "known:list", "element \($0)"] })
      _ = try client.pipeline((0..<700).map { ["HSET", "known:hash", "field \($0)", "v"] })
      try client.command("SET", "known:string", String(repeating: "s", count: 50_000), gives: .ok)
      let load = try WriteLoad(on: primary, seed: 3, valueBytes: 300, pause: 5000)
      try body(yard, primary)
      try load.stop()
      #expect(load.commands > 0)
    }
  }

  /// Its output comes by lines, though nobody sees a terminal.
  private func tool(_ server: ServerProcess, _ arguments: String..., input: String = "/dev/null") throws -> Tool {
    try Tool(["stdbuf", "-oL", "redis-cli", "-p", "\(server.port)"] + arguments, input: input)
  }

  private func withFile(_ body: (String) throws -> Void) throws {
    let path = NSTemporaryDirectory() + "ringdove-cli-\(UUID().uuidString)"
    defer { unlink(path) }
    try body(path)
  }

  /// Has redis-cli put a snapshot into a file.
  /// - Returns: what redis-check-rdb says of it, which is that it is whole.
  private func takeSnapshot(_ primary: ServerProcess, _ option: String, _ path: String) throws -> String {
    let said = try tool(primary, option, path).finish()
    #expect(said.contains("Transfer finished with success"), "\(said)")
    let judged = try output(of: "redis-check-rdb", path)
    #expect(judged.contains("RDB looks OK!"), "\(judged)")
    return judged
  }

  @Test func rdbTakesASnapshotThatRedisLoads() throws {
    try withPrimaryUnderLoad { yard, primary in
      try withFile { path in
        _ = try takeSnapshot(primary, "--rdb", path)
        let folder = (path as NSString).deletingLastPathComponent
        let other = try yard.start(
          ["--dir", folder, "--dbfilename", (path as NSString).lastPathComponent], program: .redis)
        let client = try other.connect()
        try client.command("GET", "known:99", gives: .bulk("value 99"))
        try client.command("LLEN", "known:list", gives: .integer(3000))
        try client.command("HLEN", "known:hash", gives: .integer(700))
      }
      try eventually("the primary has no replica") { try primary.info("replication")["connected_slaves"] == "0" }
    }
  }

  @Test func functionsRdbHoldsNoKeys() throws {
    try withPrimaryUnderLoad { yard, primary in
      try withFile { path in
        let judged = try takeSnapshot(primary, "--functions-rdb", path)
        #expect(judged.contains("0 keys read"), "\(judged)")
      }
    }
  }

  @Test func replicaPrintsTheStream() throws {
    try withPrimaryUnderLoad { _, primary in
      let follower = try tool(primary, "--replica")
      try eventually("it follows") { try primary.info("replication")["slave0"]?.contains("state=online") == true }
      try primary.connect().command("SET", "told:later", "and seen", gives: .ok)
      try follower.awaitOutput("\"SET\",\"told:later\",\"and seen\"")
      #expect(try primary.info("replication")["connected_slaves"] == "1")
    }
  }

  @Test func pipeLoadsInBulk() throws {
    try withPrimaryUnderLoad { _, primary in
      try withFile { path in
        var bytes: [UInt8] = []
        for number in 0..<20_000 { bytes += request("SADD", "piped", "member \(number)") }
        bytes += request("INCR", "known:string")
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        // One command is refused, so the tool ends with 1.
        let run = try tool(primary, "--pipe", input: path)
        try eventually("the tool ends", seconds: 60) { !run.isRunning }
        #expect(run.output.contains("errors: 1, replies: 20001"), "\(run.output)")
        try primary.connect().command("SCARD", "piped", gives: .integer(20_000))
      }
    }
  }

  @Test func statPrintsALinePerInterval() throws {
    try withPrimaryUnderLoad { _, primary in
      let run = try tool(primary, "--stat", "-i", "0.05")
      try run.awaitOutput("keys")
      try eventually("five lines of numbers") {
        run.output.split(separator: "\n").count { $0.first?.isNumber == true } >= 5
      }
      let rows = run.output.split(separator: "\n").filter { $0.first?.isNumber == true }.map {
        $0.split(separator: " ")
      }
      #expect(rows.allSatisfy { $0.count >= 6 && (Int($0[0]) ?? 0) >= 102 }, "\(run.output)")
      // Requests so far: they rise from line to line.
      let requests = rows.compactMap { Int($0[4]) }
      #expect(requests.count == rows.count && requests == requests.sorted() && requests.first != requests.last)
    }
  }

  @Test func bigkeysAndMemkeysFindTheLargest() throws {
    try withPrimaryUnderLoad { _, primary in
      let counted = try tool(primary, "--bigkeys").finish()
      #expect(counted.contains("Biggest   list found '\"known:list\"' has 3000 items"), "\(counted.suffix(1500))")
      #expect(counted.contains("Biggest   hash found '\"known:hash\"' has 700 fields"), "\(counted.suffix(1500))")
      #expect(counted.contains("Biggest string found '\"known:string\"' has 50000 bytes"), "\(counted.suffix(1500))")
      let weighed = try tool(primary, "--memkeys").finish()
      #expect(weighed.contains("Biggest string found '\"known:string\"' has "), "\(weighed.suffix(1500))")
      #expect(weighed.contains("Biggest   list found '\"known:list\"' has "), "\(weighed.suffix(1500))")
    }
  }

  @Test func latencyMeasures() throws {
    try withPrimaryUnderLoad { _, primary in
      // Without a terminal it samples for a second and prints: least, most, mean, how many.
      let words = try tool(primary, "--latency").finish().split(whereSeparator: \.isWhitespace).compactMap {
        Double($0)
      }
      #expect(words.count == 4, "\(words)")
      #expect(words.count == 4 && words[0] <= words[2] && words[2] <= words[1] && words[3] >= 1)
    }
  }
}
