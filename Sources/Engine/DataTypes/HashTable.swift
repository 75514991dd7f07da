/// What a `HashTable` holds: a plain word's worth of handle to something that has a key.
protocol HashTableElement: BitwiseCopyable {
  /// The element as the table stores it: an address whose top 16 bits are zero.
  var address: UInt { get }
  init(address: UInt)
  /// The bytes the element is found by. They never change while the element is in a table.
  var key: Bytes { get }
  /// Another of the same contents, in no table: what a walk keeps of it before it changes.
  func copied() -> Self
  func free()
}

/// A hash table of cache-line buckets that grows one bucket at a time.
///
/// A bucket is one cache line: seven slots, seven one-byte tags, one byte of flags.
///
///      byte 0      6   7       8        16              56
///          +--------+-------+--------+--------+--   --+--------+
///          | tags×7 | flags | slot 0 | slot 1 |  ...  | slot 6 |
///          +--------+-------+--------+--------+--   --+--------+
///
/// A tag is the top byte of the element's hash, at least 2; zero marks an empty slot. A slot holds the element's
/// address in its low 48 bits and bits 16…31 of its hash above them. A full bucket gives its last slot to the address
/// of a further bucket (flag bit 0). Flag bit 1 of a chain's first bucket is the user's mark on any of its elements,
/// bit 2 says whether a slow walk has been there.
/// A look-up therefore reads one line, seldom two, and then the element itself; tag and hash bits together leave a
/// false match to one in sixteen million.
///
/// **Growth** is Litwin's linear hashing: with 2^L + p buckets, an element lives in bucket `hash mod 2^(L+1)` where
/// that bucket exists already, else in `hash mod 2^L`. When the fill passes its mark, bucket p is split in two and p
/// moves on. There is never a second table, never a rehash to wait for, and because the slots carry the hash bits
/// that decide a split, elements are not even touched. Shrinking runs the same way backwards. Buckets live in
/// segments of 64 KiB, so no allocation or release is ever large.
///
/// Complexity: O(1) look-up, insertion and removal, in the worst case too as far as chains stay short.
/// `scan` gives the guarantee of Redis's SCAN: what is in the table from the first call to the last is reported.
@safe
struct HashTable<Element: HashTableElement>: ~Copyable {
  // Layout of one bucket, and of the buckets in segments.
  private static var slotCount: Int { 7 }
  private static var lineBytes: Int { 64 }
  private static var segmentShift: Int { 10 }
  private static var segmentBuckets: Int { 1 << segmentShift }
  private static var addressMask: UInt64 { 0x0000_FFFF_FFFF_FFFF }
  /// Elements for each bucket, in quarters, at which the table grows, and below which it shrinks. At five a key costs
  /// 15.2 bytes of table and a look-up reads 1.12 lines; six would save 1.2 bytes and read 1.19.
  private static var growQuarters: Int { 20 }
  private static var shrinkQuarters: Int { 4 }

  private(set) var count = 0
  /// Bytes of buckets, segments and their directory.
  private(set) var allocatedBytes = 0

  /// The function of every hash this table is given.
  let hash: KeyHash

  // The segments' addresses; `directoryCapacity` are allocated, those that hold a bucket below `bucketCount` are
  // set. Owned by this table alone, as are the segments and the further buckets.
  private var directory: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
  private var directoryCapacity = 0
  /// Bytes of the first segment, which grows by doubling up to a whole one: most tables are small.
  private var firstSegmentBuckets = 0
  /// L and p of linear hashing.
  private var level = 0
  private var splitIndex = 0
  private(set) var bucketCount = 0

  // The state of a slow walk (`HashTable+SlowWalk`): whether one is under way, what bit 2 of a chain's flags is where the
  // walk has been, the bucket to go on with, and copies of what changed before the walk came to it.
  var isWalked = false
  var walkMark = false
  var walkPosition = 0
  var walkCopies = Slab<Element>(capacity: 1)

  /// An empty table; allocates nothing.
  init(hash: KeyHash) {
    self.hash = hash
    unsafe directory = nil
  }

  deinit {
    for index in 0..<walkCopies.count { walkCopies[index].free() }
    // Nothing is left to account for: the tallies end with the table.
    var buckets = bucketCount
    while buckets > 0 {
      buckets -= 1
      unsafe Self.freeFurtherBuckets(of: bucket(at: buckets))
    }
    unsafe Self.freeSegments(directory, directoryCapacity)
  }

