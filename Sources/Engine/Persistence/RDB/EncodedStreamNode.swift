/// A stream's node as bytes from elsewhere, looked at before it is made one.
struct EncodedStreamNode {
  /// Entries that are there.
  private(set) var count = 0
  /// The ids of the first and last entry, deleted ones included.
  private(set) var firstID: StreamID?
  private(set) var lastID: StreamID?

  /// The integers and strings of the node, one after the other.
  private struct Walk {
    let bytes: Bytes
    var position = Listpack.headerBytes

    var isAtEnd: Bool { position >= bytes.count - 1 }

    /// - Returns: whether there was an element.
    mutating func skip() -> Bool {
      guard !isAtEnd, let head = ListpackElementHead(bytes, at: position) else { return false }
      position += head.encodedCount + ListpackElement.backLengthCount(head.encodedCount)
      return true
    }

    mutating func skip(_ count: Int64) -> Bool {
      for _ in 0..<max(count, 0) where !skip() { return false }
      return true
    }

    mutating func integer() -> Int64? {
      guard !isAtEnd, let head = ListpackElementHead(bytes, at: position),
        case .integer(let value) = head.value(in: bytes, at: position)
      else { return nil }
      position += head.encodedCount + ListpackElement.backLengthCount(head.encodedCount)
      return value
    }

    /// A number of elements.
    mutating func count() -> Int64? {
      guard let value = integer(), value >= 0, value <= Int64(bytes.count) else { return nil }
      return value
    }
  }

  /// - Parameter id: the node's own, which its entries' count from.
  /// - Returns: nil where `bytes` are no node, or ids do not ascend.
  init?(_ bytes: Bytes, id: StreamID) {
    guard Listpack.isValid(bytes, isDeep: true) else { return nil }
    var walk = Walk(bytes: bytes)
    guard let there = walk.count(), let gone = walk.count(), let fields = walk.count(), walk.skip(fields),
      walk.integer() == 0
    else { return nil }
    var deleted: Int64 = 0
    for _ in 0..<there + gone {
      guard let entry = Self.readEntry(&walk, masterFields: fields) else { return nil }
      if entry.isDeleted { deleted += 1 }
      let entryID = StreamID(
        milliseconds: id.milliseconds &+ UInt64(bitPattern: entry.milliseconds),
        sequence: id.sequence &+ UInt64(bitPattern: entry.sequence))
      guard id <= entryID, lastID.map({ $0 < entryID }) ?? true else { return nil }
      firstID = firstID ?? entryID
      lastID = entryID
    }
    guard walk.isAtEnd, deleted == gone else { return nil }
    count = Int(there)
  }

  /// Reads one entry: flags, the two parts of its id, fields and values, and how many elements that were.
  private static func readEntry(
    _ walk: inout Walk, masterFields: Int64
  ) -> (isDeleted: Bool, milliseconds: Int64, sequence: Int64)? {
    guard let flags = walk.integer(), let milliseconds = walk.integer(), let sequence = walk.integer() else {
      return nil
    }
    var elements = masterFields + 3
    if flags & StreamNode.Flags.sameFields != 0 {
      guard walk.skip(masterFields) else { return nil }
    } else {
      guard let fields = walk.count(), walk.skip(fields * 2) else { return nil }
      elements = fields * 2 + 4
    }
    guard walk.integer() == elements else { return nil }
    return (flags & StreamNode.Flags.deleted != 0, milliseconds, sequence)
  }
}
