import Foundation
import Testing

@testable import Engine

/// docs/configuration.md follows from the table: `RINGDOVE_WRITE_DOCS=1 swift test --filter ConfigurationReference`
/// writes it, and without that the test fails where the two differ.
@Suite struct ConfigurationReferenceTests {
  @Test func theReferenceSaysWhatTheTableSays() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let file = root.appendingPathComponent("docs/configuration.md")
    let text = ConfigurationReference.text
    if ProcessInfo.processInfo.environment["RINGDOVE_WRITE_DOCS"] != nil {
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    let written = try? String(contentsOf: file, encoding: .utf8)
    #expect(written == text, "run RINGDOVE_WRITE_DOCS=1 swift test --filter ConfigurationReference")
  }
}

/// The table as a page to read.
private enum ConfigurationReference {
  static var text: String {
    var lines = [
      "# Configuration", "",
      "Every directive of Redis 7.2, and Ringdove's own at the end. They are set on the command line (`--port 7000`), in a",
      "configuration file (`port 7000`), and many with `CONFIG SET` while the server runs.", "",
      "*Changes*: **live** with CONFIG SET, **start** only, **protected** asks for `enable-protected-configs`.",
      "*Works*: **yes**; **kept** is accepted and shown but changes nothing yet; **no** takes only the default and refuses",
      "anything else, since it would promise what is not there yet.", "",
      "This page is made from the table in Sources/Engine/Configuration/Table; a test holds them together.",
    ]
    for section in Directive.sections {
      lines += [
        "", "## \(section.title)", "", "| directive | takes | default | changes | works | |",
        "| - | - | - | - | - | - |",
      ]
      lines += section.directives.map(row)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func row(_ directive: Directive) -> String {
    let names = directive.names.map { "`\($0)`" }.joined(separator: ", ")
    let value = decoded(directive.defaultValue)
    let shown = value.isEmpty ? "empty" : "`\(value)`"
    return
      "| \(names) | \(takes(directive)) | \(shown) | \(changes(directive)) | \(works(directive)) | \(directive.summary) |"
  }

  private static func takes(_ directive: Directive) -> String {
    switch directive.form {
    case .flag: "`yes` or `no`"
    case .integer(_, let range, let unit): "\(name(of: unit)) \(bounds(range, unit))"
    case .text: "text"
    case .secret: "bytes"
    case .choice(let form): form.words.map { "`\($0)`" }.joined(separator: " ")
    case .special(let form): form.shape
    }
  }

  private static func name(of unit: Directive.IntegerUnit) -> String {
    switch unit {
    case .plain: "number"
    case .memory: "bytes"
    case .memoryOrPercent: "bytes or percent"
    case .octal: "octal"
    }
  }

  private static func bounds(_ range: ClosedRange<Int>, _ unit: Directive.IntegerUnit) -> String {
    if unit == .memoryOrPercent { return "" }
    let lower = range.lowerBound == Limit.leastInt32 ? "" : String(range.lowerBound, radix: unit == .octal ? 8 : 10)
    let isOpen = [Limit.int32, Limit.unsigned32, Limit.int64].contains(range.upperBound)
    let upper = isOpen ? "" : String(range.upperBound, radix: unit == .octal ? 8 : 10)
    if upper.isEmpty { return lower.isEmpty ? "" : "from \(lower)" }
    return "\(lower) to \(upper)"
  }

  private static func changes(_ directive: Directive) -> String {
    if directive.traits.contains(.immutable) { return "start" }
    return directive.traits.contains(.protected) ? "protected" : "live"
  }

  private static func works(_ directive: Directive) -> String {
    switch directive.support {
    case .full: "yes"
    case .withoutEffect: "kept"
    case .inertOnly(let others): others.isEmpty ? "no" : "no (but \(others.map { "`\($0)`" }.joined(separator: " ")))"
    }
  }
}
