/// Looks into streams. Runs only where its subcommand is missing.
enum XInfo: Command {
  static let spec = CommandSpec(
    "xinfo", since: "5.0.0", group: .stream, arity: .atLeast(2), complexity: "Depends on subcommand.",
    summary: "A container for commands that look into streams.")

  static func execute(_ call: inout Call) throws(CommandError) { throw .wrongArgumentCount("xinfo") }
}

/// Shows the consumers of a group.
enum XInfoConsumers: Command {
  static let spec = CommandSpec(
    "consumers", of: "xinfo", since: "5.0.0", group: .stream, arity: .exactly(4), flags: [.readOnly],
    keys: [.one([.ro, .access], at: 2)], summary: "Shows the consumers of a group.", syntax: "key group",
    tips: ["nondeterministic_output"], history: [("7.2.0", "Added the `inactive` field.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let stream = try call.findStream(2, for: .read) else { throw .noSuchKey }
    guard let group = stream.group(call.arguments[3]) else {
      throw .noGroupOfKey(call.arguments[3], key: call.arguments[2])
    }
    let now = call.now.unixMilliseconds
    call.reply.array(group.consumers.count)
    group.consumers.forEach { consumer in
      call.reply.map(4)
      call.reply.bulk("name")
      call.reply.bulk(consumer.name)
      call.reply.bulk("pending")
      call.reply.integer(consumer.pending.count)
      call.reply.bulk("idle")
      call.reply.integer(max(now &- consumer.seenTime, 0))
      call.reply.bulk("inactive")
      call.reply.integer(consumer.activeTime == -1 ? -1 : now &- consumer.activeTime)
    }
  }
}

/// Shows the groups of a stream.
enum XInfoGroups: Command {
  static let spec = CommandSpec(
    "groups", of: "xinfo", since: "5.0.0", group: .stream, arity: .exactly(3), flags: [.readOnly],
    keys: [.one([.ro, .access], at: 2)], summary: "Shows the groups of a stream.", syntax: "key",
    history: [("7.0.0", "Added the `entries-read` and `lag` fields")])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let stream = try call.findStream(2, for: .read) else { throw .noSuchKey }
    call.reply.array(stream.storage.groups.count)
    stream.storage.groups.forEach { group in
      call.reply.map(6)
      call.reply.bulk("name")
      call.reply.bulk(group.name)
      call.reply.bulk("consumers")
      call.reply.integer(group.consumers.count)
      call.reply.bulk("pending")
      call.reply.integer(group.pending.count)
      call.reply.progress(of: group, in: stream)
    }
  }
}

extension ReplyWriter {
  /// Three pairs of a map: how far a group has read.
  fileprivate mutating func progress(of group: StreamGroup, in stream: StreamValue) {
    bulk("last-delivered-id")
    bulk(group.lastID)
    bulk("entries-read")
    if group.entriesRead == StreamGroup.unknownEntriesRead { null() } else { integer(group.entriesRead) }
    bulk("lag")
    if let lag = group.lag(in: stream) { integer(lag) } else { null() }
  }
}

/// Shows a stream's own figures, or all there is.
enum XInfoStream: Command {
  static let spec = CommandSpec(
    "stream", of: "xinfo", since: "5.0.0", group: .stream, arity: .atLeast(3), flags: [.readOnly],
    keys: [.one([.ro, .access], at: 2)], summary: "Shows a stream's figures, or all of it.",
    syntax: "key [FULL [COUNT count]]",
    history: [
      ("6.0.0", "Added the `FULL` modifier."),
      (
        "7.0.0",
        "Added the `max-deleted-entry-id`, `entries-added`, `recorded-first-entry-id`, `entries-read` and `lag` fields"
      ),
      ("7.2.0", "Added the `active-time` field, and changed the meaning of `seen-time`."),
    ])

  /// Entries that FULL shows where it is not told how many.
  private static let usualCount: Int64 = 10

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let stream = try call.findStream(2, for: .read) else { throw .noSuchKey }
    let count = try fullCount(call)
    call.reply.map(count == nil ? 10 : 9)
    figures(&call, stream)
    guard let count else { return summary(&call, stream) }
    call.reply.bulk("entries")
    call.reply.entries(stream.entries(), limit: count)
    call.reply.bulk("groups")
    call.reply.array(stream.storage.groups.count)
    stream.storage.groups.forEach { describe(&call, $0, stream, count) }
  }

