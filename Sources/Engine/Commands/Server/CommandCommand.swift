/// Describes all commands.
enum CommandContainer: Command {
  static let spec = CommandSpec(
    "command", since: "2.8.13", group: .server, arity: .atLeast(1), flags: [.loading, .stale],
    categories: [.connection], complexity: "O(N) where N is the total number of Redis commands",
    summary: "Describes all commands.", tips: ["nondeterministic_output_order"])

  static func execute(_ call: inout Call) throws(CommandError) {
    let all = call.catalogue.topLevel
    call.reply.array(all.count)
    for identity in all { call.replyCommandInfo(identity) }
  }
}

/// Counts the commands.
enum CommandCount: Command {
  static let spec = CommandSpec(
    "count", of: "command", since: "2.8.13", group: .server, arity: .exactly(2), flags: [.loading, .stale],
    categories: [.connection], summary: "Counts the commands, subcommands apart.")

  static func execute(_ call: inout Call) throws(CommandError) { call.reply.integer(call.catalogue.topLevel.count) }
}

/// Describes the commands that are named.
enum CommandInfo: Command {
  static let spec = CommandSpec(
    "info", of: "command", since: "2.8.13", group: .server, arity: .atLeast(2), flags: [.loading, .stale],
    categories: [.connection], complexity: "O(N) where N is the number of commands to look up",
    summary: "Describes the named commands, or all.", syntax: "[command-name [command-name ...]]",
    tips: ["nondeterministic_output_order"],
    history: [("7.0.0", "Allowed to be called with no argument to get info on all commands.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard call.arguments.count > 2 else { return try CommandContainer.execute(&call) }
    call.reply.array(call.arguments.count - 2)
    for index in 2..<call.arguments.count {
      if let entry = call.catalogue.find(fullName: call.arguments[index]) {
        call.replyCommandInfo(entry.identity)
      } else {
        call.reply.null()
      }
    }
  }
}

/// Documents the commands that are named.
enum CommandDocs: Command {
  static let spec = CommandSpec(
    "docs", of: "command", since: "7.0.0", group: .server, arity: .atLeast(2), flags: [.loading, .stale],
    categories: [.connection], complexity: "O(N) where N is the number of commands to look up",
    summary: "Documents the named commands, or all.", syntax: "[command-name [command-name ...]]",
    tips: ["nondeterministic_output_order"])

  static func execute(_ call: inout Call) throws(CommandError) {
    let arguments = call.arguments
    let identities =
      arguments.count == 2
      ? call.catalogue.topLevel
      : (2..<arguments.count).compactMap { call.catalogue.find(fullName: arguments[$0])?.identity }
    call.reply.map(identities.count)
    for identity in identities {
      call.reply.bulk(call.catalogue.specs[identity].fullName)
      call.replyCommandDocs(identity)
    }
  }
}

/// Lists the names of commands.
enum CommandList: Command {
  static let spec = CommandSpec(
    "list", of: "command", since: "7.0.0", group: .server, arity: .atLeast(2), flags: [.loading, .stale],
    categories: [.connection], complexity: "O(N) where N is the total number of Redis commands",
    summary: "Lists the names of commands.",
    syntax: "[FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]",
    tips: ["nondeterministic_output_order"])

  private enum Filter {
    case none, nothing
    case category(CommandCategories)
    case pattern
  }

  static func execute(_ call: inout Call) throws(CommandError) {
    let filter = try filter(call.arguments)
    let names = call.catalogue.allSpecs.filter { matches($0, filter, call.arguments) }.map(\.fullName)
    call.reply.array(names.count)
    for name in names { call.reply.bulk(name) }
  }

  private static func filter(_ arguments: Arguments) throws(CommandError) -> Filter {
    if arguments.count == 2 { return .none }
    guard arguments.count == 5, arguments[2].equalsIgnoringCase("filterby") else { throw .syntax }
    if arguments[3].equalsIgnoringCase("module") { return .nothing }
    if arguments[3].equalsIgnoringCase("pattern") { return .pattern }
    guard arguments[3].equalsIgnoringCase("aclcat") else { throw .syntax }
    return CommandCategories.named(arguments[4]).map { .category($0) } ?? .nothing
  }

  private static func matches(_ spec: CommandSpec, _ filter: Filter, _ arguments: Arguments) -> Bool {
    switch filter {
    case .none: true
    case .nothing: false
    case .category(let category): !spec.allCategories.isDisjoint(with: category)
    case .pattern: Glob.matches(spec.fullName, pattern: arguments[4], ignoringCase: true)
    }
  }
}

/// Finds the keys of a command without running it.
enum CommandGetKeys: Command {
  static let spec = CommandSpec(
    "getkeys", of: "command", since: "2.8.13", group: .server, arity: .atLeast(3), flags: [.loading, .stale],
    categories: [.connection], complexity: "O(N) where N is the number of arguments to the command",
    summary: "Finds the keys among a command's arguments.", syntax: "command [arg [arg ...]]")

  static func execute(_ call: inout Call) throws(CommandError) {
    let keys = try find(call)
    call.reply.array(keys.count)
    for key in keys { call.reply.bulk(call.arguments[key.index + 2]) }
  }

  /// The keys of the command that begins at the call's third argument.
  static func find(_ call: borrowing Call) throws(CommandError) -> [Catalogue.FoundKey] {
    let arguments = call.arguments.dropFirst(2)
    guard let entry = call.catalogue.find(arguments) else { throw .text("ERR Invalid command specified") }
    let spec = call.catalogue.specs[entry.identity]
    guard spec.keys.contains(where: { !$0.access.contains(.notKey) }) else {
      throw .text("ERR The command has no key arguments")
    }
    guard entry.arity.accepts(arguments.count) else {
      throw .text("ERR Invalid number of arguments specified for command")
    }
    let found = call.catalogue.keys(entry.identity, arguments) ?? []
    if found.isEmpty, !entry.flags.contains(.noMandatoryKeys) {
      throw .text("ERR Invalid arguments specified for command")
    }
    return found
  }
}

/// Finds the keys of a command, and what it does with them.
enum CommandGetKeysAndFlags: Command {
  static let spec = CommandSpec(
    "getkeysandflags", of: "command", since: "7.0.0", group: .server, arity: .atLeast(3), flags: [.loading, .stale],
    categories: [.connection], complexity: "O(N) where N is the number of arguments to the command",
    summary: "Finds the keys among a command's arguments, and how it uses them.", syntax: "command [arg [arg ...]]")

  static func execute(_ call: inout Call) throws(CommandError) {
    let keys = try CommandGetKeys.find(call)
    call.reply.array(keys.count)
    for key in keys {
      call.reply.array(2)
      call.reply.bulk(call.arguments[key.index + 2])
      call.replyKeyFlags(key.access)
    }
  }
}

enum CommandHelp: Command {
  static let spec = CommandSpec(
    "help", of: "command", since: "5.0.0", group: .server, arity: .exactly(2), flags: [.loading, .stale],
    categories: [.connection], summary: "Lists the subcommands.")

  static func execute(_ call: inout Call) throws(CommandError) { call.replyHelp() }
}
