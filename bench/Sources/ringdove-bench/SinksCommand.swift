internal import BenchKit
internal import Foundation

/// `ringdove-bench sinks`.
enum SinksCommand {
  static let usage = """
    ringdove-bench sinks [options]
      --host HOST --port PORT | --socket PATH   the primary (127.0.0.1, 6379)
      --count N                                 replicas (1)
      --seconds S                               how long to follow it (10)
      --slow K --slow-bytes-per-second B        the first K read only B bytes a second (0, 1000000)
      --stopped K                               the next K take the snapshot and read nothing more (0)
      --json FILE                               the report as JSON as well; - for standard output alone
    """

  static func run(_ arguments: some Sequence<String>) throws {
    if arguments.contains("--help") { return print(usage) }
    let options = try Arguments(
      arguments,
      names: ["host", "port", "socket", "count", "seconds", "slow", "slow-bytes-per-second", "stopped", "json"])
    var plan = SinkGroup.Plan(endpoint: try LoadCommand.endpoint(options))
    plan.count = try options.integer("count", or: 1)
    plan.slow = try options.integer("slow", or: 0)
    plan.slowBytesPerSecond = try options.number("slow-bytes-per-second", or: 1_000_000)
    plan.stopped = try options.integer("stopped", or: 0)
    raiseDescriptorLimit(to: plan.count + 64)
    let sinks = try SinkGroup(plan)
    sleepSeconds(try options.number("seconds", or: 10))
    let reports = sinks.stop()
    let json = try encodeJSON(reports)
    if options.string("json") == "-" { return print(json) }
    if let path = options.string("json") { try json.write(toFile: path, atomically: true, encoding: .utf8) }
    print("sink  state      snapshot bytes   stream bytes         offset")
    for report in reports {
      let state = report.state.padding(toLength: 9, withPad: " ", startingAt: 0)
      print(
        String(format: "%4d  ", report.index) + state
          + String(format: " %15d %14d %14d", report.snapshotBytes, report.streamBytes, report.offset))
    }
  }
}
