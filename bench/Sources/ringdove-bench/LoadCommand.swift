internal import BenchKit
internal import Foundation

/// `ringdove-bench load`.
enum LoadCommand {
  static let usage = """
    ringdove-bench load [options]
      --host HOST --port PORT     where the server listens (127.0.0.1, 6379)
      --socket PATH               a unix socket instead
      --clients N --threads N     connections in all (50), threads that drive them (1)
      --pipeline N                closed loop: commands sent at once; open loop: unanswered commands a client may have (1)
      --requests N                stop after N commands, or
      --seconds S --warm-up S     measure for S seconds (5) after a warm-up (1)
      --rate R                    open loop at R commands a second; latency counts from when each was due
      --arrivals poisson|constant gaps between them (poisson)
      --command TEMPLATE          set, get, incr, ping, or words with __key__ and __data__; may be given again;
                                  "9*get" gives it weight 9 (get)
      --key-space N               number of keys (1000000)
      --keys uniform|zipf[:EXPONENT]|sequential
      --value-size 64 | 16-1024 | 64:90,1024:10
      --seed N                    the same seed sends the same commands (1)
      --json FILE                 the report as JSON as well; - for standard output alone
    """

  static func run(_ arguments: some Sequence<String>) throws {
    if arguments.contains("--help") { return print(usage) }
    let options = try Arguments(
      arguments,
      names: [
        "host", "port", "socket", "clients", "threads", "pipeline", "requests", "seconds", "warm-up", "rate",
        "arrivals", "command", "key-space", "keys", "value-size", "seed", "json",
      ])
    let plan = try plan(options)
    let report = try LoadGenerator.run(plan)
    let json = try encodeJSON(report)
    if options.string("json") == "-" { return print(json) }
    if let path = options.string("json") { try json.write(toFile: path, atomically: true, encoding: .utf8) }
    print(text(report))
  }

  static func endpoint(_ options: Arguments) throws -> Endpoint {
    if let path = options.string("socket") { return .unix(path: path) }
    return .tcp(host: options.string("host") ?? "127.0.0.1", port: try options.integer("port", or: 6379))
  }

  private static func plan(_ options: Arguments) throws -> LoadPlan {
    var plan = LoadPlan(endpoint: try endpoint(options))
    plan.clients = try options.integer("clients", or: plan.clients)
    plan.threads = try options.integer("threads", or: plan.threads)
    plan.pipeline = try options.integer("pipeline", or: plan.pipeline)
    guard plan.threads >= 1, plan.clients >= plan.threads, plan.pipeline >= 1 else {
      throw BenchError("each thread needs a client, and a client a pipeline of 1 at least")
    }
    plan.extent = .seconds(try options.number("seconds", or: 5), warmUp: try options.number("warm-up", or: 1))
    if options.has("requests") { plan.extent = .requests(try options.integer("requests", or: 0)) }
    if options.has("rate") {
      let rate = try options.number("rate", or: 0)
      guard rate > 0 else { throw BenchError("--rate must be above 0") }
      plan.pace = .openLoop(
        commandsPerSecond: rate,
        arrivals: try options.value("arrivals", or: .poisson) { LoadPlan.Arrivals(rawValue: $0) })
    }
    if options.has("command") { plan.commands = options.all("command") }
    plan.keySpace = try options.value("key-space", or: plan.keySpace) { UInt64($0).flatMap { $0 > 0 ? $0 : nil } }
    plan.keyDistribution = try options.value("keys", or: plan.keyDistribution) { KeyDistribution(parsing: $0) }
    plan.valueSize = try options.value("value-size", or: plan.valueSize) { ValueSize(parsing: $0) }
    plan.seed = try options.value("seed", or: plan.seed) { UInt64($0) }
    return plan
  }

  private static func text(_ report: LoadReport) -> String {
    func microseconds(_ value: Double) -> String { String(format: "%.1f", value) }
    let latency = report.latency
    var lines = [
      String(
        format: "%d commands in %.2f s: %.0f a second", report.commands, report.seconds, report.commandsPerSecond),
      "latency in microseconds: mean \(microseconds(latency.mean))  p50 \(microseconds(latency.p50))"
        + "  p90 \(microseconds(latency.p90))  p99 \(microseconds(latency.p99))  p99.9 \(microseconds(latency.p999))"
        + "  p99.99 \(microseconds(latency.p9999))  max \(microseconds(latency.max))",
    ]
    if report.errors > 0 { lines.append("\(report.errors) error replies, the first: \(report.firstError ?? "")") }
    if report.unanswered > 0 { lines.append("\(report.unanswered) commands were not answered in time") }
    if report.lostConnections > 0 { lines.append("\(report.lostConnections) connections were lost") }
    return lines.joined(separator: "\n")
  }
}

/// `value` as JSON with sorted keys.
func encodeJSON(_ value: some Encodable, pretty: Bool = true) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = pretty ? [.prettyPrinted, .sortedKeys] : [.sortedKeys]
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
