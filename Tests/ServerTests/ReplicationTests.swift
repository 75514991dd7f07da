import Foundation
import Testing

/// Ringdove and redis-server as each other's primary and replica.
@Suite(.withServerLogs) struct ReplicationTests {
  /// Who leads and who follows. The reference beside itself is left out.
  enum Pair: String, CaseIterable, CustomTestStringConvertible {
    case ringdoveLeadsRedis, redisLeadsRingdove, ringdoveLeadsRingdove

    var primary: Program { self == .redisLeadsRingdove ? .redis : .underTest }
    var replica: Program { self == .ringdoveLeadsRedis ? .redis : .underTest }
    var testDescription: String { rawValue }
  }

  private func withPair(
    _ pair: Pair, primaryOptions: [String] = [], replicaOptions: [String] = [],
    fill: (Client) throws -> Void = { _ in },
    body: (ServerProcess, ServerProcess, Client) throws -> Void
  ) throws {
    try withServers { yard in
      let primary = try yard.start(primaryOptions + ["--repl-diskless-sync-delay", "0"], program: pair.primary)
      let client = try primary.connect()
      try fill(client)
      let replica = try yard.start(
        ["--replicaof", "127.0.0.1 \(primary.port)"] + replicaOptions, program: pair.replica)
      try expectInStep(primary, [replica])
      try body(primary, replica, client)
      try expectInStep(primary, [replica])
    }
  }

  @Test(arguments: Pair.allCases) func whatWasThereComesWithTheSnapshot(pair: Pair) throws {
    try withPair(pair) { client in
      for database in ["0", "3", "15"] {
        try client.command("SELECT", database)
        for number in 0..<300 { try client.command("SET", "key:\(number)", "\(database):\(number)") }
        for number in 0..<50 { try client.command("SET", "soon:\(number)", "x", "EX", "1000") }
        try client.command("SET", "number", "-123456789")
        try client.command("SET", "empty", "")
        try client.command([Array("SET".utf8), [0, 255, 13, 10], patterned(100_000)])
        try client.command("SET", "repeated", String(repeating: "abc", count: 20_000))
      }
    } body: { primary, replica, _ in
      let client = try replica.connect()
      try client.command("SELECT", "15")
      try client.command("DBSIZE", gives: .integer(354))
      try client.command("GET", "key:77", gives: .bulk("15:77"))
      try client.command([Array("GET".utf8), [0, 255, 13, 10]], gives: .bulk(patterned(100_000)))
      let left = Int(try client.command("PTTL", "soon:7").text) ?? 0
      #expect(left > 900_000 && left <= 1_000_000)
      #expect(try primary.info("replication")["connected_slaves"] == "1")
    }
  }

  @Test func aPrimaryWithoutPSYNCIsFollowed() throws {
    try withServers { yard in
      let primary = try yard.start(
        ["--rename-command", "PSYNC", "", "--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1"],
        program: .redis)
      let client = try primary.connect()
      try client.command("SET", "before", "1")
      let replica = try yard.start(["--replicaof", "127.0.0.1 \(primary.port)", "--repl-timeout", "3"])
      try eventually("it is in step") { try replica.digest() == primary.digest() }
      for round in 0..<3 {
        try client.command("SELECT", "\(round)")
        try client.command("SET", "after", "\(round)")
        try eventually("it follows") { try replica.digest() == primary.digest() }
        try client.command("CLIENT", "KILL", "TYPE", "replica")
        try eventually("it comes back") { try replica.info("replication")["master_link_status"] == "up" }
      }
    }
  }

