/// Modules, of which there are none. Runs only where its subcommand is missing.
enum Module: Command {
  static let spec = CommandSpec(
    "module", since: "4.0.0", group: .server, arity: .atLeast(2), complexity: "Depends on subcommand.",
    summary: "Lists modules, of which there are none.")

  static func execute(_ call: inout Call) throws(CommandError) { throw .wrongArgumentCount("module") }
}

/// Lists the modules: always none.
enum ModuleList: Command {
  static let spec = CommandSpec(
    "list", of: "module", since: "4.0.0", group: .server, arity: .exactly(2), flags: [.admin, .noScript],
    complexity: "O(N) where N is the number of loaded modules.", summary: "Lists the modules: always none.",
    tips: ["nondeterministic_output_order"])

  static func execute(_ call: inout Call) throws(CommandError) { call.reply.array(0) }
}

/// Refuses to load a module.
enum ModuleLoad: Command {
  static let spec = CommandSpec(
    "load", of: "module", since: "4.0.0", group: .server, arity: .atLeast(3),
    flags: [.noAsyncLoading, .admin, .noScript, .protected], summary: "Refuses: modules are not supported.",
    syntax: "path [arg [arg ...]]")

  static func execute(_ call: inout Call) throws(CommandError) { throw refusal }

  static var refusal: CommandError {
    .text("ERR Error loading the extension. Ringdove does not load modules.")
  }
}

/// Refuses to load a module.
enum ModuleLoadEx: Command {
  static let spec = CommandSpec(
    "loadex", of: "module", since: "7.0.0", group: .server, arity: .atLeast(3),
    flags: [.noAsyncLoading, .admin, .noScript, .protected], summary: "Refuses: modules are not supported.",
    syntax: "path [CONFIG name value [CONFIG name value ...]] [ARGS args [args ...]]")

  static func execute(_ call: inout Call) throws(CommandError) { throw ModuleLoad.refusal }
}

/// Refuses to unload a module: there is none.
enum ModuleUnload: Command {
  static let spec = CommandSpec(
    "unload", of: "module", since: "4.0.0", group: .server, arity: .exactly(3),
    flags: [.noAsyncLoading, .admin, .noScript, .protected], summary: "Refuses: there is no module.", syntax: "name")

  static func execute(_ call: inout Call) throws(CommandError) {
    throw .text("ERR Error unloading module: no such module with that name")
  }
}

enum ModuleHelp: Command {
  static let spec = CommandSpec(
    "help", of: "module", since: "5.0.0", group: .server, arity: .exactly(2), flags: [.loading, .stale],
    summary: "Lists the subcommands.")

  static func execute(_ call: inout Call) throws(CommandError) { call.replyHelp() }
}
