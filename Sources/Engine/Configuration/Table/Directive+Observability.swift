extension Directive {
  /// Observability: notifications, slow log, latency, scripts.
  static let observability: [Directive] = [
    .special("notify-keyspace-events", .keyspaceEvents, "Which changes of keys are published, one letter each."),
    .integer(
      "slowlog-log-slower-than", \.slowlogLogSlowerThan, -1...Limit.int64,
      "Microseconds from which a command enters the slow log; -1 is off, 0 takes all."),
    .integer("slowlog-max-len", \.slowlogMaxLen, 0...Limit.int64, "Entries kept in the slow log."),
    .integer(
      "latency-monitor-threshold", \.latencyMonitorThreshold, 0...Limit.int64,
      "Milliseconds from which an event enters the latency monitor; 0 is off."),
    .flag("latency-tracking", \.latencyTracking, "Whether the latency of every command is recorded."),
    .special("latency-tracking-info-percentiles", .latencyPercentiles, "Percentiles that INFO shows of it."),
    .integer(
      "tracking-table-max-keys", \.trackingTableMaxKeys, 0...Limit.int64,
      "Keys remembered for client-side caching; 0 is no limit."),
    .integer(
      "busy-reply-threshold", alias: "lua-time-limit", \.busyReplyThreshold, 0...Limit.int64, support: .withoutEffect,
      "Milliseconds after which a running script makes others see BUSY."),
  ]
}
