import Foundation
import Testing

/// Every command that is written is listed, and documented.
@Suite struct CatalogueTests {
  /// The types that declare themselves a command: "enum GetDel: Command {".
  static let commands: [(type: String, path: String)] = SourceTree.files(below: "Sources/Engine/Commands").flatMap {
    file in
    file.code.matches(of: /(?:enum|struct)\s+(\w+)\s*:\s*(?:\w+\s*,\s*)*Command\b/).map { (String($0.1), file.path) }
  }

  /// The catalogue's list names the types as "GetDel.self" or through their specifications, "GetDel.spec".
  @Test func everyCommandIsListed() {
    let listed = Set(
      SourceTree.files(below: "Sources/Engine").flatMap { file in
        file.code.matches(of: /\b(\w+)\.(?:self|spec|entry)\b/).map { String($0.1) }
      })
    for command in Self.commands {
      #expect(
        listed.contains(command.type), "\(command.path) declares \(command.type), which no list of commands names")
    }
  }

  @Test func noCommandIsDeclaredTwice() {
    var seen: [String: String] = [:]
    for command in Self.commands {
      #expect(seen[command.type] == nil, "\(command.type) is in \(command.path) and \(seen[command.type] ?? "")")
      seen[command.type] = command.path
    }
  }
}
