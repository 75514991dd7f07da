/// The commands of the group `bitmap`: strings as rows of bits, bit 0 being the most significant of byte 0.
enum BitmapCommands {
  static let list: [any Command.Type] = [
    BitCount.self, BitField.self, BitFieldReadOnly.self, BitOp.self, BitPos.self, GetBit.self, SetBit.self,
  ]
}

extension Call {
  /// Argument `index` as the offset of a bit.
  /// - Parameter width: where given, `#n` means the n-th field of so many bits.
  /// - Throws: where it is negative, or behind what a string may have. The primary's word is taken.
  func bitOffset(at index: Int, fieldWidth width: Int? = nil) throws(CommandError) -> Int {
    var word = arguments[index]
    var factor: Int64 = 1
    if let width, word.count > 0, word[0] == UInt8(ascii: "#") {
      word = word.dropFirst(1)
      factor = Int64(width)
    }
    // Wraps around as Redis's does.
    guard let number = word.parseInt64(), case let offset = number &* factor, offset >= 0,
      isFromPrimary || offset >> 3 < Int64(configuration.protoMaxBulkLen)
    else { throw .text("ERR bit offset is not an integer or out of range") }
    return Int(offset)
  }
}
