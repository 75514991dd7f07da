extension Directive {
  /// Persistence: snapshots and the append-only file.
  static let persistence: [Directive] = [
    .special(
      "save", .save,
      "Snapshot after so many seconds when at least so many keys changed: `<seconds> <changes>` pairs; empty takes none."
    ),
    .text(
      "dbfilename", \.dbfilename, validate: Directive.checkBaseName("dbfilename", kind: "filename"),
      traits: [.protected], "Name of the snapshot file inside `dir`."),
    .flag("rdbcompression", \.rdbcompression, "Whether snapshots compress long strings."),
    .flag("rdbchecksum", \.rdbchecksum, traits: [.immutable], "Whether snapshots end with a checksum."),
    .flag(
      "rdb-save-incremental-fsync", \.rdbSaveIncrementalFsync,
      "Whether a snapshot is brought to disk piece by piece, every 32 MiB."),
    .memory(
      "snapshot-preimage-limit", \.snapshotPreimageLimit, 0...Limit.int64,
      "Bytes that changed keys, as they were, may take until a snapshot or rewrite has them; it is given up beyond. 0: any."
    ),
    .flag(
      "rdb-del-sync-files", \.rdbDelSyncFiles,
      "Whether files used only to feed replicas are deleted afterwards."),
    .integer(
      "rdb-key-save-delay", \.rdbKeySaveDelay, Limit.leastInt32...Limit.int32, traits: [.hidden],
      "Microseconds a snapshot pauses after each key, for tests."),
    .integer(
      "key-load-delay", \.keyLoadDelay, Limit.leastInt32...Limit.int32, traits: [.hidden],
      "Microseconds loading pauses after each key, for tests."),
    .integer(
      "loading-process-events-interval-bytes", \.loadingProcessEventsIntervalBytes, 1024...Limit.int32,
      traits: [.hidden], "Bytes loaded between two looks at clients."),
    .flag(
      "stop-writes-on-bgsave-error", \.stopWritesOnBgsaveError,
      "Whether writes are refused after a snapshot failed."),
    .flag(
      "appendonly", \.appendonly, traits: [.deniedWhileLoading],
      "Whether every write is logged to the append-only file."),
    .text(
      "appendfilename", \.appendfilename, validate: Directive.checkAppendFilename, traits: [.immutable],
      "First part of the append-only files' names."),
    .text(
      "appenddirname", \.appenddirname, validate: Directive.checkAppendDirname, traits: [.immutable],
      "Directory of the append-only files, inside `dir`."),
    .choice("appendfsync", \.appendfsync, "When the append-only file is brought to disk."),
    .flag(
      "no-appendfsync-on-rewrite", \.noAppendfsyncOnRewrite,
      "Whether `everysec` brings nothing to disk while a snapshot or rewrite is being written. `always` does all the same."
    ),
    .integer(
      "auto-aof-rewrite-percentage", \.autoAofRewritePercentage, 0...Limit.int32,
      "Growth, in percent, at which the append-only file is rewritten."),
    .memory(
      "auto-aof-rewrite-min-size", \.autoAofRewriteMinSize, 0...Limit.int64,
      "Size below which it is not rewritten."),
    .flag(
      "aof-rewrite-incremental-fsync", \.aofRewriteIncrementalFsync,
      "Whether a rewrite is brought to disk piece by piece, every 32 MiB."),
    .flag(
      "aof-load-truncated", \.aofLoadTruncated,
      "Whether a file that ends in the middle of a command is loaded."),
    .flag(
      "aof-use-rdb-preamble", \.aofUseRdbPreamble,
      "Whether a rewritten file begins as a snapshot."),
    .flag(
      "aof-timestamp-enabled", \.aofTimestampEnabled,
      "Whether the append-only file carries times."),
    .memory(
      "aof-history-size", \.aofHistorySize, 0...Limit.int64,
      "Bytes of increments kept that a rewrite would delete, for replicas that were away for long."),
    .memory(
      "aof-buffer-limit", \.aofBufferLimit, 0...Limit.int64,
      "Bytes that may wait in memory for the append-only file (`aof_buffer_length`), and as many of replies that are held; clients that would add to them wait. 0: any."
    ),
    .flag(
      "aof-disable-auto-gc", \.aofDisableAutoGc, "Whether replaced append-only files are kept."),
  ]
}
