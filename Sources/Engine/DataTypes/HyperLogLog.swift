/// How many different elements were added to a set, estimated from 16384 registers of six bits: a string in Redis's
/// format, byte for byte.
///
///      0…3      4          5…7      8…15                              16…
///     +--------+----------+--------+---------------------------------+----------------
///     | "HYLL" | encoding | zeros  | cardinality when last estimated | registers …
///     +--------+----------+--------+---------------------------------+----------------
///
/// The top bit of byte 15 says that the cardinality is out of date. Dense registers lie side by side, least significant
/// bit first (12288 bytes); sparse ones are runs:
///
///     00xxxxxx            x+1 registers of 0
///     01xxxxxx yyyyyyyy   xy+1 registers of 0
///     1vvvvvxx            x+1 registers of v+1
///
/// Source: Redis's hyperloglog.c; the hash is MurmurHash2 (64 bits, A) with Redis's seed; the estimator is O. Ertl,
/// "New cardinality estimation algorithms for HyperLogLog sketches", arXiv:1702.01284.
enum HyperLogLog {
  static let registerCount = 1 << indexBits
  /// Bits of a hash that choose its register.
  private static let indexBits = 14
  /// Bits of a hash that remain for the rank.
  static let rankBits = 64 - indexBits
  static let headerBytes = 16
  static let denseBytes = headerBytes + registerCount * 6 / 8
  /// Of the element hash.
  private static let seed: UInt64 = 0xadc8_3b19

  enum Encoding: UInt8 {
    case dense = 0
    case sparse = 1
  }

  /// Runs that do not add up to the registers there are.
  struct Corruption: Error {}

  /// How the registers are kept, or nil where the bytes are no HyperLogLog.
  static func encoding(of bytes: Bytes) -> Encoding? {
    guard bytes.count >= headerBytes, bytes[0..<4] == Bytes("HYLL"), let encoding = Encoding(rawValue: bytes[4]),
      encoding == .sparse || bytes.count == denseBytes
    else { return nil }
    return encoding
  }

  /// A sparse one of which all registers are 0.
  static var empty: [UInt8] {
    Array("HYLL".utf8) + [Encoding.sparse.rawValue] + [UInt8](repeating: 0, count: headerBytes - 5) + [0x7F, 0xFF]
  }

  // MARK: Elements

  /// The register of an element, and the place of the first one in the rest of its hash, counted from 1.
  static func place(of element: Bytes) -> (register: Int, rank: UInt8) {
    let hash = murmurHash(element)
    let rest = hash >> UInt64(indexBits) | 1 << UInt64(rankBits)
    return (Int(hash & UInt64(registerCount - 1)), UInt8(rest.trailingZeroBitCount + 1))
  }

  static func murmurHash(_ bytes: Bytes) -> UInt64 {
    let multiplier: UInt64 = 0xc6a4_a793_5bd1_e995
    var hash = seed ^ UInt64(bytes.count) &* multiplier
    var index = 0
    while index + 8 <= bytes.count {
      var word = bytes.load(littleEndianAt: index, as: UInt64.self) &* multiplier
      word ^= word >> 47
      hash = (hash ^ word &* multiplier) &* multiplier
      index += 8
    }
    if index < bytes.count {
      var word: UInt64 = 0
      for last in (index..<bytes.count).reversed() { word = word << 8 | UInt64(bytes[last]) }
      hash = (hash ^ word) &* multiplier
    }
    hash = (hash ^ hash >> 47) &* multiplier
    return hash ^ hash >> 47
  }

  // MARK: Registers

  /// A register of a dense one.
  static func denseRegister(_ index: Int, in bytes: Bytes) -> UInt8 {
    let first = headerBytes + (index * 6) >> 3
    let high = first + 1 < bytes.count ? UInt16(bytes[first + 1]) : 0
    return UInt8((high << 8 | UInt16(bytes[first])) >> UInt16(index * 6 & 7) & 63)
  }

  /// What the two bytes that hold register `index`, from `first` on, become when it is set.
  static func denseBytes(_ index: Int, setTo rank: UInt8, _ low: UInt8, _ high: UInt8) -> (low: UInt8, high: UInt8) {
    let shift = UInt16(index * 6 & 7)
    let word = (UInt16(high) << 8 | UInt16(low)) & ~(63 << shift) | UInt16(rank & 63) << shift
    return (UInt8(truncatingIfNeeded: word), UInt8(truncatingIfNeeded: word >> 8))
  }

  /// Where the bytes of a dense register begin.
  static func denseOffset(_ index: Int) -> Int { headerBytes + (index * 6) >> 3 }

  /// Raises each of `registers` to what it is in a valid one of either encoding.
  static func merge(_ bytes: Bytes, into registers: inout [UInt8]) throws(Corruption) {
    guard encoding(of: bytes) == .sparse else {
      for index in 0..<registerCount { registers[index] = max(registers[index], denseRegister(index, in: bytes)) }
      return
    }
    var index = 0
    var position = headerBytes
    while position < bytes.count {
      let run = Run(bytes, at: position)
      if run.value > 0 {
        if index + run.length > registerCount { throw Corruption() }
        for register in index..<index + run.length { registers[register] = max(registers[register], run.value) }
      }
      index += run.length
      position += run.byteCount
    }
    guard index == registerCount else { throw Corruption() }
  }

  /// A run of equal registers in a sparse one.
  struct Run {
    var value: UInt8
    var length: Int
    /// 2 for a long run of zeros.
    var byteCount: Int

    init(_ bytes: Bytes, at position: Int) {
      let byte = bytes[position]
      value = byte & 0x80 == 0 ? 0 : byte >> 2 & 31 + 1
      byteCount = byte & 0xC0 == 0x40 ? 2 : 1
      if byte & 0x80 != 0 {
        length = Int(byte & 3) + 1
      } else if byteCount == 1 {
        length = Int(byte) + 1
      } else {
        let low = position + 1 < bytes.count ? bytes[position + 1] : 0
        length = Int(byte & 63) << 8 + Int(low) + 1
      }
    }

    static let maximumValue: UInt8 = 32
    static let maximumLength = 4
    static let maximumShortZeros = 64

    /// A run of up to `maximumLength` registers above 0.
    static func byte(value: UInt8, length: Int) -> UInt8 { 0x80 | (value - 1) << 2 | UInt8(length - 1) }

    /// A run of zeros.
    static func zeros(_ length: Int) -> [UInt8] {
      if length <= maximumShortZeros { return [UInt8(length - 1)] }
      return [0x40 | UInt8((length - 1) >> 8), UInt8(truncatingIfNeeded: length - 1)]
    }
  }
}
