// Linear hashing: the table grows and shrinks by one bucket at a time.
extension HashTable {
  /// Adds a bucket and splits the one whose turn it is.
  @inline(never)
  mutating func grow() {
    buckets.append()
    let new = bucketCount - 1
    guard new > 0 else {
      buckets[0].isVisited = walkMark
      return
    }
    // Bucket `splitIndex` now shares its elements with the new one.
    let old = splitIndex
    let bit = level
    buckets[new].isMarked = buckets[old].isMarked
    buckets[new].isVisited = buckets[old].isVisited
    splitIndex += 1
    if splitIndex == 1 << level {
      level += 1
      splitIndex = 0
    }
    let hash = hash
    redistribute(old) { word in
      Self.hashBit(bit, of: word, hash) ? new : old
    }
  }

  /// Takes the last bucket away, its elements to the one it was split off from.
  mutating func shrink() {
    guard bucketCount > 1 else { return }
    if splitIndex == 0 {
      level -= 1
      splitIndex = 1 << level
    }
    splitIndex -= 1
    let gone = bucketCount - 1
    let kept = splitIndex
    if buckets[gone].isMarked { buckets[kept].isMarked = true }
    redistribute(gone) { _ in kept }
    buckets.removeLast()
  }

  /// Takes the elements of one bucket's chain and puts each where `target` says.
  private mutating func redistribute(_ index: Int, _ target: (UInt64) -> Int) {
    let first = buckets[index]
    let header = first.header
    var further: BucketLine? = header.hasNext ? first.next : nil
    let words = first.takeSlots()
    for slot in 0..<header.usableSlots where header.tag(slot) != 0 {
      place(words[slot], tag: header.tag(slot), in: buckets[target(words[slot])])
    }
    while let line = further {
      let header = line.header
      for slot in 0..<header.usableSlots where header.tag(slot) != 0 {
        place(line[slot], tag: header.tag(slot), in: buckets[target(line[slot])])
      }
      further = header.hasNext ? line.next : nil
      buckets.free(line)
    }
  }

  /// Bit `bit` of the hash of the element in `word`.
  private static func hashBit(_ bit: Int, of word: UInt64, _ hash: KeyHash) -> Bool {
    if bit >= 16 && bit < 32 { return word &>> UInt64(bit + 32) & 1 == 1 }
    return hash(element(of: word).key) &>> UInt64(bit) & 1 == 1
  }
}
