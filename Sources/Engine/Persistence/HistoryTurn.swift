/// Where a history of the log got another name: a replica was made primary, a primary started anew, or the primary that
/// is followed did either.
struct HistoryTurn: Equatable {
  var history: [UInt8]
  /// From here on it is `next`.
  var offset: Int64
  var next: [UInt8]

  /// Turns that are remembered.
  static var limit: Int { 64 }
}

extension [HistoryTurn] {
  /// What a history is called at an offset that was reached under the name `identifier`, and the last turn before.
  func present(_ identifier: [UInt8], at offset: Int64) -> (identifier: [UInt8], last: HistoryTurn?) {
    var name = identifier
    var last = self.last { $0.next == identifier && $0.offset <= offset }
    for turn in self where turn.history == name && turn.offset <= offset {
      name = turn.next
      last = turn
    }
    return (name, last)
  }

  /// Notes a turn, and forgets those of long ago.
  mutating func note(_ turn: HistoryTurn) {
    append(turn)
    if count > HistoryTurn.limit { removeFirst() }
  }
}
