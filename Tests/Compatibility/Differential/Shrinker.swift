import Foundation

/// Looks for fewer steps that still end in a difference: leaves out ever smaller pieces, as long as time allows.
struct Shrinker {
  var runner: Runner
  let phase: Phase
  let limitSeconds: Double

  /// The steps that are left, the last of which differs.
  mutating func shrink(_ difference: Difference) throws -> [Step] {
    let deadline = Date().addingTimeInterval(limitSeconds)
    let last = phase.steps[difference.step]
    // Checks change nothing.
    var steps = phase.steps[..<difference.step].filter { if case .check = $0 { false } else { true } }
    guard try fails(steps + [last], as: difference) else { return phase.steps[...difference.step].suffix(20) }
    var piece = max(1, steps.count / 2)
    while Date() < deadline {
      var start = 0
      var didShrink = false
      while start < steps.count, Date() < deadline {
        let without = Array(steps[..<start] + steps[min(start + piece, steps.count)...])
        if try fails(without + [last], as: difference) {
          steps = without
          didShrink = true
        } else {
          start += piece
        }
      }
      if piece == 1, !didShrink { break }
      piece = max(1, piece / 2)
    }
    return steps + [last]
  }

  /// Whether the last step differs, and no step before it.
  private mutating func fails(_ steps: [Step], as difference: Difference) throws -> Bool {
    try runner.prepare(phase)
    do {
      try runner.run(steps, batch: 1000)
      return false
    } catch let found as Difference {
      return found.step == steps.count - 1 && found.signature == difference.signature
    }
  }
}
