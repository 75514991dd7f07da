internal import BenchKit
internal import Foundation

// Snapshots taken under load: into a file, and for a replica that joins.
extension Section {
  /// S11: an open loop before and during BGSAVE, and what that adds of memory. The data set: keys of 500 bytes, a
  /// gigabyte with two million of them, and a hash of a million fields.
  static func snapshot(_ contender: Contender, _ bench: Bench) throws {
    try underLoad(contender, bench, section: "snapshot", what: "BGSAVE") { endpoint in
      let client = try QueryClient(endpoint)
      _ = try client.ask("BGSAVE")
      sleepSeconds(0.02)
      while try client.info()["rdb_bgsave_in_progress"] == "1" { sleepSeconds(0.02) }
    }
  }

  /// The same while a replica joins that takes all as fast as it comes: its full resynchronization.
  static func join(_ contender: Contender, _ bench: Bench) throws {
    try underLoad(
      contender, bench, section: "join", what: "full resync",
      ["--repl-diskless-sync-delay", "0", "--client-output-buffer-limit", "replica", "0", "0", "0"]
    ) { endpoint in
      let sinks = try SinkGroup(SinkGroup.Plan(endpoint: endpoint))
      defer { _ = sinks.stop() }
      guard sinks.waitUntilStreaming(seconds: 60) else {
        throw BenchError("the replica was lost, or not in step after 60 s")
      }
    }
  }

  /// Runs `deed` two seconds into an open loop, and holds what came before against what came while it lasted.
  private static func underLoad(
    _ contender: Contender, _ bench: Bench, section: String, what: String, _ arguments: [String] = [],
    _ deed: @escaping @Sendable (Endpoint) throws -> Void
  ) throws {
    let folder = try Folder(in: bench.directory)
    defer { folder.remove() }
    let server = try bench.start(contender, ["--dir", folder.path] + arguments)
    defer { server.stop() }
    var large = bench
    large.keys = bench.keys * 2
    try large.populate(server, valueBytes: 500)
    try bench.populate(server, command: "HSET giant field:__key__ __data__", valueBytes: 16)
    var plan = large.plan(server, "9*get")
    plan.commands = ["18*get", "1*set", "1*HSET giant field:__key__ __data__"]
    plan.valueSize = .fixed(500)
    plan.pace = .openLoop(commandsPerSecond: 30_000, arrivals: .poisson)
    plan.extent = .seconds(max(bench.seconds * 10, 10), warmUp: 0.5)
    server.process.forgetPeak()
    let before = server.process.residentBytes
    let deeds = Deeds()
    let trace = try LoadGenerator.trace(plan) { deeds.begin(server.endpoint, after: 2, deed) }
    let (from, to) = try deeds.wait()
    let subject = Measurement.Subject(
      section: section, workload: "", clients: plan.clients, rate: 30_000, metric: "", unit: "")
    for (workload, latency) in [
      ("before", trace.latency(from: 0, to: from)), ("during \(what)", trace.latency(from: from, to: to)),
    ] {
      guard let latency else { continue }
      var subject = subject
      subject.workload = workload
      for (metric, value) in [
        ("p50", latency.p50), ("p99", latency.p99), ("p99.9", latency.p999), ("max", latency.max),
      ] {
        bench.record(value, subject, metric, "µs", server)
      }
    }
    bench.recorder.record(
      Timeline(
        section: section, workload: what, server: server.name,
        marks: [Timeline.Mark(what: what, from: from, to: to)], slices: trace.timeline(every: 0.05)))
    // A child's pages are not its parent's: redis-server says itself what it had to copy.
    let copied = try server.info()["rdb_last_cow_size"].flatMap { Double($0) } ?? 0
    let grown = server.process.peakResidentBytes - before
    let whole = Measurement.Subject(section: section, workload: "\(what) under load", metric: "", unit: "")
    bench.record(max(grown, copied) / before * 100, whole, "memory", "% more", server)
    bench.record(to - from, whole, "duration", "s", server)
  }
}

/// Something done to a server while a load runs, on a thread of its own, and when it began and ended.
private final class Deeds: @unchecked Sendable {
  // Written by the thread before `finished` is signalled, read after that.
  private var times = (0.0, 0.0)
  private var failure: (any Error)?
  private let finished = DispatchSemaphore(value: 0)

  /// Does `deed` so many seconds from now.
  func begin(
    _ endpoint: Endpoint, after seconds: Double,
    _ deed: @escaping @Sendable (Endpoint) throws -> Void
  ) {
    let start = monotonicNanoseconds()
    Thread.detachNewThread { [self] in
      sleepSeconds(seconds)
      let from = Double(monotonicNanoseconds() - start) / 1e9
      do { try deed(endpoint) } catch { failure = error }
      times = (from, Double(monotonicNanoseconds() - start) / 1e9)
      finished.signal()
    }
  }

  /// When it began and ended, seconds after `begin` was called.
  func wait() throws -> (Double, Double) {
    finished.wait()
    if let failure { throw failure }
    return times
  }
}
