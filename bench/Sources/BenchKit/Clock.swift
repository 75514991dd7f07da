internal import Glibc

/// Nanoseconds of the monotonic clock. About 25 ns a call through the vDSO.
public func monotonicNanoseconds() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
}

/// Puts the calling thread to sleep.
public func sleepSeconds(_ seconds: Double) {
  guard seconds > 0 else { return }
  var left = timespec(tv_sec: Int(seconds), tv_nsec: Int((seconds - seconds.rounded(.down)) * 1e9))
  var request = left
  while nanosleep(&request, &left) != 0 && errno == EINTR { request = left }
}
