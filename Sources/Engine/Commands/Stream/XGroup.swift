/// Groups of consumers. Runs only where its subcommand is missing.
enum XGroup: Command {
  static let spec = CommandSpec(
    "xgroup", since: "5.0.0", group: .stream, arity: .atLeast(2), complexity: "Depends on subcommand.",
    summary: "A container for commands on groups of consumers.")

  static func execute(_ call: inout Call) throws(CommandError) { throw .wrongArgumentCount("xgroup") }
}

/// What the subcommands have in common.
private enum GroupCommand {
  /// Options behind the fixed arguments.
  struct Options {
    var makesStream = false
    var entriesRead = StreamGroup.unknownEntriesRead
  }

  static func options(_ call: borrowing Call, mayMakeStream: Bool) throws(CommandError) -> Options {
    var options = Options()
    var index = 5
    while index < call.arguments.count {
      if mayMakeStream, call.arguments[index].equalsIgnoringCase("mkstream") {
        options.makesStream = true
      } else if call.arguments[index].equalsIgnoringCase("entriesread"), index + 1 < call.arguments.count {
        index += 1
        options.entriesRead = try call.integer(at: index)
        if options.entriesRead < StreamGroup.unknownEntriesRead {
          throw .text("ERR value for ENTRIESREAD must be positive or -1")
        }
      } else {
        throw .subcommandSyntax(call.arguments[1], of: "xgroup")
      }
      index += 1
    }
    return options
  }

  /// The stream, which must be there.
  static func stream(_ call: inout Call) throws(CommandError) -> StreamValue {
    guard let stream = try call.findStream(2, for: .write) else { throw missingKey }
    return stream
  }

  static var missingKey: CommandError {
    .text(
      """
      ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM \
      option to create an empty stream automatically.
      """)
  }

  /// The stream and its group, both of which must be there.
  static func group(_ call: inout Call) throws(CommandError) -> (StreamValue, StreamGroup) {
    let stream = try stream(&call)
    guard let group = stream.group(call.arguments[3]) else {
      throw .noGroupOfKey(call.arguments[3], key: call.arguments[2])
    }
    return (stream, group)
  }
}

