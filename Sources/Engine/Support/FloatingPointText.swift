/// A floating-point number as written: what C's `strtod` takes, before it is rounded to any precision.
///
/// Optional sign, then `inf` or `infinity` in any case, decimal digits with an optional point and exponent, or `0x`
/// and hexadecimal digits with an optional point and binary exponent. The whole text, no blanks. `nan` is refused,
/// as Redis refuses it.
struct FloatingPointText {
  enum Magnitude {
    case zero
    case infinity
    /// `digits × 10^exponent`, all digits in one word.
    case small(digits: UInt64, exponent: Int)
    /// `digits × 10^exponent`.
    case large(digits: BigNatural, exponent: Int)
    case binary(LeadingBits)
  }

  let isNegative: Bool
  let magnitude: Magnitude

  /// More digits than any halfway point between two numbers has (11 514 for the x87's): later ones only say "more".
  private static let significantDigits = 12_000
  /// Beyond any exponent that can matter, and far from overflow.
  private static let exponentLimit = 1_000_000_000

  /// - Returns: nil if `text` is not a number.
  init?(_ text: Bytes) {
    guard let first = text.isEmpty ? nil : text[0] else { return nil }
    isNegative = first == UInt8(ascii: "-")
    let body = isNegative || first == UInt8(ascii: "+") ? text.dropFirst(1) : text
    if body.equalsIgnoringCase("inf") || body.equalsIgnoringCase("infinity") {
      magnitude = .infinity
    } else if body.count > 2, body[0] == UInt8(ascii: "0"), body[1] | 0x20 == UInt8(ascii: "x") {
      guard let parsed = FloatingPointText.hexadecimal(body.dropFirst(2)) else { return nil }
      magnitude = parsed
    } else {
      guard let parsed = FloatingPointText.decimal(body) else { return nil }
      magnitude = parsed
    }
  }

  /// Where the digits are: before and after the point, and what the exponent says.
  private struct Layout {
    var digits: Bytes
    var point: Int
    var exponent: Int

    /// How many places the digits' end is after the point.
    var places: Int { point < digits.count ? digits.count - point - 1 : 0 }

    init?(_ text: Bytes, marker: UInt8, isDigit: (UInt8) -> Bool) {
      var end = 0
      var seen = 0
      point = -1
      while end < text.count {
        if isDigit(text[end]) {
          seen += 1
        } else if text[end] == UInt8(ascii: "."), point < 0 {
          point = end
        } else {
          break
        }
        end += 1
      }
      guard seen > 0 else { return nil }
      if point < 0 { point = end }
      digits = text[0..<end]
      exponent = 0
      guard end < text.count else { return }
      guard text[end] | 0x20 == marker, let value = Layout.exponent(text.dropFirst(end + 1)) else { return nil }
      exponent = value
    }

    private static func exponent(_ text: Bytes) -> Int? {
      guard !text.isEmpty else { return nil }
      let negative = text[0] == UInt8(ascii: "-")
      let digits = negative || text[0] == UInt8(ascii: "+") ? text.dropFirst(1) : text
      guard !digits.isEmpty else { return nil }
      var value = 0
      for index in 0..<digits.count {
        guard ASCII.isDigit(digits[index]) else { return nil }
        value = min(value * 10 + Int(digits[index] - UInt8(ascii: "0")), exponentLimit)
      }
      return negative ? -value : value
    }
  }

  private static func decimal(_ text: Bytes) -> Magnitude? {
    guard let layout = Layout(text, marker: UInt8(ascii: "e"), isDigit: ASCII.isDigit) else { return nil }
    var word: UInt64 = 0
    var large: BigNatural?
    var wordDigits = 0
    var scale: UInt64 = 1
    var significant = 0
    var dropped = 0
    var droppedAny = false
    for index in 0..<layout.digits.count where index != layout.point {
      let digit = UInt64(layout.digits[index] - UInt8(ascii: "0"))
      if significant == 0 && digit == 0 { continue }
      guard significant < significantDigits else {
        dropped += 1
        droppedAny = droppedAny || digit != 0
        continue
      }
      significant += 1
      if wordDigits == 19 {
        if large == nil { large = BigNatural(word) } else { large!.multiply(by: scale, adding: word) }
        (word, wordDigits, scale) = (0, 0, 1)
      }
      word = word * 10 + digit
      wordDigits += 1
      scale &*= 10
    }
    guard significant > 0 else { return .zero }
    var exponent = layout.exponent - layout.places + dropped
    guard var digits = large else { return .small(digits: word, exponent: exponent) }
    digits.multiply(by: scale, adding: word)
    if droppedAny {
      digits.multiply(by: 10, adding: 1)
      exponent -= 1
    }
    return .large(digits: digits, exponent: exponent)
  }

