/// The way to the server's end.
struct ShutdownProgress {
  enum Stage: Equatable {
    case none
    /// A signal came, and periodic work, which acts on it, is put off (DEBUG PAUSE-CRON).
    case requested
    /// Replicas are given time to come up to `offset`, until `deadline` in monotonic microseconds.
    case waiting(offset: Int64, deadline: Int64)
    /// The last snapshot is being written.
    case saving
  }

  var stage = Stage.none
  /// How it was asked for.
  var options: ShutdownOptions = []
  /// Who asked, and waits.
  var askers: [SessionHandle] = []

  /// Whether it is under way: nothing is changed any more, as it would be in no snapshot and at no replica.
  var isUnderway: Bool {
    switch stage {
    case .none, .requested: false
    case .waiting, .saving: true
    }
  }
}
