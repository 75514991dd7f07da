// How far a group has read.
extension StreamGroup {
  /// Notes that the entry `id`, behind all that were given out before, is given out.
  func advance(to id: StreamID, in stream: StreamValue) {
    if entriesRead != Self.unknownEntriesRead, !stream.hasRemovedEntries(from: id) {
      entriesRead &+= 1
    } else if stream.storage.entriesAdded != 0 {
      entriesRead = stream.entriesEverAdded(upTo: id) ?? Self.unknownEntriesRead
    }
    lastID = id
  }

  /// Entries the group has still to be given; nil where that cannot be told.
  func lag(in stream: StreamValue) -> Int64? {
    let added = stream.storage.entriesAdded
    if added == 0 { return 0 }
    if entriesRead != Self.unknownEntriesRead, !stream.hasRemovedEntries(from: lastID) { return added &- entriesRead }
    return stream.entriesEverAdded(upTo: lastID).map { added &- $0 }
  }

  /// Notes that a pending entry was given to its consumer once more.
  func noteDelivery(of id: StreamID, at time: Int64) {
    guard var entry = pendingEntry(id) else { return }
    entry.deliveryTime = time
    entry.deliveryCount &+= 1
    setPending(entry)
  }
}

extension StreamValue {
  /// Whether XDEL removed an entry from `start` on that would have been among those that are there.
  func hasRemovedEntries(from start: StreamID) -> Bool {
    guard storage.count > 0, storage.maximumDeletedID != .zero, storage.firstID <= storage.maximumDeletedID else {
      return false
    }
    return start <= storage.maximumDeletedID
  }

  /// How many entries, of all that were ever added, stand before or at `id`; nil where that cannot be told.
  func entriesEverAdded(upTo id: StreamID) -> Int64? {
    let added = storage.entriesAdded
    if added == 0 { return 0 }
    if storage.count == 0, id <= storage.lastID { return added }
    if id == storage.lastID { return added }
    if storage.lastID < id { return nil }
    // With nothing missing between the first and the last one, what is there can be counted from the end.
    guard storage.maximumDeletedID == .zero || storage.maximumDeletedID < storage.firstID else { return nil }
    if id < storage.firstID { return added &- Int64(storage.count) }
    return id == storage.firstID ? added &- Int64(storage.count) &+ 1 : nil
  }
}
