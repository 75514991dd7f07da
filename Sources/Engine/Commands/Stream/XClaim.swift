/// Makes a consumer the one for whom entries are pending.
enum XClaim: Command {
  static let spec = CommandSpec(
    "xclaim", since: "5.0.0", group: .stream, arity: .atLeast(6), flags: [.write, .fast],
    keys: [.one([.rw, .update])],
    complexity: "O(log N) with N being the number of messages in the PEL of the consumer group.",
    summary: "Hands entries that are pending over to another consumer.",
    syntax:
      "key group consumer min-idle-time ID [ID ...] [IDLE ms] [TIME unix-time-milliseconds] [RETRYCOUNT count] [FORCE] [JUSTID] [LASTID lastid]",
    tips: ["nondeterministic_output"])

  private struct Options {
    var minimumIdle: Int64
    var ids: [StreamID] = []
    var lastID = StreamID.zero
    /// -1: not given.
    var deliveryTime: Int64 = -1
    var deliveryCount: Int64 = -1
    var isForced = false
    var showsIDsOnly = false
  }

  static func execute(_ call: inout Call) throws(CommandError) {
    let (stream, group) = try call.findGroup(1, 2, for: .read)
    let options = try options(call)
    call.replicateOnlyWhatFollows()
    call.change(stream, at: 1) { call in claim(&call, options, stream, group) }
  }

  private static func options(_ call: borrowing Call) throws(CommandError) -> Options {
    var options = Options(minimumIdle: try call.minimumIdle(of: "XCLAIM"))
    var index = 5
    while index < call.arguments.count, let id = StreamID(call.arguments[index], missing: 0) {
      options.ids.append(id)
      index += 1
    }
    let now = call.now.unixMilliseconds
    while index < call.arguments.count {
      let option = call.arguments[index]
      let hasMore = index + 1 < call.arguments.count
      index += 1
      if option.equalsIgnoringCase("force") {
        options.isForced = true
      } else if option.equalsIgnoringCase("justid") {
        options.showsIDsOnly = true
      } else if hasMore, option.equalsIgnoringCase("idle") {
        options.deliveryTime = now &- (try integer(call, index, "IDLE"))
        index += 1
      } else if hasMore, option.equalsIgnoringCase("time") {
        options.deliveryTime = try integer(call, index, "TIME")
        index += 1
      } else if hasMore, option.equalsIgnoringCase("retrycount") {
        options.deliveryCount = try integer(call, index, "RETRYCOUNT")
        index += 1
      } else if hasMore, option.equalsIgnoringCase("lastid") {
        options.lastID = try call.streamID(at: index)
        index += 1
      } else {
        throw .composed("ERR Unrecognized XCLAIM option '\(option.text)'")
      }
    }
    // A time to come, or none that makes sense, is now.
    if options.deliveryTime < 0 || options.deliveryTime > now { options.deliveryTime = now }
    return options
  }

  private static func integer(_ call: borrowing Call, _ index: Int, _ option: String) throws(CommandError) -> Int64 {
    guard let value = call.arguments[index].parseInt64() else {
      throw .composed("ERR Invalid \(option) option argument for XCLAIM")
    }
    return value
  }

  private static func claim(_ call: inout Call, _ options: Options, _ stream: StreamValue, _ group: StreamGroup) {
    let key = call.arguments[1]
    let hasMoved = group.lastID < options.lastID
    if hasMoved { group.lastID = options.lastID }
    let (consumer, _) = call.obtainConsumer(call.arguments[3], of: group, 1)
    let mark = call.reply.openAggregate()
    var count = 0
    var changes = 0
    for id in options.ids {
      let pending = group.pendingEntry(id)
      guard let entry = stream.entry(id) else {
        if let pending {
          call.drop(pending, of: group, key)
          changes += 1
        }
        continue
      }
      guard pending != nil || options.isForced else { continue }
      if let pending, options.minimumIdle > 0,
        call.now.unixMilliseconds &- pending.deliveryTime < options.minimumIdle
      {
        continue
      }
      let deliveries = options.deliveryCount >= 0 ? options.deliveryCount : pending?.deliveryCount ?? 1
      let isCounted = options.deliveryCount < 0 && !options.showsIDsOnly
      call.claim(
        StreamPending(
          id: id, consumer: consumer, deliveryTime: options.deliveryTime,
          deliveryCount: isCounted ? deliveries &+ 1 : deliveries),
        of: group, key)
      if options.showsIDsOnly { call.reply.bulk(id) } else { call.reply.entry(entry) }
      count += 1
      changes += 1
    }
    if hasMoved, changes == 0 {
      call.replicatePlace(of: group, key)
      call.changedQuietly(1)
    }
    call.reply.close(mark, array: count)
  }
}

extension Call {
  /// The least time for which an entry must have been left alone to be claimed, milliseconds, at argument 4.
  fileprivate func minimumIdle(of command: String) throws(CommandError) -> Int64 {
    guard let value = arguments[4].parseInt64() else {
      throw .composed("ERR Invalid min-idle-time argument for \(command)")
    }
    return max(value, 0)
  }

