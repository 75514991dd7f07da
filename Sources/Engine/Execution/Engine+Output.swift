// What leaves the engine towards connections: chains of replies, and the log for replicas.
extension Engine {
  /// The next session that has something to send, once for each time something was added.
  public mutating func nextSessionWithOutput() -> SessionHandle? {
    while !call.sessions.withOutput.isEmpty {
      let handle = call.sessions.withOutput.removeLast()
      guard call.sessions.contains(handle) else { continue }
      call.sessions[handle].isListedForOutput = false
      return handle
    }
    return nil
  }

  /// Takes the session's output, to be sent as a whole; give it back to `sent` as it goes.
  public mutating func takeOutput(_ handle: SessionHandle) -> OutputChain {
    var taken = OutputChain()
    guard call.sessions.contains(handle) else { return taken }
    swap(&taken, &call.sessions[handle].output)
    call.sessions[handle].bytesInFlight += taken.count
    return taken
  }

  /// Notes that `byteCount` bytes of a taken chain were sent; their chunks go back to the pool.
  public mutating func sent(_ byteCount: Int, of chain: inout OutputChain, to handle: SessionHandle) {
    call.reply.pool.release(byteCount, of: &chain)
    guard call.sessions.contains(handle) else { return }
    call.sessions[handle].bytesInFlight -= byteCount
    call.sessions[handle].bytesSent += Int64(byteCount)
  }

  /// Takes back a chain that cannot be sent any more.
  public mutating func discard(_ chain: consuming OutputChain, of handle: SessionHandle) {
    let count = chain.count
    var chain = chain
    call.reply.pool.release(count, of: &chain)
    if call.sessions.contains(handle) { call.sessions[handle].bytesInFlight -= count }
  }

  // MARK: Replicas

  /// Bytes of the log that the session, a replica, has before it; 0 for everybody else.
  public func pendingFeed(_ handle: SessionHandle) -> Int {
    guard call.sessions.contains(handle), let cursor = call.sessions[handle].cursor else { return 0 }
    return call.log.pendingBytes(cursor)
  }

  /// Calls `body` with up to `limit` runs of the log's bytes that the replica has before it. They stay where they are,
  /// unchanged, until `fed` says that they were sent or the session is gone.
  public func forEachFeedPiece(_ handle: SessionHandle, limit: Int, _ body: (Bytes) -> Void) {
    guard call.sessions.contains(handle), let cursor = call.sessions[handle].cursor else { return }
    call.log.forEachPiece(cursor, limit: limit, body)
  }

  /// Notes that a replica was sent `byteCount` bytes of the log.
  public mutating func fed(_ byteCount: Int, to handle: SessionHandle) {
    guard call.sessions.contains(handle), var cursor = call.sessions[handle].cursor else { return }
    call.log.advance(&cursor, by: byteCount)
    call.sessions[handle].cursor = cursor
    call.sessions[handle].bytesSent += Int64(byteCount)
  }
}
