/// A stream: entries of fields and values, each with an id above all before it, and groups of consumers that read them.
///
/// Entries live in *nodes*, listpacks of up to about a hundred, byte for byte as Redis lays them out (`StreamNode`),
/// ordered by the id of the first entry that was put into them. Removing marks an entry; a node goes when none is left.
///
/// Complexity: O(1) to append; O(log n) to find an id, and a scan of one node; O(1) a node to trim.
///
/// The handle never changes: what a stream is lies at one address from `make` to `free`.
@safe
struct StreamValue: CollectionValue {
  // Allocated by `make`, freed by `free` or the last `drain`. Groups point to it.
  private let state: UnsafeMutablePointer<StreamState>

  var address: UInt { unsafe UInt(bitPattern: state) }
  var encoding: Encoding { .stream }

  init(address: UInt, encoding: Encoding) {
    // An address that `make` returned, come back from its owner.
    unsafe state = UnsafeMutablePointer(bitPattern: address).unsafelyUnwrapped
  }

  /// An empty stream.
  static func make() -> StreamValue {
    let memory = unsafe Memory.allocate(stateBytes)
    unsafe memory.initializeMemory(as: StreamState.self, to: StreamState())
    return StreamValue(address: UInt(bitPattern: memory), encoding: .stream)
  }

  private static var stateBytes: Int { Memory.sizeClass(MemoryLayout<StreamState>.size) }

  /// What there is besides entries and groups, and the trees of both.
  var storage: StreamState {
    @inline(__always) unsafeAddress { unsafe UnsafePointer(state) }
    @inline(__always) nonmutating unsafeMutableAddress { unsafe state }
  }

  // MARK: As a whole

  var count: Int { storage.count }

  var allocatedBytes: Int {
    Self.stateBytes + storage.nodes.allocatedBytes + storage.groups.allocatedBytes + storage.partBytes
  }

  var freeEffort: Int {
    storage.nodes.count + storage.nodes.nodeCount + storage.groupEffort
  }

  func copy() -> StreamValue {
    let copy = StreamValue.make()
    let (source, nodes) = (storage, storage.nodes)
    copy.storage.count = source.count
    copy.storage.lastID = source.lastID
    copy.storage.firstID = source.firstID
    copy.storage.maximumDeletedID = source.maximumDeletedID
    copy.storage.entriesAdded = source.entriesAdded
    nodes.forEach { copy.insertNode(StreamNode(id: $0.id, listpack: $0.listpack.copy())) }
    source.groups.forEach { $0.copy(into: copy) }
    return copy
  }

  func free() {
    var value = self
    while value.drain(limit: .max) {}
  }

  mutating func drain(limit: Int) -> Bool {
    abandonWalk()
    var left = limit
    while left > 0 {
      if let last = storage.groups.last {
        let group = storage.groups[last]
        guard group.drain(limit: &left) else { return true }
        storage.groups.remove(group.name)
        group.freeShell()
      } else {
        let tailBytes = self.tailBytes
        var bytes = 0
        let removed = storage.nodes.removeLastLeaf { node in
          bytes += node.listpack.allocatedBytes
          node.listpack.free()
        }
        guard removed > 0 else {
          unsafe Memory.free(UnsafeMutableRawPointer(state))
          return false
        }
        storage.partBytes -= bytes + tailBytes
        storage.tailCapacity = 0
        left -= removed
      }
    }
    return true
  }

  /// Bytes set aside at the end of the last node beyond what its listpack says of itself.
  private var tailBytes: Int {
    guard storage.tailCapacity > 0, let last = storage.nodes.last else { return 0 }
    return storage.tailCapacity - storage.nodes[last].listpack.allocatedBytes
  }
}

/// What a stream is, at its address.
struct StreamState: BitwiseCopyable {
  var nodes = OrderedTree<StreamNode>()
  var groups = OrderedTree<StreamGroup>()
  /// Entries that are there.
  var count = 0
  /// The id that the next one must be above.
  var lastID = StreamID.zero
  /// The least id of an entry that is there; zero where none is.
  var firstID = StreamID.zero
  /// The greatest id that XDEL removed.
  var maximumDeletedID = StreamID.zero
  /// Entries ever added.
  var entriesAdded: Int64 = 0
  /// Bytes allocated for the last node's listpack, where that is more than it says of itself; 0: as much as it says.
  var tailCapacity = 0
  /// Bytes of listpacks, of groups and of consumers, but not of the two trees here.
  var partBytes = 0
  /// Address of the walk in slices that is under way (`StreamWalk`); 0: none is.
  var walk: UInt = 0
  /// Allocations of groups, roughly.
  var groupEffort: Int {
    var effort = 0
    groups.forEach { effort += $0.freeEffort }
    return effort
  }
}
