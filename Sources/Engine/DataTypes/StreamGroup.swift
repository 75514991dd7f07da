/// A group of consumers that share a stream's entries: each is given to one of them, and pending until acknowledged.
///
/// The group's list of pending entries has all there is to know of them; each consumer's only their ids.
@safe
struct StreamGroup: OrderedTreeElement, Equatable {
  // Allocated by `StreamValue.makeGroup`, freed by `freeShell` once drained; its stream owns it in between.
  private let state: UnsafeMutablePointer<StreamGroupState>

  fileprivate init(in stream: StreamValue, name: Bytes, lastID: StreamID, entriesRead: Int64) {
    let memory = unsafe Memory.allocate(Self.stateBytes)
    unsafe state = memory.initializeMemory(
      as: StreamGroupState.self,
      to: StreamGroupState(
        stream: stream, name: OwnedBytes(copying: name), lastID: lastID, entriesRead: entriesRead))
    stream.storage.partBytes += shellBytes
  }

  private static var stateBytes: Int { Memory.sizeClass(MemoryLayout<StreamGroupState>.size) }
  var shellBytes: Int { Self.stateBytes + Memory.sizeClass(max(name.count, 1)) }

  static func == (left: StreamGroup, right: StreamGroup) -> Bool { unsafe left.state == right.state }

  private var storage: StreamGroupState {
    @inline(__always) unsafeAddress { unsafe UnsafePointer(state) }
    @inline(__always) nonmutating unsafeMutableAddress { unsafe state }
  }

  // MARK: What it is

  /// Good as long as the group is.
  var name: Bytes { storage.name.bytes }
  var key: Bytes { name }
  func order(against key: Bytes) -> Int { name == key ? 0 : name < key ? -1 : 1 }

  /// What stands for an unknown `entriesRead`.
  static var unknownEntriesRead: Int64 { -1 }

  /// The last id that was given out.
  var lastID: StreamID {
    get { storage.lastID }
    nonmutating set { storage.lastID = newValue }
  }
  /// How many of the stream's entries, ever, stand before and at `lastID`, where that is known.
  var entriesRead: Int64 {
    get { storage.entriesRead }
    nonmutating set { storage.entriesRead = newValue }
  }
  var pending: OrderedTree<StreamPending> { storage.pending }
  var consumers: OrderedTree<StreamConsumer> { storage.consumers }

  var freeEffort: Int {
    var effort = 2 + storage.pending.nodeCount + storage.consumers.nodeCount
    storage.consumers.forEach { effort += 2 + $0.pending.nodeCount }
    return effort
  }

  // MARK: Consumers

  func consumer(_ name: Bytes) -> StreamConsumer? { storage.consumers.find(name).map { storage.consumers[$0] } }

  /// - Precondition: there is none of that name.
  func makeConsumer(_ name: Bytes, seenTime: Int64) -> StreamConsumer {
    let consumer = StreamConsumer(name: name, seenTime: seenTime)
    accounting { _ = storage.consumers.insert(consumer) }
    storage.stream.storage.partBytes += consumer.allocatedBytes
    return consumer
  }

  /// Removes a consumer with all that is pending for it.
  func remove(_ consumer: StreamConsumer) {
    accounting {
      var position = consumer.pending.first
      while let here = position {
        keep(consumer.pending[here])
        storage.pending.remove(consumer.pending[here])
        position = consumer.pending.position(after: here)
      }
      storage.consumers.remove(consumer.name)
    }
    storage.stream.storage.partBytes -= consumer.allocatedBytes
    consumer.discard()
  }

  // MARK: Pending entries

  func pendingEntry(_ id: StreamID) -> StreamPending? { storage.pending.find(id).map { storage.pending[$0] } }

  /// Puts an entry on the lists, or changes what the lists say of it: also whose it is.
  func setPending(_ entry: StreamPending) {
    keep(entry.id)
    accounting {
      if let position = storage.pending.find(entry.id) {
        let before = storage.pending[position].consumer
        storage.pending[position] = entry
        guard before != entry.consumer else { return }
        if let before { changing(before) { before.removePending(entry.id) } }
      } else {
        storage.pending.insert(entry)
      }
      if let consumer = entry.consumer { changing(consumer) { consumer.insertPending(entry.id) } }
    }
  }

  /// Takes an entry off the lists.
  /// - Returns: whether it was there.
  @discardableResult
  func removePending(_ id: StreamID) -> Bool {
    keep(id)
    return accounting {
      guard let entry = storage.pending.remove(id) else { return false }
      if let consumer = entry.consumer { changing(consumer) { consumer.removePending(id) } }
      return true
    }
  }

  // MARK: Walks in slices

  func beginWalk() {
    storage.isWalked = true
    storage.walk.begin(storage.pending)
  }

  /// The next pending entry as it was when the walk began.
  func walk() -> OrderedWalk<StreamPending>.Step { storage.walk.next(in: storage.pending) }

  /// Ends the walk, and the group's life if it was removed meanwhile.
  func endWalk() {
    storage.walk.abandon()
    storage.isWalked = false
    guard storage.isRemoved else { return }
    storage.stream.storage.partBytes += heldBytes
    free()
  }

  /// Bytes of what is kept for the walk, roughly.
  var keptBytes: Int {
    storage.walk.imageCount * MemoryLayout<WalkImage<StreamPending>>.size
      + (storage.isRemoved ? storage.pending.allocatedBytes : 0)
  }

