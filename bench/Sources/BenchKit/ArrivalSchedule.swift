/// The times at which the commands of one thread are due, in nanoseconds of the monotonic clock. They follow from
/// rate and seed alone: a late reply moves none of them.
struct ArrivalSchedule: Sendable {
  private let meanGap: Double
  private let arrivals: LoadPlan.Arrivals
  private let origin: UInt64
  private var elapsed = 0.0
  private var generator: SeededGenerator
  /// When the next command is due.
  private(set) var next: UInt64

  init(origin: UInt64, commandsPerSecond: Double, arrivals: LoadPlan.Arrivals, seed: UInt64) {
    precondition(commandsPerSecond > 0)
    self.origin = origin
    self.arrivals = arrivals
    meanGap = 1e9 / commandsPerSecond
    generator = SeededGenerator(seed: seed)
    next = origin
    advance()
  }

  mutating func advance() {
    elapsed += arrivals == .constant ? meanGap : generator.exponential(mean: meanGap)
    next = origin + UInt64(elapsed)
  }
}

/// A first-in, first-out queue of times that grows and never shrinks.
struct TimeQueue {
  private var slots: UnsafeMutablePointer<UInt64>
  private var capacity = 16
  private var head = 0
  private(set) var count = 0

  init() { slots = .allocate(capacity: capacity) }

  func deallocate() { slots.deallocate() }

  mutating func append(_ time: UInt64) {
    if count == capacity { grow() }
    slots[(head + count) & (capacity - 1)] = time
    count += 1
  }

  mutating func removeFirst() -> UInt64 {
    precondition(count > 0)
    let time = slots[head]
    head = (head + 1) & (capacity - 1)
    count -= 1
    return time
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity * 2)
    for index in 0..<count { larger[index] = slots[(head + index) & (capacity - 1)] }
    slots.deallocate()
    slots = larger
    head = 0
    capacity *= 2
  }
}
