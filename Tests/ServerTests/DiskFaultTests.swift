import Foundation
import Testing

/// Real faults of a real (small) disk: no room, no right to write, no larger files. Nothing that failed is acknowledged,
/// reads go on, work goes on where there is room again, and a restart finds all that was acknowledged.
@Suite(
  .withServerLogs, .serialized, .enabled(if: SmallDisk.isAllowed, "mounting a small disk needs the right to mount"),
  .enabled(if: !Program.isReferenceUnderTest))
struct DiskFaultTests {
  /// 16 KiB that no compression makes less of.
  private static func value(_ number: Int) -> String {
    var state = UInt64(number) &* 0x9E37_79B9_7F4A_7C15 | 1
    return String(
      decoding: (0..<16 << 10).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(33 + (state >> 33) % 94)
      }, as: UTF8.self)
  }

  private func options(_ disk: SmallDisk, _ more: String...) -> [String] {
    ["--dir", disk.path, "--appendonly", "yes", "--auto-aof-rewrite-percentage", "0"] + more
  }

  private func persistence(_ server: ServerProcess, _ field: String) throws -> String {
    try server.info("persistence")[field] ?? ""
  }

  /// Writes until a write is not answered with OK.
  /// - Returns: how many were, and the other answer; nil: none came within a second.
  private func write(_ client: Client, from first: Int = 0, limit: Int = 1000) throws -> (count: Int, refusal: Reply?) {
    client.patience = 1
    defer { client.patience = 20 }
    for number in first..<limit {
      try client.send(request("SET", "key:\(number)", Self.value(number)))
      guard let reply = try? client.read() else { return (number - first, nil) }
      if reply != .simple("OK") { return (number - first, reply) }
    }
    throw HarnessError("the disk did not fill")
  }

  /// What a restarted server has of the keys below `count`: all of them, as they were written.
  private func expectAll(_ count: Int, _ server: ServerProcess) throws {
    let client = try server.connect()
    try client.awaitLoading()
    for number in 0..<count {
      try client.command("GET", "key:\(number)", gives: .bulk(Self.value(number)))
    }
  }

  private func expectRefusal(_ client: Client, _ text: String) throws {
    guard case .error(let reply) = try client.command("SET", "x", "y"), reply.contains(text) else {
      throw HarnessError("a write was not refused with '\(text)'")
    }
  }

  // MARK: No room

  @Test func alwaysAcknowledgesNothingThatFoundNoRoom() throws {
    try withServers { yard in
      let disk = try SmallDisk(kibibytes: 4096)
      try disk.fill(leavingKibibytes: 1024)
      let server = try yard.start(options(disk, "--appendfsync", "always"))
      let (writer, other) = (try server.connect(), try server.connect())
      let (acknowledged, refusal) = try write(writer)
      #expect(acknowledged > 20 && refusal == nil)
      try expectRefusal(other, "MISCONF Errors writing to the AOF file: No space left on device")
      try other.command("GET", "key:0", gives: .bulk(Self.value(0)))
      #expect(try persistence(server, "aof_last_write_status") == "err")
      // It was not refused: it waits, and is answered when it is on the disk.
      disk.makeRoom()
      let late = try writer.read()
      #expect(late == .simple("OK"))
      try other.command("SET", "after", "1", gives: .simple("OK"))
      #expect(try persistence(server, "aof_last_write_status") == "ok")
      server.kill()
      let again = try yard.start(options(disk, "--appendfsync", "always"))
      try expectAll(acknowledged + 1, again)
      try again.connect().command("GET", "after", gives: .bulk("1"))
    }
  }

  /// Killed while the disk is full, with a command cut short in the file.
  @Test func alwaysHoldsItsWordWhenKilledOnAFullDisk() throws {
    try withServers { yard in
      let disk = try SmallDisk(kibibytes: 4096)
      try disk.fill(leavingKibibytes: 1024)
      let server = try yard.start(options(disk, "--appendfsync", "always"))
      let (acknowledged, refusal) = try write(try server.connect())
      #expect(acknowledged > 20 && refusal == nil)
      server.kill()
      // The disk is full still: what is there is loaded, and the end cut off.
      let again = try yard.start(options(disk, "--appendfsync", "always"))
      try expectAll(acknowledged, again)
      disk.makeRoom()
      let client = try again.connect()
      try eventually("writes go on") { try client.command("SET", "after", "1") == .simple("OK") }
    }
  }

  @Test func everysecRefusesAndGoesOn() throws {
    try withServers { yard in
      let disk = try SmallDisk(kibibytes: 4096)
      try disk.fill(leavingKibibytes: 1024)
      let server = try yard.start(options(disk, "--appendfsync", "everysec"))
      let (writer, other) = (try server.connect(), try server.connect())
      let (acknowledged, refusal) = try write(writer)
      #expect(acknowledged > 20)
      #expect(refusal == .error("MISCONF Errors writing to the AOF file: No space left on device"))
      try other.command("GET", "key:0", gives: .bulk(Self.value(0)))
      disk.makeRoom()
      try eventually("writes go on") { try other.command("SET", "after", "1") == .simple("OK") }
      try other.command("WAITAOF", "1", "0", "5000", gives: .array([.integer(1), .integer(0)]))
      server.kill()
      let again = try yard.start(options(disk))
      try expectAll(acknowledged, again)
      try again.connect().command("GET", "after", gives: .bulk("1"))
    }
  }

  @Test func aSnapshotThatFindsNoRoomLeavesTheOldOne() throws {
    try withServers { yard in
      let disk = try SmallDisk(kibibytes: 4096)
      let arguments = ["--dir", disk.path, "--save", "1000 1000"]
      let server = try yard.start(arguments)
      let client = try server.connect()
      for number in 0..<60 { try client.command("SET", "key:\(number)", Self.value(number)) }
      try client.command("SAVE", gives: .simple("OK"))
      for number in 60..<80 { try client.command("SET", "key:\(number)", Self.value(number)) }
      try disk.fill(leavingKibibytes: 256)
      try client.command("BGSAVE", gives: .simple("Background saving started"))
      try eventually("the snapshot failed") { try persistence(server, "rdb_last_bgsave_status") == "err" }
      try expectRefusal(client, "MISCONF Redis is configured to save RDB snapshots")
      try client.command("GET", "key:79", gives: .bulk(Self.value(79)))
      try eventually("its file is gone") { !disk.names().contains { $0.hasPrefix("temp-") } }
      let old = try yard.start(arguments)
      try expectAll(60, old)
      try old.connect().command("DBSIZE", gives: .integer(60))
      old.kill()
      disk.makeRoom()
      try client.command("BGSAVE", gives: .simple("Background saving started"))
      try eventually("the snapshot is there") { try persistence(server, "rdb_last_bgsave_status") == "ok" }
      try client.command("SET", "key:80", Self.value(80), gives: .simple("OK"))
      server.kill()
      try expectAll(80, try yard.start(arguments))
    }
  }

  @Test(arguments: ["always", "everysec"]) func aRewriteThatFindsNoRoomLosesNothing(policy: String) throws {
    try withServers { yard in
      let disk = try SmallDisk(kibibytes: 4096)
      let server = try yard.start(options(disk, "--appendfsync", policy))
      let client = try server.connect()
      for number in 0..<60 { try client.command("SET", "key:\(number)", Self.value(number), gives: .simple("OK")) }
      try disk.fill(leavingKibibytes: 512)
      try client.command("BGREWRITEAOF")
      try eventually("the rewrite failed") { try persistence(server, "aof_last_bgrewrite_status") == "err" }
      try eventually("its file is gone") { !disk.names().contains { $0.hasPrefix("temp-") } }
      // There is room for what is written meanwhile.
      for number in 60..<70 { try client.command("SET", "key:\(number)", Self.value(number), gives: .simple("OK")) }
      try client.command("WAITAOF", "1", "0", "5000", gives: .array([.integer(1), .integer(0)]))
      server.kill()
      let again = try yard.start(options(disk, "--appendfsync", policy))
      try expectAll(70, again)
      disk.makeRoom()
      try again.connect().command("BGREWRITEAOF")
      try eventually("the file is written anew") {
        try persistence(again, "aof_rewrite_in_progress") == "0"
          && persistence(again, "aof_last_bgrewrite_status") == "ok"
      }
      again.kill()
      try expectAll(70, try yard.start(options(disk, "--appendfsync", policy)))
    }
  }

  // MARK: No right to write

  @Test func aReadOnlyDiskIsReadAndNoMore() throws {
    try withServers { yard in
      let disk = try SmallDisk(kibibytes: 1024)
      let server = try yard.start(["--dir", disk.path])
      let client = try server.connect()
      try client.command("SET", "a", "1", gives: .simple("OK"))
      try client.command("SAVE", gives: .simple("OK"))
      try disk.setReadOnly(true)
      guard case .error = try client.command("SAVE") else { throw HarnessError("SAVE succeeded on a read-only disk") }
      // Or writes are refused from here on.
      try client.command("CONFIG", "SET", "save", "", gives: .simple("OK"))
      try client.command("BGSAVE", gives: .simple("Background saving started"))
      try eventually("the snapshot failed") { try persistence(server, "rdb_last_bgsave_status") == "err" }
      guard case .error(let refusal) = try client.command("CONFIG", "SET", "appendonly", "yes"),
        refusal.contains("Unable to turn on AOF")
      else { throw HarnessError("an append-only file was begun on a read-only disk") }
      try client.command("SET", "a", "2", gives: .simple("OK"))
      try client.command("GET", "a", gives: .bulk("2"))
      server.kill()
      let reader = try yard.start(["--dir", disk.path])
      try reader.connect().command("GET", "a", gives: .bulk("1"))
      reader.kill()
      let recorder = try yard.start(options(disk), awaitReady: false)
      let status = try recorder.waitForExit()
      #expect(status == 1)
      #expect(recorder.log().contains("Read-only file system"), "\(recorder.logTail())")
      try disk.setReadOnly(false)
      try yard.start(["--dir", disk.path]).connect().command("GET", "a", gives: .bulk("1"))
    }
  }

  // MARK: No larger files

  /// What a file may hold (RLIMIT_FSIZE) is reached: the file is written anew, which helps where the data are small.
  @Test(arguments: ["always", "everysec"]) func aFileThatMayNotGrowIsWrittenAnew(policy: String) throws {
    try withServers { yard in
      let disk = try SmallDisk(kibibytes: 16 << 10)
      let server = try yard.start(options(disk, "--appendfsync", policy))
      let complaint = try output(of: "prlimit", "--pid", "\(server.pid)", "--fsize=\(512 << 10)")
      #expect(complaint.isEmpty)
      var acknowledged = 0
      var failures = 0
      // 3 MB in one key, six times what a file may hold.
      for number in 1...200 {
        try eventually("write \(number) is taken") {
          let client = try server.connect()
          // Who waited when it happened is cut off, not answered.
          let reply = try? client.command("SET", "key:0", "\(number)" + Self.value(0))
          if reply != .simple("OK") { failures += 1 }
          return reply == .simple("OK")
        }
        acknowledged = number
        if number == 50 {
          try server.connect().command("GET", "key:0", gives: .bulk("50" + Self.value(0)))
        }
      }
      #expect(failures > 0)
      #expect(server.log().contains("File too large"))
      try server.connect().command("WAITAOF", "1", "0", "5000", gives: .array([.integer(1), .integer(0)]))
      server.kill()
      let again = try yard.start(options(disk, "--appendfsync", policy))
      let client = try again.connect()
      try client.awaitLoading()
      try client.command("GET", "key:0", gives: .bulk("\(acknowledged)" + Self.value(0)))
    }
  }
}
