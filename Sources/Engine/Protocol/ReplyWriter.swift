/// Writes replies in RESP2 or RESP3 to one session's chain at a time.
///
/// The engine aims the writer at a session (`begin`), commands write, and the chain goes back to the session (`end`).
/// Writing is a bounds check and a copy; chunks come from the pool the writer holds.
///
/// Source: the RESP2 and RESP3 specifications; where a type exists in RESP3 only, RESP2 gets what Redis sends there.
@safe
public struct ReplyWriter: ~Copyable {
  var pool = OutputPool()
  private var chain = OutputChain()
  // Where the next byte goes, and the end of the room there: within the last chunk of `chain`, or both nil.
  private var position: UnsafeMutableRawPointer?
  private var limit: UnsafeMutableRawPointer?
  /// 2 or 3.
  var version = 2
  /// Whether what is written goes nowhere: CLIENT REPLY OFF, the stream from a primary.
  var isMuted = false
  /// How many errors have been written since the engine last asked.
  var errorCount = 0
  /// The last error that nobody was sent, for the log.
  private(set) var lastMutedError = ""
  /// Their codes: the first word of each.
  private(set) var errorCodes: [String] = []

  init() {
    unsafe position = nil
    unsafe limit = nil
  }

  // MARK: Aiming

  /// Aims the writer at a session's chain.
  @inline(__always)
  mutating func begin(_ target: consuming OutputChain, version: Int, isMuted: Bool) {
    chain = target
    self.version = version
    self.isMuted = isMuted
    openLastChunk()
  }

  /// Gives the chain back with everything written.
  @inline(__always)
  mutating func end() -> OutputChain {
    closeLastChunk()
    var finished = OutputChain()
    swap(&finished, &chain)
    return finished
  }

  /// Bytes in the chain, the ones just written included.
  var pendingCount: Int {
    guard let last = chain.lastChunk, let position = unsafe position else { return chain.count }
    return unsafe chain.count + (position - last.data - last.end)
  }

  private mutating func openLastChunk() {
    guard let last = chain.lastChunk else {
      unsafe position = nil
      unsafe limit = nil
      return
    }
    unsafe position = last.data + last.end
    unsafe limit = last.data + last.capacity
  }

  private mutating func closeLastChunk() {
    guard let last = chain.lastChunk, let position = unsafe position else { return }
    let end = unsafe position - last.data
    chain.noteAppended(end - last.end)
    last.end = end
  }

  // MARK: Raw bytes

  /// Room for `byteCount` bytes at `position`.
  @inline(__always) @unsafe
  private mutating func reserve(_ byteCount: Int) -> UnsafeMutableRawPointer {
    if let position = unsafe position, let limit = unsafe limit, unsafe limit - position >= byteCount {
      return unsafe position
    }
    return unsafe reserveInFurtherChunk(byteCount)
  }

  @inline(never) @unsafe
  private mutating func reserveInFurtherChunk(_ byteCount: Int) -> UnsafeMutableRawPointer {
    closeLastChunk()
    _ = chain.room(byteCount, from: &pool)
    openLastChunk()
    return unsafe position.unsafelyUnwrapped
  }

  /// Appends bytes that are RESP already.
  @inline(__always)
  mutating func raw(_ bytes: Bytes) {
    if isMuted { return }
    let room = unsafe reserve(bytes.count)
    unsafe bytes.copy(to: room)
    unsafe position = room + bytes.count
  }

  @inline(__always)
  mutating func raw(_ literal: StaticString) { raw(Bytes(literal)) }

  /// Writes `prefix`, a number and CRLF.
  @inline(__always)
  private mutating func header(_ prefix: UInt8, _ value: Int64) {
    if isMuted { return }
    let room = unsafe reserve(DecimalInteger.maximumCount + 4)
    unsafe room.storeBytes(of: prefix, as: UInt8.self)
    var length = 1
    if value >= 0 && value < 10 {
      unsafe room.storeBytes(of: UInt8(truncatingIfNeeded: value) &+ 48, toByteOffset: 1, as: UInt8.self)
      length = 2
    } else {
      unsafe length += DecimalInteger.write(value, to: (room + 1).assumingMemoryBound(to: UInt8.self))
    }
    unsafe (room + length).storeBytes(of: 0x0A0D, as: UInt16.self)
    unsafe position = room + length + 2
  }