  /// Makes an entry pending for the consumer it names, and has replicas do so.
  fileprivate mutating func claim(_ entry: StreamPending, of group: StreamGroup, _ key: Bytes) {
    group.setPending(entry)
    entry.consumer?.activeTime = now.unixMilliseconds
    replicateClaim(entry, of: group, key)
    changedQuietly(1)
  }

  /// Takes an entry that is not in the stream any more off the lists. The claim has replicas find that out too.
  fileprivate mutating func drop(_ entry: StreamPending, of group: StreamGroup, _ key: Bytes) {
    replicateClaim(entry, of: group, key)
    changedQuietly(1)
    group.removePending(entry.id)
  }
}

/// Looks for entries that were left alone for long, and makes them pending for a consumer.
enum XAutoClaim: Command {
  static let spec = CommandSpec(
    "xautoclaim", since: "6.2.0", group: .stream, arity: .atLeast(6), flags: [.write, .fast],
    keys: [.one([.rw, .delete])], complexity: "O(1) if COUNT is small.",
    summary: "Hands entries that have been pending for long over to a consumer.",
    syntax: "key group consumer min-idle-time start [COUNT count] [JUSTID]", tips: ["nondeterministic_output"],
    history: [
      ("7.0.0", "Added an element to the reply array, containing deleted entries the command cleared from the PEL")
    ])

  private struct Options {
    var minimumIdle: Int64
    var start: StreamID
    var count: Int64 = 100
    var showsIDsOnly = false
  }

  /// Entries looked at for each that may be claimed.
  private static let attemptsFactor: Int64 = 10
  private static let greatestCount = Int64.max / 16

  static func execute(_ call: inout Call) throws(CommandError) {
    let options = try options(call)
    let (stream, group) = try call.findGroup(1, 2, for: .read)
    call.replicateOnlyWhatFollows()
    call.change(stream, at: 1) { call in claim(&call, options, stream, group) }
  }

  private static func options(_ call: borrowing Call) throws(CommandError) -> Options {
    var options = Options(
      minimumIdle: try call.minimumIdle(of: "XAUTOCLAIM"), start: try call.intervalStart(at: 5))
    var index = 6
    while index < call.arguments.count {
      if call.arguments[index].equalsIgnoringCase("count"), index + 1 < call.arguments.count {
        index += 1
        guard let count = call.arguments[index].parseInt64(), count >= 1, count <= greatestCount else {
          throw .text("ERR COUNT must be > 0")
        }
        options.count = count
      } else if call.arguments[index].equalsIgnoringCase("justid") {
        options.showsIDsOnly = true
      } else {
        throw .syntax
      }
      index += 1
    }
    return options
  }

  private static func claim(_ call: inout Call, _ options: Options, _ stream: StreamValue, _ group: StreamGroup) {
    let key = call.arguments[1]
    let (consumer, _) = call.obtainConsumer(call.arguments[3], of: group, 1)
    let (candidates, next) = candidates(call, options, stream, group)
    let claimed = candidates.count { $0.entry != nil }
    call.reply.array(3)
    call.reply.bulk(next)
    call.reply.array(claimed)
    for (pending, entry) in candidates {
      guard let entry else {
        call.drop(pending, of: group, key)
        continue
      }
      call.claim(
        StreamPending(
          id: pending.id, consumer: consumer, deliveryTime: call.now.unixMilliseconds,
          deliveryCount: options.showsIDsOnly ? pending.deliveryCount : pending.deliveryCount &+ 1),
        of: group, key)
      if options.showsIDsOnly { call.reply.bulk(pending.id) } else { call.reply.entry(entry) }
    }
    call.reply.array(candidates.count - claimed)
    for (pending, entry) in candidates where entry == nil { call.reply.bulk(pending.id) }
  }

  /// The entries to be claimed, and those that are not in the stream any more, in order; and where to go on next time,
  /// zero where all have been looked at.
  private static func candidates(
    _ call: borrowing Call, _ options: Options, _ stream: StreamValue, _ group: StreamGroup
  ) -> ([(pending: StreamPending, entry: StreamEntry?)], next: StreamID) {
    var found: [(pending: StreamPending, entry: StreamEntry?)] = []
    var attempts = options.count * attemptsFactor
    let pending = group.pending
    var position = pending.seek(atLeast: options.start)
    while let here = position, attempts > 0, found.count < options.count {
      attempts -= 1
      position = pending.position(after: here)
      let element = pending[here]
      let entry = stream.entry(element.id)
      let isIdle = call.now.unixMilliseconds &- element.deliveryTime >= options.minimumIdle
      if entry == nil || options.minimumIdle == 0 || isIdle { found.append((element, entry)) }
    }
    return (found, position.map { pending[$0].id } ?? .zero)
  }
}
