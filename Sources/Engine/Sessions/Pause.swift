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

  /// What is paused: the widest of what clients and a failover asked for.
  private(set) var extent = Extent.nothing
  /// When it ends, milliseconds since 1970; `.max` while a failover is under way.
  var end: Int64 { isFailingOver ? .max : clientEnd }
  private var clientExtent = Extent.nothing
  private var clientEnd: Int64 = 0
  private var isFailingOver = false

  /// Whether anything is paused, as last updated.
  var isActive: Bool {
    @inline(__always) get { extent != .nothing }
  }

  /// Begins a pause, or prolongs and widens the one that lasts: neither its end nor its extent is ever lessened.
  mutating func begin(_ wanted: Extent, until newEnd: Int64, now: Instant) {
    guard newEnd > now.unixMilliseconds else { return }
    clientExtent = max(clientExtent, wanted)
    clientEnd = max(clientEnd, newEnd)
    combine()
  }

  /// Ends the pause that clients asked for if its time is over.
  /// - Returns: whether that ended all that was paused.
  mutating func update(now: Instant) -> Bool {
    guard clientExtent != .nothing, now.unixMilliseconds >= clientEnd else { return false }
    finish()
    return !isActive
  }

  /// Ends the pause that clients asked for.
  mutating func finish() {
    clientExtent = .nothing
    clientEnd = 0
    combine()
  }

  /// A failover holds writes back until it ends.
  mutating func beginFailover() {
    isFailingOver = true
    combine()
  }

  mutating func endFailover() {
    isFailingOver = false
    combine()
  }

  private mutating func combine() { extent = max(clientExtent, isFailingOver ? .writes : .nothing) }
}
