/// When the next durable write is begun: not at once behind the last one, but when those whom that one answered had the
/// time to write again.
///
/// A disk takes as long for the writes of fifty clients as for those of five. Begun at once, a write would take along
/// only what had come while the last one was under way, and clients that wait for their answers would fall into two
/// halves that take turns. A short wait makes one group of them: as many as waited before, as long as they keep coming,
/// and never longer than the disk took.
struct CommitGathering: BitwiseCopyable {
  /// From so many waiting replies on it is worth it.
  private static var threshold: Int { 8 }
  /// The wait ends when nobody came for so long, microseconds.
  private static var quietMicroseconds: Int64 { 60 }
  /// The longest wait, microseconds.
  private static var limitMicroseconds: Int64 { 500 }

  private var begun: Int64 = 0
  private var expected = 0
  private var seen = 0
  private var lastGrowth: Int64 = 0
  private var limit: Int64 = 0

  /// Until when the next write waits if nobody comes, monotonic microseconds.
  var deadline: Int64 { min(limit, lastGrowth + CommitGathering.quietMicroseconds) }

  /// A durable write was begun.
  mutating func began(_ now: Int64) {
    begun = now
    expected = 0
  }

  /// It has ended well. So many replies waited for it, or for the next.
  mutating func ended(_ now: Int64, waiting: Int) {
    guard waiting >= CommitGathering.threshold else { return expected = 0 }
    expected = waiting
    seen = 0
    lastGrowth = now
    limit = now + min(now - begun, CommitGathering.limitMicroseconds)
  }

  /// Notes how many replies wait now.
  mutating func note(_ now: Int64, waiting: Int) {
    if waiting > seen { lastGrowth = now }
    seen = waiting
  }

  /// Whether a write is to wait still.
  func waits(_ now: Int64) -> Bool { seen < expected && now < deadline }
}
