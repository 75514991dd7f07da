/// Adds an entry to a stream.
enum XAdd: Command {
  static let spec = CommandSpec(
    "xadd", since: "5.0.0", group: .stream, arity: .atLeast(5), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .update])],
    complexity: "O(1) when adding a new entry, O(N) when trimming where N being the number of entries evicted.",
    summary: "Adds an entry to a stream, which is created where it is missing.",
    syntax:
      "key [NOMKSTREAM] [<MAXLEN | MINID> [= | ~] threshold [LIMIT count]] <* | id> field value [field value ...]",
    tips: ["nondeterministic_output"],
    history: [
      ("6.2.0", "Added the `NOMKSTREAM` option, `MINID` trimming strategy and the `LIMIT` option."),
      ("7.0.0", "Added support for the `<ms>-*` explicit ID form."),
    ])

  static func execute(_ call: inout Call) throws(CommandError) {
    let options = try StreamTrimOptions(call, isAdding: true)
    let start = options.idIndex + 1
    let fieldCount = call.arguments.count - start
    guard fieldCount >= 2, fieldCount % 2 == 0 else { throw .wrongArgumentCount("xadd") }
    if let given = options.id, given.hasSequence, given.id == .zero {
      throw .text("ERR The ID specified in XADD must be greater than 0-0")
    }
    let fields = call.arguments.dropFirst(start)
    var existing = try call.findStream(1, for: .write)
    if existing == nil, !options.createsStream { return call.reply.null() }
    let last = existing?.storage.lastID ?? .zero
    guard last != .maximum else {
      throw .text("ERR The stream has exhausted the last possible ID, unable to add more items")
    }
    guard let id = nextID(options.id, after: last, call.now), last < id else {
      throw .text("ERR The ID specified in XADD is equal or smaller than the target stream top item")
    }
    guard byteCount(fields) <= StreamLimits.greatestNodeBytes else {
      throw .text("ERR Elements are too large to be stored")
    }
    let stream = existing.take() ?? call.createStream(1)
    let limits = call.streamLimits
    call.change(stream, at: 1) { _ in stream.append(id, fields, limits: limits) }
    call.reply.bulk(id)
    call.changed(1)
    call.notify(.stream, "xadd", 1)
    if let trim = options.trim, call.change(stream, at: 1, { _ in stream.trim(trim) }) > 0 {
      call.notify(.stream, "xtrim", 1)
    }
    call.replicateExactly(options, id: options.id?.hasSequence == true ? nil : id, stream)
    call.becameReady(1)
  }

  /// The id that an entry gets; nil where it cannot have the one that was asked for.
  private static func nextID(_ given: StreamID.Parsed?, after last: StreamID, _ now: Instant) -> StreamID? {
    guard let given else {
      let milliseconds = UInt64(max(now.unixMilliseconds, 0))
      return milliseconds > last.milliseconds ? StreamID(milliseconds: milliseconds, sequence: 0) : last.next
    }
    guard !given.hasSequence, given.id.milliseconds == last.milliseconds else { return given.id }
    return last.sequence == .max ? nil : StreamID(milliseconds: last.milliseconds, sequence: last.sequence + 1)
  }

  private static func byteCount(_ fields: Arguments) -> Int {
    var count = 0
    for index in 0..<fields.count { count += fields[index].count }
    return count
  }
}

/// Removes entries from the beginning of a stream.
enum XTrim: Command {
  static let spec = CommandSpec(
    "xtrim", since: "5.0.0", group: .stream, arity: .atLeast(4), flags: [.write], keys: [.one([.rw, .delete])],
    complexity:
      "O(N), with N being the number of evicted entries. Constant times are very small however, since entries are organized in macro nodes containing multiple entries that can be released with a single deallocation.",
    summary: "Removes entries from the beginning of a stream.",
    syntax: "key <MAXLEN | MINID> [= | ~] threshold [LIMIT count]", tips: ["nondeterministic_output"],
    history: [("6.2.0", "Added the `MINID` trimming strategy and the `LIMIT` option.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    let options = try StreamTrimOptions(call, isAdding: false)
    guard let stream = try call.findStream(1, for: .write), let trim = options.trim else {
      return call.reply.integer(0)
    }
    let removed = call.change(stream, at: 1) { _ in stream.trim(trim) }
    if removed > 0 {
      call.notify(.stream, "xtrim", 1)
      call.replicateExactly(options, id: nil, stream)
      call.changed(1, count: removed)
    }
    call.reply.integer(removed)
  }
}
