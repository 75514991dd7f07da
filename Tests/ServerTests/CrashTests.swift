import Foundation
import Testing

/// The server killed again and again, at random moments and at named points: every restart comes up, no transaction is
/// there by half, and nothing is missing that was acknowledged under `appendfsync always`, or under `everysec` with
/// `write-barrier-file`. A replica that outlives it, and is killed now and then itself, has the same in the end.
///
/// 30 kills; 1,000 with `make crash` (`RINGDOVE_KILLS` sets another number).
@Suite(.withServerLogs, .enabled(if: !Program.isReferenceUnderTest)) struct CrashTests {
  private static let clientCount = 4
  private static let kills: Int = {
    let given = ProcessInfo.processInfo.environment["RINGDOVE_KILLS"].flatMap { Int($0) }
    return given ?? (Program.isFullRun ? 1000 : 30)
  }()

  /// Where the server may be told to end itself, as if killed there (DEBUG CRASH-AT).
  private static let points =
    ["append", "appended", "fsync", "fsynced", "increment", "rewrite", "snapshot", "rename", "manifest", "saved"]
    + replicationPoints

  /// Those that need a replica: it was let go on and not told, a part of the log was sent to it; and one of the replica's
  /// own, that it was told.
  private static let replicationPoints = ["resume", "feed", "resumed"]

  /// What a life of the server is started with, and whether a kill must leave all that was acknowledged in it.
  private static let policies: [(options: [String], keepsAll: Bool)] = [
    (["always"], true), (["everysec", "--write-barrier-file", "yes"], true), (["everysec"], false),
  ]

  /// What one client sent and was told, kept across kills.
  private final class Record: @unchecked Sendable {
    let index: Int
    /// Numbers of the last transaction sent, and of the last one answered.
    private(set) var sent = 0
    private(set) var acknowledged = 0
    /// What must be there.
    private var promised = 0

    init(_ index: Int) { self.index = index }

    /// Sends transactions, some at a time, until the server is gone.
    func load(port: Int, depth: Int) {
      guard let client = try? Client(port: port) else { return }
      client.patience = 10
      while !client.isClosedByServer {
        var bytes: [UInt8] = []
        for _ in 0..<depth {
          sent += 1
          for command in commands(sent) { bytes += request(command.map { Array($0.utf8) }) }
        }
        guard (try? client.send(bytes)) != nil else { return }
        for _ in 0..<depth {
          for _ in 0..<5 { guard let reply = try? client.read(), !reply.text.hasPrefix("MISCONF") else { return } }
          guard let reply = try? client.read(), reply.elements.count == 4 else { return }
          acknowledged += 1
        }
      }
    }

    private func commands(_ number: Int) -> [[String]] {
      [
        ["MULTI"], ["SET", "last:\(index)", "\(number)"], ["RPUSH", "list:\(index)", "\(number)"],
        ["LTRIM", "list:\(index)", "-50", "-1"], ["HSET", "hash:\(index)", "field\(number % 16)", "\(number)"],
        ["EXEC"],
      ]
    }

    /// What was acknowledged in the life that ended must be there.
    func keepAll() { promised = acknowledged }

    /// Compares what a restarted server holds with what was sent and acknowledged, and goes on from there.
    func check(_ client: Client) throws {
      let last = Int(try client.command("GET", "last:\(index)").text) ?? 0
      guard last >= promised, last <= sent else {
        throw HarnessError("client \(index): \(promised) promised, \(last) there, \(sent) sent")
      }
      let list = try client.command("LRANGE", "list:\(index)", "0", "-1").elements.map(\.text)
      let expected = last == 0 ? [] : (max(1, last - 49)...last).map(String.init)
      guard list == expected else { throw HarnessError("client \(index): at \(last) the list is \(list)") }
      for number in max(1, last - 15)..<(last + 1) where last > 0 {
        let field = try client.command("HGET", "hash:\(index)", "field\(number % 16)").text
        guard field == "\(number)" else {
          throw HarnessError("client \(index): at \(last) field \(number) is \(field)")
        }
      }
      sent = last
      acknowledged = last
      promised = last
    }
  }

  @Test func nothingAcknowledgedIsLost() throws {
    let folder = NSTemporaryDirectory() + "ringdove-crash-\(getpid())-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let records = (0..<Self.clientCount).map { Record($0) }
    let seed = UInt64(ProcessInfo.processInfo.environment["RINGDOVE_SEED"] ?? "") ?? UInt64.random(in: 1...9_999_999)
    var random = SeededRandom(seed: seed)
    var reached: [String: Int] = [:]
    var total = 0
    try withServers { yard in
      let replica = try yard.start(["--appendonly", "yes", "--repl-backlog-size", "64mb"])
      do {
        for round in 0..<Self.kills {
          // One point after the other, and a moment by chance in between.
          let point = round % 2 == 0 ? nil : Self.points[round / 2 % Self.points.count]
          let ended = try crashOnce(folder, records, replica, point, &random)
          reached[ended ? point ?? "" : "at random", default: 0] += 1
          total += records.reduce(0) { $0 + $1.acknowledged }
          if round % 100 == 99 { print("\(round + 1) kills: \(reached.sorted { $0.key < $1.key })") }
        }
        let primary = try start(yard, folder, Self.policies[0].options)
        try check(records, primary)
        try follow(primary, replica)
      } catch {
        throw HarnessError("seed \(seed): \(error)")
      }
    }
    #expect(total > 0)
    // A point that nobody comes by is none.
    let expected = Self.kills >= 1000 ? Self.points : []
    #expect(expected.allSatisfy { reached[$0] != nil } && (Self.kills < 30 || reached.count > 1), "\(reached)")
    print("\(Self.kills) kills, seed \(seed): \(reached.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" })")
  }

  /// Has the replica, which may have been killed itself, follow another life of the primary, and waits until it has all.
  private func follow(_ primary: ServerProcess, _ replica: ServerProcess) throws {
    if replica.isRunning {
      try replica.connect().command("REPLICAOF", "127.0.0.1", "\(primary.port)", gives: .simple("OK"))
    } else {
      try replica.restart(adding: ["--replicaof", "127.0.0.1 \(primary.port)"])
    }
    try expectInStep(primary, [replica])
  }

  private func start(_ yard: borrowing ServerYard, _ folder: String, _ policy: [String]) throws -> ServerProcess {
    let replication = ["--repl-backlog-size", "64mb", "--repl-diskless-sync-delay", "0"]
    return try yard.start(["--dir", folder, "--appendonly", "yes", "--appendfsync"] + policy + replication)
  }

  private func check(_ records: [Record], _ server: ServerProcess) throws {
    let client = try server.connect()
    try eventually("the data set is loaded") { !(try client.command("GET", "last:0").text.hasPrefix("LOADING")) }
    for record in records { try record.check(client) }
  }

  /// One life of the server: checks what it has, loads it, and kills it.
  /// - Returns: whether it, or the replica, ended at the named point, and not by the signal.
  private func crashOnce(
    _ folder: String, _ records: [Record], _ replica: ServerProcess, _ point: String?, _ random: inout SeededRandom
  ) throws -> Bool {
    let microseconds = UInt32(2_000 + random.next() % 120_000)
    let depth = Int(1 + random.next() % 8)
    let asks = random.next() % 4
    let policy = Self.policies[Int(random.next() % UInt64(Self.policies.count))]
    return try withServersReturning { yard in
      let server = try start(yard, folder, policy.options)
      try check(records, server)
      let isReplicated = point.map { Self.replicationPoints.contains($0) } ?? false
      if isReplicated { try follow(server, replica) }
      server.mayEnd = true
      let victim = point == "resumed" ? replica : server
      if let point {
        victim.mayEnd = true
        try victim.connect().command("DEBUG", "CRASH-AT", point, gives: .simple("OK"))
      }
      let operators = try server.connect()
      let port = server.port
      let loads = DispatchGroup()
      for record in records {
        DispatchQueue.global().async(group: loads) { record.load(port: port, depth: depth) }
      }
      usleep(microseconds / 2)
      if isReplicated {
        // It comes again, and asks to go on from where it was.
        try? operators.send("CLIENT KILL TYPE replica\r\n")
      } else if point == "saved" || (point == nil && asks == 0) {
        try? operators.send("BGSAVE\r\n")
      } else if point != nil || asks == 1 {
        try? operators.send("BGREWRITEAOF\r\n")
      }
      usleep(microseconds / 2)
      if point != nil { for _ in 0..<(isReplicated ? 5000 : 200) where victim.isRunning { usleep(1000) } }
      let isReached = !victim.isRunning
      if point == nil, isReached { throw HarnessError("the server ended by itself") }
      server.kill()
      loads.wait()
      if policy.keepsAll { for record in records { record.keepAll() } }
      return isReached
    }
  }

  private func withServersReturning(_ body: (borrowing ServerYard) throws -> Bool) throws -> Bool {
    var result = false
    try withServers { yard in result = try body(yard) }
    return result
  }
}

/// Numbers from a seed.
private struct SeededRandom {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
