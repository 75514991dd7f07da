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
}
