// INFO server, clients, cpu, cluster, keyspace. Fields and their order are those of Redis 7.2.
extension Call {
  func writeServerSection(into info: inout InfoText) {
    let uptime = (now.monotonicMicroseconds - startedAt.monotonicMicroseconds) / 1_000_000
    info.section("Server")
    info.field("redis_version", Version.redis)
    info.field("server_name", "ringdove")
    info.field("ringdove_version", Version.ringdove)
    info.field("redis_git_sha1", "00000000")
    info.field("redis_git_dirty", 0)
    info.field("redis_build_id", "0")
    info.field("redis_mode", configuration.clusterEnabled ? "cluster" : "standalone")
    info.field("os", facts.operatingSystem)
    info.field("arch_bits", UInt.bitWidth)
    info.field("monotonic_clock", "POSIX clock_gettime")
    info.field("multiplexing_api", "io_uring")
    info.field("atomicvar_api", "none")
    info.field("gcc_version", "0.0.0")
    info.field("process_id", facts.processIdentifier)
    info.field("process_supervised", "no")
    info.field("run_id", runIdentifier)
    info.field("tcp_port", configuration.port)
    info.field("server_time_usec", now.unixMicroseconds)
    info.field("uptime_in_seconds", uptime)
    info.field("uptime_in_days", uptime / 86400)
    info.field("hz", configuration.hz)
    info.field("configured_hz", configuration.hz)
    info.field("lru_clock", AccessClock.seconds(now))
    info.field("executable", facts.executable)
    info.field("config_file", configuration.configurationFile)
    info.field("io_threads_active", 0)
    writeListeners(into: &info)
    if case .waiting(_, let deadline) = shutdown.stage {
      info.field("shutdown_in_milliseconds", max(deadline - now.monotonicMicroseconds, 0) / 1000)
    }
  }

  private func writeListeners(into info: inout InfoText) {
    var number = 0
    if configuration.port > 0 {
      let addresses = configuration.bind.map { ",bind=\($0)" }.joined()
      info.field(named: "listener\(number)", "name=tcp\(addresses),port=\(configuration.port)")
      number += 1
    }
    if !configuration.unixsocket.isEmpty {
      info.field(named: "listener\(number)", "name=unix,bind=\(configuration.unixsocket)")
    }
  }

  func writeClientsSection(into info: inout InfoText) {
    let handles = sessions.handles
    var replicas = 0
    var held = 0
    var largestInput = 0
    var largestOutput = 0
    for handle in handles {
      if sessions[handle].flags.contains(.replica) { replicas += 1 }
      if sessions[handle].heldBytes > 0 { held += 1 }
      largestInput = max(largestInput, sessions[handle].inputBytes)
      largestOutput = max(largestOutput, sessions[handle].pendingOutputBytes)
    }
    info.section("Clients")
    info.field("connected_clients", handles.count - replicas)
    info.field("cluster_connections", 0)
    info.field("maxclients", configuration.maxclients)
    info.field("client_recent_max_input_buffer", largestInput)
    info.field("client_recent_max_output_buffer", largestOutput)
    info.field("blocked_clients", sessions.blockedCount)
    info.field("clients_awaiting_barrier", held)
    info.field("tracking_clients", tracking.sessionCount)
    info.field("pubsub_clients", subscriberCount)
    info.field("watching_clients", watches.sessionCount)
    info.field("clients_in_timeout_table", waits.timedCount)
    info.field("total_watched_keys", watches.keyCount)
    info.field("total_blocking_keys", waits.keyCount)
    info.field("total_blocking_keys_on_nokey", waits.keyCountEndingWithKey)
  }

  func writeProcessorSection(into info: inout InfoText) {
    let system = Double(hostSample.systemMicroseconds) / 1_000_000
    let user = Double(hostSample.userMicroseconds) / 1_000_000
    info.section("CPU")
    info.field("used_cpu_sys", system, decimals: 6)
    info.field("used_cpu_user", user, decimals: 6)
    info.field("used_cpu_sys_children", 0, decimals: 6)
    info.field("used_cpu_user_children", 0, decimals: 6)
    info.field("used_cpu_sys_main_thread", system, decimals: 6)
    info.field("used_cpu_user_main_thread", user, decimals: 6)
  }

  func writeClusterSection(into info: inout InfoText) {
    info.section("Cluster")
    info.field("cluster_enabled", configuration.clusterEnabled)
  }

  func writeKeyspaceSection(into info: inout InfoText) {
    info.section("Keyspace")
    for index in 0..<keyspace.count where keyspace[index].count > 0 {
      let keys = keyspace[index].count
      let expiring = keyspace[index].expiringCount
      let average = expiring > 0 ? keyspace[index].averageTimeToLive : 0
      info.field(named: "db\(index)", "keys=\(keys),expires=\(expiring),avg_ttl=\(average)")
    }
  }
}
