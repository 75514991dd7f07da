internal import Histogram

/// Latencies in nanoseconds, to three digits, up to a minute: an HdrHistogram.
struct LatencyHistogram: Sendable {
  static let ceiling: UInt64 = 60_000_000_000
  private var histogram = Histogram<UInt64>(
    lowestDiscernibleValue: 100, highestTrackableValue: ceiling, numberOfSignificantValueDigits: .three)

  /// Notes `count` operations that took `nanoseconds` each; more than a minute counts as a minute.
  mutating func record(_ nanoseconds: UInt64, count: Int = 1) {
    histogram.record(min(nanoseconds, Self.ceiling), count: UInt64(count))
  }

  mutating func add(_ other: LatencyHistogram) { histogram.add(other.histogram) }

  var count: Int { Int(histogram.totalCount) }
  var mean: Double { count == 0 ? 0 : histogram.mean }
  var largest: UInt64 { count == 0 ? 0 : histogram.max }

  /// The value that `percentile` per cent of the operations did not exceed; 0 where there are none.
  func value(atPercentile percentile: Double) -> UInt64 {
    count == 0 ? 0 : histogram.valueAtPercentile(percentile)
  }

  var summary: LatencySummary {
    func microseconds(_ percentile: Double) -> Double { Double(value(atPercentile: percentile)) / 1000 }
    return LatencySummary(
      mean: mean / 1000, p50: microseconds(50), p90: microseconds(90), p99: microseconds(99),
      p999: microseconds(99.9), p9999: microseconds(99.99), max: Double(largest) / 1000)
  }
}

/// Latency percentiles in microseconds.
public struct LatencySummary: Codable, Sendable {
  public let mean, p50, p90, p99, p999, p9999, max: Double
}
