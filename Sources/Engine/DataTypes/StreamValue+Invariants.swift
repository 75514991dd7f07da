// For tests.
extension StreamValue {
  /// Stops where something is not as it must be.
  func checkInvariants() {
    storage.nodes.checkInvariants()
    storage.groups.checkInvariants()
    var bytes = 0
    var count = 0
    var before: StreamID?
    let last = storage.nodes.last.map { storage.nodes[$0].id }
    storage.nodes.forEach { node in
      node.listpack.checkInvariants()
      bytes += node.id == last ? max(storage.tailCapacity, node.listpack.allocatedBytes) : node.listpack.allocatedBytes
      let head = StreamNodeHead(node)
      precondition(head.count > 0)
      count += head.count
      check(head, &before)
    }
    precondition(count == self.count)
    precondition(storage.nodes.isEmpty == (count == 0) && (count > 0 || storage.firstID == .zero))
    if let before { precondition(before <= storage.lastID) }
    if last == nil { precondition(storage.tailCapacity == 0) }
    storage.groups.forEach { bytes += $0.checkInvariants() }
    precondition(bytes == storage.partBytes)
  }

  /// Every entry of a node, forwards and backwards.
  private func check(_ head: StreamNodeHead, _ before: inout StreamID?) {
    var position = head.entriesPosition
    var positions: [Int] = []
    var deleted = 0
    while position < head.listpack.endPosition {
      let entry = head.entry(at: position)
      if let before { precondition(before < entry.id) }
      before = entry.id
      positions.append(position)
      if entry.isDeleted { deleted += 1 }
      position = entry.endPosition
    }
    precondition(position == head.listpack.endPosition)
    precondition(positions.count == head.count + head.deletedCount && deleted == head.deletedCount)
    var backwards: [Int] = []
    while let entry = head.entry(before: position) {
      backwards.append(entry.position)
      position = entry.position
    }
    precondition(backwards == positions.reversed())
  }
}

extension StreamGroup {
  /// Stops where something is not as it must be.
  /// - Returns: bytes of the group.
  fileprivate func checkInvariants() -> Int {
    pending.checkInvariants()
    consumers.checkInvariants()
    var bytes = shellBytes + pending.allocatedBytes + consumers.allocatedBytes
    var count = 0
    consumers.forEach { consumer in
      consumer.pending.checkInvariants()
      bytes += consumer.allocatedBytes
      count += consumer.pending.count
      consumer.pending.forEach { id in precondition(pendingEntry(id)?.consumer == consumer) }
    }
    precondition(count == pending.count)
    return bytes
  }
}
