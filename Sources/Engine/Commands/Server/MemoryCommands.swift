/// Where memory goes. Runs only where its subcommand is missing.
enum MemoryContainer: Command {
  static let spec = CommandSpec(
    "memory", since: "4.0.0", group: .server, arity: .atLeast(2), complexity: "Depends on subcommand.",
    summary: "Shows where memory goes.")

  static func execute(_ call: inout Call) throws(CommandError) { throw .wrongArgumentCount("memory") }
}

/// Tells how much memory a key and its value take.
enum MemoryUsage: Command {
  static let spec = CommandSpec(
    "usage", of: "memory", since: "4.0.0", group: .server, arity: .atLeast(3), flags: [.readOnly],
    keys: [.one([.ro], at: 2)], complexity: "O(N) where N is the number of samples.",
    summary: "Tells how much memory a key and its value take.", syntax: "key [SAMPLES count]")

  static func execute(_ call: inout Call) throws(CommandError) {
    var index = 3
    while index < call.arguments.count {
      guard call.arguments[index].equalsIgnoringCase("samples"), index + 1 < call.arguments.count else { throw .syntax }
      guard let samples = call.arguments[index + 1].parseInt64() else { throw .notInteger }
      guard samples >= 0 else { throw .syntax }
      index += 2
    }
    guard let entry = call.find(2, for: .peek) else { return call.reply.null() }
    // Besides the entry: its place in the table.
    call.reply.integer(entry.totalBytes + MemoryLayout<UInt64>.stride + 1)
  }
}

/// Tells where the server's memory goes, as data.
enum MemoryStats: Command {
  static let spec = CommandSpec(
    "stats", of: "memory", since: "4.0.0", group: .server, arity: .exactly(2),
    summary: "Tells where the server's memory goes.",
    tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"])

  static func execute(_ call: inout Call) throws(CommandError) {
    let report = call.memoryReport()
    call.reply.map(27 + report.tables.count)
    field(&call, "peak.allocated", report.peak)
    field(&call, "total.allocated", report.used)
    field(&call, "startup.allocated", report.startup)
    field(&call, "replication.backlog", call.log.allocatedBytes)
    field(&call, "clients.slaves", report.replicaClients)
    field(&call, "clients.normal", report.normalClients)
    field(&call, "cluster.links", 0)
    field(&call, "aof.buffer", 0)
    field(&call, "lua.caches", 0)
    field(&call, "functions.caches", 0)
    for (database, bytes) in report.tables {
      call.reply.bulk("db.\(database)")
      call.reply.map(3)
      field(&call, "overhead.hashtable.main", bytes)
      field(&call, "overhead.hashtable.expires", 0)
      field(&call, "overhead.hashtable.slot-to-keys", 0)
    }
    field(&call, "overhead.total", report.overhead)
    field(&call, "keys.count", report.keys)
    field(&call, "keys.bytes-per-key", report.bytesPerKey)
    field(&call, "dataset.bytes", report.dataset)
    field(&call, "dataset.percentage", report.datasetPercentage)
    field(&call, "peak.percentage", report.peakPercentage)
    field(&call, "allocator.allocated", report.allocated)
    field(&call, "allocator.active", report.active)
    field(&call, "allocator.resident", report.allocatorResident)
    field(&call, "allocator-fragmentation.ratio", report.fragmentationRatio)
    field(&call, "allocator-fragmentation.bytes", report.fragmentationBytes)
    field(&call, "allocator-rss.ratio", report.allocatorResidentRatio)
    field(&call, "allocator-rss.bytes", report.allocatorResidentBytes)
    field(&call, "rss-overhead.ratio", report.residentOverheadRatio)
    field(&call, "rss-overhead.bytes", report.residentOverheadBytes)
    field(&call, "fragmentation", report.totalFragmentationRatio)
    field(&call, "fragmentation.bytes", report.totalFragmentationBytes)
  }

  private static func field(_ call: inout Call, _ name: StaticString, _ value: Int) {
    call.reply.bulk(name)
    call.reply.integer(value)
  }

  private static func field(_ call: inout Call, _ name: StaticString, _ value: Double) {
    call.reply.bulk(name)
    call.reply.double(value)
  }
}

/// Says in words how memory is used.
enum MemoryDoctor: Command {
  static let spec = CommandSpec(
    "doctor", of: "memory", since: "4.0.0", group: .server, arity: .exactly(2),
    summary: "Says whether memory is used well.",
    tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"])

  static func execute(_ call: inout Call) throws(CommandError) {
    let report = call.memoryReport()
    guard report.used >= 5 << 20 else {
      return call.reply.verbatim("This server holds next to nothing: there is nothing to diagnose yet.\n")
    }
    var findings: [String] = []
    if Double(report.peak) > Double(report.used) * 1.5 {
      findings.append("The peak of memory was half again what is used now. MEMORY PURGE may give some back.")
    }
    if report.totalFragmentationRatio > 1.4, report.totalFragmentationBytes > 10 << 20 {
      findings.append("The process holds 1.4 times what the data need, by fragmentation or an earlier peak.")
    }
    if report.fragmentationRatio > 1.1, report.fragmentationBytes > 10 << 20 {
      findings.append("The allocator's pages are fragmented.")
    }
    if report.allocatorResidentRatio > 1.1, report.allocatorResidentBytes > 10 << 20 {
      findings.append("The allocator keeps pages it does not use. MEMORY PURGE gives them back.")
    }
    let clients = max(call.sessions.count - call.replication.replicas.count, 1)
    if report.normalClients / clients > 200 << 10 {
      findings.append("Clients have more than 200 KB of replies waiting each. CLIENT LIST shows which.")
    }
    if !call.replication.replicas.isEmpty, report.replicaClients > 10 << 20 {
      findings.append("Replicas read more slowly than they are fed. INFO replication shows which.")
    }
    call.reply.verbatim(
      findings.isEmpty
        ? "No memory problem was found.\n"
        : "Found:\n\n" + findings.map { " * \($0)\n" }.joined())
  }
}

/// Gives unused memory back to the system.
enum MemoryPurge: Command {
  static let spec = CommandSpec(
    "purge", of: "memory", since: "4.0.0", group: .server, arity: .exactly(2),
    complexity: "Depends on how much memory is allocated, could be slow",
    summary: "Gives memory that is not used back to the system.",
    tips: ["request_policy:all_shards", "response_policy:all_succeeded"])

  static func execute(_ call: inout Call) throws(CommandError) {
    call.cause(.purgeMemory)
    call.reply.ok()
  }
}

/// Shows the allocator's figures.
enum MemoryMallocStats: Command {
  static let spec = CommandSpec(
    "malloc-stats", of: "memory", since: "4.0.0", group: .server, arity: .exactly(2),
    complexity: "Depends on how much memory is allocated, could be slow", summary: "Shows the allocator's figures.",
    tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"])

  static func execute(_ call: inout Call) throws(CommandError) {
    let sample = call.hostSample
    call.reply.verbatim(
      "\(call.facts.allocator)\nAllocated: \(sample.allocatorAllocated), active: \(sample.allocatorActive), "
        + "resident: \(sample.allocatorResident)\n")
  }
}

enum MemoryHelp: Command {
  static let spec = CommandSpec(
    "help", of: "memory", since: "4.0.0", group: .server, arity: .exactly(2), flags: [.loading, .stale],
    summary: "Lists the subcommands.")

  static func execute(_ call: inout Call) throws(CommandError) { call.replyHelp() }
}
