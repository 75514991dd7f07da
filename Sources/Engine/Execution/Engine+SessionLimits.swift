// What a session may cost: output that nobody reads, input that never ends, silence, memory in all.
extension Engine {
  // MARK: Output

  /// Aborts the session if more output waits for it than `client-output-buffer-limit` allows its class.
  ///
  /// The first chunk of output is free, as Redis's static buffer is.
  @inline(never)
  mutating func enforceOutputLimit(_ handle: SessionHandle) {
    guard call.sessions.contains(handle), !call.sessions[handle].flags.contains(.aborted) else { return }
    let limit = call.outputLimit(of: handle)
    guard limit.hardBytes > 0 || limit.softBytes > 0 else { return }
    let waiting = call.memoryUsage(of: handle).furtherOutput
    guard waiting > 0 else {
      call.sessions[handle].softLimitSince = nil
      return
    }
    guard call.exceeds(limit, handle, waiting) else { return }
    call.logLine(
      .warning,
      "Client \(call.description(of: handle)) scheduled to be closed ASAP for overcoming of output buffer limits.")
    call.statistics.outputBufferLimitDisconnections += 1
    call.abort(handle)
  }

  // MARK: Input

  /// Notes how many bytes a connection holds of requests that are unfinished, or that may not run yet.
  ///
  /// - Parameter start: the first of those bytes, for the log.
  /// - Returns: whether the session was aborted, because they are more than `client-query-buffer-limit`.
  @discardableResult
  public mutating func noteInput(_ handle: SessionHandle, bytes byteCount: Int, start: Bytes = Bytes()) -> Bool {
    guard call.sessions.contains(handle) else { return true }
    call.sessions[handle].inputBytes = byteCount
    // While it loads, a replica sends newlines, which are no request: its signs of life.
    if call.sessions[handle].flags.contains(.replica), call.sessions[handle].replica?.stage == .online {
      call.sessions[handle].replica?.acknowledgedAt = call.now.monotonicMicroseconds
    }
    guard byteCount > call.configuration.clientQueryBufferLimit,
      call.sessions[handle].flags.isDisjoint(with: [.primary, .aborted])
    else { return call.sessions[handle].flags.contains(.aborted) }
    var quoted = ByteBuffer()
    quoted.append(quoted: start[0..<min(start.count, 64)])
    call.logLine(
      .warning,
      """
      Closing client that reached max query buffer length: \(call.description(of: handle)) \
      (qbuf initial bytes: \(quoted.text))
      """)
    call.statistics.queryBufferLimitDisconnections += 1
    call.abort(handle)
    return true
  }

  // MARK: Periodic

  /// Work that sessions need `hz` times a second: the end of a pause, soft limits that last, silence. Each session has
  /// its turn once a second.
  mutating func tendSessions() {
    call.updatePause()
    evictSessions()
    let share = max(64, call.sessions.seatCount / max(call.configuration.hz, 1) + 1)
    for _ in 0..<min(share, call.sessions.seatCount) {
      tendedSlot = tendedSlot + 1 < call.sessions.seatCount ? tendedSlot + 1 : 0
      guard let handle = call.sessions.occupant(seat: tendedSlot) else { continue }
      if call.sessions[handle].pendingOutputBytes > 0 || call.sessions[handle].cursor != nil {
        enforceOutputLimit(handle)
      }
      endIfIdle(handle)
    }
  }

  /// `timeout`: not for replicas, monitors, subscribers, and whoever waits for something.
  private mutating func endIfIdle(_ handle: SessionHandle) {
    let timeout = Int64(call.configuration.timeout)
    guard timeout > 0 else { return }
    let exempt: Session.Flags = [.replica, .monitor, .primary, .blocked, .subscriber, .aborted]
    guard call.sessions[handle].flags.isDisjoint(with: exempt),
      call.now.unixSeconds - call.sessions[handle].lastInteraction / 1_000_000 > timeout
    else { return }
    call.logLine(.verbose, "Closing idle client")
    call.abort(handle)
  }

  // MARK: Memory in all

  /// Aborts the costliest sessions until all together cost less than `maxmemory-clients`.
  mutating func evictSessions() {
    guard let limit = call.sessionMemoryLimit else { return }
    var total = 0
    var candidates: [(bytes: Int, handle: SessionHandle)] = []
    for handle in call.sessions.handles {
      guard call.sessions[handle].flags.isDisjoint(with: [.replica, .primary]) else { continue }
      let bytes = call.memoryUsage(of: handle).total
      total += bytes
      if !call.sessions[handle].flags.contains(.noEvict) { candidates.append((bytes, handle)) }
    }
    guard total >= limit else { return }
    candidates.sort { $0.bytes > $1.bytes }
    for (bytes, handle) in candidates {
      guard total >= limit else { return }
      call.logLine(.notice, "Evicting client: \(call.description(of: handle))")
      call.statistics.evictedClients += 1
      call.abort(handle)
      total -= bytes
    }
    if total >= limit { call.logLine(.warning, "Over client maxmemory after evicting all evictable clients") }
  }
}

extension Call {
  fileprivate func outputLimit(of handle: SessionHandle) -> OutputBufferLimit {
    let limits = configuration.clientOutputBufferLimit
    switch sessions[handle].clientClass {
    case .normal, .primary: return limits.normal
    case .pubsub: return limits.pubsub
    case .replica:
      // What a partial resync may have to be sent is never too much.
      var limit = limits.replica
      if limit.hardBytes > 0 { limit.hardBytes = max(limit.hardBytes, configuration.replBacklogSize) }
      return limit
    }
  }

  /// Whether `waiting` bytes exceed the limit now: the hard one at once, the soft one when it lasts.
  fileprivate mutating func exceeds(_ limit: OutputBufferLimit, _ handle: SessionHandle, _ waiting: Int) -> Bool {
    if limit.hardBytes > 0, waiting >= limit.hardBytes { return true }
    guard limit.softBytes > 0, waiting >= limit.softBytes else {
      sessions[handle].softLimitSince = nil
      return false
    }
    guard let since = sessions[handle].softLimitSince else {
      sessions[handle].softLimitSince = now.monotonicMicroseconds
      return false
    }
    return now.monotonicMicroseconds - since > Int64(microsecondsIn: limit.softSeconds)
  }

  /// Bytes that all ordinary sessions may cost together, or nil where there is no limit.
  fileprivate var sessionMemoryLimit: Int? {
    let setting = configuration.maxmemoryClients
    // A negative number is a percentage of `maxmemory`. Below 128 KiB nobody could talk to the server.
    if setting > 0 { return max(setting, 128 * 1024) }
    guard setting < 0, configuration.maxmemory > 0 else { return nil }
    let (share, overflows) = (configuration.maxmemory / 100).multipliedReportingOverflow(by: -setting)
    return overflows ? .max : max(share, 128 * 1024)
  }
}
