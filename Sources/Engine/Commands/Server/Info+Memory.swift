// INFO memory and persistence.
extension Call {
  func writeMemorySection(into info: inout InfoText) {
    let used = usedMemory
    let report = memoryReport()
    info.section("Memory")
    info.field("used_memory", used)
    info.human("used_memory_human", used)
    info.field("used_memory_rss", hostSample.residentBytes)
    info.human("used_memory_rss_human", hostSample.residentBytes)
    info.field("used_memory_peak", report.peak)
    info.human("used_memory_peak_human", report.peak)
    info.field("used_memory_peak_perc", report.peakPercentage, decimals: 2, suffix: "%")
    info.field("used_memory_overhead", report.overhead)
    info.field("used_memory_startup", report.startup)
    info.field("used_memory_dataset", report.dataset)
    info.field("used_memory_dataset_perc", report.datasetPercentage, decimals: 2, suffix: "%")
    info.field("allocator_allocated", hostSample.allocatorAllocated)
    info.field("allocator_active", hostSample.allocatorActive)
    info.field("allocator_resident", hostSample.allocatorResident)
    info.field("total_system_memory", facts.systemMemoryBytes)
    info.human("total_system_memory_human", facts.systemMemoryBytes)
    writeScriptMemory(into: &info)
    info.field("maxmemory", configuration.maxmemory)
    info.human("maxmemory_human", configuration.maxmemory)
    info.field("maxmemory_policy", configuration.maxmemoryPolicy.rawValue)
    info.field("allocator_frag_ratio", report.fragmentationRatio, decimals: 2)
    info.field("allocator_frag_bytes", report.fragmentationBytes)
    info.field("allocator_rss_ratio", report.allocatorResidentRatio, decimals: 2)
    info.field("allocator_rss_bytes", report.allocatorResidentBytes)
    info.field("rss_overhead_ratio", report.residentOverheadRatio, decimals: 2)
    info.field("rss_overhead_bytes", report.residentOverheadBytes)
    info.field("mem_fragmentation_ratio", report.totalFragmentationRatio, decimals: 2)
    info.field("mem_fragmentation_bytes", report.totalFragmentationBytes)
    info.field("mem_not_counted_for_evict", memoryNotCountedForEviction)
    info.field("mem_replication_backlog", log.allocatedBytes)
    info.field("mem_total_replication_buffers", log.allocatedBytes)
    info.field("mem_clients_slaves", report.replicaClients)
    info.field("mem_clients_normal", report.normalClients)
    info.field("mem_cluster_links", 0)
    info.field("mem_aof_buffer", 0)
    info.field("mem_allocator", facts.allocator)
    info.field("active_defrag_running", 0)
    info.field("lazyfree_pending_objects", keyspace.reclaimer.pendingKeys)
    info.field("lazyfreed_objects", keyspace.reclaimer.freedKeys)
  }

  private func writeScriptMemory(into info: inout InfoText) {
    info.field("used_memory_lua", 0)
    info.field("used_memory_vm_eval", 0)
    info.human("used_memory_lua_human", 0)
    info.field("used_memory_scripts_eval", 0)
    info.field("number_of_cached_scripts", 0)
    info.field("number_of_functions", 0)
    info.field("number_of_libraries", 0)
    info.field("used_memory_vm_functions", 0)
    info.field("used_memory_vm_total", 0)
    info.human("used_memory_vm_total_human", 0)
    info.field("used_memory_functions", 0)
    info.field("used_memory_scripts", 0)
    info.human("used_memory_scripts_human", 0)
  }

  func writePersistenceSection(into info: inout InfoText) {
    info.section("Persistence")
    info.field("loading", answersLoading ? 1 : 0)
    info.field("async_loading", isLoadingBeside ? 1 : 0)
    info.field("current_cow_peak", snapshot?.peakKeptBytes ?? 0)
    info.field("current_cow_size", keyspace.keptBytes + keyspace.flushedBytes)
    info.field("current_cow_size_age", 0)
    let job = snapshot
    let share = job.map { $0.totalKeys == 0 ? 100 : Double($0.writtenKeys) * 100 / Double($0.totalKeys) } ?? 0
    info.field("current_fork_perc", share, decimals: 2)
    info.field("current_save_keys_processed", job?.writtenKeys ?? 0)
    info.field("current_save_keys_total", job?.totalKeys ?? 0)
    writeSnapshotFields(into: &info)
    writeAppendOnlyFields(into: &info)
    info.field("module_fork_in_progress", 0)
    info.field("module_fork_last_cow_size", 0)
  }

