/// How long the values are that stand for `__data__`, in bytes.
public enum ValueSize: Sendable, Equatable {
  case fixed(Int)
  /// Every length in the range as likely as any other.
  case uniform(ClosedRange<Int>)
  /// Lengths with their weights.
  case weighted([Weighted])

  public struct Weighted: Sendable, Equatable {
    public let bytes: Int
    public let weight: Int
  }

  /// Reads `64`, `16-1024` or `64:90,1024:9,65536:1` (length:weight).
  public init?(parsing text: String) {
    if let bytes = Int(text), bytes >= 0 {
      self = .fixed(bytes)
    } else if text.contains(":") {
      let entries = text.split(separator: ",").map { entry -> Weighted? in
        let parts = entry.split(separator: ":")
        guard parts.count == 2, let bytes = Int(parts[0]), let weight = Int(parts[1]), bytes >= 0, weight > 0
        else { return nil }
        return Weighted(bytes: bytes, weight: weight)
      }
      guard !entries.isEmpty, !entries.contains(nil) else { return nil }
      self = .weighted(entries.compactMap { $0 })
    } else {
      let parts = text.split(separator: "-").compactMap { Int($0) }
      guard parts.count == 2, parts[0] <= parts[1] else { return nil }
      self = .uniform(parts[0]...parts[1])
    }
  }

  /// The longest value there can be.
  public var largest: Int {
    switch self {
    case .fixed(let bytes): return bytes
    case .uniform(let range): return range.upperBound
    case .weighted(let entries): return entries.map(\.bytes).max() ?? 0
    }
  }

  func next(_ generator: inout SeededGenerator) -> Int {
    switch self {
    case .fixed(let bytes): return bytes
    case .uniform(let range): return range.lowerBound + Int(generator.below(UInt64(range.count)))
    case .weighted(let entries):
      var ticket = Int(generator.below(UInt64(entries.reduce(0) { $0 + $1.weight })))
      for entry in entries {
        ticket -= entry.weight
        if ticket < 0 { return entry.bytes }
      }
      return entries[entries.count - 1].bytes
    }
  }
}
