import Foundation
import Testing

/// Redis Sentinel, three real processes of it, over Ringdove, and over clusters in which Ringdove and redis-server
/// follow each other.
@Suite(.withServerLogs) struct SentinelTests {
  /// Who leads and who follows at the beginning.
  enum Cast: String, CaseIterable, CustomTestStringConvertible {
    case ringdoveOnly, redisFollowsRingdove, ringdoveFollowsRedis

    var primary: Program { self == .ringdoveFollowsRedis ? .redis : .underTest }
    var replica: Program { self == .redisFollowsRingdove ? .redis : .underTest }
    var testDescription: String { rawValue }
  }

  /// How the primary is lost.
  enum Loss: String, CaseIterable, CustomTestStringConvertible {
    case killed, stopped
    var testDescription: String { rawValue }
  }

  /// A primary and two replicas in step, with some data.
  private func startCluster(_ yard: borrowing ServerYard, _ cast: Cast) throws -> [ServerProcess] {
    let options = ["--repl-diskless-sync-delay", "0", "--repl-timeout", "10"]
    let primary = try yard.start(options, program: cast.primary, isConfiguredByFile: true)
    let client = try primary.connect()
    for number in 0..<200 { try client.command("SET", "key:\(number)", "value \(number)", gives: .ok) }
    try client.command("RPUSH", "list", "a", "b", "c")
    let replicas = try (0..<2).map { _ in
      try yard.start(
        options + ["--replicaof", "127.0.0.1 \(primary.port)"], program: cast.replica, isConfiguredByFile: true)
    }
    try expectInStep(primary, replicas)
    try client.command("SET", "key:200", "value 200", gives: .ok)
    // Redis sends the log to a replica that was quicker than itself only with its next acknowledgement, a second later.
    try expectInStep(primary, replicas)
    return [primary] + replicas
  }

  @Test(arguments: Cast.allCases) func sentinelsDiscoverThePrimarysReplicas(cast: Cast) throws {
    try withServers { yard in
      let servers = try startCluster(yard, cast)
      let watch = try SentinelWatch(yard, of: servers[0], replicas: 2)
      #expect(try watch.primaryPort() == servers[0].port)
      let identity = try servers[0].info("server")["run_id"]
      #expect(try SentinelWatch.view(watch.sentinels[0])["runid"] == identity)
      try eventually("the sentinels have asked the replicas") {
        try watch.replicas(watch.sentinels[0]).values.allSatisfy {
          $0["master-link-status"] == "ok" && $0["role-reported"] == "slave" && $0["slave-repl-offset"] != "0"
        }
      }
      let replicas = try watch.replicas(watch.sentinels[0])
      #expect(Set(replicas.keys) == Set(servers.dropFirst().map(\.port)))
      for (port, replica) in replicas {
        #expect(replica["flags"] == "slave", "\(port)")
        #expect(replica["slave-priority"] == "100")
        #expect(replica["replica-announced"] == "1")
        #expect(replica["master-port"] == "\(servers[0].port)")
      }
    }
  }

  @Test(arguments: Cast.allCases, Loss.allCases) func aLostPrimaryIsReplaced(cast: Cast, loss: Loss) throws {
    try withServers { yard in
      let servers = try startCluster(yard, cast)
      let watch = try SentinelWatch(yard, of: servers[0], replicas: 2)
      let lost = Date()
      switch loss {
      case .killed: servers[0].kill()
      case .stopped: servers[0].signal(SIGSTOP)
      }
      defer { servers[0].signal(SIGCONT) }
      let promoted = try watch.awaitWorkingPrimary(among: Array(servers.dropFirst()))
      let seconds = Date().timeIntervalSince(lost)
      print("\(cast.rawValue), \(loss.rawValue): a working primary after \(String(format: "%.2f", seconds)) s")
      try promoted.connect().command("GET", "key:200", gives: .bulk("value 200"))
      try promoted.connect().command("LLEN", "list", gives: .integer(3))

      switch loss {
      case .killed: try servers[0].restart()
      case .stopped: servers[0].signal(SIGCONT)
      }
      try eventually("the old primary is a replica", seconds: 90) {
        // The sentinel that tells it so ends its clients' connections.
        (try? servers[0].info("replication"))?["role"] == "slave"
      }
      let primary = try watch.settledPrimary(among: servers)
      try expectInStep(primary, servers.filter { $0 !== primary }, seconds: 60)
      #expect(try primary.connect().command("GET", "after") == .bulk("failover"))
    }
  }

