// Client-side caching: the server remembers what a client has read, and tells it once when that changes.
extension Call {
  // MARK: On and off

  /// Tracks the session's reads, or has it hear of all keys with its prefixes, from now on.
  mutating func track(_ handle: SessionHandle, _ wanted: Tracking, broadcasts: Bool) {
    if !sessions[handle].flags.contains(.tracking) { tracking.sessionCount += 1 }
    var wanted = wanted
    for prefix in wanted.prefixes { tracking.add(prefix: prefix, handle) }
    wanted.prefixes = Set(wanted.prefixes + (sessions[handle].tracking?.prefixes ?? []))
      .sorted { $0.lexicographicallyPrecedes($1) }
    sessions[handle].tracking = wanted
    sessions[handle].flags.insert(.tracking)
    sessions[handle].flags.subtract([.trackingBroadcast, .trackingBroken])
    if broadcasts { sessions[handle].flags.insert(.trackingBroadcast) }
  }

  mutating func endTracking(_ handle: SessionHandle) {
    guard let state = sessions[handle].tracking else { return }
    for prefix in state.prefixes { tracking.remove(prefix: prefix, handle) }
    sessions[handle].tracking = nil
    sessions[handle].flags.subtract([.tracking, .trackingBroadcast, .trackingBroken, .announcedCaching])
    tracking.sessionCount -= 1
  }

  // MARK: Reads

  /// Remembers the keys of a command that only reads, for the session that asked for it, if its reads are tracked.
  mutating func rememberReads(_ identity: Int) {
    let flags = sessions[session].flags
    guard flags.contains(.tracking), !flags.contains(.trackingBroadcast), let state = sessions[session].tracking,
      !catalogue[identity].flags.contains(.pubsub)
    else { return }
    switch state.choice {
    case .all: break
    case .optIn: if !flags.contains(.announcedCaching) { return }
    case .optOut: if flags.contains(.announcedCaching) { return }
    }
    for key in catalogue.keys(identity, arguments) ?? [] { tracking.add(arguments[key.index].array, session) }
  }

  /// Drops keys chosen at random from a table that holds more than `tracking-table-max-keys`: who had read them is told
  /// as if they had changed. The effort grows while that does not help.
  mutating func limitTracking() {
    let limit = configuration.trackingTableMaxKeys
    guard limit > 0, tracking.keyCount > limit else {
      tracking.failedAttempts = 0
      return
    }
    for _ in 0..<100 * (tracking.failedAttempts + 1) {
      let key = tracking.key(at: random.next(below: tracking.keyCount))
      forgetCached(key, changedBy: .none)
      if tracking.keyCount <= limit {
        tracking.failedAttempts = 0
        return
      }
    }
    tracking.failedAttempts += 1
  }

  // MARK: Changes

  /// Tells those who may have the key in their caches that it has changed. The databases are not told apart.
  @inline(never)
  mutating func invalidate(_ key: Bytes, changedBy changer: SessionHandle) {
    let key = key.array
    tracking.noteChange(key, by: changer)
    forgetCached(key, changedBy: changer)
  }

  private mutating func forgetCached(_ key: [UInt8], changedBy changer: SessionHandle) {
    for handle in tracking.take(key) {
      guard sessions.contains(handle), let state = sessions[handle].tracking,
        !sessions[handle].flags.contains(.trackingBroadcast)
      else { continue }
      if state.ignoresOwnChanges, handle == changer { continue }
      sendInvalidation(.keys([key]), to: handle)
    }
  }

  /// Tells all who track that everything has changed.
  mutating func invalidateAll() {
    guard tracking.sessionCount > 0 || tracking.keyCount > 0 else { return }
    tracking.forgetAllKeys()
    for handle in sessions.handles where sessions[handle].flags.contains(.tracking) {
      sendInvalidation(.everything, to: handle)
    }
  }

  /// Tells those who hear of prefixes what has changed in this turn.
  @inline(never)
  mutating func broadcastInvalidations() {
    for (hearers, changes) in tracking.takeChanges() {
      let all = changes.map(\.key)
      for handle in hearers {
        guard sessions.contains(handle), let state = sessions[handle].tracking else { continue }
        let keys = state.ignoresOwnChanges ? changes.filter { $0.by != handle }.map(\.key) : all
        if !keys.isEmpty { sendInvalidation(.keys(keys), to: handle) }
      }
    }
  }

  // MARK: Messages

  private enum Invalidation {
    case keys([[UInt8]])
    case everything
  }

  /// Sends a message to whom the session's go: in RESP3 as a push of its own kind, in RESP2 as a publication, to a
  /// redirection that is subscribed, and to nobody else.
  private mutating func sendInvalidation(_ what: Invalidation, to handle: SessionHandle) {
    var target = handle
    let redirection = sessions[handle].tracking?.redirection
    if let redirection {
      guard sessions.contains(redirection.handle), !sessions[redirection.handle].flags.contains(.aborted) else {
        return reportBroken(redirection.id, to: handle)
      }
      target = redirection.handle
    }
    var message = ByteBuffer()
    if version(of: target) > 2 {
      message.append(">2\r\n$10\r\ninvalidate\r\n")
    } else if redirection != nil, sessions[target].flags.contains(.subscriber) {
      message.append("*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n")
    } else {
      return
    }
    switch what {
    case .everything: message.append(version(of: handle) > 2 ? "_\r\n" : "$-1\r\n")
    case .keys(let keys):
      message.append("*")
      message.append(decimal: keys.count)
      message.append("\r\n")
      for key in keys { key.withBytes { message.append(bulk: $0) } }
    }
    pushEncoded(message.bytes, to: target)
  }

  private mutating func reportBroken(_ id: UInt64, to handle: SessionHandle) {
    sessions[handle].flags.insert(.trackingBroken)
    guard version(of: handle) > 2 else { return }
    var message = ByteBuffer()
    message.append(">2\r\n$21\r\ntracking-redir-broken\r\n:")
    message.append(decimal: id)
    message.append("\r\n")
    pushEncoded(message.bytes, to: handle)
  }

  private func version(of handle: SessionHandle) -> Int {
    handle == session ? reply.version : sessions[handle].protocolVersion
  }
}
