/// The lines of a `HashTable`: one for each bucket, by its index, and those behind them.
///
/// The buckets' lines lie in segments of 64 KiB, whose addresses a directory holds: no allocation or release is ever
/// large. Only the first segment is smaller, and grows by doubling up to a whole one: most tables are small.
@safe
struct BucketStore: ~Copyable {
  private static var segmentShift: Int { 10 }
  private static var segmentBuckets: Int { 1 << segmentShift }
  private static var segmentBytes: Int { segmentBuckets * BucketLine.byteCount }

  /// How many buckets there are.
  private(set) var count = 0
  /// Bytes of lines, segments and their directory.
  private(set) var allocatedBytes = 0

  // The segments' addresses; `directoryCapacity` are allocated, those that hold a bucket below `count` are set. Owned by
  // this store alone, as are the segments and the lines behind the buckets'.
  private var directory: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
  private var directoryCapacity = 0
  /// How many buckets the first segment has room for.
  private var firstSegmentBuckets = 0

  /// No bucket; allocates nothing.
  init() { unsafe directory = nil }

  deinit {
    for index in 0..<count { Self.freeLines(behind: self[index]) }
    guard let directory = unsafe directory else { return }
    for index in 0..<directoryCapacity {
      if let segment = unsafe directory[index] { unsafe Memory.free(segment) }
    }
    unsafe directory.deallocate()
  }

  /// The first line of the bucket at `index`, which is below `count`.
  @inline(__always)
  subscript(index: Int) -> BucketLine {
    // As `index` is below `count`, the directory and the segment are there.
    unsafe BucketLine(
      base: directory.unsafelyUnwrapped[index &>> Self.segmentShift].unsafelyUnwrapped
        + (index & (Self.segmentBuckets &- 1)) &* BucketLine.byteCount)
  }

  // MARK: Buckets

  /// Adds a bucket: an empty line, after the others.
  mutating func append() {
    let segment = count >> Self.segmentShift
    if segment == 0 {
      if count == firstSegmentBuckets { growFirstSegment() }
    } else if count & (Self.segmentBuckets - 1) == 0 {
      if segment == directoryCapacity { growDirectory() }
      unsafe directory.unsafelyUnwrapped[segment] = Memory.allocateZeroedLines(Self.segmentBytes)
      allocatedBytes += Self.segmentBytes
    }
    count += 1
  }

  /// Takes the last bucket away, with whatever is in it.
  mutating func removeLast() {
    let line = self[count - 1]
    allocatedBytes -= Self.freeLines(behind: line) * BucketLine.byteCount
    line.clear()
    count -= 1
    let segment = count >> Self.segmentShift
    guard segment > 0, count & (Self.segmentBuckets - 1) == 0 else { return }
    guard let memory = unsafe directory.unsafelyUnwrapped[segment] else { return }
    unsafe Memory.free(memory)
    unsafe directory.unsafelyUnwrapped[segment] = nil
    allocatedBytes -= Self.segmentBytes
  }

  // MARK: Lines behind a bucket's

  /// Puts a further line behind a full one that has none.
  mutating func extend(_ line: BucketLine) {
    line.append(.allocate())
    allocatedBytes += BucketLine.byteCount
  }

  /// Frees a line that was behind another and is so no longer.
  mutating func free(_ line: BucketLine) {
    line.free()
    allocatedBytes -= BucketLine.byteCount
  }

  /// - Returns: how many there were.
  @discardableResult
  private static func freeLines(behind first: BucketLine) -> Int {
    var freed = 0
    var line = first
    while line.header.hasNext {
      let next = line.next
      if freed > 0 { line.free() }
      line = next
      freed += 1
    }
    if freed > 0 { line.free() }
    return freed
  }

  // MARK: Segments

  private mutating func growFirstSegment() {
    if directoryCapacity == 0 { growDirectory() }
    let larger = max(firstSegmentBuckets * 2, 1)
    let memory = unsafe Memory.allocateZeroedLines(larger * BucketLine.byteCount)
    if let old = unsafe directory.unsafelyUnwrapped[0] {
      unsafe memory.copyMemory(from: old, byteCount: firstSegmentBuckets * BucketLine.byteCount)
      unsafe Memory.free(old)
    }
    unsafe directory.unsafelyUnwrapped[0] = memory
    allocatedBytes += (larger - firstSegmentBuckets) * BucketLine.byteCount
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

  /// For tests: stops where `allocatedBytes` is not what there is.
  func checkAccount(furtherLines: Int) {
    let segments = (count + Self.segmentBuckets - 1) >> Self.segmentShift
    let lines = firstSegmentBuckets + max(segments - 1, 0) * Self.segmentBuckets + furtherLines
    precondition(
      allocatedBytes == lines * BucketLine.byteCount + directoryCapacity * 8, "a wrong account of memory")
  }
}
