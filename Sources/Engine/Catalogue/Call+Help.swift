extension Call {
  /// Answers HELP of a container: its subcommands with their arguments, from the catalogue.
  mutating func replyHelp() {
    guard let container = catalogue.specs[identity].container else { return }
    let parent = catalogue.topLevel.first { catalogue.specs[$0].name.description == container.description }
    guard let parent else { return }
    let specs = catalogue.subcommands(of: parent).map { catalogue.specs[$0] }
      .filter { $0.name.description != "help" }
    replyHelp(
      of: container.description,
      specs.flatMap { ["\($0.name.description.uppercased()) \($0.syntax)".trimmingLastBlank, "    \($0.summary)"] })
  }

  /// Answers HELP with lines of its own.
  mutating func replyHelp(of command: String, _ lines: [String]) {
    reply.array(lines.count + 3)
    reply.simple("\(command.uppercased()) <subcommand> [<arg> [value] [opt] ...]. Subcommands are:")
    for line in lines { reply.simple(line) }
    reply.simple("HELP")
    reply.simple("    Print this help.")
  }
}

extension String {
  fileprivate var trimmingLastBlank: String { hasSuffix(" ") ? String(dropLast()) : self }
}
