// INFO stats, commandstats, errorstats, latencystats.
extension Call {
  func writeStatsSection(into info: inout InfoText) {
    let base = statistics.baseline
    info.section("Stats")
    info.field("total_connections_received", statistics.connections)
    info.field("total_commands_processed", statistics.commands)
    info.field("instantaneous_ops_per_sec", Int64(statistics.commandRate.perSecond))
    info.field("total_net_input_bytes", hostSample.bytesReceived - base.bytesReceived)
    info.field("total_net_output_bytes", hostSample.bytesSent - base.bytesSent)
    info.field("total_net_repl_input_bytes", 0)
    info.field("total_net_repl_output_bytes", 0)
    info.field("instantaneous_input_kbps", statistics.inputRate.perSecond / 1024, decimals: 2)
    info.field("instantaneous_output_kbps", statistics.outputRate.perSecond / 1024, decimals: 2)
    info.field("instantaneous_input_repl_kbps", 0, decimals: 2)
    info.field("instantaneous_output_repl_kbps", 0, decimals: 2)
    info.field("rejected_connections", hostSample.rejectedConnections - base.rejectedConnections)
    info.field("sync_full", statistics.fullResyncs)
    info.field("sync_partial_ok", statistics.partialResyncsAccepted)
    info.field("sync_partial_err", statistics.partialResyncsRefused)
    info.field("sync_partial_from_files", statistics.partialResyncsFromFiles)
    writeKeyStatistics(into: &info)
    info.field("latest_fork_usec", 0)
    info.field("total_forks", 0)
    info.field("migrate_cached_sockets", 0)
    info.field("slave_expires_tracked_keys", replication.localExpiries.count)
    writeDefragmentation(into: &info)
    info.field("tracking_total_keys", tracking.keyCount)
    info.field("tracking_total_items", tracking.itemCount)
    info.field("tracking_total_prefixes", tracking.prefixCount)
    info.field("unexpected_error_replies", statistics.unexpectedErrorReplies)
    info.field("total_error_replies", statistics.errorReplies)
    info.field("dump_payload_sanitizations", 0)
    info.field("total_reads_processed", statistics.readsProcessed)
    info.field("total_writes_processed", statistics.writesProcessed)
    info.field("io_threaded_reads_processed", 0)
    info.field("io_threaded_writes_processed", 0)
    info.field("reply_buffer_shrinks", 0)
    info.field("reply_buffer_expands", 0)
    writeLoop(into: &info)
    info.field("acl_access_denied_auth", statistics.deniedAuthentications)
    info.field("acl_access_denied_cmd", statistics.deniedCommands)
    info.field("acl_access_denied_key", statistics.deniedKeys)
    info.field("acl_access_denied_channel", statistics.deniedChannels)
    info.field("client_query_buffer_limit_disconnections", statistics.queryBufferLimitDisconnections)
    info.field("client_output_buffer_limit_disconnections", statistics.outputBufferLimitDisconnections)
    info.field("ring_enters", hostSample.ringEnters - base.ringEnters)
    info.field("ring_submissions", hostSample.ringSubmissions - base.ringSubmissions)
    info.field("ring_completions", hostSample.ringCompletions - base.ringCompletions)
  }

  private func writeKeyStatistics(into info: inout InfoText) {
    info.field("expired_keys", statistics.expiredKeys)
    info.field("expired_subkeys", statistics.expiredFields)
    info.field("expired_stale_perc", keyspace.expiryCycle.staleShare * 100, decimals: 2)
    info.field("expired_time_cap_reached_count", statistics.expiredTimeCapReached)
    info.field("expire_cycle_cpu_milliseconds", 0)
    info.field("evicted_keys", statistics.evictedKeys)
    info.field("evicted_clients", statistics.evictedClients)
    info.field("total_eviction_exceeded_time", 0)
    info.field("current_eviction_exceeded_time", 0)
    info.field("keyspace_hits", statistics.keyspaceHits)
    info.field("keyspace_misses", statistics.keyspaceMisses)
    info.field("pubsub_channels", pubSub.channels.count)
    info.field("pubsub_patterns", pubSub.patterns.count)
    info.field("pubsubshard_channels", pubSub.shardChannels.count)
  }

  private func writeDefragmentation(into info: inout InfoText) {
    info.field("active_defrag_hits", 0)
    info.field("active_defrag_misses", 0)
    info.field("active_defrag_key_hits", 0)
    info.field("active_defrag_key_misses", 0)
    info.field("total_active_defrag_time", 0)
    info.field("current_active_defrag_time", 0)
  }

  /// The loop is the ring: a cycle is one entry into the kernel. Its time is not measured apart from the commands'.
  private func writeLoop(into info: inout InfoText) {
    var nanoseconds: Int64 = 0
    for identity in 0..<commandStatistics.count { nanoseconds += commandStatistics[identity].nanoseconds }
    let cycles = hostSample.ringEnters - statistics.baseline.ringEnters
    info.field("eventloop_cycles", cycles)
    info.field("eventloop_duration_sum", nanoseconds / 1000)
    info.field("eventloop_duration_cmd_sum", nanoseconds / 1000)
    info.field("instantaneous_eventloop_cycles_per_sec", Int64(statistics.cycleRate.perSecond))
    info.field("instantaneous_eventloop_duration_usec", cycles > 0 ? nanoseconds / 1000 / cycles : 0)
  }

  func writeCommandSection(into info: inout InfoText) {
    info.section("Commandstats")
    for identity in 0..<commandStatistics.count {
      let known = commandStatistics[identity]
      guard known.calls > 0 || known.failed > 0 || known.rejected > 0 else { continue }
      let microseconds = known.nanoseconds / 1000
      let each = known.calls == 0 ? 0 : Double(known.nanoseconds) / 1000 / Double(known.calls)
      info.field(
        named: "cmdstat_\(catalogue.specs[identity].fullName)",
        "calls=\(known.calls),usec=\(microseconds),usec_per_call=\(each.text(decimals: 2))"
          + ",rejected_calls=\(known.rejected),failed_calls=\(known.failed)")
    }
  }

  func writeErrorSection(into info: inout InfoText) {
    info.section("Errorstats")
    for (code, count) in statistics.errorsByCode.sorted(by: { $0.key < $1.key }) {
      info.field(named: "errorstat_\(code.forInfo)", "count=\(count)")
    }
  }

  func writeLatencySection(into info: inout InfoText) {
    info.section("Latencystats")
    guard configuration.latencyTracking else { return }
    for identity in 0..<commandStatistics.count where commandStatistics[identity].histogram >= 0 {
      let histogram = commandStatistics[identity].histogram
      let values = configuration.latencyTrackingInfoPercentiles.map { percentile in
        let nanoseconds = histograms.value(atPercentile: percentile, of: histogram)
        return "p\(percentile.shortText)=\((Double(nanoseconds) / 1000).text(decimals: 3))"
      }
      info.field(
        named: "latency_percentiles_usec_\(catalogue.specs[identity].fullName)", values.joined(separator: ","))
    }
  }
}

extension Double {
  /// The number without needless zeros: `50`, `99.9`.
  fileprivate var shortText: String {
    var text = text(decimals: 6)
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }
}

extension String {
  /// The text with what would break a line of INFO replaced.
  fileprivate var forInfo: String { String(map { $0 == ":" || $0 == "#" || $0.isNewline ? "_" : $0 }) }
}
