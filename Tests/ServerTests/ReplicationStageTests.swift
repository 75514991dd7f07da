import Foundation
import Testing

/// The eighteen replication stages (shared reference "stages") and their traps, byte for byte.
@Suite(.withServerLogs) struct ReplicationStageTests {
  // MARK: - What a primary and a replica say about themselves

  @Test func listensOnTheGivenPort() throws {
    try withServer { server, client in
      try client.exchange("*1\r\n$4\r\nPING\r\n", "+PONG\r\n")
      #expect(try client.command("CONFIG", "GET", "port").elements.last == .bulk("\(server.port)"))
    }
  }

  @Test func primarySaysItsRoleIdentityAndOffset() throws {
    try withServer { server, _ in
      let info = try server.info("replication")
      #expect(info["role"] == "master")
      #expect(info["connected_slaves"] == "0")
      #expect(info["master_repl_offset"] == "0")
      let identity = info["master_replid"] ?? ""
      #expect(identity.count == 40 && identity.allSatisfy { $0.isHexDigit && !$0.isUppercase })
    }
  }

  @Test func replicaOptionIsOneArgument() throws {
    try withServers { yard in
      let primary = try FakePrimary()
      let replica = try yard.start(["--replicaof", "127.0.0.1 \(primary.port)"])
      let info = try replica.info("replication")
      #expect(info["role"] == "slave")
      #expect(info["master_host"] == "127.0.0.1")
      #expect(info["master_port"] == "\(primary.port)")
      #expect(info["master_link_status"] == "down")
    }
  }

  // MARK: - A replica's handshake

  @Test func replicaShakesHandsStepByStep() throws {
    try withServers { yard in
      let primary = try FakePrimary()
      let replica = try yard.start(["--replicaof", "127.0.0.1 \(primary.port)"])
      let link = try primary.serve(rdb: HandmadeSnapshot.empty())
      let steps = primary.handshake
      #expect(steps.first == ["PING"])
      #expect(steps.dropFirst().first == ["REPLCONF", "listening-port", "\(replica.port)"])
      #expect(steps.contains { $0.starts(with: ["REPLCONF", "capa"]) && $0.contains("psync2") })
      #expect(steps.last == ["PSYNC", "?", "-1"])
      try eventually("the link is up") { try replica.info("replication")["master_link_status"] == "up" }
      withExtendedLifetime(link) {}
    }
  }

  @Test func replicaSendsItsFirstStepAsAnArray() throws {
    try withServers { yard in
      let primary = try FakePrimary()
      try yard.start(["--replicaof", "127.0.0.1 \(primary.port)"])
      let link = try primary.listener.accept()
      try link.expect("*1\r\n$4\r\nPING\r\n")
      try link.expectSilence()
    }
  }

  // MARK: - A primary's side of it

  @Test func primaryAnswersTheHandshake() throws {
    try withServer { server, _ in
      let replica = try FakeReplica(of: server)
      #expect(replica.startOffset == 0, "the first PSYNC on a fresh server says offset 0")
      #expect(replica.replicationID == (try server.info("replication")["master_replid"]))
      #expect(replica.rdb.starts(with: Array("REDIS00".utf8)))
      try replica.client.expectSilence()
    }
  }

  @Test func snapshotOfAnEmptyServerIsValidAndEmpty() throws {
    try withServer { server, _ in
      let replica = try FakeReplica(of: server)
      let path = server.folder + "/received.rdb"
      try Data(replica.rdb).write(to: URL(fileURLWithPath: path))
      let report = try output(of: "redis-check-rdb", path)
      #expect(report.contains("RDB looks OK"), "\(report)")
      #expect(report.contains("0 keys read"), "\(report)")
    }
  }

  @Test func bothCapabilitiesInOneStepAreTaken() throws {
    try withServer { _, client in
      try client.send(request("REPLCONF", "capa", "eof", "capa", "psync2"))
      try client.expect("+OK\r\n")
    }
  }

  // MARK: - Propagation

