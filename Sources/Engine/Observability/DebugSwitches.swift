/// What DEBUG turns on and off. Nothing but tests touches these.
struct DebugSwitches: Sendable {
  /// Whether expired keys are looked for in the background (SET-ACTIVE-EXPIRE).
  var expiresActively = true
  /// Whether periodic work is put off (PAUSE-CRON).
  var pausesPeriodicWork = false
  /// Whether payloads and snapshots are taken whatever their checksum (SET-SKIP-CHECKSUM-VALIDATION).
  var skipsChecksums = false
  /// How long nothing is done before each write to the append-only file (AOF-FLUSH-SLEEP).
  var appendOnlyFlushMicroseconds: Int64 = 0
  /// Bytes from which on an element of a list has a node to itself (QUICKLIST-PACKED-THRESHOLD).
  var listPlainBytes = ListLimits.defaultPlainBytes
  /// The point of a file's life at which the process ends as if killed (CRASH-AT); nil: none.
  var crashPoint: CrashPoint?
}

/// Points of the life of files, and of replication, between which a crash leaves something different behind.
enum CrashPoint: String, Sendable, CaseIterable {
  /// A write of the log was begun; it is in the file; a sync was begun; it has ended: nobody was told of any of it.
  case append, appended, fsync, fsynced
  /// Another increment is there, but not in the list; it is in the list.
  case increment, rewrite
  /// A part of a snapshot is in its file.
  case snapshot
  /// A new base has its name, but is not in the list; it is in the list.
  case rename, manifest
  /// A snapshot has its name.
  case saved
  /// A replica may go on from where it was, and was not told; a part of the log has left for it; a primary has let this
  /// replica go on, and nothing that follows was applied.
  case resume, feed, resumed
}
