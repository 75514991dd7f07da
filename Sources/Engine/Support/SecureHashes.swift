/// SHA-1 (FIPS 180-4): the name of a script.
public enum SHA1 {
  /// The digest, as five words.
  public static func digest(_ bytes: Bytes) -> [UInt32] {
    var state: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0]
    var schedule = [UInt32](repeating: 0, count: 80)
    MessageBlocks.forEach(of: bytes) { block in
      for index in 0..<16 { schedule[index] = block.load(bigEndianAt: index * 4, as: UInt32.self) }
      for index in 16..<80 {
        let word = schedule[index - 3] ^ schedule[index - 8] ^ schedule[index - 14] ^ schedule[index - 16]
        schedule[index] = word.rotated(left: 1)
      }
      mix(&state, schedule)
    }
    return state
  }

  private static func mix(_ state: inout [UInt32], _ schedule: [UInt32]) {
    var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
    for round in 0..<80 {
      let (choice, constant): (UInt32, UInt32) =
        switch round / 20 {
        case 0: (b & c | ~b & d, 0x5A82_7999)
        case 1: (b ^ c ^ d, 0x6ED9_EBA1)
        case 2: (b & c | b & d | c & d, 0x8F1B_BCDC)
        default: (b ^ c ^ d, 0xCA62_C1D6)
        }
      let next = a.rotated(left: 5) &+ choice &+ e &+ constant &+ schedule[round]
      (a, b, c, d, e) = (next, a, b.rotated(left: 30), c, d)
    }
    for (index, word) in [a, b, c, d, e].enumerated() { state[index] &+= word }
  }

  /// The digest as 40 lower-case hexadecimal digits.
  public static func hexadecimal(_ bytes: Bytes) -> [UInt8] { hexadecimalText(digest(bytes)) }
}

/// SHA-256 (FIPS 180-4): how ACL keeps passwords.
public enum SHA256 {
  /// The digest, as eight words.
  public static func digest(_ bytes: Bytes) -> [UInt32] {
    var state: [UInt32] = [
      0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19,
    ]
    var schedule = [UInt32](repeating: 0, count: 64)
    MessageBlocks.forEach(of: bytes) { block in
      for index in 0..<16 { schedule[index] = block.load(bigEndianAt: index * 4, as: UInt32.self) }
      for index in 16..<64 {
        let (near, far) = (schedule[index - 2], schedule[index - 15])
        let nearMix = near.rotated(left: 15) ^ near.rotated(left: 13) ^ near >> 10
        let farMix = far.rotated(left: 25) ^ far.rotated(left: 14) ^ far >> 3
        schedule[index] = schedule[index - 16] &+ farMix &+ schedule[index - 7] &+ nearMix
      }
      mix(&state, schedule)
    }
    return state
  }

  private static func mix(_ state: inout [UInt32], _ schedule: [UInt32]) {
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    for round in 0..<64 {
      let eMix = e.rotated(left: 26) ^ e.rotated(left: 21) ^ e.rotated(left: 7)
      let first = h &+ eMix &+ (e & f ^ ~e & g) &+ constants[round] &+ schedule[round]
      let aMix = a.rotated(left: 30) ^ a.rotated(left: 19) ^ a.rotated(left: 10)
      let second = aMix &+ (a & b ^ a & c ^ b & c)
      (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
    }
    for (index, word) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= word }
  }

  /// The digest as 64 lower-case hexadecimal digits.
  public static func hexadecimal(_ bytes: Bytes) -> [UInt8] { hexadecimalText(digest(bytes)) }

  /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
  private static let constants: [UInt32] = [
    0x428A_2F98, 0x7137_4491, 0xB5C0_FBCF, 0xE9B5_DBA5, 0x3956_C25B, 0x59F1_11F1, 0x923F_82A4, 0xAB1C_5ED5,
    0xD807_AA98, 0x1283_5B01, 0x2431_85BE, 0x550C_7DC3, 0x72BE_5D74, 0x80DE_B1FE, 0x9BDC_06A7, 0xC19B_F174,
    0xE49B_69C1, 0xEFBE_4786, 0x0FC1_9DC6, 0x240C_A1CC, 0x2DE9_2C6F, 0x4A74_84AA, 0x5CB0_A9DC, 0x76F9_88DA,
    0x983E_5152, 0xA831_C66D, 0xB003_27C8, 0xBF59_7FC7, 0xC6E0_0BF3, 0xD5A7_9147, 0x06CA_6351, 0x1429_2967,
    0x27B7_0A85, 0x2E1B_2138, 0x4D2C_6DFC, 0x5338_0D13, 0x650A_7354, 0x766A_0ABB, 0x81C2_C92E, 0x9272_2C85,
    0xA2BF_E8A1, 0xA81A_664B, 0xC24B_8B70, 0xC76C_51A3, 0xD192_E819, 0xD699_0624, 0xF40E_3585, 0x106A_A070,
    0x19A4_C116, 0x1E37_6C08, 0x2748_774C, 0x34B0_BCB5, 0x391C_0CB3, 0x4ED8_AA4A, 0x5B9C_CA4F, 0x682E_6FF3,
    0x748F_82EE, 0x78A5_636F, 0x84C8_7814, 0x8CC7_0208, 0x90BE_FFFA, 0xA450_6CEB, 0xBEF9_A3F7, 0xC671_78F2,
  ]
}

/// The message cut into blocks of 64 bytes: its own, then 0x80, zeros, and its length in bits.
private enum MessageBlocks {
  static func forEach(of message: Bytes, _ body: (Bytes) -> Void) {
    let whole = message.count / 64 * 64
    for start in stride(from: 0, to: whole, by: 64) { body(message[start..<start + 64]) }
    var tail = ByteBuffer(capacity: 128)
    tail.append(message.dropFirst(whole))
    tail.append(0x80)
    tail.append(repeating: 0, count: (tail.count <= 56 ? 56 : 120) - tail.count)
    tail.append(bigEndian: UInt64(message.count) &* 8)
    for start in stride(from: 0, to: tail.count, by: 64) { body(tail.bytes[start..<start + 64]) }
  }
}

private func hexadecimalText(_ words: [UInt32]) -> [UInt8] {
  var text: [UInt8] = []
  text.reserveCapacity(words.count * 8)
  for word in words {
    for shift in stride(from: UInt32(28), through: 0, by: -4) {
      text.append(ASCII.hexadecimalDigit(UInt8(word >> shift & 15)))
    }
  }
  return text
}

extension UInt32 {
  @inline(__always)
  fileprivate func rotated(left amount: UInt32) -> UInt32 { self << amount | self >> (32 - amount) }
}
