// Large collections as snapshots walk them: in slices, as they were when the walk began, while they change.

/// A part of a value that a walk met. Good for the time of the call.
enum WalkedElement {
  /// Of a string.
  case piece(Bytes)
  case member(Bytes)
  case scored(Bytes, Double)
  case field(HashField)
  case listNode(QuicklistNode)
  // Of a stream, in this order: its nodes, the rest of it, and for each group the group, its pending entries, the number
  // of its consumers, and for each consumer the consumer and the ids of what is pending for it.
  case streamNode(StreamNode)
  case stream(StreamSummary)
  case group(WalkedGroup)
  case pending(StreamPending, of: WalkedGroup)
  case consumers(Int)
  case consumer(WalkedConsumer, of: WalkedGroup)
  case owned(StreamID)
}

extension ListValue {
  var isWalked: Bool { quicklist?.isWalked ?? false }

  func beginWalk() { quicklist?.beginWalk() }

  func walk(limit: Int, _ body: (WalkedElement) -> Void) -> Bool {
    quicklist?.walk(limit: limit) { body(.listNode($0)) } ?? false
  }

  func abandonWalk() { quicklist?.abandonWalk() }

  /// Bytes of what is kept for the walk.
  var walkedBytes: Int { quicklist?.imageBytes ?? 0 }
}

extension SetValue {
  /// Whether a walk is under way: then the set stays a table.
  var isWalked: Bool { encoding == .hashTable && table.isWalked }

  func beginWalk() { table.withTable { $0.beginWalk() } }

  /// - Returns: whether there is more.
  func walk(limit: Int, _ body: (WalkedElement) -> Void) -> Bool {
    table.withTable { table in table.walk(limit: limit) { body(.member($0.key)) } }
  }

  func abandonWalk() { table.withTable { $0.abandonWalk() } }

  /// Bytes of what is kept for the walk, roughly.
  var walkedBytes: Int { table.withTable { $0.walkCopies.count } * (allocatedBytes / max(count, 1)) }
}

extension SortedSetValue {
  var isWalked: Bool { encoding == .skipList && list.table.isWalked }

  func beginWalk() { list.table.beginWalk() }

  func walk(limit: Int, _ body: (WalkedElement) -> Void) -> Bool {
    list.table.walk(limit: limit) { body(.scored($0.member, $0.score)) }
  }

  func abandonWalk() { list.table.abandonWalk() }

  var walkedBytes: Int { list.table.walkCopies.count * (allocatedBytes / max(count, 1)) }
}

extension HashValue {
  var isWalked: Bool { unsafe encoding == .hashTable && table.pointee.table.isWalked }

  func beginWalk() { unsafe table.pointee.table.beginWalk() }

  func walk(limit: Int, _ body: (WalkedElement) -> Void) -> Bool {
    unsafe table.pointee.table.walk(limit: limit) { body(.field($0)) }
  }

  func abandonWalk() { unsafe table.pointee.table.abandonWalk() }

  var walkedBytes: Int { unsafe table.pointee.table.walkCopies.count * (allocatedBytes / max(count, 1)) }
}
