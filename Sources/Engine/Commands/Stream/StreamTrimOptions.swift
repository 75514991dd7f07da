/// The options that XADD and XTRIM share: what of the stream's beginning goes.
struct StreamTrimOptions {
  var trim: StreamTrim?
  /// Where the threshold is among the arguments; `~` or `=` stands before it, if anything does.
  var thresholdIndex = 0
  var createsStream = true
  /// XADD's id, if one was given; in `ms-*` the sequence is left to the server.
  var id: StreamID.Parsed?
  /// Where XADD's id is among the arguments.
  var idIndex = 0
  private var limit: Int64?

  /// - Parameter isAdding: whether these are XADD's, which end with the id.
  init(_ call: borrowing Call, isAdding: Bool) throws(CommandError) {
    var index = 2
    reading: while index < call.arguments.count {
      let hasMore = index + 1 < call.arguments.count
      let option = call.arguments[index]
      if isAdding, option.count == 1, option[0] == UInt8(ascii: "*") { break }
      if hasMore, option.equalsIgnoringCase("maxlen") {
        index = try readTarget(call, at: index) { (call: borrowing Call, index: Int) throws(CommandError) in
          let length = try call.integer(at: index)
          guard length >= 0 else { throw .text("ERR The MAXLEN argument must be >= 0.") }
          return .length(Int(length))
        }
      } else if hasMore, option.equalsIgnoringCase("minid") {
        index = try readTarget(call, at: index) { (call: borrowing Call, index: Int) throws(CommandError) in
          .leastID(try call.streamID(at: index))
        }
      } else if hasMore, option.equalsIgnoringCase("limit") {
        let number = try call.integer(at: index + 1)
        guard number >= 0 else { throw .text("ERR The LIMIT argument must be >= 0.") }
        limit = number
        index += 1
      } else if isAdding, option.equalsIgnoringCase("nomkstream") {
        createsStream = false
      } else {
        guard isAdding else { throw .syntax }
        guard let parsed = StreamID.parse(option, missing: 0) else { throw .invalidStreamID }
        id = parsed
        break reading
      }
      index += 1
    }
    idIndex = index
    try settleLimit(call, isAdding: isAdding)
  }

  /// Reads `[~|=] threshold` behind the word at `index`.
  /// - Returns: the index of the threshold.
  private mutating func readTarget(
    _ call: borrowing Call, at index: Int,
    _ read: (borrowing Call, Int) throws(CommandError) -> StreamTrim.Target
  ) throws(CommandError) -> Int {
    guard trim == nil else {
      throw .text("ERR syntax error, MAXLEN and MINID options at the same time are not compatible")
    }
    var index = index + 1
    var isApproximate = false
    let mark = call.arguments[index]
    if index + 1 < call.arguments.count, mark.count == 1,
      mark[0] == UInt8(ascii: "~") || mark[0] == UInt8(ascii: "=")
    {
      isApproximate = mark[0] == UInt8(ascii: "~")
      index += 1
    }
    trim = StreamTrim(target: try read(call, index), isApproximate: isApproximate)
    thresholdIndex = index
    return index
  }

  private mutating func settleLimit(_ call: borrowing Call, isAdding: Bool) throws(CommandError) {
    guard let trim else {
      if let limit, limit > 0 {
        throw .text("ERR syntax error, LIMIT cannot be used without specifying a trimming strategy")
      }
      if !isAdding { throw .text("ERR syntax error, XTRIM must be called with a trimming strategy") }
      return
    }
    // What comes from a primary has been limited there.
    guard !call.isFromPrimary else { return }
    if let limit {
      guard trim.isApproximate else {
        throw .text("ERR syntax error, LIMIT cannot be used without the special ~ option")
      }
      self.trim?.limit = Int(limit)
    } else if trim.isApproximate {
      let (product, isTooLarge) = call.configuration.streamNodeMaxEntries.multipliedReportingOverflow(by: 100)
      self.trim?.limit = isTooLarge || product > 1_000_000 ? 1_000_000 : product <= 0 ? 10_000 : product
    }
  }
}

extension Call {
  /// Declares the request with what it left open filled in: the id, and how far an approximate trimming went.
  ///
  /// - Parameters:
  ///   - id: in the place of XADD's, where that was not given whole.
  mutating func replicateExactly(_ options: StreamTrimOptions, id: StreamID?, _ stream: StreamValue) {
    let isApproximate = options.trim?.isApproximate ?? false
    guard id != nil || isApproximate else { return }
    pendingEffects.isDeclared = true
    guard writesLog else { return }
    pendingEffects.begin(database: database, count: arguments.count)
    for index in 0..<arguments.count {
      if let id, index == options.idIndex {
        id.withText { pendingEffects.append($0) }
      } else if isApproximate, index == options.thresholdIndex - 1 {
        pendingEffects.append(Bytes("="))
      } else if isApproximate, index == options.thresholdIndex {
        appendThreshold(options, stream)
      } else {
        pendingEffects.append(arguments[index])
      }
    }
  }

  private mutating func appendThreshold(_ options: StreamTrimOptions, _ stream: StreamValue) {
    if case .length = options.trim?.target { return pendingEffects.append(Int64(stream.count)) }
    // Also what is only marked as gone counts: replicas mark nothing that is not marked here.
    var entries = stream.entries(includesDeleted: true)
    (entries.next()?.id ?? .maximum).withText { pendingEffects.append($0) }
  }
}
