internal import Engine

/// From the engine's chains and its log to the sockets: at most one send in flight for each connection.
extension Loop {
  /// Submits the output of every session that has some and nothing under way.
  mutating func sendOutput() {
    while let handle = engine.nextSessionWithOutput() {
      guard let slot = connections.open(handle), connections.table[slot].sending == .idle else { continue }
      sendMore(slot, .quiet)
    }
    feedReplicas()
  }

  /// Sends replicas what they have before them. What comes after a silence leaves at once; while more comes all the time it
  /// leaves in larger pieces, since a send costs more than what it carries.
  private mutating func feedReplicas() {
    nextFeed = .max
    let sinceLast = now.monotonicMicroseconds - lastFeed
    let gathers = sinceLast < Self.feedPauseMicroseconds && engine.mayGatherForReplicas && exitStatus == nil
    var hasFed = false
    for handle in engine.replicas {
      let pending = engine.pendingFeed(handle)
      guard pending > 0, let slot = connections.open(handle), connections.table[slot].sending == .idle else { continue }
      if gathers, pending < Self.worthwhileFeedBytes, !engine.isSentSnapshot(handle) {
        nextFeed = lastFeed + Self.feedPauseMicroseconds
        continue
      }
      sendMore(slot, .quiet)
      hasFed = true
    }
    if hasFed, !gathers { lastFeed = now.monotonicMicroseconds }
  }

  /// Submits what a connection has to send next: what is left of a chain, then replies, then the log.
  mutating func sendMore(_ slot: UInt32, _ manner: Connection.Sending) {
    if !connections.table[slot].outgoing.isEmpty {
      connections.submit(slot, manner, &arena, &ring)
    } else {
      let handle = connections.table[slot].handle
      let chain = engine.takeOutput(handle)
      if !chain.isEmpty {
        connections.table[slot].outgoing = chain
        connections.submit(slot, manner, &arena, &ring)
      } else if engine.pendingFeed(handle) > 0 {
        feed(slot, handle, manner)
      } else if connections.table[slot].closesAfterOutput {
        if !engine.hasOutputToCome(handle) { connections.close(slot, &buffers, &ring) }
        return
      }
    }
    // A quiet send says nothing when it is over: whoever waits for that must look again without waiting.
    if connections.table[slot].closesAfterOutput, connections.table[slot].sending == .quiet { hasWork = true }
  }

  /// Sends from the log's own blocks all that a replica has before it.
  private mutating func feed(_ slot: UInt32, _ handle: SessionHandle, _ manner: Connection.Sending) {
    connections.makeRoom(&arena, &ring)
    arena.begin()
    var covered = 0
    engine.forEachFeedPiece(handle, limit: VectorArena.vectorsPerSend) { piece in
      covered += arena.add(piece)
    }
    connections.submitGathered(slot, manner, bytes: covered, isFeeding: true, &arena, &ring)
    // A quiet send says nothing when it is over: what did not fit into this one must not wait for somebody else.
    // Nor must the rest of a snapshot, which is made or read when this much has left.
    if covered < engine.pendingFeed(handle) || engine.isSentSnapshot(handle) { hasWork = true }
  }

  /// Takes a send's completion in. A short one goes on from where it stopped, waiting for room in the socket.
  mutating func sent(_ completion: Completion) {
    switch connections.sent(completion, &ring) {
    case .nothing: break
    case .broken(let slot):
      // Also where it only said that nothing more will come: nobody is there any more.
      connections.table[slot].mayStillRead = false
      ended.append(connections.table[slot].handle)
    case .bytes(let slot, let count):
      let isShort = count < connections.table[slot].submittedBytes
      noteSent(slot, count)
      sendMore(slot, isShort ? .waiting : .quiet)
    }
  }

  /// After the drain: quiet sends that kept silent have succeeded.
  mutating func finishQuietSends() {
    for index in 0..<connections.quietCount {
      guard let (slot, count) = connections.finishQuiet(index, &ring) else { continue }
      noteSent(slot, count)
      // More is only left of what had more pieces than one send takes, or came from the log meanwhile.
      if !connections.table[slot].outgoing.isEmpty {
        sendMore(slot, .waiting)
      } else if connections.table[slot].closesAfterOutput,
        !engine.hasOutputToCome(connections.table[slot].handle)
      {
        connections.close(slot, &buffers, &ring)
      }
    }
    connections.forgetQuiet()
  }

  private mutating func noteSent(_ slot: UInt32, _ count: Int) {
    counters.bytesSent += Int64(count)
    let handle = connections.table[slot].handle
    if connections.table[slot].isFeeding {
      engine.fed(count, to: handle)
    } else {
      engine.sent(count, of: &connections.table[slot].outgoing, to: handle)
    }
  }
}
