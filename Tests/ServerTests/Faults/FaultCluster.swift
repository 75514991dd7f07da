import Foundation

/// The cluster of one schedule, and the hand that breaks and mends it.
final class FaultCluster {
  /// A node and what was done to it.
  struct Node {
    let server: ServerProcess
    var isDead = false
    var isStopped = false
    var isCut = false
    /// Whether it may have lost something that it acknowledged: it was killed, or followed somebody else.
    var isUnsound = false

    var isReachable: Bool { !isDead && !isStopped && !isCut }
  }

  let schedule: FaultSchedule
  let target: FaultTarget
  private let network: FaultNetwork
  private(set) var nodes: [Node] = []
  private(set) var primary = 0
  /// What was done, with the seconds since the beginning.
  private(set) var trace: [String] = []
  private var separated: Set<Int> = []
  private var slow: [AnyObject] = []
  /// Full resyncs that there must be: those of the beginning, and one for each replica that was added.
  private var expectedFullResyncs = 0
  private let began = Date()
  private let disk: String?

  init(_ schedule: FaultSchedule, _ yard: borrowing ServerYard, _ network: FaultNetwork) throws {
    self.schedule = schedule
    self.network = network
    _ = Self.unmountLeftovers
    disk = schedule.smallDisk == nil ? nil : try Self.mountSmallDisk(schedule.seed)
    for index in 0..<schedule.nodes {
      var options = schedule.options
      if index > 0 { options += ["--replicaof", "\(nodes[0].server.place.host) \(nodes[0].server.port)"] }
      if index == schedule.smallDisk, let disk { options += ["--dir", disk] }
      nodes.append(Node(server: try yard.start(options, place: network.places[index])))
    }
    target = FaultTarget(nodes[0].server)
    try expectInStep(nodes[0].server, nodes.dropFirst().map(\.server))
    expectedFullResyncs = try sum("sync_full")
  }

  /// What all nodes together count since they were started.
  private func sum(_ field: String) throws -> Int {
    try nodes.reduce(0) { sum, node in sum + (Int(try node.server.info("stats")[field] ?? "") ?? 0) }
  }

  /// A disk of 48 MB, where one may be mounted.
  private static func mountSmallDisk(_ seed: UInt64) throws -> String? {
    let path = NSTemporaryDirectory() + "ringdove-disk-\(getpid())-\(seed)"
    let isMounted = (try? shell("mkdir -p \(path) && mount -t tmpfs -o size=48m tmpfs \(path)")) != nil
    return isMounted ? path : nil
  }

  /// Disks of processes that are gone, as an interrupted run leaves them: done once, by the first schedule.
  private static let unmountLeftovers: Void = {
    let folder = NSTemporaryDirectory()
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names where name.hasPrefix("ringdove-disk-") {
      // The process, then a number of its own.
      let parts = name.dropFirst("ringdove-disk-".count).split(separator: "-")
      guard parts.count == 2, let process = pid_t(parts[0]), access("/proc/\(process)", F_OK) != 0 else { continue }
      _ = try? shell("umount -l \(folder)\(name); rmdir \(folder)\(name)")
    }
  }()

  func remove() {
    for index in nodes.indices where nodes[index].isStopped { nodes[index].server.signal(SIGCONT) }
    slow.removeAll()
    if let disk { _ = try? shell("umount -l \(disk); rmdir \(disk)") }
  }

  private func note(_ text: String) {
    trace.append(String(format: "%6.2f s  ", Date().timeIntervalSince(began)) + text)
  }

  // MARK: - Asking

  /// The reply of a node that may be in any state; nil where there is none within a second.
  private func ask(_ index: Int, _ words: String...) -> Reply? {
    guard let client = try? nodes[index].server.connect() else { return nil }
    client.patience = 1
    return try? client.command(words.map { Array($0.utf8) })
  }

