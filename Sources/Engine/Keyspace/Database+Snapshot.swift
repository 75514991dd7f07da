// What a snapshot under way has not come to yet, kept as it was when the snapshot began.
extension Database {
  /// A large value that a snapshot has still to write.
  struct Giant: BitwiseCopyable {
    let shell: Entry
    /// Elements, or nodes where it consists of such.
    let count: Int
    /// Of a hash with fields that expire: none does before this.
    let earliestExpiry: Int64?
    /// Of a string, which may move: its walk.
    private let string: StringWalk?

    /// Begins the walk of the entry's value.
    /// - Precondition: the entry's `isWalkable`.
    init(_ entry: Entry) {
      shell = entry.shell()
      string = entry.type == .string ? .begin(entry.block) : nil
      switch entry.type {
      case .string: count = entry.block.count
      case .list: count = entry.list.nodeCount
      case .stream: count = entry.stream.storage.nodes.count
      default: count = entry.collectionCount
      }
      earliestExpiry = entry.holdsExpiringFields ? entry.hash.earliestExpiry : nil
      entry.beginWalk()
    }

    /// Goes on: gives `body` some parts of the value as they were when the walk began.
    /// - Returns: whether there is more.
    func walk(_ body: (WalkedElement) -> Void) -> Bool {
      string.map { $0.step { body(.piece($0)) } } ?? shell.walk(limit: 1, body)
    }

    fileprivate func abandonWalk() { if let string { string.end() } else { shell.abandonWalk() } }

    /// Bytes of what is kept for the walk, roughly.
    fileprivate var keptBytes: Int { string?.keptBytes ?? shell.walkedBytes }
  }

  /// Begins to keep what a snapshot has not come to yet as it is now.
  /// - Parameter number: the database's.
  mutating func beginWalk(mark: UInt8, number: Int) {
    precondition(!isBeingWalked && preimages.isEmpty && flushed.isEmpty)
    self.mark = mark
    isBeingWalked = true
    snapshotNumber = number
    walkCursor = count > 0 ? 0 : nil
  }

  /// Whether there is something of it that the snapshot writes before it goes on with the table: what is kept for it takes
  /// memory.
  var holdsForWalk: Bool { !giants.isEmpty || !preimages.isEmpty || !flushed.isEmpty }

  /// Empties the database under the walk: what the walk has not come to yet is still its to write.
  mutating func flushUnderWalk() {
    flushedBytes += usedBytes
    walkCursor = nil
    let table = detachAll()
    if table.bucketCount > 0 { flushed.append(table) }
  }

  /// Looks at the next bucket of what was flushed: keys that the walk has not come to are kept for it, others freed.
  /// - Returns: how many keys there were.
  mutating func sortOutFlushed() -> Int {
    // Aside, since it is the database that takes the keys over.
    var tables = RecycledTables()
    swap(&tables, &flushed)
    var keys = 0
    let hasMore = tables.drain(limit: 1) { entry in
      keys += 1
      flushedBytes -= entry.totalBytes
      discard(entry)
    }
    swap(&tables, &flushed)
    if !hasMore { flushedBytes = 0 }
    return keys
  }

  /// Gives up the walks of giants that are not over.
  mutating func endGiantWalks() {
    for index in 0..<giants.count {
      giants[index].abandonWalk()
      giants[index].shell.freeShell()
    }
    giants.removeAll()
  }

  /// Ends it, and frees what was kept and is not wanted any more; after `endGiantWalks` of every database.
  mutating func endWalk() {
    isBeingWalked = false
    for index in 0..<preimages.count { Self.free(preimages[index]) }
    preimages.removeAll()
    preimages.shrink(to: 1)
    for index in 0..<kept.count { discard(kept[index]) }
    kept.removeAll()
    keptEntryBytes = 0
    walkCursor = nil
  }

  /// Bytes of what is kept as it was for the snapshot, but for what was flushed.
  var keptBytes: Int {
    guard isBeingWalked else { return 0 }
    var bytes = keptEntryBytes
    for index in 0..<giants.count { bytes += giants[index].keptBytes }
    return bytes
  }

  /// Takes what changed last of all that the snapshot has still to write, for it to write and to free.
  mutating func takePreimage() -> Entry {
    let entry = preimages.removeLast()
    keptEntryBytes -= entry.totalBytes
    return entry
  }

  mutating func keepPreimage(_ entry: Entry) {
    keptEntryBytes += entry.totalBytes
    preimages.append(entry)
  }

  /// A giant has been written.
  /// - Returns: false where it was not of this database.
  mutating func endWalk(of giant: Giant) -> Bool {
    // Others may have been begun meanwhile.
    for index in 0..<giants.count where giants[index].shell.address == giant.shell.address {
      giants[index] = giants[giants.count - 1]
      _ = giants.removeLast()
      giant.shell.freeShell()
      return true
    }
    return false
  }

  /// Gives all entries the mark in force.
  func unifyMarks() {
    table.forEachElement { entry in if entry.mark != mark { entry.mark = mark } }
  }

  /// Keeps an entry as it is for the snapshot, before it changes in place.
  @inline(__always)
  mutating func preserve(_ entry: Entry) {
    if isBeingWalked, entry.mark != mark { keepCopy(of: entry) }
  }

  @inline(never)
  private mutating func keepCopy(of entry: Entry) {
    if entry.isWalkable { return beginWalk(of: entry) }
    keepPreimage(entry.copied(to: entry.key, access: entry.access))
    entry.mark = mark
  }

  /// Has the snapshot walk a giant in slices from how it is now.
  mutating func beginWalk(of entry: Entry) {
    giants.append(Giant(entry))
    entry.mark = mark
  }
}