  // MARK: Finding

  /// The element with `key`, or nil.
  /// - Parameter hash: of `key`, by the same function for all of this table's elements.
  @inline(__always)
  func find(_ key: Bytes, hash: UInt64) -> Element? {
    guard count > 0 else { return nil }
    var line = unsafe bucket(at: index(of: hash))
    while true {
      let header = unsafe line.load(as: UInt64.self)
      var matches = Self.matches(header, tag: Self.tag(hash))
      while matches != 0 {
        let slot = matches.trailingZeroBitCount &>> 3
        matches &= matches &- 1
        let word = unsafe Self.slot(line, slot)
        if (word ^ (hash &<< 32)) &>> 48 == 0 {
          let element = Element(address: UInt(word & Self.addressMask))
          if element.key == key { return element }
        }
      }
      guard Self.hasNext(header) else { return nil }
      unsafe line = Self.next(line)
    }
  }

  /// The first element whose key has that hash, or nil.
  func first(hash: UInt64) -> Element? {
    guard count > 0 else { return nil }
    var found: Element?
    forEach(inBucket: index(of: hash)) { element in
      if found == nil, self.hash(element.key) == hash { found = element }
    }
    return found
  }

  /// Starts to load the bucket that `hash` falls in.
  @inline(__always)
  func prefetchBucket(hash: UInt64) {
    guard bucketCount > 0 else { return }
    unsafe Memory.prefetch(bucket(at: index(of: hash)))
  }

  /// Starts to load the element that a look-up of `hash` will most likely come to. The bucket should be near by now.
  @inline(__always)
  func prefetchElement(hash: UInt64) {
    guard bucketCount > 0 else { return }
    let line = unsafe bucket(at: index(of: hash))
    var matches = Self.matches(unsafe line.load(as: UInt64.self), tag: Self.tag(hash))
    while matches != 0 {
      let word = unsafe Self.slot(line, matches.trailingZeroBitCount &>> 3)
      matches &= matches &- 1
      if (word ^ (hash &<< 32)) &>> 48 == 0,
        let address = unsafe UnsafeRawPointer(bitPattern: UInt(word & Self.addressMask))
      {
        // A small entry may reach into a second line; half of them do.
        unsafe Memory.prefetch(address)
        unsafe Memory.prefetch(address + Self.lineBytes)
        return
      }
    }
  }

  // MARK: Changing

  /// Inserts an element whose key is not in the table.
  @inline(__always)
  mutating func insert(_ element: Element, hash: UInt64) {
    if isWalked { keep(hash) }
    if (count &+ 1) &* 4 > bucketCount &* Self.growQuarters { grow() }
    unsafe place(Self.word(element, hash), tag: Self.tag(hash), in: bucket(at: index(of: hash)))
    count += 1
  }

  /// Puts `replacement`, which has the same key, where `element` is.
  @inline(__always)
  mutating func replace(_ element: Element, by replacement: Element, hash: UInt64) {
    if isWalked { keep(hash) }
    guard let (line, slot) = unsafe locate(element, hash: hash) else { preconditionFailure("not in the table") }
    unsafe Self.setSlot(line, slot, Self.word(replacement, hash))
  }

  /// Takes `element` out.
  mutating func remove(_ element: Element, hash: UInt64) {
    if isWalked { keep(hash) }
    guard let (line, slot) = unsafe locate(element, hash: hash) else { preconditionFailure("not in the table") }
    unsafe line.storeBytes(of: 0, toByteOffset: slot, as: UInt8.self)
    unsafe Self.setSlot(line, slot, 0)
    count -= 1
    unsafe fillHole(line, slot, of: bucket(at: index(of: hash)))
    if count &* 4 < bucketCount &* Self.shrinkQuarters, !isWalked { shrink() }
  }

  /// Forgets all elements, which the caller owns again, and frees the buckets.
  mutating func removeAll() {
    freeBuckets()
    count = 0
    level = 0
    splitIndex = 0
  }

