internal import Engine
internal import Glibc

/// The connections, by slot: their descriptors' lives, and what is in flight on each.
///
///     accept / connect ─▶ open ─▶ closing ─(nothing in flight)─▶ gone ─(engine told)─▶ vacant, next generation
///
/// A slot is given back only after the engine was told, and after every completion of its tenant has come, so the kernel never holds memory of a
/// connection that is gone; the generation catches the rest (a cancel's own answer).
struct Connections: ~Copyable {
  var table = SlotTable<Connection> { Connection(slot: $0) }
  /// Connections that are open or connecting.
  private(set) var openCount = 0
  /// Those that found no buffer, first come first armed.
  private var starving: [Token] = []
  private var starvingHead = 0
  /// Those of which the kernel holds nothing any more, to be told to the engine.
  private var gone: [UInt32] = []
  /// Sends that speak up only when they fail, since the last enter.
  private var quiet = Slab<QuietSend>(capacity: 256)
  /// How many of them the kernel had been given before the completions at hand were taken in.
  private(set) var quietCount = 0

  /// The connection a completion speaks of, nil when that one is gone.
  func current(_ token: Token) -> UInt32? {
    guard token.slot < table.capacity else { return nil }
    return table[token.slot].generation == token.generation ? token.slot : nil
  }

  /// The connection of a session, nil when it is gone or going.
  func open(_ handle: SessionHandle) -> UInt32? {
    guard handle.slot < table.capacity, table[handle.slot].generation == handle.generation else { return nil }
    return table[handle.slot].phase == .open ? handle.slot : nil
  }

  /// Whether the handle's connection still has its slot.
  func isCurrent(_ handle: SessionHandle) -> Bool {
    handle.slot < table.capacity && table[handle.slot].generation == handle.generation
  }

  /// Whether any connection has a send under way.
  var isSending: Bool {
    for slot in 0..<UInt32(table.capacity) where table[slot].sending != .idle { return true }
    return false
  }

  // MARK: - Beginning

  /// Takes a descriptor in and starts to receive.
  mutating func adopt(_ descriptor: Int32, _ ring: inout Ring) -> SessionHandle {
    let slot = begin(descriptor, .open)
    arm(slot, &ring)
    return table[slot].handle
  }

  /// Takes a descriptor in that is being connected. The completion's operation is `.connect`.
  mutating func adoptConnecting(_ descriptor: Int32) -> SessionHandle {
    let slot = begin(descriptor, .connecting)
    table[slot].isConnecting = true
    return table[slot].handle
  }

  /// Takes a connect's completion in.
  /// - Returns: its slot where it still matters; after a success it receives already.
  mutating func connected(_ completion: Completion, _ ring: inout Ring) -> UInt32? {
    guard let slot = current(completion.token) else { return nil }
    table[slot].isConnecting = false
    guard table[slot].phase == .connecting else {
      finishIfDone(slot, &ring)
      return nil
    }
    if completion.result >= 0 {
      table[slot].phase = .open
      arm(slot, &ring)
    }
    return slot
  }

  private mutating func begin(_ descriptor: Int32, _ phase: Connection.Phase) -> UInt32 {
    let slot = table.take()
    precondition(slot < Token.slotLimit && table[slot].phase == .vacant)
    table[slot].descriptor = descriptor
    table[slot].phase = phase
    openCount += 1
    return slot
  }

  // MARK: - Receiving

  private mutating func arm(_ slot: UInt32, _ ring: inout Ring) {
    ring.receiveMultishot(table[slot].descriptor, group: ReceiveBuffers.group, table[slot].token(.receive))
    table[slot].isReceiving = true
  }

  /// Receives nothing more for a while, or goes on.
  mutating func setPaused(_ slot: UInt32, _ isPaused: Bool, _ ring: inout Ring) {
    table[slot].isPaused = isPaused
    if isPaused, table[slot].isReceiving {
      ring.cancel(table[slot].token(.receive), table[slot].token(.cancel))
    } else if !isPaused, !table[slot].isReceiving, !table[slot].isStarving {
      arm(slot, &ring)
    }
  }

