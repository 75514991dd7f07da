/// All sessions, by the slot of their connection.
@safe
struct SessionTable: ~Copyable {
  struct Seat: ~Copyable {
    var session: Session?
    var isTaken: Bool {
      switch session {
      case .none: false
      case .some: true
      }
    }
  }
  // `capacity` seats, all initialised, owned by this value alone.
  private var seats: UnsafeMutablePointer<Seat>
  private var capacity: Int
  private(set) var count = 0
  private var nextIdentity: UInt64 = 1
  /// Sessions that have something to be sent, each once.
  var withOutput = Slab<SessionHandle>(capacity: 256)

  /// Whether something was given to a replica to be sent besides its output: a snapshot.
  var feedsPending = false

  init() {
    capacity = 64
    unsafe seats = .allocate(capacity: capacity)
    for index in 0..<capacity { unsafe (seats + index).initialize(to: Seat(session: nil)) }
  }

  deinit {
    unsafe seats.deinitialize(count: capacity)
    unsafe seats.deallocate()
  }

  /// Whether the handle's session is there.
  @inline(__always)
  func contains(_ handle: SessionHandle) -> Bool {
    let slot = Int(handle.slot)
    guard slot < capacity else { return false }
    return unsafe seats[slot].session?.handle == handle
  }

  /// The session of `handle`.
  /// - Precondition: `contains(handle)`.
  subscript(_ handle: SessionHandle) -> Session {
    @inline(__always) _read {
      precondition(contains(handle))
      yield unsafe seats[Int(handle.slot)].session!
    }
    @inline(__always) _modify {
      precondition(contains(handle))
      yield unsafe &seats[Int(handle.slot)].session!
    }
  }

  mutating func insert(_ handle: SessionHandle, origin: ConnectionOrigin, now: Instant) {
    let slot = Int(handle.slot)
    while slot >= capacity { grow() }
    precondition(unsafe !seats[slot].isTaken)
    unsafe seats[slot].session = Session(handle: handle, id: nextIdentity, origin: origin, now: now)
    nextIdentity += 1
    count += 1
  }

  mutating func remove(_ handle: SessionHandle) {
    precondition(contains(handle))
    unsafe seats[Int(handle.slot)].session = nil
    count -= 1
  }

  /// The sessions' handles, oldest first.
  var handles: [SessionHandle] {
    var found: [(UInt64, SessionHandle)] = []
    for index in 0..<capacity {
      if let handle = unsafe seats[index].session?.handle, let id = unsafe seats[index].session?.id {
        found.append((id, handle))
      }
    }
    return found.sorted { $0.0 < $1.0 }.map { $0.1 }
  }

  /// The session with that identity.
  func handle(id: UInt64) -> SessionHandle? {
    for index in 0..<capacity where unsafe seats[index].session?.id == id {
      return unsafe seats[index].session?.handle
    }
    return nil
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<Seat>.allocate(capacity: capacity * 2)
    unsafe larger.moveInitialize(from: seats, count: capacity)
    for index in capacity..<capacity * 2 { unsafe (larger + index).initialize(to: Seat(session: nil)) }
    unsafe seats.deallocate()
    unsafe seats = larger
    capacity *= 2
  }
}