  // MARK: Replies

  mutating func ok() { raw("+OK\r\n") }

  /// A simple string without CR or LF.
  mutating func simple(_ text: StaticString) {
    raw("+")
    raw(text)
    raw("\r\n")
  }

  mutating func simple(_ text: String) {
    raw("+")
    self.text(text)
    raw("\r\n")
  }

  @inline(__always)
  mutating func integer(_ value: Int64) { header(UInt8(ascii: ":"), value) }
  @inline(__always)
  mutating func integer(_ value: Int) { integer(Int64(value)) }

  @inline(__always)
  mutating func bulk(_ bytes: Bytes) {
    if isMuted { return }
    header(UInt8(ascii: "$"), Int64(bytes.count))
    let room = unsafe reserve(bytes.count + 2)
    unsafe bytes.copy(to: room)
    unsafe (room + bytes.count).storeBytes(of: 0x0A0D, as: UInt16.self)
    unsafe position = room + bytes.count + 2
  }

  mutating func bulk(_ literal: StaticString) { bulk(Bytes(literal)) }

  mutating func bulk(_ bytes: [UInt8]) { unsafe bytes.withUnsafeBytes { unsafe bulk(Bytes($0)) } }

  mutating func bulk(_ text: String) {
    var text = text
    text.withUTF8 { unsafe bulk(Bytes(UnsafeRawBufferPointer($0))) }
  }

  /// An integer as a bulk string.
  mutating func bulk(integer: Int64) { NumberText(integer).withBytes { bulk($0) } }

  /// Nothing: RESP3's null, RESP2's null bulk string.
  mutating func null() { version == 3 ? raw("_\r\n") : raw("$-1\r\n") }

  /// Nothing, where an array was to be expected.
  mutating func nullArray() { version == 3 ? raw("_\r\n") : raw("*-1\r\n") }

  mutating func array(_ count: Int) { header(UInt8(ascii: "*"), Int64(count)) }

  /// A map of `count` pairs; in RESP2 an array of twice as many elements.
  mutating func map(_ count: Int) {
    version == 3 ? header(UInt8(ascii: "%"), Int64(count)) : array(count * 2)
  }

  /// A set; in RESP2 an array.
  mutating func set(_ count: Int) { header(version == 3 ? UInt8(ascii: "~") : UInt8(ascii: "*"), Int64(count)) }

  /// An out-of-band message; in RESP2 an array.
  mutating func push(_ count: Int) { header(version == 3 ? UInt8(ascii: ">") : UInt8(ascii: "*"), Int64(count)) }

  /// True or false; in RESP2 1 or 0.
  mutating func boolean(_ value: Bool) {
    version == 3 ? raw(value ? "#t\r\n" : "#f\r\n") : integer(value ? 1 : 0)
  }

  /// A number; in RESP2 a bulk string.
  mutating func double(_ value: Double) {
    var number = ByteBuffer(capacity: 32)
    number.append(double: value)
    guard version == 3 else { return bulk(number.bytes) }
    raw(",")
    raw(number.bytes)
    raw("\r\n")
  }

  /// Text with a hint how to show it (`txt`, `mkd`); in RESP2 a bulk string.
  mutating func verbatim(_ text: String, format: StaticString = "txt") {
    guard version == 3 else { return bulk(text) }
    header(UInt8(ascii: "="), Int64(text.utf8.count + 4))
    raw(format)
    raw(":")
    self.text(text)
    raw("\r\n")
  }

  /// A number too big for an integer; in RESP2 a bulk string.
  mutating func bigNumber(_ text: String) {
    guard version == 3 else { return bulk(text) }
    raw("(")
    self.text(text)
    raw("\r\n")
  }

