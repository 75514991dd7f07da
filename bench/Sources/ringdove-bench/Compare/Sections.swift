internal import BenchKit
internal import Glibc

/// A part of the comparison: what one server does in one round of it.
struct Section {
  var name: String
  /// The targets (TARGETS S1 …) it gives figures for; `--only` looks here and at the name.
  var targets: Set<String>
  var rounds: Int
  var withBaseline = false
  var isOnlyInFull = false
  var run: (Contender, Bench) throws -> Void
}

extension Section {
  static func all(rounds: Int, isFull: Bool) -> [Section] {
    [
      Section(name: "start", targets: ["s14"], rounds: max(rounds, 5) * 2, run: start),
      Section(name: "core", targets: ["s1", "s2", "s3", "s5"], rounds: rounds) { try core($0, $1, isFull: isFull) },
      Section(name: "fan-out", targets: ["s6", "s7"], rounds: rounds, withBaseline: true, run: fanOut),
      Section(name: "storm", targets: ["s6"], rounds: 1, isOnlyInFull: true, run: storm),
      Section(name: "memory", targets: ["s8"], rounds: min(rounds, 3), run: memory),
      Section(name: "idle", targets: ["s9"], rounds: min(rounds, 3), run: idle),
      Section(name: "latency", targets: ["s13"], rounds: rounds) { try latency($0, $1, isFull: isFull) },
      Section(name: "everyday", targets: ["s4"], rounds: rounds, isOnlyInFull: true, run: everyday),
    ] + data(rounds: rounds)
  }

  /// S14: from the start of the program to its first +PONG, and its size.
  private static func start(_ contender: Contender, _ bench: Bench) throws {
    let server = try bench.start(contender)
    defer { server.stop() }
    let subject = Measurement.Subject(section: "start", workload: "empty", metric: "", unit: "")
    bench.record(server.startMilliseconds, subject, "first PONG", "ms", server)
    var entry = stat()
    // What it runs: a contender may be named by a word that the shell's search path resolves.
    if stat("/proc/\(server.process.identifier)/exe", &entry) == 0 {
      bench.record(Double(entry.st_size) / 1e6, subject, "binary", "MB", server)
    }
  }

  /// S1, S2, S3, S5: SET and GET among a million keys, without pipeline and with.
  private static func core(_ contender: Contender, _ bench: Bench, isFull: Bool) throws {
    let server = try bench.start(contender)
    defer { server.stop() }
    try bench.populate(server, valueBytes: 64)
    for clients in [1, 10, 50, 200] {
      for test in ["set", "get"] {
        try bench.measureRedisBenchmark(
          server, test: test, clients: clients, pipeline: 1, valueBytes: 64, section: "core")
      }
    }
    for pipeline in [1, 16, 64] {
      for command in ["set", "get"] {
        try closedLoop(server, bench, command, valueBytes: 64, pipeline: pipeline)
        if isFull && pipeline > 1 {
          try bench.measureRedisBenchmark(
            server, test: command, clients: 50, pipeline: pipeline, valueBytes: 64, section: "core")
        }
      }
      if isFull { try closedLoop(server, bench, "set", valueBytes: 3, pipeline: pipeline) }
    }
  }

  private static func closedLoop(
    _ server: MeasuredServer, _ bench: Bench, _ command: String, valueBytes: Int, pipeline: Int
  ) throws {
    var plan = bench.plan(server, command)
    plan.pipeline = pipeline
    plan.valueSize = .fixed(valueBytes)
    let subject = Measurement.Subject(
      section: "core", workload: "\(command.uppercased()) \(valueBytes) B", clients: plan.clients, pipeline: pipeline,
      metric: "", unit: "")
    try bench.measureClosedLoop(server, plan, subject)
  }

