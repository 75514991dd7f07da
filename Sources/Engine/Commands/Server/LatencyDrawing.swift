/// LATENCY GRAPH: the samples as columns four characters high, each with its age below it, read downwards.
struct LatencyDrawing {
  private static let columns = 80
  private static let height = 4
  private let series: LatencyMonitor.Series
  private let now: Instant

  init(_ series: LatencyMonitor.Series, now: Instant) {
    self.series = series
    self.now = now
  }

  var text: String {
    let values = series.samples.map(\.milliseconds)
    let high = values.max() ?? 0
    let low = values.min() ?? 0
    var text = "\(series.event) - high \(high) ms, low \(low) ms (all time high \(series.worst) ms)\n"
    text += String(repeating: "-", count: Self.columns) + "\n"
    var start = 0
    while start < values.count {
      let end = min(start + Self.columns, values.count)
      text += rows(start..<end, low: low, high: high)
      start = end
    }
    return text
  }

  private func rows(_ range: Range<Int>, low: Int64, high: Int64) -> String {
    let span = Double(max(high - low, 1))
    let levels = range.map { index in
      Double(series.samples[index].milliseconds - low) / span * Double(Self.height * 2 - 1)
    }
    var text = ""
    for row in (0..<Self.height).reversed() {
      let line = levels.map { level -> Character in
        let inRow = level - Double(row * 2)
        return inRow < 0 ? " " : inRow >= 2 ? "|" : inRow >= 1 ? "#" : "_"
      }
      text += String(line) + "\n"
    }
    let ages = range.map { Array(age(series.samples[$0].time)) }
    text += "\n"
    for row in 0..<(ages.map(\.count).max() ?? 0) {
      text += String(ages.map { row < $0.count ? $0[row] : " " }) + "\n"
    }
    return text
  }

  private func age(_ time: Int64) -> String {
    let seconds = now.unixSeconds - time
    if seconds < 60 { return "\(seconds)s" }
    if seconds < 3600 { return "\(seconds / 60)m" }
    return seconds < 86400 ? "\(seconds / 3600)h" : "\(seconds / 86400)d"
  }
}
