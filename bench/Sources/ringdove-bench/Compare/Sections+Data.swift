internal import BenchKit
internal import Foundation

// What collections take of memory, what durability costs, how a start with data and a snapshot under load go.
extension Section {
  static func data(rounds: Int) -> [Section] {
    [
      Section(name: "elements", targets: [], rounds: min(rounds, 3), isOnlyInFull: true, run: elements),
      Section(name: "durable", targets: ["s10"], rounds: rounds, isOnlyInFull: true, run: durable),
      Section(
        name: "durable-latency", targets: ["s10"], rounds: min(rounds, 3), isOnlyInFull: true, run: durableLatency),
      Section(name: "snapshot", targets: ["s11"], rounds: min(rounds, 3), isOnlyInFull: true, run: snapshot),
      Section(name: "join", targets: ["s11"], rounds: min(rounds, 3), isOnlyInFull: true, run: join),
      Section(name: "giants", targets: ["s13"], rounds: min(rounds, 3), isOnlyInFull: true, run: giants),
      Section(name: "load", targets: ["s12"], rounds: min(rounds, 5), isOnlyInFull: true, run: load),
    ]
  }

  /// Resident bytes for each element: of many small collections, and of one large one. Elements are of 16 bytes.
  private static func elements(_ contender: Contender, _ bench: Bench) throws {
    let ten = 0..<10
    let member = { (index: Int) in "member:\(index):abcdefg" }
    let small = [
      ("list", "RPUSH list:__key__ " + ten.map(member).joined(separator: " ")),
      ("set", "SADD set:__key__ " + ten.map(member).joined(separator: " ")),
      ("hash", "HSET hash:__key__ " + ten.map { "field:\($0) \(member($0))" }.joined(separator: " ")),
      ("sorted set", "ZADD zset:__key__ " + ten.map { "\($0).5 \(member($0))" }.joined(separator: " ")),
    ]
    for (type, command) in small {
      try memory(contender, bench, "\(type) of 10", command, keys: 100_000, elements: 1_000_000)
    }
    let large = [
      ("list", "RPUSH list __data__"), ("set", "SADD set member:__key__"), ("hash", "HSET hash field:__key__ __data__"),
      ("sorted set", "ZADD zset __key__ member:__key__"), ("stream", "XADD stream * field __data__"),
    ]
    for (type, command) in large {
      try memory(contender, bench, "\(type) of 500,000", command, keys: 500_000, elements: 500_000)
    }
  }

  private static func memory(
    _ contender: Contender, _ bench: Bench, _ workload: String, _ command: String, keys: Int, elements: Int
  ) throws {
    let server = try bench.start(contender)
    defer { server.stop() }
    var bench = bench
    // What serving takes in any case, buffers above all, is not the data's.
    bench.keys = 200_000
    try bench.populate(server, command: "SET warm __data__", valueBytes: 300)
    bench.keys = keys
    sleepSeconds(0.5)
    let before = server.process.residentBytes
    try bench.populate(server, command: command, valueBytes: 16)
    sleepSeconds(0.5)
    let subject = Measurement.Subject(section: "elements", workload: workload, metric: "", unit: "")
    bench.record((server.process.residentBytes - before) / Double(elements), subject, "memory", "bytes/element", server)
  }

  /// S10: SET of 64 bytes under `appendfsync always`, beside the same server without a file; and GET meanwhile.
  private static func durable(_ contender: Contender, _ bench: Bench) throws {
    for (policy, arguments) in [
      ("no file", []), ("always", ["--appendonly", "yes", "--appendfsync", "always"]),
      ("everysec", ["--appendonly", "yes", "--appendfsync", "everysec"]),
    ] {
      let folder = try Folder(in: bench.directory)
      defer { folder.remove() }
      // A rewrite would begin at 64 MB, in the midst of one run or another.
      let server = try bench.start(
        contender, ["--dir", folder.path, "--auto-aof-rewrite-percentage", "0"] + arguments)
      defer { server.stop() }
      for (clients, pipeline) in [(50, 1), (200, 1), (50, 16)] {
        var plan = bench.plan(server, "set")
        plan.clients = clients
        plan.pipeline = pipeline
        plan.keySpace = 100_000
        let subject = Measurement.Subject(
          section: "durable", workload: "SET 64 B, \(policy)", clients: clients, pipeline: pipeline, metric: "",
          unit: "")
        try bench.measureClosedLoop(server, plan, subject)
      }
      try readsBesideWrites(server, bench, policy)
    }
  }

