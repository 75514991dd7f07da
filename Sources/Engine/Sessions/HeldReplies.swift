/// What a write's reply waits for before it may leave.
struct WriteBarrier: BitwiseCopyable, Equatable {
  /// The write is on the disk.
  var syncs = false
  /// So many replicas have it.
  var replicas = 0

  /// Asks for what the other asks for as well.
  mutating func add(_ other: WriteBarrier) {
    syncs = syncs || other.syncs
    replicas = max(replicas, other.replicas)
  }
}

/// Replies that wait until what they tell of is safe, in the order in which they were written.
struct HeldReplies: ~Copyable {
  struct Held: ~Copyable {
    let session: SessionHandle
    /// The log's offset that must be safe.
    let offset: Int64
    /// What was asked for when the replies were made; what is asked for later is for later replies.
    var barrier: WriteBarrier
    var chain: OutputChain
    var isOver = false
  }

  private var entries = UniqueArray<Held>(capacity: 16)
  /// Entries before this are over.
  private var head = 0
  /// Entries that are not over.
  private(set) var count = 0
  /// Of these, those that wait for replicas.
  private(set) var countForReplicas = 0
  /// Of these, those that wait for the disk.
  private(set) var countForDisk = 0

  init() {}

  mutating func append(_ session: SessionHandle, offset: Int64, _ barrier: WriteBarrier, _ chain: consuming OutputChain)
  {
    entries.append(Held(session: session, offset: offset, barrier: barrier, chain: chain))
    count += 1
    note(barrier, 1)
  }

  /// Notes that so many more wait for what the barrier asks for.
  private mutating func note(_ barrier: WriteBarrier, _ difference: Int) {
    if barrier.replicas > 0 { countForReplicas += difference }
    if barrier.syncs { countForDisk += difference }
  }

  /// Takes out, in order, all replies of which `isOver` says so, and hands them to `body` with their offsets.
  mutating func release(
    where isOver: (SessionHandle, Int64, WriteBarrier) -> Bool,
    _ body: (SessionHandle, Int64, consuming OutputChain) -> Void
  ) {
    guard count > 0 else { return }
    for index in head..<entries.count where !entries[index].isOver {
      guard isOver(entries[index].session, entries[index].offset, entries[index].barrier) else { continue }
      var chain = OutputChain()
      swap(&chain, &entries[index].chain)
      entries[index].isOver = true
      count -= 1
      note(entries[index].barrier, -1)
      body(entries[index].session, entries[index].offset, chain)
    }
    while head < entries.count, entries[head].isOver { head += 1 }
    if head > 0 { compact() }
  }

  /// Has the replies to a session wait for something else.
  mutating func setBarrier(_ barrier: WriteBarrier, of session: SessionHandle) {
    for index in head..<entries.count where entries[index].session == session && !entries[index].isOver {
      note(entries[index].barrier, -1)
      note(barrier, 1)
      entries[index].barrier = barrier
    }
  }

  /// Moves what is left to the front.
  private mutating func compact() {
    var end = 0
    for index in head..<entries.count where !entries[index].isOver {
      if index != end { entries.exchange(index, end) }
      end += 1
    }
    while entries.count > end { entries.dropLast() }
    head = 0
  }
}

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
