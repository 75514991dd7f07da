/// How fast a counter grows, averaged over the last sixteen samples: INFO's `instantaneous_…` figures.
struct Rate: Sendable {
  private static let sampleCount = 16
  private var samples = InlineArray<16, Double>(repeating: 0)
  private var next = 0
  private var lastValue: Int64 = 0
  private var lastTime: Int64 = 0

  /// Notes the counter's value. Called about ten times a second.
  mutating func sample(_ value: Int64, now: Instant) {
    let elapsed = now.monotonicMicroseconds - lastTime
    defer { (lastValue, lastTime) = (value, now.monotonicMicroseconds) }
    guard lastTime > 0, elapsed > 0 else { return }
    samples[next] = Double(max(value - lastValue, 0)) * 1_000_000 / Double(elapsed)
    next = (next + 1) % Self.sampleCount
  }

  /// Per second.
  var perSecond: Double {
    var sum = 0.0
    for index in 0..<Self.sampleCount { sum += samples[index] }
    return sum / Double(Self.sampleCount)
  }
}
