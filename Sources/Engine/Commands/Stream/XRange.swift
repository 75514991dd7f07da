/// Shows entries with ids in an interval.
enum XRange: Command {
  static let spec = CommandSpec(
    "xrange", since: "5.0.0", group: .stream, arity: .atLeast(4), flags: [.readOnly], keys: [.one([.ro, .access])],
    complexity: StreamRange.complexity, summary: "Shows a stream's entries with ids in an interval.",
    syntax: "key start end [COUNT count]", history: [("6.2.0", "Added exclusive ranges.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    try StreamRange.execute(&call, start: 2, end: 3, isReversed: false)
  }
}

/// Shows entries with ids in an interval, the last one first.
enum XRevRange: Command {
  static let spec = CommandSpec(
    "xrevrange", since: "5.0.0", group: .stream, arity: .atLeast(4), flags: [.readOnly],
    keys: [.one([.ro, .access])], complexity: StreamRange.complexity,
    summary: "Shows a stream's entries with ids in an interval, the last first.",
    syntax: "key end start [COUNT count]", history: [("6.2.0", "Added exclusive ranges.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    try StreamRange.execute(&call, start: 3, end: 2, isReversed: true)
  }
}

private enum StreamRange {
  static let complexity: StaticString =
    "O(N) with N being the number of elements being returned. If N is constant (e.g. always asking for the first 10 elements with COUNT), you can consider it O(1)."

  static func execute(_ call: inout Call, start: Int, end: Int, isReversed: Bool) throws(CommandError) {
    let first = try call.intervalStart(at: start)
    let last = try call.intervalEnd(at: end)
    var count: Int64?
    var index = 4
    while index < call.arguments.count {
      guard call.arguments[index].equalsIgnoringCase("count"), index + 1 < call.arguments.count else { throw .syntax }
      count = max(try call.integer(at: index + 1), 0)
      index += 2
    }
    guard let stream = try call.findStream(1, for: .read) else { return call.reply.array(0) }
    if count == 0 { return call.reply.nullArray() }
    call.reply.entries(stream.entries(from: first, to: last, isReversed: isReversed), limit: count ?? 0)
  }
}

/// Counts a stream's entries.
enum XLen: Command {
  static let spec = CommandSpec(
    "xlen", since: "5.0.0", group: .stream, arity: .exactly(2), flags: [.readOnly, .fast], keys: [.one([.ro])],
    summary: "Counts the entries of a stream.", syntax: "key")

  static func execute(_ call: inout Call) throws(CommandError) {
    call.reply.integer(try call.findStream(1, for: .read)?.count ?? 0)
  }
}

/// Removes entries.
enum XDel: Command {
  static let spec = CommandSpec(
    "xdel", since: "5.0.0", group: .stream, arity: .atLeast(3), flags: [.write, .fast], keys: [.one([.rw, .delete])],
    complexity: "O(1) for each single item to delete in the stream, regardless of the stream size.",
    summary: "Removes entries from a stream.", syntax: "key ID [ID ...]")

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let stream = try call.findStream(1, for: .write) else { return call.reply.integer(0) }
    let ids = try call.streamIDs(from: 2)
    let removed = call.change(stream, at: 1) { _ in ids.count { stream.remove($0) } }
    if removed > 0 {
      call.changed(1, count: removed)
      call.notify(.stream, "xdel", 1)
    }
    call.reply.integer(removed)
  }
}

/// Sets what a stream says of its past. For replication.
enum XSetID: Command {
  static let spec = CommandSpec(
    "xsetid", since: "5.0.0", group: .stream, arity: .atLeast(3), flags: [.write, .denyOutOfMemory, .fast],
    keys: [.one([.rw, .update])], summary: "Sets a stream's last id and its counters. For replication.",
    syntax: "key last-id [ENTRIESADDED entries-added] [MAXDELETEDID max-deleted-id]",
    history: [("7.0.0", "Added the `entries_added` and `max_deleted_entry_id` arguments.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    let id = try call.streamID(at: 2)
    var entriesAdded: Int64?
    var deleted = StreamID.zero
    var index = 3
    while index < call.arguments.count {
      guard index + 1 < call.arguments.count else { throw .syntax }
      if call.arguments[index].equalsIgnoringCase("entriesadded") {
        entriesAdded = try call.integer(at: index + 1)
        if let entriesAdded, entriesAdded < 0 { throw .text("ERR entries_added must be positive") }
      } else if call.arguments[index].equalsIgnoringCase("maxdeletedid") {
        deleted = try call.streamID(at: index + 1)
        if id < deleted {
          throw .text("ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id")
        }
      } else {
        throw .syntax
      }
      index += 2
    }
    guard let stream = try call.findStream(1, for: .write) else { throw .noSuchKey }
    try check(stream, id, entriesAdded)
    call.change(stream, at: 1) { _ in
      stream.storage.lastID = id
      if let entriesAdded { stream.storage.entriesAdded = entriesAdded }
      if deleted != .zero { stream.storage.maximumDeletedID = deleted }
    }
    call.reply.ok()
    call.changedQuietly(1)
    call.notify(.stream, "xsetid", 1)
  }

  private static func check(_ stream: StreamValue, _ id: StreamID, _ entriesAdded: Int64?) throws(CommandError) {
    if id < stream.storage.maximumDeletedID {
      throw .text("ERR The ID specified in XSETID is smaller than current max_deleted_entry_id")
    }
    guard let last = stream.lastEntryID else { return }
    if id < last { throw .text("ERR The ID specified in XSETID is smaller than the target stream top item") }
    if let entriesAdded, stream.count > entriesAdded {
      throw .text("ERR The entries_added specified in XSETID is smaller than the target stream length")
    }
  }
}