  private static func hexadecimal(_ text: Bytes) -> Magnitude? {
    let layout = Layout(text, marker: UInt8(ascii: "p")) { ASCII.hexadecimalValue($0) != nil }
    guard let layout else { return nil }
    var word: UInt128 = 0
    var dropped = 0
    var more = false
    for index in 0..<layout.digits.count where index != layout.point {
      let digit = ASCII.hexadecimalValue(layout.digits[index]) ?? 0
      if word >> 124 == 0 {
        word = word << 4 | UInt128(digit)
      } else {
        dropped += 1
        more = more || digit != 0
      }
    }
    guard word > 0 else { return .zero }
    let shift = word.leadingZeroBitCount
    let aligned = word << UInt128(shift)
    let exponent = layout.exponent + (dropped - layout.places) * 4 + 127 - shift
    return .binary(
      LeadingBits(
        bits: UInt64(truncatingIfNeeded: aligned >> 64), next: aligned >> 63 & 1 == 1,
        more: more || aligned & (1 << 63 - 1) != 0, exponent: exponent))
  }

  /// The leading bits of a number that is neither zero nor infinite; nil where it is far beyond any format's range,
  /// above or below.
  var leadingBits: LeadingBits? {
    switch magnitude {
    case .zero, .infinity: return nil
    case .binary(let leading): return abs(leading.exponent) < 20_000 ? leading : nil
    case .small(let digits, let exponent): return FloatingPointText.leadingBits(BigNatural(digits), exponent)
    case .large(let digits, let exponent): return FloatingPointText.leadingBits(digits, exponent)
    }
  }

  private static func leadingBits(_ digits: BigNatural, _ exponent: Int) -> LeadingBits? {
    // About where the first digit stands, in decimal places; 5000 is beyond the x87's range both ways.
    guard abs(exponent + digits.bitCount * 30103 / 100_000) < 5_000 else { return nil }
    if exponent >= 0 {
      var number = digits
      number.multiply(byTenToThe: exponent)
      return number.leadingBits
    }
    var denominator = BigNatural(1)
    denominator.multiply(byTenToThe: -exponent)
    return BigNatural.leadingBits(of: digits, over: denominator)
  }
}

extension Bytes {
  /// The double these bytes are the text of, as C's `strtod` reads it in full and correctly rounded.
  ///
  /// As Redis's `getDoubleFromObject`: no blanks, no NaN, nothing that overflows or vanishes to zero.
  public func parseDouble() -> Double? {
    if let whole = parseInt64(), whole.magnitude <= 1 << 53 { return Double(whole) }
    guard let text = FloatingPointText(self) else { return nil }
    let magnitude: Double
    switch text.magnitude {
    case .zero: magnitude = 0
    case .infinity: magnitude = .infinity
    case .small(let digits, let exponent) where digits <= 1 << 53 && exponent.magnitude <= 22:
      // Both exact, so the one operation rounds correctly.
      let power = Bytes.exactPowerOfTen(exponent)
      magnitude = exponent < 0 ? Double(digits) / power : Double(digits) * power
    case .small(let digits, let exponent) where exponent.magnitude <= 19:
      magnitude = Bytes.scaled(digits, byTenToThe: exponent)
    default:
      guard let (significand, exponent) = text.leadingBits?.rounded(toPrecision: 53, leastExponent: -1074),
        significand > 0, exponent <= 971
      else { return nil }
      let isNormal = significand >> 52 == 1
      magnitude = Double(bitPattern: (isNormal ? UInt64(exponent + 1075) << 52 : 0) | significand & (1 << 52 - 1))
    }
    return text.isNegative ? -magnitude : magnitude
  }

  /// `digits × 10^exponent`, correctly rounded: what has up to 19 digits on either side of the point, without the
  /// arithmetic of any size, which took twenty times as long.
  private static func scaled(_ digits: UInt64, byTenToThe exponent: Int) -> Double {
    var power: UInt128 = 1
    for _ in 0..<exponent.magnitude { power *= 10 }
    // The number is `bits × 2^-shift`, and a little more where `rest` is not zero. A quotient has 64 bits at least.
    var (bits, rest, shift) = (UInt128(digits) * power, UInt128(0), 0)
    if exponent < 0 {
      shift = UInt128(digits).leadingZeroBitCount
      (bits, rest) = (UInt128(digits) << UInt128(shift)).quotientAndRemainder(dividingBy: power)
    }
    let excess = 128 - bits.leadingZeroBitCount - 53
    guard excess > 0 else { return Double(sign: .plus, exponent: -shift, significand: Double(UInt64(bits))) }
    var significand = UInt64(bits >> UInt128(excess))
    let dropped = bits & (UInt128(1) << UInt128(excess) - 1)
    let half = UInt128(1) << UInt128(excess - 1)
    if dropped > half || dropped == half && (rest > 0 || significand & 1 == 1) { significand += 1 }
    return Double(sign: .plus, exponent: excess - shift, significand: Double(significand))
  }

  /// Ten to the magnitude of `exponent`, at most 22.
  private static func exactPowerOfTen(_ exponent: Int) -> Double {
    var power = 1.0
    for _ in 0..<exponent.magnitude { power *= 10 }
    return power
  }
}
