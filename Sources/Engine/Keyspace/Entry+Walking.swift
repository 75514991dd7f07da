// Entries whose values a snapshot walks in slices.
extension Entry {
  /// Elements, and bytes, above which a value is walked in slices instead of being taken whole.
  private static var walkedEffort: Int { 512 }
  private static var walkedBytes: Int { 256 << 10 }

  /// Whether the value is so large that a snapshot walks it in slices instead of taking it whole, and of a form that it
  /// can: a table, a chain of nodes, a stream.
  var isWalkable: Bool {
    guard holdsCollection else { return holdsBlock && block.count > Self.walkedBytes }
    switch encoding {
    case .hashTable, .skipList, .quicklist, .stream:
      return freeEffort > Self.walkedEffort || collectionBytes > Self.walkedBytes
    default: return false
    }
  }

  /// Whether a walk of the value is under way: it must not be freed.
  var isWalked: Bool {
    switch type {
    case .list: list.isWalked
    case .set: set.isWalked
    case .sortedSet: sortedSet.isWalked
    case .hash: hash.isWalked
    case .stream: stream.isWalked
    case .string: holdsBlock && block.walkAddress != 0
    case .module: false
    }
  }

  /// Begins a walk.
  /// - Precondition: `isWalkable`.
  func beginWalk() {
    switch type {
    case .list: list.beginWalk()
    case .set: set.beginWalk()
    case .sortedSet: sortedSet.beginWalk()
    case .hash: hash.beginWalk()
    case .stream: stream.beginWalk()
    // A string's walk is the giant's own (`Database.Giant`), since the string may move.
    case .string: break
    case .module: preconditionFailure("a type that is never made")
    }
  }

  /// Goes on with it.
  /// - Parameter limit: parts to look at, roughly.
  /// - Returns: whether there is more.
  func walk(limit: Int, _ body: (WalkedElement) -> Void) -> Bool {
    switch type {
    case .list: list.walk(limit: limit, body)
    case .set: set.walk(limit: limit, body)
    case .sortedSet: sortedSet.walk(limit: limit, body)
    case .hash: hash.walk(limit: limit, body)
    case .stream: stream.walk(limit: limit, body)
    case .string, .module: preconditionFailure("a type whose walk is elsewhere")
    }
  }

  /// Gives it up.
  func abandonWalk() {
    switch type {
    case .list: list.abandonWalk()
    case .set: set.abandonWalk()
    case .sortedSet: sortedSet.abandonWalk()
    case .hash: hash.abandonWalk()
    case .stream: stream.abandonWalk()
    case .string, .module: break
    }
  }

  /// Bytes of what is kept for the walk, roughly.
  var walkedBytes: Int {
    switch type {
    case .list: list.walkedBytes
    case .set: set.walkedBytes
    case .sortedSet: sortedSet.walkedBytes
    case .hash: hash.walkedBytes
    case .stream: stream.walkedBytes
    case .string, .module: 0
    }
  }

  /// An entry of the same key, expiry and value, for the time of a walk: it owns nothing but itself. A string's has no
  /// value.
  func shell() -> Entry {
    Entry.make(
      key: key, type: type, encoding: encoding, content: type == .string ? .integer(0) : sharedContent,
      expiry: expiry, access: access)
  }
}
