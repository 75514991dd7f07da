/// Tells of the server's state, section by section.
enum Info: Command {
  static let spec = CommandSpec(
    "info", since: "1.0.0", group: .server, arity: .atLeast(1), flags: [.loading, .stale], categories: [.dangerous],
    summary: "Tells what state the server is in, with figures.", syntax: "[section [section ...]]",
    tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
    history: [("7.0.0", "Added support for taking multiple section arguments.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    let wanted = sections(call.arguments)
    call.noteMemoryPeak()
    var info = InfoText()
    for section in InfoSection.allCases where wanted.contains(section) { call.write(section, into: &info) }
    call.reply.verbatim(info.text)
  }

  /// The sections that the arguments name; unknown names stand for nothing.
  private static func sections(_ arguments: Arguments) -> Set<InfoSection> {
    if arguments.count == 1 { return InfoSection.standard }
    var wanted: Set<InfoSection> = []
    for index in 1..<arguments.count {
      switch String(decoding: arguments[index].array.lowercasedASCII, as: UTF8.self) {
      case "default": wanted.formUnion(InfoSection.standard)
      case "all", "everything": wanted.formUnion(InfoSection.allCases)
      case "module_list": wanted.insert(.modules)
      case let name: if let section = InfoSection(rawValue: name) { wanted.insert(section) }
      }
    }
    return wanted
  }
}

/// The sections of INFO, in Redis's order.
enum InfoSection: String, CaseIterable {
  case server, clients, memory, persistence, stats, replication, cpu, modules, commandstats, errorstats, latencystats
  case cluster, keyspace

  /// What INFO shows unasked.
  static let standard: Set<InfoSection> = [
    .server, .clients, .memory, .persistence, .stats, .replication, .cpu, .modules, .errorstats, .cluster, .keyspace,
  ]
}

extension Call {
  /// Raises the peak of memory where more is used now.
  mutating func noteMemoryPeak() { statistics.peakMemory = max(statistics.peakMemory, usedMemory) }

  fileprivate func write(_ section: InfoSection, into info: inout InfoText) {
    switch section {
    case .server: writeServerSection(into: &info)
    case .clients: writeClientsSection(into: &info)
    case .memory: writeMemorySection(into: &info)
    case .persistence: writePersistenceSection(into: &info)
    case .stats: writeStatsSection(into: &info)
    case .replication: writeReplicationSection(into: &info)
    case .cpu: writeProcessorSection(into: &info)
    case .modules: info.section("Modules")
    case .commandstats: writeCommandSection(into: &info)
    case .errorstats: writeErrorSection(into: &info)
    case .latencystats: writeLatencySection(into: &info)
    case .cluster: writeClusterSection(into: &info)
    case .keyspace: writeKeyspaceSection(into: &info)
    }
  }
}
