// Entries whose values a snapshot walks in slices.
extension Entry {
  /// Whether the value is so large that a snapshot walks it in slices instead of taking it whole, and of a form that it
  /// can: a table of members, scores or fields that do not expire.
  var isWalkable: Bool {
    guard holdsCollection, freeEffort > Database.effortAtOnce else { return false }
    switch type {
    case .set: return set.encoding == .hashTable
    case .sortedSet: return sortedSet.encoding == .skipList
    case .hash: return hash.encoding == .hashTable && !hash.hasExpiringFields
    case .list, .stream, .string, .module: return false
    }
  }

  /// Whether a walk of the value is under way: it must not be freed.
  var isWalked: Bool {
    switch type {
    case .set: set.isWalked
    case .sortedSet: sortedSet.isWalked
    case .hash: hash.isWalked
    case .list, .stream, .string, .module: false
    }
  }

  /// Begins a walk.
  /// - Precondition: `isWalkable`.
  func beginWalk() {
    switch type {
    case .set: set.beginWalk()
    case .sortedSet: sortedSet.beginWalk()
    case .hash: hash.beginWalk()
    case .list, .stream, .string, .module: preconditionFailure("a type that is taken whole")
    }
  }

  /// Goes on with it.
  /// - Returns: whether there is more.
  func walk(limit: Int, _ body: (WalkedElement) -> Void) -> Bool {
    switch type {
    case .set: set.walk(limit: limit, body)
    case .sortedSet: sortedSet.walk(limit: limit, body)
    case .hash: hash.walk(limit: limit, body)
    case .list, .stream, .string, .module: preconditionFailure("a type that is taken whole")
    }
  }

  /// Gives it up.
  func abandonWalk() {
    switch type {
    case .set: set.abandonWalk()
    case .sortedSet: sortedSet.abandonWalk()
    case .hash: hash.abandonWalk()
    case .list, .stream, .string, .module: break
    }
  }

  /// An entry of the same key, expiry and value, for the time of a walk: it owns nothing but itself.
  func shell() -> Entry {
    Entry.make(
      key: key, type: type, encoding: encoding, content: sharedContent, expiry: expiry, access: access)
  }
}
