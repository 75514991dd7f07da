/// How many connections are busy, and how much they ask, and so how to wait.
///
/// A server that answers every request the moment it comes gets tiny batches, and on a machine where the clients share
/// the cores that is slower for everybody: with 50 clients, 79 000 requests a second against 98 000 when it waits up to
/// 50 µs for five eighths of them. With few clients waiting only costs, and so it does where so little comes that a wait
/// would end with hardly more than it began with. Measured in docs/BENCHMARKS.md.
struct AdaptiveWait {
  /// From so many busy connections on it pays to wait for several.
  static let threshold = 16
  private static let epochMicroseconds: Int64 = 10_000

  /// How many arrivals a wait must promise, going by the last 10 ms.
  static let worthwhileArrivals = 3

  private(set) var epoch: Int64 = 0
  private var countNow = 0
  private var countBefore = 0
  private var arrivalsNow = 0
  private var arrivalsBefore = 0
  /// How far spinning has proved right of late: falls with each spin in vain, rises with each that met work.
  private var spinCredit = fullSpinCredit
  private static let fullSpinCredit = 8

  /// Connections that had input in the last 10 ms.
  var activeCount: Int { max(countNow, countBefore) }

  /// How many completions are worth waiting for, where one may wait so long.
  func wantedCompletions(within microseconds: Int) -> Int {
    guard activeCount >= AdaptiveWait.threshold,
      arrivalsBefore * microseconds >= AdaptiveWait.worthwhileArrivals * Int(AdaptiveWait.epochMicroseconds)
    else { return 1 }
    return activeCount * 5 / 8
  }

  /// Whether to look for work for a while before sleeping: only while few are busy, and only as long as more than half
  /// of the attempts meet some. Clients that share the processor with the server, or ask seldom, end it by themselves.
  var isSpinWorthwhile: Bool { activeCount > 0 && activeCount < AdaptiveWait.threshold && spinCredit > 0 }

  /// Notes what a spin brought.
  mutating func noteSpin(succeeded: Bool) {
    spinCredit = succeeded ? min(spinCredit + 1, AdaptiveWait.fullSpinCredit) : max(spinCredit - 1, 0)
  }

  /// Tells the time; at the turn of 10 ms counting begins anew.
  mutating func advance(monotonicMicroseconds: Int64) {
    let current = monotonicMicroseconds / AdaptiveWait.epochMicroseconds
    guard current != epoch else { return }
    // One attempt in each 10 ms with input, in case that times have changed.
    if spinCredit == 0 { spinCredit = 1 }
    countBefore = current == epoch + 1 ? countNow : 0
    countNow = 0
    arrivalsBefore = current == epoch + 1 ? arrivalsNow : 0
    arrivalsNow = 0
    epoch = current
  }

  /// Notes that a connection had input.
  /// - Parameter isFirst: whether for the first time in this epoch.
  mutating func noteArrival(isFirst: Bool) {
    arrivalsNow += 1
    if isFirst { countNow += 1 }
  }
}
