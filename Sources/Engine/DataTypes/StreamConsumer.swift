/// A member of a group.
@safe
struct StreamConsumer: OrderedTreeElement, Equatable {
  // Allocated in `init`, freed by `free`; its group owns it in between.
  private let state: UnsafeMutablePointer<StreamConsumerState>

  init(name: Bytes, seenTime: Int64) {
    let memory = unsafe Memory.allocate(Self.stateBytes)
    unsafe state = memory.initializeMemory(
      as: StreamConsumerState.self, to: StreamConsumerState(name: OwnedBytes(copying: name), seenTime: seenTime))
  }

  private static var stateBytes: Int { Memory.sizeClass(MemoryLayout<StreamConsumerState>.size) }

  static func == (left: StreamConsumer, right: StreamConsumer) -> Bool { unsafe left.state == right.state }

  private var storage: StreamConsumerState {
    @inline(__always) unsafeAddress { unsafe UnsafePointer(state) }
    @inline(__always) nonmutating unsafeMutableAddress { unsafe state }
  }

  /// Good as long as the consumer is.
  var name: Bytes { storage.name.bytes }
  var key: Bytes { name }
  func order(against key: Bytes) -> Int { name == key ? 0 : name < key ? -1 : 1 }

  /// When it last tried to read or claim anything, milliseconds since 1970.
  var seenTime: Int64 {
    get { storage.seenTime }
    nonmutating set { storage.seenTime = newValue }
  }
  /// When it last got anything, milliseconds since 1970; -1: never.
  var activeTime: Int64 {
    get { storage.activeTime }
    nonmutating set { storage.activeTime = newValue }
  }
  /// The ids of what it has been given and has not acknowledged. Details are in its group's list.
  var pending: OrderedTree<StreamID> { storage.pending }

  var allocatedBytes: Int {
    Self.stateBytes + Memory.sizeClass(max(name.count, 1)) + storage.pending.allocatedBytes
  }

  // For the group, which keeps both lists in step.
  func insertPending(_ id: StreamID) {
    keep(id)
    storage.pending.insert(id)
  }

  func removePending(_ id: StreamID) {
    keep(id)
    storage.pending.remove(id)
  }

  // MARK: Walks in slices

  func beginWalk() {
    storage.isWalked = true
    storage.walk.begin(storage.pending)
  }

  /// The next id as the list was when the walk began.
  func walk() -> OrderedWalk<StreamID>.Step { storage.walk.next(in: storage.pending) }

  /// Ends the walk, and the consumer's life if it was removed meanwhile.
  func endWalk() {
    storage.walk.abandon()
    storage.isWalked = false
    if storage.isRemoved { free() }
  }

  /// Bytes of what is kept for the walk, roughly.
  var keptBytes: Int {
    storage.walk.imageCount * MemoryLayout<WalkImage<StreamID>>.size
      + (storage.isRemoved ? storage.pending.allocatedBytes : 0)
  }

  /// Keeps whether an id is on the list, where the walk has not been: before that changes.
  @inline(__always)
  private func keep(_ id: StreamID) {
    if storage.walk.needs(id) { storage.walk.keep(id, storage.pending.find(id) == nil ? nil : id) }
  }

  /// Frees a consumer that is in no group any more, or leaves it to the walk.
  func discard() {
    storage.isRemoved = true
    if !storage.isWalked { free() }
  }

  // MARK: Memory

  /// Frees the list, up to `limit` allocations, which is lowered by what was freed.
  /// - Returns: whether the list is empty.
  func drain(limit: inout Int) -> Bool {
    while limit > 0, storage.pending.removeLastLeaf({ _ in }) > 0 { limit -= 1 }
    return storage.pending.isEmpty
  }

  /// - Precondition: it is in no group any more.
  func free() {
    storage.pending.free()
    storage.name.free()
    unsafe Memory.free(UnsafeMutableRawPointer(state))
  }
}

/// What a consumer is, at its address.
struct StreamConsumerState: BitwiseCopyable {
  let name: OwnedBytes
  var seenTime: Int64
  var activeTime: Int64 = -1
  var pending = OrderedTree<StreamID>()
  /// Whether a walk of the stream has still to be here.
  var isWalked = false
  /// Whether its group has lost it; a walk has it yet.
  var isRemoved = false
  var walk = OrderedWalk<StreamID>()
}
