internal import BenchKit
internal import Foundation

/// What the sections share: settings, tools and the recorder.
struct Bench {
  var layout: CoreLayout
  var directory: String
  var redisBenchmark: String
  /// Threads of the load generator.
  var threads: Int
  /// Seconds of one timed run.
  var seconds: Double
  var keys: Int
  let recorder = Recorder()

  func start(_ contender: Contender, _ arguments: [String] = []) throws -> MeasuredServer {
    try MeasuredServer(contender, layout, directory: directory, arguments: arguments)
  }

  func plan(_ server: MeasuredServer, _ command: String) -> LoadPlan {
    var plan = LoadPlan(endpoint: server.endpoint)
    plan.threads = threads
    plan.commands = [command]
    plan.keySpace = UInt64(keys)
    plan.extent = .seconds(seconds, warmUp: 0.15)
    return plan
  }

  /// Stores every key once, quickly.
  func populate(_ server: MeasuredServer, command: String = "set", valueBytes: Int) throws {
    var plan = plan(server, command)
    plan.pipeline = 64
    plan.keyDistribution = .sequential
    plan.valueSize = .fixed(valueBytes)
    plan.extent = .requests(keys)
    let report = try LoadGenerator.run(plan)
    try refuseErrors(report, server)
  }

  func refuseErrors(_ report: LoadReport, _ server: MeasuredServer) throws {
    if report.errors > 0 { throw BenchError("\(server.name) answered \(report.firstError ?? "with errors")") }
  }

  /// One closed-loop run; records throughput, CPU per command and, where counted, enters per command.
  func measureClosedLoop(_ server: MeasuredServer, _ plan: LoadPlan, _ subject: Measurement.Subject) throws {
    var cpu = 0.0
    var commands = 0.0
    var enters: Double?
    let report = try LoadGenerator.run(plan) { edge, answered in
      let sign = edge == .begin ? -1.0 : 1.0
      cpu += sign * server.process.cpuMicroseconds
      commands += sign * Double(answered)
      if let count = try? server.ringEnters() { enters = (enters ?? 0) + sign * count }
    }
    try refuseErrors(report, server)
    guard commands > 0 else { throw BenchError("\(server.name) answered nothing") }
    record(report.commandsPerSecond, subject, "throughput", "commands/s", server)
    record(cpu / commands, subject, "cpu", "µs/command", server)
    record(report.latency.p50, subject, "p50", "µs", server)
    record(report.latency.p99, subject, "p99", "µs", server)
    record(report.latency.p999, subject, "p99.9", "µs", server)
    if let enters { record(enters / commands, subject, "enters", "calls/command", server) }
  }

  /// One run of the real redis-benchmark; its length follows from the last rate seen.
  func measureRedisBenchmark(
    _ server: MeasuredServer, test: String, clients: Int, pipeline: Int, valueBytes: Int, section: String
  ) throws {
    let subject = Measurement.Subject(
      section: section, workload: "\(test.uppercased()) \(valueBytes) B", tool: "redis-benchmark", clients: clients,
      pipeline: pipeline, metric: "throughput", unit: "commands/s")
    let guess = pipeline > 1 ? 400_000.0 : clients == 1 ? 10_000 : 70_000
    let rate = recorder.latest(subject, server: server.name) ?? guess
    let requests = max(2000, Int(rate * seconds))
    let output = "\(directory)/redis-benchmark.out"
    let before = server.process.cpuMicroseconds
    let child = try ChildProcess(
      redisBenchmark,
      [
        "-h", "127.0.0.1", "-p", String(server.port), "-t", test, "-c", String(clients), "-P", String(pipeline),
        "-n", String(requests), "-d", String(valueBytes), "-r", String(keys), "--csv",
      ], outputPath: output)
    guard child.wait() == 0, let text = readSystemFile(output) else { throw BenchError("redis-benchmark failed") }
    let cpu = server.process.cpuMicroseconds - before
    // "SET","89385.48","0.303",...: test, rate, average, minimum, p50, p95, p99, maximum (milliseconds).
    guard let line = text.split(separator: "\n").last(where: { $0.hasPrefix("\"\(test.uppercased())") }) else {
      throw BenchError("cannot read redis-benchmark's answer: \(text)")
    }
    let fields = line.split(separator: ",").map { $0.trimmingCharacters(in: ["\""]) }
    guard fields.count >= 7, let found = Double(fields[1]) else { throw BenchError("cannot read \(line)") }
    recorder.record(found, subject, server: server.name)
    record(cpu / Double(requests), subject, "cpu", "µs/command", server)
    if let p50 = Double(fields[4]) { record(p50 * 1000, subject, "p50", "µs", server) }
    if let p99 = Double(fields[6]) { record(p99 * 1000, subject, "p99", "µs", server) }
  }

  func record(
    _ value: Double, _ subject: Measurement.Subject, _ metric: String, _ unit: String, _ server: MeasuredServer
  ) {
    var subject = subject
    subject.metric = metric
    subject.unit = unit
    recorder.record(value, subject, server: server.name)
  }
}

/// BenchKit's median under a name that a type's own `median` does not hide.
func middle(_ values: [Double]) -> Double { median(values) }
