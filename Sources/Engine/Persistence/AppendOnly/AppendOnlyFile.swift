/// The append-only file: one more reader of the log, whose bytes go to the disk.
///
/// The log's bytes are the file's bytes. They go out in one write at a time, straight from the log's blocks; what comes
/// meanwhile gathers for the next one. A rewrite begins with another increment: the log is cut at an offset, what is
/// before it still goes to the old file (`segments`), what follows to the new one.
///
/// Knows no clock and no configuration; it is told what is wanted, and what became of it.
struct AppendOnlyFile: ~Copyable {
  private let staysInPlace = StaysInPlace()
  /// Changed by those methods alone whose results are to be followed (`StateChange`); `trouble` as well.
  private(set) var state = State.closed
  /// Of files that were given up, beside whatever state the next one is in.
  private var retired: Retired?
  /// The place in the log that those still hold.
  private(set) var retiredCursor: LogCursor?
  var manifest = AppendOnlyManifest()
  private(set) var segments: [Segment] = []
  /// The next byte to be written.
  var cursor: LogCursor?
  /// Bytes that go to the file ahead of the cursor's, and are none of the log's: times, the database in force.
  var preface = ByteBuffer()
  /// Of the write under way: bytes of the preface, and bytes in all; nil: there is none.
  private(set) var underway: (preface: Int, total: Int)?
  private(set) var isUnderwayDurable = false
  /// Whether the disk keeps up.
  var lag = AppendOnlyLag()
  /// When the next durable write is begun.
  var gathering = CommitGathering()
  /// Everything of the log before this is in the file, as far as a crash of the process goes.
  private(set) var writtenOffset: Int64 = 0
  /// Everything of the log before this is on the disk.
  private(set) var syncedOffset: Int64 = 0
  /// What a sync under way will have brought to the disk; nil: there is none.
  private(set) var syncTarget: Int64?
  /// When the last sync began, monotonic microseconds.
  var lastSyncStart: Int64 = 0
  private(set) var trouble: Trouble?
  /// When a write that found no room is tried again, monotonic microseconds.
  var retryAt: Int64 = 0
  /// Bytes of all files when the server started or the last rewrite ended.
  var baseBytes = 0
  /// Bytes of the base and of the increments that are complete.
  var completeBytes = 0
  /// Places in the log ahead of which the file says the time, in order: a command or a transaction begins there. A write
  /// ends at the first, so that the next begins with it.
  private var times: [(offset: Int64, second: Int64)] = []
  /// The last time that was noted for this increment, unix seconds.
  private var lastTime: Int64 = 0

  init() {}

  /// Whether there is a file to write to.
  var isOpen: Bool { state != .closed }
  /// The log's offset at which the file ends, where it is being closed.
  var closesAt: Int64? { if case .closing(let offset) = state { offset } else { nil } }
  var isClosing: Bool { closesAt != nil }
  /// Bytes of the base and all increments.
  var currentBytes: Int { segments.reduce(completeBytes) { $0 + $1.byteCount } }

  // MARK: Life

  /// Changes the state, or what stands in the way of writing, and says so.
  private mutating func change<Result>(_ body: (inout AppendOnlyFile) -> Result) -> StateChange<Result> {
    let before = (state, trouble)
    let result = body(&self)
    return StateChange(hasChanged: before != (state, trouble), result: result)
  }

  /// Goes on with a file, from a place in the log.
  /// - Parameter awaitsBase: whether it can be loaded only when its first base is there.
  mutating func open(_ segment: Segment, at cursor: LogCursor, awaitsBase: Bool) -> StateChange<Void> {
    precondition(!isOpen && self.cursor == nil)
    return change { $0.start(segment, at: cursor, awaitsBase ? .awaitingBase : .recording) }
  }

  private mutating func start(_ segment: Segment, at cursor: LogCursor, _ state: State) {
    self.state = state
    segments = [segment]
    segments[0].start = cursor.position
    self.cursor = cursor
    lag = AppendOnlyLag()
    times.removeAll()
    lastTime = 0
    writtenOffset = cursor.position
    syncedOffset = cursor.position
    trouble = nil
  }

