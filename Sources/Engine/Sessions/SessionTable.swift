/// All sessions, by the slot of their connection.
struct SessionTable: ~Copyable {
  struct Seat: ~Copyable {
    var session: Session?
    /// The session's handle and identity, or nobody's and 0 where the seat is free.
    var handle = Seat.nobody
    var id: UInt64 = 0

    /// Equal to no handle that anybody holds, `SessionHandle.none` included.
    private static var nobody: SessionHandle { SessionHandle(slot: .max, generation: .max) }
  }
  private var seats = UniqueArray<Seat>(capacity: 64)
  /// Sessions, without those that are being aborted.
  private(set) var count = 0
  private var nextIdentity: UInt64 = 1
  /// Sessions that have something to be sent, each once.
  var withOutput = Slab<SessionHandle>(capacity: 256)
  /// Sessions that receive every command that runs, in the order they asked for it.
  private(set) var monitors: [SessionHandle] = []
  /// Sessions whose request was put off: until the end of a pause, or until less waits for the disk.
  private(set) var postponed: [SessionHandle] = []
  /// How many sessions wait for something.
  private(set) var blockedCount = 0

  init() {}

  /// Where the session of a handle sits: the server's own first, those of connections from 2 on.
  @inline(__always)
  private static func seat(_ handle: SessionHandle) -> Int { Int(handle.slot &+ 2) }

  /// Whether the handle's session is there.
  @inline(__always)
  func contains(_ handle: SessionHandle) -> Bool {
    let seat = Self.seat(handle)
    guard seat < seats.count else { return false }
    return seats[seat].handle == handle
  }

  /// The session of `handle`.
  /// - Precondition: `contains(handle)`.
  subscript(_ handle: SessionHandle) -> Session {
    @inline(__always) _read {
      precondition(contains(handle))
      yield seats[Self.seat(handle)].session!
    }
    @inline(__always) _modify {
      precondition(contains(handle))
      yield &seats[Self.seat(handle)].session!
    }
  }

  mutating func insert(_ handle: SessionHandle, origin: ConnectionOrigin, now: Instant) {
    let seat = Self.seat(handle)
    while seat >= seats.count { seats.append(Seat(session: nil)) }
    precondition(seats[seat].id == 0)
    seats[seat].session = Session(handle: handle, id: nextIdentity, origin: origin, now: now)
    seats[seat].handle = handle
    seats[seat].id = nextIdentity
    nextIdentity += 1
    count += 1
  }

  /// Makes room for what the server does by itself. Nobody counts or lists it.
  mutating func insertOwn(now: Instant) {
    let origin = ConnectionOrigin(peer: "", local: "", descriptor: -1, isUnixSocket: false)
    insert(.own, origin: origin, now: now)
    count -= 1
  }

  mutating func remove(_ handle: SessionHandle) {
    if handle == .own { count += 1 }
    withdraw(handle)
    seats[Self.seat(handle)] = Seat(session: nil)
  }

  /// Makes a session as good as gone: it counts no more, is found no more, and runs nothing more. Its seat is kept until
  /// its connection is gone.
  mutating func withdraw(_ handle: SessionHandle) {
    guard !self[handle].flags.contains(.aborted) else { return }
    setBlocked(handle, false)
    stopMonitoring(handle)
    self[handle].flags.formUnion([.aborted, .closing])
    count -= 1
  }

  /// Notes that a session waits for something, or no longer does.
  mutating func setBlocked(_ handle: SessionHandle, _ isBlocked: Bool) {
    guard self[handle].flags.contains(.blocked) != isBlocked else { return }
    blockedCount += isBlocked ? 1 : -1
    if isBlocked {
      self[handle].flags.insert(.blocked)
    } else {
      if self[handle].flags.contains(.postponed) { postponed.removeAll { $0 == handle } }
      self[handle].flags.subtract([.blocked, .postponed])
    }
  }

  /// Puts a session's request off.
  mutating func postpone(_ handle: SessionHandle) {
    guard !self[handle].flags.contains(.blocked) else { return }
    setBlocked(handle, true)
    self[handle].flags.insert(.postponed)
    postponed.append(handle)
  }

  /// Ends the waiting of all that were postponed.
  /// - Returns: who they are, those that waited longest first.
  mutating func endPostponement() -> [SessionHandle] {
    let waiting = postponed
    postponed = []
    for handle in waiting {
      self[handle].flags.remove(.postponed)
      setBlocked(handle, false)
    }
    return waiting
  }

  mutating func startMonitoring(_ handle: SessionHandle) {
    guard !self[handle].flags.contains(.monitor) else { return }
    self[handle].flags.insert(.monitor)
    monitors.append(handle)
  }

  mutating func stopMonitoring(_ handle: SessionHandle) {
    guard self[handle].flags.contains(.monitor) else { return }
    self[handle].flags.remove(.monitor)
    monitors.removeAll { $0 == handle }
  }

  /// The sessions' handles, oldest first, without those that are being aborted.
  var handles: [SessionHandle] {
    var found: [(UInt64, SessionHandle)] = []
    found.reserveCapacity(count)
    for index in 0..<seats.count {
      guard let handle = occupant(seat: index) else { continue }
      found.append((self[handle].id, handle))
    }
    return found.sorted { $0.0 < $1.0 }.map { $0.1 }
  }

  /// How many seats there are, taken or not: the end of a walk.
  var seatCount: Int { seats.count }

  /// Who has that seat, unless nobody has, it is the server's own, or who has it is being aborted.
  func occupant(seat: Int) -> SessionHandle? {
    guard seat < seats.count, seats[seat].id != 0 else { return nil }
    let handle = seats[seat].handle
    if handle == .own { return nil }
    return self[handle].flags.contains(.aborted) ? nil : handle
  }

  /// The session with that identity, unless it is being aborted.
  func handle(id: UInt64) -> SessionHandle? {
    guard id != 0 else { return nil }
    for index in 0..<seats.count where seats[index].id == id { return occupant(seat: index) }
    return nil
  }
}
