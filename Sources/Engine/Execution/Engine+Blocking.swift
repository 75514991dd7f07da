// Serving those who wait for keys: right behind the command that brought what they wait for, first come first served.
extension Engine {
  /// Whether something became of keys that somebody waits for.
  @inline(__always)
  var hasReadyKeys: Bool { !call.waits.isEmpty && hasNewsOfKeys }

  private var hasNewsOfKeys: Bool {
    for database in call.waits.databases where call.keyspace[database].awaited.hasNews { return true }
    return false
  }

  /// Runs again the commands that wait for keys of which there is news, and those that can go on because of that, until
  /// there is none. No command may be under way.
  @inline(never)
  mutating func serveWaiting() {
    while hasReadyKeys {
      for database in call.waits.databases {
        for key in call.takeReadyKeys(in: database) { serve(WatchedKey(database: database, key: key)) }
      }
    }
  }

  /// What follows the last command of a turn: nobody is spoken to any more, but those who are told of changes.
  mutating func endTurn() {
    releaseWriter()
    if call.tracking.hasChanges { call.broadcastInvalidations() }
    if call.keepsBarriers { call.forgetKeptBarriers() }
    call.watchBuffers()
  }

  private mutating func serve(_ key: WatchedKey) {
    for handle in call.waits.sessions(key) {
      let type = call.type(of: key)
      guard type != nil || call.waits.endsForSome(key) else { return }
      // Serving one may have ended another, or have had it served already.
      guard call.sessions.contains(handle), let wait = call.sessions[handle].wait, wait.keys.contains(key) else {
        continue
      }
      guard wait.endsWithKey || type == wait.type else { continue }
      if mustWait(call.catalogue[wait.identity], call.sessions[handle].flags) { continue }
      runAgain(wait, of: handle)
    }
  }

  private mutating func runAgain(_ wait: KeyWait, of handle: SessionHandle) {
    call.endKeyWait(handle)
    guard aim(at: handle) else { return }
    call.arguments = wait.request.arguments(at: 0)
    call.hashedArgument = 0
    call.requestBytes = 0
    call.resumedWait = wait
    let began = call.host.monotonicNanoseconds()
    if let entry = admit(wait.identity) { executeAgain(entry) }
    call.resumedWait = nil
    let spent = call.host.monotonicNanoseconds() - began
    if let next = call.sessions[handle].wait {
      next.nanoseconds += spent
    } else {
      finishWaiting(wait, of: handle, nanoseconds: wait.nanoseconds + spent)
    }
    call.arguments = Arguments()
  }

  /// What follows a waiting command's reply.
  private mutating func finishWaiting(_ wait: KeyWait, of handle: SessionHandle, nanoseconds: Int64) {
    observe(wait.identity, nanoseconds: nanoseconds)
    finishRequest()
    call.cause(.resume(handle))
  }

  /// Answers those whose time is over.
  mutating func endOverdueWaits() {
    while let handle = call.waits.takeOverdue(at: call.now.monotonicMicroseconds) {
      guard call.sessions.contains(handle), let wait = call.sessions[handle].wait else { continue }
      call.endKeyWait(handle)
      guard aim(at: handle) else { continue }
      call.arguments = wait.request.arguments(at: 0)
      call.reply.nullArray()
      finishWaiting(wait, of: handle, nanoseconds: wait.nanoseconds)
      call.arguments = Arguments()
    }
  }
}

extension Call {
  /// The type of what a key holds; nil where there is none or it has expired.
  fileprivate func type(of key: WatchedKey) -> ValueType? {
    let found = key.key.withBytes { keyspace[key.database].find($0, hash: keyspace.hash($0)) }
    guard let found, !isExpired(found) else { return nil }
    return found.type
  }
}