  private func writeSnapshotFields(into info: inout InfoText) {
    let isSaving = snapshot.map { !$0.isRewrite } ?? false
    let record = persistence
    info.field("rdb_changes_since_last_save", keyspace.changes)
    info.field("rdb_bgsave_in_progress", isSaving ? 1 : 0)
    info.field("rdb_last_save_time", record.lastSave)
    info.field("rdb_last_bgsave_status", record.lastSaveSucceeded ? "ok" : "err")
    info.field("rdb_last_bgsave_time_sec", record.lastSaveSeconds)
    info.field("rdb_current_bgsave_time_sec", isSaving ? snapshotSeconds : -1)
    info.field("rdb_saves", record.saveCount)
    info.field("rdb_last_cow_size", record.lastSaveKeptBytes)
    info.field("rdb_last_load_keys_expired", record.expiredKeysAtLoad)
    info.field("rdb_last_load_keys_loaded", record.loadedKeys)
  }

  /// How long the snapshot under way has taken so far.
  private var snapshotSeconds: Int64 {
    snapshot.map { (now.monotonicMicroseconds - $0.startedAt.monotonicMicroseconds) / 1_000_000 } ?? -1
  }

  private func writeAppendOnlyFields(into info: inout InfoText) {
    let isRewriting = snapshot?.isRewrite ?? false
    let record = persistence
    info.field("aof_enabled", configuration.appendonly ? 1 : 0)
    info.field("aof_rewrite_in_progress", isRewriting ? 1 : 0)
    info.field("aof_rewrite_scheduled", record.isRewriteScheduled ? 1 : 0)
    info.field("aof_last_rewrite_time_sec", record.lastRewriteSeconds)
    info.field("aof_current_rewrite_time_sec", isRewriting ? snapshotSeconds : -1)
    info.field("aof_last_bgrewrite_status", record.lastRewriteSucceeded ? "ok" : "err")
    info.field("aof_rewrites", record.rewriteCount)
    info.field("aof_rewrites_consecutive_failures", record.rewriteFailures)
    info.field("aof_last_write_status", appendOnly.trouble == nil ? "ok" : "err")
    info.field("aof_last_cow_size", record.lastRewriteKeptBytes)
    writeLoadingFields(into: &info)
    guard isAppending else { return }
    info.field("aof_current_size", appendOnly.currentBytes)
    info.field("aof_base_size", appendOnly.baseBytes)
    info.field("aof_pending_rewrite", 0)
    info.field("aof_buffer_length", Int(log.end - appendOnly.writtenOffset))
    info.field("aof_pending_bio_fsync", appendOnly.syncTarget == nil ? 0 : 1)
    info.field("aof_delayed_fsync", statistics.delayedSyncs)
    info.field("aof_written_offset", appendOnly.writtenOffset)
    info.field("aof_synced_offset", appendOnly.syncedOffset)
  }

  private func writeLoadingFields(into info: inout InfoText) {
    if let loading {
      writeLoading(loading.startedAt, loading.loadedBytes, of: loading.totalBytes, into: &info)
    } else if replication.link.isBuilding {
      let link = (replication.link.payloadStart, replication.link.loadedBytes, Int(replication.link.payloadBytes))
      writeLoading(link.0, link.1, of: link.2, into: &info)
    }
  }

  private func writeLoading(_ start: Instant, _ loaded: Int, of total: Int, into info: inout InfoText) {
    let estimate = LoadingEstimate(loadedBytes: loaded, totalBytes: total, since: start, now: now)
    info.field("loading_start_time", start.unixSeconds)
    info.field("loading_total_bytes", total)
    info.field("loading_rdb_used_mem", 0)
    info.field("loading_loaded_bytes", loaded)
    info.field("loading_loaded_perc", estimate.percentage, decimals: 2)
    info.field("loading_eta_seconds", estimate.remainingSeconds)
  }
}