  /// Sends what is appended from `offset` on to another file.
  mutating func rotate(to segment: Segment, at offset: Int64) {
    precondition(!segments.isEmpty)
    segments[segments.count - 1].end = offset
    segments.append(segment)
    segments[segments.count - 1].start = offset
    // Each increment says its times for itself.
    lastTime = 0
  }

  /// Ends the file at `offset`, the log's end: it is to be closed once all of it is on the disk.
  mutating func beginClosing(at offset: Int64) -> StateChange<Void> {
    change { file in
      guard file.state == .recording else { return }
      file.state = .closing(at: offset)
      file.segments[file.segments.count - 1].end = offset
    }
  }

  /// The file goes on after all.
  mutating func goOn() -> StateChange<Void> {
    change { file in
      guard file.isClosing else { return }
      file.state = .recording
      file.segments[file.segments.count - 1].end = nil
    }
  }

  /// The first base is there.
  mutating func baseArrived() -> StateChange<Void> {
    change { if $0.state == .awaitingBase { $0.state = .recording } }
  }

  /// What a write or a sync still needs that was under way when the files were given up.
  private struct Retired: ~Copyable {
    let holdings: Holdings
    /// Bytes the write may be of.
    let preface: ByteBuffer
    var awaitsWrite: Bool
    var awaitsSync: Bool
  }

  /// Whether something that was given up is still with the host: nothing new is begun until it has ended.
  var isRetiring: Bool {
    switch retired {
    case .none: false
    case .some: true
    }
  }

  /// Gives up: nothing more is written.
  /// - Returns: what was held; nil: a write or a sync that is under way needs it still (`retiredEnded`).
  mutating func close() -> StateChange<Holdings?> { change { $0.giveUp() } }

  private mutating func giveUp() -> Holdings? {
    let held = Holdings(files: segments.map { $0.file }, cursor: cursor)
    let isInFlight = underway != nil || syncTarget != nil
    var old = ByteBuffer()
    swap(&old, &preface)
    if isInFlight {
      retiredCursor = held.cursor
      retired = Retired(
        holdings: held, preface: old, awaitsWrite: underway != nil, awaitsSync: syncTarget != nil)
    }
    segments.removeAll()
    cursor = nil
    state = .closed
    lag = AppendOnlyLag()
    underway = nil
    syncTarget = nil
    trouble = nil
    return isInFlight ? nil : held
  }

  /// A write, or a sync, has ended.
  /// - Returns: what is free now, where it was of files that were given up; nil: it was not. Empty: more is awaited.
  mutating func retiredEnded(sync: Bool) -> Holdings? {
    guard var ended = retired.take() else { return nil }
    if sync { ended.awaitsSync = false } else { ended.awaitsWrite = false }
    let holdings = ended.holdings
    guard ended.awaitsSync || ended.awaitsWrite else {
      retiredCursor = nil
      return holdings
    }
    retired = consume ended
    return Holdings(files: [], cursor: nil)
  }

  // MARK: Writing

  /// How far the next write goes at most, where the log ends at `logEnd`.
  func writeEnd(_ logEnd: Int64) -> Int64 {
    let position = cursor?.position ?? 0
    let nextTime = times.first { $0.offset > position }?.offset ?? logEnd
    return min(segments.first?.end ?? logEnd, nextTime, logEnd)
  }

  /// Notes that a command or a transaction which runs in this second begins at `offset`, the log's end; once a second.
  mutating func noteTime(_ second: Int64, at offset: Int64) {
    guard second > lastTime, isOpen else { return }
    lastTime = second
    times.append((offset, second))
  }

  /// Whether times are noted that are not in the file yet.
  var hasTimesToSay: Bool { !times.isEmpty }

  /// Puts the time that belongs ahead of the next byte there; to be called before a write is begun.
  mutating func sayTime() {
    guard let cursor, let time = times.first, time.offset <= cursor.position else { return }
    times.removeFirst()
    preface.append("#TS:")
    preface.append(decimal: time.second)
    preface.append("\r\n")
  }

  /// Whether a write is to be submitted.
  func wantsWrite(_ logEnd: Int64, now: Int64) -> Bool {
    guard underway == nil, !isRetiring, let cursor, writeEnd(logEnd) > cursor.position else { return false }
    switch trouble {
    case nil: return true
    case .write: return now >= retryAt
    case .final: return false
    }
  }

