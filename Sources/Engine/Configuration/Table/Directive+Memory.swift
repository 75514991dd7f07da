extension Directive {
  /// Memory: limit, eviction, expiry and freeing.
  static let memory: [Directive] = [
    .memory("maxmemory", \.maxmemory, 0...Limit.int64, "Memory the data may use; 0 is no limit."),
    .choice("maxmemory-policy", \.maxmemoryPolicy, "Which keys make room when the limit is reached."),
    .integer("maxmemory-samples", \.maxmemorySamples, 1...Limit.int32, "Keys looked at to find one to evict."),
    .integer(
      "maxmemory-eviction-tenacity", \.maxmemoryEvictionTenacity, 0...100,
      "How much time one turn may spend on eviction, 0 to 100."),
    .integer("active-expire-effort", \.activeExpireEffort, 1...10, "How hard expired keys are looked for, 1 to 10."),
    .integer("lfu-log-factor", \.lfuLogFactor, 0...Limit.int32, "Hits it takes to raise a key's frequency counter."),
    .integer(
      "lfu-decay-time", \.lfuDecayTime, 0...Limit.int32, "Minutes after which an unused key's frequency counter falls."),
    .flag("lazyfree-lazy-eviction", \.lazyfreeLazyEviction, "Whether evicted values are freed in slices."),
    .flag("lazyfree-lazy-expire", \.lazyfreeLazyExpire, "Whether expired values are freed in slices."),
    .flag(
      "lazyfree-lazy-server-del", \.lazyfreeLazyServerDel, "Whether values replaced by a command are freed in slices."),
    .flag("lazyfree-lazy-user-del", \.lazyfreeLazyUserDel, "Whether DEL frees like UNLINK."),
    .flag(
      "lazyfree-lazy-user-flush", \.lazyfreeLazyUserFlush,
      support: .withoutEffect, "Whether FLUSHALL and FLUSHDB free in slices when neither SYNC nor ASYNC is said."),
    .flag(
      "activedefrag", \.activedefrag, support: .inertOnly(), "Whether scattered memory is moved together."),
    .integer(
      "active-defrag-cycle-min", \.activeDefragCycleMin, 1...99, support: .withoutEffect,
      "Least share of processor time for defragmentation, percent."),
    .integer(
      "active-defrag-cycle-max", \.activeDefragCycleMax, 1...99, support: .withoutEffect,
      "Greatest share of processor time for defragmentation, percent."),
    .integer(
      "active-defrag-threshold-lower", \.activeDefragThresholdLower, 0...1000, support: .withoutEffect,
      "Fragmentation at which defragmentation begins, percent."),
    .integer(
      "active-defrag-threshold-upper", \.activeDefragThresholdUpper, 0...1000, support: .withoutEffect,
      "Fragmentation at which it works hardest, percent."),
    .integer(
      "active-defrag-max-scan-fields", \.activeDefragMaxScanFields, 1...Limit.int64, support: .withoutEffect,
      "Fields above which a value is defragmented by itself."),
    .memory(
      "active-defrag-ignore-bytes", \.activeDefragIgnoreBytes, 1...Limit.int64, support: .withoutEffect,
      "Waste below which defragmentation does not begin."),
  ]
}
