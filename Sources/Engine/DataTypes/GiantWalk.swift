// Large collections as snapshots walk them: in slices, as they were when the walk began, while they change.

/// An element that a walk met. Good for the time of the call.
enum WalkedElement {
  case member(Bytes)
  case scored(Bytes, Double)
  case field(Bytes, Bytes)
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
}

extension SortedSetValue {
  var isWalked: Bool { encoding == .skipList && list.table.isWalked }

  func beginWalk() { list.table.beginWalk() }

  func walk(limit: Int, _ body: (WalkedElement) -> Void) -> Bool {
    list.table.walk(limit: limit) { body(.scored($0.member, $0.score)) }
  }

  func abandonWalk() { list.table.abandonWalk() }
}

extension HashValue {
  var isWalked: Bool { unsafe encoding == .hashTable && table.pointee.table.isWalked }

  func beginWalk() { unsafe table.pointee.table.beginWalk() }

  func walk(limit: Int, _ body: (WalkedElement) -> Void) -> Bool {
    unsafe table.pointee.table.walk(limit: limit) { body(.field($0.key, $0.value)) }
  }

  func abandonWalk() { unsafe table.pointee.table.abandonWalk() }
}
