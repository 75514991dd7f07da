/// What kept the server from answering at once. Runs only where its subcommand is missing.
enum Latency: Command {
  static let spec = CommandSpec(
    "latency", since: "2.8.13", group: .server, arity: .atLeast(2), complexity: "Depends on subcommand.",
    summary: "Shows what took long, and how long commands take.")

  static func execute(_ call: inout Call) throws(CommandError) { throw .wrongArgumentCount("latency") }
}

/// Shows the last and the worst sample of every kind of event.
enum LatencyLatest: Command {
  static let spec = CommandSpec(
    "latest", of: "latency", since: "2.8.13", group: .server, arity: .exactly(2),
    flags: [.admin, .noScript, .loading, .stale], summary: "Shows the last sample of every event.",
    tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"])

  static func execute(_ call: inout Call) throws(CommandError) {
    let all = call.latencyMonitor.series
    call.reply.array(all.count)
    for series in all {
      call.reply.array(4)
      call.reply.bulk(series.event)
      call.reply.integer(series.samples.last?.time ?? 0)
      call.reply.integer(series.samples.last?.milliseconds ?? 0)
      call.reply.integer(series.worst)
    }
  }
}

/// Shows an event's samples.
enum LatencyHistory: Command {
  static let spec = CommandSpec(
    "history", of: "latency", since: "2.8.13", group: .server, arity: .exactly(3),
    flags: [.admin, .noScript, .loading, .stale], summary: "Shows the samples of an event.", syntax: "event",
    tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"])

  static func execute(_ call: inout Call) throws(CommandError) {
    let samples = call.latencyMonitor.series(of: call.arguments[2].text)?.samples ?? []
    call.reply.array(samples.count)
    for sample in samples {
      call.reply.array(2)
      call.reply.integer(sample.time)
      call.reply.integer(sample.milliseconds)
    }
  }
}

/// Draws an event's samples.
enum LatencyGraph: Command {
  static let spec = CommandSpec(
    "graph", of: "latency", since: "2.8.13", group: .server, arity: .exactly(3),
    flags: [.admin, .noScript, .loading, .stale], summary: "Draws the samples of an event.", syntax: "event",
    tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"])

  static func execute(_ call: inout Call) throws(CommandError) {
    let event = call.arguments[2].text
    guard let series = call.latencyMonitor.series(of: event) else {
      throw .composed("ERR No samples available for event '\(event)'")
    }
    call.reply.verbatim(LatencyDrawing(series, now: call.now).text)
  }
}

/// Says in words what the samples mean.
enum LatencyDoctor: Command {
  static let spec = CommandSpec(
    "doctor", of: "latency", since: "2.8.13", group: .server, arity: .exactly(2),
    flags: [.admin, .noScript, .loading, .stale], summary: "Says what the samples mean, and what may help.",
    tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"])

  static func execute(_ call: inout Call) throws(CommandError) { call.reply.verbatim(report(call)) }

  private static func report(_ call: borrowing Call) -> String {
    let all = call.latencyMonitor.series
    if all.isEmpty, call.configuration.latencyMonitorThreshold == 0 {
      return "Latency monitoring is off. CONFIG SET latency-monitor-threshold <milliseconds> turns it on.\n"
    }
    if all.isEmpty { return "No latency spike has been seen. Everything was served in time.\n" }
    var text = "Latency spikes have been seen:\n\n"
    for (index, series) in all.enumerated() {
      let samples = series.samples.map { Double($0.milliseconds) }
      let mean = samples.reduce(0, +) / Double(max(samples.count, 1))
      let deviation = samples.reduce(0) { $0 + abs($1 - mean) } / Double(max(samples.count, 1))
      let period = Double(max(call.now.unixSeconds - (series.samples.first?.time ?? 0), 1)) / Double(samples.count)
      text += "\(index + 1). \(series.event): \(samples.count) latency spikes (average \(Int(mean))ms, "
      text += "mean deviation \(Int(deviation))ms, period \(period.text(decimals: 2)) sec). "
      text += "Worst all time event \(series.worst)ms.\n"
    }
    text += "\nWhat may help:\n\n"
    if all.contains(where: { $0.event == "command" }) {
      text += "- Commands were slow: SLOWLOG GET names them. Smaller values, or UNLINK for DEL, make them faster.\n"
    }
    if all.contains(where: { $0.event == "fast-command" }) {
      text += "- Even cheap commands were slow: the machine may be overloaded, or the process not scheduled in time. "
      text += "redis-cli --intrinsic-latency measures that.\n"
    }
    return text
  }
}

/// Forgets samples.
enum LatencyReset: Command {
  static let spec = CommandSpec(
    "reset", of: "latency", since: "2.8.13", group: .server, arity: .atLeast(2),
    flags: [.admin, .noScript, .loading, .stale], summary: "Forgets the samples of some events, or all.",
    syntax: "[event [event ...]]", tips: ["request_policy:all_nodes", "response_policy:agg_sum"])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard call.arguments.count > 2 else { return call.reply.integer(call.latencyMonitor.resetAll()) }
    var count = 0
    for index in 2..<call.arguments.count where call.latencyMonitor.reset(call.arguments[index]) { count += 1 }
    call.reply.integer(count)
  }
}

/// Shows how long commands took, as distributions.
enum LatencyHistogram: Command {
  static let spec = CommandSpec(
    "histogram", of: "latency", since: "7.0.0", group: .server, arity: .atLeast(2),
    flags: [.admin, .noScript, .loading, .stale],
    complexity: "O(N) where N is the number of commands with latency information being retrieved.",
    summary: "Shows how long commands took, as distributions.", syntax: "[command [command ...]]",
    tips: ["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"])

  static func execute(_ call: inout Call) throws(CommandError) {
    let arguments = call.arguments
    let roots =
      arguments.count == 2
      ? call.catalogue.topLevel
      : (2..<arguments.count).compactMap { call.catalogue.find(fullName: arguments[$0])?.identity }
    let known = roots.flatMap { [$0] + call.catalogue.subcommands(of: $0) }
      .filter { call.commandStatistics[$0].histogram >= 0 }
    call.reply.map(known.count)
    for identity in known {
      let histogram = call.commandStatistics[identity].histogram
      let counts = call.histograms.cumulativeCounts(histogram)
      call.reply.bulk(call.catalogue.specs[identity].fullName)
      call.reply.map(2)
      call.reply.bulk("calls")
      call.reply.integer(call.histograms.total(histogram))
      call.reply.bulk("histogram_usec")
      call.reply.map(counts.count)
      for (microseconds, count) in counts {
        call.reply.integer(microseconds)
        call.reply.integer(count)
      }
    }
  }
}

enum LatencyHelp: Command {
  static let spec = CommandSpec(
    "help", of: "latency", since: "2.8.13", group: .server, arity: .exactly(2), flags: [.loading, .stale],
    summary: "Lists the subcommands.")

  static func execute(_ call: inout Call) throws(CommandError) { call.replyHelp() }
}