  @Test func writesReachOneReplicaInOrder() throws {
    try withServer { server, client in
      let replica = try FakeReplica(of: server)
      for (key, value) in [("foo", "123"), ("bar", "456"), ("baz", "789")] {
        try client.exchange(
          "*3\r\n$3\r\nSET\r\n$3\r\n\(key)\r\n$3\r\n\(value)\r\n", "+OK\r\n")
      }
      try replica.client.expect(
        "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"
          + "*3\r\n$3\r\nSET\r\n$3\r\nfoo\r\n$3\r\n123\r\n*3\r\n$3\r\nSET\r\n$3\r\nbar\r\n$3\r\n456\r\n"
          + "*3\r\n$3\r\nSET\r\n$3\r\nbaz\r\n$3\r\n789\r\n")
    }
  }

  @Test func writesReachManyReplicas() throws {
    try withServer { server, client in
      let replicas = try (0..<6).map { _ in try FakeReplica(of: server) }
      #expect(try server.info("replication")["connected_slaves"] == "6")
      _ = try client.pipeline([["SET", "foo", "1"], ["GET", "foo"], ["SET", "bar", "2"], ["DEL", "none"]])
      for replica in replicas {
        #expect(try replica.nextCommand() == ["SELECT", "0"])
        #expect(try replica.nextCommand() == ["SET", "foo", "1"])
        #expect(try replica.nextCommand() == ["SET", "bar", "2"])
        try replica.client.expectSilence()
      }
    }
  }

  @Test func effectsAreCanonical() throws {
    try withServer { server, client in
      let replica = try FakeReplica(of: server)
      _ = try client.pipeline([
        ["SET", "k", "v", "EX", "1000"], ["INCRBYFLOAT", "f", "1.5"], ["GETDEL", "k"], ["SET", "n", "1", "NX"],
        ["SET", "n", "2", "NX"],
      ])
      #expect(try replica.nextCommand() == ["SELECT", "0"])
      let set = try replica.nextCommand()
      #expect(set.prefix(4).elementsEqual(["SET", "k", "v", "PXAT"]), "\(set)")
      #expect(try replica.nextCommand() == ["SET", "f", "1.5", "KEEPTTL"])
      #expect(try replica.nextCommand() == ["DEL", "k"])
      #expect(try replica.nextCommand().prefix(3).elementsEqual(["SET", "n", "1"]))
      try replica.client.expectSilence()
    }
  }

  @Test func expiredKeysAreDeletedInTheStream() throws {
    try withServer { server, client in
      let replica = try FakeReplica(of: server)
      try client.command("SET", "k", "v", "PX", "50")
      #expect(try replica.nextCommand() == ["SELECT", "0"])
      _ = try replica.nextCommand()
      let deletion = try replica.nextCommand()
      #expect(["DEL", "UNLINK"].contains(deletion.first) && deletion.last == "k", "\(deletion)")
    }
  }

  // MARK: - A replica applies the stream and counts it

  /// A replica under test in step with a primary that the test plays.
  private func withReplica(_ body: (ServerProcess, Client) throws -> Void) throws {
    try withServers { yard in
      let primary = try FakePrimary()
      let replica = try yard.start(["--replicaof", "127.0.0.1 \(primary.port)"])
      try body(replica, try primary.serve(rdb: HandmadeSnapshot.empty()))
    }
  }

  @Test func replicaAppliesACoalescedStream() throws {
    try withReplica { replica, link in
      try link.send(
        request("SELECT", "0") + request("SET", "foo", "123") + request("SET", "bar", "456")
          + request("SET", "baz", "789"))
      let client = try replica.connect()
      try eventually("the stream is applied") { try client.command("GET", "baz") == .bulk("789") }
      try client.exchange("*2\r\n$3\r\nGET\r\n$3\r\nfoo\r\n", "$3\r\n123\r\n")
      try client.exchange("*2\r\n$3\r\nGET\r\n$3\r\nbar\r\n", "$3\r\n456\r\n")
      try client.command("SET", "x", "1", gives: .error("READONLY You can't write against a read only replica."))
    }
  }

  @Test func replicaAppliesAStreamByteByByte() throws {
    try withReplica { replica, link in
      for byte in request("SELECT", "3") + request("SET", "foo", "1") + request("INCR", "foo") {
        try link.send([byte])
        usleep(500)
      }
      let client = try replica.connect()
      try client.command("SELECT", "3")
      try eventually("the stream is applied") { try client.command("GET", "foo") == .bulk("2") }
      try eventually("the offset counts every byte") { replica.replicationOffset == 23 + 29 + 23 }
    }
  }

  @Test func replicaAnswersGetAckWithZeroFirst() throws {
    try withReplica { _, link in
      try link.send(request("REPLCONF", "GETACK", "*"))
      try link.expect("*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$1\r\n0\r\n")
    }
  }

