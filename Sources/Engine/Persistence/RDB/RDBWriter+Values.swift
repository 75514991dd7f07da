// Values as snapshots and DUMP payloads hold them.

extension RDBType {
  /// How the value of `entry` is written: in version 10's words, but for hashes with fields that expire.
  init(of entry: Entry) {
    switch entry.type {
    case .string: self = .string
    case .list: self = .listQuicklist2
    case .set: self = entry.encoding == .intset ? .setIntset : .set
    case .sortedSet: self = entry.encoding == .listpack ? .sortedSetListpack : .sortedSet2
    case .hash: self = RDBType(of: entry.hash)
    case .stream: self = .streamListpacks2
    case .module: preconditionFailure("a type that is never made")
    }
  }

  /// How a giant is written, element by element.
  init(of giant: Database.Giant) {
    switch giant.shell.type {
    case .string: self = .string
    case .list: self = .listQuicklist2
    case .set: self = .set
    case .sortedSet: self = .sortedSet2
    case .hash: self = giant.earliestExpiry == nil ? .hash : .hashMetadata
    case .stream: self = .streamListpacks2
    case .module: preconditionFailure("a type that is never made")
    }
  }

  private init(of hash: HashValue) {
    switch (hash.encoding, hash.hasExpiringFields) {
    case (.listpack, _): self = .hashListpack
    case (.listpackWithExpiry, true): self = .hashListpackExpiry
    case (_, true): self = .hashMetadata
    default: self = .hash
    }
  }

  /// The oldest version that knows values written so, or that which is written anyway.
  var version: Int {
    switch self {
    case .hashMetadata, .hashListpackExpiry: RDBVersion.writtenWithFieldExpiry
    default: RDBVersion.written
    }
  }
}

extension RDBWriter {
  /// Writes what `entry` holds, without type and key.
  mutating func value(of entry: Entry) {
    switch entry.type {
    case .string: entry.string.withBytes { string($0) }
    case .list: value(entry.list)
    case .set: value(entry.set)
    case .sortedSet: value(entry.sortedSet)
    case .hash: value(entry.hash, as: RDBType(of: entry))
    case .stream: value(entry.stream)
    case .module: preconditionFailure("a type that is never made")
    }
  }

  private mutating func value(_ list: ListValue) {
    length(UInt64(list.nodeCount))
    list.forEachNode { node($0, $1) }
  }

  private mutating func node(_ container: QuicklistNode.Container, _ contents: Bytes) {
    length(UInt64(container.rawValue))
    string(contents)
  }

  private mutating func value(_ set: SetValue) {
    if set.encoding == .intset { return string(set.intset.bytes) }
    length(UInt64(set.count))
    set.forEach { member in
      member.withBytes { string($0) }
      return true
    }
  }

  private mutating func value(_ set: SortedSetValue) {
    if set.encoding == .listpack { return string(set.listpack.bytes) }
    length(UInt64(set.count))
    // From the greatest down, as Redis, whose reader is quicker with members that go to the front.
    set.forEach(in: 0..<set.count, isReversed: true) { member, score in
      member.withBytes { string($0) }
      rawInteger(score.bitPattern)
    }
  }

  private mutating func value(_ hash: HashValue, as type: RDBType) {
    switch type {
    case .hashListpack: return string(hash.listpack.bytes)
    case .hashListpackExpiry:
      rawInteger(UInt64(bitPattern: hash.earliestExpiry))
      return string(hash.listpack.bytes)
    default: break
    }
    // The earliest expiry that is known need not be that of a field that is still there: it is never later.
    let earliest = hash.earliestExpiry
    if type == .hashMetadata { rawInteger(UInt64(bitPattern: earliest)) }
    length(UInt64(hash.count))
    hash.forEach { field, value, expiry in
      if type == .hashMetadata { length(expiry.map { UInt64($0 - earliest + 1) } ?? 0) }
      field.withBytes { string($0) }
      value.withBytes { string($0) }
    }
  }

  // MARK: Giants

  /// Begins a value that is written element by element (`element`).
  /// - Parameter earliest: before which no field of a hash expires; nil where none expires at all.
  mutating func beginElements(count: Int, earliest: Int64?) {
    if let earliest { rawInteger(UInt64(bitPattern: earliest)) }
    length(UInt64(count))
  }

  /// - Parameter earliest: as in `beginElements`.
  mutating func element(_ element: WalkedElement, earliest: Int64? = nil) {
    switch element {
    // Too long to be compressed in one turn.
    case .piece(let piece): rawBytes(piece)
    case .member(let member): string(member)
    case .scored(let member, let score):
      string(member)
      rawInteger(score.bitPattern)
    case .field(let field):
      if let earliest { length(field.expiry.map { UInt64($0 - earliest + 1) } ?? 0) }
      string(field.key)
      string(field.value)
    case .listNode(let node): node.withContents { self.node(node.container, $0) }
    case .streamNode(let node): self.node(node)
    case .stream(let summary): rest(of: summary)
    case .group(let group): begin(group)
    case .pending(let entry, of: _):
      rawID(entry.id)
      rawInteger(UInt64(bitPattern: entry.deliveryTime))
      length(UInt64(bitPattern: entry.deliveryCount))
    case .consumers(let count): length(UInt64(count))
    case .consumer(let consumer, of: _):
      string(consumer.handle.name)
      rawInteger(UInt64(bitPattern: consumer.seenTime))
      length(UInt64(consumer.pendingCount))
    case .owned(let id): rawID(id)
    }
  }

  // MARK: Streams

  private mutating func value(_ stream: StreamValue) {
    let state = stream.storage
    length(UInt64(state.nodes.count))
    state.nodes.forEach { node($0) }
    rest(of: StreamSummary(state))
    state.groups.forEach { self.group($0) }
  }

  private mutating func group(_ group: StreamGroup) {
    let place = WalkedGroup(group)
    begin(place)
    group.pending.forEach { element(.pending($0, of: place)) }
    length(UInt64(place.consumerCount))
    group.consumers.forEach { consumer in
      element(.consumer(WalkedConsumer(consumer), of: place))
      consumer.pending.forEach { rawID($0) }
    }
  }

  private mutating func node(_ node: StreamNode) {
    var key = ByteBuffer(capacity: 16)
    key.append(bigEndian: node.id.milliseconds)
    key.append(bigEndian: node.id.sequence)
    string(key.bytes)
    string(node.listpack.bytes)
  }

  private mutating func rest(of stream: StreamSummary) {
    length(UInt64(stream.count))
    id(stream.lastID)
    id(stream.firstID)
    id(stream.maximumDeletedID)
    length(UInt64(bitPattern: stream.entriesAdded))
    length(UInt64(stream.groupCount))
  }

  private mutating func begin(_ group: WalkedGroup) {
    string(group.handle.name)
    id(group.lastID)
    length(UInt64(bitPattern: group.entriesRead))
    length(UInt64(group.pendingCount))
  }

  private mutating func id(_ id: StreamID) {
    length(id.milliseconds)
    length(id.sequence)
  }

  private mutating func rawID(_ id: StreamID) {
    rawInteger(id.milliseconds.byteSwapped)
    rawInteger(id.sequence.byteSwapped)
  }

  /// What DUMP gives of `entry`.
  static func dump(_ entry: Entry, compresses: Bool) -> ByteBuffer {
    let type = RDBType(of: entry)
    var writer = RDBWriter(compresses: compresses, checksums: false)
    writer.rawByte(type.rawValue)
    writer.value(of: entry)
    var payload = writer.finish()
    DumpPayload.appendFooter(to: &payload, version: type.version)
    return payload
  }
}