  /// What a receive's completion means to the loop.
  enum Received {
    /// Nothing: an old tenant's, one that is closing, or one that had no buffer.
    case nothing
    /// Bytes are there.
    case bytes(slot: UInt32)
    /// The stream ended, or broke.
    case ended(slot: UInt32)
  }

  /// Takes a receive's completion in: keeps its bytes, arms the next receive where this one was the last.
  mutating func received(
    _ completion: Completion, _ buffers: inout ReceiveBuffers, _ ring: inout Ring
  ) -> Received {
    if completion.buffer != nil { buffers.took() }
    guard let slot = current(completion.token) else {
      if let buffer = completion.buffer { buffers.recycle(buffer) }
      return .nothing
    }
    if !completion.hasMore { table[slot].isReceiving = false }
    guard table[slot].phase == .open else {
      if let buffer = completion.buffer { buffers.recycle(buffer) }
      finishIfDone(slot, &ring)
      return .nothing
    }
    guard completion.result > 0, let buffer = completion.buffer else { return receivedNothing(completion, slot, &ring) }
    keep(buffer, count: Int(completion.result), slot, &buffers)
    if !completion.hasMore, !table[slot].isPaused { arm(slot, &ring) }
    return .bytes(slot: slot)
  }

  private mutating func receivedNothing(_ completion: Completion, _ slot: UInt32, _ ring: inout Ring) -> Received {
    switch -completion.result {
    case ENOBUFS:
      if !table[slot].isReceiving && !table[slot].isStarving {
        table[slot].isStarving = true
        starving.append(table[slot].token(.receive))
      }
      return .nothing
    case ECANCELED, EINTR, EAGAIN:
      // Only a pause cancels an open connection's receive; whatever else did, it must not stay deaf.
      if !table[slot].isReceiving, !table[slot].isPaused { arm(slot, &ring) }
      return .nothing
    default:
      table[slot].mayStillRead = completion.result == 0
      return .ended(slot: slot)
    }
  }

  /// The first buffer of a turn is left where it is, to be parsed in place; with more of them, or with bytes from
  /// before, all are brought together.
  private mutating func keep(_ buffer: UInt16, count: Int, _ slot: UInt32, _ buffers: inout ReceiveBuffers) {
    if table[slot].arrivedCount == 0, table[slot].input.isEmpty, !table[slot].isHeld {
      table[slot].arrivedBuffer = buffer
      table[slot].arrivedCount = count
      return
    }
    gather(slot, &buffers)
    table[slot].input.append(buffers.bytes(of: buffer, count: count))
    buffers.recycle(buffer)
  }

  /// Moves bytes that lie in a provided buffer to the connection's own.
  private mutating func gather(_ slot: UInt32, _ buffers: inout ReceiveBuffers) {
    guard table[slot].arrivedCount > 0 else { return }
    table[slot].input.append(buffers.bytes(of: table[slot].arrivedBuffer, count: table[slot].arrivedCount))
    buffers.recycle(table[slot].arrivedBuffer)
    table[slot].arrivedCount = 0
  }

  /// Arms those that starved, as many as there are buffers: more would only starve again.
  mutating func feedStarving(_ buffers: borrowing ReceiveBuffers, _ ring: inout Ring) {
    guard starvingHead < starving.count else { return }
    var left = max(1, buffers.available)
    while left > 0, starvingHead < starving.count {
      let token = starving[starvingHead]
      starvingHead += 1
      guard let slot = current(token), table[slot].phase == .open, !table[slot].isReceiving else { continue }
      table[slot].isStarving = false
      guard !table[slot].isPaused else { continue }
      arm(slot, &ring)
      left -= 1
    }
    if starvingHead == starving.count {
      starving.removeAll(keepingCapacity: true)
      starvingHead = 0
    }
  }

  // MARK: - Parsing