  @Test func replicaCountsEveryByteOfTheStream() throws {
    try withReplica { _, link in
      try link.send(request("REPLCONF", "GETACK", "*"))
      try awaitAcknowledgement(0, on: link)
      try link.send(request("PING") + request("REPLCONF", "GETACK", "*"))
      try awaitAcknowledgement(51, on: link)
      try link.send(request("SET", "foo", "1") + request("SET", "bar", "2"))
      try link.send(request("REPLCONF", "GETACK", "*"))
      try awaitAcknowledgement(146, on: link)
    }
  }

  /// The stages' primary sends the snapshot and the first commands in one piece.
  @Test func replicaFindsTheStreamRightBehindTheSnapshot() throws {
    try withServers { yard in
      let primary = try FakePrimary()
      let replica = try yard.start(["--replicaof", "127.0.0.1 \(primary.port)"])
      let link = try primary.listener.accept()
      while try link.read().elements.first?.text != "PSYNC" { try link.send("+OK\r\n") }
      let snapshot = HandmadeSnapshot.empty()
      try link.send(
        Array("+FULLRESYNC \(FakePrimary.replicationID) 0\r\n$\(snapshot.count)\r\n".utf8) + snapshot
          + request("REPLCONF", "GETACK", "*") + request("SET", "foo", "1"))
      try awaitAcknowledgement(0, on: link)
      let client = try replica.connect()
      try eventually("the stream is applied") { try client.command("GET", "foo") == .bulk("1") }
    }
  }

  // MARK: - WAIT

  @Test func waitForNobodyReturnsAtOnce() throws {
    try withServer { _, client in try client.exchange("*3\r\n$4\r\nWAIT\r\n$1\r\n0\r\n$5\r\n60000\r\n", ":0\r\n") }
  }

  @Test func waitWithoutWritesCountsTheReplicasAtOnce() throws {
    try withServer { server, client in
      let replicas = try (0..<4).map { _ in try FakeReplica(of: server) }
      for wanted in ["4", "3", "5", "9"] {
        // With more wanted than there are, the reply comes at the timeout.
        try client.command("WAIT", wanted, "300", gives: .integer(4))
      }
      withExtendedLifetime(replicas) {}
    }
  }

  @Test func waitAfterWritesReturnsWithEnoughAcknowledgements() throws {
    try withServer { server, client in
      let replicas = try (0..<3).map { _ in try FakeReplica(of: server) }
      try client.exchange("*3\r\n$3\r\nSET\r\n$3\r\nfoo\r\n$3\r\n123\r\n", "+OK\r\n")
      try client.send(request("WAIT", "1", "60000"))
      for replica in replicas {
        try replica.client.expect(
          "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$3\r\nfoo\r\n$3\r\n123\r\n"
            + "*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n")
        try replica.client.expectSilence()
      }
      try client.expectSilence()
      try replicas[1].acknowledge(23 + 31)
      try client.expect(":1\r\n")
    }
  }

  @Test func waitAfterWritesReturnsFewerAtItsTimeout() throws {
    try withServer { server, client in
      let replicas = try (0..<3).map { _ in try FakeReplica(of: server) }
      try client.exchange("*3\r\n$3\r\nSET\r\n$3\r\nfoo\r\n$3\r\n123\r\n", "+OK\r\n")
      let began = Date()
      try client.send(request("WAIT", "3", "400"))
      for replica in replicas.prefix(2) {
        _ = try replica.nextCommand()
        _ = try replica.nextCommand()
        #expect(try replica.nextCommand() == ["REPLCONF", "GETACK", "*"])
        try replica.acknowledge(23 + 31)
      }
      #expect(try client.read() == .integer(2))
      #expect(Date().timeIntervalSince(began) >= 0.399, "a timeout must not fire early")
    }
  }

  @Test func getAckIsCountedInTheOffset() throws {
    try withServer { server, client in
      let replica = try FakeReplica(of: server)
      try client.command("SET", "foo", "123")
      try client.send(request("WAIT", "1", "60000"))
      _ = try (0..<3).map { _ in try replica.nextCommand() }
      try replica.acknowledge(54)
      #expect(try client.read() == .integer(1))
      #expect(server.replicationOffset == 54 + 37)
    }
  }
}