  private func replication(_ index: Int) -> [String: String]? {
    guard let text = ask(index, "INFO", "replication")?.text, text.hasPrefix("#") else { return nil }
    var fields: [String: String] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
      if parts.count == 2 { fields[parts[0]] = parts[1] }
    }
    return fields
  }

  private func offset(_ info: [String: String]) -> Int { Int(info["master_repl_offset"] ?? "") ?? -1 }

  // MARK: - Breaking

  func apply(_ step: FaultSchedule.Step) throws {
    switch step {
    case .kill(let node): kill(replica(node))
    case .killUnseen(let node): try killUnseen(replica(node))
    case .restart(let node): try restart(replica(node))
    case .stop(let node): stop(replica(node))
    case .goOn(let node): goOn(replica(node))
    // A primary that is cut off and comes back has everybody connect anew.
    case .cut(let node): try cut(node)
    case .mend(let node): try mend(node)
    case .separate(let node):
      try separate(replica(node))
      try separate(primary)
    case .unite: try unite()
    case .follow(let node, let other): follow(replica(node), other)
    case .fillDisk: fillDisk()
    case .emptyDisk: emptyDisk()
    case .slowReplica: addSlowReplica()
    case .slowClient: addSlowClient()
    case .dropLinks: dropLinks()
    case .rewrite(let node): ask(node, "BGREWRITEAOF").map { note("rewrite \(node): \($0.text)") } ?? ()
    case .save(let node): ask(node, "BGSAVE").map { note("save \(node): \($0.text)") } ?? ()
    case .losePrimary: try losePrimary()
    case .replacePrimary(let loss): try replacePrimary(loss)
    case .handOver(let node): try handOver(to: replica(node))
    }
  }

  /// The node, or its neighbour if it is the primary now: the primary has steps of its own.
  private func replica(_ node: Int) -> Int { node == primary ? (node + 1) % nodes.count : node }

  private func kill(_ node: Int) {
    guard !nodes[node].isDead else { return }
    note("kill \(node)")
    nodes[node].server.kill()
    nodes[node].isDead = true
    nodes[node].isStopped = false
    nodes[node].isUnsound = true
  }

  private func killUnseen(_ node: Int) throws {
    guard network.hasCables, !nodes[node].isCut else { return kill(node) }
    try network.cut(node)
    kill(node)
    usleep(150_000)
    try network.mend(node)
  }

  private func restart(_ node: Int) throws {
    guard nodes[node].isDead else { return }
    note("restart \(node)")
    try nodes[node].server.restart(awaitReady: false)
    nodes[node].isDead = false
    settle(node)
  }

  private func stop(_ node: Int) {
    guard !nodes[node].isDead, !nodes[node].isStopped else { return }
    note("stop \(node)")
    nodes[node].server.signal(SIGSTOP)
    nodes[node].isStopped = true
  }

  private func goOn(_ node: Int) {
    guard nodes[node].isStopped else { return }
    note("go on \(node)")
    nodes[node].server.signal(SIGCONT)
    nodes[node].isStopped = false
    settle(node)
  }

  private func cut(_ node: Int) throws {
    guard network.hasCables else { return node == primary ? () : stop(node) }
    guard !nodes[node].isCut else { return }
    note("cut \(node)")
    try network.cut(node)
    nodes[node].isCut = true
  }

  private func mend(_ node: Int) throws {
    guard network.hasCables else { return goOn(node) }
    guard nodes[node].isCut else { return }
    note("mend \(node)")
    try network.mend(node)
    nodes[node].isCut = false
    settle(node)
  }

  private func separate(_ node: Int) throws {
    guard network.hasCables, separated.insert(node).inserted else { return }
    note("separate \(node) from the others that are")
    try network.separate(node)
  }

  private func unite() throws {
    guard !separated.isEmpty else { return }
    note("unite \(separated.sorted())")
    for node in separated { try network.unite(node) }
    separated.removeAll()
  }

  private func follow(_ node: Int, _ other: Int) {
    guard nodes[node].isReachable else { return }
    if other != primary { nodes[node].isUnsound = true }
    let server = nodes[other].server
    let reply = ask(node, "REPLICAOF", server.place.host, "\(server.port)")
    note("\(node) follows \(other): \(reply?.text ?? "no answer")")
  }

  private func fillDisk() {
    guard let disk, let node = schedule.smallDisk else { return }
    note("fill the disk of \(node)")
    _ = try? shell("cat /dev/zero > \(disk)/ballast 2> /dev/null; true")
  }

  private func emptyDisk() {
    guard let disk else { return }
    note("empty the disk")
    unlink(disk + "/ballast")
  }

  private func addSlowReplica() {
    guard nodes[primary].isReachable else { return }
    expectedFullResyncs += 1
    guard let replica = try? FakeReplica(of: nodes[primary].server) else { return }
    note("a replica that reads nothing")
    slow.append(replica)
  }

  private func addSlowClient() {
    guard nodes[primary].isReachable, let client = try? nodes[primary].server.connect() else { return }
    note("a client that reads nothing")
    _ = client.sendWithoutWaiting(Array("SUBSCRIBE channel\r\n".utf8))
    slow.append(client)
    guard let monitor = try? nodes[primary].server.connect() else { return }
    _ = monitor.sendWithoutWaiting(Array("MONITOR\r\n".utf8))
    slow.append(monitor)
  }

  private func dropLinks() {
    guard nodes[primary].isReachable else { return }
    note("drop links: \(ask(primary, "CLIENT", "KILL", "TYPE", "replica")?.text ?? "no answer")")
  }

  // MARK: - The primary

  private func losePrimary() throws {
    // One that is restarted comes back as what its command line says.
    guard !nodes[primary].isDead, !nodes[primary].isCut else { return }
    note("kill the primary \(primary), and start it again")
    nodes[primary].server.kill()
    usleep(50_000)
    // Its command line may call it a replica of one that has less.
    try nodes[primary].server.restart(adding: ["--replicaof", "no one"])
    settle(primary)
    target.aim(at: nodes[primary].server)
  }

  /// Loses the primary and promotes the replica that has most, unless that could lose what was acknowledged: when `k`
  /// replicas have it, fewer than `k` may be missing.
  private func replacePrimary(_ loss: FaultSchedule.Loss) throws {
    let promised = schedule.promise.replicas
    let candidates = soundReplicas()
    guard promised == 0 ? !candidates.isEmpty : nodes.count - 1 - candidates.count < promised else {
      return note("the primary stays: of the replicas only \(candidates) are sure to have all")
    }
    let old = primary
    note("lose the primary \(old) (\(loss.rawValue))")
    switch loss {
    case .killed: kill(old)
    case .stopped: stop(old)
    case .cutOff: try cut(old)
    case .isolated:
      for node in nodes.indices { try separate(node) }
      // What it acknowledges now, without a barrier, nobody else will ever have.
      usleep(400_000)
      kill(old)
      try unite()
    }
    // Without cables one that was to be cut off is stopped.
    if nodes[old].isReachable { stop(old) }
    nodes[old].isUnsound = true
    var offsets: [(node: Int, offset: Int)] = []
    for node in candidates {
      guard let info = replication(node) else { continue }
      offsets.append((node, offset(info)))
    }
    guard offsets.count == candidates.count, let best = offsets.max(by: { $0.offset < $1.offset }) else {
      throw HarnessError("a replica that nothing was done to does not answer")
    }
    primary = best.node
    note("promote \(primary): \(ask(primary, "REPLICAOF", "NO", "ONE")?.text ?? "no answer"); offsets \(offsets)")
    for node in nodes.indices where node != primary { settle(node) }
    target.aim(at: nodes[primary].server)
  }

  /// Has the primary and a replica change parts, under the writers. What cannot be done comes to nothing: then the primary
  /// stays.
  private func handOver(to node: Int) throws {
    // Between a primary and a replica that cannot reach each other it would not end before they can.
    guard nodes[primary].isReachable, nodes[node].isReachable, separated.isEmpty else { return }
    let (old, server) = (primary, nodes[node].server)
    let reply = ask(old, "FAILOVER", "TO", server.place.host, "\(server.port)", "TIMEOUT", "3000")
    note("hand over from \(old) to \(node): \(reply?.text ?? "no answer")")
    guard let reply, !reply.isError else { return }
    let deadline = Date() + 8
    while replication(old)?["master_failover_state"] != "no-failover" {
      guard Date() < deadline else { throw HarnessError("a failover does not end") }
      usleep(20_000)
    }
    guard replication(old)?["role"] == "slave" else { return note("\(old) stays the primary") }
    guard replication(node)?["role"] == "master" else { throw HarnessError("a failover left no primary") }
    primary = node
    nodes[node].isUnsound = false
    note("\(node) has taken over")
    for other in nodes.indices where other != old && other != node { settle(other) }
    target.aim(at: server)
  }

  /// The replicas that answer and have everything they ever acknowledged.
  private func soundReplicas() -> [Int] {
    guard nodes[primary].isReachable, let info = replication(primary) else { return [] }
    let end = offset(info)
    let port = "\(nodes[primary].server.port)"
    return nodes.indices.filter { node in
      guard node != primary, nodes[node].isReachable, let info = replication(node),
        info["master_sync_in_progress"] == "0"
      else { return false }
      // One that is in step with the primary again has all that ever was.
      if info["master_port"] == port, info["master_link_status"] == "up", offset(info) >= end {
        nodes[node].isUnsound = false
      }
      return !nodes[node].isUnsound
    }
  }

  // MARK: - Mending

  /// Tells a node whom it is to follow, if it can be told now.
  private func settle(_ node: Int) {
    guard nodes[node].isReachable else { return }
    let leader = nodes[primary].server
    let deadline = Date() + 3
    while Date() < deadline, !nodes[node].isDead {
      let reply =
        node == primary
        ? ask(node, "REPLICAOF", "NO", "ONE") : ask(node, "REPLICAOF", leader.place.host, "\(leader.port)")
      // While it loads what it has, it is told again.
      if let reply, !reply.isError { return }
      usleep(30_000)
    }
  }

  /// Ends all faults and sets everybody behind the primary.
  func heal() throws {
    note("heal")
    try unite()
    emptyDisk()
    slow.removeAll()
    for node in nodes.indices {
      try mend(node)
      goOn(node)
      try restart(node)
    }
    for node in nodes.indices {
      try nodes[node].server.waitUntilReady()
      settle(node)
    }
  }

  var leader: ServerProcess { nodes[primary].server }
  var followers: [ServerProcess] { nodes.indices.filter { $0 != primary }.map { nodes[$0].server } }

  /// Waits until all replicas have what the primary has. Nobody may write meanwhile; the primary's own PINGs and the
  /// ends of keys whose time is over go on.
  func awaitAgreement(seconds: Double = 60) throws {
    try expectInStep(leader, followers, seconds: seconds)
  }

  /// Looks whether replicas went on from where they were, each time they came back: nothing that was done to them, and no
  /// window, was a reason not to.
  /// - Returns: how often they did.
  func expectPartialResyncs() throws -> Int {
    let full = try sum("sync_full")
    guard full <= expectedFullResyncs else {
      throw HarnessError("\(full) full resyncs, where \(expectedFullResyncs) have a reason")
    }
    return try sum("sync_partial_ok")
  }

  /// Kills all replicas and starts them again.
  func restartFollowers() throws {
    note("kill all replicas, and start them again")
    for node in nodes.indices where node != primary {
      kill(node)
      try restart(node)
    }
  }

  /// Keeps the logs of all nodes and tells where.
  func keepLogs() -> String {
    let folder = Program.packageRoot + "/.build/faults/seed-\(schedule.seed)"
    _ = try? shell("rm -rf \(folder); mkdir -p \(folder)")
    for (index, node) in nodes.enumerated() { _ = try? shell("cp \(node.server.logPath) \(folder)/node-\(index).log") }
    return folder
  }
}
