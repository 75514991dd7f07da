import Testing

@testable import Engine

@Suite struct ChecksumTests {
  private func hex(_ text: String, _ digest: (Bytes) -> [UInt8]) -> String {
    String(decoding: Array(text.utf8).withBytes(digest), as: UTF8.self)
  }

  @Test func publishedValues() {
    #expect(CRC16.checksum(Bytes("123456789")) == 0x31C3)
    #expect(CRC64.update(0, with: Bytes("123456789")) == 0xE9C6_D914_C4B8_D9CA)
    #expect(hex("abc", SHA1.hexadecimal) == "a9993e364706816aba3e25717850c26c9cd0d89d")
    #expect(hex("", SHA1.hexadecimal) == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
    #expect(hex("return 1", SHA1.hexadecimal) == "e0e1f9fabfc9d4800c877a703b823ac0578ff8db")
    #expect(
      hex("abc", SHA256.hexadecimal) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(hex("", SHA256.hexadecimal) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    let millionTimesA = String(repeating: "a", count: 1_000_000)
    #expect(hex(millionTimesA, SHA1.hexadecimal) == "34aa973cd4c4daa4f61eeb2bdbad27316534016f")
    #expect(
      hex(millionTimesA, SHA256.hexadecimal) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func crc64IsTheSameInPieces() {
    var random = RandomGenerator(seed: 7)
    let bytes = (0..<300).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    bytes.withBytes { all in
      let whole = CRC64.update(0, with: all)
      for cut in 0...all.count {
        #expect(CRC64.update(CRC64.update(0, with: all[0..<cut]), with: all.dropFirst(cut)) == whole)
      }
    }
  }

  @Test func slotsFollowTheHashTag() {
    func slot(_ key: StaticString) -> Int { CRC16.slot(ofKey: Bytes(key)) }
    #expect(slot("foo") == 12182)
    #expect(slot("{user1000}.following") == slot("user1000"))
    #expect(slot("foo{}{bar}") == Int(CRC16.checksum(Bytes("foo{}{bar}")) & 0x3FFF))
    #expect(slot("foo{{bar}}zap") == slot("{bar"))
    #expect(slot("foo{bar}{zap}") == slot("bar"))
    #expect(slot("") == 0)
  }
}
