/// CRC-16 with the polynomial 0x1021, begun at zero, bits not reflected (XMODEM): the hash of cluster slots.
@safe
public enum CRC16 {
  // Filled once on first use, never changed, never freed.
  private nonisolated(unsafe) static let table: UnsafePointer<UInt16> = {
    let table = UnsafeMutablePointer<UInt16>.allocate(capacity: 256)
    for byte in 0..<256 {
      var crc = UInt16(byte) << 8
      for _ in 0..<8 { crc = crc & 0x8000 != 0 ? crc << 1 ^ 0x1021 : crc << 1 }
      unsafe (table + byte).initialize(to: crc)
    }
    return unsafe UnsafePointer(table)
  }()

  public static func checksum(_ bytes: Bytes) -> UInt16 {
    let table = unsafe self.table
    var crc: UInt16 = 0
    // The index is a byte, and the table has an entry for each.
    for index in 0..<bytes.count { crc = unsafe crc << 8 ^ table[Int(UInt8(crc >> 8) ^ bytes[index])] }
    return crc
  }

  /// The cluster slot of `key`, 0 to 16383: of what stands between the first `{` and the next `}` if that is not
  /// empty, else of the whole key.
  public static func slot(ofKey key: Bytes) -> Int {
    var hashed = key
    if let open = key.firstIndex(of: UInt8(ascii: "{")) {
      let rest = key.dropFirst(open + 1)
      if let length = rest.firstIndex(of: UInt8(ascii: "}")), length > 0 { hashed = rest[0..<length] }
    }
    return Int(checksum(hashed) & 0x3FFF)
  }
}

/// CRC-64 with Jones's polynomial 0xad93d23594c935a9, bits reflected, begun at zero: the trailer of RDB files and DUMP.
@safe
public enum CRC64 {
  // Eight tables of 256: table k takes a byte that is followed by k others. Filled once on first use (16 KiB),
  // never changed, never freed.
  private nonisolated(unsafe) static let tables: UnsafePointer<UInt64> = {
    let tables = UnsafeMutablePointer<UInt64>.allocate(capacity: 8 * 256)
    for byte in 0..<256 {
      var crc = UInt64(byte)
      for _ in 0..<8 { crc = crc & 1 != 0 ? crc >> 1 ^ 0x95AC_9329_AC4B_C9B5 : crc >> 1 }
      unsafe (tables + byte).initialize(to: crc)
    }
    for index in 256..<8 * 256 {
      let shorter = unsafe tables[index - 256]
      unsafe (tables + index).initialize(to: shorter >> 8 ^ tables[Int(shorter & 0xFF)])
    }
    return unsafe UnsafePointer(tables)
  }()

  /// The checksum of what `checksum` was of, followed by `bytes`. Begin with zero.
  public static func update(_ checksum: UInt64, with bytes: Bytes) -> UInt64 {
    let tables = unsafe self.tables
    var crc = checksum
    var offset = 0
    while bytes.count - offset >= 8 {
      let word = crc ^ bytes.load(littleEndianAt: offset, as: UInt64.self)
      // Every index is a byte, plus the beginning of one of the eight tables.
      crc =
        unsafe tables[7 * 256 + Int(word & 0xFF)] ^ tables[6 * 256 + Int(word >> 8 & 0xFF)]
        ^ tables[5 * 256 + Int(word >> 16 & 0xFF)] ^ tables[4 * 256 + Int(word >> 24 & 0xFF)]
      crc =
        unsafe crc ^ tables[3 * 256 + Int(word >> 32 & 0xFF)] ^ tables[2 * 256 + Int(word >> 40 & 0xFF)]
        ^ tables[256 + Int(word >> 48 & 0xFF)] ^ tables[Int(word >> 56)]
      offset += 8
    }
    while offset < bytes.count {
      crc = unsafe crc >> 8 ^ tables[Int(UInt8(truncatingIfNeeded: crc) ^ bytes[offset])]
      offset += 1
    }
    return crc
  }
}

extension Bytes {
  /// Where `byte` first stands; nil if nowhere.
  public func firstIndex(of byte: UInt8) -> Int? {
    for index in 0..<count where self[index] == byte { return index }
    return nil
  }
}
