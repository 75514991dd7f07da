/// The decimal digits of a `Double`, few and enough: read back, they give the same number.
///
/// Grisu2 (Florian Loitsch, "Printing Floating-Point Numbers Quickly and Accurately with Integers", 2010), with the
/// choices of the library Redis 7.2 prints doubles with, so that the digits are the same also in the one case in a
/// thousand where Grisu2 finds one digit more than needed. No allocation.
@safe
struct ShortestDouble {
  /// The most digits a double takes.
  static let maximumDigits = 18

  /// Digits as ASCII, most significant first; the first `count` are filled.
  private(set) var digits = InlineArray<18, UInt8>(repeating: 0)
  private(set) var count = 0
  /// The value is the digits, read as an integer, times ten to this.
  private(set) var exponent = 0

  /// A number `significand × 2^exponent`.
  private struct Extended {
    var significand: UInt64
    var exponent: Int

    func normalized() -> Extended {
      let shift = significand.leadingZeroBitCount
      return Extended(significand: significand << UInt64(shift), exponent: exponent - shift)
    }

    /// The product, its significand rounded to 64 bits.
    static func * (left: Extended, right: Extended) -> Extended {
      let product = left.significand.multipliedFullWidth(by: right.significand)
      return Extended(
        significand: product.high &+ product.low >> 63, exponent: left.exponent + right.exponent + 64)
    }
  }

  /// - Parameter value: finite and above zero.
  init(_ value: Double) {
    precondition(value.isFinite && value > 0)
    let bits = value.bitPattern
    let hidden: UInt64 = 1 << 52
    let biased = Int(bits >> 52)
    let exact = Extended(
      significand: bits & (hidden - 1) | (biased == 0 ? 0 : hidden), exponent: max(biased, 1) - 1075)

    // Halfway to the neighbours above and below; below is nearer where the exponent changes.
    let upper = Extended(significand: exact.significand << 1 + 1, exponent: exact.exponent - 1).normalized()
    let nearer: UInt64 = exact.significand == hidden ? 2 : 1
    var lower = Extended(significand: exact.significand << nearer - 1, exponent: exact.exponent - Int(nearer))
    lower.significand <<= UInt64(lower.exponent - upper.exponent)
    lower.exponent = upper.exponent

    let (power, decimalExponent) = ShortestDouble.power(bringingIntoRange: upper.exponent)
    let scaled = exact.normalized() * power
    var high = upper * power
    var low = lower * power
    // The products may be off by one unit: stay inside.
    low.significand += 1
    high.significand -= 1
    exponent = -decimalExponent
    generate(scaled, low, high)
  }

  private mutating func append(_ digit: UInt64) {
    guard digit > 0 || count > 0 else { return }
    digits[count] = UInt8(truncatingIfNeeded: digit) &+ UInt8(ascii: "0")
    count += 1
  }

  /// Writes digits of `high` until what is left is within the interval, then moves the last towards `scaled`.
  private mutating func generate(_ scaled: Extended, _ low: Extended, _ high: Extended) {
    let shift = UInt64(-high.exponent)
    let one: UInt64 = 1 << shift
    var distance = high.significand - scaled.significand
    var interval = high.significand - low.significand
    var whole = high.significand >> shift
    var fraction = high.significand & (one - 1)

    var divisor: UInt64 = 1_000_000_000
    var left = 10
    while left > 0 {
      append(whole / divisor)
      whole %= divisor
      left -= 1
      let rest = whole << shift + fraction
      if rest <= interval {
        exponent += left
        settle(interval, rest, divisor << shift, distance)
        return
      }
      divisor /= 10
    }
    while true {
      fraction *= 10
      interval *= 10
      // Wraps only where the comparison below is decided by the interval anyway.
      distance = distance &* 10
      left -= 1
      append(fraction >> shift)
      fraction &= one - 1
      if fraction < interval {
        exponent += left
        settle(interval, fraction, one, distance)
        return
      }
    }
  }

  private mutating func settle(_ interval: UInt64, _ rest: UInt64, _ unit: UInt64, _ distance: UInt64) {
    var rest = rest
    while rest < distance && interval - rest >= unit
      && (rest &+ unit < distance || distance - rest > rest &+ unit &- distance)
    {
      digits[count - 1] -= 1
      rest += unit
    }
  }

  /// A power of ten that brings a number with this binary exponent between 2⁻⁶⁰ and 2⁻³² per unit.
  private static func power(bringingIntoRange exponent: Int) -> (Extended, decimalExponent: Int) {
    var index = (Int(Double(-(exponent + 87)) * 0.30102999566398114) + 348) / 8
    while true {
      let decimalExponent = index * 8 - 348
      // 217706 / 65536 is log2 of 10, near enough for these exponents.
      let binaryExponent = (decimalExponent * 217_706) >> 16 - 63
      let current = exponent + binaryExponent + 64
      if current < -60 {
        index += 1
      } else if current > -32 {
        index -= 1
      } else {
        return (Extended(significand: significands[index], exponent: binaryExponent), decimalExponent)
      }
    }
  }

