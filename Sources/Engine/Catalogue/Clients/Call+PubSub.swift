// Subscriptions and publications.
extension Call {
  // MARK: Subscribing

  /// The names of one kind that a session has subscribed to.
  func subscriptions(_ handle: SessionHandle, _ kind: SubscriptionKind) -> [[UInt8]] {
    guard let own = sessions[handle].subscriptions else { return [] }
    switch kind {
    case .channel: return own.channels.elements
    case .pattern: return own.patterns.elements
    case .shardChannel: return own.shardChannels.elements
    }
  }

  /// How many names a session has subscribed to, as its confirmations count them: shard channels for themselves.
  func subscriptionCount(_ handle: SessionHandle, _ kind: SubscriptionKind) -> Int {
    guard let own = sessions[handle].subscriptions else { return 0 }
    return kind == .shardChannel ? own.shardChannels.count : own.channels.count + own.patterns.count
  }

  /// Subscribes a session, unless it is already.
  mutating func subscribe(_ handle: SessionHandle, to name: [UInt8], _ kind: SubscriptionKind) {
    let own = sessions[handle].subscriptions ?? Subscriptions()
    sessions[handle].subscriptions = own
    let isNew =
      switch kind {
      case .channel: own.channels.insert(name)
      case .pattern: own.patterns.insert(name)
      case .shardChannel: own.shardChannels.insert(name)
      }
    guard isNew else { return }
    if !sessions[handle].flags.contains(.subscriber) {
      sessions[handle].flags.insert(.subscriber)
      subscriberCount += 1
    }
    pubSub[kind].add(name, handle)
  }

  /// Ends a subscription, if there is one.
  mutating func unsubscribe(_ handle: SessionHandle, from name: [UInt8], _ kind: SubscriptionKind) {
    guard let own = sessions[handle].subscriptions else { return }
    let position =
      switch kind {
      case .channel: own.channels.remove(name)
      case .pattern: own.patterns.remove(name)
      case .shardChannel: own.shardChannels.remove(name)
      }
    guard position != nil else { return }
    pubSub[kind].remove(name, handle)
    guard own.isEmpty else { return }
    sessions[handle].subscriptions = nil
    sessions[handle].flags.remove(.subscriber)
    subscriberCount -= 1
  }

  /// Ends all subscriptions of a session, without a word to it.
  mutating func unsubscribeAll(_ handle: SessionHandle) {
    guard sessions[handle].subscriptions != nil else { return }
    for kind in [SubscriptionKind.channel, .pattern, .shardChannel] {
      for name in subscriptions(handle, kind) { unsubscribe(handle, from: name, kind) }
    }
  }

  /// Ends what a session that goes away would otherwise still be told.
  mutating func forgetInterests(of handle: SessionHandle) {
    endTransaction(handle)
    endKeyWait(handle)
    endTracking(handle)
    unsubscribeAll(handle)
  }

  // MARK: Publishing

  /// Publishes a message to those who have subscribed to the channel, then to those with a pattern that matches it.
  /// - Returns: how many it goes to; a session counts once for each subscription.
  @discardableResult
  mutating func publish(_ message: Bytes, to channel: Bytes) -> Int {
    guard pubSub.channels.count + pubSub.patterns.count > 0 else { return 0 }
    var count = 0
    let direct = pubSub.channels.sessions(channel.array)
    if !direct.isEmpty {
      count += direct.count
      deliver([Bytes("message"), channel, message], to: direct)
    }
    for (position, pattern) in pubSub.patterns.all.enumerated() {
      pattern.withBytes { pattern in
        guard Glob.matches(channel, pattern: pattern) else { return }
        let matching = pubSub.patterns.sessions(at: position)
        count += matching.count
        deliver([Bytes("pmessage"), pattern, channel, message], to: matching)
      }
    }
    return count
  }

