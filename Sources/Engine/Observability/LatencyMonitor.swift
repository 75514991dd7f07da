/// Moments when the server took longer than `latency-monitor-threshold`, by the kind of work that did it.
///
/// Source: Redis's latency monitor (LATENCY LATEST, HISTORY, GRAPH, DOCTOR): per kind of event up to 160 samples, at
/// most one for each second, which keeps the worst.
struct LatencyMonitor: Sendable {
  struct Sample: Sendable {
    /// Seconds since 1970.
    var time: Int64
    var milliseconds: Int64
  }

  struct Series: Sendable {
    let event: String
    /// The worst ever seen, milliseconds.
    var worst: Int64 = 0
    var samples: [Sample] = []
  }

  static let sampleLimit = 160
  /// In order of the events' names.
  private(set) var series: [Series] = []

  /// The series of that event, by its exact name.
  func series(of event: String) -> Series? { series.first { $0.event == event } }

  /// Notes that `event` took `milliseconds` at `now`.
  mutating func record(_ event: String, milliseconds: Int64, now: Instant) {
    let index: Int
    if let known = series.firstIndex(where: { $0.event >= event }), series[known].event == event {
      index = known
    } else {
      index = series.firstIndex { $0.event > event } ?? series.count
      series.insert(Series(event: event), at: index)
    }
    series[index].worst = max(series[index].worst, milliseconds)
    if let last = series[index].samples.last, last.time == now.unixSeconds {
      series[index].samples[series[index].samples.count - 1].milliseconds = max(last.milliseconds, milliseconds)
      return
    }
    if series[index].samples.count == Self.sampleLimit { series[index].samples.removeFirst() }
    series[index].samples.append(Sample(time: now.unixSeconds, milliseconds: milliseconds))
  }

  /// Forgets the event's samples, its name in any case of letters.
  /// - Returns: whether there were any.
  mutating func reset(_ event: Bytes) -> Bool {
    let wanted = event.array.lowercasedForObservation
    guard let index = series.firstIndex(where: { Array($0.event.utf8).lowercasedForObservation == wanted }) else {
      return false
    }
    series.remove(at: index)
    return true
  }

  /// Forgets everything.
  /// - Returns: how many events there were.
  mutating func resetAll() -> Int {
    defer { series.removeAll() }
    return series.count
  }
}

extension [UInt8] {
  fileprivate var lowercasedForObservation: [UInt8] { map(ASCII.lowercase) }
}