  /// S6, S7: SET with N replicas. The server's time counts until every replica has all of the stream.
  private static func fanOut(_ contender: Contender, _ bench: Bench) throws {
    for replicas in [0, 1, 4, 8, 16, 64] {
      let server = try bench.start(
        contender, ["--repl-diskless-sync-delay", "0", "--client-output-buffer-limit", "replica", "0", "0", "0"])
      defer { server.stop() }
      var sinkPlan = SinkGroup.Plan(endpoint: server.endpoint)
      sinkPlan.count = replicas
      let sinks = try SinkGroup(sinkPlan)
      defer { _ = sinks.stop() }
      guard sinks.waitUntilStreaming(seconds: 20) else {
        bench.recorder.remark("\(server.name): \(replicas) replicas were refused or not in step within 20 s")
        continue
      }
      var plan = bench.plan(server, "set")
      plan.pipeline = 16
      plan.keySpace = 100_000
      plan.extent = .seconds(bench.seconds, warmUp: 0)
      let before = server.process.cpuMicroseconds
      let report = try LoadGenerator.run(plan)
      try bench.refuseErrors(report, server)
      let offset = (try? server.info()["master_repl_offset"]).flatMap { Int($0) }
      let isDrained =
        offset.map { sinks.waitUntilDrained(to: $0, seconds: 30) } ?? sinks.waitUntilStill(seconds: 30)
      if replicas > 0 && !isDrained {
        bench.recorder.remark("\(server.name): \(replicas) replicas were lost or had not drained the stream after 30 s")
        continue
      }
      let cpu = server.process.cpuMicroseconds - before
      let subject = Measurement.Subject(
        section: "fan-out", workload: "SET 64 B", clients: plan.clients, pipeline: 16, replicas: replicas, metric: "",
        unit: "")
      bench.record(cpu / Double(report.answered), subject, "cpu", "µs/command", server)
      bench.record(report.commandsPerSecond, subject, "throughput", "commands/s", server)
      bench.record(report.latency.p99, subject, "p99", "µs", server)
    }
  }

  /// Eight replicas under the output limits by default while 400 clients write 500 B at pipeline 50: how many of them
  /// are lost, and how often a snapshot had to be sent.
  private static func storm(_ contender: Contender, _ bench: Bench) throws {
    let server = try bench.start(contender, ["--repl-diskless-sync-delay", "0"])
    defer { server.stop() }
    var sinkPlan = SinkGroup.Plan(endpoint: server.endpoint)
    sinkPlan.count = 8
    let sinks = try SinkGroup(sinkPlan)
    guard sinks.waitUntilStreaming(seconds: 20) else { throw BenchError("8 replicas were not in step within 20 s") }
    var plan = bench.plan(server, "set")
    plan.clients = 400
    plan.pipeline = 50
    plan.keySpace = 100_000
    plan.valueSize = .fixed(500)
    plan.extent = .seconds(min(90, bench.seconds * 90), warmUp: 0)
    let report = try LoadGenerator.run(plan)
    try bench.refuseErrors(report, server)
    let syncs = try server.info()["sync_full"].flatMap { Double($0) } ?? 0
    let lost = sinks.stop().filter(\.isLost).count
    let subject = Measurement.Subject(
      section: "storm", workload: "SET 500 B for \(Int(report.seconds)) s", clients: 400, pipeline: 50, replicas: 8,
      metric: "", unit: "")
    bench.record(Double(lost), subject, "replicas lost", "of 8", server)
    bench.record(syncs, subject, "full resyncs", "", server)
    bench.record(report.commandsPerSecond, subject, "throughput", "commands/s", server)
  }

  /// S8: what a key of 16 bytes with a value of 16 costs, and what its expiry adds.
  private static func memory(_ contender: Contender, _ bench: Bench) throws {
    for (workload, command) in [
      ("16 B key, 16 B value", "set"), ("the same with a TTL", "SET key:__key__ __data__ EX 100000"),
    ] {
      let server = try bench.start(contender)
      defer { server.stop() }
      sleepSeconds(0.1)
      let before = server.process.residentBytes
      try bench.populate(server, command: command, valueBytes: 16)
      sleepSeconds(0.5)
      let subject = Measurement.Subject(section: "memory", workload: workload, metric: "", unit: "")
      let each = (server.process.residentBytes - before) / Double(bench.keys)
      bench.record(each, subject, "memory", "bytes/key", server)
    }
  }