  /// Who is promoted: never one of priority 0, of the others the lowest number; and one that is not announced is not
  /// named to clients.
  @Test func prioritiesDecideWhoIsPromoted() throws {
    try withServers { yard in
      let primary = try yard.start(["--repl-diskless-sync-delay", "0"], isConfiguredByFile: true)
      let replicas = try [
        ["--replica-priority", "0"], ["--replica-priority", "50"], ["--replica-priority", "10"],
        ["--replica-announced", "no", "--replica-priority", "20"],
      ].map { try yard.start($0 + ["--replicaof", "127.0.0.1 \(primary.port)"], isConfiguredByFile: true) }
      try expectInStep(primary, replicas)
      let watch = try SentinelWatch(yard, of: primary, replicas: 4)
      try eventually("the sentinels know the priorities") {
        try watch.sentinels.allSatisfy {
          Set(try watch.replicas($0).values.map { $0["slave-priority"] ?? "" }) == ["0", "50", "10"]
        }
      }
      try watch.sentinels[0].connect().command("SENTINEL", "FAILOVER", SentinelWatch.name, gives: .ok)
      try eventually("the sentinels agree on another one", seconds: 60) {
        (try watch.primaryPort() ?? primary.port) != primary.port
      }
      #expect(try watch.primaryPort() == replicas[2].port)
      try expectInStep(replicas[2], [primary, replicas[0], replicas[1], replicas[3]], seconds: 60)
    }
  }

  /// The transaction by which Sentinel changes an instance's role, in one go, and what it leaves on the disk.
  @Test func theTransactionOfAFailover() throws {
    try withServers { yard in
      let primary = try yard.start(isConfiguredByFile: true)
      let replica = try yard.start(["--replicaof", "127.0.0.1 \(primary.port)"], isConfiguredByFile: true)
      try expectInStep(primary, [replica])
      let normal = try replica.connect()
      try normal.command("PING", gives: .simple("PONG"))
      let subscriber = try replica.connect()
      try subscriber.command("SUBSCRIBE", "__sentinel__:hello")
      let sentinel = try replica.connect()
      try sentinel.command("CLIENT", "SETNAME", "sentinel-8371b4fb-cmd", gives: .ok)
      let replies = try sentinel.pipeline([
        ["MULTI"], ["SLAVEOF", "NO", "ONE"], ["CONFIG", "REWRITE"], ["CLIENT", "KILL", "TYPE", "normal"],
        ["CLIENT", "KILL", "TYPE", "pubsub"], ["EXEC"],
      ])
      #expect(replies.first == .ok)
      #expect(replies.last == .array([.ok, .ok, .integer(1), .integer(1)]))
      try normal.expectClosed()
      try subscriber.expectClosed()
      try sentinel.command("PING", gives: .simple("PONG"))
      #expect(try replica.info("replication")["role"] == "master")
      let file = try String(contentsOfFile: replica.folder + "/server.conf", encoding: .utf8)
      #expect(!file.contains("replicaof"))
      replica.kill()
      try replica.restart()
      #expect(try replica.info("replication")["role"] == "master")

      let back = try replica.connect()
      _ = try back.pipeline([
        ["MULTI"], ["SLAVEOF", "127.0.0.1", "\(primary.port)"], ["CONFIG", "REWRITE"],
        ["CLIENT", "KILL", "TYPE", "normal"], ["CLIENT", "KILL", "TYPE", "pubsub"], ["EXEC"],
      ])
      try expectInStep(primary, [replica])
      replica.kill()
      try replica.restart()
      try expectInStep(primary, [replica])
    }
  }
}
