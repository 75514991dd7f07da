/// A place in the log: a block, and how far into it.
struct LogCursor: BitwiseCopyable {
  var block: LogBlock
  fileprivate var offset: Int
  /// The log's offset of the next byte.
  fileprivate(set) var position: Int64
}

/// One run of the log's bytes, in a list.
@safe
struct LogBlock: BitwiseCopyable {
  // Allocated by `make`, freed by `free`; the log owns it in between.
  private let base: UnsafeMutableRawPointer
  static let headerBytes = 32
  /// Bytes of data a block holds: with its header, 128 KiB.
  static let capacity = 128 * 1024 - headerBytes

  private init(address: UInt) {
    unsafe base = UnsafeMutableRawPointer(bitPattern: address).unsafelyUnwrapped
  }

  static func make(start: Int64) -> LogBlock {
    let block = unsafe LogBlock(address: UInt(bitPattern: Memory.allocate(headerBytes + capacity)))
    block.next = nil
    block.count = 0
    unsafe block.base.storeBytes(of: start, toByteOffset: 16, as: Int64.self)
    block.cursors = 0
    return block
  }

  func free() { unsafe Memory.free(base) }

  var next: LogBlock? {
    get {
      let address = unsafe base.load(as: UInt.self)
      return address == 0 ? nil : LogBlock(address: address)
    }
    nonmutating set {
      let address: UInt
      if let newValue { address = unsafe UInt(bitPattern: newValue.base) } else { address = 0 }
      unsafe base.storeBytes(of: address, as: UInt.self)
    }
  }
  var count: Int {
    get { unsafe base.load(fromByteOffset: 8, as: Int.self) }
    nonmutating set { unsafe base.storeBytes(of: newValue, toByteOffset: 8, as: Int.self) }
  }
  /// The log's offset of the block's first byte.
  var start: Int64 { unsafe base.load(fromByteOffset: 16, as: Int64.self) }
  /// How many cursors stand in this block.
  var cursors: Int {
    get { unsafe base.load(fromByteOffset: 24, as: Int.self) }
    nonmutating set { unsafe base.storeBytes(of: newValue, toByteOffset: 24, as: Int.self) }
  }

  func append(_ bytes: Bytes) {
    unsafe bytes.copy(to: base + Self.headerBytes + count)
    count += bytes.count
  }

  func bytes(from offset: Int) -> Bytes {
    unsafe Bytes(UnsafeRawBufferPointer(start: base + Self.headerBytes + offset, count: count - offset))
  }

  func isSame(as other: LogBlock) -> Bool { unsafe base == other.base }
}

/// The replication log: what every write caused, as canonical RESP, once.
///
/// It is the backlog, the feed of every replica and the source of the append-only file. Whoever reads is a cursor;
/// nothing is copied for a reader. Bytes live in blocks of 128 KiB, in a list; a block lives while a cursor
/// stands in it or before it, or while the backlog window reaches it. A kernel that sends from a block reads bytes
/// that are never written again: appending only touches what is behind them.
///
/// Offsets are Redis's `master_repl_offset`: bytes of the stream since the history began.
struct ReplicationLog: ~Copyable {
  /// Whether anything is recorded. Until the first replica comes, or a file wants it, writing costs nothing.
  private(set) var isActive = false
  /// The offset behind the last byte.
  private(set) var end: Int64
  /// Bytes behind the end that are kept for replicas that come back (`repl-backlog-size`).
  var windowBytes: Int
  /// The database the stream's reader has selected, or nil at the start of a history.
  private(set) var selectedDatabase: Int?

  private var first: LogBlock?
  private var last: LogBlock?
  private(set) var blockCount = 0
  private var retiredBlockCount = 0

  init(windowBytes: Int, start: Int64 = 0) {
    self.windowBytes = windowBytes
    end = start
  }

  /// Blocks of histories that ended while somebody, or the kernel for him, still read them: each the head of a list.
  private var retired: [LogBlock] = []

  deinit {
    for block in retired { Self.freeBlocks(from: block) }
    if let first { Self.freeBlocks(from: first) }
  }

  /// - Returns: how many there were.
  @discardableResult
  private static func freeBlocks(from head: LogBlock) -> Int {
    var block: LogBlock? = head
    var count = 0
    while let current = block {
      block = current.next
      current.free()
      count += 1
    }
    return count
  }

  private static func isRead(_ head: LogBlock) -> Bool {
    var block: LogBlock? = head
    while let current = block {
      if current.cursors > 0 { return true }
      block = current.next
    }
    return false
  }

  /// Bytes allocated for blocks.
  var allocatedBytes: Int { (blockCount + retiredBlockCount) * (LogBlock.capacity + LogBlock.headerBytes) }
  /// The offset of the oldest byte kept.
  var start: Int64 { first.map { $0.start } ?? end }
  /// The offset of the oldest byte of the window. Blocks that lie before it as a whole are there for a slow reader, and
  /// serve others as well as long as they are.
  var windowStart: Int64 {
    let edge = end - Int64(windowBytes)
    if let next = first?.next, next.start <= edge { return start }
    return max(start, edge)
  }

  // MARK: Life

  /// Begins to record.
  mutating func activate() {
    guard !isActive else { return }
    isActive = true
    selectedDatabase = nil
  }

