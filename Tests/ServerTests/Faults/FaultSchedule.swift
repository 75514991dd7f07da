/// What happens to a cluster and when, all of it from one seed.
struct FaultSchedule {
  /// What an acknowledged write means, and so what may be done to the primary.
  enum Promise: Equatable {
    /// Nothing: the cluster has to agree in the end, no more.
    case nothing
    /// It is on the primary's disk (`write-barrier-fsync`): the primary may be killed and comes back.
    case disk
    /// So many replicas have it (`write-barrier-replicas`): the primary may be lost and one of them promoted.
    case replicas(Int)
    /// Both.
    case diskAndReplicas(Int)

    var replicas: Int {
      switch self {
      case .nothing, .disk: 0
      case .replicas(let count), .diskAndReplicas(let count): count
      }
    }

    var includesDisk: Bool {
      switch self {
      case .nothing, .replicas: false
      case .disk, .diskAndReplicas: true
      }
    }
  }

  /// How a primary is lost; `isolated`: killed after a while in which writers reached it and replicas did not.
  enum Loss: String, CaseIterable { case killed, stopped, cutOff, isolated }

  enum Step {
    case kill(Int)
    /// Killed while its cable is cut: the others hear nothing of it.
    case killUnseen(Int)
    case restart(Int)
    case stop(Int)
    case goOn(Int)
    case cut(Int)
    case mend(Int)
    /// Between the primary and a replica nothing passes; writers reach both.
    case separate(Int)
    case unite
    case follow(Int, Int)
    case fillDisk
    case emptyDisk
    case slowReplica
    case slowClient
    case dropLinks
    case rewrite(Int)
    case save(Int)
    /// The primary is killed and started again.
    case losePrimary
    /// The primary is lost, the replica that has most is promoted; the old one comes back later.
    case replacePrimary(Loss)
    /// The primary and the replica change parts as planned (FAILOVER).
    case handOver(Int)
  }

  let seed: UInt64
  let nodes: Int
  let promise: Promise
  /// Options of all nodes.
  let options: [String]
  /// The replica whose disk is small, where there is one.
  let smallDisk: Int?
  /// Whether all replicas are killed and started again at the end.
  let endsWithRestarts: Bool
  /// Whether nothing is done to anybody's data, and the window reaches back to the beginning: no replica has a reason for a
  /// full resync.
  let isGentle: Bool
  /// Each with the milliseconds that pass before it.
  private(set) var steps: [(pause: UInt32, step: Step)] = []

  init(seed: UInt64) {
    self.seed = seed
    var random = SeededGenerator(seed: seed)
    nodes = Int.random(in: 3...5, using: &random)
    let count = Int.random(in: 1...min(2, nodes - 1), using: &random)
    promise = [.nothing, .nothing, .disk, .disk, .replicas(count), .replicas(count), .diskAndReplicas(count)]
      .randomElement(using: &random)!
    let appends = promise.includesDisk || Bool.random(using: &random)
    smallDisk = appends && Int.random(in: 0..<3, using: &random) == 0 ? nodes - 1 : nil
    isGentle = seed.isMultiple(of: 4)
    endsWithRestarts = Int.random(in: 0..<3, using: &random) == 0 && !isGentle
    options = Self.options(promise, appends: appends, isGentle: isGentle, &random)
    addSteps(&random)
  }

