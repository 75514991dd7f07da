internal import Engine
internal import Glibc
internal import Logging

/// The connection to the primary, or the attempt.
struct PrimaryConnection {
  var handle: SessionHandle?
  /// The engine left bytes of it for later.
  var wasHeld = false
  /// Where each connect in flight goes, one given up included: the kernel reads it until the connect is over.
  private var addresses: [(handle: SessionHandle, address: ConnectAddress)] = []

  /// Keeps an address until the connect's completion.
  mutating func keep(_ address: ConnectAddress, for handle: SessionHandle) { addresses.append((handle, address)) }

  /// The connect is over.
  mutating func forgetAddress(slot: UInt32, generation: UInt32) {
    addresses.removeAll { $0.handle == SessionHandle(slot: slot, generation: generation) }
  }
}

/// Connections coming and going.
extension Loop {
  // MARK: - Coming

  mutating func accepted(_ completion: Completion) {
    let kind = listeners.accepted(completion)
    if let failure = completion.failure {
      acceptFailed(failure)
    } else if let kind {
      admit(completion.result, kind)
    } else {
      close(completion.result)
    }
    // Without descriptors an accept fails at once: cron arms it again.
    if !completion.hasMore, completion.failure.map({ !$0.isExhaustion }) ?? true { listeners.arm(&ring) }
  }

  private mutating func acceptFailed(_ failure: Errno) {
    // At the end the listeners are gone before the accepts on them.
    guard exitStatus == nil, failure.code != ECANCELED, failure.code != ECONNABORTED else { return }
    logger.warning("Accepting client connection: accept: \(failure.description)")
  }

  private mutating func admit(_ descriptor: Int32, _ kind: Listener.Kind) {
    guard connections.openCount < settings.maxClients else {
      counters.rejected += 1
      return SocketOptions.refuse(descriptor, saying: "-ERR max number of clients reached\r\n")
    }
    let origin: ConnectionOrigin
    switch kind {
    case .unix(let path):
      logger.info("Accepted connection to \(path)")
      origin = ConnectionOrigin(peer: "\(path):0", local: "\(path):0", descriptor: descriptor, isUnixSocket: true)
    case .tcp:
      let peer = SocketAddress.peer(of: descriptor)
      if settings.isProtected, !(peer?.isLocal ?? false) {
        counters.rejected += 1
        return SocketOptions.refuse(descriptor, saying: protectedModeRefusal)
      }
      logger.info("Accepted \(peer?.text ?? "?:0")")
      origin = ConnectionOrigin(
        peer: peer?.text ?? "?:0", local: SocketAddress.local(of: descriptor)?.text ?? "?:0", descriptor: descriptor,
        isUnixSocket: false)
    }
    let handle = connections.adopt(descriptor, &ring)
    engine.apply(.connected(handle, origin), now: now)
  }

  // MARK: - Going

  /// Closes the connections that ended. Who said that nothing more will come may still read: what was asked before runs
  /// to its end, in later turns if it is much, and the answers leave.
  mutating func closeEnded() {
    for index in 0..<ended.count {
      let handle = ended[index]
      // One that is in the list twice, or gone since, is not open any more.
      guard let slot = connections.open(handle) else { continue }
      if connections.table[slot].mayStillRead {
        if connections.table[slot].isReady {
          endedNext.append(handle)
          continue
        }
        if isAnswering(slot) {
          connections.table[slot].closesAfterOutput = true
          if engine.holdsOutput(handle) {
            departing.append((handle, now.monotonicMicroseconds + Loop.departureMicroseconds))
          }
          if connections.table[slot].sending == .quiet { hasWork = true }
          continue
        }
      }
      connections.close(slot, &buffers, &ring)
      if connections.table[slot].sending == .quiet { hasWork = true }
    }
    swap(&ended, &endedNext)
    endedNext.removeAll()
  }

  /// Closes the connections that ended some time ago and still wait for replies that are held: who said that nothing more
  /// will come may be gone altogether, and nothing tells the two apart until something is sent.
  mutating func closeDeparted() {
    let due = departing.prefix { $0.until <= now.monotonicMicroseconds }
    for (handle, _) in due {
      guard let slot = connections.open(handle), engine.holdsOutput(handle) else { continue }
      connections.close(slot, &buffers, &ring)
      if connections.table[slot].sending == .quiet { hasWork = true }
    }
    departing.removeFirst(due.count)
  }