  /// Bytes that are claimed at once for an argument that is on its way: all of the largest that is taken by default. Beyond,
  /// and for the arguments that follow, memory comes with the bytes.
  private static var largestReservation: Int { 512 << 20 }

  /// Parses what a connection has into the batch.
  ///
  /// - Returns: whether requests (or a failure) were appended: then `settle` must follow the step.
  mutating func parse(
    _ slot: UInt32, _ buffers: borrowing ReceiveBuffers, limits: RequestParser.Limits, maximumRequests: Int,
    into batch: inout RequestBatch
  ) {
    table[slot].parsed = Connection.Parsed()
    let input = table[slot].bytes(buffers)
    guard input.count >= table[slot].neededBytes else {
      table[slot].parsed.missing = table[slot].neededBytes - input.count
      return
    }
    let handle = table[slot].handle
    let (consumed, ending) = table[slot].parser.parse(
      input, session: handle, limits: limits, maximumRequests: maximumRequests, into: &batch)
    table[slot].parsed.consumed = consumed
    switch ending {
    case .drained: break
    case .incomplete(let missing, let ofArgument):
      table[slot].parsed.missing = missing
      table[slot].parsed.room = min(ofArgument, Self.largestReservation)
    case .requestLimit: table[slot].parsed.hasMore = true
    case .failed: table[slot].parsed.isFailed = true
    }
  }

  /// After the step: forgets what was consumed and keeps the rest in the connection's own memory.
  /// - Returns: whether there is more to parse at once.
  mutating func settle(_ slot: UInt32, _ buffers: inout ReceiveBuffers) -> Bool {
    let parsed = table[slot].parsed
    let deferredFrom = parsed.deferredFrom
    let kept = deferredFrom ?? parsed.consumed
    if deferredFrom != nil {
      table[slot].isHeld = true
      table[slot].parser.forgetProgress()
    }
    let missing = deferredFrom == nil ? parsed.missing : 0
    let room = deferredFrom == nil ? parsed.room : 0
    let isInPlace = table[slot].arrivedCount > 0
    if isInPlace {
      let all = buffers.bytes(of: table[slot].arrivedBuffer, count: table[slot].arrivedCount)
      if !parsed.isFailed, kept < all.count {
        table[slot].input.reserve(all.count - kept + room)
        table[slot].input.append(all.dropFirst(kept))
      }
      buffers.recycle(table[slot].arrivedBuffer)
      table[slot].arrivedCount = 0
    } else if parsed.isFailed {
      table[slot].input.release()
    } else {
      table[slot].input.consume(kept)
      if room > 0 { table[slot].input.reserve(room) }
    }
    table[slot].neededBytes = missing > 0 ? table[slot].input.count + missing : 0
    return parsed.hasMore && deferredFrom == nil
  }

  // MARK: - Sending

  /// Hands a chain of output over; the connection must be idle. It leaves with the next enter.
  mutating func send(
    _ slot: UInt32, _ chain: consuming OutputChain, _ arena: inout VectorArena, _ ring: inout Ring
  ) {
    precondition(table[slot].sending == .idle && table[slot].outgoing.isEmpty)
    table[slot].outgoing = chain
    submit(slot, .quiet, &arena, &ring)
  }

  /// Submits what is outgoing.
  mutating func submit(
    _ slot: UInt32, _ manner: Connection.Sending, _ arena: inout VectorArena, _ ring: inout Ring
  ) {
    makeRoom(&arena, &ring)
    let covered = arena.gather(table[slot].outgoing)
    submitGathered(slot, manner, bytes: covered, isFeeding: false, &arena, &ring)
  }

  /// Empties an arena that has no room for another send.
  func makeRoom(_ arena: inout VectorArena, _ ring: inout Ring) {
    guard !arena.hasRoom else { return }
    ring.submitOnly()
    arena.removeAll()
  }

