/// What a load run does.
public struct LoadPlan: Sendable {
  public enum Extent: Sendable {
    /// This many commands in all.
    case requests(Int)
    /// This long, after a warm-up whose commands are not counted.
    case seconds(Double, warmUp: Double)
  }

  public enum Pace: Sendable {
    /// Each client sends `pipeline` commands, waits for all the replies, and sends again.
    case closedLoop
    /// Commands are due at times that do not depend on the replies; the latency counts from when one was due.
    case openLoop(commandsPerSecond: Double, arrivals: Arrivals)
  }

  public enum Arrivals: String, Sendable {
    /// Equal gaps.
    case constant
    /// Exponential gaps, as of many users who know nothing of each other.
    case poisson
  }

  public var endpoint: Endpoint
  public var clients = 50
  public var threads = 1
  /// Closed loop: commands a client sends at once. Open loop: commands a client may have unanswered.
  public var pipeline = 1
  public var extent = Extent.seconds(5, warmUp: 1)
  public var pace = Pace.closedLoop
  public var commands: [String] = ["get"]
  public var keySpace: UInt64 = 1_000_000
  public var keyDistribution = KeyDistribution.uniform
  public var valueSize = ValueSize.fixed(64)
  public var seed: UInt64 = 1
  /// Open loop: whether each command's latency is kept (`LoadGenerator.trace`).
  var keepsSamples = false

  public init(endpoint: Endpoint) { self.endpoint = endpoint }
}

/// What a load run saw.
public struct LoadReport: Codable, Sendable {
  /// Answered within the measured window.
  public var commands = 0
  /// Answered in all, warm-up and stragglers included.
  public var answered = 0
  public var seconds = 0.0
  public var commandsPerSecond = 0.0
  /// Microseconds.
  public var latency: LatencySummary
  /// Error replies over the whole run.
  public var errors = 0
  public var firstError: String?
  /// Open loop: due in the measured window and unanswered when the run gave up. They are in the percentiles with
  /// the time they had waited by then.
  public var unanswered = 0
  public var lostConnections = 0
  public var targetRate: Double?
}
