/// What became of the data set's files, as LASTSAVE and INFO persistence tell it.
struct PersistenceRecord {
  /// Keys that the last load from a snapshot brought, and those it left out as expired.
  var loadedKeys = 0
  var expiredKeysAtLoad = 0
  /// When the snapshot file was last written, seconds since 1970.
  var lastSave: Int64
  /// When that was last tried.
  var lastSaveTry: Int64 = 0
  var lastSaveSucceeded = true
  /// How long the last snapshot in the background took, seconds; -1: there was none.
  var lastSaveSeconds: Int64 = -1
  /// Most bytes that were kept for it as they were.
  var lastSaveKeptBytes = 0
  var saveCount = 0
  /// Whether a snapshot is to be taken when what is under way is over (BGSAVE SCHEDULE).
  var isSaveScheduled = false
  /// Who waits to have the data set written (SAVE) until a rewrite is over.
  var saveAskers: [SessionHandle] = []
  var isRewriteScheduled = false
  /// How often the file was brought to the disk ahead of that rewrite, and whether it is to be once more.
  var syncsAhead = 0
  var wantsSyncAhead = false
  var lastRewriteSucceeded = true
  var lastRewriteSeconds: Int64 = -1
  var lastRewriteKeptBytes = 0
  var rewriteCount = 0
  /// Rewrites that failed one after the other, and when the last one began, seconds since 1970.
  var rewriteFailures = 0
  var lastRewriteTry: Int64 = 0
  /// The pause, in minutes, that the log was told of last.
  var announcedLimit = 0

  init(startedAt: Instant) { lastSave = startedAt.unixSeconds }
}
