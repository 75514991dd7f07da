/// How far the disk is behind what is acknowledged under `everysec` and `no`: whether it took so long that nothing more is
/// to be acknowledged until it has caught up.
struct AppendOnlyLag: BitwiseCopyable {
  /// How long a write may wait for the kernel, and a sync for the disk, microseconds. Redis puts a write off as long for
  /// the sake of a sync.
  static var patienceMicroseconds: Int64 { 2_000_000 }

  /// What takes too long.
  enum Cause: Equatable {
    case write
    case sync
  }

  /// Since when at the longest something waits to be handed to the kernel, monotonic microseconds; nil: nothing does.
  private(set) var waitingSince: Int64?
  /// When the last write was begun.
  private var lastWrite: Int64 = 0
  /// The log's end when a write was begun, and when that was: what lies beyond came later. nil: that has been reached.
  private var mark: (offset: Int64, time: Int64)?
  /// The log's end when the file fell behind: what is written beyond it is not acknowledged. nil: it is not behind.
  private(set) var heldFrom: Int64?
  /// When it fell behind, monotonic microseconds.
  private(set) var fellBehindAt: Int64 = 0

  var isBehind: Bool { heldFrom != nil }

  /// Notes in each turn whether there is something of which the kernel has not said yet that it has it.
  @inline(__always)
  mutating func note(isWaiting: Bool, now: Int64) {
    if !isWaiting { waitingSince = nil } else if waitingSince == nil { waitingSince = now }
  }

  mutating func writeBegan(logEnd: Int64, now: Int64) {
    lastWrite = now
    if mark == nil { mark = (logEnd, now) }
  }

  /// The write under way was taken, up to an offset of the log. A write need not take all that there is: only behind the
  /// mark is it known that what waits still came after that was set.
  mutating func writeEnded(at offset: Int64, logEnd: Int64) {
    if offset == logEnd {
      waitingSince = nil
    } else if let mark, offset >= mark.offset {
      waitingSince = mark.time
    } else {
      return
    }
    mark = nil
  }

  /// Whether something has waited too long for the kernel.
  func isWriteSlow(now: Int64) -> Bool {
    waitingSince.map { now - $0 > AppendOnlyLag.patienceMicroseconds } ?? false
  }

  /// Whether the last write was begun so long ago that it should have ended.
  func isLastWriteSlow(now: Int64) -> Bool { now - lastWrite > AppendOnlyLag.patienceMicroseconds }

  mutating func fallBehind(logEnd: Int64, now: Int64) {
    heldFrom = logEnd
    fellBehindAt = now
  }

  mutating func catchUp() { heldFrom = nil }
}
