/// Builds a stream: its nodes, what there is to know of it, then its groups, each with what is pending in it and with
/// its consumers, each with the ids of what is pending for it.
struct StreamBuilder: CollectionBuilder {
  private enum Stage {
    case nodeCount
    case nodes(left: UInt64)
    case summary
    case groups(left: UInt64)
    case pending(StreamGroup, left: UInt64, groups: UInt64)
    case consumerCount(StreamGroup, groups: UInt64)
    case consumers(StreamGroup, left: UInt64, groups: UInt64)
    case consumerPending(StreamGroup, StreamConsumer, left: UInt64, consumers: UInt64, groups: UInt64)
  }

  private let type: RDBType
  private let stream = StreamValue.make()
  private var stage = Stage.nodeCount
  /// The greatest id met so far, and entries that are there.
  private var lastID: StreamID?
  private var count = 0

  init(_ type: RDBType) { self.type = type }

  var value: LoadedValue { .stream(stream) }

  mutating func readPart(_ cursor: inout RDBCursor, _ scratch: inout RDBScratch) throws(RDBCursor.Stop) -> Bool {
    switch stage {
    case .nodeCount:
      let nodes = try cursor.length()
      stage = nodes == 0 ? .summary : .nodes(left: nodes)
    case .nodes(let left):
      try readNode(&cursor, &scratch)
      stage = left == 1 ? .summary : .nodes(left: left - 1)
    case .summary:
      let groups = try readSummary(&cursor)
      stage = .groups(left: groups)
      return groups == 0
    case .groups(let left): try readGroup(&cursor, &scratch, left)
    case .pending(let group, let left, let groups):
      try readPending(&cursor, group)
      stage = left == 1 ? .consumerCount(group, groups: groups) : .pending(group, left: left - 1, groups: groups)
    case .consumerCount(let group, let groups):
      return try finish(group, consumersLeft: try cursor.length(), groups)
    case .consumers(let group, let left, let groups):
      let (consumer, pending) = try readConsumer(&cursor, &scratch, group)
      guard pending > 0 else { return try finish(group, consumersLeft: left - 1, groups) }
      stage = .consumerPending(group, consumer, left: pending, consumers: left, groups: groups)
    case .consumerPending(let group, let consumer, let left, let consumers, let groups):
      try readOwner(&cursor, group, consumer)
      guard left == 1 else {
        stage = .consumerPending(group, consumer, left: left - 1, consumers: consumers, groups: groups)
        return false
      }
      return try finish(group, consumersLeft: consumers - 1, groups)
    }
    return false
  }

  private func unsound(_ fault: ValueFault = .unsound) -> RDBCursor.Stop { .corrupt(.badValue(type, fault)) }

  // MARK: Entries

  private mutating func readNode(_ cursor: inout RDBCursor, _ scratch: inout RDBScratch) throws(RDBCursor.Stop) {
    let key = try cursor.string(into: &scratch.first)
    let bytes = try cursor.string(into: &scratch.second)
    guard key.count == 16 else { throw unsound() }
    let id = StreamID(
      milliseconds: key.load(bigEndianAt: 0, as: UInt64.self), sequence: key.load(bigEndianAt: 8, as: UInt64.self))
    guard let node = EncodedStreamNode(bytes, id: id) else { throw unsound() }
    if let lastID {
      guard lastID < id, lastID < node.firstID ?? .maximum else { throw unsound(.inconsistent) }
    }
    lastID = node.lastID ?? id
    // Redis lets no node stay of which all entries are gone.
    guard node.count > 0 else { return }
    let listpack = Listpack.make(bytes)
    guard stream.insertNode(StreamNode(id: id, listpack: listpack)) else {
      listpack.free()
      throw unsound(.duplicate)
    }
    count += node.count
  }

  /// - Returns: how many groups follow.
  private mutating func readSummary(_ cursor: inout RDBCursor) throws(RDBCursor.Stop) -> UInt64 {
    let length = try cursor.length()
    let last = try readID(&cursor)
    var deleted = StreamID.zero
    var added = length
    if type != .streamListpacks {
      // The least id is found again below.
      _ = try readID(&cursor)
      deleted = try readID(&cursor)
      added = try cursor.length()
    }
    let groups = try cursor.length()
    guard length == UInt64(count), lastID ?? .zero <= last else {
      throw unsound(.inconsistent)
    }
    stream.storage.count = count
    stream.storage.lastID = last
    stream.storage.maximumDeletedID = deleted
    // XSETID may set it so high that adding takes it past the end; it goes on from the other one, here and in Redis.
    stream.storage.entriesAdded = Int64(bitPattern: added)
    var entries = stream.entries()
    stream.storage.firstID = count == 0 ? .zero : entries.next()?.id ?? .zero
    return groups
  }

