internal import BenchKit
internal import Foundation

/// `ringdove-bench compare`.
enum CompareCommand {
  static let usage = """
    ringdove-bench compare [options]
      --short                     three rounds, fewer cases: at most five minutes (full: five rounds, up to 25)
      --only LIST                 sections or targets, such as s1,s6 or core,fan-out,memory
                                  (start core fan-out storm memory idle latency everyday elements durable
                                  durable-latency snapshot join giants load)
      --rounds N --seconds S      rounds (5; short 3), length of one timed run (1.0; short 0.5)
      --ringdove PATH             (../.build/release/ringdove)
      --ringdove-arguments WORDS  more options for it
      --redis PATH                (redis-server)
      --redis-benchmark PATH      (redis-benchmark)
      --extra NAME=PATH           one more server that takes redis-server's options
      --keys N                    keys in the store (1000000)
      --threads N                 threads of the load generator (1; with more client cores up to 8)
      --out FOLDER                where results.json, results.md and results.html go (results)
      --page FILE                 only draws: reads a results.json and writes the page beside it
    """

  static func run(_ arguments: some Sequence<String>) throws {
    if arguments.contains("--help") { return print(usage) }
    let options = try Arguments(
      arguments,
      names: [
        "only", "rounds", "seconds", "ringdove", "ringdove-arguments", "redis", "redis-benchmark", "extra", "keys",
        "threads", "out", "page",
      ], flags: ["short"])
    if let path = options.string("page") {
      let comparison = try JSONDecoder().decode(Comparison.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
      return try write(comparison, to: (path as NSString).deletingLastPathComponent)
    }
    let isFull = !options.has("short")
    let rounds = try options.integer("rounds", or: isFull ? 5 : 3)
    let bench = try bench(options, isFull: isFull)
    defer { try? FileManager.default.removeItem(atPath: bench.directory) }
    let contenders = try contenders(options, bench)
    endChildrenWhenInterrupted()
    let begin = monotonicNanoseconds()
    var comparison = comparison(bench, contenders, arguments: Array(arguments), rounds: rounds, isFull: isFull)
    for section in try sections(options, rounds, isFull) {
      runSection(section, contenders, bench)
      comparison.take(bench.recorder)
      try write(comparison, to: options.string("out") ?? "results")
    }
    note("\(Int(Double(monotonicNanoseconds() - begin) / 1e9)) s in all")
    note("results in \(options.string("out") ?? "results"): results.html, results.md and results.json")
    print(Markdown(comparison: comparison).text)
  }

  private static func bench(_ options: Arguments, isFull: Bool) throws -> Bench {
    let layout = CoreLayout.current()
    pinToCores(layout.clientCores)
    let directory = NSTemporaryDirectory() + "ringdove-bench-\(getpid())"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    return Bench(
      layout: layout, directory: directory, redisBenchmark: options.string("redis-benchmark") ?? "redis-benchmark",
      threads: try options.integer("threads", or: min(8, layout.clientCores.count)),
      seconds: try options.number("seconds", or: isFull ? 1 : 0.5), keys: try options.integer("keys", or: 1_000_000))
  }

  /// The servers that are there. A missing one is said and left out.
  private static func contenders(_ options: Arguments, _ bench: Bench) throws -> [Contender] {
    let own = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    var wanted = [
      Contender(
        name: "ringdove", path: options.string("ringdove") ?? "../.build/release/ringdove",
        extraArguments: (options.string("ringdove-arguments") ?? "").split(separator: " ").map(String.init)),
      Contender(name: "redis", path: options.string("redis") ?? "redis-server"),
    ]
    for extra in options.all("extra") {
      let parts = extra.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { throw BenchError("--extra takes NAME=PATH") }
      wanted.append(Contender(name: parts[0], path: parts[1]))
    }
    wanted.append(
      Contender(name: "baseline", path: own.appendingPathComponent("seed-baseline").path, flavour: .baseline))
    return wanted.filter { contender in
      do {
        try bench.start(contender).stop()
        return true
      } catch {
        bench.recorder.remark("\(contender.name) is left out: \(error)")
        return false
      }
    }
  }

  private static func sections(_ options: Arguments, _ rounds: Int, _ isFull: Bool) throws -> [Section] {
    let all = Section.all(rounds: rounds, isFull: isFull)
    guard let only = options.string("only") else { return all.filter { isFull || !$0.isOnlyInFull } }
    let names = Set(only.lowercased().split(separator: ",").map(String.init))
    let chosen = all.filter { names.contains($0.name) || !$0.targets.isDisjoint(with: names) }
    guard !chosen.isEmpty else { throw BenchError("--only \(only): no such section") }
    return chosen
  }

  /// Rounds alternate between the servers, and every second round goes through them backwards.
  private static func runSection(_ section: Section, _ contenders: [Contender], _ bench: Bench) {
    let disturbance = DisturbanceMeter()
    defer { remarkDisturbance(disturbance.share, section, bench) }
    let present = contenders.filter { $0.flavour != .baseline || section.withBaseline }
    for round in 0..<section.rounds {
      note("\(section.name), round \(round + 1) of \(section.rounds)")
      for contender in round % 2 == 0 ? present : present.reversed() {
        do {
          try section.run(contender, bench)
        } catch {
          bench.recorder.remark("\(contender.name), \(section.name): \(error)")
        }
      }
    }
  }

  private static func remarkDisturbance(_ share: Double, _ section: Section, _ bench: Bench) {
    guard share > 0.05 else { return }
    bench.recorder.remark(
      "\(section.name): other programs used \(Int(share * 100)) % of the machine meanwhile, so its throughput and "
        + "latency mean little; CPU per command suffers less")
  }

  private static func comparison(
    _ bench: Bench, _ contenders: [Contender], arguments: [String], rounds: Int, isFull: Bool
  ) -> Comparison {
    let formatter = ISO8601DateFormatter()
    formatter.formatOptions = [.withFullDate, .withTime, .withColonSeparatorInTime, .withSpaceBetweenDateAndTime]
    return Comparison(
      date: formatter.string(from: Date()) + " UTC",
      commandLine: (["ringdove-bench compare"] + arguments).joined(separator: " "), mode: isFull ? "full" : "short",
      rounds: rounds, seconds: bench.seconds, machine: machine(bench.layout),
      servers: contenders.map { Comparison.Server(name: $0.name, version: version($0, bench)) },
      measurements: [], checks: [], notes: [])
  }

  private static func version(_ contender: Contender, _ bench: Bench) -> String {
    guard let server = try? bench.start(contender) else { return "?" }
    defer { server.stop() }
    guard contender.flavour == .redisLike else { return "thread per connection, lock per replica stream" }
    guard let info = try? server.info() else { return "version unknown: no INFO" }
    let own = info["ringdove_version"].map { "\($0), speaks " } ?? ""
    return own + "redis \(info["redis_version"] ?? "?")"
  }

  private static func machine(_ layout: CoreLayout) -> Comparison.Machine {
    let processor = readSystemFile("/proc/cpuinfo")?.split(separator: "\n").first { $0.hasPrefix("model name") }
    let kernel = readSystemFile("/proc/sys/kernel/osrelease")?.split(separator: "-").first
    return Comparison.Machine(
      processor: processor?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "?",
      cores: Set(layout.clientCores + [layout.serverCore]).count,
      kernel: kernel.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) } ?? "?", serverCore: layout.serverCore,
      clientCores: layout.clientCores)
  }

  private static func write(_ comparison: Comparison, to folder: String) throws {
    let folder = folder.isEmpty ? "." : folder
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let json = try encodeJSON(comparison)
    let template = String(decoding: PackageResources.page_html, as: UTF8.self)
    let data = try encodeJSON(comparison, pretty: false).replacingOccurrences(of: "</", with: "<\\/")
    let page = template.replacingOccurrences(of: "/*RESULTS*/null", with: data)
    for (name, text) in [
      ("results.json", json), ("results.md", Markdown(comparison: comparison).text), ("results.html", page),
    ] { try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8) }
  }
}
