/// Sends a message to a channel's subscribers, here and at all replicas.
enum Publish: Command {
  static let spec = CommandSpec(
    "publish", since: "2.0.0", group: .pubsub, arity: .exactly(3),
    flags: [.pubsub, .loading, .stale, .fast, .mayReplicate],
    complexity: "O(N+M) with N the channel's subscribers and M the number of patterns",
    summary: "Sends a message to the subscribers of a channel.", syntax: "channel message")

  static func execute(_ call: inout Call) throws(CommandError) {
    let count = call.publish(call.arguments[2], to: call.arguments[1])
    call.replicate("PUBLISH", call.arguments[1], call.arguments[2])
    call.reply.integer(count)
  }
}

/// Sends a message to a shard channel's subscribers, here and at all replicas.
enum SPublish: Command {
  static let spec = CommandSpec(
    "spublish", since: "7.0.0", group: .pubsub, arity: .exactly(3),
    flags: [.pubsub, .loading, .stale, .fast, .mayReplicate], keys: [.one([.notKey])],
    complexity: "O(N) with N the shard channel's subscribers",
    summary: "Sends a message to the subscribers of a shard channel.", syntax: "shardchannel message")

  static func execute(_ call: inout Call) throws(CommandError) {
    let count = call.publish(call.arguments[2], toShard: call.arguments[1])
    call.replicate("SPUBLISH", call.arguments[1], call.arguments[2])
    call.reply.integer(count)
  }
}
