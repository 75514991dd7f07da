/// Walks a stream's entries from id to id, in either direction. The stream must not change meanwhile.
struct StreamEntries: BitwiseCopyable {
  private let nodes: OrderedTree<StreamNode>
  private var node: OrderedTree<StreamNode>.Position?
  private var head: StreamNodeHead?
  private var position = 0
  private let first: StreamID
  private let last: StreamID
  private let isReversed: Bool
  private let includesDeleted: Bool

  /// - Parameters:
  ///   - first: the least id.
  ///   - last: the greatest.
  ///   - isReversed: whether the walk begins at `last`.
  ///   - includesDeleted: whether entries marked as gone are given too.
  fileprivate init(
    _ nodes: OrderedTree<StreamNode>, from first: StreamID, to last: StreamID, isReversed: Bool, includesDeleted: Bool
  ) {
    self.nodes = nodes
    self.first = first
    self.last = last
    self.isReversed = isReversed
    self.includesDeleted = includesDeleted
    let start = isReversed ? last : first
    node = nodes.seek(atMost: start) ?? (isReversed ? nil : nodes.first)
    enter()
  }

  private mutating func enter() {
    guard let node else {
      head = nil
      return
    }
    let opened = StreamNodeHead(nodes[node])
    head = opened
    position = isReversed ? opened.listpack.endPosition : opened.entriesPosition
  }

  /// The next entry, or nil where there is none.
  mutating func next() -> StreamEntry? {
    while let head, let node {
      guard let entry = isReversed ? entryBefore(head) : entryBehind(head) else {
        self.node = isReversed ? nodes.position(before: node) : nodes.position(after: node)
        enter()
        continue
      }
      if isReversed ? entry.id < first : last < entry.id {
        self.head = nil
        return nil
      }
      if isReversed ? last < entry.id : entry.id < first { continue }
      if entry.isDeleted && !includesDeleted { continue }
      return entry
    }
    return nil
  }

  private mutating func entryBehind(_ head: StreamNodeHead) -> StreamEntry? {
    guard position < head.listpack.endPosition else { return nil }
    let entry = head.entry(at: position)
    position = entry.endPosition
    return entry
  }

  private mutating func entryBefore(_ head: StreamNodeHead) -> StreamEntry? {
    guard let entry = head.entry(before: position) else { return nil }
    position = entry.position
    return entry
  }
}

extension StreamValue {
  /// The entries with ids from `first` to `last`.
  func entries(
    from first: StreamID = .zero, to last: StreamID = .maximum, isReversed: Bool = false, includesDeleted: Bool = false
  ) -> StreamEntries {
    StreamEntries(
      storage.nodes, from: first, to: last, isReversed: isReversed, includesDeleted: includesDeleted)
  }

  /// The entry of that id, if it is there.
  func entry(_ id: StreamID) -> StreamEntry? {
    var entries = entries(from: id, to: id)
    return entries.next()
  }

  /// The greatest id of an entry that is there.
  var lastEntryID: StreamID? {
    guard storage.count > 0 else { return nil }
    var entries = entries(isReversed: true)
    return entries.next()?.id
  }
}
