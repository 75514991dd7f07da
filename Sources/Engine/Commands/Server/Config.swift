/// What the configuration is, and how it changes while the server runs. Runs only where its subcommand is missing.
enum Config: Command {
  static let spec = CommandSpec(
    "config", since: "2.0.0", group: .server, arity: .atLeast(2), complexity: "Depends on subcommand.",
    summary: "Reads and changes the configuration.")

  static func execute(_ call: inout Call) throws(CommandError) { throw .wrongArgumentCount("config") }
}

/// Shows directives whose names match patterns.
enum ConfigGet: Command {
  static let spec = CommandSpec(
    "get", of: "config", since: "2.0.0", group: .server, arity: .atLeast(3),
    flags: [.admin, .noScript, .loading, .stale],
    complexity: "O(N) when N is the number of configuration parameters provided",
    summary: "Shows the directives that match any of the patterns.", syntax: "parameter [parameter ...]",
    history: [("7.0.0", "Added the ability to pass multiple pattern parameters in one call")])

  static func execute(_ call: inout Call) throws(CommandError) {
    let found = call.configuration.matching((2..<call.arguments.count).map { call.arguments[$0].array })
    call.reply.map(found.count)
    for (name, value) in found {
      call.reply.bulk(name)
      call.reply.bulk(value)
    }
  }
}

/// Changes directives: all that are named, or none.
enum ConfigSet: Command {
  static let spec = CommandSpec(
    "set", of: "config", since: "2.0.0", group: .server, arity: .atLeast(4),
    flags: [.admin, .noScript, .loading, .stale],
    complexity: "O(N) when N is the number of configuration parameters provided",
    summary: "Changes directives, all of them or none.", syntax: "parameter value [parameter value ...]",
    tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
    history: [("7.0.0", "Added the ability to set multiple parameters in one call.")])

  static func execute(_ call: inout Call) throws(CommandError) {
    let arguments = call.arguments
    guard arguments.count % 2 == 0 else { throw .syntax }
    for index in stride(from: 2, to: arguments.count, by: 2)
    where Directive.named(arguments[index].array)?.traits.contains(.sensitive) == true {
      call.redact(index + 1)
    }
    let pairs = stride(from: 2, to: arguments.count, by: 2).map { index in
      (name: arguments[index].array, value: arguments[index + 1].array)
    }
    let change: ConfigurationChange
    do throws(ConfigurationSetError) {
      change = try call.configuration.setting(
        pairs, isLocalClient: call.isLocal(call.session), isLoading: call.answersLoading || call.isLoadingBeside)
    } catch {
      throw .composed(error.text)
    }
    if change.changed.contains("dir"), call.isBoundToDirectory || change.changed.contains("appendonly") {
      throw .composed(
        ConfigurationSetError.refused(
          "dir".utf8, "the append-only file, or a snapshot that is being written, is in the present one"
        ).text)
    }
    let previous = call.configuration
    if !Call.barrierDirectives.isDisjoint(with: change.changed) { call.keepBarriers() }
    call.configuration = change.configuration
    if change.changed.contains("appendonly"), !call.switchAppendOnly() {
      call.configuration = previous
      throw .composed(
        ConfigurationSetError.refused("appendonly".utf8, "Unable to turn on AOF. Check server logs.").text)
    }
    call.configurationChanged(change.changed)
    if !ConfigurationTrial.directives.isDisjoint(with: change.changed) {
      return call.tryConfiguration(insteadOf: previous, change.changed)
    }
    call.reply.ok()
  }
}

/// Forgets what was counted.
enum ConfigResetStat: Command {
  static let spec = CommandSpec(
    "resetstat", of: "config", since: "2.0.0", group: .server, arity: .exactly(2),
    flags: [.admin, .noScript, .loading, .stale], summary: "Sets the statistics back to zero.",
    tips: ["request_policy:all_nodes", "response_policy:all_succeeded"])

  static func execute(_ call: inout Call) throws(CommandError) {
    call.statistics.reset(baseline: call.hostSample, usedMemory: call.usedMemory)
    for identity in 0..<call.commandStatistics.count { call.commandStatistics[identity] = CommandStatistics() }
    call.histograms.removeAll()
    call.keyspace.reclaimer.freedKeys = 0
    call.reply.ok()
  }
}

/// Writes the configuration into the file that the server was started with.
enum ConfigRewrite: Command {
  static let spec = CommandSpec(
    "rewrite", of: "config", since: "2.8.0", group: .server, arity: .exactly(2),
    flags: [.admin, .noScript, .loading, .stale], summary: "Writes the configuration in force to its file.",
    tips: ["request_policy:all_nodes", "response_policy:all_succeeded"])

  static func execute(_ call: inout Call) throws(CommandError) {
    guard !call.configuration.configurationFile.isEmpty else {
      throw .text("ERR The server is running without a config file")
    }
    // Within a transaction the reply cannot wait for the file: a failure is then told by the log alone.
    guard !call.sessions[call.session].flags.contains(.transaction) else {
      call.cause(.rewriteConfiguration(.none))
      return call.reply.ok()
    }
    call.sessions.setBlocked(call.session, true)
    call.cause(.rewriteConfiguration(call.session))
  }
}

enum ConfigHelp: Command {
  static let spec = CommandSpec(
    "help", of: "config", since: "5.0.0", group: .server, arity: .exactly(2), flags: [.loading, .stale],
    summary: "Lists the subcommands.")

  static func execute(_ call: inout Call) throws(CommandError) { call.replyHelp() }
}
