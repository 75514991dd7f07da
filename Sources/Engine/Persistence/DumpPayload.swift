// What DUMP gives and RESTORE takes: type byte and value as in a snapshot, then a footer.
//
//     type | value | version, 2 bytes | CRC-64 of all before it, 8 bytes      both little-endian

/// The footer of a DUMP payload.
public enum DumpPayload {
  private static let footerCount = 10

  /// Appends the footer to a buffer that holds type and value, and nothing else.
  public static func appendFooter(to payload: inout ByteBuffer) {
    payload.append(littleEndian: UInt16(RDBVersion.written))
    payload.append(littleEndian: CRC64.update(0, with: payload.bytes))
  }

  /// The type and value within `payload`.
  ///
  /// - Returns: nil if it is too short, of a newer version, or its checksum is wrong: Redis then replies
  ///   `DUMP payload version or checksum are wrong`.
  public static func content(of payload: Bytes) -> Bytes? {
    guard payload.count >= footerCount else { return nil }
    let content = payload.count - footerCount
    guard payload.load(littleEndianAt: content, as: UInt16.self) <= RDBVersion.readable.upperBound else { return nil }
    let stored = payload.load(littleEndianAt: content + 2, as: UInt64.self)
    return stored == CRC64.update(0, with: payload[0..<content + 2]) ? payload[0..<content] : nil
  }
}
