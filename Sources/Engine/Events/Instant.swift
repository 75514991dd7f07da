/// A moment, as the one who drives the engine read its clocks. The engine reads none.
public struct Instant: Sendable, BitwiseCopyable, Equatable {
  /// Microseconds since 1970-01-01 UTC. May jump.
  public var unixMicroseconds: Int64
  /// Microseconds since some fixed moment. Never runs backwards.
  public var monotonicMicroseconds: Int64

  @inlinable public init(unixMicroseconds: Int64, monotonicMicroseconds: Int64) {
    self.unixMicroseconds = unixMicroseconds
    self.monotonicMicroseconds = monotonicMicroseconds
  }

  /// Milliseconds since 1970-01-01 UTC, rounded down: the unit of every expiry.
  @inlinable public var unixMilliseconds: Int64 { unixMicroseconds / 1000 }
  /// Seconds since 1970-01-01 UTC, rounded down.
  @inlinable public var unixSeconds: Int64 { unixMicroseconds / 1_000_000 }
}

extension Int64 {
  /// So many seconds in microseconds; the longest span there is where that is too much.
  init(microsecondsIn seconds: Int) {
    let (product, overflows) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000)
    self = overflows ? (seconds < 0 ? .min : .max) : product
  }
}

/// What the engine asks of its host while a command runs. A simulator gives functions of its own.
public struct HostFunctions: Sendable {
  /// Nanoseconds of a monotonic clock: how long commands take, for statistics only, never for their results.
  public var monotonicNanoseconds: @Sendable @convention(c) () -> Int64
  /// Does nothing for that many microseconds: `DEBUG SLEEP`.
  public var sleep: @Sendable @convention(c) (_ microseconds: Int64) -> Void
  /// Ends the process at once, as if it were killed: `DEBUG CRASH-AT`.
  public var crash: @Sendable @convention(c) () -> Void
  /// Ends what a socket says and hears, at once: its other end learns of it before the turn is over, which may be long.
  public var shutDown: @Sendable @convention(c) (_ descriptor: Int32) -> Void
  /// The disk; nil: there is none, and nothing is kept.
  public var files: (any FileSystem)?

  public init(
    monotonicNanoseconds: @Sendable @convention(c) @escaping () -> Int64,
    sleep: @Sendable @convention(c) @escaping (_ microseconds: Int64) -> Void,
    crash: @Sendable @convention(c) @escaping () -> Void = {},
    shutDown: @Sendable @convention(c) @escaping (_ descriptor: Int32) -> Void = { _ in },
    files: (any FileSystem)? = nil
  ) {
    self.monotonicNanoseconds = monotonicNanoseconds
    self.sleep = sleep
    self.crash = crash
    self.shutDown = shutDown
    self.files = files
  }
}