  /// Keeps what the list says of an entry, where the walk has not been: before that changes.
  @inline(__always)
  private func keep(_ id: StreamID) {
    if storage.walk.needs(id) { storage.walk.keep(id, pendingEntry(id)) }
  }

  /// Gives a group that is in no tree any more a stream of its own, or leaves it to the walk; either way the stream it was
  /// in does not count it then.
  fileprivate func detach() -> StreamValue? {
    storage.isRemoved = true
    storage.stream.storage.partBytes -= heldBytes
    if storage.isWalked { return nil }
    let stream = StreamValue.make()
    storage.stream = stream
    stream.storage.partBytes += heldBytes
    stream.storage.groups.insert(self)
    return stream
  }

  private var heldBytes: Int {
    var bytes = shellBytes + storage.pending.allocatedBytes + storage.consumers.allocatedBytes
    storage.consumers.forEach { bytes += $0.allocatedBytes }
    return bytes
  }

  private func free() {
    var limit = Int.max
    _ = drain(limit: &limit)
    freeShell()
  }

  // MARK: Memory

  /// Changes the group's trees, and keeps the stream's account of bytes.
  @inline(__always)
  private func accounting<Result>(_ body: () -> Result) -> Result {
    let before = storage.pending.allocatedBytes + storage.consumers.allocatedBytes
    let result = body()
    storage.stream.storage.partBytes += storage.pending.allocatedBytes + storage.consumers.allocatedBytes - before
    return result
  }

  @inline(__always)
  private func changing(_ consumer: StreamConsumer, _ body: () -> Void) {
    let before = consumer.allocatedBytes
    body()
    storage.stream.storage.partBytes += consumer.allocatedBytes - before
  }

  /// Frees what the group holds, up to `limit` allocations, which is lowered by what was freed.
  /// - Returns: whether nothing is left but the group itself.
  func drain(limit: inout Int) -> Bool {
    var bytes = 0
    defer { storage.stream.storage.partBytes -= bytes }
    let before = storage.pending.allocatedBytes + storage.consumers.allocatedBytes
    defer { bytes += before - storage.pending.allocatedBytes - storage.consumers.allocatedBytes }
    while limit > 0, storage.pending.removeLastLeaf({ _ in }) > 0 { limit -= 1 }
    while limit > 0, let last = storage.consumers.last {
      let consumer = storage.consumers[last]
      let held = consumer.allocatedBytes
      let isEmpty = consumer.drain(limit: &limit)
      bytes += held - consumer.allocatedBytes
      guard isEmpty else { return false }
      storage.consumers.remove(consumer.name)
      bytes += consumer.allocatedBytes
      consumer.free()
      limit -= 2
    }
    return storage.pending.isEmpty && storage.consumers.isEmpty
  }

  /// Frees the group itself.
  /// - Precondition: it is drained, and in no tree any more.
  func freeShell() {
    storage.stream.storage.partBytes -= shellBytes
    storage.name.free()
    unsafe Memory.free(UnsafeMutableRawPointer(state))
  }

  /// Makes a group like this one in another stream.
  func copy(into stream: StreamValue) {
    let copy = stream.makeGroup(name, lastID: lastID, entriesRead: entriesRead)
    storage.consumers.forEach { consumer in
      copy.makeConsumer(consumer.name, seenTime: consumer.seenTime).activeTime = consumer.activeTime
    }
    storage.pending.forEach { entry in
      var entry = entry
      entry.consumer = entry.consumer.flatMap { copy.consumer($0.name) }
      copy.setPending(entry)
    }
  }
}

/// What a group is, at its address.
struct StreamGroupState: BitwiseCopyable {
  var stream: StreamValue
  let name: OwnedBytes
  var lastID: StreamID
  var entriesRead: Int64
  var pending = OrderedTree<StreamPending>()
  var consumers = OrderedTree<StreamConsumer>()
  /// Whether a walk of the stream has still to be here.
  var isWalked = false
  /// Whether the stream has lost it; a walk has it yet.
  var isRemoved = false
  var walk = OrderedWalk<StreamPending>()
}

/// An entry that was given to a consumer and not yet acknowledged.
struct StreamPending: OrderedTreeElement {
  let id: StreamID
  /// Whose it is; nil only while a snapshot is being read, which names consumers after the entries.
  var consumer: StreamConsumer?
  /// When it was given out last, milliseconds since 1970.
  var deliveryTime: Int64
  /// How often.
  var deliveryCount: Int64

  var key: StreamID { id }
  @inline(__always)
  func order(against key: StreamID) -> Int { id.order(against: key) }
}

extension StreamValue {
  func group(_ name: Bytes) -> StreamGroup? { storage.groups.find(name).map { storage.groups[$0] } }

  /// - Precondition: there is none of that name.
  @discardableResult
  func makeGroup(_ name: Bytes, lastID: StreamID, entriesRead: Int64) -> StreamGroup {
    let group = StreamGroup(in: self, name: name, lastID: lastID, entriesRead: entriesRead)
    let isNew = storage.groups.insert(group)
    precondition(isNew)
    return group
  }

  /// Removes a group with its consumers and all that is pending.
  /// - Returns: a stream that holds nothing but the group, to be freed, in slices if that takes long; nil where a walk has
  ///   the group yet and will free it.
  func remove(_ group: StreamGroup) -> StreamValue? {
    storage.groups.remove(group.name)
    return group.detach()
  }
}
