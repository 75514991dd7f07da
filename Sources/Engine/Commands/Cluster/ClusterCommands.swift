/// The commands of the group `cluster`. There are no clusters: each answers as redis-server does outside of one, in the words by
/// which tools find that out.
enum ClusterCommands {
  static let list: [any Command.Type] = [Asking.self, Cluster.self, ReadOnly.self, ReadWrite.self]

  static var disabled: CommandError { .text("ERR This instance has cluster support disabled") }
}

enum Asking: Command {
  static let spec = CommandSpec(
    "asking", since: "3.0.0", group: .cluster, arity: .exactly(1), flags: [.fast], categories: [.connection],
    summary: "Refuses: clusters are not supported.")

  static func execute(_ call: inout Call) throws(CommandError) { throw ClusterCommands.disabled }
}

/// Has no subcommands of its own: whatever is asked of it gets the same answer.
enum Cluster: Command {
  static let spec = CommandSpec(
    "cluster", since: "3.0.0", group: .cluster, arity: .atLeast(2), complexity: "Depends on subcommand.",
    summary: "Refuses: clusters are not supported.")

  static func execute(_ call: inout Call) throws(CommandError) { throw ClusterCommands.disabled }
}

enum ReadOnly: Command {
  static let spec = CommandSpec(
    "readonly", since: "3.0.0", group: .cluster, arity: .exactly(1), flags: [.loading, .stale, .fast],
    categories: [.connection], summary: "Refuses: clusters are not supported.")

  static func execute(_ call: inout Call) throws(CommandError) { throw ClusterCommands.disabled }
}

enum ReadWrite: Command {
  static let spec = CommandSpec(
    "readwrite", since: "3.0.0", group: .cluster, arity: .exactly(1), flags: [.loading, .stale, .fast],
    categories: [.connection], summary: "Refuses: clusters are not supported.")

  static func execute(_ call: inout Call) throws(CommandError) { throw ClusterCommands.disabled }
}
