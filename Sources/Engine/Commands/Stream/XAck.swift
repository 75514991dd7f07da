/// Takes entries off a group's list of those pending.
enum XAck: Command {
  static let spec = CommandSpec(
    "xack", since: "5.0.0", group: .stream, arity: .atLeast(4), flags: [.write, .fast], keys: [.one([.rw, .update])],
    complexity: "O(1) for each message ID processed.", summary: "Notes that a group has dealt with entries.",
    syntax: "key group ID [ID ...]")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let stream = try call.findStream(1, for: .read), let group = stream.group(call.arguments[2]) else {
      return call.reply.integer(0)
    }
    let ids = try call.streamIDs(from: 3)
    let acknowledged = call.change(stream, at: 1) { _ in ids.count { group.removePending($0) } }
    if acknowledged > 0 { call.changedQuietly(1, count: acknowledged) }
    call.reply.integer(acknowledged)
  }
}

/// Shows what is pending.
enum XPending: Command {
  static let spec = CommandSpec(
    "xpending", since: "5.0.0", group: .stream, arity: .atLeast(3), flags: [.readOnly], keys: [.one([.ro, .access])],
    complexity:
      "O(N) with N being the number of elements returned, so asking for a small fixed number of entries per call is O(1). O(M), where M is the total number of entries scanned when used with the IDLE filter. When the command returns just the summary and the list of consumers is small, it runs in O(1) time; otherwise, an additional O(N) time for iterating every consumer.",
    summary: "Shows the entries that a group was given and has not acknowledged.",
    syntax: "key group [[IDLE min-idle-time] start end count [consumer]]", tips: ["nondeterministic_output"],
    history: [("6.2.0", "Added the `IDLE` option and exclusive range intervals.")])

  /// Which entries are asked for.
  private struct Interval {
    var minimumIdle: Int64 = 0
    var first = StreamID.zero
    var last = StreamID.maximum
    var count: Int64 = 0
    /// Where the consumer's name is among the arguments; 0: any consumer.
    var consumerIndex = 0
  }

  static func execute(_ call: inout Call) throws(CommandError) {
    let interval = try interval(call)
    let (_, group) = try call.findGroup(1, 2, for: .read)
    guard let interval else { return summarize(&call, group) }
    if interval.consumerIndex > 0 {
      guard let consumer = group.consumer(call.arguments[interval.consumerIndex]) else {
        return call.reply.array(0)
      }
      return list(&call, interval, consumer.pending) { group.pendingEntry($0) }
    }
    list(&call, interval, group.pending) { $0 }
  }

  private static func interval(_ call: borrowing Call) throws(CommandError) -> Interval? {
    let count = call.arguments.count
    guard count == 3 || (6...9).contains(count) else { throw .syntax }
    guard count > 3 else { return nil }
    var interval = Interval()
    var start = 3
    if call.arguments[3].equalsIgnoringCase("idle") {
      interval.minimumIdle = try call.integer(at: 4)
      guard count >= 8 else { throw .syntax }
      start = 5
    }
    interval.count = max(try call.integer(at: start + 2), 0)
    interval.first = try call.intervalStart(at: start)
    interval.last = try call.intervalEnd(at: start + 1)
    if start + 3 < count { interval.consumerIndex = start + 3 }
    return interval
  }

  /// How many, the first and the last, and how many each consumer has.
  private static func summarize(_ call: inout Call, _ group: StreamGroup) {
    let pending = group.pending
    call.reply.array(4)
    call.reply.integer(pending.count)
    guard let first = pending.first, let last = pending.last else {
      call.reply.null()
      call.reply.null()
      return call.reply.nullArray()
    }
    call.reply.bulk(pending[first].id)
    call.reply.bulk(pending[last].id)
    let mark = call.reply.openAggregate()
    var count = 0
    group.consumers.forEach { consumer in
      guard !consumer.pending.isEmpty else { return }
      call.reply.array(2)
      call.reply.bulk(consumer.name)
      call.reply.bulk(integer: Int64(consumer.pending.count))
      count += 1
    }
    call.reply.close(mark, array: count)
  }

  /// - Parameter details: what there is to know of an element.
  private static func list<Element: OrderedTreeElement>(
    _ call: inout Call, _ interval: Interval, _ elements: OrderedTree<Element>,
    _ details: (Element) -> StreamPending?
  ) where Element.Key == StreamID {
    let mark = call.reply.openAggregate()
    var count: Int64 = 0
    var position = interval.count > 0 ? elements.seek(atLeast: interval.first) : nil
    while let here = position, count < interval.count, elements[here].key <= interval.last {
      position = elements.position(after: here)
      guard let entry = details(elements[here]) else { continue }
      let idle = call.now.unixMilliseconds &- entry.deliveryTime
      if interval.minimumIdle != 0, idle < interval.minimumIdle { continue }
      call.reply.array(4)
      call.reply.bulk(entry.id)
      call.reply.bulk(entry.consumer?.name ?? Bytes())
      call.reply.integer(max(idle, 0))
      call.reply.integer(entry.deliveryCount)
      count += 1
    }
    call.reply.close(mark, array: Int(count))
  }
}
