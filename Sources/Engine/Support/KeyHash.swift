/// The keyed hash of the keyspace's tables.
///
/// A folded multiply: two words are multiplied to 128 bits and the halves of the product combined, which spreads
/// every input bit over the result in one multiplication. The 128-bit secret, chosen anew by every process, keeps a
/// client from preparing keys that collide. Not for anything that leaves the process.
@safe
public struct KeyHash: Sendable, Equatable {
  private let first: UInt64
  private let second: UInt64
  private let third: UInt64
  private let fourth: UInt64

  /// - Parameters:
  ///   - low: half of the secret.
  ///   - high: the other half.
  public init(secret low: UInt64, _ high: UInt64) {
    // Four words that are never all zero bits, whatever the secret; even zero is a usable one.
    var generator = RandomGenerator(seed: low ^ KeyHash.fold(high ^ 0x9E37_79B9_7F4A_7C15, 0xD1B5_4A32_D192_ED03))
    first = generator.next()
    second = generator.next() ^ high
    third = generator.next() ^ low
    fourth = generator.next()
  }

  @inline(__always)
  private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }

  /// The hash of `bytes`. Up to 16 bytes take two multiplications; then about one for every 16 bytes.
  @inline(__always)
  public func callAsFunction(_ bytes: Bytes) -> UInt64 {
    let count = bytes.count
    var low: UInt64
    var high: UInt64
    var state = first
    if count <= 16 {
      // The two words cover every byte, overlapping where there are fewer than 16.
      if count >= 8 {
        low = bytes.load(littleEndianAt: 0, as: UInt64.self)
        high = bytes.load(littleEndianAt: count &- 8, as: UInt64.self)
      } else if count >= 4 {
        low = UInt64(bytes.load(littleEndianAt: 0, as: UInt32.self))
        high = UInt64(bytes.load(littleEndianAt: count &- 4, as: UInt32.self))
      } else if count > 0 {
        low = UInt64(bytes[0]) << 16 | UInt64(bytes[count >> 1]) << 8 | UInt64(bytes[count &- 1])
        high = 0
      } else {
        (low, high) = (0, 0)
      }
    } else {
      state = absorb(bytes)
      low = bytes.load(littleEndianAt: count &- 16, as: UInt64.self)
      high = bytes.load(littleEndianAt: count &- 8, as: UInt64.self)
    }
    let product = (low ^ second).multipliedFullWidth(by: high ^ state)
    return KeyHash.fold(product.low ^ third ^ UInt64(truncatingIfNeeded: count), product.high ^ fourth)
  }

  /// Takes in all but the last 16 bytes, in pieces of 16; three lanes side by side while 48 bytes are left.
  private func absorb(_ bytes: Bytes) -> UInt64 {
    func piece(_ offset: Int, _ key: UInt64, _ state: UInt64) -> UInt64 {
      KeyHash.fold(
        bytes.load(littleEndianAt: offset, as: UInt64.self) ^ key,
        bytes.load(littleEndianAt: offset &+ 8, as: UInt64.self) ^ state)
    }
    var lanes = (first, fourth, third)
    var offset = 0
    while bytes.count &- offset > 48 {
      lanes.0 = piece(offset, second, lanes.0)
      lanes.1 = piece(offset &+ 16, third, lanes.1)
      lanes.2 = piece(offset &+ 32, fourth, lanes.2)
      offset &+= 48
    }
    var state = lanes.0 ^ lanes.1 &* 0x9E37_79B9_7F4A_7C15 ^ lanes.2 &* 0xD1B5_4A32_D192_ED03
    while bytes.count &- offset > 16 {
      state = piece(offset, second, state)
      offset &+= 16
    }
    return state
  }
}
