import Foundation
import Testing

/// The snapshot stages (shared reference "stages"), their files delivered by a primary instead of read from disk.
@Suite(.withServerLogs) struct SnapshotStageTests {
  /// Gives `snapshot` to a replica under test and hands over a client of it once it has been loaded.
  private func loaded(_ snapshot: HandmadeSnapshot, body: (Client) throws -> Void) throws {
    try withServers { yard in
      let primary = try FakePrimary()
      let replica = try yard.start(["--replicaof", "127.0.0.1 \(primary.port)"])
      let link = try primary.serve(rdb: snapshot.finished())
      try eventually("the snapshot is loaded") { try replica.info("replication")["master_link_status"] == "up" }
      try body(try replica.connect())
      withExtendedLifetime(link) {}
    }
  }

  @Test func findsOneKey() throws {
    var snapshot = HandmadeSnapshot.begun()
    snapshot.database(0, keys: 1, expires: 0)
    snapshot.entry("foo", "bar")
    try loaded(snapshot) { client in
      try client.exchange("*2\r\n$4\r\nKEYS\r\n$1\r\n*\r\n", "*1\r\n$3\r\nfoo\r\n")
      try client.exchange("*2\r\n$3\r\nGET\r\n$3\r\nfoo\r\n", "$3\r\nbar\r\n")
    }
  }

  @Test func anEmptySnapshotIsNoKeys() throws {
    try loaded(HandmadeSnapshot.begun()) { client in try client.exchange("*2\r\n$4\r\nKEYS\r\n$1\r\n*\r\n", "*0\r\n") }
  }

  @Test func findsManyKeysAndValuesOfAllLengthForms() throws {
    var snapshot = HandmadeSnapshot.begun()
    snapshot.database(0, keys: 4, expires: 0)
    let values = [5, 63, 64, 16383, 16384, 70000].map { String(repeating: "x", count: $0) }
    for value in values { snapshot.entry("key\(value.count)", value) }
    snapshot.entry("number", integer: -123_456)
    try loaded(snapshot) { client in
      let keys = try client.command("KEYS", "*").elements.map(\.text).sorted()
      #expect(keys == (values.map { "key\($0.count)" } + ["number"]).sorted())
      for value in values { try client.command("GET", "key\(value.count)", gives: .bulk(value)) }
      try client.command("GET", "number", gives: .bulk("-123456"))
    }
  }

  @Test func keepsBothKindsOfExpiry() throws {
    let now = Int64(Date().timeIntervalSince1970 * 1000)
    var snapshot = HandmadeSnapshot.begun()
    snapshot.database(0, keys: 5, expires: 4)
    snapshot.entry("past-ms", "1", expiresAtMilliseconds: 1_640_995_200_000)
    snapshot.entry("past-s", "2", seconds: 1_640_995_200)
    snapshot.entry("future-ms", "3", expiresAtMilliseconds: now + 3_600_000)
    snapshot.entry("future-s", "4", seconds: Int32(now / 1000 + 3600))
    snapshot.entry("lasting", "5")
    try loaded(snapshot) { client in
      // A replica does not delete by itself, but it does not show what has expired either.
      try client.exchange("*2\r\n$3\r\nGET\r\n$7\r\npast-ms\r\n", "$-1\r\n")
      try client.exchange("*2\r\n$3\r\nGET\r\n$6\r\npast-s\r\n", "$-1\r\n")
      try client.command("GET", "future-ms", gives: .bulk("3"))
      try client.command("GET", "future-s", gives: .bulk("4"))
      try client.command("TTL", "lasting", gives: .integer(-1))
      try client.command("PEXPIRETIME", "future-ms", gives: .integer(Int(now) + 3_600_000))
    }
  }

  @Test func readsSeveralDatabases() throws {
    var snapshot = HandmadeSnapshot.begun()
    snapshot.database(0, keys: 1, expires: 0)
    snapshot.entry("a", "zero")
    snapshot.database(9, keys: 1, expires: 0)
    snapshot.entry("a", "nine")
    try loaded(snapshot) { client in
      try client.command("GET", "a", gives: .bulk("zero"))
      try client.command("SELECT", "9")
      try client.command("GET", "a", gives: .bulk("nine"))
    }
  }

  /// What the primary under test writes is what Redis's own checker reads.
  @Test func itsSnapshotPassesTheChecker() throws {
    try withServer { server, client in
      for number in 0..<200 { try client.command("SET", "key:\(number)", String(repeating: "v", count: number * 40)) }
      for number in 0..<50 { try client.command("SET", "soon:\(number)", "\(number)", "EX", "1000") }
      try client.command("SELECT", "5")
      try client.command("SET", "elsewhere", "12345")
      let replica = try FakeReplica(of: server)
      let path = server.folder + "/received.rdb"
      try Data(replica.rdb).write(to: URL(fileURLWithPath: path))
      let report = try output(of: "redis-check-rdb", path)
      #expect(report.contains("RDB looks OK") && report.contains("251 keys read"), "\(report)")
      #expect(report.contains("50 expires"), "\(report)")
    }
  }
}