  /// Publishes a message to those who have subscribed to the shard channel.
  /// - Returns: how many it goes to.
  mutating func publish(_ message: Bytes, toShard channel: Bytes) -> Int {
    guard pubSub.shardChannels.count > 0 else { return 0 }
    let direct = pubSub.shardChannels.sessions(channel.array)
    if !direct.isEmpty { deliver([Bytes("smessage"), channel, message], to: direct) }
    return direct.count
  }

  /// Sends a message to sessions: encoded once, copied to each. The two versions of RESP differ in its first byte only.
  private mutating func deliver(_ words: [Bytes], to handles: [SessionHandle]) {
    var message = ByteBuffer()
    message.append(decimal: words.count)
    message.append("\r\n")
    for word in words {
      message.append(UInt8(ascii: "$"))
      message.append(decimal: word.count)
      message.append("\r\n")
      message.append(word)
      message.append("\r\n")
    }
    for handle in handles { push(message.bytes, to: handle) }
  }

  /// Sends a session a message it has not asked for just now. The one whose request runs gets it after its reply.
  private mutating func push(_ message: Bytes, to handle: SessionHandle) {
    guard handle == session else {
      return write(to: handle, isPush: true) { $0.pushed(message) }
    }
    let prefix: UInt8 = reply.version == 3 ? UInt8(ascii: ">") : UInt8(ascii: "*")
    pushesToAsker.append(prefix)
    pushesToAsker.append(message)
    sessions[handle].flags.insert(.awaitsPushes)
  }

  /// Sends a session a whole message it has not asked for just now, as `push` does.
  mutating func pushEncoded(_ message: Bytes, to handle: SessionHandle) {
    guard handle == session else { return write(to: handle, isPush: true) { $0.raw(message) } }
    pushesToAsker.append(message)
    sessions[handle].flags.insert(.awaitsPushes)
  }

  /// Sends the asking session what was published to it while its request ran.
  @inline(never)
  mutating func releasePushes() {
    sessions[session].flags.remove(.awaitsPushes)
    let isMuted = reply.isMuted
    reply.isMuted = sessions[session].flags.contains(.aborted)
    reply.raw(pushesToAsker.bytes)
    reply.isMuted = isMuted
    pushesToAsker.removeAll(keeping: 1 << 16)
  }

  // MARK: Keyspace notifications

  /// Tells subscribers what happened to the key that is argument `index` (`notify-keyspace-events`).
  @inline(__always)
  mutating func notify(_ kind: KeyspaceEventClasses, _ event: StaticString, _ index: Int) {
    if configuration.notifyKeyspaceEvents.isEmpty { return }
    publishEvent(kind, event, arguments[index], in: database)
  }

  /// Tells subscribers what happened to a key of a database.
  @inline(__always)
  mutating func notify(_ kind: KeyspaceEventClasses, _ event: StaticString, _ key: Bytes, in database: Int) {
    if configuration.notifyKeyspaceEvents.isEmpty { return }
    publishEvent(kind, event, key, in: database)
  }

  @inline(never)
  private mutating func publishEvent(
    _ kind: KeyspaceEventClasses, _ event: StaticString, _ key: Bytes, in database: Int
  ) {
    let wanted = configuration.notifyKeyspaceEvents
    guard !wanted.isDisjoint(with: kind) else { return }
    var channel = ByteBuffer()
    if wanted.contains(.keyspace) {
      channel.append("__keyspace@")
      channel.append(decimal: database)
      channel.append("__:")
      channel.append(key)
      publish(Bytes(event), to: channel.bytes)
    }
    guard wanted.contains(.keyevent) else { return }
    channel.removeAll()
    channel.append("__keyevent@")
    channel.append(decimal: database)
    channel.append("__:")
    channel.append(event)
    publish(key, to: channel.bytes)
  }
}

extension ReplyWriter {
  /// Writes a message that lacks only the first byte.
  fileprivate mutating func pushed(_ message: Bytes) {
    raw(version == 3 ? ">" : "*")
    raw(message)
  }
}