  /// Submits the send whose pieces were gathered in the arena.
  mutating func submitGathered(
    _ slot: UInt32, _ manner: Connection.Sending, bytes: Int, isFeeding: Bool, _ arena: inout VectorArena,
    _ ring: inout Ring
  ) {
    let isQuiet = manner == .quiet
    table[slot].sendNumber &+= 1
    if isQuiet { quiet.append(QuietSend(slot: slot, number: table[slot].sendNumber)) }
    table[slot].sending = manner
    table[slot].submittedBytes = bytes
    table[slot].isFeeding = isFeeding
    ring.sendGathered(
      &arena, on: table[slot].descriptor, isQuiet: isQuiet, table[slot].token(isQuiet ? .quietSend : .send))
  }

  /// What became of a send.
  enum Sent {
    case nothing
    /// So many bytes left.
    case bytes(slot: UInt32, count: Int)
    /// The connection is broken.
    case broken(slot: UInt32)
  }

  /// Takes a send's completion in. Those of quiet sends come only when something is left.
  mutating func sent(_ completion: Completion, _ ring: inout Ring) -> Sent {
    guard let slot = current(completion.token) else { return .nothing }
    table[slot].sending = .idle
    guard table[slot].phase == .open else {
      finishIfDone(slot, &ring)
      return .nothing
    }
    switch -completion.result {
    case ...0: return .bytes(slot: slot, count: Int(completion.result))
    case EAGAIN, EINTR, ENOBUFS, ENOMEM: return .bytes(slot: slot, count: 0)
    default:
      table[slot].mayStillRead = false
      return .broken(slot: slot)
    }
  }

  /// Before completions are taken in: the silence that follows speaks of the quiet sends up to here. What is submitted
  /// while they are taken in has not even been given to the kernel yet.
  mutating func noteHandedOver() { quietCount = quiet.count }

  /// After the drain: what the quiet send number `index` sent, nil when its completion came or its connection went.
  mutating func finishQuiet(_ index: Int, _ ring: inout Ring) -> (slot: UInt32, count: Int)? {
    let slot = quiet[index].slot
    guard table[slot].sending == .quiet, table[slot].sendNumber == quiet[index].number else { return nil }
    table[slot].sending = .idle
    guard table[slot].phase == .open else {
      finishIfDone(slot, &ring)
      return nil
    }
    return (slot, table[slot].submittedBytes)
  }

  /// All quiet sends of the last enter were looked at. The others move up.
  mutating func forgetQuiet() {
    let left = quiet.count - quietCount
    for index in 0..<left { quiet[index] = quiet[quietCount + index] }
    quiet.truncate(to: left)
    quietCount = 0
  }

  // MARK: - Ending

  /// Closes a connection: ends what is in flight, and the descriptor when nothing is any more.
  mutating func close(_ slot: UInt32, _ buffers: inout ReceiveBuffers, _ ring: inout Ring) {
    guard table[slot].phase == .open || table[slot].phase == .connecting else { return }
    if table[slot].arrivedCount > 0 {
      buffers.recycle(table[slot].arrivedBuffer)
      table[slot].arrivedCount = 0
    }
    table[slot].input.release()
    table[slot].phase = .closing
    openCount -= 1
    if table[slot].isConnecting || table[slot].isReceiving || table[slot].sending == .waiting {
      ring.cancelAll(on: table[slot].descriptor, table[slot].token(.cancel))
    }
    finishIfDone(slot, &ring)
  }

  private mutating func finishIfDone(_ slot: UInt32, _ ring: inout Ring) {
    guard table[slot].phase == .closing, !table[slot].isInFlight else { return }
    table[slot].phase = .gone
    ring.close(table[slot].descriptor, Token(.close))
    gone.append(slot)
  }

  /// A connection that is closed and of which the kernel holds nothing; its slot is free with this call.
  mutating func takeGone() -> SessionHandle? {
    guard let slot = gone.popLast() else { return nil }
    let handle = table[slot].handle
    table[slot].becomeVacant()
    table.giveBack(slot)
    return handle
  }
}

/// A send that speaks up only when it fails.
struct QuietSend: BitwiseCopyable {
  let slot: UInt32
  /// `Connection.sendNumber` of it: the connection may have another one under way by now.
  let number: UInt32
}