  private static func options(
    _ promise: Promise, appends: Bool, isGentle: Bool, _ random: inout SeededGenerator
  ) -> [String] {
    func one(_ choices: String...) -> String { choices.randomElement(using: &random)! }
    func window(_ drawn: String) -> String { isGentle ? "256mb" : drawn }
    return [
      "--repl-ping-replica-period", "1", "--repl-timeout", one("2", "3", "5"),
      "--repl-backlog-size", window(one("16kb", "256kb", "1mb", "8mb")),
      "--repl-diskless-sync", one("yes", "yes", "no"), "--repl-diskless-sync-delay", one("0", "0", "1"),
      "--repl-diskless-load", one("disabled", "swapdb"),
      "--client-output-buffer-limit", "replica \(one("1mb 512kb 1", "16mb 8mb 2", "256mb 64mb 60"))",
      "--client-output-buffer-limit", "normal 16mb 0 0",
      "--appendonly", appends ? "yes" : "no", "--appendfsync", one("always", "everysec", "no"),
      "--auto-aof-rewrite-min-size", one("100kb", "64mb"), "--auto-aof-rewrite-percentage", "50",
      "--write-barrier-fsync", promise.includesDisk ? "yes" : "no",
      "--write-barrier-replicas", "\(promise.replicas)", "--shutdown-timeout", "0", "--protected-mode", "no",
    ]
  }

  /// What begins ends some steps later.
  private mutating func addSteps(_ random: inout SeededGenerator) {
    var endings: [(after: Int, step: Step)] = []
    let count = Int.random(in: 8...18, using: &random)
    for number in 0..<count {
      let pause = UInt32.random(in: 10...400, using: &random)
      if let index = endings.firstIndex(where: { $0.after <= number }) {
        steps.append((pause, endings.remove(at: index).step))
        continue
      }
      let (step, ending) = isGentle ? drawGentle(&random) : draw(&random)
      steps.append((pause, step))
      if let ending { endings.append((number + Int.random(in: 1...4, using: &random), ending)) }
    }
  }

  private func draw(_ random: inout SeededGenerator) -> (Step, ending: Step?) {
    let node = Int.random(in: 0..<nodes, using: &random)
    let other = Int.random(in: 0..<nodes, using: &random)
    switch Int.random(in: 0..<28, using: &random) {
    case 0...2: return (.kill(node), .restart(node))
    case 3: return (.killUnseen(node), .restart(node))
    case 4...6: return (.stop(node), .goOn(node))
    case 7...9: return (.cut(node), .mend(node))
    case 10, 11: return (.separate(node), .unite)
    case 12...14: return (.follow(node, other), nil)
    case 15: return (.slowReplica, nil)
    case 16: return (.slowClient, nil)
    case 17: return (.dropLinks, nil)
    case 18: return (.rewrite(node), nil)
    case 19: return (.save(node), nil)
    case 20, 21: return smallDisk == nil ? (.stop(node), .goOn(node)) : (.fillDisk, .emptyDisk)
    // What this disk was promised to have is on the other's as soon as that is written: a kill may come first.
    case 22, 23: return promise == .disk ? (.losePrimary, nil) : (.handOver(node), nil)
    default:
      let loss = Loss.allCases.randomElement(using: &random)!
      switch promise {
      case .disk: return (.losePrimary, nil)
      case .replicas, .diskAndReplicas: return (.replacePrimary(loss), nil)
      case .nothing: return Bool.random(using: &random) ? (.losePrimary, nil) : (.replacePrimary(loss), nil)
      }
    }
  }

  /// What costs a replica its connection, and nobody any data.
  private func drawGentle(_ random: inout SeededGenerator) -> (Step, ending: Step?) {
    let node = Int.random(in: 0..<nodes, using: &random)
    switch Int.random(in: 0..<16, using: &random) {
    case 0...2: return (.stop(node), .goOn(node))
    case 3...5: return (.cut(node), .mend(node))
    case 6, 7: return (.separate(node), .unite)
    case 8, 9: return (.dropLinks, nil)
    case 10: return (.slowReplica, nil)
    case 11: return (.slowClient, nil)
    case 12: return (.rewrite(node), nil)
    case 13: return smallDisk == nil ? (.save(node), nil) : (.fillDisk, .emptyDisk)
    default: return promise == .disk ? (.dropLinks, nil) : (.handOver(node), nil)
    }
  }

  var description: String {
    "\(isGentle ? "gentle, " : "")\(nodes) nodes, promise \(promise), small disk \(smallDisk.map(String.init) ?? "none"): "
      + options.joined(separator: " ").replacing("--", with: "")
  }
}
