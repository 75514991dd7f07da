/// Seeded random numbers: xoshiro256** (Blackman and Vigna, 2018), its state filled by SplitMix64.
///
/// The engine has no randomness of its own: whoever needs a number holds a generator and passes it on, so that the
/// same seed gives the same run. Not for secrets.
public struct RandomGenerator: RandomNumberGenerator, Sendable, Equatable {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  public init(seed: UInt64) {
    var mixer = seed
    func mixed() -> UInt64 {
      mixer &+= 0x9E37_79B9_7F4A_7C15
      var value = mixer
      value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
      value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
      return value ^ value >> 31
    }
    state = (mixed(), mixed(), mixed(), mixed())
  }

  public mutating func next() -> UInt64 {
    let product = state.1 &* 5
    let result = (product << 7 | product >> 57) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = state.3 << 45 | state.3 >> 19
    return result
  }

  /// A number from zero up to, not including, `limit`, each as likely (Lemire's method).
  ///
  /// - Parameter limit: above zero.
  public mutating func next(below limit: UInt64) -> UInt64 {
    precondition(limit > 0)
    var product = next().multipliedFullWidth(by: limit)
    if product.low < limit {
      let threshold = (0 &- limit) % limit
      while product.low < threshold { product = next().multipliedFullWidth(by: limit) }
    }
    return product.high
  }

  /// A number from zero up to, not including, `limit`.
  public mutating func next(below limit: Int) -> Int { Int(next(below: UInt64(limit))) }

  /// A number from 0 up to, not including, 1, in steps of 2⁻⁵³.
  public mutating func nextUnit() -> Double { Double(next() >> 11) * 0x1p-53 }

  public static func == (left: RandomGenerator, right: RandomGenerator) -> Bool { left.state == right.state }
}
