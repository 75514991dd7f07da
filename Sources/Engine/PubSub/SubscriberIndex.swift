/// Who has subscribed to which name: channels, patterns or shard channels.
struct SubscriberIndex {
  private var names = OrderedSet<[UInt8]>()
  /// Subscribers of the name at the same position. None is empty.
  private var subscribers: [OrderedSet<SessionHandle>] = []

  init() {}

  /// How many names have subscribers.
  var count: Int { names.count }

  /// The names that have subscribers.
  var all: [[UInt8]] { names.elements }

  mutating func add(_ name: [UInt8], _ handle: SessionHandle) {
    if names.insert(name) { subscribers.append(OrderedSet()) }
    guard let position = names.position(of: name) else { return }
    subscribers[position].insert(handle)
  }

  mutating func remove(_ name: [UInt8], _ handle: SessionHandle) {
    guard let position = names.position(of: name) else { return }
    subscribers[position].remove(handle)
    guard subscribers[position].isEmpty else { return }
    names.remove(name)
    let last = subscribers.removeLast()
    if position < subscribers.count { subscribers[position] = last }
  }

  /// The sessions that have subscribed to `name`, in the order they did.
  func sessions(_ name: [UInt8]) -> [SessionHandle] {
    names.position(of: name).map { subscribers[$0].elements } ?? []
  }

  /// The sessions that have subscribed to the name at `position` of `all`.
  func sessions(at position: Int) -> [SessionHandle] { subscribers[position].elements }
}

/// The three kinds of names that a session may subscribe to.
enum SubscriptionKind: BitwiseCopyable {
  case channel, pattern, shardChannel

  /// The first word of what a subscriber is told.
  var subscribed: StaticString {
    switch self {
    case .channel: "subscribe"
    case .pattern: "psubscribe"
    case .shardChannel: "ssubscribe"
    }
  }

  var unsubscribed: StaticString {
    switch self {
    case .channel: "unsubscribe"
    case .pattern: "punsubscribe"
    case .shardChannel: "sunsubscribe"
    }
  }
}

/// All subscriptions, by name. What a session has subscribed to stands in its `Subscriptions` too.
struct PubSub {
  var channels = SubscriberIndex()
  var patterns = SubscriberIndex()
  var shardChannels = SubscriberIndex()

  init() {}

  subscript(_ kind: SubscriptionKind) -> SubscriberIndex {
    get {
      switch kind {
      case .channel: channels
      case .pattern: patterns
      case .shardChannel: shardChannels
      }
    }
    _modify {
      switch kind {
      case .channel: yield &channels
      case .pattern: yield &patterns
      case .shardChannel: yield &shardChannels
      }
    }
  }
}
