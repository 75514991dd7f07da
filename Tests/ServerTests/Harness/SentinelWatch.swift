import Foundation

/// Sentinels, real ones, that watch one primary.
final class SentinelWatch {
  static let name = "ringdove"
  let sentinels: [ServerProcess]

  /// Starts `count` sentinels and waits until each knows the others and `replicas` replicas.
  ///
  /// A sentinel connects anew to an instance once in a ping period, so an instance is called down a little longer than
  /// that after its last answer, and not sooner: else a primary just promoted is taken for dead.
  init(
    _ yard: borrowing ServerYard, of primary: ServerProcess, replicas: Int, count: Int = 3,
    downAfterMilliseconds: Int = 1000
  ) throws {
    let name = Self.name
    sentinels = try (0..<count).map { _ in
      try yard.start(
        [
          "--sentinel", "monitor \(name) \(primary.place.host) \(primary.port) \(count / 2 + 1)",
          "--sentinel", "down-after-milliseconds \(name) \(downAfterMilliseconds)",
          "--sentinel", "failover-timeout \(name) 5000", "--sentinel", "parallel-syncs \(name) 1",
        ],
        program: .sentinel, isConfiguredByFile: true)
    }
    for sentinel in sentinels {
      try sentinel.connect().command(
        "SENTINEL", "DEBUG", "PING-PERIOD", "200", "INFO-PERIOD", "1000", "PUBLISH-PERIOD", "500", gives: .ok)
    }
    try eventually("the sentinels know everybody", seconds: 60) {
      try sentinels.allSatisfy {
        let view = try Self.view($0)
        return view["num-other-sentinels"] == "\(count - 1)" && view["num-slaves"] == "\(replicas)"
      }
    }
  }

  /// What a sentinel says of the primary.
  static func view(_ sentinel: ServerProcess) throws -> [String: String] {
    try sentinel.connect().command("SENTINEL", "MASTER", name).fields
  }

  /// What a sentinel says of the replicas, by their ports.
  func replicas(_ sentinel: ServerProcess) throws -> [Int: [String: String]] {
    let replies = try sentinel.connect().command("SENTINEL", "REPLICAS", Self.name).elements
    var found: [Int: [String: String]] = [:]
    for reply in replies { found[Int(reply.fields["port"] ?? "") ?? 0] = reply.fields }
    return found
  }

  /// The port that all sentinels name; nil while they do not agree.
  func primaryPort() throws -> Int? {
    let named = try sentinels.map {
      try $0.connect().command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", Self.name)[1].text
    }
    return Set(named).count == 1 ? Int(named[0]) : nil
  }

  /// Writes to whom the first sentinel names until one of `candidates` takes it.
  /// - Returns: who took it.
  func awaitWorkingPrimary(among candidates: [ServerProcess], seconds: Double = 60) throws -> ServerProcess {
    var found: ServerProcess?
    try eventually("a primary takes writes", seconds: seconds) {
      let port = try sentinels[0].connect().command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", Self.name)[1].text
      guard let candidate = candidates.first(where: { "\($0.port)" == port }) else { return false }
      guard let reply = try? candidate.connect().command("SET", "after", "failover"), reply == .ok else { return false }
      found = candidate
      return true
    }
    return found!
  }

  /// Waits until all sentinels name the same server, and returns it. A failover may be followed by another one on a
  /// busy machine.
  func settledPrimary(among servers: [ServerProcess]) throws -> ServerProcess {
    var found: ServerProcess?
    try eventually("the sentinels agree", seconds: 60) {
      guard let port = try primaryPort(), let server = servers.first(where: { $0.port == port }),
        try server.info("replication")["role"] == "master"
      else { return false }
      found = server
      return true
    }
    return found!
  }
}

extension Reply {
  /// Names and values in turn, as a dictionary.
  var fields: [String: String] {
    let words = elements.map(\.text)
    var fields: [String: String] = [:]
    for index in stride(from: 0, to: words.count - 1, by: 2) { fields[words[index]] = words[index + 1] }
    return fields
  }
}
