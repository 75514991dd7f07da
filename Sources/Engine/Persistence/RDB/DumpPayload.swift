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
  /// - Parameters:
  ///   - content: what `content` gave for `payload`.
  ///   - scratch: what a packed string unpacks into: the value is good until it changes.
  /// - Throws: where there is no sound value, or one that holds nothing: Redis then replies `Bad data format`.
  static func value(
    _ content: Bytes, of payload: Bytes, _ policy: LoadPolicy, scratch: inout RDBScratch
  ) throws(RDBError) -> LoadedValue {
    var cursor = RDBCursor(content)
    do throws(RDBCursor.Stop) {
      return try value(&cursor, dialect(of: payload) ?? .redis, policy, &scratch)
    } catch {
      switch error {
      case .short: throw RDBError(offset: cursor.position, reason: .truncated)
      case .corrupt(let reason): throw RDBError(offset: cursor.position, reason: reason)
      }
    }
  }

  private static func value(
    _ cursor: inout RDBCursor, _ dialect: RDBDialect, _ policy: LoadPolicy, _ scratch: inout RDBScratch
  ) throws(RDBCursor.Stop) -> LoadedValue {
    let number = try cursor.byte()
    guard let type = RDBType(rawValue: number) else { throw .corrupt(.unknownType(number)) }
    if type == .string {
      let string = try cursor.string(into: &scratch.first)
      guard cursor.isAtEnd else { throw .corrupt(.badValue(type, .unsound)) }
      return .string(string)
    }
    guard var builder = ValueBuilder(type, dialect, policy) else { throw .corrupt(.unsupportedType(type)) }
    do throws(RDBCursor.Stop) {
      let isComplete = try builder.read(&cursor, &scratch)
      guard isComplete else { throw .short(cursor.position + 1) }
      guard cursor.isAtEnd else { throw .corrupt(.badValue(type, .unsound)) }
    } catch {
      builder.abandon()
      throw error
    }
    let value = builder.finish()
    if case .empty = value { throw .corrupt(.badValue(type, .empty)) }
    return value
  }
}
