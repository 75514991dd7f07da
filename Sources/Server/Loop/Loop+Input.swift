internal import Engine
internal import Glibc
internal import Logging

/// From completions to replies.
extension Loop {
  /// Takes in every completion that is ready. No request runs yet: views into buffers begin only after this.
  mutating func drain() {
    connections.noteHandedOver()
    while let completion = ring.nextCompletion() {
      counters.completions += 1
      switch completion.token.operation {
      case .receive: received(completion)
      case .send, .quietSend: sent(completion)
      case .accept: accepted(completion)
      case .connect: connected(completion)
      case .signal: signalled(completion)
      case .fileWrite, .fileSync: fileCompleted(completion)
      case .fileRead: readCompleted(completion)
      case .snapshotOpen, .snapshotRemove: snapshotFileCompleted(completion)
      case .ignored, .close, .cancel, .wake: break
      }
    }
  }

  private mutating func received(_ completion: Completion) {
    switch connections.received(completion, &buffers, &ring) {
    case .nothing: break
    case .bytes(let slot):
      counters.bytesReceived += Int64(completion.result)
      activity.noteArrival(isFirst: connections.table[slot].activeEpoch != activity.epoch)
      connections.table[slot].activeEpoch = activity.epoch
      // What is held is not parsed, and nobody else would look at how much it has become.
      if connections.table[slot].isHeld { noteInput(slot) } else { makeReady(slot) }
    case .ended(let slot):
      let handle = connections.table[slot].handle
      ended.append(handle)
      if logger.logLevel <= .info, let client = engine.description(of: handle) {
        logger.info("Client closed connection \(client)")
      }
    }
  }

  /// Tells the engine how much input of a client's waits.
  private mutating func noteInput(_ slot: UInt32) {
    engine.noteInput(
      connections.table[slot].handle, bytes: connections.table[slot].input.count,
      start: connections.table[slot].input.bytes)
    pausePutOff(slot)
  }

  /// Receives nothing more of a client whose request the engine put off: what comes behind it stays with the kernel, and
  /// the client waits, however much it has to send. Of who sends little the end is still seen.
  private mutating func pausePutOff(_ slot: UInt32) {
    guard connections.table[slot].isHeld, !connections.table[slot].isPaused,
      connections.table[slot].input.count > Loop.heldInputBytes, engine.isPutOff(connections.table[slot].handle)
    else { return }
    connections.setPaused(slot, true, &ring)
  }

  /// Puts a connection with input into the list to be parsed.
  mutating func makeReady(_ slot: UInt32) {
    guard !connections.table[slot].isReady, !connections.table[slot].isHeld else { return }
    connections.table[slot].isReady = true
    ready.append(connections.table[slot].handle)
  }

  /// Parses and runs what is ready, round after round while there is more.
  mutating func runRequests() {
    var rounds = 0
    while !ready.isEmpty {
      runRound()
      swap(&ready, &readyNext)
      readyNext.removeAll()
      rounds += 1
      if rounds == Loop.roundsPerTurn {
        // Others wait: what is left goes on after the next enter.
        if !ready.isEmpty { hasWork = true }
        return
      }
    }
  }

  private mutating func runRound() {
    for index in 0..<ready.count {
      let handle = ready[index]
      guard let slot = connections.open(handle) else { continue }
      if handle == primary.handle {
        // What a primary sends is no request: the engine makes of it what the link's stage asks.
        connections.table[slot].parsed = Connection.Parsed()
        connections.table[slot].parsed.consumed = engine.receiveFromPrimary(
          connections.table[slot].bytes(buffers), on: handle, now: now)
        if engine.holdsPrimary { primary.wasHeld = true }
        continue
      }
      connections.parse(
        slot, buffers, limits: engine.parserLimits(handle),
        maximumRequests: engine.maySendAhead(handle) ? Loop.requestsPerRound : 1, into: &batch)
    }
    engine.step(&batch, now: now)
    if batch.deferredCount > 0 { noteDeferred() }
    for index in 0..<ready.count {
      let handle = ready[index]
      guard let slot = connections.open(handle) else { continue }
      connections.table[slot].isReady = false
      if connections.settle(slot, &buffers) {
        connections.table[slot].isReady = true
        readyNext.append(handle)
      } else if handle != primary.handle {
        noteInput(slot)
      }
    }
    batch.removeAll()
  }

  /// Finds, for each session the engine put off, where its first request lies that did not run.
  private mutating func noteDeferred() {
    for index in 0..<batch.count where batch[index].isDeferred {
      let slot = batch[index].session.slot
      if connections.table[slot].parsed.deferredFrom == nil {
        connections.table[slot].parsed.deferredFrom = batch[index].inputStart
      }
    }
  }
}