  /// Keys of every type, in their small and their large forms.
  private func fillWithEveryType(_ client: Client) throws {
    let numbers = (0..<700).map { String($0) }
    var filling: [[String]] = [
      ["RPUSH", "list:small", "a", "1", "-70000", String(repeating: "b", count: 200)],
      ["SADD", "set:integers", "1", "-70000", "9223372036854775807"], ["SADD", "set:words", "a", "b", "12"],
      ["ZADD", "zset:small", "1.5", "a", "-inf", "b", "inf", "c", "0", "7"],
      ["HSET", "hash:small", "f", "v", "1", "2"], ["HSET", "hash:wide", "f", String(repeating: "v", count: 99)],
      ["PFADD", "log", "a", "b", "c"],
    ]
    for number in numbers {
      filling.append(["RPUSH", "list:nodes", "element \(number)"])
      filling.append(["SADD", "set:many", "member \(number)"])
      filling.append(["SADD", "set:numbers", number])
      filling.append(["ZADD", "zset:many", "\(number).25", "member \(number)"])
      filling.append(["HSET", "hash:many", "field \(number)", number])
      filling.append(["XADD", "stream:many", "\(number)-1", "field", "value \(number)", "number", number])
    }
    for number in 0..<20 { filling.append(["RPUSH", "list:wide", String(repeating: "wide\(number)", count: 900)]) }
    filling += [
      ["XADD", "stream:many", "1000-0", "others", "x"], ["XDEL", "stream:many", "300-1"],
      ["XGROUP", "CREATE", "stream:many", "readers", "0"],
      ["XREADGROUP", "GROUP", "readers", "alice", "COUNT", "10", "STREAMS", "stream:many", ">"],
      ["XACK", "stream:many", "readers", "2-1", "3-1"], ["XGROUP", "CREATE", "stream:none", "g", "$", "MKSTREAM"],
      ["PEXPIRE", "hash:many", "1000000"], ["PEXPIRE", "list:small", "1000000"],
    ]
    for reply in try client.pipeline(filling) {
      if case .error(let text) = reply { Issue.record("\(text)") }
    }
  }

  /// Streamed or by way of the primary's file; by way of the replica's file, or beside its data.
  @Test(arguments: Pair.allCases, [("yes", "disabled"), ("yes", "swapdb"), ("no", "disabled"), ("no", "on-empty-db")])
  func everyWayBringsEveryType(pair: Pair, way: (sync: String, load: String)) throws {
    let load = ["--repl-diskless-load", way.load, "--rdbcompression", "no"]
    try withPair(pair, primaryOptions: ["--repl-diskless-sync", way.sync], replicaOptions: load) { client in
      try fillWithEveryType(client)
      try client.command([Array("SET".utf8), Array("large".utf8), patterned(300_000)])
      for number in 0..<20 { try client.command([Array("SET".utf8), Array("k\(number)".utf8), patterned(40_000)]) }
    } body: { primary, replica, client in
      try client.command("SET", "after", "1")
      #expect(try primary.info("stats")["sync_full"] == "1")
      #expect(try replica.info("persistence")["loading"] == "0")
    }
  }

  @Test(arguments: Pair.allCases) func everyTypeComesWithTheSnapshot(pair: Pair) throws {
    try withPair(pair, fill: fillWithEveryType) { _, replica, client in
      let there = try replica.connect()
      try there.command("DBSIZE", gives: .integer(15))
      try there.command("XLEN", "stream:many", gives: .integer(700))
      try there.command("ZSCORE", "zset:many", "member 77", gives: .bulk("77.25"))
      // The stream goes on from there.
      _ = try client.pipeline([
        ["RPUSH", "list:nodes", "more"], ["ZADD", "zset:many", "1", "more"],
        ["XADD", "stream:many", "2000-0", "a", "b"],
        ["HSET", "hash:many", "more", "1"], ["SADD", "set:integers", "word"],
        ["XACK", "stream:many", "readers", "4-1"],
      ])
    }
  }

  @Test(arguments: Pair.allCases) func publicationsReachSubscribersOfReplicas(pair: Pair) throws {
    try withPair(pair) { primary, replica, client in
      let subscriber = try replica.connect()
      try subscriber.command(
        "SUBSCRIBE", "news", gives: .array([.bulk("subscribe"), .bulk("news"), .integer(1)]))
      let matching = try replica.connect()
      try matching.command("PSUBSCRIBE", "n*", gives: .array([.bulk("psubscribe"), .bulk("n*"), .integer(1)]))
      try client.command("PUBLISH", "news", "hello", gives: .integer(0))
      #expect(try subscriber.read() == .array([.bulk("message"), .bulk("news"), .bulk("hello")]))
      #expect(try matching.read() == .array([.bulk("pmessage"), .bulk("n*"), .bulk("news"), .bulk("hello")]))
    }
  }

