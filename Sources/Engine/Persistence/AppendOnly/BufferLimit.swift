/// How much may wait in memory for a disk that is slower than the writers (`aof-buffer-limit`): of the log, for the
/// append-only file to take it, and of replies, until what they tell of is safe. Beyond that clients wait.
struct BufferLimit {
  /// The log's offset from which on no write is to add to it; `.max`: there is none.
  var logEnd = Int64.max
  /// Whether no more replies are to wait.
  var isFullOfReplies = false
  /// Whether a request was put off because of this.
  private(set) var hasWaiting = false
  /// When the log was last told of it, monotonic microseconds.
  private var toldAt: Int64?

  /// The log is told at most so often, microseconds: a disk that is always slower holds writers all the time.
  private static var pauseMicroseconds: Int64 { 60_000_000 }

  /// A request was put off.
  /// - Returns: whether the log is to be told.
  mutating func putOff(now: Int64) -> Bool {
    hasWaiting = true
    if let toldAt, now - toldAt < Self.pauseMicroseconds { return false }
    toldAt = now
    return true
  }

  /// Those that were put off go on.
  mutating func resumed() { hasWaiting = false }
}
