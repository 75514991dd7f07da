/// What XREAD and XREADGROUP ask for.
struct StreamReadRequest {
  /// Entries of a stream, at most; 0: no limit.
  var count: Int64 = 0
  /// Whether to wait where there is nothing, and until when (nil: for ever).
  var waits = false
  var deadline: Int64?
  /// Whether what is given out counts as acknowledged.
  var leavesNothingPending = false
  /// Where the group's name is among the arguments, the consumer's behind it; 0: no group.
  var groupIndex = 0
  /// Where the first key is; as many ids follow behind the keys.
  var firstKey = 0
  var streamCount = 0

  /// - Parameter isGrouped: whether this is XREADGROUP.
  init(_ call: borrowing Call, isGrouped: Bool) throws(CommandError) {
    var index = 1
    while index < call.arguments.count, firstKey == 0 {
      let option = call.arguments[index]
      let further = call.arguments.count - index - 1
      if further >= 1, option.equalsIgnoringCase("block") {
        index += 1
        deadline = try call.deadline(milliseconds: index)
        waits = true
      } else if further >= 1, option.equalsIgnoringCase("count") {
        index += 1
        count = max(try call.integer(at: index), 0)
      } else if further >= 1, option.equalsIgnoringCase("streams") {
        try noteStreams(from: index + 1, call.arguments.count, isGrouped)
      } else if further >= 2, option.equalsIgnoringCase("group") {
        guard isGrouped else { throw Self.onlyGrouped("GROUP") }
        groupIndex = index + 1
        index += 2
      } else if option.equalsIgnoringCase("noack") {
        guard isGrouped else { throw Self.onlyGrouped("NOACK") }
        leavesNothingPending = true
      } else {
        throw .syntax
      }
      index += 1
    }
    guard firstKey > 0 else { throw .syntax }
    if isGrouped, groupIndex == 0 { throw .text("ERR Missing GROUP option for XREADGROUP") }
  }

  private static func onlyGrouped(_ option: String) -> CommandError {
    .composed("ERR The \(option) option is only supported by XREADGROUP. You called XREAD instead.")
  }

  private mutating func noteStreams(from first: Int, _ end: Int, _ isGrouped: Bool) throws(CommandError) {
    guard (end - first) % 2 == 0 else {
      throw .composed(
        """
        ERR Unbalanced '\(isGrouped ? "xreadgroup" : "xread")' list of streams: for each stream key an ID or \
        '\(isGrouped ? ">" : "$")' must be specified.
        """)
    }
    firstKey = first
    streamCount = (end - first) / 2
  }

  /// The argument that is the id of the stream whose key is at `index`.
  func idIndex(ofKey index: Int) -> Int { index + streamCount }

  var keys: Range<Int> { firstKey..<firstKey + streamCount }
}

extension Call {
  /// Whether argument `index` is this one character.
  func isArgument(_ index: Int, _ character: UInt8) -> Bool {
    arguments[index].count == 1 && arguments[index][0] == character
  }

  /// Looks again when one of the request's streams has something new.
  mutating func waitForStreams(_ request: StreamReadRequest, isGrouped: Bool, replacing ids: [Int: [UInt8]] = [:]) {
    guard request.waits, mayWait else { return reply.nullArray() }
    waitForKeys(
      request.keys, type: .stream, until: request.deadline, endsWithKey: isGrouped, replacing: ids)
  }
}
