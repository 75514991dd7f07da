/// Cuts a connection's bytes into requests: RESP arrays of bulk strings, and inline requests.
///
/// The parser is offered the connection's unconsumed bytes, from the start of a request on, and says how many of them
/// belong to complete requests; the rest is to be kept and offered again, with what arrives meanwhile at its end. It
/// copies nothing: arguments are views into what it was offered. Of an unfinished request with many arguments it
/// remembers how far it came, so that a request which arrives in a thousand pieces is still read once.
///
/// Source: the RESP specification, and Redis's `processMultibulkBuffer` and `processInlineBuffer` for limits and errors.
public struct RequestParser: Sendable {
  /// What a request may be; tighter for a client that has not authenticated.
  public struct Limits: Sendable, BitwiseCopyable {
    /// Longest bulk string, bytes (`proto-max-bulk-len`); at most 2⁴⁸, which is more than there can be anywhere.
    public let bulkBytes: Int
    /// Whether the client has yet to authenticate: then 10 arguments of 16 KiB at the most.
    public var isUnauthenticated: Bool
    /// Whether a line that begins with `#` is one argument, whatever is in it: a remark, of a file.
    let takesRemarks: Bool

    /// What an append-only file may hold.
    static let file = Limits(bulkBytes: .max, isUnauthenticated: false, takesRemarks: true)

    public init(bulkBytes: Int, isUnauthenticated: Bool) {
      self.init(bulkBytes: bulkBytes, isUnauthenticated: isUnauthenticated, takesRemarks: false)
    }

    private init(bulkBytes: Int, isUnauthenticated: Bool, takesRemarks: Bool) {
      self.bulkBytes = min(bulkBytes, 1 << 48)
      self.isUnauthenticated = isUnauthenticated
      self.takesRemarks = takesRemarks
    }
  }

  /// How a call to `parse` ended.
  public enum Ending: Equatable, Sendable {
    /// Everything offered was consumed.
    case drained
    /// The last request is unfinished; at least `missing` more bytes belong to it, `ofArgument` of them to the argument at
    /// hand. The others are only announced: nothing should be claimed for them.
    case incomplete(missing: Int, ofArgument: Int)
    /// As many requests as asked for were found; there may be more.
    case requestLimit
    /// The bytes are no request. The batch holds the failure, in its place; nothing after it counts.
    case failed
  }

  /// Longest inline request, and longest line that holds a length, bytes.
  static let lineLimitBytes = 64 * 1024
  /// From this many arguments on, an unfinished request's progress is worth remembering.
  private static let rememberedArguments = 64

  private struct Progress {
    var remaining: Int
    var position: Int
    /// Offset and length of each argument, from the request's first byte.
    var arguments: [(offset: Int, count: Int)]
  }
  private var progress: Progress?

  public init() {}

  /// Forgets the progress in an unfinished request: the next input begins at some earlier one.
  public mutating func forgetProgress() { progress = nil }

  /// Parses the requests at the front of `input`.
  ///
  /// - Parameters:
  ///   - input: the connection's unconsumed bytes. Stays as it is until the batch has been applied.
  ///   - origin: offset of `input` in what the caller counts from; request offsets in the batch include it.
  ///   - maximumRequests: stops after so many.
  /// - Returns: how many bytes of `input` belong to complete requests, and why parsing stopped.
  public mutating func parse(
    _ input: Bytes, origin: Int = 0, session: SessionHandle, limits: Limits, maximumRequests: Int,
    into batch: inout RequestBatch
  ) -> (consumed: Int, ending: Ending) {
    var consumed = 0
    var found = 0
    while consumed < input.count {
      if found == maximumRequests { return (consumed, .requestLimit) }
      let rest = input.dropFirst(consumed)
      var request = RequestBatch.Request(
        session: session, firstArgument: batch.argumentCount, argumentCount: 0,
        inputStart: origin + consumed, inputEnd: origin + input.count, failure: nil)
      let outcome =
        rest[0] == UInt8(ascii: "*")
        ? parseMultibulk(rest, limits: limits, into: &batch) : parseInline(rest, limits: limits, into: &batch)
      switch outcome {
      case .request(let length):
        consumed += length
        request.argumentCount = batch.argumentCount - request.firstArgument
        request.inputEnd = origin + consumed
        if request.argumentCount > 0 {
          batch.append(request)
          found += 1
        }
      case .incomplete(let missing, let ofArgument):
        batch.dropArguments(from: request.firstArgument)
        return (consumed, .incomplete(missing: missing, ofArgument: ofArgument))
      case .failure(let error):
        progress = nil
        batch.dropArguments(from: request.firstArgument)
        request.failure = error
        batch.append(request)
        return (consumed, .failed)
      }
    }
    return (consumed, .drained)
  }

  private enum Outcome {
    case request(length: Int)
    case incomplete(missing: Int, ofArgument: Int)
    case failure(ProtocolError)
  }

