/// How many connections are busy, and so how to wait.
///
/// A server that answers every request the moment it comes gets tiny batches, and on a machine where the clients share
/// the cores that is slower for everybody: with 50 clients, 79 000 requests a second against 98 000 when it waits up to
/// 50 µs for five eighths of them. With few clients waiting only costs. Measured in docs/BENCHMARKS.md.
struct AdaptiveWait {
  /// From so many busy connections on it pays to wait for several.
  static let threshold = 16
  private static let epochMicroseconds: Int64 = 10_000

  private(set) var epoch: Int64 = 0
  private var countNow = 0
  private var countBefore = 0

  /// Connections that had input in the last 10 ms.
  var activeCount: Int { max(countNow, countBefore) }

  /// How many completions are worth waiting for.
  var wantedCompletions: Int { activeCount >= AdaptiveWait.threshold ? activeCount * 5 / 8 : 1 }

  /// Tells the time; at the turn of 10 ms counting begins anew.
  mutating func advance(monotonicMicroseconds: Int64) {
    let current = monotonicMicroseconds / AdaptiveWait.epochMicroseconds
    guard current != epoch else { return }
    countBefore = current == epoch + 1 ? countNow : 0
    countNow = 0
    epoch = current
  }

  /// Notes that a connection had input for the first time in this epoch.
  mutating func noteActive() { countNow += 1 }
}
