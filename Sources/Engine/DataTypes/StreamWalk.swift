/// A walk in slices over a stream, in the order of snapshots: its nodes, what else it is, then each group with what is
/// pending in it, and each of the group's consumers with what is pending for it.
///
/// What is small, and the list of groups and consumers, is noted when the walk begins; nodes and lists of pending entries
/// are walked (`OrderedWalk`). Groups and consumers that are removed meanwhile are freed when the walk is through with them.
struct StreamWalk: ~Copyable {
  let summary: StreamSummary
  var nodes = OrderedWalk<StreamNode>()
  /// Bytes of nodes that are kept.
  var imageBytes = 0
  private var groups = Slab<WalkedGroup>(capacity: 1)
  private var consumers = Slab<WalkedConsumer>(capacity: 1)
  private var stage = Stage.nodes
  private var group = 0
  private var consumer = 0
  /// What groups and consumers kept when they were last asked, what those said that are being asked, and who is next.
  private var countedBytes = 0
  private var countingBytes = 0
  private var countingPlace = 0

  private enum Stage {
    case nodes
    case group
    case pending
    case consumer
    case owned
  }

  init(_ stream: StreamValue) {
    let state = stream.storage
    summary = StreamSummary(state)
    nodes.begin(state.nodes)
    state.groups.forEach { group in
      group.consumers.forEach { consumer in
        consumers.append(
          WalkedConsumer(handle: consumer, seenTime: consumer.seenTime, pendingCount: consumer.pending.count))
        consumer.beginWalk()
      }
      groups.append(
        WalkedGroup(
          handle: group, lastID: group.lastID, entriesRead: group.entriesRead, pendingCount: group.pending.count,
          consumerCount: group.consumers.count, consumersEnd: consumers.count))
      group.beginWalk()
    }
  }

  /// Groups and consumers of which is asked at once what they keep.
  private static var countedAtOnce: Int { 256 }

  /// Bytes of all that is kept, roughly: of many groups and consumers some are asked each time, and what they said counts
  /// when all have been.
  mutating func countKeptBytes() -> Int {
    let parts = groups.count + consumers.count
    for _ in 0..<min(parts, Self.countedAtOnce) {
      if countingPlace < groups.count {
        if countingPlace >= group { countingBytes += groups[countingPlace].handle.keptBytes }
      } else if countingPlace - groups.count >= consumer {
        countingBytes += consumers[countingPlace - groups.count].handle.keptBytes
      }
      countingPlace += 1
      guard countingPlace == parts else { continue }
      (countedBytes, countingBytes, countingPlace) = (countingBytes, 0, 0)
    }
    return imageBytes + countedBytes
  }

  /// Goes one step on.
  /// - Returns: whether there is more.
  mutating func step(_ tree: OrderedTree<StreamNode>, _ body: (WalkedElement) -> Void) -> Bool {
    switch stage {
    case .nodes: stepNodes(tree, body)
    case .group:
      guard group < groups.count else { return false }
      body(.group(groups[group]))
      stage = .pending
    case .pending: stepPending(body)
    case .consumer:
      guard consumer < groups[group].consumersEnd else {
        groups[group].handle.endWalk()
        group += 1
        stage = .group
        break
      }
      body(.consumer(consumers[consumer], of: groups[group]))
      stage = .owned
    case .owned: stepOwned(body)
    }
    return true
  }

  private mutating func stepNodes(_ tree: OrderedTree<StreamNode>, _ body: (WalkedElement) -> Void) {
    switch nodes.next(in: tree) {
    case .element(let node): body(.streamNode(node))
    case .image(let node):
      body(.streamNode(node))
      imageBytes -= node.listpack.allocatedBytes
      node.listpack.free()
    case .nothing: break
    case .end:
      body(.stream(summary))
      stage = .group
    }
  }

  private mutating func stepPending(_ body: (WalkedElement) -> Void) {
    switch groups[group].handle.walk() {
    case .element(let entry), .image(let entry): body(.pending(entry, of: groups[group]))
    case .nothing: break
    case .end:
      body(.consumers(groups[group].consumerCount))
      stage = .consumer
    }
  }

  private mutating func stepOwned(_ body: (WalkedElement) -> Void) {
    switch consumers[consumer].handle.walk() {
    case .element(let id), .image(let id): body(.owned(id))
    case .nothing: break
    case .end:
      consumers[consumer].handle.endWalk()
      consumer += 1
      stage = .consumer
    }
  }

  /// Gives it up.
  mutating func abandon() {
    nodes.abandon { $0.listpack.free() }
    for index in consumer..<consumers.count { consumers[index].handle.endWalk() }
    for index in group..<groups.count { groups[index].handle.endWalk() }
    groups.removeAll()
    consumers.removeAll()
  }
}

