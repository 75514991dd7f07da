import Foundation
import Testing

/// `--recover-to`, as a user runs it: beside the server's files, which stay as they are.
@Suite(.withServerLogs) struct RecoveryCommandTests {
  private struct Moment {
    let target: String
    let digest: String
  }

  private func options(_ folder: TemporaryFolder) -> [String] {
    [
      "--dir", folder.path, "--appendonly", "yes", "--appendfsync", "always", "--aof-timestamp-enabled", "yes",
      "--auto-aof-rewrite-percentage", "0",
    ]
  }

  private func recover(_ target: String, from folder: TemporaryFolder, into new: String) throws -> String {
    try output(of: Program.underTest.path, "--recover-to", target, "--recover-into", new, "--dir", folder.path)
  }

  /// Writes to a server, notes how its data are at some moments, and kills it while a rewrite is under way.
  private func live(_ folder: TemporaryFolder, _ yard: borrowing ServerYard) throws -> [Moment] {
    let server = try yard.start(options(folder))
    let client = try server.connect()
    var moments: [Moment] = []
    for round in 0..<4 {
      for number in 0..<50 {
        try client.command("RPUSH", "list:\(round)", "element \(number)")
        try client.command("HSET", "hash", "field \(round) \(number)", "value")
        try client.command("ZADD", "sorted", "\(number)", "member \(round) \(number)")
      }
      try client.send("MULTI\r\nINCR count\r\nSELECT 3\r\nINCR count\r\nSELECT 0\r\nEXEC\r\n")
      for _ in 0..<6 { _ = try client.read() }
      let second = Int(Date().timeIntervalSince1970)
      let digest = try server.digest()
      moments.append(Moment(target: "offset:\(server.replicationOffset)", digest: digest))
      moments.append(Moment(target: "\(second)", digest: digest))
      // The next round belongs to another second.
      try eventually("the next second") { Int(Date().timeIntervalSince1970) > second }
      if round == 0 {
        try client.command("BGREWRITEAOF")
        try eventually("the rewrite is done") { try server.info("persistence")["aof_rewrite_in_progress"] == "0" }
      }
    }
    try client.command("CONFIG", "SET", "rdb-key-save-delay", "1000000")
    try client.command("BGREWRITEAOF")
    server.kill()
    return Array(moments.dropFirst(2))
  }

  private func contents(_ folder: TemporaryFolder) throws -> [String: Data] {
    var found: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path + "/appendonlydir") {
      found[name] = FileManager.default.contents(atPath: folder.path + "/appendonlydir/" + name)
    }
    return found
  }

  @Test func bringsBackWhatThereWasForUsAndForRedis() throws {
    try withServers { yard in
      let folder = try TemporaryFolder()
      let moments = try live(folder, yard)
      let before = try contents(folder)
      for (index, moment) in moments.enumerated() {
        let parent = try TemporaryFolder()
        let new = parent.path + "/new"
        let report = try recover(moment.target, from: folder, into: new)
        #expect(report.contains("Recovered the data as of"), "\(report)")
        if index < 2 {
          let verdict = try output(of: "redis-check-aof", new + "/appendonlydir/appendonly.aof.manifest")
          #expect(verdict.contains("All AOF files and manifest are valid"), "\(verdict)")
        }
        for program in index < 2 ? [Program.redis, .underTest] : [.underTest] {
          let server = try yard.start(["--dir", new, "--appendonly", "yes"], program: program)
          try server.connect().awaitLoading()
          let digest = try server.digest()
          #expect(digest == moment.digest, "\(moment.target) in \(program.path)")
          server.kill()
        }
      }
      let after = try contents(folder)
      #expect(after == before)
    }
  }

  @Test func saysHowToServeItAndWhatHasExpired() throws {
    try withServers { yard in
      let folder = try TemporaryFolder()
      let names = ["--appenddirname", "other dir", "--appendfilename", "it's.aof"]
      let server = try yard.start(options(folder) + names)
      let client = try server.connect()
      let expiry = Int(Date().timeIntervalSince1970 * 1000) + 300
      try client.command("SET", "stays", "1", gives: .simple("OK"))
      try client.command("SET", "goes", "1", "PXAT", "\(expiry)", gives: .simple("OK"))
      let offset = server.replicationOffset
      try eventually("it has expired") { Int(Date().timeIntervalSince1970 * 1000) > expiry }
      let parent = try TemporaryFolder()
      let report = try output(
        of: Program.underTest.path, "--recover-to", "offset:\(offset)", "--recover-into", parent.path + "/new", "--dir",
        folder.path, names[0], names[1], names[2], names[3])
      #expect(report.contains("2 keys") && report.contains("  1 of these keys have expired since then"), "\(report)")
      let command =
        "--dir \(parent.path)/new --appendonly yes --appendfilename 'it'\\''s.aof' --appenddirname 'other dir'"
      #expect(report.contains("Serve them with: ringdove \(command)\n"), "\(report)")
      let again = try yard.start(["--dir", parent.path + "/new", "--appendonly", "yes"] + names)
      let reader = try again.connect()
      try reader.awaitLoading()
      try reader.command("EXISTS", "stays", "goes", gives: .integer(1))
    }
  }

  @Test func refusesWhatItCannotDo() throws {
    try withServers { yard in
      let folder = try TemporaryFolder()
      let server = try yard.start(options(folder))
      try server.connect().command("SET", "a", "1", gives: .simple("OK"))
      // A server at work is no hindrance.
      let parent = try TemporaryFolder()
      let new = parent.path + "/new"
      func refusal(_ target: String, into new: String) throws -> String {
        let report = try recover(target, from: folder, into: new)
        #expect(report.hasPrefix("Nothing was recovered."), "\(report)")
        return report
      }
      #expect(try refusal("offset:1000000", into: new).contains("lies behind the end"))
      #expect(try refusal("100", into: new).contains("lies before everything that is kept"))
      #expect(try refusal("99999999999", into: new).contains("lies in the future"))
      #expect(!parent.has("new"))
      #expect(try recover("offset:0", from: folder, into: new).contains("0 keys"))
      #expect(try refusal("offset:0", into: new).contains("is not empty"))
      #expect(try refusal("offset:0", into: folder.path).contains("is not empty"))
      #expect(try refusal("offset:0", into: parent.path + "/no/such").contains("cannot be made"))
      // A base that cannot be loaded is found out, and nothing is left.
      let base = "appendonlydir/appendonly.aof.1.base.rdb"
      var bytes = Array(try folder.read(base))
      bytes[bytes.count - 3] ^= 1
      try Data(bytes).write(to: URL(fileURLWithPath: folder.path + "/" + base))
      #expect(try refusal("offset:0", into: parent.path + "/other").contains("checksum"))
      #expect(!parent.has("other"))
    }
  }
}
