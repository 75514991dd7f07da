/// A pause of clients (CLIENT PAUSE): which requests wait, and until when.
///
/// While it lasts nothing changes by itself either: no key expires or is evicted, so that replicas can catch up.
struct Pause: BitwiseCopyable {
  enum Extent: UInt8, BitwiseCopyable, Comparable {
    case nothing
    /// Commands that may change keys or be propagated.
    case writes
    case everything

    static func < (left: Extent, right: Extent) -> Bool { left.rawValue < right.rawValue }
  }

  private(set) var extent = Extent.nothing
  /// Milliseconds since 1970.
  private(set) var end: Int64 = 0

  /// Whether anything is paused, as last updated.
  var isActive: Bool {
    @inline(__always) get { extent != .nothing }
  }

  /// Begins a pause, or prolongs and widens the one that lasts: neither its end nor its extent is ever lessened.
  mutating func begin(_ wanted: Extent, until newEnd: Int64, now: Instant) {
    guard newEnd > now.unixMilliseconds else { return }
    extent = max(extent, wanted)
    end = max(end, newEnd)
  }

  /// Ends the pause if its time is over.
  /// - Returns: whether it ended just now.
  mutating func update(now: Instant) -> Bool {
    guard isActive, now.unixMilliseconds >= end else { return false }
    finish()
    return true
  }

  mutating func finish() {
    extent = .nothing
    end = 0
  }
}
