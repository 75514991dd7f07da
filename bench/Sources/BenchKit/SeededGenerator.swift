/// xoshiro256++, seeded through splitmix64: one seed gives one sequence on every machine.
///
/// Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators" (2019).
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  /// A generator whose whole sequence follows from `seed`.
  public init(seed: UInt64) {
    var mixer = seed
    func draw() -> UInt64 {
      mixer &+= 0x9E37_79B9_7F4A_7C15
      var mixed = mixer
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
    state = (draw(), draw(), draw(), draw())
  }

  public mutating func next() -> UInt64 {
    let sum = state.0 &+ state.3
    let result = ((sum << 23) | (sum >> 41)) &+ state.0
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = (state.3 << 45) | (state.3 >> 19)
    return result
  }

  /// A number below `bound`, by multiplication: no division, and a bias below 2⁻³² for bounds that fit 32 bits.
  public mutating func below(_ bound: UInt64) -> UInt64 {
    next().multipliedFullWidth(by: bound).high
  }

  /// A number in [0, 1), of 53 random bits.
  public mutating func unit() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// A waiting time between arrivals of a Poisson process, of the given mean.
  public mutating func exponential(mean: Double) -> Double {
    -logarithm(1 - unit()) * mean
  }
}