  /// S9: connections that have spoken once and idle since, three seconds later.
  private static func idle(_ contender: Contender, _ bench: Bench) throws {
    let count = 10_000
    raiseDescriptorLimit(to: count * 2 + 1024)
    let server = try bench.start(contender, ["--maxclients", String(count + 100)])
    defer { server.stop() }
    sleepSeconds(0.1)
    let before = server.process.residentBytes
    let clients = try IdleClients(server.endpoint, count: count)
    sleepSeconds(3)
    let each = (server.process.residentBytes - before) / Double(count)
    withExtendedLifetime(clients) {}
    let subject = Measurement.Subject(section: "idle", workload: "connection", clients: count, metric: "", unit: "")
    bench.record(each, subject, "memory", "bytes/connection", server)
  }

  /// Open loop: nine reads to one write, arrivals of many independent users, at rising rates.
  private static func latency(_ contender: Contender, _ bench: Bench, isFull: Bool) throws {
    let server = try bench.start(contender)
    defer { server.stop() }
    try bench.populate(server, valueBytes: 64)
    let rates: [Double] =
      isFull
      ? [5000, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000, 70_000, 80_000] : [10_000, 30_000, 50_000, 70_000]
    for rate in rates {
      var plan = bench.plan(server, "9*get")
      plan.commands = ["9*get", "1*set"]
      plan.pace = .openLoop(commandsPerSecond: rate, arrivals: .poisson)
      plan.extent = .seconds(bench.seconds * 1.5, warmUp: 0.3)
      let report = try LoadGenerator.run(plan)
      let subject = Measurement.Subject(
        section: "latency", workload: "90 % GET, 10 % SET, 64 B", clients: plan.clients, pipeline: 1, rate: rate,
        metric: "", unit: "")
      let latency = report.latency
      for (metric, value) in [
        ("p50", latency.p50), ("p99", latency.p99), ("p99.9", latency.p999), ("max", latency.max),
      ] { bench.record(value, subject, metric, "µs", server) }
      bench.record(report.commandsPerSecond, subject, "throughput", "commands/s", server)
    }
  }

  /// S4: everyday commands at pipeline 16, among ten thousand keys that exist.
  private static func everyday(_ contender: Contender, _ bench: Bench) throws {
    let server = try bench.start(contender)
    defer { server.stop() }
    var small = bench
    small.keys = 10_000
    try small.populate(server, valueBytes: 64)
    let client = try QueryClient(server.endpoint)
    for element in 0..<200 { _ = try client.ask("RPUSH", "hundred", "element:\(element)") }
    for command in everydayCommands {
      var plan = small.plan(server, command)
      plan.pipeline = 16
      plan.valueSize = .fixed(16)
      plan.extent = .seconds(bench.seconds / 2, warmUp: 0.1)
      let words = command.replacing("__key__", with: "K").replacing("__data__", with: "V")
      let subject = Measurement.Subject(
        section: "everyday", workload: words, clients: plan.clients, pipeline: 16, metric: "", unit: "")
      do {
        try bench.measureClosedLoop(server, plan, subject)
      } catch let error as BenchError {
        bench.recorder.remark("\(server.name), \(words): \(error)")
      }
    }
  }

  private static let everydayCommands = [
    "INCR counter:__key__", "MGET" + String(repeating: " key:__key__", count: 10),
    "MSET" + String(repeating: " key:__key__ __data__", count: 10), "APPEND grow:__key__ x", "EXISTS key:__key__",
    "EXPIRE key:__key__ 100000", "TTL key:__key__", "SETEX temp:__key__ 1000 __data__", "LPUSH list:__key__ __data__",
    "RPOP list:__key__", "LRANGE hundred 0 99", "HSET hash:__key__ field:1 __data__", "HGET hash:__key__ field:1",
    "HINCRBY hash:__key__ count 1", "SADD set __key__", "SISMEMBER set __key__", "ZADD board 1 __key__",
    "ZINCRBY board 1 __key__", "ZRANK board __key__", "XADD stream MAXLEN ~ 1000 * field __data__", "DEL temp:__key__",
  ]
}