/// Makes a group.
enum XGroupCreate: Command {
  static let spec = CommandSpec(
    "create", of: "xgroup", since: "5.0.0", group: .stream, arity: .atLeast(5), flags: [.write, .denyOutOfMemory],
    keys: [.one([.rw, .insert], at: 2)], summary: "Makes a group of consumers.",
    syntax: "key group <id | $> [MKSTREAM] [ENTRIESREAD entries-read]",
    history: [("7.0.0", "Added the `entries_read` named argument.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    let options = try GroupCommand.options(call, mayMakeStream: true)
    let existing = try call.findStream(2, for: .write)
    if existing == nil, !options.makesStream { throw GroupCommand.missingKey }
    guard call.arguments.count <= 8 else { throw .subcommandSyntax(call.arguments[1], of: "xgroup") }
    let start =
      call.isArgument(4, UInt8(ascii: "$")) ? existing?.storage.lastID ?? .zero : try call.streamID(at: 4)
    let name = call.arguments[3]
    if existing?.group(name) != nil { throw .text("BUSYGROUP Consumer Group name already exists") }
    let stream = existing ?? call.createStream(2)
    call.change(stream, at: 2) { _ in stream.makeGroup(name, lastID: start, entriesRead: options.entriesRead) }
    if existing == nil { call.changed(2, count: 0) }
    call.reply.ok()
    call.changedQuietly(2)
    call.notify(.stream, "xgroup-create", 2)
  }
}

/// Sets what a group was given last.
enum XGroupSetID: Command {
  static let spec = CommandSpec(
    "setid", of: "xgroup", since: "5.0.0", group: .stream, arity: .atLeast(5), flags: [.write],
    keys: [.one([.rw, .update], at: 2)], summary: "Sets the last id that a group was given.",
    syntax: "key group <id | $> [ENTRIESREAD entries-read]",
    history: [("7.0.0", "Added the optional `entries_read` argument.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    let options = try GroupCommand.options(call, mayMakeStream: false)
    let (stream, group) = try GroupCommand.group(&call)
    guard call.arguments.count == 5 || call.arguments.count == 7 else {
      throw .subcommandSyntax(call.arguments[1], of: "xgroup")
    }
    let id =
      call.isArgument(4, UInt8(ascii: "$"))
      ? stream.storage.lastID : try call.streamIDOrEnd(at: 4, missing: 0)
    call.change(stream, at: 2) { _ in
      group.lastID = id
      group.entriesRead = options.entriesRead
    }
    call.reply.ok()
    call.changedQuietly(2)
    call.notify(.stream, "xgroup-setid", 2)
  }
}

/// Deletes a group.
enum XGroupDestroy: Command {
  static let spec = CommandSpec(
    "destroy", of: "xgroup", since: "5.0.0", group: .stream, arity: .exactly(4), flags: [.write],
    keys: [.one([.rw, .delete], at: 2)],
    complexity: "O(N) where N is the number of entries in the group's pending entries list (PEL).",
    summary: "Deletes a group of consumers.", syntax: "key group")

  static func execute(_ call: inout Call) throws(CommandError) {
    let stream = try GroupCommand.stream(&call)
    guard let group = stream.group(call.arguments[3]) else { return call.reply.integer(0) }
    let rest = call.change(stream, at: 2) { _ in stream.remove(group) }
    if let rest { call.keyspace[call.database].discard(rest, type: .stream) }
    call.reply.integer(1)
    call.changedQuietly(2)
    call.notify(.stream, "xgroup-destroy", 2)
    call.becameReady(2)
  }
}

/// Makes a consumer.
enum XGroupCreateConsumer: Command {
  static let spec = CommandSpec(
    "createconsumer", of: "xgroup", since: "6.2.0", group: .stream, arity: .exactly(5),
    flags: [.write, .denyOutOfMemory], keys: [.one([.rw, .insert], at: 2)],
    summary: "Makes a consumer in a group.", syntax: "key group consumer")

  static func execute(_ call: inout Call) throws(CommandError) {
    let (stream, group) = try GroupCommand.group(&call)
    guard group.consumer(call.arguments[4]) == nil else { return call.reply.integer(0) }
    call.change(stream, at: 2) { call in _ = call.makeConsumer(call.arguments[4], of: group, 2) }
    call.reply.integer(1)
  }
}

/// Deletes a consumer and what is pending for it.
enum XGroupDelConsumer: Command {
  static let spec = CommandSpec(
    "delconsumer", of: "xgroup", since: "5.0.0", group: .stream, arity: .exactly(5), flags: [.write],
    keys: [.one([.rw, .delete], at: 2)], summary: "Deletes a consumer of a group.", syntax: "key group consumer")

  static func execute(_ call: inout Call) throws(CommandError) {
    let (stream, group) = try GroupCommand.group(&call)
    guard let consumer = group.consumer(call.arguments[4]) else { return call.reply.integer(0) }
    let pending = consumer.pending.count
    call.change(stream, at: 2) { _ in group.remove(consumer) }
    call.changedQuietly(2)
    call.notify(.stream, "xgroup-delconsumer", 2)
    call.reply.integer(pending)
  }
}

enum XGroupHelp: Command {
  static let spec = CommandSpec(
    "help", of: "xgroup", since: "5.0.0", group: .stream, arity: .exactly(2), flags: [.loading, .stale],
    summary: "Tells what the subcommands do.")

  static func execute(_ call: inout Call) throws(CommandError) {
    call.replyHelp(
      "XGROUP",
      [
        (
          "CREATE <key> <groupname> <id|$> [MKSTREAM] [ENTRIESREAD entries_read]",
          "Make a group that is given what comes behind <id>."
        ),
        ("CREATECONSUMER <key> <groupname> <consumer>", "Make a consumer in a group."),
        ("DELCONSUMER <key> <groupname> <consumer>", "Delete a consumer and what is pending for it."),
        ("DESTROY <key> <groupname>", "Delete a group."),
        ("SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]", "Set the last id that a group was given."),
      ])
  }
}
