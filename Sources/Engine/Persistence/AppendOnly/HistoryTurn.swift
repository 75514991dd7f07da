/// Where a history of the log got another name: a replica was made primary, a primary started anew, or the primary that
/// is followed did either.
struct HistoryTurn: Equatable {
  var history: [UInt8]
  /// From here on it is `next`.
  var offset: Int64
  var next: [UInt8]

  /// Turns that are remembered, beside those that the files at hand need.
  static var limit: Int { 64 }
}

extension [HistoryTurn] {
  /// What a history is called at an offset that was reached under the name `identifier`, and the last turn before. Only for
  /// turns that the data lived through.
  func present(_ identifier: [UInt8], at offset: Int64) -> (identifier: [UInt8], last: HistoryTurn?) {
    var name = identifier
    var last = self.last { $0.next == identifier && $0.offset <= offset }
    for turn in self where turn.history == name && turn.offset <= offset && turn.offset >= last?.offset ?? 0 {
      name = turn.next
      last = turn
    }
    return (name, last)
  }

  /// The turns that led to the name `identifier`, and no others: those of histories that were left are none of its own.
  func leading(to identifier: [UInt8]) -> [HistoryTurn] {
    var found: [HistoryTurn] = []
    var name = identifier
    for turn in reversed() where turn.next == name && turn.offset <= found.last?.offset ?? .max {
      found.append(turn)
      name = turn.history
    }
    return found.reversed()
  }

  /// Keeps the turns that the data lived through, which reach up to `offset` and were recorded last under the name
  /// `identifier`: a turn behind that offset is of writes that were lost.
  /// - Returns: the name of the history that the data stand in, and the last turn before.
  mutating func settle(_ identifier: [UInt8], at offset: Int64) -> (identifier: [UInt8], last: HistoryTurn?) {
    removeAll { $0.offset > offset }
    let found = present(identifier, at: offset)
    self = leading(to: found.identifier)
    return found
  }

}

extension AppendOnlyManifest {
  /// Notes a turn, and forgets those of long ago. What a listed increment begins with is called by its name of then: the
  /// turns since must be known, or nobody could tell what its end is called.
  mutating func note(_ turn: HistoryTurn) {
    turns.append(turn)
    let start = (history + increments).compactMap { $0.place?.offset }.min() ?? .max
    while turns.count > HistoryTurn.limit, turns[0].offset < start { turns.removeFirst() }
  }
}
