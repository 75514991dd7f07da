/// The container of what tells about subscriptions.
enum PubSubContainer: Command {
  static let spec = CommandSpec(
    "pubsub", since: "2.8.0", group: .pubsub, arity: .atLeast(2), complexity: "Depends on subcommand.",
    summary: "Holds the commands that tell about subscriptions.")

  static func execute(_ call: inout Call) throws(CommandError) { throw .syntax }
}

/// Lists the channels that have subscribers.
enum PubSubChannels: Command {
  static let spec = CommandSpec(
    "channels", of: "pubsub", since: "2.8.0", group: .pubsub, arity: .atLeast(2), flags: [.pubsub, .loading, .stale],
    complexity: "O(N) with N the number of channels", summary: "Lists the channels that have subscribers.",
    syntax: "[pattern]")

  static func execute(_ call: inout Call) throws(CommandError) { try call.listChannels(.channel) }
}

/// Lists the shard channels that have subscribers.
enum PubSubShardChannels: Command {
  static let spec = CommandSpec(
    "shardchannels", of: "pubsub", since: "7.0.0", group: .pubsub, arity: .atLeast(2),
    flags: [.pubsub, .loading, .stale], complexity: "O(N) with N the number of shard channels",
    summary: "Lists the shard channels that have subscribers.", syntax: "[pattern]")

  static func execute(_ call: inout Call) throws(CommandError) { try call.listChannels(.shardChannel) }
}

/// Counts the subscribers of channels.
enum PubSubNumSub: Command {
  static let spec = CommandSpec(
    "numsub", of: "pubsub", since: "2.8.0", group: .pubsub, arity: .atLeast(2), flags: [.pubsub, .loading, .stale],
    complexity: "O(N) with N the number of channels asked for", summary: "Counts the subscribers of channels.",
    syntax: "[channel [channel ...]]")

  static func execute(_ call: inout Call) throws(CommandError) { call.countSubscribers(.channel) }
}

/// Counts the subscribers of shard channels.
enum PubSubShardNumSub: Command {
  static let spec = CommandSpec(
    "shardnumsub", of: "pubsub", since: "7.0.0", group: .pubsub, arity: .atLeast(2),
    flags: [.pubsub, .loading, .stale], complexity: "O(N) with N the number of shard channels asked for",
    summary: "Counts the subscribers of shard channels.", syntax: "[shardchannel [shardchannel ...]]")

  static func execute(_ call: inout Call) throws(CommandError) { call.countSubscribers(.shardChannel) }
}

/// Counts the patterns that have subscribers.
enum PubSubNumPat: Command {
  static let spec = CommandSpec(
    "numpat", of: "pubsub", since: "2.8.0", group: .pubsub, arity: .exactly(2), flags: [.pubsub, .loading, .stale],
    summary: "Counts the patterns that have subscribers.")

  static func execute(_ call: inout Call) throws(CommandError) { call.reply.integer(call.pubSub.patterns.count) }
}

/// Explains the subcommands of PUBSUB.
enum PubSubHelp: Command {
  static let spec = CommandSpec(
    "help", of: "pubsub", since: "6.2.0", group: .pubsub, arity: .exactly(2), flags: [.loading, .stale],
    summary: "Explains the subcommands.")

  static func execute(_ call: inout Call) throws(CommandError) { call.replyHelp() }
}

extension Call {
  fileprivate mutating func listChannels(_ kind: SubscriptionKind) throws(CommandError) {
    guard arguments.count <= 3 else { throw .subcommandSyntax(arguments[1], of: "pubsub") }
    var names = pubSub[kind].all
    if arguments.count == 3 {
      let pattern = arguments[2]
      names = names.filter { $0.withBytes { Glob.matches($0, pattern: pattern) } }
    }
    reply.array(names.count)
    for name in names { reply.bulk(name) }
  }

  fileprivate mutating func countSubscribers(_ kind: SubscriptionKind) {
    reply.array((arguments.count - 2) * 2)
    for index in 2..<max(arguments.count, 2) {
      reply.bulk(arguments[index])
      reply.integer(pubSub[kind].sessions(arguments[index].array).count)
    }
  }
}