/// What a stream is besides nodes and groups.
struct StreamSummary: BitwiseCopyable {
  let count: Int
  let lastID: StreamID
  let firstID: StreamID
  let maximumDeletedID: StreamID
  let entriesAdded: Int64
  let groupCount: Int

  init(_ state: StreamState) {
    count = state.count
    lastID = state.lastID
    firstID = state.firstID
    maximumDeletedID = state.maximumDeletedID
    entriesAdded = state.entriesAdded
    groupCount = state.groups.count
  }
}

/// A group as a walk began with it.
struct WalkedGroup: BitwiseCopyable {
  let handle: StreamGroup
  let lastID: StreamID
  let entriesRead: Int64
  let pendingCount: Int
  let consumerCount: Int
  /// Where the consumers of later groups begin in the walk's list.
  fileprivate let consumersEnd: Int

  /// A group that is written at once.
  init(_ group: StreamGroup) {
    self.init(
      handle: group, lastID: group.lastID, entriesRead: group.entriesRead, pendingCount: group.pending.count,
      consumerCount: group.consumers.count, consumersEnd: 0)
  }

  fileprivate init(
    handle: StreamGroup, lastID: StreamID, entriesRead: Int64, pendingCount: Int, consumerCount: Int,
    consumersEnd: Int
  ) {
    self.handle = handle
    self.lastID = lastID
    self.entriesRead = entriesRead
    self.pendingCount = pendingCount
    self.consumerCount = consumerCount
    self.consumersEnd = consumersEnd
  }
}

/// A consumer as a walk began with it.
struct WalkedConsumer: BitwiseCopyable {
  let handle: StreamConsumer
  let seenTime: Int64
  let pendingCount: Int

  fileprivate init(handle: StreamConsumer, seenTime: Int64, pendingCount: Int) {
    self.handle = handle
    self.seenTime = seenTime
    self.pendingCount = pendingCount
  }

  /// A consumer that is written at once.
  init(_ consumer: StreamConsumer) {
    self.init(handle: consumer, seenTime: consumer.seenTime, pendingCount: consumer.pending.count)
  }
}

extension StreamValue {
  var isWalked: Bool { storage.walk != 0 }

  /// Begins a walk: takes as long as there are groups and consumers.
  func beginWalk() {
    precondition(!isWalked)
    let walk = UnsafeMutablePointer<StreamWalk>.allocate(capacity: 1)
    unsafe walk.initialize(to: StreamWalk(self))
    storage.walk = UInt(bitPattern: walk)
  }

  /// The walk under way.
  @unsafe
  private var walk: UnsafeMutablePointer<StreamWalk>? {
    // Zero, or the address of what `beginWalk` made.
    unsafe UnsafeMutablePointer(bitPattern: storage.walk)
  }

  /// Goes on.
  /// - Parameter limit: steps.
  /// - Returns: whether there is more; when there is not, the walk is over.
  func walk(limit: Int, _ body: (WalkedElement) -> Void) -> Bool {
    guard let walk = unsafe walk else { preconditionFailure("no walk") }
    for _ in 0..<limit where unsafe !walk.pointee.step(storage.nodes, body) {
      endWalk()
      return false
    }
    return true
  }

  func abandonWalk() {
    guard let walk = unsafe walk else { return }
    unsafe walk.pointee.abandon()
    endWalk()
  }

  private func endWalk() {
    guard let walk = unsafe walk else { return }
    unsafe walk.deinitialize(count: 1)
    unsafe walk.deallocate()
    storage.walk = 0
  }

  /// Bytes of what is kept for the walk.
  var walkedBytes: Int { unsafe walk?.pointee.countKeptBytes() ?? 0 }

  /// Keeps a node as it is, where the walk has not been: before its contents change.
  @inline(__always)
  func keep(_ node: StreamNode) { if isWalked { keepCopy(of: node) } }

  @inline(never)
  private func keepCopy(of node: StreamNode) {
    guard let walk = unsafe walk, unsafe walk.pointee.nodes.needs(node.id) else { return }
    let copy = StreamNode(id: node.id, listpack: node.listpack.copy())
    unsafe walk.pointee.nodes.keep(node.id, copy)
    unsafe walk.pointee.imageBytes += copy.listpack.allocatedBytes
  }

  /// Frees what a node that is in no tree any more holds, or keeps it for the walk.
  func discard(_ node: StreamNode) {
    guard let walk = unsafe walk, unsafe walk.pointee.nodes.needs(node.id) else { return node.listpack.free() }
    unsafe walk.pointee.nodes.keep(node.id, node)
    unsafe walk.pointee.imageBytes += node.listpack.allocatedBytes
  }

  /// Notes for the walk that there was no node of that id, before there is one.
  func keepAbsence(of id: StreamID) {
    guard let walk = unsafe walk, unsafe walk.pointee.nodes.needs(id) else { return }
    unsafe walk.pointee.nodes.keep(id, nil)
  }
}
