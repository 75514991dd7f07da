/// Shows what streams have behind the ids given, and waits for it where there is nothing.
enum XRead: Command {
  static let spec = CommandSpec(
    "xread", since: "5.0.0", group: .stream, arity: .atLeast(4), flags: [.blocking, .readOnly, .movableKeys],
    keys: [
      KeySpec(
        [.ro, .access], begin: .keyword("STREAMS", startFrom: 1), find: .range(last: -1, step: 1, limit: 2))
    ],
    complexity:
      "For each stream mentioned: O(N) with N being the number of elements being returned, it means that XREAD-ing with a fixed COUNT is O(1).",
    summary: "Shows the entries of streams behind given ids, and waits for some where there are none.",
    syntax: "[COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]")

  static func keyIndices(_ arguments: Arguments) -> [Int]? { StreamKeys.indices(arguments) }

  static func execute(_ call: inout Call) throws(CommandError) {
    let request = try StreamReadRequest(call, isGrouped: false)
    var ids: [StreamID] = []
    for key in request.keys {
      let stream = try call.findStream(key, for: .read)
      ids.append(try position(&call, request.idIndex(ofKey: key), stream))
    }
    var served: [(key: Int, stream: StreamValue, start: StreamID)] = []
    for key in request.keys {
      guard let stream = try call.findStream(key, for: .peek), let start = ids[key - request.firstKey].next,
        let last = stream.lastEntryID, start <= last
      else { continue }
      served.append((key, stream, start))
    }
    guard served.isEmpty else {
      call.reply.beginStreams(served.count)
      for (key, stream, start) in served {
        call.reply.beginStream(call.arguments[key])
        call.reply.entries(stream.entries(from: start), limit: request.count)
      }
      return
    }
    call.waitForStreams(request, isGrouped: false, replacing: settled(call, request, ids))
  }

  /// The id behind which to read: `$` is what the stream has now, `+` what comes before its last entry.
  private static func position(_ call: inout Call, _ index: Int, _ stream: StreamValue?) throws(CommandError)
    -> StreamID
  {
    if call.isArgument(index, UInt8(ascii: "$")) { return stream?.storage.lastID ?? .zero }
    if call.isArgument(index, UInt8(ascii: "+")) {
      return stream?.lastEntryID?.previous ?? stream?.storage.lastID ?? .zero
    }
    if call.isArgument(index, UInt8(ascii: ">")) {
      throw .text(
        "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.")
    }
    return try call.streamID(at: index)
  }

  /// What `$` and `+` mean now, for when the request is run again.
  private static func settled(
    _ call: borrowing Call, _ request: StreamReadRequest, _ ids: [StreamID]
  ) -> [Int: [UInt8]] {
    var settled: [Int: [UInt8]] = [:]
    for (offset, id) in ids.enumerated() {
      let index = request.idIndex(ofKey: request.firstKey + offset)
      guard call.isArgument(index, UInt8(ascii: "$")) || call.isArgument(index, UInt8(ascii: "+")) else { continue }
      settled[index] = id.withText { $0.array }
    }
    return settled
  }
}

extension ReplyWriter {
  /// Begins the reply for `count` streams.
  mutating func beginStreams(_ count: Int) { version == 2 ? array(count) : map(count) }

  /// Begins what one stream has; its entries follow in an array.
  mutating func beginStream(_ key: Bytes) {
    if version == 2 { array(2) }
    bulk(key)
  }
}

/// Where XREAD and XREADGROUP have their keys.
enum StreamKeys {
  /// Behind STREAMS, the first half of the arguments; nothing where the request makes no sense.
  static func indices(_ arguments: Arguments) -> [Int]? {
    var index = 1
    while index < arguments.count {
      let option = arguments[index]
      if option.equalsIgnoringCase("block") || option.equalsIgnoringCase("count") {
        index += 1
      } else if option.equalsIgnoringCase("group") {
        index += 2
      } else if option.equalsIgnoringCase("streams") {
        let rest = arguments.count - index - 1
        return rest > 0 && rest % 2 == 0 ? Array(index + 1..<index + 1 + rest / 2) : []
      } else if !option.equalsIgnoringCase("noack") {
        return []
      }
      index += 1
    }
    return []
  }
}
