import Foundation
import Testing

/// The six snapshot stages (shared reference "stages"), read from a file at the start.
@Suite(.withServerLogs) struct SnapshotFileStageTests {
  /// Starts a server on a folder with `snapshot` in it.
  private func started(_ snapshot: HandmadeSnapshot?, body: (Client) throws -> Void) throws {
    try withServers { yard in
      let folder = try TemporaryFolder()
      if let snapshot { try folder.write(snapshot.finished(), to: "stage.rdb") }
      let server = try yard.start(["--dir", folder.path, "--dbfilename", "stage.rdb"])
      let client = try server.connect()
      try client.awaitLoading()
      try body(client)
      withExtendedLifetime(folder) {}
    }
  }

  @Test func tellsWhereItsFileIs() throws {
    try withServer("--dbfilename", "other.rdb") { server, client in
      try client.command("CONFIG", "GET", "dir", gives: .array([.bulk("dir"), .bulk(server.folder)]))
      try client.exchange(
        "*3\r\n$6\r\nCONFIG\r\n$3\r\nGET\r\n$10\r\ndbfilename\r\n", "*2\r\n$10\r\ndbfilename\r\n$9\r\nother.rdb\r\n")
    }
  }

  @Test func noFileIsNoKeys() throws {
    try started(nil) { client in try client.exchange("*2\r\n$4\r\nKEYS\r\n$1\r\n*\r\n", "*0\r\n") }
  }

  @Test func readsOneKeyAndItsValue() throws {
    var snapshot = HandmadeSnapshot.begun()
    snapshot.database(0, keys: 1, expires: 0)
    snapshot.entry("foo", "bar")
    try started(snapshot) { client in
      try client.exchange("*2\r\n$4\r\nKEYS\r\n$1\r\n*\r\n", "*1\r\n$3\r\nfoo\r\n")
      try client.exchange("*2\r\n$3\r\nGET\r\n$3\r\nfoo\r\n", "$3\r\nbar\r\n")
    }
  }

  @Test func readsManyKeysAndValues() throws {
    let words = ["mango", "pear", "grape", "banana", "raspberry"]
    var snapshot = HandmadeSnapshot.begun()
    snapshot.database(0, keys: UInt8(words.count), expires: 0)
    for word in words { snapshot.entry(word, "value of \(word)") }
    try started(snapshot) { client in
      let keys = try client.command("KEYS", "*").elements.map(\.text).sorted()
      #expect(keys == words.sorted())
      for word in words { try client.command("GET", word, gives: .bulk("value of \(word)")) }
    }
  }

  @Test func leavesOutWhatHasExpired() throws {
    let now = Int64(Date().timeIntervalSince1970 * 1000)
    var snapshot = HandmadeSnapshot.begun()
    snapshot.database(0, keys: 5, expires: 4)
    snapshot.entry("past-ms", "1", expiresAtMilliseconds: 1_640_995_200_000)
    snapshot.entry("past-s", "2", seconds: 1_640_995_200)
    snapshot.entry("future-ms", "3", expiresAtMilliseconds: now + 3_600_000)
    snapshot.entry("future-s", "4", seconds: Int32(now / 1000 + 3600))
    snapshot.entry("lasting", "5")
    try started(snapshot) { client in
      try client.exchange("*2\r\n$3\r\nGET\r\n$7\r\npast-ms\r\n", "$-1\r\n")
      try client.exchange("*2\r\n$3\r\nGET\r\n$6\r\npast-s\r\n", "$-1\r\n")
      try client.command("GET", "future-ms", gives: .bulk("3"))
      try client.command("GET", "future-s", gives: .bulk("4"))
      try client.command("PEXPIRETIME", "future-ms", gives: .integer(Int(now) + 3_600_000))
      try client.command("TTL", "lasting", gives: .integer(-1))
      try client.command("DBSIZE", gives: .integer(3))
    }
  }

  /// What SAVE wrote is there again after a start.
  @Test func readsWhatItWrote() throws {
    try withServers { yard in
      let folder = try TemporaryFolder()
      let first = try yard.start(["--dir", folder.path])
      let client = try first.connect()
      try client.command("SET", "foo", "bar")
      try client.command("RPUSH", "list", "a", "b", "c")
      try client.command("SAVE", gives: .simple("OK"))
      let digest = try first.digest()
      first.kill()
      let second = try yard.start(["--dir", folder.path])
      try second.connect().awaitLoading()
      let digestAgain = try second.digest()
      #expect(digestAgain == digest)
    }
  }

  /// After a snapshot in the background failed, writes are refused until one succeeds.
  @Test func aFailedSnapshotKeepsWritesAway() throws {
    try withServers { yard in
      let folder = try TemporaryFolder()
      let server = try yard.start(["--dir", folder.path, "--save", "3600 1"])
      let client = try server.connect()
      try client.command("SET", "foo", "bar")
      // A folder stands where the file should go.
      let obstacle = folder.path + "/dump.rdb"
      try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: true)
      try client.command("BGSAVE")
      try eventually("the snapshot failed") { try server.info("persistence")["rdb_last_bgsave_status"] == "err" }
      guard case .error(let text) = try client.command("SET", "foo", "baz") else {
        throw HarnessError("the write was not refused")
      }
      #expect(text.hasPrefix("MISCONF"))
      try client.command("GET", "foo", gives: .bulk("bar"))
      try FileManager.default.removeItem(atPath: obstacle)
      try client.command("BGSAVE")
      try eventually("the snapshot is there") { try server.info("persistence")["rdb_last_bgsave_status"] == "ok" }
      try client.command("SET", "foo", "baz", gives: .simple("OK"))
    }
  }

  /// A file whose checksum is wrong ends the start with status 1, and says why.
  @Test func refusesAFileThatWasChanged() throws {
    try withServers { yard in
      let folder = try TemporaryFolder()
      let first = try yard.start(["--dir", folder.path])
      try first.connect().command("SET", "foo", "bar")
      try first.connect().command("SAVE", gives: .simple("OK"))
      first.kill()
      var bytes = try folder.read("dump.rdb")
      bytes[bytes.count - 1] ^= 1
      try folder.write(bytes, to: "dump.rdb")
      let second = try yard.start(["--dir", folder.path], awaitReady: false)
      let status = try second.waitForExit()
      #expect(status == 1)
      #expect(second.log().contains("CRC error"))
    }
  }
}

/// A folder that outlives the servers that use it, and goes with this value.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "ringdove-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ bytes: [UInt8], to name: String) throws {
    let file = URL(fileURLWithPath: path + "/" + name)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }

  func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

  func read(_ name: String) throws -> [UInt8] { try Array(Data(contentsOf: URL(fileURLWithPath: path + "/" + name))) }

  func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + name) }
}

extension Client {
  /// Waits until the server answers, having loaded its data.
  func awaitLoading() throws {
    try eventually("the data set is loaded") {
      if case .error(let text) = try command("PING") { return !text.hasPrefix("LOADING") }
      return true
    }
  }
}
