/// What DEBUG turns on and off. Nothing but tests touches these.
struct DebugSwitches: Sendable {
  /// Whether expired keys are looked for in the background (SET-ACTIVE-EXPIRE).
  var expiresActively = true
  /// Whether periodic work is put off (PAUSE-CRON).
  var pausesPeriodicWork = false
  /// Whether scripts may call what is denied to them (SET-DISABLE-DENY-SCRIPTS).
  var allowsDeniedInScripts = false
  /// Whether checksums of snapshots and payloads are taken for right (SET-SKIP-CHECKSUM-VALIDATION).
  var skipsChecksums = false
}