  /// Whether the first segment is complete and only waits to be brought to the disk.
  var isFirstSegmentComplete: Bool {
    guard let cursor, let end = segments.first?.end else { return false }
    return cursor.position == end && underway == nil
  }

  /// A write of so many bytes, the preface first, was submitted.
  mutating func submitted(_ total: Int, isDurable: Bool) {
    precondition(underway == nil)
    underway = (min(preface.count, total), total)
    isUnderwayDurable = isDurable
  }

  /// The write under way put `count` bytes into the file.
  /// - Returns: how many of them were the log's; the caller moves the cursor over them first.
  func logBytes(ofWritten count: Int) -> Int { max(0, count - (underway?.preface ?? 0)) }

  /// Notes what the write under way has done, after the cursor was moved.
  /// - Returns: whether it ended a trouble.
  mutating func written(_ count: Int) -> StateChange<Bool> { change { $0.noteWritten(count) } }

  private mutating func noteWritten(_ count: Int) -> Bool {
    guard let write = underway, let cursor else { return false }
    preface.removeFirst(min(count, write.preface))
    segments[0].byteCount += count
    // What was written before under another policy is not on the disk because of this write.
    if isUnderwayDurable, syncedOffset == writtenOffset, !isLost { syncedOffset = cursor.position }
    writtenOffset = cursor.position
    underway = nil
    // A sync that failed meanwhile is not made good by this.
    guard trouble != nil, !isLost else { return false }
    trouble = nil
    return true
  }

  /// Whether nobody knows any more what is on the disk.
  var isLost: Bool { if case .final = trouble { true } else { false } }

  /// The write under way failed.
  mutating func writeFailed(_ failure: FileFailure, isFinal: Bool, retryAt: Int64) -> StateChange<Void> {
    change { file in
      file.underway = nil
      guard !file.isLost else { return }
      file.trouble = isFinal ? .final(failure) : .write(failure)
      file.retryAt = retryAt
    }
  }

  // MARK: Syncing

  /// A sync of all that is written began.
  mutating func syncStarted(now: Int64) {
    syncTarget = writtenOffset
    lastSyncStart = now
  }

  /// The sync under way has ended well.
  /// - Returns: whether the first segment is complete and on the disk with it.
  mutating func synced() -> Bool {
    guard let target = syncTarget else { return false }
    syncTarget = nil
    guard !isLost else { return false }
    syncedOffset = max(syncedOffset, target)
    // The end may be another than when it began: a file that was being closed went on meanwhile, and is closed again.
    return target == segments.first?.end && isFirstSegmentComplete
  }

  /// The sync under way failed: what it was of may be lost, and no later sync would say so.
  mutating func syncFailed(_ failure: FileFailure) -> StateChange<Void> {
    change { file in
      file.syncTarget = nil
      file.trouble = .final(failure)
    }
  }

  /// Takes out the first segment, which is complete and on the disk.
  mutating func takeCompleteSegment() -> Segment {
    let segment = segments.removeFirst()
    if manifest.increments.contains(where: { $0.name == segment.name }) { completeBytes += segment.byteCount }
    if let next = segments.first { preface.append(next.opening) }
    return segment
  }

  /// A base on the disk holds all that was to go to the segments before `name`: where one of them is lost, they are
  /// given up, and writing goes on with that one.
  /// - Returns: the files to be closed; the caller then moves the cursor to the first segment's start. nil: there is
  ///   nothing to be made good, or it cannot be yet.
  mutating func giveUpLost(before name: String) -> StateChange<[OpenFile]?> { change { $0.dropLost(before: name) } }

  private mutating func dropLost(before name: String) -> [OpenFile]? {
    guard isLost, underway == nil, syncTarget == nil, let index = segments.firstIndex(where: { $0.name == name }),
      index > 0
    else { return nil }
    let lost = segments[..<index].map { $0.file }
    segments.removeFirst(index)
    preface.removeAll()
    preface.append(segments[0].opening)
    trouble = nil
    lag = AppendOnlyLag()
    writtenOffset = segments[0].start
    times.removeAll { $0.offset < writtenOffset }
    syncedOffset = segments[0].start
    return lost
  }

  /// Notes that a new base is in place, with the increments that are still written.
  mutating func noteBase(_ byteCount: Int) {
    completeBytes = byteCount
    baseBytes = currentBytes
  }
}
