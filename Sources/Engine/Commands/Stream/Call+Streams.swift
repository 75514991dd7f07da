// What the commands on streams have in common.

extension CommandError {
  static var invalidStreamID: CommandError {
    .text("ERR Invalid stream ID specified as stream command argument")
  }

  static func noGroup(_ group: Bytes, key: Bytes) -> CommandError {
    .composed("NOGROUP No such key '\(key.text)' or consumer group '\(group.text)'")
  }

  /// Where the key is known to be there.
  static func noGroupOfKey(_ group: Bytes, key: Bytes) -> CommandError {
    .composed("NOGROUP No such consumer group '\(group.text)' for key name '\(key.text)'")
  }
}

extension Call {
  // MARK: Arguments

  /// Argument `index` as an id.
  /// - Parameter missing: the sequence where only milliseconds are given.
  func streamID(at index: Int, missing: UInt64 = 0) throws(CommandError) -> StreamID {
    guard let id = StreamID(arguments[index], missing: missing) else { throw .invalidStreamID }
    return id
  }

  /// Argument `index` as an id, or `-` or `+` for the least and the greatest.
  func streamIDOrEnd(at index: Int, missing: UInt64) throws(CommandError) -> StreamID {
    let text = arguments[index]
    if text.count == 1, text[0] == UInt8(ascii: "-") { return .zero }
    if text.count == 1, text[0] == UInt8(ascii: "+") { return .maximum }
    return try streamID(at: index, missing: missing)
  }

  /// Argument `index` as the first id of an interval: an id, `-`, `+`, or `(` and an id that is not in it.
  func intervalStart(at index: Int) throws(CommandError) -> StreamID {
    guard let excluded = excludedID(at: index) else { return try streamIDOrEnd(at: index, missing: 0) }
    guard let id = StreamID(excluded, missing: 0) else { throw .invalidStreamID }
    guard let next = id.next else { throw .text("ERR invalid start ID for the interval") }
    return next
  }

  /// Argument `index` as the last id of an interval.
  func intervalEnd(at index: Int) throws(CommandError) -> StreamID {
    guard let excluded = excludedID(at: index) else { return try streamIDOrEnd(at: index, missing: .max) }
    guard let id = StreamID(excluded, missing: .max) else { throw .invalidStreamID }
    guard let previous = id.previous else { throw .text("ERR invalid end ID for the interval") }
    return previous
  }

  private func excludedID(at index: Int) -> Bytes? {
    let text = arguments[index]
    return text.count > 1 && text[0] == UInt8(ascii: "(") ? text.dropFirst(1) : nil
  }

  /// Arguments from `start` on, all of them ids.
  func streamIDs(from start: Int) throws(CommandError) -> [StreamID] {
    var ids: [StreamID] = []
    ids.reserveCapacity(arguments.count - start)
    for index in start..<max(arguments.count, start) { ids.append(try streamID(at: index)) }
    return ids
  }

  // MARK: Looking up

  /// The stream at argument `index`, or nil where there is none.
  @inline(__always)
  mutating func findStream(_ index: Int, for lookup: Lookup) throws(CommandError) -> StreamValue? {
    try find(index, as: .stream, for: lookup)?.stream
  }

  /// The stream at argument `index`, and one of its groups.
  /// - Throws: `noGroup` where one of them is not there.
  mutating func findGroup(
    _ index: Int, _ group: Int, for lookup: Lookup
  ) throws(CommandError) -> (stream: StreamValue, group: StreamGroup) {
    guard let stream = try findStream(index, for: lookup), let found = stream.group(arguments[group]) else {
      throw .noGroup(arguments[group], key: arguments[index])
    }
    return (stream, found)
  }

  /// A new, empty stream at argument `index`, where there is no key.
  mutating func createStream(_ index: Int) -> StreamValue {
    let stream = StreamValue.make()
    keyspace[database].setCollection(
      arguments[index], hash: hash(index), type: .stream, to: stream, existing: nil, access: freshAccess)
    created(index)
    return stream
  }

  // MARK: Changing

