// What durability, snapshots and loading are held against.
extension Score {
  var durability: [Check] {
    always + reads + underSnapshot + loading + deletions + storm
  }

  private func bound(
    _ target: String, _ what: String, _ value: Double, _ unit: String, _ limit: Double, atMost: Bool, _ detail: String
  ) -> Check {
    Check(
      target: target, what: what, value: value, unit: unit, limit: limit, atMost: atMost,
      isMet: atMost ? value <= limit : value >= limit, detail: detail)
  }

  private func durable(_ workload: String, _ metric: String, _ clients: Int, _ pipeline: Int) -> Measurement? {
    find(ours) {
      $0.section == "durable" && $0.workload == workload && $0.metric == metric && $0.clients == clients
        && $0.pipeline == pipeline
    }
  }

  private var always: [Check] {
    let rate = { (_: Measurement.Subject) in "SET rate under appendfsync always, 50 clients" }
    return ratios("S10", limit: 1.6, atMost: false, rate) {
      $0.workload == "SET 64 B, always" && $0.metric == "throughput" && $0.clients == 50 && $0.pipeline == 1
    }
      + [(200, 1), (50, 16)].compactMap { clients, pipeline in
        guard let with = durable("SET 64 B, always", "throughput", clients, pipeline),
          let without = durable("SET 64 B, no file", "throughput", clients, pipeline)
        else { return nil }
        return bound(
          "S10", "rate kept under always, \(clients) clients, pipeline \(pipeline)", with.median / without.median,
          "of the rate without a file", 0.8, atMost: false,
          "\(number(with.median)) / \(number(without.median)) commands/s")
      }
  }

  private var reads: [Check] {
    guard let with = durable("GET beside it, always", "p99", 10, 1),
      let without = durable("GET beside it, no file", "p99", 10, 1)
    else { return [] }
    return [
      bound(
        "S10", "p99 of GET beside such writes", with.median / without.median, "× without a file", 1.5, atMost: true,
        "\(number(with.median)) / \(number(without.median)) µs")
    ]
  }

  private var underSnapshot: [Check] {
    [("snapshot", "BGSAVE"), ("join", "full resync")].flatMap { section, what -> [Check] in
      func tail(_ workload: String) -> Double? {
        find(ours) { $0.section == section && $0.workload == workload && $0.metric == "p99.9" }?.median
      }
      guard let before = tail("before"), let during = tail("during \(what)") else { return [] }
      let detail = "\(number(before)) → \(number(during)) µs"
      var checks = [
        bound("S11", "p99.9 during a \(what)", during, "µs", 2000, atMost: true, detail),
        bound("S11", "the same beside before it", during / before, "× before", 2, atMost: true, detail),
      ]
      if let grown = find(ours, { $0.section == section && $0.metric == "memory" })?.median {
        checks.append(bound("S11", "memory that a \(what) adds", grown, "%", 5, atMost: true, "\(number(grown)) %"))
      }
      return checks
    }
  }

  private var loading: [Check] {
    ratios("S12", limit: 2, atMost: false, { "loading, \($0.workload)" }) {
      $0.section == "load" && $0.metric == "rate"
    }
  }

  private var deletions: [Check] {
    func worst(_ workload: String) -> Double? {
      find(ours) { $0.section == "giants" && $0.workload == workload && $0.metric == "max" }?.median
    }
    guard let idle = worst("nothing else") else { return [] }
    return measurements.filter {
      $0.server == ours && $0.subject.section == "giants" && $0.subject.metric == "max"
        && $0.subject.workload != "nothing else"
    }.map {
      bound(
        "S13", "worst latency at \($0.subject.workload) beyond nothing else", $0.median - idle, "µs", 2000,
        atMost: true, "\(number(idle)) → \(number($0.median)) µs")
    }
  }

  private var storm: [Check] {
    measurements.filter {
      $0.server == ours && $0.subject.section == "storm" && $0.subject.metric == "replicas lost"
    }.map {
      bound(
        "S6", "replicas lost, \($0.subject.workload)", $0.median, "of 8", 0, atMost: true, "400 clients, pipeline 50")
    }
  }
}
