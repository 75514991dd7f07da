internal import Engine
internal import Glibc

/// The clocks, read here and nowhere else. Both are answered without entering the kernel.
enum Clock {
  /// Now, by both clocks.
  static func now() -> Instant {
    Instant(
      unixMicroseconds: nanoseconds(CLOCK_REALTIME) / 1000, monotonicMicroseconds: nanoseconds(CLOCK_MONOTONIC) / 1000)
  }

  /// Microseconds since the machine started, never running backwards.
  static func monotonicMicroseconds() -> Int64 { nanoseconds(CLOCK_MONOTONIC) / 1000 }

  /// Nanoseconds since the machine started.
  static func monotonicNanoseconds() -> Int64 { nanoseconds(CLOCK_MONOTONIC) }

  private static func nanoseconds(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    // Writes the local value.
    unsafe clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// `22 Nov 2026 22:12:16.123`, in local time, as log lines begin.
  static func logTimestamp() -> String {
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    var now = timespec()
    var parts = unsafe tm()
    // Both write only the local values.
    unsafe clock_gettime(CLOCK_REALTIME, &now)
    unsafe localtime_r(&now.tv_sec, &parts)
    func padded(_ number: Int, _ width: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    let day = unsafe "\(padded(Int(parts.tm_mday), 2)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900)"
    let hour = unsafe (padded(Int(parts.tm_hour), 2), padded(Int(parts.tm_min), 2), padded(Int(parts.tm_sec), 2))
    return "\(day) \(hour.0):\(hour.1):\(hour.2).\(padded(now.tv_nsec / 1_000_000, 3))"
  }
}
