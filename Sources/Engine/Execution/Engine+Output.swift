// What leaves the engine towards connections: chains of replies, and the log for replicas.
extension Engine {
  /// The next session that has something to send, once for each time something was added.
  public mutating func nextSessionWithOutput() -> SessionHandle? {
    while !call.sessions.withOutput.isEmpty {
      let handle = call.sessions.withOutput.removeLast()
      guard call.sessions.contains(handle) else { continue }
      call.sessions[handle].isListedForOutput = false
      if call.sessions[handle].pendingOutputBytes > OutputPool.chunkBytes { enforceOutputLimit(handle) }
      if call.sessions[handle].flags.contains(.aborted) { continue }
      return handle
    }
    return nil
  }

  /// Takes the session's output, to be sent as a whole; give it back to `sent` as it goes.
  public mutating func takeOutput(_ handle: SessionHandle) -> OutputChain {
    var taken = OutputChain()
    guard call.sessions.contains(handle) else { return taken }
    swap(&taken, &call.sessions[handle].released)
    var newer = OutputChain()
    swap(&newer, &call.sessions[handle].output)
    taken.append(newer)
    call.sessions[handle].bytesInFlight += taken.count
    return taken
  }

  /// Whether the session has replies that `takeOutput` has not given out: they wait until what they tell of is safe, or have
  /// just been let go.
  public func hasOutputToCome(_ handle: SessionHandle) -> Bool {
    call.sessions.contains(handle)
      && (call.sessions[handle].heldBytes > 0 || !call.sessions[handle].released.isEmpty)
  }

  /// Whether the session's request was put off for the disk: what comes behind it can stay where it is. That of who is put
  /// off by a pause is received and has its limit, as in Redis.
  public func isPutOff(_ handle: SessionHandle) -> Bool {
    call.isBackedUp && call.sessions.contains(handle) && call.sessions[handle].flags.contains(.postponed)
  }

  /// Whether the session has replies that wait until what they tell of is safe.
  public func holdsOutput(_ handle: SessionHandle) -> Bool {
    call.sessions.contains(handle) && call.sessions[handle].heldBytes > 0
  }

  /// Notes that `byteCount` bytes of a taken chain were sent; their chunks go back to the pool.
  public mutating func sent(_ byteCount: Int, of chain: inout OutputChain, to handle: SessionHandle) {
    call.reply.pool.release(byteCount, of: &chain)
    guard call.sessions.contains(handle) else { return }
    call.sessions[handle].bytesInFlight -= byteCount
    call.sessions[handle].bytesSent += Int64(byteCount)
    call.sessions[handle].lastInteraction = call.now.unixMicroseconds
  }

  /// Takes back a chain that cannot be sent any more.
  public mutating func discard(_ chain: consuming OutputChain, of handle: SessionHandle) {
    let count = chain.count
    var chain = chain
    call.reply.pool.release(count, of: &chain)
    if call.sessions.contains(handle) { call.sessions[handle].bytesInFlight -= count }
  }
}