  /// Changes a stream of the session's database where it lies, and keeps the account of its memory. The stream stays
  /// at its address, also when it is emptied: streams without entries are keys like others. A snapshot that has not
  /// come to it yet gets it as it was.
  /// - Parameter index: of the argument that is its key.
  @inline(__always) @discardableResult
  mutating func change<Result, Failure: Error>(
    _ stream: StreamValue, at index: Int, _ body: (inout Call) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    if keyspace[database].isBeingWalked { preserve(index) }
    let before = stream.allocatedBytes
    defer { keyspace[database].valueBytes += stream.allocatedBytes - before }
    return try body(&self)
  }

  @inline(never)
  private mutating func preserve(_ index: Int) {
    guard let entry = keyspace[database].find(arguments[index], hash: hash(index)) else { return }
    keyspace[database].preserve(entry)
  }

  /// As configured.
  var streamLimits: StreamLimits {
    StreamLimits(nodeBytes: configuration.streamNodeMaxBytes, nodeEntries: configuration.streamNodeMaxEntries)
  }

  /// The consumer of that name, made where there is none, and seen now.
  mutating func obtainConsumer(_ name: Bytes, of group: StreamGroup, _ key: Int) -> (StreamConsumer, isNew: Bool) {
    if let consumer = group.consumer(name) {
      consumer.seenTime = now.unixMilliseconds
      return (consumer, false)
    }
    return (makeConsumer(name, of: group, key), true)
  }

  /// Makes a consumer, which is not there yet.
  mutating func makeConsumer(_ name: Bytes, of group: StreamGroup, _ key: Int) -> StreamConsumer {
    let consumer = group.makeConsumer(name, seenTime: now.unixMilliseconds)
    changedQuietly(key)
    notify(.stream, "xgroup-createconsumer", key)
    return consumer
  }

  // MARK: Effects

  /// Declares that the request itself is not its effect; what else is declared is.
  mutating func replicateOnlyWhatFollows() { pendingEffects.isDeclared = true }

  /// Has replicas know an entry as pending as it is here: `XCLAIM … JUSTID`.
  mutating func replicateClaim(_ entry: StreamPending, of group: StreamGroup, _ key: Bytes) {
    pendingEffects.isDeclared = true
    guard writesLog, let consumer = entry.consumer else { return }
    pendingEffects.begin(database: database, count: 14)
    pendingEffects.append(Bytes("XCLAIM"))
    pendingEffects.append(key)
    pendingEffects.append(group.name)
    pendingEffects.append(consumer.name)
    pendingEffects.append(0)
    entry.id.withText { pendingEffects.append($0) }
    pendingEffects.append(Bytes("TIME"))
    pendingEffects.append(entry.deliveryTime)
    pendingEffects.append(Bytes("RETRYCOUNT"))
    pendingEffects.append(entry.deliveryCount)
    pendingEffects.append(Bytes("FORCE"))
    pendingEffects.append(Bytes("JUSTID"))
    pendingEffects.append(Bytes("LASTID"))
    group.lastID.withText { pendingEffects.append($0) }
  }

  /// Has replicas put a group where it is here: `XGROUP SETID`.
  mutating func replicatePlace(of group: StreamGroup, _ key: Bytes) {
    pendingEffects.isDeclared = true
    guard writesLog else { return }
    pendingEffects.begin(database: database, count: 7)
    pendingEffects.append(Bytes("XGROUP"))
    pendingEffects.append(Bytes("SETID"))
    pendingEffects.append(key)
    pendingEffects.append(group.name)
    group.lastID.withText { pendingEffects.append($0) }
    pendingEffects.append(Bytes("ENTRIESREAD"))
    pendingEffects.append(group.entriesRead)
  }
}

extension ReplyWriter {
  @inline(__always)
  mutating func bulk(_ id: StreamID) { id.withText { bulk($0) } }

  /// An entry: its id, then fields and values in turn.
  mutating func entry(_ entry: StreamEntry) {
    array(2)
    bulk(entry.id)
    array(entry.fieldCount * 2)
    entry.forEachPair { field, value in
      bulk(field)
      bulk(value)
    }
  }

  /// Entries, at most `limit` of them (0: all), in an array.
  /// - Returns: how many there were.
  @discardableResult
  mutating func entries(_ entries: consuming StreamEntries, limit: Int64) -> Int64 {
    let mark = openAggregate()
    var count: Int64 = 0
    while let entry = entries.next() {
      self.entry(entry)
      count += 1
      if count == limit { break }
    }
    close(mark, array: Int(count))
    return count
  }
}
