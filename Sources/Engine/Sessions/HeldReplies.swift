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
  /// Bytes of replies in them.
  private(set) var byteCount = 0
  /// How many of them wait for replicas.
  private(set) var countForReplicas = 0
  /// Of these, those that wait for the disk.
  private(set) var countForDisk = 0

  init() {}

  mutating func append(_ session: SessionHandle, offset: Int64, _ barrier: WriteBarrier, _ chain: consuming OutputChain)
  {
    byteCount += chain.count
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
      byteCount -= chain.count
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
