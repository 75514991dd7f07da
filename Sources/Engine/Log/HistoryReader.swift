/// Reads the log from files, for a replica that needs more of it than memory holds: from the increments of the append-only
/// file, one after the other, or from a spill; until it has come to what memory holds.
///
/// The bytes of increments are the log's, but for what stands ahead of them (`Place.opening`) and lines that begin with `#`.
/// All files are open from the beginning, so that a rewrite may delete them meanwhile. The host reads; one read is under
/// way at a time.
///
/// A class, for there are few and a read that is under way holds on to it.
final class HistoryReader {
  struct Part {
    let name: String
    let file: OpenFile
    /// Where in the file the log's bytes begin, and which offset the first of them has.
    let firstByte: Int
    let start: Int64
    /// The offset behind the last of them; nil: the file is still written.
    var end: Int64?
    /// Bytes of the file, where nothing is written to it any more.
    let byteCount: Int

    /// Whether all behind `firstByte` is the log's.
    var isPlain: Bool { end.map { Int64(byteCount - firstByte) == $0 - start } ?? false }
  }

  private var parts: [Part]
  /// The spill that is read; nil: it is increments.
  let spill: LogSpill?
  /// The log's offset of the next byte that is given to the replica.
  private(set) var next: Int64
  /// The offset of the next byte of the file at hand, before it is looked at.
  private var reached: Int64
  private var position: Int
  private var filter: AnnotationFilter
  /// Whether the reader went to a place in its first file at which a command need not begin.
  private var hasJumped: Bool
  /// Whether a read is under way.
  private(set) var isReading = false
  /// Whether nobody wants it any more: it goes with the read that is under way.
  var isAbandoned = false

  /// Bytes of one read.
  static let readBytes = 256 << 10

  /// - Parameters:
  ///   - parts: files that follow one another in the log; the first holds `offset`.
  ///   - isPlain: whether the first has no lines that are none of the log's.
  init(_ parts: [Part], from offset: Int64, isPlain: Bool) {
    self.parts = parts
    spill = nil
    next = offset
    let first = parts[0]
    // Where nothing stands between, the place can be gone to. Elsewhere what is before it is read over.
    reached = isPlain ? offset : first.start
    position = first.firstByte + (isPlain ? Int(offset - first.start) : 0)
    hasJumped = isPlain && offset > first.start
    filter = AnnotationFilter(allowsAnnotations: !hasJumped)
  }

  /// - Parameter offset: a place in what the spill takes.
  init(_ spill: LogSpill, from offset: Int64) {
    let part = Part(name: "the spilled log", file: spill.file, firstByte: 0, start: spill.start, end: nil, byteCount: 0)
    parts = [part]
    self.spill = spill
    spill.enter()
    next = offset
    reached = offset
    position = Int(offset - spill.start)
    hasJumped = offset > spill.start
    filter = AnnotationFilter(allowsAnnotations: false)
  }

  /// The file at hand.
  var part: Part? { parts.first }
  var files: [OpenFile] { parts.map(\.file) }
  var names: [String] { parts.map(\.name) }

  /// What is to be read next, where the file holds `byteCount` bytes: where, and how much. 0: nothing is there.
  func wanted(of byteCount: Int) -> (position: Int, count: Int) {
    (position, isAtEnd ? 0 : max(0, min(Self.readBytes, byteCount - position)))
  }

  /// Whether all that the file at hand has of the log was read.
  var isAtEnd: Bool { part?.end == reached }

  func beginRead() { isReading = true }

  /// A read has ended: gives the log's bytes to `body`.
  /// - Returns: false where they are no commands.
  func took(_ bytes: Bytes, _ body: (Bytes) -> Void) -> Bool {
    isReading = false
    position += bytes.count
    var reached = reached
    let next = next
    let isWhole = filter.feed(bytes) { run in
      let skipped = Int(min(max(0, next - reached), Int64(run.count)))
      reached += Int64(run.count)
      if skipped < run.count { body(run.dropFirst(skipped)) }
    }
    self.reached = reached
    self.next = max(next, reached)
    return isWhole || startOver()
  }

  /// Reads the first file again from its beginning, where it was begun in the middle: whoever asked for a place at which no
  /// command begins gets what follows there, and what looks damaged from there may be well.
  /// - Returns: whether it does; false where it was read from its beginning.
  func startOver() -> Bool {
    guard hasJumped else { return false }
    hasJumped = false
    reached = parts[0].start
    position = parts[0].firstByte
    filter = AnnotationFilter()
    return true
  }

  func readFailed() { isReading = false }

  /// The file that is still written ends there, and the log goes on elsewhere.
  func end(at offset: Int64) {
    if parts[parts.count - 1].end == nil { parts[parts.count - 1].end = offset }
  }

  /// The file that is still written ends, and goes on in another.
  func append(_ part: Part) {
    parts[parts.count - 1].end = part.start
    parts.append(part)
  }

  /// Goes on with the next file.
  /// - Returns: the file that is done with; nil where the log's bytes in it do not end where the next begins.
  func nextPart() -> OpenFile? {
    guard let part, let end = part.end, reached == end, parts.count > 1 else { return nil }
    parts.removeFirst()
    position = parts[0].firstByte
    filter = AnnotationFilter()
    hasJumped = false
    return part.file
  }
}
