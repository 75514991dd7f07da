// The gates before a command, in Redis's order (`processCommand`): what does not exist, has the wrong number of
// arguments or may not run now is refused here, and the command itself never has to ask.
extension Engine {
  /// The command to run for the call's arguments, or nil where it was refused, in which case the reply is written.
  @inline(__always)
  mutating func admit(_ identity: Int) -> Catalogue.Entry? {
    guard identity >= 0 else {
      refuseUnknown()
      return nil
    }
    var entry = call.catalogue[identity]
    if entry.hasSubcommands {
      guard let subcommand = findSubcommand(of: entry) else { return nil }
      entry = subcommand
    }
    guard entry.arity.accepts(call.arguments.count) else {
      reject(.wrongArgumentCount(call.catalogue.specs[entry.identity].fullName), entry)
      return nil
    }
    let session = call.session
    if !call.sessions[session].flags.contains(.authenticated), !entry.flags.contains(.noAuthentication) {
      reject(.noAuthentication, entry)
      return nil
    }
    if call.isReplica, entry.flags.contains(.write), call.configuration.replicaReadOnly, !call.isFromPrimary {
      reject(.readOnlyReplica, entry)
      return nil
    }
    return entry
  }

  private mutating func findSubcommand(of container: Catalogue.Entry) -> Catalogue.Entry? {
    // With one argument, the container's own arity speaks.
    guard call.arguments.count > 1 else {
      if container.arity.accepts(1) { return container }
      reject(.wrongArgumentCount(call.catalogue.specs[container.identity].fullName), container)
      return nil
    }
    if let found = call.catalogue.findSubcommand(call.arguments[1], of: container) { return found }
    let name = call.catalogue.specs[container.identity].name.description
    reject(.unknownSubcommand(String(call.arguments[1].text.prefix(128)), of: name), container)
    return nil
  }

  @inline(never)
  private mutating func refuseUnknown() {
    var arguments = ""
    for index in 1..<max(call.arguments.count, 1) where arguments.utf8.count < 128 {
      arguments += "'\(String(call.arguments[index].text.prefix(128 - arguments.utf8.count)))' "
    }
    let name = String(call.arguments[0].text.prefix(128))
    call.reply.error("ERR unknown command '\(name)', with args beginning with: \(arguments)")
    call.statistics.errorReplies += 1
    call.reply.errorCount = 0
  }

  @inline(never)
  private mutating func reject(_ error: CommandError, _ entry: Catalogue.Entry) {
    call.reply.error(error)
    call.reply.errorCount = 0
    call.statistics.errorReplies += 1
    call.commandStatistics[entry.identity].rejected += 1
  }
}
