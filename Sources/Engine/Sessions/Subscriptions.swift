/// What one session has subscribed to. Only sessions that ever did have one.
final class Subscriptions {
  var channels = OrderedSet<[UInt8]>()
  var patterns = OrderedSet<[UInt8]>()
  var shardChannels = OrderedSet<[UInt8]>()

  init() {}

  /// Whether there is nothing the session has subscribed to.
  var isEmpty: Bool { channels.isEmpty && patterns.isEmpty && shardChannels.isEmpty }
}
