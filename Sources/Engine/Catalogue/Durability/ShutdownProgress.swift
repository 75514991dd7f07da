/// The way to the server's end.
struct ShutdownProgress {
  enum Stage: Equatable {
    case none
    /// A signal came, and periodic work, which acts on it, is put off (DEBUG PAUSE-CRON).
    case requested
    /// Replicas are given time to come up to `offset`, until `deadline` in monotonic microseconds.
    case waiting(offset: Int64, deadline: Int64)
    /// The append-only file is brought to the disk up to `offset`.
    case flushing(offset: Int64)
    /// The last snapshot is being written.
    case saving
  }

  var stage = Stage.none
  /// How it was asked for.
  var options: ShutdownOptions = []
  /// What the process is to end with: not 0 where something is lost.
  var status: Int32 = 0
  /// Whether the end waits for no file: the disk stands still.
  var isAtOnce = false
  /// Whether the last snapshot was given up, since the data changed under it, and is to be begun again.
  var savesAgain = false
  /// Who asked, and waits.
  var askers: [SessionHandle] = []

  /// Whether it is under way: nothing is changed any more, as it would be in no snapshot and at no replica.
  var isUnderway: Bool {
    switch stage {
    case .none, .requested: false
    case .waiting, .flushing, .saving: true
    }
  }

  /// Whether the append-only file is brought to the disk, whatever the policy.
  var isFlushing: Bool { if case .flushing = stage { true } else { false } }
}