  @Test(arguments: Pair.allCases) func transactionsFollowWhole(pair: Pair) throws {
    try withPair(pair) { primary, replica, client in
      let replies = try client.pipeline([
        ["MULTI"], ["SET", "a", "1"], ["SELECT", "4"], ["SET", "b", "2", "EX", "1000"], ["INCR", "b"],
        ["PUBLISH", "c", "d"], ["GET", "b"], ["EXEC"], ["MULTI"], ["SET", "lost", "1"], ["DISCARD"],
      ])
      #expect(replies[7] == .array([.ok, .ok, .ok, .integer(3), .integer(0), .bulk("3")]))
      try expectInStep(primary, [replica])
      let reader = try replica.connect()
      try reader.command("GET", "a", gives: .bulk("1"))
      try reader.command("SELECT", "4")
      try reader.command("GET", "b", gives: .bulk("3"))
      try reader.command("GET", "lost", gives: .nullBulk)
    }
  }

  @Test(arguments: Pair.allCases) func theStreamFollows(pair: Pair) throws {
    try withPair(pair) { primary, replica, client in
      _ = try client.pipeline([
        ["SET", "a", "1"], ["SELECT", "2"], ["SET", "a", "2"], ["SELECT", "0"], ["APPEND", "a", "23"],
        ["INCR", "a"], ["INCRBYFLOAT", "f", "0.1"], ["SETRANGE", "r", "5", "x"], ["MSET", "m", "1", "n", "2"],
        ["RENAME", "m", "o"], ["COPY", "o", "p"], ["MOVE", "p", "9"], ["SETEX", "e", "1000", "v"], ["PERSIST", "e"],
        ["GETEX", "n", "EX", "500"], ["SET", "gone", "1"], ["DEL", "gone"], ["PSETEX", "later", "900000", "v"],
        ["SWAPDB", "2", "5"],
      ])
      try client.command([Array("SET".utf8), Array("big".utf8), patterned(3_000_000)])
      try expectInStep(primary, [replica])
      let there = try replica.connect()
      try there.command("GET", "a", gives: .bulk("124"))
      try there.command("GET", "big", gives: .bulk(patterned(3_000_000)))
      try there.command("SELECT", "5")
      try there.command("GET", "a", gives: .bulk("2"))
      try client.command("WAIT", "1", "5000", gives: .integer(1))
    }
  }

  @Test(arguments: Pair.allCases) func expiriesFollow(pair: Pair) throws {
    try withPair(pair) { primary, replica, client in
      for number in 0..<100 { try client.command("SET", "soon:\(number)", "x", "PX", "\(50 + number)") }
      try client.command("SET", "stays", "x")
      let there = try replica.connect()
      try eventually("all have expired at the primary") { try client.command("DBSIZE") == .integer(1) }
      try eventually("and at the replica") { try there.command("DBSIZE") == .integer(1) }
      try there.command("GET", "soon:1", gives: .nullBulk)
    }
  }

  @Test(arguments: Pair.allCases) func flushesFollow(pair: Pair) throws {
    try withPair(pair) { primary, replica, client in
      for flush in [["FLUSHALL"], ["FLUSHALL", "ASYNC"], ["FLUSHDB"], ["FLUSHDB", "SYNC"]] {
        for number in 0..<500 { try client.command("SET", "key:\(number)", "x") }
        try expectInStep(primary, [replica])
        try replica.connect().command("DBSIZE", gives: .integer(500))
        _ = try client.pipeline([flush, ["SET", "after", "1"]])
        try expectInStep(primary, [replica])
        try replica.connect().command("DBSIZE", gives: .integer(1))
        try client.command("DEL", "after")
      }
    }
  }

  @Test(arguments: Pair.allCases) func aDeadLinkIsMadeAnew(pair: Pair) throws {
    try withPair(pair) { primary, replica, client in
      for (round, database) in ["0", "3", "3", "9"].enumerated() {
        // The stream says its database only when that changes: who comes back must remember it.
        try client.command("SELECT", database)
        try client.command("SET", "round", "\(round)")
        let killed = try client.command("CLIENT", "KILL", "TYPE", "replica")
        #expect(killed == .integer(1))
        try client.command("SET", "meanwhile:\(round)", "x")
        try expectInStep(primary, [replica])
      }
      let there = try replica.connect()
      for (round, database) in ["0", "3", "3", "9"].enumerated() {
        try there.command("SELECT", database)
        try there.command("GET", "meanwhile:\(round)", gives: .bulk("x"))
      }
    }
  }

