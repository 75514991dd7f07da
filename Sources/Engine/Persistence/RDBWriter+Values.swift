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

  /// How a collection is written element by element.
  init(ofElementsOf type: ValueType) {
    switch type {
    case .set: self = .set
    case .sortedSet: self = .sortedSet2
    case .hash: self = .hash
    case .string, .list, .stream, .module: preconditionFailure("a type that is taken whole")
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
    list.forEachNode { container, contents in
      length(UInt64(container.rawValue))
      string(contents)
    }
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

  /// Begins a collection that is written element by element (`element`).
  mutating func beginElements(count: Int) { length(UInt64(count)) }

  mutating func element(_ element: WalkedElement) {
    switch element {
    case .member(let member): string(member)
    case .scored(let member, let score):
      string(member)
      rawInteger(score.bitPattern)
    case .field(let field, let value):
      string(field)
      string(value)
    }
  }

  // MARK: Streams

  private mutating func value(_ stream: StreamValue) {
    let state = stream.storage
    length(UInt64(state.nodes.count))
    state.nodes.forEach { node in
      var key = ByteBuffer(capacity: 16)
      key.append(bigEndian: node.id.milliseconds)
      key.append(bigEndian: node.id.sequence)
      string(key.bytes)
      string(node.listpack.bytes)
    }
    length(UInt64(state.count))
    id(state.lastID)
    id(state.firstID)
    id(state.maximumDeletedID)
    length(UInt64(bitPattern: state.entriesAdded))
    length(UInt64(state.groups.count))
    state.groups.forEach { group($0) }
  }

  private mutating func id(_ id: StreamID) {
    length(id.milliseconds)
    length(id.sequence)
  }

  private mutating func rawID(_ id: StreamID) {
    rawInteger(id.milliseconds.byteSwapped)
    rawInteger(id.sequence.byteSwapped)
  }

  private mutating func group(_ group: StreamGroup) {
    string(group.name)
    id(group.lastID)
    length(UInt64(bitPattern: group.entriesRead))
    length(UInt64(group.pending.count))
    group.pending.forEach { entry in
      rawID(entry.id)
      rawInteger(UInt64(bitPattern: entry.deliveryTime))
      length(UInt64(bitPattern: entry.deliveryCount))
    }
    length(UInt64(group.consumers.count))
    group.consumers.forEach { consumer in
      string(consumer.name)
      rawInteger(UInt64(bitPattern: consumer.seenTime))
      length(UInt64(consumer.pending.count))
      consumer.pending.forEach { rawID($0) }
    }
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