  private mutating func parseMultibulk(_ input: Bytes, limits: Limits, into batch: inout RequestBatch) -> Outcome {
    var position: Int
    var remaining: Int
    let firstArgument = batch.argumentCount
    if let saved = progress {
      position = saved.position
      remaining = saved.remaining
      for argument in saved.arguments {
        batch.append(argument: input[argument.offset..<argument.offset + argument.count])
      }
    } else {
      switch LengthLine.read(input, at: 1) {
      case .unfinished(let seen):
        return seen > Self.lineLimitBytes ? .failure(.tooBigMultibulkCount) : .incomplete(missing: 1, ofArgument: 1)
      case .invalid: return .failure(.invalidMultibulkLength)
      case .value(let count, let next):
        guard count <= Int(Int32.max) else { return .failure(.invalidMultibulkLength) }
        if count > 10 && limits.isUnauthenticated { return .failure(.unauthenticatedMultibulkLength) }
        if count <= 0 { return .request(length: next) }
        remaining = count
        position = next
      }
    }
    while remaining > 0 {
      switch Self.readBulk(input, at: position, limits: limits) {
      case .bulk(let start, let length):
        batch.append(argument: input[start..<start + length])
        position = start + length + 2
        remaining -= 1
      case .incomplete(let missing):
        // Every argument to come takes five bytes at least.
        let least = missing + (remaining - 1) * 5
        remember(batch, from: firstArgument, input, remaining: remaining, position: position)
        return .incomplete(missing: least, ofArgument: missing)
      case .failure(let error): return .failure(error)
      }
    }
    progress = nil
    return .request(length: position)
  }

  private enum BulkOutcome {
    case bulk(start: Int, length: Int)
    case incomplete(missing: Int)
    case failure(ProtocolError)
  }

  @inline(__always)
  private static func readBulk(_ input: Bytes, at position: Int, limits: Limits) -> BulkOutcome {
    guard position < input.count else { return .incomplete(missing: position + 5 - input.count) }
    guard input[position] == UInt8(ascii: "$") else { return .failure(.expectedDollar(got: input[position])) }
    switch LengthLine.read(input, at: position + 1) {
    case .unfinished(let seen):
      return seen > lineLimitBytes ? .failure(.tooBigBulkCount) : .incomplete(missing: 1)
    case .invalid: return .failure(.invalidBulkLength)
    case .value(let length, let start):
      guard length >= 0, length <= limits.bulkBytes else { return .failure(.invalidBulkLength) }
      if length > 16384 && limits.isUnauthenticated { return .failure(.unauthenticatedBulkLength) }
      let end = start + length + 2
      return end <= input.count ? .bulk(start: start, length: length) : .incomplete(missing: end - input.count)
    }
  }

  /// Notes how far an unfinished request was read, where it has so many arguments that this is worth it.
  private mutating func remember(
    _ batch: borrowing RequestBatch, from firstArgument: Int, _ input: Bytes, remaining: Int, position: Int
  ) {
    let found = batch.argumentCount - firstArgument
    guard found >= Self.rememberedArguments else { return }
    var saved = progress ?? Progress(remaining: 0, position: 0, arguments: [])
    progress = nil
    for index in saved.arguments.count..<found {
      let argument = batch.argument(firstArgument + index)
      saved.arguments.append((offset: input.offset(of: argument), count: argument.count))
    }
    saved.remaining = remaining
    saved.position = position
    progress = saved
  }

  private func parseInline(_ input: Bytes, limits: Limits, into batch: inout RequestBatch) -> Outcome {
    guard let newline = input.firstIndex(of: UInt8(ascii: "\n"), below: Self.lineLimitBytes + 1) else {
      return input.count > Self.lineLimitBytes ? .failure(.tooBigInlineRequest) : .incomplete(missing: 1, ofArgument: 1)
    }
    let end = newline > 0 && input[newline - 1] == UInt8(ascii: "\r") ? newline - 1 : newline
    if limits.takesRemarks, input[0] == UInt8(ascii: "#") {
      batch.append(argument: input[0..<end])
      return .request(length: newline + 1)
    }
    var splitter = WordSplitter(input[0..<end])
    var word = ByteBuffer()
    while true {
      word.removeAll()
      switch splitter.next(into: &word) {
      case .word: batch.append(argument: batch.keep(word.bytes))
      case .end: return .request(length: newline + 1)
      case .unbalancedQuotes: return .failure(.unbalancedQuotes)
      }
    }
  }
}

/// A decimal length and the CRLF behind it: `3\r\n`.
private enum LengthLine {
  /// No line end yet among the `seen` bytes.
  case unfinished(seen: Int)
  case invalid
  /// The number, and where the next byte is.
  case value(Int, next: Int)

  /// Reads the line that starts at `start`.
  @inline(__always)
  static func read(_ input: Bytes, at start: Int) -> LengthLine {
    // Most lengths have one or two digits: those are read without a search for the line's end.
    var position = start
    var value = 0
    while position < input.count, position - start < 10 {
      let digit = input[position] &- UInt8(ascii: "0")
      guard digit <= 9 else { break }
      value = value &* 10 &+ Int(digit)
      position += 1
    }
    let digits = position - start
    if digits > 0, digits < 10, position + 1 < input.count, input[position] == UInt8(ascii: "\r"),
      digits == 1 || input[start] != UInt8(ascii: "0")
    {
      return .value(value, next: position + 2)
    }
    return readSlowly(input, at: start)
  }

  @inline(never)
  private static func readSlowly(_ input: Bytes, at start: Int) -> LengthLine {
    guard start <= input.count else { return .unfinished(seen: 0) }
    let rest = input.dropFirst(start)
    guard let end = rest.firstIndex(of: UInt8(ascii: "\r"), below: rest.count), end + 1 < rest.count else {
      return .unfinished(seen: rest.count)
    }
    guard let value = rest[0..<end].parseInt64() else { return .invalid }
    return .value(Int(value), next: start + end + 2)
  }
}