  /// How many entries FULL is to show (0: all); nil without FULL.
  private static func fullCount(_ call: borrowing Call) throws(CommandError) -> Int64? {
    let arguments = call.arguments
    guard arguments.count > 3 else { return nil }
    guard arguments.count == 4 || arguments.count == 6, arguments[3].equalsIgnoringCase("full") else {
      throw .subcommandSyntax(arguments[1], of: "xinfo")
    }
    guard arguments.count == 6 else { return usualCount }
    guard arguments[4].equalsIgnoringCase("count") else { throw .subcommandSyntax(arguments[1], of: "xinfo") }
    let count = try call.integer(at: 5)
    return count < 0 ? usualCount : count
  }

  private static func figures(_ call: inout Call, _ stream: StreamValue) {
    call.reply.bulk("length")
    call.reply.integer(stream.count)
    // The names are Redis's: here the tree is another one (docs/ARCHITECTURE.md).
    call.reply.bulk("radix-tree-keys")
    call.reply.integer(stream.storage.nodes.count)
    call.reply.bulk("radix-tree-nodes")
    call.reply.integer(stream.storage.nodes.nodeCount + 1)
    call.reply.bulk("last-generated-id")
    call.reply.bulk(stream.storage.lastID)
    call.reply.bulk("max-deleted-entry-id")
    call.reply.bulk(stream.storage.maximumDeletedID)
    call.reply.bulk("entries-added")
    call.reply.integer(stream.storage.entriesAdded)
    call.reply.bulk("recorded-first-entry-id")
    call.reply.bulk(stream.storage.firstID)
  }

  private static func summary(_ call: inout Call, _ stream: StreamValue) {
    call.reply.bulk("groups")
    call.reply.integer(stream.storage.groups.count)
    for isReversed in [false, true] {
      call.reply.bulk(isReversed ? "last-entry" : "first-entry")
      var entries = stream.entries(isReversed: isReversed)
      if let entry = entries.next() { call.reply.entry(entry) } else { call.reply.null() }
    }
  }

  private static func describe(_ call: inout Call, _ group: StreamGroup, _ stream: StreamValue, _ count: Int64) {
    call.reply.map(7)
    call.reply.bulk("name")
    call.reply.bulk(group.name)
    call.reply.progress(of: group, in: stream)
    call.reply.bulk("pel-count")
    call.reply.integer(group.pending.count)
    call.reply.bulk("pending")
    list(&call, group.pending, count, width: 4) { call, entry in
      call.reply.bulk(entry.id)
      call.reply.bulk(entry.consumer?.name ?? Bytes())
      call.reply.integer(entry.deliveryTime)
      call.reply.integer(entry.deliveryCount)
    }
    call.reply.bulk("consumers")
    call.reply.array(group.consumers.count)
    group.consumers.forEach { describe(&call, $0, of: group, count) }
  }

  private static func describe(_ call: inout Call, _ consumer: StreamConsumer, of group: StreamGroup, _ count: Int64) {
    call.reply.map(5)
    call.reply.bulk("name")
    call.reply.bulk(consumer.name)
    call.reply.bulk("seen-time")
    call.reply.integer(consumer.seenTime)
    call.reply.bulk("active-time")
    call.reply.integer(consumer.activeTime)
    call.reply.bulk("pel-count")
    call.reply.integer(consumer.pending.count)
    call.reply.bulk("pending")
    list(&call, consumer.pending, count, width: 3) { call, id in
      let entry = group.pendingEntry(id)
      call.reply.bulk(id)
      call.reply.integer(entry?.deliveryTime ?? 0)
      call.reply.integer(entry?.deliveryCount ?? 0)
    }
  }

  /// At most `limit` elements (0: all), each an array of `width`.
  private static func list<Element: OrderedTreeElement>(
    _ call: inout Call, _ elements: OrderedTree<Element>, _ limit: Int64, width: Int,
    _ body: (inout Call, Element) -> Void
  ) {
    let count = limit == 0 ? elements.count : Int(min(limit, Int64(elements.count)))
    call.reply.array(count)
    var position = elements.first
    for _ in 0..<count {
      guard let here = position else { return }
      call.reply.array(width)
      body(&call, elements[here])
      position = elements.position(after: here)
    }
  }
}

enum XInfoHelp: Command {
  static let spec = CommandSpec(
    "help", of: "xinfo", since: "5.0.0", group: .stream, arity: .exactly(2), flags: [.loading, .stale],
    summary: "Tells what the subcommands do.")

  static func execute(_ call: inout Call) throws(CommandError) {
    call.replyHelp(
      "XINFO",
      [
        ("CONSUMERS <key> <groupname>", "Show the consumers of a group."),
        ("GROUPS <key>", "Show the groups of a stream."),
        ("STREAM <key> [FULL [COUNT <count>]]", "Show a stream's figures, or all of it."),
      ])
  }
}
