internal import Foundation

/// Holds the medians of ringdove and redis-server against TARGETS.md.
struct Score {
  let measurements: [Measurement]
  let ours: String
  let theirs: String

  var checks: [Check] {
    speed + enters + fanOut + memory + durability + start
  }

  func find(_ server: String, _ matches: (Measurement.Subject) -> Bool) -> Measurement? {
    measurements.first { $0.server == server && matches($0.subject) }
  }

  /// Our median ÷ theirs, for each subject that both have and `matches` takes.
  func ratios(
    _ target: String, limit: Double, atMost: Bool, _ label: (Measurement.Subject) -> String,
    _ matches: (Measurement.Subject) -> Bool
  ) -> [Check] {
    measurements.filter { $0.server == ours && matches($0.subject) }.compactMap { own in
      guard let other = find(theirs, { $0 == own.subject }), other.median > 0 else { return nil }
      let ratio = own.median / other.median
      return Check(
        target: target, what: label(own.subject), value: ratio, unit: "× redis", limit: limit, atMost: atMost,
        isMet: atMost ? ratio <= limit : ratio >= limit,
        detail: "\(number(own.median)) / \(number(other.median)) \(own.subject.unit)")
    }
  }

  func absolute(_ target: String, _ what: String, limit: Double, _ own: Measurement?) -> [Check] {
    guard let own else { return [] }
    return [
      Check(
        target: target, what: what, value: own.median, unit: own.subject.unit, limit: limit, atMost: true,
        isMet: own.median <= limit, detail: "\(number(own.median)) \(own.subject.unit)")
    ]
  }

  private var speed: [Check] {
    let own = { (subject: Measurement.Subject, pipeline: Int) in
      subject.section == "core" && subject.metric == "cpu" && subject.tool == "ringdove-bench"
        && subject.pipeline == pipeline
    }
    let cpu = { (subject: Measurement.Subject) in "CPU, \(subject.workload), pipeline \(subject.pipeline ?? 1)" }
    let everyday = { (subject: Measurement.Subject) in "CPU, \(subject.workload)" }
    let throughput = { (subject: Measurement.Subject) in
      "redis-benchmark rate, \(subject.workload), \(subject.clients ?? 0) clients"
    }
    return ratios("S1", limit: 0.75, atMost: true, cpu) { own($0, 1) }
      + ratios("S1", limit: 1.1, atMost: false, throughput) {
        $0.section == "core" && $0.metric == "throughput" && $0.tool == "redis-benchmark" && $0.pipeline == 1
      }
      + ratios("S2", limit: 0.40, atMost: true, cpu) { own($0, 16) }
      + ratios("S3", limit: 0.30, atMost: true, cpu) { own($0, 64) }
      + ratios("S4", limit: 0.60, atMost: true, everyday) { $0.section == "everyday" && $0.metric == "cpu" }
  }

  private var enters: [Check] {
    measurements.filter {
      $0.server == ours && $0.subject.metric == "enters" && $0.subject.section == "core" && $0.subject.pipeline == 1
    }.flatMap { absolute("S5", "io_uring_enter, \($0.subject.workload), 50 clients", limit: 0.1, $0) }
  }

  private var fanOut: [Check] {
    func limit(_ replicas: Int) -> Double { replicas >= 64 ? 0.30 : 0.35 }
    var checks = [1, 4, 16, 64].flatMap { replicas -> [Check] in
      let label = { (_: Measurement.Subject) in "CPU, SET with \(replicas) replicas" }
      return ratios("S6", limit: limit(replicas), atMost: true, label) {
        $0.section == "fan-out" && $0.metric == "cpu" && $0.replicas == replicas
      }
    }
    func kept(_ server: String) -> Double? {
      func rate(_ replicas: Int) -> Double? {
        find(server) { $0.section == "fan-out" && $0.metric == "throughput" && $0.replicas == replicas }?.median
      }
      guard let with = rate(8), let without = rate(0), without > 0 else { return nil }
      return with / without
    }
    if let own = kept(ours), let other = kept(theirs) {
      let detail = "keeps \(number(own)), redis \(number(other)) of the rate without replicas"
      checks.append(
        Check(
          target: "S7", what: "write rate kept with 8 replicas", value: own, unit: "of the rate with none", limit: 0.90,
          atMost: false, isMet: own >= 0.90, detail: detail))
      checks.append(
        Check(
          target: "S7", what: "the same beside redis's own", value: own / other, unit: "× redis", limit: 1.5,
          atMost: false, isMet: own / other >= 1.5, detail: detail))
    }
    return checks
  }

  private var memory: [Check] {
    let plain = { (subject: Measurement.Subject) in
      subject.section == "memory" && subject.workload == "16 B key, 16 B value"
    }
    var checks = ratios("S8", limit: 0.60, atMost: true, { "memory, \($0.workload)" }, plain)
    if let with = find(ours, { $0.section == "memory" && !plain($0) }), let without = find(ours, plain) {
      let added = with.median - without.median
      checks.append(
        Check(
          target: "S8", what: "a TTL adds", value: added, unit: "bytes/key", limit: 8, atMost: true, isMet: added <= 8,
          detail: "\(number(without.median)) → \(number(with.median)) bytes/key"))
    }
    return checks
      + absolute("S9", "an idle connection", limit: 2048, find(ours) { $0.section == "idle" })
  }

  private var start: [Check] {
    absolute("S14", "start to first PONG", limit: 20, find(ours) { $0.section == "start" && $0.metric == "first PONG" })
      + absolute("S14", "binary", limit: 15, find(ours) { $0.section == "start" && $0.metric == "binary" })
  }
}

/// A figure with three digits that mean something.
func number(_ value: Double) -> String {
  let size = abs(value)
  if size >= 1e6 { return String(format: "%.2f M", value / 1e6) }
  if size >= 10_000 { return String(format: "%.1f k", value / 1e3) }
  return String(format: size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.2f", value)
}
