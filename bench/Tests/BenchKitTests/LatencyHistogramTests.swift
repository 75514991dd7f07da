import Testing

@testable import BenchKit

@Suite struct LatencyHistogramTests {
  @Test func percentilesStayWithinThreeDigits() {
    var histogram = LatencyHistogram()
    for value in 1...100_000 { histogram.record(UInt64(value) * 1000) }
    for percentile in [50.0, 90, 99, 99.9, 99.99] {
      let exact = percentile * 1_000_000
      let found = Double(histogram.value(atPercentile: percentile))
      #expect(abs(found - exact) / exact < 0.002, "p\(percentile): \(found)")
    }
    #expect(histogram.count == 100_000)
    #expect(abs(Double(histogram.largest) - 1e8) / 1e8 < 0.002)
  }

  @Test func countsAndSumsAgree() {
    var whole = LatencyHistogram()
    var first = LatencyHistogram()
    var second = LatencyHistogram()
    for value in 1...1000 as ClosedRange<UInt64> {
      whole.record(value * 777, count: 3)
      if value % 2 == 0 { first.record(value * 777, count: 3) } else { second.record(value * 777, count: 3) }
    }
    first.add(second)
    #expect(first.count == 3000)
    for percentile in [1.0, 50, 99, 100] {
      #expect(first.value(atPercentile: percentile) == whole.value(atPercentile: percentile))
    }
  }

  @Test func emptyAndOverlongAreHarmless() {
    var histogram = LatencyHistogram()
    #expect(histogram.summary.p999 == 0)
    histogram.record(.max)
    #expect(abs(Double(histogram.largest) - 6e10) / 6e10 < 0.002)
  }

  @Test func medians() {
    #expect(median([3, 1, 2]) == 2)
    #expect(median([4, 1, 2, 3]) == 2.5)
    #expect(median([]) == 0)
  }
}
