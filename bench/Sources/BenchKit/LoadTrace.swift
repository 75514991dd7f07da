/// One command of an open loop, nanoseconds: when it was due, from the beginning of the measured window, and how long it
/// took from then.
struct LatencySample: Sendable {
  var due: UInt64
  var latency: UInt64
}

/// A run of an open loop, command by command.
public struct LoadTrace: Sendable {
  public let report: LoadReport
  let samples: [LatencySample]

  /// The latencies of the commands that fell due between two moments, seconds from the window's beginning; nil where
  /// there were none.
  public func latency(from begin: Double, to end: Double) -> LatencySummary? {
    var histogram = LatencyHistogram()
    for sample in samples where Double(sample.due) >= begin * 1e9 && Double(sample.due) < end * 1e9 {
      histogram.record(sample.latency)
    }
    return histogram.count == 0 ? nil : histogram.summary
  }

  /// The latencies of each stretch of `seconds`, in order. Stretches in which nothing fell due are left out.
  public func timeline(every seconds: Double) -> [LatencySlice] {
    let width = UInt64(seconds * 1e9)
    let groups = Dictionary(grouping: samples) { $0.due / width }
    return groups.keys.sorted().map { index in
      let sorted = groups[index]!.map(\.latency).sorted()
      func microseconds(_ share: Double) -> Double {
        Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]) / 1000
      }
      return LatencySlice(
        seconds: Double(index) * seconds, count: sorted.count, p50: microseconds(0.5), p99: microseconds(0.99),
        max: microseconds(1))
    }
  }
}

/// Latencies in microseconds of the commands that fell due within one stretch of time, which began at `seconds`.
public struct LatencySlice: Codable, Sendable {
  public let seconds: Double
  public let count: Int
  public let p50, p99, max: Double
}
