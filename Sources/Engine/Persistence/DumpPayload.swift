// What DUMP gives and RESTORE takes: type byte and value as in a snapshot, then a footer.
//
//     type | value | version, 2 bytes | CRC-64 of all before it, 8 bytes      both little-endian

/// The footer of a DUMP payload.
enum DumpPayload {
  private static let footerCount = 10

  /// Appends the footer to a buffer that holds type and value, and nothing else.
  static func appendFooter(to payload: inout ByteBuffer, version: Int = RDBVersion.written) {
    payload.append(littleEndian: UInt16(version))
    payload.append(littleEndian: CRC64.update(0, with: payload.bytes))
  }

  /// The type and value within `payload`.
  ///
  /// - Parameter verifiesChecksum: false only for tests (DEBUG SET-SKIP-CHECKSUM-VALIDATION).
  /// - Returns: nil if it is too short, of a newer version, or its checksum is wrong: Redis then replies
  ///   `DUMP payload version or checksum are wrong`.
  static func content(of payload: Bytes, verifiesChecksum: Bool = true) -> Bytes? {
    guard payload.count >= footerCount, dialect(of: payload) != nil else { return nil }
    let content = payload.count - footerCount
    guard verifiesChecksum else { return payload[0..<content] }
    let stored = payload.load(littleEndianAt: content + 2, as: UInt64.self)
    return stored == CRC64.update(0, with: payload[0..<content + 2]) ? payload[0..<content] : nil
  }

  /// Whose payload it is, by its version; nil where that is not known.
  private static func dialect(of payload: Bytes) -> RDBDialect? {
    let version = Int(payload.load(littleEndianAt: payload.count - footerCount, as: UInt16.self))
    if RDBVersion.readableValkey.contains(version) { return .valkey }
    return version <= RDBVersion.readable.upperBound ? .redis : nil
  }

  /// The value in a payload whose footer is right.
  ///
  /// - Parameter scratch: what a packed string unpacks into: the value is good until it changes.
  /// - Returns: nil where there is no sound value, or one that holds nothing: Redis then replies `Bad data format`.
  static func value(
    of payload: Bytes, _ policy: LoadPolicy, verifiesChecksum: Bool, scratch: inout RDBScratch
  ) -> LoadedValue? {
    guard let content = content(of: payload, verifiesChecksum: verifiesChecksum), !content.isEmpty,
      let type = RDBType(rawValue: content[0]), let dialect = dialect(of: payload)
    else { return nil }
    var cursor = RDBCursor(content.dropFirst(1))
    if type == .string {
      guard let string = try? cursor.string(into: &scratch.first), cursor.isAtEnd else { return nil }
      return .string(string)
    }
    guard var builder = ValueBuilder(type, dialect, policy) else { return nil }
    do throws(RDBCursor.Stop) {
      guard try builder.read(&cursor, &scratch), cursor.isAtEnd else {
        builder.abandon()
        return nil
      }
    } catch {
      builder.abandon()
      return nil
    }
    let value = builder.finish()
    if case .empty = value { return nil }
    return value
  }
}