  /// Takes the elements out of the last `limit` buckets, and the buckets away: to empty a table in slices.
  /// Nothing may be looked up in it any more.
  /// - Parameter body: gets each element, which the caller owns again.
  /// - Returns: whether buckets are left.
  mutating func drain(limit: Int, _ body: (Element) -> Void) -> Bool {
    for _ in 0..<min(limit, bucketCount) {
      let last = bucketCount - 1
      forEach(inBucket: last, body)
      unsafe Self.freeFurtherBuckets(of: bucket(at: last))
      unsafe bucket(at: last).initializeMemory(as: UInt8.self, repeating: 0, count: Self.lineBytes)
      bucketCount = last
      dropSegmentIfUnused()
    }
    return bucketCount > 0
  }

  // MARK: Walking

  /// Calls `body` with every element. The table must not change meanwhile.
  func forEachElement(_ body: (Element) -> Void) {
    for index in 0..<bucketCount { forEach(inBucket: index, body) }
  }

  /// Reports elements from `cursor` on: all of one bucket's, or of the two it was split into.
  ///
  /// Buckets are visited in the order of their reversed index, as Redis's SCAN does, so that a table that grew or
  /// shrank between calls is still visited wholly; an element may be reported twice.
  /// - Returns: the next cursor, 0 at the end.
  func scan(cursor: UInt64, _ body: (Element) -> Void) -> UInt64 {
    guard bucketCount > 0 else { return 0 }
    let mask = (UInt64(1) << UInt64(level)) - 1
    let index = Int(cursor & mask)
    forEach(inBucket: index, body)
    if index < splitIndex { forEach(inBucket: index + (1 << level), body) }
    // Add one to the cursor's masked bits read backwards.
    var next = (cursor | ~mask).bitReversed
    next &+= 1
    return next.bitReversed
  }

  /// How many positions `scan` visits from 0 back to 0.
  var scanPositions: Int { bucketCount > 0 ? 1 << level : 0 }

  /// An element chosen evenly, or nil where the table is empty.
  ///
  /// Even but for what lies beyond the fourth bucket of a chain, one element in many millions, which is never chosen.
  /// - Parameter random: gives 64 random bits at each call.
  func randomElement(_ random: () -> UInt64) -> Element? {
    guard count > 0 else { return nil }
    while true {
      // Any of a chain's first 28 places, empty ones included, is as likely as any other: what is found is even.
      let bits = random()
      let index = Int(truncatingIfNeeded: UInt64(bucketCount).multipliedFullWidth(by: bits).high)
      if let element = self.element(inBucket: index, place: Int(random() % 28)) { return element }
    }
  }

  private func element(inBucket index: Int, place: Int) -> Element? {
    var line = unsafe bucket(at: index)
    var place = place
    while true {
      let header = unsafe line.load(as: UInt64.self)
      if place < Self.slotCount {
        guard Self.tag(in: header, place) != 0 else { return nil }
        return Element(address: UInt(unsafe Self.slot(line, place) & Self.addressMask))
      }
      guard Self.hasNext(header) else { return nil }
      unsafe line = Self.next(line)
      place -= Self.slotCount
    }
  }

  func forEach(inBucket index: Int, _ body: (Element) -> Void) {
    var line = unsafe bucket(at: index)
    while true {
      let header = unsafe line.load(as: UInt64.self)
      for slot in 0..<Self.slotCount where Self.tag(in: header, slot) != 0 {
        body(Element(address: UInt(unsafe Self.slot(line, slot) & Self.addressMask)))
      }
      guard Self.hasNext(header) else { return }
      unsafe line = Self.next(line)
    }
  }

  // MARK: Marks

  /// Marks the chain of buckets that `hash` falls in, so that `sweep` will visit it.
  mutating func mark(hash: UInt64) {
    guard bucketCount > 0 else { return }
    unsafe setMark(index(of: hash), true)
  }

  /// Visits the elements of marked chains among the next `limit` buckets.
  ///
  /// - Parameters:
  ///   - start: the bucket to begin with; what the last call returned, or 0.
  ///   - limit: how many buckets to look at.
  ///   - body: gets every element of each marked chain and says whether it keeps the mark.
  /// - Returns: the bucket to go on with; 0 after the last.
  mutating func sweep(from start: Int, limit: Int, _ body: (Element) -> Bool) -> Int {
    let end = min(bucketCount, start + limit)
    guard start < end else { return 0 }
    for index in start..<end where isMarked(index) {
      var keepsMark = false
      forEach(inBucket: index) { if body($0) { keepsMark = true } }
      unsafe setMark(index, keepsMark)
    }
    return end == bucketCount ? 0 : end
  }

