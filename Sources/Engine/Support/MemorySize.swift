// Sizes of memory as configuration files write them (`memtoull`) and as INFO prints them (`bytesToHuman`).

extension Bytes {
  /// The size in bytes these bytes are the text of: digits and a unit in any case, `b` or none, `k` (1000), `kb`
  /// (1024), and so on with `m`, `mb`, `g`, `gb`. A size too large for 64 bits wraps, as in Redis; no digits is zero.
  ///
  /// - Returns: nil if the unit is unknown, or the digits are out of range.
  public func parseMemorySize() -> UInt64? {
    var digits = 0
    while digits < count, ASCII.isDigit(self[digits]) { digits += 1 }
    let unit = dropFirst(digits)
    let factor: UInt64
    if unit.isEmpty || unit.equalsIgnoringCase("b") {
      factor = 1
    } else if unit.equalsIgnoringCase("k") {
      factor = 1_000
    } else if unit.equalsIgnoringCase("kb") {
      factor = 1 << 10
    } else if unit.equalsIgnoringCase("m") {
      factor = 1_000_000
    } else if unit.equalsIgnoringCase("mb") {
      factor = 1 << 20
    } else if unit.equalsIgnoringCase("g") {
      factor = 1_000_000_000
    } else if unit.equalsIgnoringCase("gb") {
      factor = 1 << 30
    } else {
      return nil
    }
    guard digits < 128 else { return nil }
    var value: UInt64 = 0
    for index in 0..<digits {
      let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, tooLargeStill) = product.addingReportingOverflow(UInt64(self[index] - UInt8(ascii: "0")))
      // C's strtoull stops at the largest number.
      value = tooLarge || tooLargeStill || value == .max ? .max : sum
    }
    return value &* factor
  }
}

extension ByteBuffer {
  /// Appends `size` bytes as INFO's `_human` fields do: `512B`, `1.50K`, `2.00M`, and so on to `P`.
  public mutating func append(humanSize size: UInt64) {
    let units: StaticString = "KMGTP"
    guard size >= 1024, size < 1 << 60 else {
      append(decimal: size)
      return append(UInt8(ascii: "B"))
    }
    let power = (63 - size.leadingZeroBitCount) / 10
    append(double: Double(size) / Double(1 << (power * 10)), decimals: 2)
    append(Bytes(units)[power - 1])
  }
}
