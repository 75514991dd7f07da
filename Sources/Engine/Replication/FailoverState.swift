/// A change of parts between this primary and one of its replicas, as FAILOVER asked for it.
///
///     none ── FAILOVER ─▶ waitingForSync ── a replica has everything ─▶ inProgress ── the target follows no more ─▶ none
///                              └──────── time over, ABORT ─▶ none ◀───────┘ (this server is a primary again)
///
/// Writes are held back all the while: what the target takes over is all that was ever acknowledged.
struct Failover {
  enum Stage {
    /// Waits until the target, or any replica, has all of the log.
    case waitingForSync
    /// Follows the target, which was asked to be the primary.
    case inProgress
  }

  var stage = Stage.waitingForSync
  /// The replica that is to be the primary; nil: whichever has everything first.
  var target: ReplicationSource?
  /// When waiting is over, monotonic microseconds; nil: it has no end, or is over.
  var deadline: Int64?
  /// Whether the target takes over then even if it lacks something.
  var isForced = false
}

extension Optional where Wrapped == Failover {
  /// As INFO says it.
  var nameForInfo: StaticString {
    switch self?.stage {
    case nil: "no-failover"
    case .waitingForSync: "waiting-for-sync"
    case .inProgress: "failover-in-progress"
    }
  }
}
