extension Engine {
  /// Work that is due `hz` times a second, each piece bounded.
  mutating func runPeriodicWork() {
    sampleStatistics()
    if call.debugging.pausesPeriodicWork { return }
    if call.isLoading { return greetWhileLoading() }
    tendSessions()
    call.releaseWaiting()
    // Also those of sessions that have ended. All at once: to look for each by itself would take long where many end.
    call.releaseHeld()
    runExpiryCycle()
    expireLocalKeys()
    call.limitTracking()
    call.watchLag()
    watchFiles()
    guard call.now.monotonicMicroseconds - lastSecond >= 1_000_000 else { return }
    let isFifth = lastSecond / 5_000_000 != call.now.monotonicMicroseconds / 5_000_000
    lastSecond = call.now.monotonicMicroseconds
    if isFifth, call.configuration.loglevel == .debug { countClients() }
    watchReplicas()
    watchPrimary()
  }

  private mutating func countClients() {
    let replicas = call.replication.replicas.count { call.sessions.contains($0) }
    let clients = call.sessions.handles.count - replicas
    call.logLine(.debug, "\(clients) clients connected (\(replicas) replicas), \(call.usedMemory) bytes in use")
  }

  /// Does one slice of work that waits for nobody: freeing what was dropped, expiring and evicting what is due.
  /// - Returns: whether there is more, so that the driver should not wait long.
  public mutating func runBackgroundSlice() -> Bool {
    if call.isLoading { return runLoadingSlice() }
    if call.shutdown.stage != .none { call.continueShutdown() }
    if call.reloadAsker != nil { reloadAppendOnly() }
    var hasMore = call.keyspace.reclaim(limit: 64)
    if runPayloadSlice() { hasMore = true }
    if runSnapshotSlice() { hasMore = true }
    if runExpirySlice() { hasMore = true }
    if runEvictionSlice() { hasMore = true }
    serveWaiting()
    endTurn()
    return hasMore
  }
}
