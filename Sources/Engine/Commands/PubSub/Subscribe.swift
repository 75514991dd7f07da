// The six that begin and end subscriptions. Each name is confirmed for itself, by a push; none is a reply.

/// Subscribes to channels.
enum Subscribe: Command {
  static let spec = CommandSpec(
    "subscribe", since: "2.0.0", group: .pubsub, arity: .atLeast(2), flags: .subscribing,
    complexity: "O(N) with N the number of channels", summary: "Subscribes to channels.",
    syntax: "channel [channel ...]")

  static func execute(_ call: inout Call) throws(CommandError) { call.subscribe(.channel) }
}

/// Ends subscriptions to channels: those named, or all.
enum Unsubscribe: Command {
  static let spec = CommandSpec(
    "unsubscribe", since: "2.0.0", group: .pubsub, arity: .atLeast(1), flags: .subscribing,
    complexity: "O(N) with N the number of channels", summary: "Ends subscriptions to channels.",
    syntax: "[channel [channel ...]]")

  static func execute(_ call: inout Call) throws(CommandError) { call.unsubscribe(.channel) }
}

/// Subscribes to all channels that match patterns.
enum PSubscribe: Command {
  static let spec = CommandSpec(
    "psubscribe", since: "2.0.0", group: .pubsub, arity: .atLeast(2), flags: .subscribing,
    complexity: "O(N) with N the number of patterns", summary: "Subscribes to the channels that match patterns.",
    syntax: "pattern [pattern ...]")

  static func execute(_ call: inout Call) throws(CommandError) { call.subscribe(.pattern) }
}

/// Ends subscriptions to patterns: those named, or all.
enum PUnsubscribe: Command {
  static let spec = CommandSpec(
    "punsubscribe", since: "2.0.0", group: .pubsub, arity: .atLeast(1), flags: .subscribing,
    complexity: "O(N) with N the number of patterns", summary: "Ends subscriptions to patterns.",
    syntax: "[pattern [pattern ...]]")

  static func execute(_ call: inout Call) throws(CommandError) { call.unsubscribe(.pattern) }
}

/// Subscribes to shard channels.
enum SSubscribe: Command {
  static let spec = CommandSpec(
    "ssubscribe", since: "7.0.0", group: .pubsub, arity: .atLeast(2), flags: .subscribing,
    keys: [.range([.notKey])], complexity: "O(N) with N the number of shard channels",
    summary: "Subscribes to shard channels.", syntax: "shardchannel [shardchannel ...]")

  static func execute(_ call: inout Call) throws(CommandError) { call.subscribe(.shardChannel) }
}

/// Ends subscriptions to shard channels: those named, or all.
enum SUnsubscribe: Command {
  static let spec = CommandSpec(
    "sunsubscribe", since: "7.0.0", group: .pubsub, arity: .atLeast(1), flags: .subscribing,
    keys: [.range([.notKey])], complexity: "O(N) with N the number of shard channels",
    summary: "Ends subscriptions to shard channels.", syntax: "[shardchannel [shardchannel ...]]")

  static func execute(_ call: inout Call) throws(CommandError) { call.unsubscribe(.shardChannel) }
}

extension CommandFlags {
  fileprivate static let subscribing: CommandFlags = [.pubsub, .noScript, .loading, .stale, .servesSubscribers]
}

extension Call {
  fileprivate mutating func subscribe(_ kind: SubscriptionKind) {
    for index in 1..<arguments.count {
      subscribe(session, to: arguments[index].array, kind)
      confirm(kind.subscribed, arguments[index], kind)
    }
  }

  fileprivate mutating func unsubscribe(_ kind: SubscriptionKind) {
    guard arguments.count == 1 else {
      for index in 1..<arguments.count {
        unsubscribe(session, from: arguments[index].array, kind)
        confirm(kind.unsubscribed, arguments[index], kind)
      }
      return
    }
    let names = subscriptions(session, kind)
    if names.isEmpty { return confirm(kind.unsubscribed, nil, kind) }
    for name in names {
      unsubscribe(session, from: name, kind)
      name.withBytes { confirm(kind.unsubscribed, $0, kind) }
    }
  }

  /// Tells the session what it is subscribed to now, also where it wants no replies.
  private mutating func confirm(_ event: StaticString, _ name: Bytes?, _ kind: SubscriptionKind) {
    let isMuted = reply.isMuted
    reply.isMuted = sessions[session].flags.contains(.aborted)
    reply.push(3)
    reply.bulk(event)
    if let name { reply.bulk(name) } else { reply.null() }
    reply.integer(subscriptionCount(session, kind))
    reply.isMuted = isMuted
  }
}
