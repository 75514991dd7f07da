import Foundation
import Testing

/// Clusters under writers, broken by schedules drawn from seeds: killed, stopped, cut off, slow, out of disk, promoted
/// and led astray. In the end all nodes have the same data, and nothing that was acknowledged under the write barrier
/// is missing.
///
/// 4 schedules; 200 with `make faults`. `RINGDOVE_SCHEDULES`, `RINGDOVE_SEED` (of the first one) and `RINGDOVE_JOBS` (how
/// many at a time) say otherwise.
@Suite(.enabled(if: !Program.isReferenceUnderTest)) struct FaultTests {
  private static func number(_ name: String, or otherwise: Int) -> Int {
    ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? otherwise
  }

  /// What came of one schedule.
  private struct Outcome: Sendable {
    let seed: UInt64
    var failure: String?
    var steps = 0
    var acknowledged = 0
    var secondsToAgree = 0.0
    var promotions = 0
    var handOvers = 0
    /// Where no other resync has a reason.
    var partialResyncs = 0
  }

  /// Outcomes of schedules that run side by side.
  private final class Outcomes: @unchecked Sendable {
    private let lock = NSLock()
    private var list: [Outcome] = []
    private var taken: UInt64

    init(first: UInt64) { taken = first }

    func nextSeed() -> UInt64 {
      lock.withLock {
        defer { taken += 1 }
        return taken
      }
    }

    func add(_ outcome: Outcome, of total: Int) {
      lock.withLock {
        list.append(outcome)
        if let failure = outcome.failure { print(failure) }
        if total > 20, list.count % 10 == 0 {
          print("\(list.count) of \(total) schedules, \(list.count { $0.failure != nil }) failed")
        }
      }
    }

    var all: [Outcome] { lock.withLock { list } }
  }

  @Test func whatIsBrokenAndMendedAgreesAgain() throws {
    let count = Self.number("RINGDOVE_SCHEDULES", or: Program.isFullRun ? 200 : 4)
    let first = UInt64(Self.number("RINGDOVE_SEED", or: 1))
    let outcomes = Outcomes(first: first)
    if !FaultNetwork.isPossible {
      print("network namespaces cannot be made here: nodes are stopped instead of cut off")
    }
    let workers = DispatchGroup()
    // Who is not root may not lock the memory for many rings at a time.
    for _ in 0..<min(count, Self.number("RINGDOVE_JOBS", or: FaultNetwork.isPossible ? 4 : 1)) {
      workers.enter()
      Thread.detachNewThread {
        defer { workers.leave() }
        while true {
          let seed = outcomes.nextSeed()
          guard seed < first + UInt64(count) else { return }
          outcomes.add(Self.run(seed, isAlone: count == 1), of: count)
        }
      }
    }
    workers.wait()
    let all = outcomes.all
    for outcome in all { if let failure = outcome.failure { Issue.record("\(failure)") } }
    #expect(all.count == count)
    let times = all.filter { $0.failure == nil }.map(\.secondsToAgree).sorted()
    print(
      "\(count) schedules from seed \(first): \(all.reduce(0) { $0 + $1.steps }) steps, "
        + "\(all.reduce(0) { $0 + $1.promotions }) promotions, \(all.reduce(0) { $0 + $1.handOvers }) hand-overs, "
        + "\(all.reduce(0) { $0 + $1.acknowledged }) acknowledged writes, "
        + "\(all.reduce(0) { $0 + $1.partialResyncs }) resyncs that had to be partial, "
        + "\(all.count { $0.failure != nil }) failures; "
        + String(
          format: "agreement after %.1f s in the middle, %.1f s at most", times.isEmpty ? 0 : times[times.count / 2],
          times.last ?? 0))
  }

  /// `isAlone`: its course is told, and its logs are kept, even if it goes well.
  private static func run(_ seed: UInt64, isAlone: Bool) -> Outcome {
    let schedule = FaultSchedule(seed: seed)
    var outcome = Outcome(seed: seed)
    var trace: [String] = []
    var logs = ""
    do {
      let network = try FaultNetwork(nodes: schedule.nodes)
      defer { network.remove() }
      try withServers { yard in
        let cluster = try FaultCluster(schedule, yard, network)
        defer { cluster.remove() }
        do {
          try run(cluster, &outcome)
          if isAlone { print((cluster.trace + ["logs: \(cluster.keepLogs())"]).joined(separator: "\n")) }
        } catch {
          trace = cluster.trace
          logs = cluster.keepLogs()
          throw error
        }
      }
    } catch {
      let first =
        "\(error)".prefix { !"\n".contains($0) } + "\n"
        + "\(error)".split(separator: "\n").dropFirst().prefix(6)
        .joined(separator: "\n")
      outcome.failure = """
        --- schedule of seed \(seed) failed: \(first)
        \(schedule.description)
        \(trace.joined(separator: "\n"))
        logs: \(logs)
        again: make faults SCHEDULES=1 SEED=\(seed)
        """
    }
    return outcome
  }

  /// What is mended takes writes again, and from everybody.
  private static func awaitNews(of writers: [FaultWriter], seconds: Double = 60) throws {
    let before = writers.map(\.acknowledgedCount)
    let deadline = Date() + seconds
    for (index, writer) in writers.enumerated() {
      while writer.acknowledgedCount == before[index] {
        guard Date() < deadline else {
          throw HarnessError("writer \(index): nothing was acknowledged within \(seconds) s after all was mended")
        }
        usleep(20_000)
      }
    }
    // They go on for a moment.
    usleep(200_000)
  }

  private static func run(_ cluster: FaultCluster, _ outcome: inout Outcome) throws {
    let schedule = cluster.schedule
    let writers = (0..<3).map { FaultWriter($0, seed: schedule.seed, target: cluster.target) }
    var areStopped = false
    func stopWriters() {
      if !areStopped { for writer in writers { writer.stop() } }
      areStopped = true
    }
    defer { stopWriters() }
    for (pause, step) in schedule.steps {
      usleep(pause * 1000)
      try cluster.apply(step)
      outcome.steps += 1
    }
    try cluster.heal()
    try awaitNews(of: writers)
    stopWriters()
    let healed = Date()
    try cluster.awaitAgreement()
    outcome.secondsToAgree = Date().timeIntervalSince(healed)
    if schedule.isGentle { outcome.partialResyncs = try cluster.expectPartialResyncs() }
    if schedule.endsWithRestarts {
      try cluster.restartFollowers()
      try cluster.awaitAgreement()
    }
    let client = try cluster.leader.connect()
    for writer in writers { try writer.check(client, mayMiss: schedule.promise == .nothing) }
    outcome.acknowledged = writers.reduce(0) { $0 + $1.acknowledgedCount }
    outcome.promotions = cluster.trace.count { $0.contains("promote") }
    outcome.handOvers = cluster.trace.count { $0.hasSuffix("has taken over") }
    for node in cluster.nodes where !node.server.isRunning {
      throw HarnessError("a node ended by itself (status \(node.server.exitStatus ?? -1))")
    }
  }
}
