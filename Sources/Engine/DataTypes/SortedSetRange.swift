/// Which scores a range takes in.
struct ScoreRange {
  var minimum = -Double.infinity
  var maximum = Double.infinity
  var excludesMinimum = false
  var excludesMaximum = false

  /// Whether a score lies before the range.
  @inline(__always)
  func isBelow(_ score: Double) -> Bool { excludesMinimum ? score <= minimum : score < minimum }

  /// Whether a score does not lie behind the range.
  @inline(__always)
  func reaches(_ score: Double) -> Bool { excludesMaximum ? score < maximum : score <= maximum }
}

/// Which members a range takes in, by their bytes.
struct MemberRange {
  enum Bound {
    /// Before all members, or behind them.
    case lowest, highest
    case including(Bytes)
    case excluding(Bytes)
  }

  var minimum: Bound
  var maximum: Bound

  /// Whether a member lies before the range.
  @inline(__always)
  func isBelow(_ member: Bytes) -> Bool {
    switch minimum {
    case .lowest: false
    case .highest: true
    case .including(let bound): member < bound
    case .excluding(let bound): !(bound < member)
    }
  }

  /// Whether a member does not lie behind the range.
  @inline(__always)
  func reaches(_ member: Bytes) -> Bool {
    switch maximum {
    case .lowest: false
    case .highest: true
    case .including(let bound): !(bound < member)
    case .excluding(let bound): member < bound
    }
  }
}