  /// The replica's own socket dies instead: it is stopped until the primary gives it up.
  @Test(arguments: Pair.allCases) func aSilentReplicaIsGivenUpAndComesBack(pair: Pair) throws {
    try withPair(pair, primaryOptions: ["--repl-timeout", "2"]) { primary, replica, client in
      replica.signal(SIGSTOP)
      defer { replica.signal(SIGCONT) }
      try client.command("SET", "while", "stopped")
      try eventually("the primary gives the replica up") { try primary.info("replication")["connected_slaves"] == "0" }
      replica.signal(SIGCONT)
      try expectInStep(primary, [replica])
    }
  }

  @Test(arguments: Pair.allCases) func aRestartedPrimaryIsFoundAgain(pair: Pair) throws {
    try withServers { yard in
      // A fixed port for the primary, so that its successor can take it.
      let port = "\(FreePort.next())"
      let options = ["--port", port, "--repl-diskless-sync-delay", "0"]
      let first = try yard.start(options, program: pair.primary, awaitReady: false)
      let replica = try yard.start(["--replicaof", "127.0.0.1 \(port)"], program: pair.replica)
      let client = try connected(Int(port) ?? 0)
      try client.command("SET", "key", "first")
      let there = try replica.connect()
      try eventually("in step") { try there.command("GET", "key") == .bulk("first") }
      first.kill()
      try eventually("the replica notices") { try replica.info("replication")["master_link_status"] == "down" }
      try yard.start(options, program: pair.primary, awaitReady: false)
      let second = try connected(Int(port) ?? 0)
      try second.command("SET", "key", "second")
      // The successor starts empty, and so does everybody who follows it.
      try eventually("in step with the successor") { try there.command("GET", "key") == .bulk("second") }
      try there.command("DBSIZE", gives: .integer(1))
    }
  }

  /// What is written on a replica stays there: its log is the primary's stream, which its own replicas count by.
  @Test func aWritableReplicaKeepsItsWritesToItself() throws {
    try withServers { yard in
      let primary = try yard.start()
      let middle = try yard.start(["--replicaof", "127.0.0.1 \(primary.port)", "--replica-read-only", "no"])
      let last = try yard.start(["--replicaof", "127.0.0.1 \(middle.port)"])
      let client = try primary.connect()
      try client.command("SET", "shared", "1")
      try eventually("the chain is in step") { try last.connect().command("GET", "shared") == .bulk("1") }
      try middle.connect().command("SET", "own", "1")
      try client.command("SET", "shared", "2")
      try eventually("the chain is in step") { try last.connect().command("GET", "shared") == .bulk("2") }
      try last.connect().command("GET", "own", gives: .nullBulk)
      let offsets = try [primary, middle, last].map { try $0.info("replication")["master_repl_offset"] }
      #expect(Set(offsets).count == 1)
    }
  }

  /// A promoted replica's own replicas go on from where they are.
  @Test func aPromotionNeedsNoSnapshot() throws {
    try withServers { yard in
      let primary = try yard.start()
      let middle = try yard.start(["--replicaof", "127.0.0.1 \(primary.port)"])
      let last = try yard.start(["--replicaof", "127.0.0.1 \(middle.port)"])
      try primary.connect().command("SET", "before", "1")
      try eventually("the chain is in step") { try last.connect().command("GET", "before") == .bulk("1") }
      let snapshots = try middle.info("stats")["sync_full"]
      try middle.connect().command("REPLICAOF", "NO", "ONE")
      try middle.connect().command("SET", "after", "1")
      try eventually("the last one follows") { try last.connect().command("GET", "after") == .bulk("1") }
      #expect(try middle.info("stats")["sync_full"] == snapshots)
      #expect(try middle.info("stats")["sync_partial_ok"] == "1")
      let identities = try [middle, last].map { try $0.info("replication")["master_replid"] }
      #expect(identities[0] == identities[1])
    }
  }

  private func connected(_ port: Int) throws -> Client {
    var client: Client?
    try eventually("port \(port) answers") {
      client = try? Client(port: port)
      return (try? client?.command("PING")) == .simple("PONG")
    }
    guard let client else { throw HarnessError("nobody on port \(port)") }
    return client
  }