  /// S10: latency of SET under `appendfsync always` when the load does not wait, at rising rates.
  private static func durableLatency(_ contender: Contender, _ bench: Bench) throws {
    let folder = try Folder(in: bench.directory)
    defer { folder.remove() }
    let server = try bench.start(
      contender, ["--dir", folder.path, "--appendonly", "yes", "--appendfsync", "always"])
    defer { server.stop() }
    for rate in [1000.0, 2000, 5000, 10_000, 20_000, 40_000] {
      var plan = bench.plan(server, "set")
      plan.keySpace = 100_000
      plan.pace = .openLoop(commandsPerSecond: rate, arrivals: .poisson)
      plan.extent = .seconds(bench.seconds * 1.5, warmUp: 0.2)
      let latency = try LoadGenerator.run(plan).latency
      let subject = Measurement.Subject(
        section: "durable-latency", workload: "SET 64 B, always", clients: plan.clients, pipeline: 1, rate: rate,
        metric: "", unit: "")
      for (metric, value) in [("p50", latency.p50), ("p99", latency.p99), ("p99.9", latency.p999)] {
        bench.record(value, subject, metric, "µs", server)
      }
    }
  }

  /// Reads of other keys, five thousand a second, while fifty clients write as fast as they can.
  private static func readsBesideWrites(_ server: MeasuredServer, _ bench: Bench, _ policy: String) throws {
    var writes = bench.plan(server, "SET written:__key__ __data__")
    writes.keySpace = 100_000
    writes.extent = .seconds(bench.seconds * 2, warmUp: 0.1)
    let writer = Thread { [writes] in _ = try? LoadGenerator.run(writes) }
    writer.start()
    sleepSeconds(0.2)
    var plan = bench.plan(server, "get")
    plan.clients = 10
    plan.pace = .openLoop(commandsPerSecond: 5000, arrivals: .poisson)
    plan.extent = .seconds(bench.seconds, warmUp: 0.1)
    let latency = try LoadGenerator.run(plan).latency
    while !writer.isFinished { sleepSeconds(0.05) }
    let subject = Measurement.Subject(
      section: "durable", workload: "GET beside it, \(policy)", clients: 10, pipeline: 1, rate: 5000, metric: "",
      unit: "")
    bench.record(latency.p50, subject, "p50", "µs", server)
    bench.record(latency.p99, subject, "p99", "µs", server)
  }

  /// S13: latency of an open loop of reads while nothing else happens, and while a collection of two million elements is
  /// deleted.
  private static func giants(_ contender: Contender, _ bench: Bench) throws {
    let server = try bench.start(contender)
    defer { server.stop() }
    var large = bench
    large.keys = 2_000_000
    try bench.populate(server, valueBytes: 64)
    try readsBeside(server, bench, "nothing else", nil)
    for (type, command) in [
      ("list", "RPUSH giant __data__"), ("set", "SADD giant member:__key__"),
      ("hash", "HSET giant field:__key__ __data__"),
      ("sorted set", "ZADD giant __key__ member:__key__"), ("stream", "XADD giant * field __data__"),
    ] {
      try large.populate(server, command: command, valueBytes: 16)
      try readsBeside(server, bench, "DEL of a \(type)", "DEL")
    }
    try large.populate(server, command: "SADD giant member:__key__", valueBytes: 16)
    try readsBeside(server, bench, "UNLINK of a set", "UNLINK")
  }

  private static func readsBeside(
    _ server: MeasuredServer, _ bench: Bench, _ workload: String, _ deed: String?
  ) throws {
    let client = try QueryClient(server.endpoint)
    var plan = bench.plan(server, "get")
    plan.pace = .openLoop(commandsPerSecond: 30_000, arrivals: .poisson)
    plan.extent = .seconds(1.5, warmUp: 0)
    var isDone = false
    let latency = try LoadGenerator.run(plan) { edge, _ in
      if edge == .begin, let deed, !isDone {
        isDone = true
        _ = try? client.ask(deed, "giant")
      }
    }.latency
    let subject = Measurement.Subject(
      section: "giants", workload: workload, clients: plan.clients, rate: 30_000, metric: "", unit: "")
    bench.record(latency.p999, subject, "p99.9", "µs", server)
    bench.record(latency.max, subject, "max", "µs", server)
  }

  /// S12: keys a second at a start with a snapshot, and with an append-only file.
  private static func load(_ contender: Contender, _ bench: Bench) throws {
    for (kind, arguments) in [
      ("snapshot", []), ("append-only file", ["--appendonly", "yes", "--auto-aof-rewrite-percentage", "0"]),
    ] {
      let folder = try Folder(in: bench.directory)
      defer { folder.remove() }
      let server = try bench.start(contender, ["--dir", folder.path] + arguments)
      try bench.populate(server, valueBytes: 64)
      if arguments.isEmpty { _ = try QueryClient(server.endpoint).ask("SAVE") }
      let count = Double(try QueryClient(server.endpoint).ask("DBSIZE")) ?? 0
      server.stop()
      let again = try bench.start(contender, ["--dir", folder.path] + arguments)
      defer { again.stop() }
      let subject = Measurement.Subject(section: "load", workload: "\(kind), 64 B", metric: "", unit: "")
      bench.record(count / again.startMilliseconds * 1000, subject, "rate", "keys/s", again)
    }
  }
}

/// A folder of its own for one server's files.
struct Folder {
  let path: String

  init(in directory: String) throws {
    path = "\(directory)/\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }
}
