/// A member of a set that is a table: one allocation, named by its address.
///
///     +--------+---------+          +------+-----------------+---------+
///     | length | bytes … |    or    | 0xFF | length, 64 bits | bytes … |
///     +--------+---------+          +------+-----------------+---------+
@safe
struct SetMember: HashTableElement {
  // Allocated by `make`, never written after, freed by `free`.
  private let base: UnsafeMutableRawPointer

  private static var longMark: UInt8 { 0xFF }

  var address: UInt { unsafe UInt(bitPattern: base) }

  init(address: UInt) {
    // An address that `make` returned, come back from a table.
    unsafe base = UnsafeMutableRawPointer(bitPattern: address).unsafelyUnwrapped
  }

  /// - Parameter bytes: copied.
  @inline(__always)
  static func make(_ bytes: Bytes) -> SetMember {
    let header = headerBytes(bytes.count)
    let base = unsafe Memory.allocate(header + bytes.count)
    if header == 1 {
      unsafe base.storeBytes(of: UInt8(truncatingIfNeeded: bytes.count), as: UInt8.self)
    } else {
      unsafe base.storeBytes(of: longMark, as: UInt8.self)
      unsafe base.storeBytes(of: UInt64(bytes.count), toByteOffset: 1, as: UInt64.self)
    }
    unsafe bytes.copy(to: base + header)
    return SetMember(address: UInt(bitPattern: base))
  }

  func copied() -> SetMember { .make(key) }

  func free() { unsafe Memory.free(base) }

  @inline(__always)
  private static func headerBytes(_ count: Int) -> Int { count < Int(longMark) ? 1 : 9 }

  @inline(__always)
  private var count: Int {
    let short = unsafe base.load(as: UInt8.self)
    return short != Self.longMark ? Int(short) : Int(unsafe base.loadUnaligned(fromByteOffset: 1, as: UInt64.self))
  }

  /// The member itself. Good until `free`.
  var key: Bytes {
    @inline(__always) get {
      let count = self.count
      return unsafe Bytes(UnsafeRawBufferPointer(start: base + Self.headerBytes(count), count: count))
    }
  }

  var allocatedBytes: Int { Memory.sizeClass(Self.headerBytes(count) + count) }
}

/// The members of a set as a hash table, behind a handle of one word.
@safe
struct SetTable: BitwiseCopyable {
  struct Contents: ~Copyable {
    var table: HashTable<SetMember>
    /// Bytes of the members, in the allocator's size classes.
    var memberBytes = 0
  }

  // Initialised by `make`, deinitialised and freed by `free` or the end of `drain`; whoever holds the value owns it.
  private let contents: UnsafeMutablePointer<Contents>

  var address: UInt { unsafe UInt(bitPattern: contents) }

  init(address: UInt) {
    // An address that `make` returned, come back from its owner.
    unsafe contents = UnsafeMutablePointer(bitPattern: address).unsafelyUnwrapped
  }

  static func make(hash: KeyHash) -> SetTable {
    let contents = UnsafeMutablePointer<Contents>.allocate(capacity: 1)
    unsafe contents.initialize(to: Contents(table: HashTable(hash: hash)))
    return SetTable(address: UInt(bitPattern: contents))
  }

  private static var ownBytes: Int { Memory.sizeClass(MemoryLayout<Contents>.stride) }

  // MARK: As a whole

  var count: Int {
    @inline(__always) get { unsafe contents.pointee.table.count }
  }

  var allocatedBytes: Int {
    @inline(__always) get {
      unsafe Self.ownBytes + contents.pointee.table.allocatedBytes + contents.pointee.memberBytes
    }
  }

  func copy() -> SetTable {
    let copy = unsafe SetTable.make(hash: contents.pointee.table.hash)
    forEach { member in
      unsafe copy.insert(member.key, hash: contents.pointee.table.hash(member.key))
      return true
    }
    return copy
  }

  func free() {
    unsafe contents.pointee.table.forEachElement { $0.free() }
    freeContents()
  }

  private func freeContents() {
    unsafe contents.deinitialize(count: 1)
    unsafe contents.deallocate()
  }

  /// Members to each bucket, roughly.
  private static var membersOfBucket: Int { 6 }

  /// Frees up to `limit` allocations, roughly.
  /// - Returns: whether there is more.
  func drain(limit: Int) -> Bool {
    var freed = 0
    let more = unsafe contents.pointee.table.drain(limit: max(limit / Self.membersOfBucket, 1)) { member in
      freed += member.allocatedBytes
      member.free()
    }
    unsafe contents.pointee.memberBytes -= freed
    if !more { freeContents() }
    return more
  }

  // MARK: Slow walks

  /// The members as a walk in slices sees them (`HashTable+SlowWalk`).
  func withTable<Result>(_ body: (inout HashTable<SetMember>) -> Result) -> Result {
    unsafe body(&contents.pointee.table)
  }

  var isWalked: Bool { unsafe contents.pointee.table.isWalked }

  // MARK: Members

  @inline(__always)
  func contains(_ member: Bytes) -> Bool {
    unsafe contents.pointee.table.find(member, hash: contents.pointee.table.hash(member)) != nil
  }

  /// - Returns: whether the member was not there.
  @inline(__always)
  func add(_ member: Bytes) -> Bool {
    let hash = unsafe contents.pointee.table.hash(member)
    guard unsafe contents.pointee.table.find(member, hash: hash) == nil else { return false }
    insert(member, hash: hash)
    return true
  }

  @inline(__always)
  private func insert(_ member: Bytes, hash: UInt64) {
    let made = SetMember.make(member)
    unsafe contents.pointee.table.insert(made, hash: hash)
    unsafe contents.pointee.memberBytes += made.allocatedBytes
  }

  /// - Returns: whether the member was there.
  func remove(_ member: Bytes) -> Bool {
    let hash = unsafe contents.pointee.table.hash(member)
    guard let found = unsafe contents.pointee.table.find(member, hash: hash) else { return false }
    unsafe contents.pointee.table.remove(found, hash: hash)
    unsafe contents.pointee.memberBytes -= found.allocatedBytes
    found.free()
    return true
  }

  /// A member chosen evenly.
  func randomMember(_ random: inout RandomGenerator) -> SetMember? {
    unsafe contents.pointee.table.randomElement { random.next() }
  }

  // MARK: Walking

  /// Calls `body` with every member, until it returns false. The set must not change meanwhile.
  func forEach(_ body: (SetMember) -> Bool) {
    var goesOn = true
    for bucket in unsafe 0..<contents.pointee.table.bucketCount {
      forEach(inBucket: bucket) { if goesOn { goesOn = body($0) } }
      if !goesOn { return }
    }
  }

  /// How many buckets there are: to walk a giant in slices.
  var bucketCount: Int { unsafe contents.pointee.table.bucketCount }

  /// Calls `body` with the members of one bucket.
  func forEach(inBucket bucket: Int, _ body: (SetMember) -> Void) {
    unsafe contents.pointee.table.visit(bucket, onlyMarked: false, body)
  }

  /// As `HashTable.scan`.
  func scan(cursor: UInt64, _ body: (SetMember) -> Void) -> UInt64 {
    unsafe contents.pointee.table.scan(cursor: cursor, body)
  }

  /// Stops where something is not as it must be.
  func checkInvariants() {
    unsafe contents.pointee.table.checkInvariants()
    var bytes = 0
    unsafe contents.pointee.table.forEachElement { bytes += $0.allocatedBytes }
    precondition(unsafe bytes == contents.pointee.memberBytes, "a wrong account of memory")
  }
}
