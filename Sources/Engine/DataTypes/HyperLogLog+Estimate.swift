extension HyperLogLog {
  /// How many registers have each value.
  struct Histogram {
    private(set) var counts = [Int](repeating: 0, count: 64)
    /// Registers counted.
    private(set) var total = 0

    /// Of a valid one of either encoding; `total` tells whether its runs add up.
    init(_ bytes: Bytes) {
      if encoding(of: bytes) == .dense {
        countDense(bytes)
      } else {
        var position = headerBytes
        while position < bytes.count {
          let run = Run(bytes, at: position)
          add(run.value, run.length)
          position += run.byteCount
        }
      }
    }

    init(registers: [UInt8]) {
      for value in registers { add(value, 1) }
    }

    private mutating func add(_ value: UInt8, _ count: Int) {
      counts[Int(value)] += count
      total += count
    }

    /// Four registers to every three bytes.
    private mutating func countDense(_ bytes: Bytes) {
      for position in stride(from: headerBytes, to: denseBytes, by: 3) {
        let word = UInt32(bytes[position]) | UInt32(bytes[position + 1]) << 8 | UInt32(bytes[position + 2]) << 16
        counts[Int(word & 63)] += 1
        counts[Int(word >> 6 & 63)] += 1
        counts[Int(word >> 12 & 63)] += 1
        counts[Int(word >> 18)] += 1
      }
      total = registerCount
    }
  }

  /// How many different elements there were, about: within 0.81 % in two cases of three.
  static func cardinality(_ histogram: Histogram) -> UInt64 {
    let count = Double(registerCount)
    let counts = histogram.counts
    var z = count * tau((count - Double(counts[rankBits + 1])) / count)
    for rank in (1...rankBits).reversed() {
      z += Double(counts[rank])
      z *= 0.5
    }
    z += count * sigma(Double(counts[0]) / count)
    // 0.5 / ln 2
    let estimate = (0.721347520444481703680 * count * count / z).rounded(.toNearestOrAwayFromZero)
    // Registers that no hash can have set leave nothing to divide by: what a conversion gives then on x86.
    return UInt64(exactly: estimate) ?? 1 << 63
  }

  private static func sigma(_ argument: Double) -> Double {
    guard argument != 1 else { return .infinity }
    var x = argument
    var y = 1.0
    var z = x
    var previous = z
    repeat {
      x *= x
      previous = z
      z += x * y
      y += y
    } while previous != z
    return z
  }

  private static func tau(_ argument: Double) -> Double {
    guard argument != 0, argument != 1 else { return 0 }
    var x = argument
    var y = 1.0
    var z = 1 - x
    var previous = z
    repeat {
      x.formSquareRoot()
      previous = z
      y *= 0.5
      z -= (1 - x) * (1 - x) * y
    } while previous != z
    return z / 3
  }

  // MARK: The cardinality that is kept

  /// The cardinality when it was last estimated, or nil where registers have changed since.
  static func keptCardinality(_ bytes: Bytes) -> UInt64? {
    let kept = bytes.load(littleEndianAt: 8, as: UInt64.self)
    return kept >> 63 == 0 ? kept : nil
  }
}
