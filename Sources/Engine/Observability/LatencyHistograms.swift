/// How long commands took, as counts by length of time: one histogram for each command that ever ran.
///
/// A bucket spans a sixteenth of a doubling, so a figure read from it is at most 6.25 % too high. Recording is a shift
/// and an increment. A histogram is 2 KiB, and is there from a command's first run on.
struct LatencyHistograms: ~Copyable {
  /// Buckets of one histogram: nanoseconds below 16 one by one, then 16 to each doubling up to 2³⁶ (about 69 s).
  static let bucketCount = 16 * 33
  private var counts = Slab<UInt32>(capacity: 1)

  /// Bytes of all histograms.
  var allocatedBytes: Int { counts.count * MemoryLayout<UInt32>.stride }

  /// Adds an empty histogram.
  /// - Returns: its number.
  mutating func add() -> Int32 {
    let number = counts.count / Self.bucketCount
    for _ in 0..<Self.bucketCount { counts.append(0) }
    return Int32(number)
  }

  @inline(__always)
  mutating func record(_ nanoseconds: Int64, in histogram: Int32) {
    let index = Int(histogram) * Self.bucketCount + Self.bucket(nanoseconds)
    counts[index] &+= 1
  }

  /// Forgets all histograms. Their numbers are void.
  mutating func removeAll() { counts.removeAll() }

  @inline(__always)
  static func bucket(_ nanoseconds: Int64) -> Int {
    if nanoseconds < 16 { return Int(max(nanoseconds, 0)) }
    let power = 63 - nanoseconds.leadingZeroBitCount
    let index = (power - 4) * 16 + Int(nanoseconds >> Int64(power - 4))
    return min(index, bucketCount - 1)
  }

  /// The longest time that falls into the bucket, nanoseconds.
  static func highest(_ bucket: Int) -> Int64 {
    if bucket < 16 { return Int64(bucket) }
    let power = bucket / 16 - 1
    return Int64(bucket % 16 + 17) << Int64(power) - 1
  }

  /// How many times were recorded.
  func total(_ histogram: Int32) -> Int64 {
    var sum: Int64 = 0
    forEachBucket(histogram) { _, count in sum += count }
    return sum
  }

  /// The time that `percentile` percent of the recorded ones do not exceed, nanoseconds.
  func value(atPercentile percentile: Double, of histogram: Int32) -> Int64 {
    let wanted = max(1, Int64((min(percentile, 100) / 100 * Double(total(histogram)) + 0.5).rounded(.down)))
    var reached: Int64 = 0
    var value: Int64 = 0
    forEachBucket(histogram) { bucket, count in
      if reached < wanted { value = Self.highest(bucket) }
      reached += count
    }
    return value
  }

  /// The distribution as LATENCY HISTOGRAM gives it: for powers of two of about a microsecond (1, 2, 4, 8, 16, 33,
  /// 66, …) how many commands took no longer; only where the number grows.
  func cumulativeCounts(_ histogram: Int32) -> [(microseconds: Int64, count: Int64)] {
    var found: [(microseconds: Int64, count: Int64)] = []
    var power = 10
    var reached: Int64 = 0
    forEachBucket(histogram) { bucket, count in
      while Self.highest(bucket) >= Int64(1) << Int64(power) { power += 1 }
      reached += count
      // Redis's histogram gives a boundary as the end of its own bucket, which is 1/128 above.
      let microseconds = (Int64(1) << Int64(power) + Int64(1) << Int64(power - 7) - 1) / 1000
      if found.last?.microseconds == microseconds { found.removeLast() }
      found.append((microseconds, reached))
    }
    return found
  }

  /// Calls `body` with every bucket that is not empty, the shortest times first.
  private func forEachBucket(_ histogram: Int32, _ body: (_ bucket: Int, _ count: Int64) -> Void) {
    let start = Int(histogram) * Self.bucketCount
    for bucket in 0..<Self.bucketCount where counts[start + bucket] > 0 {
      body(bucket, Int64(counts[start + bucket]))
    }
  }
}