  /// Ends recording and forgets the window. Cursors that are left read nothing new, and are still to be released.
  mutating func deactivate() {
    if let first {
      if Self.isRead(first) {
        retired.append(first)
        retiredBlockCount += blockCount
      } else {
        Self.freeBlocks(from: first)
      }
    }
    first = nil
    last = nil
    blockCount = 0
    isActive = false
    selectedDatabase = nil
  }

  /// Begins another history at `offset`, the primary's.
  mutating func restart(at offset: Int64) {
    deactivate()
    end = offset
  }

  /// A reader of the stream starts with no database selected: the next effect must say its database.
  mutating func forgetSelectedDatabase() { selectedDatabase = nil }

  // MARK: Writing

  /// Appends bytes of the stream as they are.
  mutating func append(_ bytes: Bytes) {
    var rest = bytes
    while !rest.isEmpty {
      let block = lastBlockWithRoom()
      let piece = min(rest.count, LogBlock.capacity - block.count)
      block.append(rest[0..<piece])
      end += Int64(piece)
      rest = rest.dropFirst(piece)
    }
  }

  /// Appends a command with its arguments, after a SELECT where its database is not the one in force.
  mutating func append(_ arguments: Arguments, database: Int?) {
    if let database { select(database) }
    appendHeader(UInt8(ascii: "*"), arguments.count)
    for index in 0..<arguments.count { appendBulk(arguments[index]) }
  }

  /// Says which database the commands that follow are for, where that changes.
  mutating func select(_ database: Int) {
    guard selectedDatabase != database else { return }
    selectedDatabase = database
    NumberText(Int64(database)).withBytes { digits in
      appendHeader(UInt8(ascii: "*"), 2)
      appendBulk(Bytes("SELECT"))
      appendBulk(digits)
    }
  }

  mutating func appendHeader(_ prefix: UInt8, _ value: Int) {
    var line = HeaderLine(prefix, value)
    line.withBytes { append($0) }
  }

  mutating func appendBulk(_ bytes: Bytes) {
    appendHeader(UInt8(ascii: "$"), bytes.count)
    append(bytes)
    append(Bytes("\r\n"))
  }

  private mutating func lastBlockWithRoom() -> LogBlock {
    if let last, last.count < LogBlock.capacity { return last }
    let block = LogBlock.make(start: end)
    if let last { last.next = block } else { first = block }
    last = block
    blockCount += 1
    trim()
    return block
  }

  /// Frees the blocks that neither a cursor nor the window needs.
  mutating func trim() {
    while let block = first, let next = block.next, block.cursors == 0, end - next.start >= Int64(windowBytes) {
      first = next
      block.free()
      blockCount -= 1
    }
  }

  // MARK: Reading

  /// A cursor at the end: it will meet what is appended from now on.
  mutating func cursorAtEnd() -> LogCursor {
    let block = lastBlockWithRoom()
    block.cursors += 1
    return LogCursor(block: block, offset: block.count, position: end)
  }

  /// A cursor at `offset`, or nil where the log does not reach back so far or has not come so far.
  mutating func cursor(at offset: Int64) -> LogCursor? {
    guard offset >= start, offset <= end else { return nil }
    if offset == end { return cursorAtEnd() }
    var block = first
    while let current = block {
      if offset < current.start + Int64(current.count) {
        current.cursors += 1
        return LogCursor(block: current, offset: Int(offset - current.start), position: offset)
      }
      block = current.next
    }
    return nil
  }

  /// Gives a cursor up.
  mutating func release(_ cursor: LogCursor) {
    cursor.block.cursors -= 1
    trim()
    retired.removeAll { head in
      guard !Self.isRead(head) else { return false }
      retiredBlockCount -= Self.freeBlocks(from: head)
      return true
    }
  }

  /// Whether a cursor stands in this history, so that all that is behind it is kept. Costs a look at each block.
  func keeps(_ cursor: LogCursor) -> Bool {
    var block = first
    while let current = block {
      if current.isSame(as: cursor.block) { return true }
      block = current.next
    }
    return false
  }

  /// Bytes a cursor has before it.
  func pendingBytes(_ cursor: LogCursor) -> Int { Int(end - cursor.position) }

  /// Calls `body` with up to `limit` runs of the bytes before a cursor, in order. They stay readable, and unchanged,
  /// until the cursor has moved past them.
  func forEachPiece(_ cursor: LogCursor, limit: Int, _ body: (Bytes) -> Void) {
    var block: LogBlock? = cursor.block
    var offset = cursor.offset
    var visited = 0
    while let current = block, visited < limit {
      if current.count > offset {
        body(current.bytes(from: offset))
        visited += 1
      }
      offset = 0
      block = current.next
    }
  }

  /// Moves a cursor over `byteCount` bytes.
  mutating func advance(_ cursor: inout LogCursor, by byteCount: Int) {
    precondition(byteCount >= 0 && byteCount <= pendingBytes(cursor))
    var left = byteCount
    cursor.position += Int64(byteCount)
    let before = cursor.block
    while true {
      let here = cursor.block.count - cursor.offset
      if left < here || cursor.block.next == nil {
        cursor.offset += left
        break
      }
      left -= here
      guard let next = cursor.block.next else { break }
      cursor.block = next
      cursor.offset = 0
    }
    if !cursor.block.isSame(as: before) {
      before.cursors -= 1
      cursor.block.cursors += 1
      trim()
    }
  }
}

extension Optional where Wrapped == LogBlock {
  fileprivate static func == (left: LogBlock?, right: _OptionalNilComparisonType) -> Bool {
    if case .none = left { true } else { false }
  }
}
