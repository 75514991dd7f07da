import Foundation
import Testing

@testable import Engine

/// docs/commands.md says what the catalogue says. `RINGDOVE_WRITE_DOCS=1 swift test --filter CommandReference` writes it.
@Suite struct CommandReferenceTests {
  @Test func thePageIsInStepWithTheCatalogue() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let file = root.appendingPathComponent("docs/commands.md")
    let page = CommandReference.page(AllCommands.list.map { $0.spec })
    if ProcessInfo.processInfo.environment["RINGDOVE_WRITE_DOCS"] != nil {
      try page.write(to: file, atomically: true, encoding: .utf8)
    }
    let written = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    let differing = zip(written.split(separator: "\n"), page.split(separator: "\n")).first { $0 != $1 }
    #expect(
      written == page,
      "docs/commands.md is behind the catalogue (first at \(differing?.1 ?? "its end")): run this test with RINGDOVE_WRITE_DOCS=1"
    )
  }
}

/// `rename-command` takes the names of all commands of Redis 7.2, whether they are here or not.
@Suite struct CommandNameTests {
  @Test func theMissingOnesAreThoseOfRedisThatAreNotHere() {
    let here = Set(AllCommands.list.filter { $0.spec.container == nil }.map { "\($0.spec.name)" })
    let all = RedisCommands.byGroup.flatMap(\.names).filter { !$0.contains(" ") }.map { $0.lowercased() }
    #expect(all.filter { !here.contains($0) }.sorted() == AllCommands.missing.sorted())
    for name in ["get", "config", "eval", "migrate"] { #expect(AllCommands.has(Array(name.utf8)), "\(name)") }
    for name in ["nope", "", "encoding", "GET"] { #expect(!AllCommands.has(Array(name.utf8)), "\(name)") }
  }
}

/// The page about all commands.
enum CommandReference {
  static func page(_ specs: [CommandSpec]) -> String {
    let known = Set(specs.map(\.pageName))
    let all = RedisCommands.byGroup.flatMap(\.names)
    let present = all.filter(known.contains).count
    var text = """
      # Commands

      What the catalogue says (`Sources/Engine/Commands`), written by a test: see `CommandReferenceTests`. \
      Of the \(all.count) commands and subcommands of Redis 7.2 (Sentinel's apart), \(present) are there.

      """
    for group in groups {
      let members = specs.filter { $0.group.rawValue == group }
      if !members.isEmpty { text += section(group, members) }
    }
    text += "\n## Not there yet\n\n"
    for (group, names) in RedisCommands.byGroup {
      let missing = names.filter { !known.contains($0) }
      if !missing.isEmpty { text += "- **\(group)**: " + missing.joined(separator: ", ") + "\n" }
    }
    return text
  }

  private static var groups: [String] { RedisCommands.byGroup.map { $0.group } }

  private static func section(_ group: String, _ specs: [CommandSpec]) -> String {
    var text =
      "\n## \(group)\n\n| command | arguments | since | arity | flags | |\n| --- | --- | --- | --- | --- | --- |\n"
    for spec in specs.sorted(by: { $0.pageName < $1.pageName }) {
      let flags = CommandFlags.names.filter { spec.flags.contains($0.0) }.map { $0.1.description }
      let syntax = spec.syntax.description.replacingOccurrences(of: "|", with: "\\|")
      let note = spec.deprecated.map { " Deprecated since \($0.since): \($0.replacement)." } ?? ""
      text += "| `\(spec.pageName)` | \(syntax.isEmpty ? "" : "`\(syntax)`") | \(spec.since) | \(spec.arity.number) "
      text += "| \(flags.joined(separator: ", ")) | \(spec.summary)\(note) |\n"
    }
    return text
  }
}

extension CommandSpec {
  /// `CONFIG GET`
  fileprivate var pageName: String { fullName.uppercased().replacingOccurrences(of: "|", with: " ") }
}