  @Test(arguments: Pair.allCases) func rolesCanBeChangedWhileRunning(pair: Pair) throws {
    try withServers { yard in
      let one = try yard.start(["--repl-diskless-sync-delay", "0"], program: pair.primary)
      let other = try yard.start(["--repl-diskless-sync-delay", "0"], program: pair.replica)
      let first = try one.connect()
      let second = try other.connect()
      try first.command("SET", "from", "one")
      try second.command("SET", "own", "lost when it becomes a replica")
      try second.command("REPLICAOF", "127.0.0.1", "\(one.port)", gives: .ok)
      try expectInStep(one, [other])
      try second.command("DBSIZE", gives: .integer(1))
      #expect(try second.command("SET", "x", "y").text.hasPrefix("READONLY"))
      #expect(try second.command("ROLE").elements.first == .bulk("slave"))
      #expect(try first.command("ROLE").elements.first == .bulk("master"))
      try second.command("REPLICAOF", "NO", "ONE", gives: .ok)
      try second.command("SET", "x", "y", gives: .ok)
      try second.command("GET", "from", gives: .bulk("one"))
      try eventually("the old primary has no replica") { try one.info("replication")["connected_slaves"] == "0" }
      try first.command("REPLICAOF", "127.0.0.1", "\(other.port)", gives: .ok)
      try expectInStep(other, [one])
      try first.command("GET", "x", gives: .bulk("y"))
    }
  }

  @Test(arguments: Pair.allCases) func aProtectedPrimaryIsReachedWithItsPassword(pair: Pair) throws {
    try withServers { yard in
      let primary = try yard.start(
        ["--requirepass", "secret", "--repl-diskless-sync-delay", "0"], program: pair.primary)
      let client = try primary.connect()
      try client.exchange("AUTH secret\r\nSET a b\r\n", "+OK\r\n+OK\r\n")
      let replica = try yard.start(
        ["--replicaof", "127.0.0.1 \(primary.port)", "--masterauth", "secret"], program: pair.replica)
      let there = try replica.connect()
      try eventually("in step") { try there.command("GET", "a") == .bulk("b") }
    }
  }

  @Test func joiningUnderLoadEndsInStep() throws {
    try withServers { yard in
      let primary = try yard.start(["--repl-diskless-sync-delay", "0"])
      let filler = try primary.connect()
      for number in 0..<50 {
        _ = try filler.pipeline((0..<100).map { ["SET", "fill:\(number):\($0)", String(repeating: "f", count: 100)] })
      }
      let load = try WriteLoad(on: primary, seed: 11, valueBytes: 200, pause: 20_000)
      var replicas: [ServerProcess] = []
      for program in [Program.redis, .underTest, .redis, .underTest] {
        replicas.append(
          try yard.start(["--replicaof", "127.0.0.1 \(primary.port)"], program: program, awaitReady: false))
        usleep(150_000)
      }
      for replica in replicas { try replica.waitUntilReady() }
      try eventually("all have joined", seconds: 120) { try primary.info("replication")["connected_slaves"] == "4" }
      try load.stop()
      try expectInStep(primary, replicas, seconds: 120)
      #expect(load.commands > 0)
    }
  }

  /// Two attempts in one turn: each goes where it was sent.
  @Test func anAttemptGivenUpAtOnceDoesNotGoElsewhere() throws {
    try withServer { _, client in
      let first = try Listener(port: FreePort.next())
      let second = try Listener(port: FreePort.next())
      let replies = try client.pipeline([
        ["REPLICAOF", "127.0.0.1", "\(first.port)"], ["REPLICAOF", "127.0.0.1", "\(second.port)"],
      ])
      #expect(replies == [.ok, .ok])
      _ = try second.accept(seconds: 5)
      _ = try first.accept(seconds: 5)
    }
  }

  /// A replica that takes nothing for a while gets all that came meanwhile, and the primary counts right: its sends
  /// end late, one by one, and each is followed by the next at once.
  @Test func aReplicaThatSleptCatchesUp() throws {
    try withServers { yard in
      let primary = try yard.start()
      let replica = try yard.start(["--replicaof", "127.0.0.1 \(primary.port)"])
      let client = try primary.connect()
      try eventually("the replica has joined") {
        try primary.info("replication")["slave0"]?.contains("state=online") == true
      }
      replica.signal(SIGSTOP)
      let value = String(repeating: "x", count: 1024)
      for round in 0..<8 {
        let replies = try client.pipeline((0..<1024).map { ["SET", "key:\(round):\($0)", value] })
        #expect(replies.allSatisfy { $0 == .ok })
      }
      replica.signal(SIGCONT)
      try expectInStep(primary, [replica])
    }
  }
}
