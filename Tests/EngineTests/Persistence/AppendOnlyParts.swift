@testable import Engine

/// The bases and increments on a disk, and which of them its list names.
struct AppendOnlyParts {
  private static let directory = "appendonlydir"
  /// The names on the list, the base first.
  let listed: [String]
  /// Those that are there and on no list.
  let unlisted: [String]

  init(_ files: MemoryFiles) {
    let manifest = try? AppendOnlyManifest(files["\(Self.directory)/appendonly.aof.manifest"])
    let listed = (manifest?.files ?? []).map(\.name)
    self.listed = listed
    unlisted = files.names(in: Self.directory).filter {
      ($0.contains(".base.") || $0.contains(".incr.")) && !listed.contains($0)
    }
  }
}