  /// An attribute of `count` pairs ahead of a reply. RESP3 only.
  mutating func attribute(_ count: Int) {
    precondition(version == 3)
    header(UInt8(ascii: "|"), Int64(count))
  }

  mutating func error(_ error: CommandError) {
    switch error {
    case .text(let text):
      note(errorCode: Bytes(text))
      raw("-")
      raw(text)
      raw("\r\n")
    case .composed(let text): self.error(text)
    case .bytes(let bytes): self.error(line: bytes)
    }
  }

  /// An error from its text, code first; line ends in it become blanks.
  mutating func error(_ text: String) { error(line: text.utf8) }

  private mutating func error(line text: some Collection<UInt8>) {
    var line = ByteBuffer(capacity: text.count)
    for byte in text { line.append(byte == 13 || byte == 10 ? 32 : byte) }
    note(errorCode: line.bytes)
    raw("-")
    raw(line.bytes)
    raw("\r\n")
  }

  /// Forgets the errors noted so far: the engine has counted them.
  mutating func forgetErrors() {
    errorCount = 0
    errorCodes.removeAll(keepingCapacity: true)
  }

  /// As Redis, looks for the code's end in the first 32 bytes only; without one the error counts as `ERR`.
  private mutating func note(errorCode text: Bytes) {
    errorCount += 1
    if isMuted { lastMutedError = text.text }
    let end = text.firstIndex(of: UInt8(ascii: " "), below: 31)
    errorCodes.append(end.map { text[0..<$0].text } ?? "ERR")
  }

  private mutating func text(_ text: String) {
    var text = text
    text.withUTF8 { unsafe raw(Bytes(UnsafeRawBufferPointer($0))) }
  }

  // MARK: Lengths known later

  /// Where the header of an aggregate is to go whose length is not known yet.
  struct Mark {
    fileprivate var chunk: Chunk?
    fileprivate var offset: Int
  }

  private static var gapBytes: Int { DecimalInteger.maximumCount + 4 }

  /// Leaves room for the header of an aggregate. Marks close in the opposite order of their opening.
  mutating func openAggregate() -> Mark {
    if isMuted { return Mark(chunk: nil, offset: 0) }
    let room = unsafe reserve(Self.gapBytes)
    guard let chunk = chain.lastChunk else { preconditionFailure("room was reserved") }
    let mark = unsafe Mark(chunk: chunk, offset: room - chunk.data)
    unsafe position = room + Self.gapBytes
    return mark
  }

  /// Writes the header where `mark` was opened and closes the gap.
  mutating func close(_ mark: Mark, array count: Int) { close(mark, UInt8(ascii: "*"), count) }

  mutating func close(_ mark: Mark, map count: Int) {
    version == 3 ? close(mark, UInt8(ascii: "%"), count) : close(mark, UInt8(ascii: "*"), count * 2)
  }

  mutating func close(_ mark: Mark, set count: Int) {
    close(mark, version == 3 ? UInt8(ascii: "~") : UInt8(ascii: "*"), count)
  }

  private mutating func close(_ mark: Mark, _ prefix: UInt8, _ count: Int) {
    guard let chunk = mark.chunk else { return }
    closeLastChunk()
    let start = unsafe chunk.data + mark.offset
    unsafe start.storeBytes(of: prefix, as: UInt8.self)
    let digits = unsafe DecimalInteger.write(Int64(count), to: (start + 1).assumingMemoryBound(to: UInt8.self))
    unsafe (start + 1 + digits).storeBytes(of: 0x0A0D, as: UInt16.self)
    let saved = Self.gapBytes - digits - 3
    // What follows the gap in this chunk moves up; later chunks stay as they are.
    let tail = chunk.end - mark.offset - Self.gapBytes
    unsafe (start + 3 + digits).copyMemory(from: start + Self.gapBytes, byteCount: tail)
    chunk.end -= saved
    chain.noteAppended(-saved)
    openLastChunk()
  }
}