  /// Calls `body` with the elements of one chain of buckets.
  /// - Parameters:
  ///   - bucket: below `bucketCount`.
  ///   - onlyMarked: whether a chain without a mark is passed over.
  func visit(_ bucket: Int, onlyMarked: Bool, _ body: (Element) -> Void) {
    precondition(bucket >= 0 && bucket < bucketCount)
    if !onlyMarked || isMarked(bucket) { forEach(inBucket: bucket, body) }
  }

  private func isMarked(_ index: Int) -> Bool {
    unsafe bucket(at: index).load(fromByteOffset: 7, as: UInt8.self) & 2 != 0
  }

  @unsafe
  private func setMark(_ index: Int, _ mark: Bool) {
    let line = unsafe bucket(at: index)
    let flags = unsafe line.load(fromByteOffset: 7, as: UInt8.self)
    unsafe line.storeBytes(of: mark ? flags | 2 : flags & ~2, toByteOffset: 7, as: UInt8.self)
  }

  /// Bit 2 of a chain's flags: where it is `walkMark`, the slow walk under way has been there.
  func isVisited(_ index: Int) -> Bool {
    unsafe bucket(at: index).load(fromByteOffset: 7, as: UInt8.self) & 4 != 0
  }

  func setVisited(_ index: Int, _ isVisited: Bool) {
    let line = unsafe bucket(at: index)
    let flags = unsafe line.load(fromByteOffset: 7, as: UInt8.self)
    unsafe line.storeBytes(of: isVisited ? flags | 4 : flags & ~4, toByteOffset: 7, as: UInt8.self)
  }

  // MARK: For tests

  /// Walks all of the table and stops where something is not as it must be.
  /// - Returns: how many further buckets there are.
  @discardableResult
  func checkInvariants() -> Int {
    var elements = 0
    var furtherBuckets = 0
    precondition(bucketCount == 0 || bucketCount == 1 << level + splitIndex && splitIndex < 1 << level)
    for bucket in 0..<bucketCount {
      var line = unsafe self.bucket(at: bucket)
      while true {
        let header = unsafe line.load(as: UInt64.self)
        var found = 0
        for slot in 0..<(Self.hasNext(header) ? Self.slotCount - 1 : Self.slotCount)
        where Self.tag(in: header, slot) != 0 {
          let word = unsafe Self.slot(line, slot)
          let hash = self.hash(Element(address: UInt(word & Self.addressMask)).key)
          precondition(index(of: hash) == bucket, "an element in the wrong bucket")
          precondition(Self.tag(hash) == Self.tag(in: header, slot), "a wrong tag")
          precondition(word &>> 48 == (hash &>> 16) & 0xFFFF, "wrong bits of the hash")
          found += 1
        }
        elements += found
        guard Self.hasNext(header) else {
          precondition(unsafe line == self.bucket(at: bucket) || found > 0, "an empty further bucket")
          break
        }
        precondition(found == Self.slotCount - 1, "a hole within a chain")
        precondition(Self.tag(in: header, Self.slotCount - 1) == 0)
        furtherBuckets += 1
        unsafe line = Self.next(line)
      }
    }
    precondition(elements == count, "a wrong count")
    let whole = (bucketCount + Self.segmentBuckets - 1) >> Self.segmentShift
    let buckets = firstSegmentBuckets + max(whole - 1, 0) * Self.segmentBuckets + furtherBuckets
    precondition(allocatedBytes == buckets * Self.lineBytes + directoryCapacity * 8, "a wrong account of memory")
    return furtherBuckets
  }

  // MARK: One bucket

