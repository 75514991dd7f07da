/// The name of a stream's entry: when it was added, and which one it was within that millisecond.
struct StreamID: BitwiseCopyable, Hashable, Comparable {
  /// Since 1970, or whatever the client says.
  var milliseconds: UInt64
  var sequence: UInt64

  static let zero = StreamID(milliseconds: 0, sequence: 0)
  static let maximum = StreamID(milliseconds: .max, sequence: .max)

  @inline(__always)
  static func < (left: StreamID, right: StreamID) -> Bool {
    left.milliseconds != right.milliseconds
      ? left.milliseconds < right.milliseconds : left.sequence < right.sequence
  }

  /// The least id above this one.
  var next: StreamID? {
    if sequence < .max { return StreamID(milliseconds: milliseconds, sequence: sequence + 1) }
    return milliseconds < .max ? StreamID(milliseconds: milliseconds + 1, sequence: 0) : nil
  }

  /// The greatest id below this one.
  var previous: StreamID? {
    if sequence > 0 { return StreamID(milliseconds: milliseconds, sequence: sequence - 1) }
    return milliseconds > 0 ? StreamID(milliseconds: milliseconds - 1, sequence: .max) : nil
  }
}

/// Ids themselves, in order: what a consumer has been given.
extension StreamID: OrderedTreeElement {
  var key: StreamID { self }
  @inline(__always)
  func order(against key: StreamID) -> Int { self < key ? -1 : self == key ? 0 : 1 }
}

// MARK: Text

extension StreamID {
  /// What was read where an id may leave its sequence to the server (`1526919030474-*`).
  struct Parsed {
    var id: StreamID
    /// Whether the sequence was given or is left to the server.
    var hasSequence = true
  }

  /// Ids longer than this are none, bytes.
  private static var maximumTextCount: Int { 127 }

  /// `ms-seq`, or `ms` alone.
  /// - Parameter missing: the sequence where only milliseconds are given.
  init?(_ text: Bytes, missing: UInt64) {
    guard let parsed = StreamID.parse(text, missing: missing), parsed.hasSequence else { return nil }
    self = parsed.id
  }

  /// As `init`, and `ms-*` too.
  static func parse(_ text: Bytes, missing: UInt64) -> Parsed? {
    guard text.count <= maximumTextCount else { return nil }
    // To C a text ends at a zero byte.
    let text = text.firstIndex(of: 0).map { text[0..<$0] } ?? text
    let dash = text.firstIndex(of: UInt8(ascii: "-"))
    guard let milliseconds = text[0..<(dash ?? text.count)].parseLenientUInt64() else { return nil }
    guard let dash else { return Parsed(id: StreamID(milliseconds: milliseconds, sequence: missing)) }
    let rest = text.dropFirst(dash + 1)
    if rest.count == 1, rest[0] == UInt8(ascii: "*") {
      return Parsed(id: StreamID(milliseconds: milliseconds, sequence: 0), hasSequence: false)
    }
    guard let sequence = rest.parseLenientUInt64() else { return nil }
    return Parsed(id: StreamID(milliseconds: milliseconds, sequence: sequence))
  }

  /// Gives the text for the time of `body`.
  @inline(__always)
  func withText<Result>(_ body: (Bytes) -> Result) -> Result { StreamIDText(self).withBytes(body) }
}

extension Bytes {
  /// A number as C's `strtoull` takes it, which is how Redis reads ids: blanks, a plus and zeros may lead.
  fileprivate func parseLenientUInt64() -> UInt64? {
    if let value = parseUInt64() { return value }
    var start = 0
    while start < count, self[start] == 32 || 9...13 ~= self[start] { start += 1 }
    if start < count, self[start] == UInt8(ascii: "+") { start += 1 }
    while start < count - 1, self[start] == UInt8(ascii: "0") { start += 1 }
    return start > 0 ? dropFirst(start).parseUInt64() : nil
  }
}

/// `ms-seq`, held in place: no allocation.
@safe
struct StreamIDText {
  private var storage: InlineArray<41, UInt8>
  private let count: Int

  init(_ id: StreamID) {
    storage = InlineArray(repeating: 0)
    var span = storage.mutableSpan
    // Two numbers of 20 digits and the dash.
    count = unsafe span.withUnsafeMutableBufferPointer { buffer in
      let base = unsafe buffer.baseAddress.unsafelyUnwrapped
      let first = unsafe DecimalInteger.write(id.milliseconds, to: base)
      unsafe base[first] = UInt8(ascii: "-")
      return unsafe first + 1 + DecimalInteger.write(id.sequence, to: base + first + 1)
    }
  }

  @inline(__always)
  func withBytes<Result>(_ body: (Bytes) -> Result) -> Result {
    unsafe storage.span.withUnsafeBytes { unsafe body(Bytes(UnsafeRawBufferPointer(rebasing: $0[0..<count]))) }
  }
}