  /// The first 64 bits, rounded, of ten to the -348, -340, ... 340.
  private static let significands: [UInt64] = [
    0xFA8F_D5A0_081C_0288, 0xBAAE_E17F_A23E_BF76, 0x8B16_FB20_3055_AC76, 0xCF42_894A_5DCE_35EA,
    0x9A6B_B0AA_5565_3B2D, 0xE61A_CF03_3D1A_45DF, 0xAB70_FE17_C79A_C6CA, 0xFF77_B1FC_BEBC_DC4F,
    0xBE56_91EF_416B_D60C, 0x8DD0_1FAD_907F_FC3C, 0xD351_5C28_3155_9A83, 0x9D71_AC8F_ADA6_C9B5,
    0xEA9C_2277_23EE_8BCB, 0xAECC_4991_4078_536D, 0x823C_1279_5DB6_CE57, 0xC210_9436_4DFB_5637,
    0x9096_EA6F_3848_984F, 0xD774_85CB_2582_3AC7, 0xA086_CFCD_97BF_97F4, 0xEF34_0A98_172A_ACE5,
    0xB238_67FB_2A35_B28E, 0x84C8_D4DF_D2C6_3F3B, 0xC5DD_4427_1AD3_CDBA, 0x936B_9FCE_BB25_C996,
    0xDBAC_6C24_7D62_A584, 0xA3AB_6658_0D5F_DAF6, 0xF3E2_F893_DEC3_F126, 0xB5B5_ADA8_AAFF_80B8,
    0x8762_5F05_6C7C_4A8B, 0xC9BC_FF60_34C1_3053, 0x964E_858C_91BA_2655, 0xDFF9_7724_7029_7EBD,
    0xA6DF_BD9F_B8E5_B88F, 0xF8A9_5FCF_8874_7D94, 0xB944_7093_8FA8_9BCF, 0x8A08_F0F8_BF0F_156B,
    0xCDB0_2555_6531_31B6, 0x993F_E2C6_D07B_7FAC, 0xE45C_10C4_2A2B_3B06, 0xAA24_2499_6973_92D3,
    0xFD87_B5F2_8300_CA0E, 0xBCE5_0864_9211_1AEB, 0x8CBC_CC09_6F50_88CC, 0xD1B7_1758_E219_652C,
    0x9C40_0000_0000_0000, 0xE8D4_A510_0000_0000, 0xAD78_EBC5_AC62_0000, 0x813F_3978_F894_0984,
    0xC097_CE7B_C907_15B3, 0x8F7E_32CE_7BEA_5C70, 0xD5D2_38A4_ABE9_8068, 0x9F4F_2726_179A_2245,
    0xED63_A231_D4C4_FB27, 0xB0DE_6538_8CC8_ADA8, 0x83C7_088E_1AAB_65DB, 0xC45D_1DF9_4271_1D9A,
    0x924D_692C_A61B_E758, 0xDA01_EE64_1A70_8DEA, 0xA26D_A399_9AEF_774A, 0xF209_787B_B47D_6B85,
    0xB454_E4A1_79DD_1877, 0x865B_8692_5B9B_C5C2, 0xC835_53C5_C896_5D3D, 0x952A_B45C_FA97_A0B3,
    0xDE46_9FBD_99A0_5FE3, 0xA59B_C234_DB39_8C25, 0xF6C6_9A72_A398_9F5C, 0xB7DC_BF53_54E9_BECE,
    0x88FC_F317_F222_41E2, 0xCC20_CE9B_D35C_78A5, 0x9816_5AF3_7B21_53DF, 0xE2A0_B5DC_971F_303A,
    0xA8D9_D153_5CE3_B396, 0xFB9B_7CD9_A4A7_443C, 0xBB76_4C4C_A7A4_4410, 0x8BAB_8EEF_B640_9C1A,
    0xD01F_EF10_A657_842C, 0x9B10_A4E5_E991_3129, 0xE710_9BFB_A19C_0C9D, 0xAC28_20D9_623B_F429,
    0x8044_4B5E_7AA7_CF85, 0xBF21_E440_03AC_DD2D, 0x8E67_9C2F_5E44_FF8F, 0xD433_179D_9C8C_B841,
    0x9E19_DB92_B4E3_1BA9, 0xEB96_BF6E_BADF_77D9, 0xAF87_023B_9BF0_EE6B,
  ]
}
