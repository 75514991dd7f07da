/// How far loading is, by its bytes, and how long it may still take.
struct LoadingEstimate {
  let loadedBytes: Int
  /// 0: nobody knows, as of what is streamed.
  let totalBytes: Int
  private let elapsedSeconds: Int64

  init(loadedBytes: Int, totalBytes: Int, since start: Instant, now: Instant) {
    self.loadedBytes = loadedBytes
    self.totalBytes = totalBytes
    elapsedSeconds = max((now.monotonicMicroseconds - start.monotonicMicroseconds) / 1_000_000, 0)
  }

  /// 0 to 100.
  var percentage: Double { totalBytes == 0 ? 100 : Double(loadedBytes) * 100 / Double(totalBytes) }

  /// Seconds that what is left takes, if it goes on as it did so far.
  var remainingSeconds: Int64 {
    let rate = Double(loadedBytes) / Double(elapsedSeconds + 1)
    return Int64(Double(max(totalBytes - loadedBytes, 0)) / max(rate, 1))
  }
}
