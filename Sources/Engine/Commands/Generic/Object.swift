/// The container of the commands that look at how a value is kept.
enum Object: Command {
  static let spec = CommandSpec(
    "object", since: "2.2.3", group: .generic, arity: .atLeast(2), complexity: "Depends on the subcommand",
    summary: "A container for commands that tell how a value is kept.")

  static func execute(_ call: inout Call) throws(CommandError) { throw .syntax }
}

/// Tells how a value is represented.
enum ObjectEncoding: Command {
  static let spec = CommandSpec(
    "encoding", of: "object", since: "2.2.3", group: .generic, arity: .exactly(3), flags: [.readOnly],
    keys: [.one([.ro], at: 2)], categories: [.keyspace], summary: "Tells how a key's value is represented.",
    syntax: "key", tips: ["nondeterministic_output"])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let entry = call.find(2, for: .examine) else { return call.reply.null() }
    call.reply.bulk(entry.encoding.name)
  }
}

/// Tells the LFU counter of a key.
enum ObjectFreq: Command {
  static let spec = CommandSpec(
    "freq", of: "object", since: "4.0.0", group: .generic, arity: .exactly(3), flags: [.readOnly],
    keys: [.one([.ro], at: 2)], categories: [.keyspace],
    summary: "Tells how often a key is used, on a logarithmic scale.", syntax: "key",
    tips: ["nondeterministic_output"])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let entry = call.find(2, for: .examine) else { return call.reply.null() }
    guard call.keyspace.clock.countsUses else {
      throw .text(
        "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust."
      )
    }
    call.reply.integer(Int(call.keyspace.clock.decayedUses(entry.access, call.now)))
  }
}

/// Tells for how long a key has not been used.
enum ObjectIdleTime: Command {
  static let spec = CommandSpec(
    "idletime", of: "object", since: "2.2.3", group: .generic, arity: .exactly(3), flags: [.readOnly],
    keys: [.one([.ro], at: 2)], categories: [.keyspace], summary: "Tells for how many seconds a key has not been used.",
    syntax: "key", tips: ["nondeterministic_output"])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let entry = call.find(2, for: .examine) else { return call.reply.null() }
    guard !call.keyspace.clock.countsUses else {
      throw .text(
        "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust."
      )
    }
    call.reply.integer(call.keyspace.clock.idleSeconds(entry.access, call.now))
  }
}

/// Tells how many references a value has: here always one.
enum ObjectRefCount: Command {
  static let spec = CommandSpec(
    "refcount", of: "object", since: "2.2.3", group: .generic, arity: .exactly(3), flags: [.readOnly],
    keys: [.one([.ro], at: 2)], categories: [.keyspace], summary: "Tells how many references there are to a value.",
    syntax: "key", tips: ["nondeterministic_output"])

  /// Redis keeps one object for each of these numbers and says of it that it is referred to without end.
  private static let sharedNumbers: Range<Int64> = 0..<10_000

  static func execute(_ call: inout Call) throws(CommandError) {
    guard let entry = call.find(2, for: .examine) else { return call.reply.null() }
    if entry.holdsInteger, case .integer(let value) = entry.string, sharedNumbers.contains(value) {
      return call.reply.integer(Int(Int32.max))
    }
    call.reply.integer(1)
  }
}

enum ObjectHelp: Command {
  static let spec = CommandSpec(
    "help", of: "object", since: "6.2.0", group: .generic, arity: .exactly(2), flags: [.loading, .stale],
    categories: [.keyspace], summary: "Tells what the subcommands do.")

  static func execute(_ call: inout Call) throws(CommandError) {
    call.replyHelp(
      "OBJECT",
      [
        ("ENCODING <key>", "Tell how the value of <key> is represented."),
        ("FREQ <key>", "Tell how often <key> is used: a counter that grows with the logarithm of its uses."),
        ("IDLETIME <key>", "Tell for how many seconds <key> has not been used, roughly."),
        ("REFCOUNT <key>", "Tell how many references there are to the value of <key>."),
      ])
  }
}
