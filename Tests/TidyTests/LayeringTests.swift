import Testing

/// The floors of Engine and Server: a file names types of its own folder and of those below, never above, and
/// siblings do not name each other.
@Suite struct LayeringTests {
  /// Bottom to top. Folders of one entry are siblings.
  static let engine: [[String]] = [
    ["Support"], ["Events"], ["Protocol"], ["DataTypes"], ["Keyspace"], ["Configuration"], ["Observability"], ["Log"],
    ["Sessions"], ["Persistence"], ["PubSub", "Replication", "Cluster"], ["Catalogue"], ["Scripting"], ["Commands"],
    ["Execution"],
  ]
  static let server: [[String]] = [["System"], ["Ring"], ["Buffers"], ["Disk", "Listeners", "Connections"], ["Loop"]]

  @Test func engineNamesNothingAboveItself() { check("Engine", floors: Self.engine) }

  @Test func serverNamesNothingAboveItself() { check("Server", floors: Self.server) }

  private func check(_ target: String, floors: [[String]]) {
    let files = SourceTree.files(below: "Sources/\(target)")
    var floorOf: [String: Int] = [:]
    for (floor, folders) in floors.enumerated() { for folder in folders { floorOf[folder] = floor } }

    var homes: [String: Set<String>] = [:]
    for file in files {
      guard let folder = file.folder(in: target) else { continue }
      #expect(floorOf[folder] != nil, "\(file.path): the folder \(folder) has no place in the order of \(target)")
      for type in topLevelTypes(in: file.code) { homes[type, default: []].insert(folder) }
    }
    for file in files {
      guard let folder = file.folder(in: target), let floor = floorOf[folder] else { continue }
      for name in file.identifiers {
        // A name that two folders declare (a private type) says nothing about either.
        guard let home = homes[name], home.count == 1, let other = home.first, other != folder,
          let otherFloor = floorOf[other]
        else { continue }
        #expect(
          otherFloor < floor,
          "\(file.path) (\(folder)) names \(name), which lives in \(other), \(otherFloor == floor ? "beside" : "above") it"
        )
      }
    }
  }

  /// The types declared outside any braces and visible to other files.
  private func topLevelTypes(in code: String) -> [String] {
    var names: [String] = []
    var depth = 0
    for line in code.split(separator: "\n") {
      if depth == 0 {
        let words = line.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_") }).map(String.init)
        let hidden = words.contains("private") || words.contains("fileprivate") || words.first == "extension"
        if !hidden,
          let keyword = words.firstIndex(where: {
            ["struct", "enum", "class", "protocol", "actor", "typealias"].contains($0)
          }),
          keyword + 1 < words.count,
          !words[..<keyword].contains(where: { ["import", "func", "let", "var"].contains($0) })
        {
          names.append(words[keyword + 1])
        }
      }
      for character in line {
        if character == "{" { depth += 1 } else if character == "}" { depth -= 1 }
      }
    }
    return names
  }
}