  /// Whether a connection has replies under way, or such that wait until what they tell is safe. What goes to a primary or
  /// from the log to a replica is none.
  private func isAnswering(_ slot: UInt32) -> Bool {
    let handle = connections.table[slot].handle
    guard handle != primary.handle, engine.pendingFeed(handle) == 0 else { return false }
    return engine.hasOutputToCome(handle)
      || connections.table[slot].sending != .idle && !connections.table[slot].isFeeding
  }

  /// Tells the engine of connections of which the kernel holds nothing any more.
  mutating func tellGone() {
    while let handle = connections.takeGone() {
      if primary.handle == handle {
        primary.handle = nil
        engine.apply(.primaryLink(.closed(handle)), now: now)
      } else {
        engine.apply(.disconnected(handle), now: now)
      }
    }
  }

  // MARK: - To the primary

  /// Begins to connect. The outcome is told as `Event.primaryLink`. While a name is looked up nobody is served, as in
  /// Redis; a number costs nothing.
  mutating func connectToPrimary(host: String, port: Int) {
    disconnectFromPrimary()
    do throws(ConnectFailure) {
      if !SocketAddress.isNumeric(host) { logger.notice("Looking up '\(host)': nobody is served meanwhile") }
      let address = try ConnectAddress(host: host, port: port)
      let descriptor = try ConnectFailure.checking { () throws(Errno) in
        try SocketOptions.socket(family: address.family)
      }
      SocketOptions.setNoDelay(descriptor)
      let handle = connections.adoptConnecting(descriptor)
      primary.handle = handle
      primary.keep(address, for: handle)
      ring.connect(descriptor, address, Token(.connect, slot: handle.slot, generation: handle.generation))
    } catch {
      engine.apply(.primaryLink(.failed(reason: error.reason)), now: now)
    }
  }

  /// Drops the connection to the primary, or the attempt. The engine asked for it: it is told when it is gone.
  mutating func disconnectFromPrimary() {
    guard let handle = primary.handle, connections.isCurrent(handle) else { return }
    connections.close(handle.slot, &buffers, &ring)
  }

  /// Has the primary wait while the engine takes no more of its bytes, and takes them again.
  mutating func pacePrimary() {
    guard let handle = primary.handle, let slot = connections.open(handle) else { return }
    let isHeld = engine.holdsPrimary
    if isHeld != connections.table[slot].isPaused { connections.setPaused(slot, isHeld, &ring) }
    guard !isHeld, primary.wasHeld else { return }
    primary.wasHeld = false
    guard !connections.table[slot].input.isEmpty else { return }
    makeReady(slot)
    hasWork = true
  }

  mutating func connected(_ completion: Completion) {
    primary.forgetAddress(slot: completion.token.slot, generation: completion.token.generation)
    guard let slot = connections.connected(completion, &ring) else { return }
    let handle = connections.table[slot].handle
    if let failure = completion.failure {
      primary.handle = nil
      connections.close(slot, &buffers, &ring)
      engine.apply(.primaryLink(.failed(reason: failure.description)), now: now)
    } else {
      let descriptor = connections.table[slot].descriptor
      let origin = ConnectionOrigin(
        peer: SocketAddress.peer(of: descriptor)?.text ?? "?:0",
        local: SocketAddress.local(of: descriptor)?.text ?? "?:0", descriptor: descriptor, isUnixSocket: false)
      engine.apply(.primaryLink(.connected(handle, origin)), now: now)
    }
  }
}

extension Errno {
  /// Descriptors or memory ran out.
  var isExhaustion: Bool { [EMFILE, ENFILE, ENOMEM, ENOBUFS].contains(code) }
}

/// What a client from elsewhere is told in protected mode. Redis's words: scanners and tools know them.
private let protectedModeRefusal: StaticString =
  "-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default user. In this mode connections are only accepted from the loopback interface. If you want to connect from external computers to Redis you may adopt one of the following solutions: 1) Just disable protected mode sending the command 'CONFIG SET protected-mode no' from the loopback interface by connecting to Redis from the same host the server is running, however MAKE SURE Redis is not publicly accessible from internet if you do so. Use CONFIG REWRITE to make this change permanent. 2) Alternatively you can just disable the protected mode by editing the Redis configuration file, and setting the protected mode option to 'no', and then restarting the server. 3) If you started the server manually just for testing, restart it with the '--protected-mode no' option. 4) Set up an authentication password for the default user. NOTE: You only need to do one of the above things in order for the server to start accepting connections from the outside.\r\n"
