// Ahead of a rewrite, what only the kernel has of the append-only file is brought to the disk. The next increment may begin
// when the last one is there: cut before, everybody who writes would wait as long as that takes.
extension Call {
  /// Bytes that need not be brought to the disk ahead.
  private static var negligibleBytes: Int64 { 32 << 20 }
  /// How often it is done at most: more comes meanwhile, though less each time where the disk is faster than the writers.
  private static var mostSyncs: Int { 4 }

  /// Has a sync done ahead of a rewrite, where much is with the kernel only and nobody else sees to it: under
  /// `appendfsync no`, or after `no-appendfsync-on-rewrite`. Then the rewrite is scheduled.
  /// - Returns: whether the rewrite is to wait for that.
  mutating func syncsAheadOfRewrite() -> Bool {
    if isRecording, appendOnly.trouble == nil {
      if persistence.wantsSyncAhead || persistence.syncsAhead > 0 && appendOnly.syncTarget != nil { return true }
      if appendOnly.writtenOffset - appendOnly.syncedOffset > Self.negligibleBytes, appendOnly.syncTarget == nil,
        now.monotonicMicroseconds - appendOnly.lastSyncStart > AppendOnlyLag.patienceMicroseconds,
        persistence.syncsAhead < Self.mostSyncs
      {
        persistence.syncsAhead += 1
        persistence.wantsSyncAhead = true
        persistence.isRewriteScheduled = true
        return true
      }
    }
    persistence.syncsAhead = 0
    persistence.wantsSyncAhead = false
    return false
  }
}
