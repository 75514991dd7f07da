/// The commands of the group `hyperloglog`.
enum HyperLogLogCommands {
  static let list: [any Command.Type] = [
    PFAdd.self, PFCount.self, PFDebug.self, PFMerge.self, PFSelfTest.self,
  ]
}

extension CommandError {
  static var notHyperLogLog: CommandError { .text("WRONGTYPE Key is not a valid HyperLogLog string value.") }
  static var corruptHyperLogLog: CommandError { .text("INVALIDOBJ Corrupted HLL object detected") }
}

extension Entry {
  /// The bytes of the HyperLogLog that a string holds, good until it changes.
  /// - Throws: `notHyperLogLog`.
  func hyperLogLog() throws(CommandError) -> Bytes {
    guard case .bytes(let bytes) = string, HyperLogLog.encoding(of: bytes) != nil else { throw .notHyperLogLog }
    return bytes
  }
}

extension Call {
  /// The HyperLogLog at argument `index`.
  /// - Throws: `wrongType`, or `notHyperLogLog`.
  mutating func findHyperLogLog(_ index: Int, for lookup: Lookup) throws(CommandError) -> Entry? {
    guard let entry = try findString(index, for: lookup) else { return nil }
    _ = try entry.hyperLogLog()
    return entry
  }

  /// A copy to work on of what a key holds, or an empty one.
  func editor(_ entry: Entry?) throws(CommandError) -> HyperLogLogEditor {
    let bytes = try entry?.hyperLogLog().array ?? HyperLogLog.empty
    return HyperLogLogEditor(bytes, sparseLimit: configuration.hllSparseMaxBytes)
  }

  /// Puts what was worked on in its place.
  mutating func store(_ editor: HyperLogLogEditor, _ index: Int, existing: Entry?) {
    let hash = hash(index)
    editor.bytes.withBytes { bytes in
      if let existing {
        _ = keyspace[database].rewriteBlock(existing, hash: hash, to: bytes)
      } else {
        _ = keyspace[database].setBlock(
          arguments[index], hash: hash, to: .make(bytes), existing: nil, access: freshAccess)
      }
    }
    if existing == nil { created(index) }
  }
}

extension StringBlock {
  /// Raises a register of a dense one, unless it is as high.
  /// - Returns: whether it rose.
  func raise(_ register: Int, to rank: UInt8) -> Bool {
    let bytes = self.bytes
    guard HyperLogLog.denseRegister(register, in: bytes) < rank else { return false }
    let first = HyperLogLog.denseOffset(register)
    let isLast = first + 1 == bytes.count
    let new = HyperLogLog.denseBytes(register, setTo: rank, bytes[first], isLast ? 0 : bytes[first + 1])
    overwrite(at: first, with: new.low)
    if !isLast { overwrite(at: first + 1, with: new.high) }
    return true
  }

  /// Writes the cardinality, or marks it as out of date.
  func keep(cardinality: UInt64?) {
    guard let cardinality else { return overwrite(at: 15, with: bytes[15] | 0x80) }
    for index in 0..<8 { overwrite(at: 8 + index, with: UInt8(truncatingIfNeeded: cardinality >> UInt64(index * 8))) }
  }
}
