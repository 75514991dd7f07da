/// Which keys were changed and are not safe yet, roughly: a key may be taken for one of them, never the reverse.
///
/// A stamp for each of 65,536 classes of keys: the number of the group of writes in which one of them last changed.
/// Groups go to the disk one after the other, so a class is unsafe if its stamp is that of the group that gathers now,
/// or of the one that is under way. Nothing is ever cleared.
struct UndurableKeys: ~Copyable {
  private var stamps = Slab<UInt32>(capacity: 1)
  /// The number of the group that gathers.
  private var group: UInt32 = 2
  /// The number of the group in which all keys last changed together.
  private var stampOfAll: UInt32 = 0
  /// The log's offset at which the group under way ends; nil: none is.
  private var underway: Int64?

  init() {}

  /// Whether changes are noted.
  private(set) var isRecording = false

  /// Begins to note. Of what came before nothing is known: it counts as unsafe until the log is safe up to its end.
  mutating func start(logEnd: Int64, synced: Int64) {
    guard !isRecording else { return }
    isRecording = true
    for _ in 0..<65536 { stamps.append(0) }
    guard synced < logEnd else { return }
    noteAll()
    groupLeft(end: logEnd)
  }

  mutating func stop() {
    isRecording = false
    stamps.removeAll()
    stamps.shrink(to: 1)
    underway = nil
    stampOfAll = 0
  }

  @inline(__always)
  mutating func note(hash: UInt64) {
    guard isRecording else { return }
    stamps[Int(hash & 0xFFFF)] = group
  }

  /// Every key was changed, or may have been.
  mutating func noteAll() {
    guard isRecording else { return }
    stampOfAll = group
  }

  /// What gathered so far is on its way to the disk, up to `end` of the log; where another group still is, it is one with
  /// that which gathers.
  mutating func groupLeft(end: Int64) {
    guard isRecording, underway == nil else { return }
    underway = end
    group &+= 1
  }

  /// Everything before `offset` is safe.
  mutating func becameSafe(_ offset: Int64) {
    if let end = underway, end <= offset { underway = nil }
  }

  /// Up to where the log must be safe for what was read of a key to be.
  /// - Returns: 0 where it is already.
  func offset(hash: UInt64, logEnd: Int64) -> Int64 {
    guard isRecording else { return 0 }
    let stamp = stamps[Int(hash & 0xFFFF)]
    if stamp == group || stampOfAll == group { return logEnd }
    guard let underway, stamp == group &- 1 || stampOfAll == group &- 1 else { return 0 }
    return underway
  }
}
