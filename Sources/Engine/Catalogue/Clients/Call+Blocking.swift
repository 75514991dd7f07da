// Commands that wait for keys (BLPOP, XREAD BLOCK and their kin).
//
// Such a command looks for something to serve. Where there is nothing, it calls `waitForKeys` and returns without a
// reply. When one of the keys comes to hold a value of the awaited type, the engine runs the command again, as it was,
// right behind whoever brought that about; the command then serves, or waits again until the same deadline.
extension Call {
  /// Whether the request may wait: not one of a transaction, nor of the primary's stream.
  var mayWait: Bool { !isInTransaction && !isFromPrimary }

  /// Has the request wait until one of the keys holds a value of a type, and then be run again.
  ///
  /// The reply at the deadline is a null array. Declare no effect and change nothing in the run that ends here.
  /// - Parameters:
  ///   - indices: of the arguments that are the keys; a key named twice counts once.
  ///   - deadline: as `deadline(seconds:)` gave it. In a second run the first one's holds.
  ///   - endsWithKey: whether to run again also when a key is deleted or holds another type (XREADGROUP).
  ///   - replacements: arguments to run again with instead of those that came, by index (`$` of XREAD).
  /// - Precondition: `mayWait`.
  mutating func waitForKeys(
    _ indices: some Sequence<Int>, type: ValueType, until deadline: Int64?, endsWithKey: Bool = false,
    replacing replacements: [Int: [UInt8]] = [:]
  ) {
    precondition(mayWait && sessions[session].wait == nil)
    var keys: [WatchedKey] = []
    var known: Set<[UInt8]> = []
    for index in indices {
      let key = arguments[index].array
      if known.insert(key).inserted { keys.append(WatchedKey(database: database, key: key)) }
    }
    let request = TransactionQueue()
    request.append(arguments, identity: identity, replacing: replacements)
    let wait = KeyWait(
      serial: waits.makeSerial(), keys: keys, type: type, endsWithKey: endsWithKey,
      deadline: resumedWait == nil ? deadline : resumedWait?.deadline, request: request,
      nanoseconds: resumedWait?.nanoseconds ?? 0)
    waits.add(wait, session)
    for key in keys { keyspace[database].awaited.add(hash: hash(of: key)) }
    sessions[session].wait = wait
    sessions.setBlocked(session, true)
  }

  /// Notes that those who wait for the key at argument `index` should look again, though it neither came nor went: a
  /// stream has a new entry, or has lost a group.
  @inline(__always)
  mutating func becameReady(_ index: Int) {
    if keyspace[database].awaited.isEmpty { return }
    keyspace[database].awaited.note(arguments[index], hash: hash(index))
  }

  private func hash(of key: WatchedKey) -> UInt64 { key.key.withBytes { keyspace.hash($0) } }

  // MARK: Deadlines

  /// The deadline that a timeout in seconds, at argument `index`, means: monotonic microseconds; nil for 0, which
  /// means for ever. Parts of a millisecond count as a whole one.
  func deadline(seconds index: Int) throws(CommandError) -> Int64? {
    guard let seconds = arguments[index].parseLongDouble() else {
      throw .text("ERR timeout is not a float or out of range")
    }
    let milliseconds = (seconds * 1000).rounded(.up)
    guard milliseconds < LongDouble(Int64.max) else { throw .text("ERR timeout is out of range") }
    guard milliseconds > -1 else { throw .text("ERR timeout is negative") }
    return try deadline(after: Int64(milliseconds))
  }

  /// The deadline that a timeout in milliseconds, at argument `index`, means; nil for 0.
  func deadline(milliseconds index: Int) throws(CommandError) -> Int64? {
    guard let milliseconds = arguments[index].parseInt64() else {
      throw .text("ERR timeout is not an integer or out of range")
    }
    guard milliseconds >= 0 else { throw .text("ERR timeout is negative") }
    return try deadline(after: milliseconds)
  }

  private func deadline(after milliseconds: Int64) throws(CommandError) -> Int64? {
    guard milliseconds > 0 else { return nil }
    // Redis's deadlines are milliseconds since 1970: that decides what is too far away.
    guard milliseconds <= .max - now.unixMilliseconds else { throw .text("ERR timeout is out of range") }
    let (span, isTooLong) = milliseconds.multipliedReportingOverflow(by: 1000)
    let (moment, isTooFar) = now.monotonicMicroseconds.addingReportingOverflow(span)
    return isTooLong || isTooFar ? .max : moment
  }

  // MARK: The end of waiting

  /// Ends the session's wait for keys, if there is one, without a word.
  mutating func endKeyWait(_ handle: SessionHandle) {
    guard let wait = sessions[handle].wait else { return }
    sessions[handle].wait = nil
    waits.remove(wait, handle)
    for key in wait.keys { keyspace[key.database].awaited.remove(hash: hash(of: key)) }
    sessions.setBlocked(handle, false)
  }

  /// Has a session that waits for keys go on now, as if its time were over or with an error.
  /// - Returns: whether it was waiting.
  mutating func releaseKeyWait(_ handle: SessionHandle, error: StaticString?) -> Bool {
    guard let wait = sessions[handle].wait else { return false }
    endKeyWait(handle)
    let isSkipped = sessions[handle].flags.contains(.skipReply)
    sessions[handle].flags.subtract([.skipReply, .skipNextReply])
    if !isSkipped {
      write(to: handle) { if let error { $0.error(.text(error)) } else { $0.nullArray() } }
    }
    commandStatistics[wait.identity].calls += 1
    commandStatistics[wait.identity].nanoseconds += wait.nanoseconds
    if error != nil { countErrorOfWaiting(wait.identity) }
    cause(.resume(handle))
    return true
  }

  /// The error is the waiting command's, not that of the one that runs.
  private mutating func countErrorOfWaiting(_ identity: Int) {
    commandStatistics[identity].failed += 1
    statistics.errorReplies += Int64(reply.errorCount)
    for code in reply.errorCodes { statistics.errorsByCode[code, default: 0] += 1 }
    reply.forgetErrors()
  }

  /// The keys in a database that came, went or changed since the last time, as far as somebody waits for them.
  mutating func takeReadyKeys(in database: Int) -> [[UInt8]] {
    let news = keyspace[database].awaited.takeNews()
    return news.everything ? waits.keys(in: database) : news.keys
  }

  /// Has all who wait for keys look again, because something kept them from being served.
  mutating func reconsiderWaits() {
    for database in waits.databases { keyspace[database].awaited.noteAll() }
  }
}
