import Foundation

/// A Swift file of the tree, with its text as written and without comments and string contents.
struct SourceFile {
  /// Relative to the package, as "Sources/Engine/Support/Bytes.swift".
  let path: String
  let text: String
  let code: String

  var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

  /// The identifiers of the code, each once.
  var identifiers: Set<String> {
    var found: Set<String> = []
    for token in code.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_") }) {
      found.insert(String(token))
    }
    return found
  }

  /// "Support" for a file in Sources/Engine/Support or below; nil outside the target or at its top.
  func folder(in target: String) -> String? {
    let parts = path.split(separator: "/").map(String.init)
    guard parts.count > 3, parts[0] == "Sources", parts[1] == target else { return nil }
    return parts[2]
  }
}

enum SourceTree {
  static let root: String = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { url.deleteLastPathComponent() }
    return url.path
  }()

  /// Every Swift file below a folder of the package, in order of its path.
  static func files(below folder: String) -> [SourceFile] {
    guard let walk = FileManager.default.enumerator(atPath: root + "/" + folder) else { return [] }
    let paths = walk.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") && !$0.contains(".build") }.sorted()
    return paths.compactMap { path in
      guard let text = try? String(contentsOfFile: "\(root)/\(folder)/\(path)", encoding: .utf8) else { return nil }
      return SourceFile(path: "\(folder)/\(path)", text: text, code: strippedOfCommentsAndStrings(text))
    }
  }

  /// Blanks comments and the contents of string literals, keeping the lines. Interpolations count as contents.
  static func strippedOfCommentsAndStrings(_ text: String) -> String {
    let bytes = Array(text.utf8)
    var output: [UInt8] = []
    var index = 0
    func starts(with token: String) -> Bool { bytes[index...].starts(with: token.utf8) }
    /// Skips to behind `end`, keeping line breaks; a backslash protects what follows.
    func skip(to end: String, escapes: Bool) {
      while index < bytes.count {
        if escapes && bytes[index] == UInt8(ascii: "\\") && index + 1 < bytes.count {
          index += 2
          continue
        }
        if starts(with: end) {
          index += end.utf8.count
          return
        }
        if bytes[index] == UInt8(ascii: "\n") {
          // A plain literal ends with its line at the latest, so that a slip here stays within it.
          if end == "\"" { return }
          output.append(UInt8(ascii: "\n"))
        }
        index += 1
      }
    }
    while index < bytes.count {
      if starts(with: "//") {
        while index < bytes.count && bytes[index] != UInt8(ascii: "\n") { index += 1 }
      } else if starts(with: "/*") {
        skip(to: "*/", escapes: false)
      } else if starts(with: "#\"") {
        index += 2
        skip(to: "\"#", escapes: false)
      } else if starts(with: "\"\"\"") {
        index += 3
        skip(to: "\"\"\"", escapes: true)
        output += "\"\"".utf8
      } else if starts(with: "\"") {
        index += 1
        skip(to: "\"", escapes: true)
        output += "\"\"".utf8
      } else {
        output.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: output, as: UTF8.self)
  }
}
