/// What ZRANGE and its older kin ask for, parsed.
struct SortedSetRangeQuery {
  enum Order { case rank, score, member }

  private enum Bounds {
    case ranks(Int64, Int64)
    case scores(ScoreRange)
    case members(MemberRange)
  }

  private let bounds: Bounds
  let isReversed: Bool
  private(set) var withScores = false
  /// How many members are passed over; nothing is left where it is negative.
  private var offset: Int64 = 0
  /// How many members are wanted; all where it is negative.
  private var limit: Int64 = -1

  /// - Parameters:
  ///   - key: index of the key, behind which the two bounds and the options stand.
  ///   - order: what is ranged by; where nil, the options say so.
  ///   - isReversed: likewise.
  ///   - isStored: whether the members are stored, so that nobody can ask for scores.
  init(
    _ arguments: Arguments, keyAt key: Int, by order: Order? = nil, isReversed: Bool? = nil, isStored: Bool = false
  ) throws(CommandError) {
    var chosenOrder = order
    // Once said, the direction is settled, and saying it again is a mistake; so is the order.
    var reversed = isReversed
    var index = key + 3
    while index < arguments.count {
      let word = arguments[index]
      if !isStored, word.equalsIgnoringCase("withscores") {
        withScores = true
      } else if word.equalsIgnoringCase("limit"), index + 2 < arguments.count {
        guard let offset = arguments[index + 1].parseInt64(), let limit = arguments[index + 2].parseInt64() else {
          throw .notInteger
        }
        (self.offset, self.limit) = (offset, limit)
        index += 2
      } else if reversed == nil, word.equalsIgnoringCase("rev") {
        reversed = true
      } else if chosenOrder == nil, word.equalsIgnoringCase("bylex") {
        chosenOrder = .member
      } else if chosenOrder == nil, word.equalsIgnoringCase("byscore") {
        chosenOrder = .score
      } else {
        throw .syntax
      }
      index += 1
    }
    self.isReversed = reversed ?? false
    bounds = try Self.bounds(
      by: chosenOrder ?? .rank, arguments[key + 1], arguments[key + 2], isReversed: self.isReversed,
      hasLimit: limit != -1, withScores: withScores)
  }

  private static func bounds(
    by order: Order, _ first: Bytes, _ second: Bytes, isReversed: Bool, hasLimit: Bool, withScores: Bool
  ) throws(CommandError) -> Bounds {
    switch order {
    case .rank:
      if hasLimit {
        throw .text("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX")
      }
      guard let start = first.parseInt64(), let stop = second.parseInt64() else { throw .notInteger }
      return .ranks(start, stop)
    case .score:
      return .scores(try isReversed ? ScoreRange(second, first) : ScoreRange(first, second))
    case .member:
      if withScores { throw .text("ERR syntax error, WITHSCORES not supported in combination with BYLEX") }
      return .members(try isReversed ? MemberRange(second, first) : MemberRange(first, second))
    }
  }

  /// The ranks asked for, the lowest score first however they are to be walked.
  func ranks(in set: SortedSetValue) -> Range<Int> {
    switch bounds {
    case .ranks(let start, let stop):
      let ranks = set.ranks(from: start, through: stop)
      guard isReversed, !ranks.isEmpty else { return ranks }
      let count = set.count
      return count - ranks.upperBound..<count - ranks.lowerBound
    case .scores(let range): return limited(set.ranks(in: range))
    case .members(let range): return limited(set.ranks(in: range))
    }
  }

  private func limited(_ ranks: Range<Int>) -> Range<Int> {
    guard offset >= 0, offset < Int64(ranks.count), limit != 0 else { return 0..<0 }
    let left = ranks.count - Int(offset)
    let count = limit < 0 ? left : Int(min(limit, Int64(left)))
    if isReversed {
      let end = ranks.upperBound - Int(offset)
      return end - count..<end
    }
    let start = ranks.lowerBound + Int(offset)
    return start..<start + count
  }
}
