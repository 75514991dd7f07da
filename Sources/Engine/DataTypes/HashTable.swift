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
/// A bucket is a `BucketLine` with a tag and a slot for each of seven elements. The tag is the top byte of the element's
/// hash; the slot holds the element's address in its low 48 bits and bits 16…31 of its hash above them. A full bucket
/// has further lines behind its own.
/// A look-up therefore reads one line, seldom two, and then the element itself; tag and hash bits together leave a
/// false match to one in sixteen million.
///
/// **Growth** is Litwin's linear hashing: with 2^L + p buckets, an element lives in bucket `hash mod 2^(L+1)` where
/// that bucket exists already, else in `hash mod 2^L`. When the fill passes its mark, bucket p is split in two and p
/// moves on. There is never a second table, never a rehash to wait for, and because the slots carry the hash bits
/// that decide a split, elements are not even touched. Shrinking runs the same way backwards.
///
/// Complexity: O(1) look-up, insertion and removal, in the worst case too as far as chains stay short.
/// `scan` gives the guarantee of Redis's SCAN: what is in the table from the first call to the last is reported.
@safe
struct HashTable<Element: HashTableElement>: ~Copyable {
  private static var addressMask: UInt64 { 0x0000_FFFF_FFFF_FFFF }
  /// Elements for each bucket, in quarters, at which the table grows, and below which it shrinks. At five a key costs
  /// 15.2 bytes of table and a look-up reads 1.12 lines; six would save 1.2 bytes and read 1.19.
  private static var growQuarters: Int { 20 }
  private static var shrinkQuarters: Int { 4 }

  private(set) var count = 0

  /// The function of every hash this table is given.
  let hash: KeyHash

  /// Changed by this table's own methods alone.
  var buckets = BucketStore()
  /// L and p of linear hashing.
  var level = 0
  var splitIndex = 0

  // The state of a slow walk (`HashTable+SlowWalk`): whether one is under way, what `isVisited` is of a chain where the
  // walk has been, the bucket to go on with, and copies of what changed before the walk came to it.
  var isWalked = false
  var walkMark = false
  var walkPosition = 0
  var walkCopies = Slab<Element>(capacity: 1)

  /// An empty table; allocates nothing.
  init(hash: KeyHash) { self.hash = hash }

  deinit {
    for index in 0..<walkCopies.count { walkCopies[index].free() }
  }

  @inline(__always)
  var bucketCount: Int { buckets.count }

  /// Bytes of buckets, segments and their directory.
  var allocatedBytes: Int { buckets.allocatedBytes }

  /// Where the elements of `hash` live.
  @inline(__always)
  func index(of hash: UInt64) -> Int {
    let wide = Int(truncatingIfNeeded: hash & ((2 &<< UInt64(level)) &- 1))
    return wide < bucketCount ? wide : wide & ((1 &<< level) &- 1)
  }

  // MARK: Slots

  @inline(__always)
  static func word(_ element: Element, _ hash: UInt64) -> UInt64 {
    UInt64(element.address) | (hash &<< 32) & ~addressMask
  }

  @inline(__always)
  static func element(of word: UInt64) -> Element { Element(address: UInt(word & addressMask)) }

  /// Whether the word's bits of its element's hash are those of `hash`.
  @inline(__always)
  private static func agrees(_ word: UInt64, _ hash: UInt64) -> Bool { (word ^ (hash &<< 32)) &>> 48 == 0 }

  // MARK: Finding

  /// The element with `key`, or nil.
  /// - Parameter hash: of `key`, by the same function for all of this table's elements.
  @inline(__always)
  func find(_ key: Bytes, hash: UInt64) -> Element? {
    guard count > 0 else { return nil }
    var line = buckets[index(of: hash)]
    while true {
      let header = line.header
      var slots = header.slots(tagged: BucketHeader.tag(of: hash))
      while let slot = slots.popFirst() {
        let word = line[slot]
        guard Self.agrees(word, hash) else { continue }
        let element = Self.element(of: word)
        if element.key == key { return element }
      }
      guard header.hasNext else { return nil }
      line = line.next
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
    buckets[index(of: hash)].prefetch()
  }

  /// Starts to load the element that a look-up of `hash` will most likely come to. The bucket should be near by now.
  @inline(__always)
  func prefetchElement(hash: UInt64) {
    guard bucketCount > 0 else { return }
    let line = buckets[index(of: hash)]
    var slots = line.header.slots(tagged: BucketHeader.tag(of: hash))
    while let slot = slots.popFirst() {
      let word = line[slot]
      if Self.agrees(word, hash),
        let address = unsafe UnsafeRawPointer(bitPattern: UInt(word & Self.addressMask))
      {
        // A small entry may reach into a second line; half of them do.
        unsafe Memory.prefetch(address)
        unsafe Memory.prefetch(address + BucketLine.byteCount)
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
    place(Self.word(element, hash), tag: BucketHeader.tag(of: hash), in: buckets[index(of: hash)])
    count += 1
  }

  /// Puts `replacement`, which has the same key, where `element` is.
  @inline(__always)
  mutating func replace(_ element: Element, by replacement: Element, hash: UInt64) {
    if isWalked { keep(hash) }
    guard let (line, slot) = locate(element, hash: hash) else { preconditionFailure("not in the table") }
    line[slot] = Self.word(replacement, hash)
  }

  /// Takes `element` out.
  mutating func remove(_ element: Element, hash: UInt64) {
    if isWalked { keep(hash) }
    guard let (line, slot) = locate(element, hash: hash) else { preconditionFailure("not in the table") }
    line.empty(slot)
    count -= 1
    fillHole(line, slot, of: buckets[index(of: hash)])
    if count &* 4 < bucketCount &* Self.shrinkQuarters, !isWalked { shrink() }
  }

  /// Forgets all elements, which the caller owns again, and frees the buckets.
  mutating func removeAll() {
    buckets = BucketStore()
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
      forEach(inBucket: bucketCount - 1, body)
      buckets.removeLast()
    }
    return bucketCount > 0
  }

  /// Puts a word into the first free slot of the chain that starts at `first`.
  mutating func place(_ word: UInt64, tag: UInt8, in first: BucketLine) {
    var line = first
    while true {
      let header = line.header
      for slot in 0..<header.usableSlots where header.tag(slot) == 0 {
        return line.fill(slot, word, tag: tag)
      }
      if !header.hasNext { buckets.extend(line) }
      line = line.next
    }
  }

  @inline(__always)
  private func locate(_ element: Element, hash: UInt64) -> (BucketLine, Int)? {
    guard bucketCount > 0 else { return nil }
    let wanted = Self.word(element, hash)
    var line = buckets[index(of: hash)]
    while true {
      let header = line.header
      var slots = header.slots(tagged: BucketHeader.tag(of: hash))
      while let slot = slots.popFirst() {
        if line[slot] == wanted { return (line, slot) }
      }
      guard header.hasNext else { return nil }
      line = line.next
    }
  }

  /// Moves an element from the end of a chain into the slot that became free, and drops the last line when it is
  /// empty: so every line of a chain but the last is full.
  private mutating func fillHole(_ line: BucketLine, _ slot: Int, of first: BucketLine) {
    guard first.header.hasNext else { return }
    var before = first
    var last = first.next
    while last.header.hasNext {
      before = last
      last = last.next
    }
    let header = last.header
    if last != line, let donor = (0..<BucketLine.slotCount).last(where: { header.tag($0) != 0 }) {
      line.fill(slot, last[donor], tag: header.tag(donor))
      last.empty(donor)
    }
    guard last.header.isEmpty else { return }
    before.dropNext()
    buckets.free(last)
  }
}