  private func readID(_ cursor: inout RDBCursor) throws(RDBCursor.Stop) -> StreamID {
    StreamID(milliseconds: try cursor.length(), sequence: try cursor.length())
  }

  /// An id as 16 bytes.
  private func readRawID(_ cursor: inout RDBCursor) throws(RDBCursor.Stop) -> StreamID {
    let raw = try cursor.raw(16)
    return StreamID(
      milliseconds: raw.load(bigEndianAt: 0, as: UInt64.self), sequence: raw.load(bigEndianAt: 8, as: UInt64.self))
  }

  /// A moment, brought to where computing with it cannot overflow; before 1970 only -1, for "never".
  private func readMoment(_ cursor: inout RDBCursor) throws(RDBCursor.Stop) -> Int64 {
    min(max(try cursor.integer(littleEndian: Int64.self), -1), 1 << 60)
  }

  // MARK: Groups

  private mutating func readGroup(
    _ cursor: inout RDBCursor, _ scratch: inout RDBScratch, _ left: UInt64
  ) throws(RDBCursor.Stop) {
    let name = try cursor.string(into: &scratch.first)
    let last = try readID(&cursor)
    let read = type == .streamListpacks ? nil : Int64(bitPattern: try cursor.length())
    let pending = try cursor.length()
    if let read, read < StreamGroup.unknownEntriesRead { throw unsound() }
    guard stream.group(name) == nil else { throw unsound(.duplicate) }
    let group = stream.makeGroup(
      name, lastID: last, entriesRead: read ?? stream.entriesEverAdded(upTo: last) ?? StreamGroup.unknownEntriesRead)
    stage =
      pending == 0 ? .consumerCount(group, groups: left) : .pending(group, left: pending, groups: left)
  }

  private func readPending(_ cursor: inout RDBCursor, _ group: StreamGroup) throws(RDBCursor.Stop) {
    let id = try readRawID(&cursor)
    let time = try readMoment(&cursor)
    let count = try cursor.length()
    guard group.pendingEntry(id) == nil else { throw unsound(.duplicate) }
    group.setPending(
      StreamPending(id: id, consumer: nil, deliveryTime: time, deliveryCount: Int64(clamping: count)))
  }

  private func readConsumer(
    _ cursor: inout RDBCursor, _ scratch: inout RDBScratch, _ group: StreamGroup
  ) throws(RDBCursor.Stop) -> (StreamConsumer, pending: UInt64) {
    let name = try cursor.string(into: &scratch.first)
    let seen = try readMoment(&cursor)
    let active = type == .streamListpacks3 ? try readMoment(&cursor) : seen
    let pending = try cursor.length()
    guard group.consumer(name) == nil else { throw unsound(.duplicate) }
    let consumer = group.makeConsumer(name, seenTime: seen)
    consumer.activeTime = active
    return (consumer, pending)
  }

  /// Gives one of the group's pending entries to its consumer.
  private func readOwner(
    _ cursor: inout RDBCursor, _ group: StreamGroup, _ consumer: StreamConsumer
  ) throws(RDBCursor.Stop) {
    let id = try readRawID(&cursor)
    guard var entry = group.pendingEntry(id), entry.consumer == nil else { throw unsound(.inconsistent) }
    entry.consumer = consumer
    group.setPending(entry)
  }

  /// Goes on with the next consumer or group.
  /// - Returns: whether that was the last.
  private mutating func finish(
    _ group: StreamGroup, consumersLeft: UInt64, _ groups: UInt64
  ) throws(RDBCursor.Stop) -> Bool {
    guard consumersLeft == 0 else {
      stage = .consumers(group, left: consumersLeft, groups: groups)
      return false
    }
    // What nobody was given cannot be pending.
    var owned = 0
    group.consumers.forEach { owned += $0.pending.count }
    guard owned == group.pending.count else { throw unsound(.inconsistent) }
    stage = .groups(left: groups - 1)
    return groups == 1
  }
}
