import Foundation
import Testing

/// A real disk that stands still. A process that waits for it cannot even be killed, so every test thaws it first.
@Suite(
  .withServerLogs, .serialized, .enabled(if: FrozenDisk.isAllowed, "freezing a disk needs the right to mount one"),
  .enabled(if: !Program.isReferenceUnderTest))
struct StalledDiskTests {
  private func options(_ disk: FrozenDisk, fsync: String) -> [String] {
    ["--dir", disk.path, "--appendonly", "yes", "--appendfsync", fsync, "--save", ""]
  }

  private func persistence(_ server: ServerProcess, _ field: String) throws -> String {
    try server.info("persistence")[field] ?? ""
  }

  @Test(arguments: ["everysec", "no"]) func writesWaitAndReadsGoOn(policy: String) throws {
    try withServers { yard in
      let disk = try FrozenDisk()
      defer { disk.thaw() }
      let server = try yard.start(options(disk, fsync: policy))
      let (writer, reader) = (try server.connect(), try server.connect())
      try writer.command("SET", "before", "1", gives: .simple("OK"))
      try disk.freeze()
      // Answered at first: a disk may be slow for a moment.
      try writer.command("SET", "count", "0", gives: .simple("OK"))
      try eventually("the disk is behind") { try persistence(server, "aof_delayed_fsync") == "1" }
      try writer.send(request("INCR", "count"))
      try eventually("the write has run") { try reader.command("GET", "count") == .bulk("1") }
      writer.patience = 1
      let early = try? writer.read()
      #expect(early == nil)
      try reader.command("GET", "before", gives: .bulk("1"))
      disk.thaw()
      writer.patience = 20
      let late = try writer.read()
      #expect(late == .integer(1))
      try writer.command("INCR", "count", gives: .integer(2))
      try writer.command("WAITAOF", "1", "0", "5000", gives: .array([.integer(1), .integer(0)]))
      #expect(server.log().contains("is taking too long (disk is busy?)"))
      server.kill()
      let again = try yard.start(options(disk, fsync: policy))
      let client = try again.connect()
      try client.awaitLoading()
      try client.command("GET", "count", gives: .bulk("2"))
    }
  }

  @Test func theEndWaitsForTheDisk() throws {
    try withServers { yard in
      let disk = try FrozenDisk()
      defer { disk.thaw() }
      let server = try yard.start(options(disk, fsync: "everysec"))
      let client = try server.connect()
      try disk.freeze()
      try client.command("SET", "a", "1", gives: .simple("OK"))
      try client.send(request("SHUTDOWN"))
      try eventually("the end is under way") { server.log().contains("Calling fsync() on the AOF file.") }
      let other = try server.connect()
      try other.command("GET", "a", gives: .bulk("1"))
      disk.thaw()
      let status = try server.waitForExit()
      #expect(status == 0)
      let again = try yard.start(options(disk, fsync: "everysec"))
      try again.connect().command("GET", "a", gives: .bulk("1"))
    }
  }
}
