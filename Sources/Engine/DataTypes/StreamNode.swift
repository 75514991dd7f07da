/// A run of a stream's entries in one listpack.
///
/// Byte for byte as Redis has it (t_stream.c), so that snapshots take nodes whole. The master entry comes first:
///
///     | count | deleted | fields | field 1 | … | field n | 0 |
///
/// where `count` entries are there and `deleted` are marked as gone. Then the entries, each
///
///     | flags | milliseconds | sequence | value 1 | … | value n | elements |                      as the master's fields
///     | flags | milliseconds | sequence | fields | field 1 | value 1 | … | elements |             otherwise
///
/// Ids are differences from the node's own. `elements` says how many elements stand before it, for walking backwards.
struct StreamNode: OrderedTreeElement {
  let id: StreamID
  var listpack: Listpack

  var key: StreamID { id }
  @inline(__always)
  func order(against key: StreamID) -> Int { id.order(against: key) }

  enum Flags {
    static let deleted: Int64 = 1
    static let sameFields: Int64 = 2
  }
}

/// The beginning of a node, read.
struct StreamNodeHead: BitwiseCopyable {
  let id: StreamID
  let listpack: Listpack
  /// Entries that are there.
  let count: Int
  /// Entries marked as gone.
  let deletedCount: Int
  /// Fields of the master entry.
  let fieldCount: Int
  /// Where the first of them is.
  let fieldsPosition: Int

  @inline(__always)
  init(_ node: StreamNode) {
    id = node.id
    listpack = node.listpack
    var position = Listpack.headerBytes
    count = Int(truncatingIfNeeded: listpack.integer(at: &position))
    deletedCount = Int(truncatingIfNeeded: listpack.integer(at: &position))
    fieldCount = Int(truncatingIfNeeded: listpack.integer(at: &position))
    fieldsPosition = position
  }

  /// Where the first entry is, if there is any.
  var entriesPosition: Int {
    var position = fieldsPosition
    for _ in 0...fieldCount { position = listpack.end(of: position) }
    return position
  }

  /// The entry that begins at `position`.
  @inline(__always)
  func entry(at position: Int) -> StreamEntry {
    var next = position
    let flags = listpack.integer(at: &next)
    let milliseconds = listpack.integer(at: &next)
    let sequence = listpack.integer(at: &next)
    let hasSameFields = flags & StreamNode.Flags.sameFields != 0
    let count = hasSameFields ? fieldCount : Int(truncatingIfNeeded: listpack.integer(at: &next))
    return StreamEntry(
      id: StreamID(
        milliseconds: id.milliseconds &+ UInt64(bitPattern: milliseconds),
        sequence: id.sequence &+ UInt64(bitPattern: sequence)),
      listpack: listpack, flags: flags, fieldCount: count, position: position,
      fieldsPosition: hasSameFields ? fieldsPosition : next, valuesPosition: next)
  }

  /// The entry before the one at `position`, or before the node's end; nil before the first.
  func entry(before position: Int) -> StreamEntry? {
    guard var at = listpack.position(before: position) else { return nil }
    var here = at
    let elements = listpack.integer(at: &here)
    // The master entry ends with a zero.
    guard elements > 0 else { return nil }
    for _ in 0..<elements {
      guard let before = listpack.position(before: at) else { return nil }
      at = before
    }
    return entry(at: at)
  }
}

/// An entry as it lies in its node. Good until the node changes.
struct StreamEntry: BitwiseCopyable {
  let id: StreamID
  let listpack: Listpack
  let flags: Int64
  /// Pairs of fields and values.
  let fieldCount: Int
  /// Where the entry begins.
  let position: Int
  fileprivate let fieldsPosition: Int
  fileprivate let valuesPosition: Int

  var isDeleted: Bool { flags & StreamNode.Flags.deleted != 0 }

  fileprivate init(
    id: StreamID, listpack: Listpack, flags: Int64, fieldCount: Int, position: Int, fieldsPosition: Int,
    valuesPosition: Int
  ) {
    self.id = id
    self.listpack = listpack
    self.flags = flags
    self.fieldCount = fieldCount
    self.position = position
    self.fieldsPosition = fieldsPosition
    self.valuesPosition = valuesPosition
  }

  /// Calls `body` with each field and its value.
  @inline(__always)
  func forEachPair(_ body: (_ field: StringValue, _ value: StringValue) -> Void) {
    let hasSameFields = flags & StreamNode.Flags.sameFields != 0
    var field = fieldsPosition
    var value = valuesPosition
    for _ in 0..<fieldCount {
      if !hasSameFields { value = listpack.end(of: field) }
      body(listpack[field], listpack[value])
      value = listpack.end(of: value)
      field = hasSameFields ? listpack.end(of: field) : value
    }
  }

  /// Where the entry ends: where the next one begins, or the node's end.
  var endPosition: Int {
    var position = valuesPosition
    let elements = flags & StreamNode.Flags.sameFields != 0 ? fieldCount : fieldCount * 2
    for _ in 0...elements { position = listpack.end(of: position) }
    return position
  }
}

extension Listpack {
  /// The integer at `position`, which goes on to the next element.
  @inline(__always)
  fileprivate func integer(at position: inout Int) -> Int64 {
    let value = self[position].integer ?? 0
    position = end(of: position)
    return value
  }
}