  // At least 2: `matches` may also report a byte that differs from the tag in its lowest bit, which must not be the
  // zero of an empty slot.
  @inline(__always)
  private static func tag(_ hash: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: max(hash &>> 56, 2)) }

  @inline(__always)
  private static func tag(in header: UInt64, _ slot: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: header &>> (UInt64(slot) &* 8))
  }

  /// A bit in the top of each of the seven tag bytes that equal `tag`; now and then in one that does not.
  @inline(__always)
  private static func matches(_ header: UInt64, tag: UInt8) -> UInt64 {
    let difference = header ^ (0x0101_0101_0101_0101 &* UInt64(tag))
    return (difference &- 0x0101_0101_0101_0101) & ~difference & 0x0080_8080_8080_8080
  }

  @inline(__always)
  private static func hasNext(_ header: UInt64) -> Bool { header & (1 &<< 56) != 0 }

  @inline(__always) @unsafe
  private static func slot(_ line: UnsafeMutableRawPointer, _ slot: Int) -> UInt64 {
    unsafe line.load(fromByteOffset: 8 &+ slot &* 8, as: UInt64.self)
  }

  @inline(__always) @unsafe
  private static func setSlot(_ line: UnsafeMutableRawPointer, _ slot: Int, _ word: UInt64) {
    unsafe line.storeBytes(of: word, toByteOffset: 8 &+ slot &* 8, as: UInt64.self)
  }

  @inline(__always)
  private static func word(_ element: Element, _ hash: UInt64) -> UInt64 {
    UInt64(element.address) | (hash &<< 32) & ~addressMask
  }

  @inline(__always) @unsafe
  private static func next(_ line: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    // A bucket whose flag is set holds a further bucket's address in its last slot.
    unsafe UnsafeMutableRawPointer(bitPattern: UInt(slot(line, slotCount - 1))).unsafelyUnwrapped
  }

  /// Puts a word into the first free slot of the chain that starts at `line`.
  @unsafe
  private mutating func place(_ word: UInt64, tag: UInt8, in first: UnsafeMutableRawPointer) {
    var line = unsafe first
    while true {
      let header = unsafe line.load(as: UInt64.self)
      let usable = Self.hasNext(header) ? Self.slotCount - 1 : Self.slotCount
      for slot in 0..<usable where Self.tag(in: header, slot) == 0 {
        unsafe line.storeBytes(of: tag, toByteOffset: slot, as: UInt8.self)
        unsafe Self.setSlot(line, slot, word)
        return
      }
      if !Self.hasNext(header) { unsafe extend(line) }
      unsafe line = Self.next(line)
    }
  }

  /// Gives a full bucket a further one, which takes over the element of the last slot.
  @unsafe
  private mutating func extend(_ line: UnsafeMutableRawPointer) {
    let further = unsafe Memory.allocateZeroedLines(Self.lineBytes)
    allocatedBytes += Self.lineBytes
    let last = Self.slotCount - 1
    unsafe further.storeBytes(of: line.load(fromByteOffset: last, as: UInt8.self), as: UInt8.self)
    unsafe Self.setSlot(further, 0, Self.slot(line, last))
    unsafe line.storeBytes(of: 0, toByteOffset: last, as: UInt8.self)
    unsafe line.storeBytes(of: line.load(fromByteOffset: 7, as: UInt8.self) | 1, toByteOffset: 7, as: UInt8.self)
    unsafe Self.setSlot(line, last, UInt64(UInt(bitPattern: further)))
  }

  @inline(__always) @unsafe
  private func locate(_ element: Element, hash: UInt64) -> (UnsafeMutableRawPointer, Int)? {
    guard bucketCount > 0 else { return nil }
    let wanted = Self.word(element, hash)
    var line = unsafe bucket(at: index(of: hash))
    while true {
      let header = unsafe line.load(as: UInt64.self)
      var matches = Self.matches(header, tag: Self.tag(hash))
      while matches != 0 {
        let slot = matches.trailingZeroBitCount &>> 3
        matches &= matches &- 1
        if unsafe Self.slot(line, slot) == wanted { return unsafe (line, slot) }
      }
      guard Self.hasNext(header) else { return nil }
      unsafe line = Self.next(line)
    }
  }

  /// Moves an element from the end of a chain into the slot that became free, and drops the last bucket when it is
  /// empty: so every bucket of a chain but the last is full.
  @unsafe
  private mutating func fillHole(_ line: UnsafeMutableRawPointer, _ slot: Int, of first: UnsafeMutableRawPointer) {
    guard Self.hasNext(unsafe first.load(as: UInt64.self)) else { return }
    var before = unsafe first
    var last = unsafe Self.next(first)
    while Self.hasNext(unsafe last.load(as: UInt64.self)) {
      unsafe before = last
      unsafe last = Self.next(last)
    }
    let header = unsafe last.load(as: UInt64.self)
    if unsafe last != line, let donor = (0..<Self.slotCount).last(where: { Self.tag(in: header, $0) != 0 }) {
      unsafe line.storeBytes(of: Self.tag(in: header, donor), toByteOffset: slot, as: UInt8.self)
      unsafe Self.setSlot(line, slot, Self.slot(last, donor))
      unsafe last.storeBytes(of: 0, toByteOffset: donor, as: UInt8.self)
      unsafe Self.setSlot(last, donor, 0)
    }
    let tags = unsafe last.load(as: UInt64.self) & 0x00FF_FFFF_FFFF_FFFF
    guard tags == 0 else { return }
    let flags = unsafe before.load(fromByteOffset: 7, as: UInt8.self)
    unsafe before.storeBytes(of: flags & ~1, toByteOffset: 7, as: UInt8.self)
    unsafe Self.setSlot(before, Self.slotCount - 1, 0)
    unsafe Memory.free(last)
    allocatedBytes -= Self.lineBytes
  }

  // MARK: Growing and shrinking

  /// Where the elements of `hash` live.
  @inline(__always)
  func index(of hash: UInt64) -> Int {
    let wide = Int(truncatingIfNeeded: hash & ((2 &<< UInt64(level)) &- 1))
    return wide < bucketCount ? wide : wide & ((1 &<< level) &- 1)
  }

  @inline(__always) @unsafe
  private func bucket(at index: Int) -> UnsafeMutableRawPointer {
    // `index` is below `bucketCount`, so the directory and the segment are there.
    unsafe directory.unsafelyUnwrapped[index &>> Self.segmentShift].unsafelyUnwrapped
      + (index & (Self.segmentBuckets &- 1)) &* Self.lineBytes
  }

  @inline(never)
  private mutating func grow() {
    addBucket()
    if bucketCount == 1 { return setVisited(0, walkMark) }
    // Bucket `splitIndex` now shares its elements with the new one.
    let old = splitIndex
    let new = bucketCount - 1
    let bit = level
    if isMarked(old) { unsafe setMark(new, true) }
    setVisited(new, isVisited(old))
    splitIndex += 1
    if splitIndex == 1 << level {
      level += 1
      splitIndex = 0
    }
    let hash = hash
    unsafe redistribute(old) { word in
      Self.hashBit(bit, of: word, hash) ? new : old
    }
  }

  private mutating func shrink() {
    guard bucketCount > 1 else { return }
    if splitIndex == 0 {
      level -= 1
      splitIndex = 1 << level
    }
    splitIndex -= 1
    let gone = bucketCount - 1
    let kept = splitIndex
    if isMarked(gone) { unsafe setMark(kept, true) }
    unsafe redistribute(gone) { _ in kept }
    bucketCount -= 1
    dropSegmentIfUnused()
  }

  /// Takes the elements of one bucket's chain and puts each where `target` says.
  @unsafe
  private mutating func redistribute(_ index: Int, _ target: (UInt64) -> Int) {
    var line = unsafe bucket(at: index)
    // The first bucket's content moves to the stack, further buckets are taken apart one by one.
    var header = unsafe line.load(as: UInt64.self)
    var words = InlineArray<7, UInt64>(repeating: 0)
    for slot in 0..<Self.slotCount { words[slot] = unsafe Self.slot(line, slot) }
    unsafe line.initializeMemory(as: UInt8.self, repeating: 0, count: Self.lineBytes)
    unsafe line.storeBytes(of: UInt8(truncatingIfNeeded: header &>> 56) & 6, toByteOffset: 7, as: UInt8.self)
    while true {
      for slot in 0..<Self.slotCount where Self.tag(in: header, slot) != 0 {
        unsafe place(words[slot], tag: Self.tag(in: header, slot), in: bucket(at: target(words[slot])))
      }
      guard Self.hasNext(header) else { return }
      unsafe line = UnsafeMutableRawPointer(bitPattern: UInt(words[Self.slotCount - 1])).unsafelyUnwrapped
      header = unsafe line.load(as: UInt64.self)
      for slot in 0..<Self.slotCount { words[slot] = unsafe Self.slot(line, slot) }
      unsafe Memory.free(line)
      allocatedBytes -= Self.lineBytes
    }
  }

  /// Bit `bit` of the hash of the element in `word`.
  private static func hashBit(_ bit: Int, of word: UInt64, _ hash: KeyHash) -> Bool {
    if bit >= 16 && bit < 32 { return word &>> UInt64(bit + 32) & 1 == 1 }
    return hash(Element(address: UInt(word & addressMask)).key) &>> UInt64(bit) & 1 == 1
  }

  private mutating func addBucket() {
    let segment = bucketCount >> Self.segmentShift
    if segment == 0 {
      if bucketCount == firstSegmentBuckets { growFirstSegment() }
    } else if bucketCount & (Self.segmentBuckets - 1) == 0 {
      if segment == directoryCapacity { growDirectory() }
      unsafe directory.unsafelyUnwrapped[segment] = Memory.allocateZeroedLines(Self.segmentBuckets * Self.lineBytes)
      allocatedBytes += Self.segmentBuckets * Self.lineBytes
    }
    bucketCount += 1
  }

  private mutating func growFirstSegment() {
    if directoryCapacity == 0 { growDirectory() }
    let larger = max(firstSegmentBuckets * 2, 1)
    let memory = unsafe Memory.allocateZeroedLines(larger * Self.lineBytes)
    if let old = unsafe directory.unsafelyUnwrapped[0] {
      unsafe memory.copyMemory(from: old, byteCount: firstSegmentBuckets * Self.lineBytes)
      unsafe Memory.free(old)
    }
    unsafe directory.unsafelyUnwrapped[0] = memory
    allocatedBytes += (larger - firstSegmentBuckets) * Self.lineBytes
    firstSegmentBuckets = larger
  }

  private mutating func growDirectory() {
    let larger = max(directoryCapacity * 2, 1)
    let memory = UnsafeMutablePointer<UnsafeMutableRawPointer?>.allocate(capacity: larger)
    unsafe memory.initialize(repeating: nil, count: larger)
    if let old = unsafe directory {
      unsafe memory.update(from: old, count: directoryCapacity)
      unsafe old.deallocate()
    }
    unsafe directory = memory
    allocatedBytes += (larger - directoryCapacity) * 8
    directoryCapacity = larger
  }

  private mutating func dropSegmentIfUnused() {
    let segment = bucketCount >> Self.segmentShift
    guard segment > 0, bucketCount & (Self.segmentBuckets - 1) == 0 else { return }
    guard let memory = unsafe directory.unsafelyUnwrapped[segment] else { return }
    unsafe Memory.free(memory)
    unsafe directory.unsafelyUnwrapped[segment] = nil
    allocatedBytes -= Self.segmentBuckets * Self.lineBytes
  }

  private mutating func freeBuckets() {
    for index in 0..<bucketCount { unsafe Self.freeFurtherBuckets(of: bucket(at: index)) }
    unsafe Self.freeSegments(directory, directoryCapacity)
    unsafe directory = nil
    directoryCapacity = 0
    firstSegmentBuckets = 0
    bucketCount = 0
    allocatedBytes = 0
  }

  /// Frees the chain behind `line`.
  @unsafe
  private static func freeFurtherBuckets(of line: UnsafeMutableRawPointer) {
    var header = unsafe line.load(as: UInt64.self)
    var further = unsafe line
    while hasNext(header) {
      let following = unsafe next(further)
      if unsafe further != line { unsafe Memory.free(further) }
      unsafe further = following
      header = unsafe further.load(as: UInt64.self)
    }
    if unsafe further != line { unsafe Memory.free(further) }
  }

  @unsafe
  private static func freeSegments(_ directory: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ capacity: Int) {
    guard let directory = unsafe directory else { return }
    for index in 0..<capacity {
      if let segment = unsafe directory[index] { unsafe Memory.free(segment) }
    }
    unsafe directory.deallocate()
  }
}

extension UInt64 {
  /// The same bits in the opposite order.
  fileprivate var bitReversed: UInt64 {
    var value = byteSwapped
    value = (value & 0x0F0F_0F0F_0F0F_0F0F) &<< 4 | (value &>> 4) & 0x0F0F_0F0F_0F0F_0F0F
    value = (value & 0x3333_3333_3333_3333) &<< 2 | (value &>> 2) & 0x3333_3333_3333_3333
    return (value & 0x5555_5555_5555_5555) &<< 1 | (value &>> 1) & 0x5555_5555_5555_5555
  }
}
