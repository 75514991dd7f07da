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

  /// 30 MB of writes to one key.
  private let flood: [UInt8] = {
    let write = request("SET", "flood", String(repeating: "x", count: 10_000))
    return (0..<3000).reduce(into: []) { bytes, _ in bytes += write }
  }()

  /// Sends without a look at the answers, until the server takes no more.
  /// - Returns: how much it took.
  private func push(_ bytes: [UInt8], to client: Client) -> Int {
    var sent = 0
    while sent < bytes.count, Sockets.wait(client.descriptor, for: POLLOUT, until: Date() + 1) {
      sent += client.sendWithoutWaiting(Array(bytes[sent..<min(sent + 65_536, bytes.count)]))
    }
    return sent
  }

  private func number(_ field: String, _ section: String, _ server: ServerProcess) throws -> Int {
    Int(try server.info(section)[field] ?? "") ?? -1
  }

  /// As much waits for the file as may, and no more is in memory.
  private func expectHeldUp(_ server: ServerProcess, memoryBefore: Int) throws {
    try eventually("as much waits as may") { try number("aof_buffer_length", "persistence", server) >= 1 << 20 }
    let waiting = try number("aof_buffer_length", "persistence", server)
    #expect(waiting < 1_100_000)
    let memory = try number("used_memory", "memory", server)
    #expect(memory - memoryBefore < 6 << 20)
    let clients = try server.connect().command("CLIENT", "LIST").text
    let input = clients.split(separator: " ").filter { $0.hasPrefix("qbuf=") }.reduce(0) {
      $0 + (Int($1.dropFirst(5)) ?? 0)
    }
    #expect(input < 4 << 20)
  }

  /// A client that does not wait for answers: most of what it sends stays with the kernel, and with the client.
  @Test(arguments: ["always", "everysec", "no"]) func whoDoesNotWaitForAnswersIsHeldUp(policy: String) throws {
    try withServers { yard in
      let disk = try FrozenDisk()
      defer { disk.thaw() }
      let server = try yard.start(options(disk, fsync: policy) + ["--aof-buffer-limit", "1mb"])
      let (writer, reader) = (try server.connect(), try server.connect())
      try reader.command("SET", "before", "1", gives: .simple("OK"))
      let memory = try number("used_memory", "memory", server)
      try disk.freeze()
      let sent = push(flood, to: writer)
      #expect(sent < flood.count)
      try expectHeldUp(server, memoryBefore: memory)
      try reader.command("GET", "before", gives: .bulk("1"))
      try reader.command("CONFIG", "SET", "maxmemory-samples", "6", gives: .simple("OK"))
      let other = try server.connect()
      try other.send(request("SET", "late", "1"))
      disk.thaw()
      try writer.send(Array(flood[sent...]))
      try writer.expect(String(repeating: "+OK\r\n", count: 3000))
      try other.expect("+OK\r\n")
    }
  }

  @Test func aReplicaWhoseDiskStandsStillHasItsPrimaryWait() throws {
    try withServers { yard in
      let disk = try FrozenDisk()
      defer { disk.thaw() }
      let primary = try yard.start(["--save", "", "--repl-ping-replica-period", "1"])
      let replica = try yard.start(
        options(disk, fsync: "everysec") + [
          "--aof-buffer-limit", "1mb", "--replicaof", "127.0.0.1 \(primary.port)", "--repl-timeout", "4",
        ])
      try eventually("the replica records") {
        let info = try replica.info("persistence")
        return try replica.info("replication")["master_link_status"] == "up" && info["aof_rewrite_in_progress"] == "0"
          && info["aof_rewrite_scheduled"] == "0" && info["aof_rewrites"] == "1"
      }
      let writer = try primary.connect()
      try writer.command("SET", "before", "1", gives: .simple("OK"))
      let memory = try number("used_memory", "memory", replica)
      let reader = try replica.connect()
      try eventually("the write is there") { try reader.command("GET", "before") == .bulk("1") }
      try disk.freeze()
      try writer.send(flood)
      try writer.expect(String(repeating: "+OK\r\n", count: 3000))
      try expectHeldUp(replica, memoryBefore: memory)
      // For longer than the primary may be silent.
      let uptime = try number("uptime_in_seconds", "server", replica)
      try eventually("time goes by") { try number("uptime_in_seconds", "server", replica) > uptime + 6 }
      try reader.command("GET", "before", gives: .bulk("1"))
      disk.thaw()
      try eventually("the replica is in step") {
        try number("slave_repl_offset", "replication", replica) == number("master_repl_offset", "replication", primary)
      }
      #expect(!replica.log().contains("MASTER timeout"))
      #expect(try number("sync_full", "stats", primary) == 1)
      #expect(try number("sync_partial_ok", "stats", primary) == 0)
    }
  }

  /// What comes while the last snapshot is taken, as to a replica, goes to the disk at the very end: that can be cut short.
  @Test(arguments: [false, true]) func theVeryEndNeedNotBeWaitedFor(isForced: Bool) throws {
    try withServers { yard in
      let disk = try FrozenDisk()
      defer { disk.thaw() }
      // The snapshot on another disk than the append-only file.
      let directory = disk.path + "-other"
      try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(atPath: directory) }
      try FileManager.default.createSymbolicLink(
        atPath: directory + "/appendonlydir", withDestinationPath: disk.path)
      let server = try yard.start([
        "--dir", directory, "--appendonly", "yes", "--save", "3600 1", "--enable-debug-command", "yes",
      ])
      let (client, other) = (try server.connect(), try server.connect())
      for index in 0..<100 { try client.command("SET", "key\(index)", "1", gives: .simple("OK")) }
      // The last snapshot takes two seconds.
      try client.command("CONFIG", "SET", "rdb-key-save-delay", "20000", gives: .simple("OK"))
      try client.send(isForced ? request("SHUTDOWN", "SAVE", "FORCE") : request("SHUTDOWN", "SAVE"))
      try eventually("the last snapshot is being taken") { server.log().contains("Saving the final RDB snapshot") }
      try disk.freeze()
      // As a replica's log goes on growing.
      try other.command("DEBUG", "REPLICATE", "SET", "late", "1", gives: .simple("OK"))
      try eventually("the snapshot is done") { server.log().contains("DB saved on disk") }
      if isForced {
        try eventually("it ends by itself") { server.log().contains("The disk stands still. Exit anyway") }
      } else {
        server.signal(SIGINT)
        try eventually("it ends at once") { server.log().contains("You insist... exiting now.") }
      }
      disk.thaw()
      let status = try server.waitForExit()
      #expect(status == (isForced ? 0 : 1))
    }
  }

  @Test func nobodyWaitsForTheFileOfASnapshot() throws {
    try withServers { yard in
      let disk = try FrozenDisk()
      defer { disk.thaw() }
      let server = try yard.start(["--dir", disk.path, "--save", "3600 1"])
      let client = try server.connect()
      try client.command("SET", "a", "1", gives: .simple("OK"))
      try disk.freeze()
      try client.command("BGSAVE", gives: .simple("Background saving started"))
      try client.command("GET", "a", gives: .bulk("1"))
      #expect(try persistence(server, "rdb_bgsave_in_progress") == "1")
      // The file of the one that is given up is still being opened.
      try client.command("FLUSHALL", gives: .simple("OK"))
      try client.command("SET", "a", "2", gives: .simple("OK"))
      try client.command("GET", "a", gives: .bulk("2"))
      disk.thaw()
      try eventually("the next is there") { try number("rdb_saves", "persistence", server) == 1 }
      #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path).sorted() == ["dump.rdb", "lost+found"])
      // One that has its file, and is given up.
      try client.command("MSET", "b", "2", "c", "3", gives: .simple("OK"))
      try client.command("CONFIG", "SET", "rdb-key-save-delay", "100000000", "save", "", gives: .simple("OK"))
      try client.command("BGSAVE", gives: .simple("Background saving started"))
      try eventually("its file is there") {
        try FileManager.default.contentsOfDirectory(atPath: disk.path).contains { $0.hasPrefix("temp-") }
      }
      try disk.freeze()
      try client.command("FLUSHALL", gives: .simple("OK"))
      try client.command("GET", "a", gives: .nullBulk)
      disk.thaw()
      try eventually("its file is gone") {
        try !FileManager.default.contentsOfDirectory(atPath: disk.path).contains { $0.hasPrefix("temp-") }
      }
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
