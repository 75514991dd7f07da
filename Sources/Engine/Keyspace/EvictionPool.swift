/// The best candidates for eviction that sampling has met so far, in order: Redis's approximation of LRU and LFU.
///
/// Each round of sampling adds what it met where it is better than the worst that is held, so the pool comes close to
/// the true order at the cost of a few look-ups a round. A candidate is known by its key's hash alone: it may be gone,
/// or be another key's, by the time it is chosen, and whoever chooses looks again.
struct EvictionPool: BitwiseCopyable {
  struct Candidate: BitwiseCopyable {
    /// The higher, the sooner to go: idle seconds, inverse of use, or nearness of expiry.
    var score: UInt64 = 0
    var hash: UInt64 = 0
    var database: Int = 0
  }

  private static var capacity: Int { 16 }
  // In rising order of score, `count` of them.
  private var candidates = InlineArray<16, Candidate>(repeating: Candidate())
  private(set) var count = 0

  init() {}

  /// Takes a candidate in where it is good enough.
  mutating func offer(_ candidate: Candidate) {
    remove(candidate)
    var place = count
    while place > 0, candidates[place - 1].score > candidate.score { place -= 1 }
    if count == Self.capacity {
      // Full: the worst makes room, unless the newcomer would be the worst.
      guard place > 0 else { return }
      place -= 1
      for index in 0..<place { candidates[index] = candidates[index + 1] }
    } else {
      for index in stride(from: count, to: place, by: -1) { candidates[index] = candidates[index - 1] }
      count += 1
    }
    candidates[place] = candidate
  }

  /// Takes out the candidate that is to go first.
  mutating func takeBest() -> Candidate? {
    guard count > 0 else { return nil }
    count -= 1
    return candidates[count]
  }

  mutating func removeAll() { count = 0 }

  private mutating func remove(_ candidate: Candidate) {
    for index in 0..<count
    where candidates[index].hash == candidate.hash && candidates[index].database == candidate.database {
      count -= 1
      for later in index..<count { candidates[later] = candidates[later + 1] }
      return
    }
  }
}
