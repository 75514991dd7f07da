/// Gives a consumer entries that nobody in its group has been given yet, or shows it again what it has not
/// acknowledged.
enum XReadGroup: Command {
  static let spec = CommandSpec(
    "xreadgroup", since: "5.0.0", group: .stream, arity: .atLeast(7), flags: [.write, .blocking, .movableKeys],
    keys: [
      KeySpec(
        [.ro, .access], begin: .keyword("STREAMS", startFrom: 4), find: .range(last: -1, step: 1, limit: 2))
    ],
    complexity:
      "For each stream mentioned: O(M) with M being the number of elements returned. If M is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1). On the other side when XREADGROUP blocks, XADD will pay the O(N) time in order to serve the N clients blocked on the stream getting new data.",
    summary: "Gives a consumer of a group new entries, or shows it again those that are pending.",
    syntax:
      "GROUP group consumer [COUNT count] [BLOCK milliseconds] [NOACK] STREAMS key [key ...] id [id ...]")

  static func keyIndices(_ arguments: Arguments) -> [Int]? { StreamKeys.indices(arguments) }

  /// One stream of the request.
  private struct Source {
    let key: Int
    let stream: StreamValue
    let group: StreamGroup
    /// Behind which id to show again what is pending; nil: new entries are asked for.
    let historyStart: StreamID?
  }

  static func execute(_ call: inout Call) throws(CommandError) {
    let request = try StreamReadRequest(call, isGrouped: true)
    var sources: [Source] = []
    for key in request.keys { sources.append(try source(&call, request, key)) }
    call.replicateOnlyWhatFollows()
    guard sources.contains(where: { $0.historyStart != nil || hasNews($0) }) else {
      for source in sources {
        call.change(source.stream, at: source.key) { call in _ = consumer(&call, request, source) }
      }
      return call.waitForStreams(request, isGrouped: true)
    }
    let mark = call.reply.openAggregate()
    var served = 0
    // One by one: what a stream gives out for its first mention it does not for its second.
    for source in sources where call.change(source.stream, at: source.key, { call in serve(&call, request, source) }) {
      served += 1
    }
    if call.reply.version == 2 {
      call.reply.close(mark, array: served)
    } else {
      call.reply.close(mark, map: served)
    }
  }

  /// - Returns: whether the stream is part of the reply.
  private static func serve(_ call: inout Call, _ request: StreamReadRequest, _ source: Source) -> Bool {
    let consumer = consumer(&call, request, source)
    guard source.historyStart != nil || hasNews(source) else { return false }
    call.reply.beginStream(call.arguments[source.key])
    if let start = source.historyStart {
      showAgain(&call, request, source, consumer, behind: start)
    } else {
      giveOut(&call, request, source, consumer)
    }
    call.changedQuietly(source.key)
    return true
  }

  private static func source(
    _ call: inout Call, _ request: StreamReadRequest, _ key: Int
  ) throws(CommandError) -> Source {
    let index = request.idIndex(ofKey: key)
    let name = call.arguments[request.groupIndex]
    guard let stream = try call.findStream(key, for: .read), let group = stream.group(name) else {
      throw .composed(
        """
        NOGROUP No such key '\(call.arguments[key].text)' or consumer group '\(name.text)' in XREADGROUP with GROUP \
        option
        """)
    }
    if call.isArgument(index, UInt8(ascii: "$")) { throw meaningless("$") }
    if call.isArgument(index, UInt8(ascii: "+")) { throw meaningless("+") }
    let isNew = call.isArgument(index, UInt8(ascii: ">"))
    let start = isNew ? nil : try call.streamID(at: index)
    return Source(key: key, stream: stream, group: group, historyStart: start == .maximum ? nil : start)
  }

  private static func meaningless(_ id: String) -> CommandError {
    .composed(
      """
      ERR The \(id) ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by \
      specifying a proper ID, or use the > ID to get new messages. The \(id) ID would just return an empty result set.
      """)
  }

  private static func consumer(
    _ call: inout Call, _ request: StreamReadRequest, _ source: Source
  ) -> StreamConsumer {
    let name = call.arguments[request.groupIndex + 1]
    let (consumer, isNew) = call.obtainConsumer(name, of: source.group, source.key)
    // Without NOACK replicas learn of the consumer by what it is given.
    if isNew, request.leavesNothingPending {
      call.replicate(
        "XGROUP", Bytes("CREATECONSUMER"), call.arguments[source.key], source.group.name, consumer.name)
    }
    return consumer
  }

  private static func hasNews(_ source: Source) -> Bool {
    source.stream.lastEntryID.map { source.group.lastID < $0 } ?? false
  }

  /// New entries: the group goes on, and they are pending for the consumer.
  private static func giveOut(
    _ call: inout Call, _ request: StreamReadRequest, _ source: Source, _ consumer: StreamConsumer
  ) {
    let group = source.group
    let mark = call.reply.openAggregate()
    var count: Int64 = 0
    var entries = source.stream.entries(from: group.lastID.next ?? .maximum)
    while let entry = entries.next() {
      group.advance(to: entry.id, in: source.stream)
      call.reply.entry(entry)
      if !request.leavesNothingPending {
        let pending = StreamPending(
          id: entry.id, consumer: consumer, deliveryTime: call.now.unixMilliseconds, deliveryCount: 1)
        group.setPending(pending)
        consumer.activeTime = call.now.unixMilliseconds
        call.replicateClaim(pending, of: group, call.arguments[source.key])
      }
      count += 1
      if count == request.count { break }
    }
    if request.leavesNothingPending, count > 0 { call.replicatePlace(of: group, call.arguments[source.key]) }
    call.reply.close(mark, array: Int(count))
  }

  /// Entries that are pending for the consumer, from behind an id on.
  private static func showAgain(
    _ call: inout Call, _ request: StreamReadRequest, _ source: Source, _ consumer: StreamConsumer,
    behind start: StreamID
  ) {
    let mark = call.reply.openAggregate()
    var count: Int64 = 0
    let pending = consumer.pending
    var position = start.next.flatMap { pending.seek(atLeast: $0) }
    while let here = position {
      let id = pending[here]
      if let entry = source.stream.entry(id) {
        call.reply.entry(entry)
        source.group.noteDelivery(of: id, at: call.now.unixMilliseconds)
      } else {
        call.reply.array(2)
        call.reply.bulk(id)
        call.reply.nullArray()
      }
      count += 1
      if count == request.count { break }
      position = pending.position(after: here)
    }
    call.reply.close(mark, array: Int(count))
  }
}
