// Visiting elements: all, by cursor, at random, by the bucket, by marks.
extension HashTable {
  /// Calls `body` with every element. The table must not change meanwhile.
  func forEachElement(_ body: (Element) -> Void) {
    for index in 0..<bucketCount { forEach(inBucket: index, body) }
  }

  func forEach(inBucket index: Int, _ body: (Element) -> Void) {
    var line = buckets[index]
    while true {
      let header = line.header
      for slot in 0..<BucketLine.slotCount where header.tag(slot) != 0 { body(Self.element(of: line[slot])) }
      guard header.hasNext else { return }
      line = line.next
    }
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
  /// Even but for what lies beyond the fourth line of a chain, one element in many millions, which is never chosen.
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
    var line = buckets[index]
    var place = place
    while true {
      let header = line.header
      if place < BucketLine.slotCount { return header.tag(place) != 0 ? Self.element(of: line[place]) : nil }
      guard header.hasNext else { return nil }
      line = line.next
      place -= BucketLine.slotCount
    }
  }

  // MARK: Marks

  /// Marks the chain that `hash` falls in, so that `sweep` will visit it.
  mutating func mark(hash: UInt64) {
    guard bucketCount > 0 else { return }
    buckets[index(of: hash)].isMarked = true
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
    for index in start..<end where buckets[index].isMarked {
      var keepsMark = false
      forEach(inBucket: index) { if body($0) { keepsMark = true } }
      buckets[index].isMarked = keepsMark
    }
    return end == bucketCount ? 0 : end
  }

  /// Calls `body` with the elements of one bucket.
  /// - Parameters:
  ///   - bucket: below `bucketCount`.
  ///   - onlyMarked: whether a chain without a mark is passed over.
  func visit(_ bucket: Int, onlyMarked: Bool, _ body: (Element) -> Void) {
    precondition(bucket >= 0 && bucket < bucketCount)
    if !onlyMarked || buckets[bucket].isMarked { forEach(inBucket: bucket, body) }
  }

  // MARK: For tests

  /// Walks all of the table and stops where something is not as it must be.
  /// - Returns: how many further lines there are.
  @discardableResult
  func checkInvariants() -> Int {
    var elements = 0
    var furtherLines = 0
    precondition(bucketCount == 0 || bucketCount == 1 << level + splitIndex && splitIndex < 1 << level)
    for bucket in 0..<bucketCount {
      var line = buckets[bucket]
      while true {
        let header = line.header
        let found = checkLine(line, of: bucket)
        elements += found
        guard header.hasNext else {
          precondition(line == buckets[bucket] || found > 0, "an empty further line")
          break
        }
        precondition(found == header.usableSlots, "a hole within a chain")
        precondition(header.tag(header.usableSlots) == 0)
        furtherLines += 1
        line = line.next
      }
    }
    precondition(elements == count, "a wrong count")
    buckets.checkAccount(furtherLines: furtherLines)
    return furtherLines
  }

  /// - Returns: how many elements the line holds.
  private func checkLine(_ line: BucketLine, of bucket: Int) -> Int {
    let header = line.header
    var found = 0
    for slot in 0..<header.usableSlots where header.tag(slot) != 0 {
      let element = Self.element(of: line[slot])
      let hash = self.hash(element.key)
      precondition(index(of: hash) == bucket, "an element in the wrong bucket")
      precondition(BucketHeader.tag(of: hash) == header.tag(slot), "a wrong tag")
      precondition(line[slot] == Self.word(element, hash), "wrong bits of the hash")
      found += 1
    }
    return found
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
