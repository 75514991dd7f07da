/// What is trimmed off the beginning of a stream.
struct StreamTrim: BitwiseCopyable {
  enum Target: BitwiseCopyable {
    /// Entries that may stay.
    case length(Int)
    /// The least id that stays.
    case leastID(StreamID)
  }
  var target: Target
  /// Whether only whole nodes are removed.
  var isApproximate = false
  /// Entries to remove at most, looking at whole nodes; 0: no limit.
  var limit = 0
}

extension StreamValue {
  /// Removes entries from the beginning.
  /// - Returns: how many.
  func trim(_ trim: StreamTrim) -> Int {
    var removed = 0
    while let first = storage.nodes.first {
      let node = storage.nodes[first]
      let head = StreamNodeHead(node)
      if case .length(let kept) = trim.target, storage.count <= kept { break }
      if trim.limit > 0, removed + head.count > trim.limit { break }
      guard goesWhole(head, trim.target) else {
        if !trim.isApproximate { removed += markFirst(first, head, trim.target) }
        break
      }
      removeNode(node)
      storage.count -= head.count
      removed += head.count
    }
    if removed > 0 { updateFirstID() }
    return removed
  }

  private func goesWhole(_ head: StreamNodeHead, _ target: StreamTrim.Target) -> Bool {
    switch target {
    case .length(let kept): storage.count - head.count >= kept
    case .leastID(let id): (head.entry(before: head.listpack.endPosition)?.id ?? .zero) < id
    }
  }

  /// Marks the entries of the first node that go, as gone.
  private func markFirst(
    _ position: OrderedTree<StreamNode>.Position, _ head: StreamNodeHead, _ target: StreamTrim.Target
  ) -> Int {
    keep(storage.nodes[position])
    var marked = 0
    var place = head.entriesPosition
    var capacity = 0
    var listpack = head.listpack
    while place < listpack.endPosition {
      let entry = head.entry(at: place)
      let stays =
        switch target {
        case .length(let kept): storage.count - marked <= kept
        case .leastID(let id): id <= entry.id
        }
      if stays { break }
      place = entry.endPosition
      guard !entry.isDeleted else { continue }
      // Flags are one byte, before and after: the listpack stays where it is.
      listpack.replaceInteger(at: entry.position, with: entry.flags | StreamNode.Flags.deleted, capacity: &capacity)
      marked += 1
    }
    storage.count -= marked
    setCounts(position, head.count - marked, head.deletedCount + marked)
    return marked
  }

  /// Removes an entry.
  /// - Returns: whether it was there.
  func remove(_ id: StreamID) -> Bool {
    guard let position = storage.nodes.seek(atMost: id), let entry = entry(id) else { return false }
    let node = storage.nodes[position]
    let head = StreamNodeHead(node)
    if head.count == 1 {
      removeNode(node)
    } else {
      keep(node)
      var listpack = node.listpack
      var capacity = 0
      listpack.replaceInteger(at: entry.position, with: entry.flags | StreamNode.Flags.deleted, capacity: &capacity)
      setCounts(position, head.count - 1, head.deletedCount + 1)
    }
    storage.count -= 1
    storage.maximumDeletedID = max(storage.maximumDeletedID, id)
    if storage.firstID == id || storage.count == 0 { updateFirstID() }
    return true
  }

  private func updateFirstID() {
    var entries = entries()
    storage.firstID = storage.count == 0 ? .zero : entries.next()?.id ?? .zero
  }

  private func setCounts(_ position: OrderedTree<StreamNode>.Position, _ count: Int, _ deleted: Int) {
    var listpack = storage.nodes[position].listpack
    let isTail = storage.nodes.position(after: position) == nil && storage.tailCapacity > 0
    let before = isTail ? storage.tailCapacity : listpack.allocatedBytes
    var capacity = before
    listpack.replaceInteger(at: Listpack.headerBytes, with: Int64(count), capacity: &capacity)
    let second = listpack.end(of: Listpack.headerBytes)
    listpack.replaceInteger(at: second, with: Int64(deleted), capacity: &capacity)
    storage.nodes[position].listpack = listpack
    if isTail { storage.tailCapacity = capacity }
    storage.partBytes += capacity - before
  }

  private func removeNode(_ node: StreamNode) {
    let isTail = storage.nodes.last.map { storage.nodes[$0].id } == node.id && storage.tailCapacity > 0
    storage.partBytes -= isTail ? storage.tailCapacity : node.listpack.allocatedBytes
    if isTail { storage.tailCapacity = 0 }
    storage.nodes.remove(node.id)
    discard(node)
  }
}
