/// How large a stream's nodes become: `stream-node-max-bytes` and `stream-node-max-entries`, 0 for no limit.
struct StreamLimits: BitwiseCopyable {
  var nodeBytes: Int
  var nodeEntries: Int

  /// Longest node, bytes, as in Redis.
  static let greatestNodeBytes = 1 << 30

  /// Bytes at which a node is full.
  fileprivate var effectiveNodeBytes: Int {
    nodeBytes == 0 || nodeBytes > Self.greatestNodeBytes ? Self.greatestNodeBytes : nodeBytes
  }
}

extension StreamValue {
  /// Adds an entry.
  ///
  /// - Parameters:
  ///   - id: above `lastID`.
  ///   - fields: fields and values in turn, at most `StreamLimits.greatestNodeBytes` bytes in all.
  func append(_ id: StreamID, _ fields: Arguments, limits: StreamLimits) {
    precondition(storage.lastID < id)
    var byteCount = 0
    for index in 0..<fields.count { byteCount += fields[index].count }
    let bound = byteCount + (fields.count + 6) * ListpackElement.overheadBound
    if let last = storage.nodes.last, let tail = tailHead(last, adding: byteCount, limits) {
      extendTail(last, tail, id, fields, bound, limits)
    } else {
      openNode(id, fields, byteCount, bound, limits)
    }
    storage.count += 1
    storage.entriesAdded &+= 1
    storage.lastID = id
    if storage.count == 1 { storage.firstID = id }
  }

  /// The head of the last node if there is room in it; otherwise the node is closed.
  private func tailHead(
    _ last: OrderedTree<StreamNode>.Position, adding byteCount: Int, _ limits: StreamLimits
  ) -> StreamNodeHead? {
    let head = StreamNodeHead(storage.nodes[last])
    if head.listpack.totalBytes + byteCount < limits.effectiveNodeBytes,
      limits.nodeEntries == 0 || head.count + head.deletedCount < limits.nodeEntries
    {
      return head
    }
    closeTail(last)
    return nil
  }

  /// Gives back the room at the end of the last node.
  private func closeTail(_ last: OrderedTree<StreamNode>.Position) {
    let listpack = storage.nodes[last].listpack
    guard storage.tailCapacity > listpack.allocatedBytes else {
      storage.tailCapacity = 0
      return
    }
    storage.partBytes += listpack.allocatedBytes - storage.tailCapacity
    storage.nodes[last].listpack = listpack.copy()
    listpack.free()
    storage.tailCapacity = 0
  }

  private func openNode(_ id: StreamID, _ fields: Arguments, _ byteCount: Int, _ bound: Int, _ limits: StreamLimits) {
    var names = 0
    for index in stride(from: 0, to: fields.count, by: 2) { names += fields[index].count }
    let namesBound = names + (fields.count / 2 + 4) * ListpackElement.overheadBound
    let capacity = Memory.sizeClass(Listpack.headerBytes + 1 + namesBound + bound)
    var appender = ListpackAppender(capacity: capacity)
    appender.append(1)
    appender.append(0)
    appender.append(Int64(fields.count / 2))
    for index in stride(from: 0, to: fields.count, by: 2) { appender.append(fields[index]) }
    appender.append(0)
    appender.append(StreamNode.Flags.sameFields)
    appender.append(0)
    appender.append(0)
    for index in stride(from: 1, to: fields.count, by: 2) { appender.append(fields[index]) }
    appender.append(Int64(fields.count / 2 + 3))
    if isWalked { keepAbsence(of: id) }
    storage.nodes.insert(StreamNode(id: id, listpack: appender.finish()))
    storage.tailCapacity = capacity
    storage.partBytes += capacity
  }

  private func extendTail(
    _ last: OrderedTree<StreamNode>.Position, _ head: StreamNodeHead, _ id: StreamID, _ fields: Arguments,
    _ bound: Int, _ limits: StreamLimits
  ) {
    let hasSameFields = hasFields(of: head, fields)
    keep(storage.nodes[last])
    var listpack = head.listpack
    let before = max(storage.tailCapacity, listpack.allocatedBytes)
    var capacity = before
    // A count of more than seven bits may take another byte.
    listpack.replaceInteger(at: Listpack.headerBytes, with: Int64(head.count + 1), capacity: &capacity)
    if listpack.totalBytes + bound > capacity {
      let wanted = Memory.sizeClass(listpack.totalBytes + bound)
      let doubled = min(capacity * 2, Memory.sizeClass(max(limits.effectiveNodeBytes, 16)))
      capacity = max(wanted, doubled)
      listpack.move(toCapacity: capacity)
    }
    var appender = ListpackAppender(listpack, capacity: capacity)
    appender.append(hasSameFields ? StreamNode.Flags.sameFields : 0)
    appender.append(Int64(bitPattern: id.milliseconds &- head.id.milliseconds))
    appender.append(Int64(bitPattern: id.sequence &- head.id.sequence))
    if !hasSameFields { appender.append(Int64(fields.count / 2)) }
    for index in stride(from: hasSameFields ? 1 : 0, to: fields.count, by: hasSameFields ? 2 : 1) {
      appender.append(fields[index])
    }
    appender.append(Int64(hasSameFields ? fields.count / 2 + 3 : fields.count + 4))
    storage.nodes[last].listpack = appender.finish()
    storage.tailCapacity = capacity
    storage.partBytes += capacity - before
  }

  private func hasFields(of head: StreamNodeHead, _ fields: Arguments) -> Bool {
    guard head.fieldCount == fields.count / 2 else { return false }
    var position = head.fieldsPosition
    for index in stride(from: 0, to: fields.count, by: 2) {
      let isSame =
        switch head.listpack[position] {
        case .bytes(let bytes): bytes == fields[index]
        case .integer(let integer): fields[index].count <= 20 && fields[index].parseInt64() == integer
        }
      guard isSame else { return false }
      position = head.listpack.end(of: position)
    }
    return true
  }

  // MARK: Nodes as they are

  /// Adds a node behind all others; nothing else is changed. For snapshots, and for copies.
  /// - Parameter node: the stream takes its listpack over.
  /// - Returns: false where there is a node of that id.
  @discardableResult
  func insertNode(_ node: StreamNode) -> Bool {
    if let last = storage.nodes.last { closeTail(last) }
    guard storage.nodes.insert(node) else { return false }
    storage.partBytes += node.listpack.allocatedBytes
    return true
  }
}
