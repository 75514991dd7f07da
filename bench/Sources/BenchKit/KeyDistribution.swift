/// Which of the keys `0 ..< keySpace` a command names.
public enum KeyDistribution: Sendable, Equatable {
  /// Every key as likely as any other.
  case uniform
  /// Key `k` with a probability proportional to `1 / (k + 1)^exponent`; the hottest key is key 0.
  case zipf(exponent: Double)
  /// 0, 1, 2 … and round again. Threads take turns, so that together they name every key once a round.
  case sequential

  /// Reads `uniform`, `sequential`, `zipf` (exponent 0.99) or `zipf:EXPONENT`.
  public init?(parsing text: String) {
    let parts = text.split(separator: ":")
    switch parts.first {
    case "uniform" where parts.count == 1: self = .uniform
    case "sequential" where parts.count == 1: self = .sequential
    case "zipf" where parts.count == 1: self = .zipf(exponent: 0.99)
    case "zipf" where parts.count == 2:
      guard let exponent = Double(parts[1]), exponent > 0 else { return nil }
      self = .zipf(exponent: exponent)
    default: return nil
    }
  }
}

/// Draws key numbers for one thread.
public struct KeySampler: Sendable {
  private let distribution: KeyDistribution
  private let keySpace: UInt64
  private let zipf: ZipfSampler?
  private let stride: UInt64
  private var position: UInt64

  /// - Parameters:
  ///   - keySpace: how many keys there are, at least 1.
  ///   - thread: this thread's number, below `threads`; only the sequential distribution looks at it.
  public init(_ distribution: KeyDistribution, keySpace: UInt64, thread: Int = 0, threads: Int = 1) {
    precondition(keySpace > 0 && thread < threads)
    self.distribution = distribution
    self.keySpace = keySpace
    position = UInt64(thread) % keySpace
    stride = UInt64(threads)
    if case .zipf(let exponent) = distribution {
      zipf = ZipfSampler(count: keySpace, exponent: exponent)
    } else {
      zipf = nil
    }
  }

  /// The next key number, in `0 ..< keySpace`.
  public mutating func next(_ generator: inout SeededGenerator) -> UInt64 {
    switch distribution {
    case .uniform: return generator.below(keySpace)
    case .zipf: return zipf!.next(&generator) - 1
    case .sequential:
      let key = position
      position += stride
      if position >= keySpace { position %= keySpace }
      return key
    }
  }
}

/// Numbers 1 … count with probability proportional to `k^-exponent`, in constant time and memory.
///
/// Source: Hörmann and Derflinger, "Rejection-inversion to generate variates from monotone discrete
/// distributions" (1996).
struct ZipfSampler: Sendable {
  private let count: Double
  private let exponent: Double
  private let areaOfFirst: Double
  private let areaOfAll: Double
  private let squeeze: Double

  init(count: UInt64, exponent: Double) {
    self.count = Double(count)
    self.exponent = exponent
    areaOfFirst = Self.area(1.5, exponent) - 1
    areaOfAll = Self.area(Double(count) + 0.5, exponent)
    squeeze = 2 - Self.inverseArea(Self.area(2.5, exponent) - Self.density(2, exponent), exponent)
  }

  func next(_ generator: inout SeededGenerator) -> UInt64 {
    while true {
      let point = areaOfAll + generator.unit() * (areaOfFirst - areaOfAll)
      let guess = Self.inverseArea(point, exponent)
      let rank = min(max((guess + 0.5).rounded(.down), 1), count)
      if rank - guess <= squeeze || point >= Self.area(rank + 0.5, exponent) - Self.density(rank, exponent) {
        return UInt64(rank)
      }
    }
  }

  private static func density(_ x: Double, _ exponent: Double) -> Double {
    exponential(-exponent * logarithm(x))
  }

  /// The integral of the density, written so that it stays exact near exponent 1.
  private static func area(_ x: Double, _ exponent: Double) -> Double {
    let logX = logarithm(x)
    let t = (1 - exponent) * logX
    return (abs(t) > 1e-8 ? exponentialMinusOne(t) / t : 1 + t / 2) * logX
  }

  private static func inverseArea(_ y: Double, _ exponent: Double) -> Double {
    let t = max(y * (1 - exponent), -1)
    return exponential((abs(t) > 1e-8 ? logarithmOfOnePlus(t) / t : 1 - t / 2) * y)
  }
}
