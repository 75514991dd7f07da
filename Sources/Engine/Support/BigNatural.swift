/// A natural number of any size: what exact conversion of floating-point numbers needs, and no more.
///
/// Limbs of 64 bits, least significant first, no zero limb at the end. It allocates: only numbers with very many
/// digits or very large exponents come here.
struct BigNatural {
  private(set) var limbs: [UInt64]

  init(_ value: UInt64) { limbs = value == 0 ? [] : [value] }

  var isZero: Bool { limbs.isEmpty }

  /// One more than the position of the highest bit set; 0 for zero.
  var bitCount: Int { limbs.isEmpty ? 0 : limbs.count * 64 - limbs[limbs.count - 1].leadingZeroBitCount }

  /// Multiplies by `factor` and adds `addend`. O(limbs).
  mutating func multiply(by factor: UInt64, adding addend: UInt64 = 0) {
    var carry = addend
    for index in limbs.indices {
      let product = limbs[index].multipliedFullWidth(by: factor)
      let (low, overflow) = product.low.addingReportingOverflow(carry)
      limbs[index] = low
      carry = product.high + (overflow ? 1 : 0)
    }
    if carry > 0 { limbs.append(carry) }
  }

  /// Multiplies by ten to `power`.
  mutating func multiply(byTenToThe power: Int) {
    var left = power
    while left > 0 {
      let step = min(left, 19)
      var factor: UInt64 = 1
      for _ in 0..<step { factor *= 10 }
      multiply(by: factor)
      left -= step
    }
  }

  func shifted(left amount: Int) -> BigNatural {
    guard !isZero, amount > 0 else { return self }
    var result = BigNatural(0)
    let (whole, part) = (amount / 64, UInt64(amount % 64))
    result.limbs = [UInt64](repeating: 0, count: whole)
    result.limbs.reserveCapacity(whole + limbs.count + 1)
    var carry: UInt64 = 0
    for limb in limbs {
      result.limbs.append(limb << part | carry)
      carry = part == 0 ? 0 : limb >> (64 - part)
    }
    if carry > 0 { result.limbs.append(carry) }
    return result
  }

  static func < (left: BigNatural, right: BigNatural) -> Bool {
    guard left.limbs.count == right.limbs.count else { return left.limbs.count < right.limbs.count }
    for index in left.limbs.indices.reversed() where left.limbs[index] != right.limbs[index] {
      return left.limbs[index] < right.limbs[index]
    }
    return false
  }

  /// Subtracts `other`, which is at most this.
  mutating func subtract(_ other: BigNatural) {
    var borrow: UInt64 = 0
    for index in limbs.indices {
      let taken = index < other.limbs.count ? other.limbs[index] : 0
      let (first, below) = limbs[index].subtractingReportingOverflow(taken)
      let (second, belowStill) = first.subtractingReportingOverflow(borrow)
      limbs[index] = second
      borrow = below || belowStill ? 1 : 0
    }
    while limbs.last == 0 { limbs.removeLast() }
  }

  /// Doubles the number in place.
  mutating func double() {
    var carry: UInt64 = 0
    for index in limbs.indices {
      let next = limbs[index] >> 63
      limbs[index] = limbs[index] << 1 | carry
      carry = next
    }
    if carry > 0 { limbs.append(carry) }
  }

  /// Divides by `divisor` in place.
  /// - Returns: the remainder.
  mutating func divide(by divisor: UInt64) -> UInt64 {
    var remainder: UInt64 = 0
    for index in limbs.indices.reversed() {
      (limbs[index], remainder) = divisor.dividingFullWidth((remainder, limbs[index]))
    }
    while limbs.last == 0 { limbs.removeLast() }
    return remainder
  }

  /// The leading bits of `numerator / denominator`, both above zero.
  static func leadingBits(of numerator: BigNatural, over denominator: BigNatural) -> LeadingBits {
    var exponent = numerator.bitCount - denominator.bitCount
    var rest = exponent < 0 ? numerator.shifted(left: -exponent) : numerator
    let divisor = exponent > 0 ? denominator.shifted(left: exponent) : denominator
    if rest < divisor {
      rest.double()
      exponent -= 1
    }
    // Long division, bit by bit: the quotient is at least one and below two.
    var bits: UInt128 = 0
    for _ in 0..<65 {
      bits <<= 1
      if !(rest < divisor) {
        bits |= 1
        rest.subtract(divisor)
      }
      rest.double()
    }
    return LeadingBits(
      bits: UInt64(truncatingIfNeeded: bits >> 1), next: bits & 1 == 1, more: !rest.isZero, exponent: exponent)
  }

  /// The leading bits of this number, above zero.
  var leadingBits: LeadingBits {
    BigNatural.leadingBits(of: self, over: BigNatural(1))
  }
}

/// The beginning of a number's binary expansion: enough to round it to any precision up to 64 bits.
struct LeadingBits {
  /// The first 64 bits; the highest is set.
  var bits: UInt64
  /// The 65th bit.
  var next: Bool
  /// Whether any bit after that is set.
  var more: Bool
  /// The number is at least two to this and below twice that.
  var exponent: Int

  /// Rounds, half to even, to `precision` bits, fewer for subnormal numbers.
  ///
  /// - Parameters:
  ///   - precision: bits of a normal number's significand, 1 to 64.
  ///   - leastExponent: of the lowest bit a number may have.
  /// - Returns: the number is `significand × 2^exponent`, and `significand` below two to the `precision`.
  func rounded(toPrecision precision: Int, leastExponent: Int) -> (significand: UInt64, exponent: Int) {
    var unit = max(exponent - precision + 1, leastExponent)
    let kept = exponent - unit + 1
    guard kept >= 0 else { return (0, unit) }
    var significand = kept == 0 ? 0 : bits >> UInt64(64 - kept)
    let half = kept == 64 ? next : bits >> UInt64(63 - kept) & 1 == 1
    let beyond = kept == 64 ? more : next || more || bits & (1 << UInt64(63 - kept) - 1) != 0
    if half && (beyond || significand & 1 == 1) {
      let limit: UInt64 = precision == 64 ? .max : 1 << UInt64(precision) - 1
      if significand == limit {
        significand = 1 << UInt64(precision - 1)
        unit += 1
      } else {
        significand += 1
      }
    }
    return (significand, unit)
  }
}

extension ByteBuffer {
  /// Appends `value` in decimal. O(n²) in its length.
  mutating func append(_ value: BigNatural) {
    var value = value
    var pieces: [UInt64] = []
    while !value.isZero { pieces.append(value.divide(by: 10_000_000_000_000_000_000)) }
    append(decimal: pieces.last ?? 0)
    for piece in pieces.dropLast().reversed() {
      append(repeating: UInt8(ascii: "0"), count: 19 - DecimalInteger.digitCount(piece))
      append(decimal: piece)
    }
  }
}
