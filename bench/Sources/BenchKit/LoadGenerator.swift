internal import Glibc
internal import Synchronization

/// Runs a `LoadPlan`.
public enum LoadGenerator {
  /// The two moments between which a run's figures are taken.
  public enum Edge: Sendable { case begin, end }

  /// Connects, loads the server, and reports.
  ///
  /// - Parameter atEdge: called on the calling thread when the measured window opens and when it closes, with the
  ///   number of commands answered so far, so that a caller can read other counters at the same moments.
  /// - Throws: `BenchError` where a client cannot connect or every connection is lost.
  public static func run(_ plan: LoadPlan, atEdge: (Edge, Int) -> Void = { _, _ in }) throws -> LoadReport {
    try runKeepingTallies(plan, atEdge: atEdge).0
  }

  /// The same in an open loop, with the latency of every command that fell due in the measured window.
  ///
  /// - Parameter atBegin: called when that window opens.
  public static func trace(_ plan: LoadPlan, atBegin: () -> Void) throws -> LoadTrace {
    var plan = plan
    plan.keepsSamples = true
    let (report, tallies) = try runKeepingTallies(plan) { edge, _ in if edge == .begin { atBegin() } }
    return LoadTrace(report: report, samples: tallies.flatMap(\.samples))
  }

  private static func runKeepingTallies(
    _ plan: LoadPlan, atEdge: (Edge, Int) -> Void
  ) throws -> (LoadReport, [LoadTally]) {
    guard let mix = CommandMix(parsing: plan.commands, valueSize: plan.valueSize) else {
      throw BenchError("cannot read the commands")
    }
    precondition(plan.threads >= 1 && plan.clients >= plan.threads && plan.pipeline >= 1)
    let sockets = try (0..<plan.clients).map { _ in try plan.endpoint.connect() }
    let window = window(of: plan)
    let counts = (0..<plan.threads).map { _ in SharedCount() }
    let tallies = Mutex<[LoadTally]>([])
    if case .requests = plan.extent { atEdge(.begin, 0) }
    let threads = (0..<plan.threads).map { thread in
      let own = stride(from: thread, to: sockets.count, by: plan.threads).map { sockets[$0] }
      let budget = budget(of: plan, thread: thread)
      let published = counts[thread]
      return WorkerThread {
        var loop = LoadLoop(
          plan: plan, mix: mix, sockets: own, thread: thread, window: window, budget: budget, published: published)
        let tally = loop.run()
        tallies.withLock { $0.append(tally) }
      }
    }
    func answered() -> Int { counts.reduce(0) { $0 + $1.value.load(ordering: .relaxed) } }
    if case .seconds = plan.extent {
      sleepUntil(window.measureFrom)
      atEdge(.begin, answered())
      sleepUntil(window.until)
      atEdge(.end, answered())
    }
    for thread in threads { thread.join() }
    if case .requests = plan.extent { atEdge(.end, answered()) }
    let all = tallies.withLock { $0 }
    var report = try report(plan, window, all)
    report.answered = answered()
    return (report, all)
  }

  private static func window(of plan: LoadPlan) -> LoadWindow {
    let start = monotonicNanoseconds() + 5_000_000
    switch plan.extent {
    case .requests:
      return LoadWindow(start: start, measureFrom: start, until: start + 3_600_000_000_000)
    case .seconds(let seconds, let warmUp):
      let from = start + UInt64(warmUp * 1e9)
      return LoadWindow(start: start, measureFrom: from, until: from + UInt64(seconds * 1e9))
    }
  }

  /// Thread `t` of `T` sends commands t, t + T, … of all.
  private static func budget(of plan: LoadPlan, thread: Int) -> Int {
    guard case .requests(let total) = plan.extent else { return .max }
    return max(0, (total - thread + plan.threads - 1) / plan.threads)
  }

  private static func sleepUntil(_ time: UInt64) {
    let now = monotonicNanoseconds()
    if time > now { sleepSeconds(Double(time - now) / 1e9) }
  }

  private static func report(_ plan: LoadPlan, _ window: LoadWindow, _ tallies: [LoadTally]) throws -> LoadReport {
    var histogram = LatencyHistogram()
    for tally in tallies { histogram.add(tally.histogram) }
    var report = LoadReport(latency: histogram.summary)
    for tally in tallies {
      report.commands += tally.commands
      report.errors += tally.errors
      report.unanswered += tally.unanswered
      report.lostConnections += tally.lostConnections
      if report.firstError == nil, !tally.firstError.isEmpty {
        report.firstError = String(decoding: tally.firstError, as: UTF8.self)
      }
    }
    if report.lostConnections == plan.clients { throw BenchError("the server closed every connection") }
    switch plan.extent {
    case .requests:
      let last = tallies.map(\.lastReply).max() ?? 0
      report.seconds = last > window.start ? Double(last - window.start) / 1e9 : 0
    case .seconds(let seconds, _):
      report.seconds = seconds
    }
    report.commandsPerSecond = report.seconds > 0 ? Double(report.commands) / report.seconds : 0
    if case .openLoop(let rate, _) = plan.pace { report.targetRate = rate }
    return report
  }
}
