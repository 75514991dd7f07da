/// What of an append-only file makes up the data as of a moment: which of its files, and how much of the last one.
///
/// An append-only file cut behind a command, and outside a transaction, is an append-only file. So nothing is run to find
/// the plan, and whoever carries it out copies bytes. Of the bases, present or kept as history, the newest is taken from
/// which the moment can be reached.
public struct RecoveryPlan: Sendable {
  /// A file of which so many bytes, from its beginning, are part of it.
  public struct Part: Sendable, Equatable {
    public let name: String
    public let byteCount: Int
    /// Whether that is all of the file.
    public let isWhole: Bool
  }

  /// In the order in which they are loaded.
  public private(set) var parts: [Part] = []
  private var manifest = AppendOnlyManifest()
  private let prefix: String
  /// The log's offset that is reached; nil: nobody knows.
  public private(set) var offset: Int64?
  /// The second of the last command, as far as it is known.
  public private(set) var lastSecond: Int64?
  /// What whoever asked should know.
  public private(set) var notices: [String] = []

  /// The list of the new files, and where it goes beside them.
  public var list: (name: String, bytes: [UInt8]) { (AppendOnlyManifest.manifestName(prefix), manifest.bytes) }
  /// Where the new files lie in the log, and where that goes.
  public var places: (name: String, bytes: [UInt8]) { (AppendOnlyManifest.placesName(prefix), manifest.placesText) }

  /// Finds the plan. Reads files, and changes nothing.
  ///
  /// - Parameters:
  ///   - directory: the append-only directory's path.
  ///   - prefix: `appendfilename`.
  /// - Throws: why there is none, in sentences.
  public init(
    to target: RecoveryTarget, directory: String, prefix: String, files: any FileSystem
  ) throws(RecoveryRefusal) {
    self.prefix = prefix
    let all = try RecoverySource(directory: directory, prefix: prefix, files: files)
    let walk = try all.reach(target)
    offset = walk.offset
    lastSecond = walk.lastSecond
    notices = walk.notices
    take(walk)
    guard !parts.isEmpty else {
      throw RecoveryRefusal("The moment lies before everything that is kept: there is nothing to recover.")
    }
    // Behind the walk: a turn is noted before anything is written under its name, and a server may be at work.
    settleHistory(all.turns(), last: walk.lineage.increments.last?.place?.history ?? [])
  }

  private mutating func take(_ walk: RecoveryWalk) {
    if let base = walk.lineage.base {
      parts.append(Part(name: base.name, byteCount: walk.lineage.baseBytes, isWhole: true))
      manifest.base = base
      manifest.base?.kind = .base
    }
    for (var increment, count, isWhole) in walk.taken where count > 0 {
      parts.append(Part(name: increment.name, byteCount: count, isWhole: isWhole))
      increment.kind = .increment
      manifest.increments.append(increment)
    }
    manifest.base?.place?.firstIncrement = manifest.increments.first?.sequence
  }

  /// Tells the new files which names their history had up to the moment, so that whoever starts from them claims no more of a
  /// history than is in them. Where that is not known, for turns of long ago are forgotten, no history is claimed.
  ///
  /// - Parameters:
  ///   - turns: those of the files that the data come from.
  ///   - last: the history that the last of those files began in.
  private mutating func settleHistory(_ turns: [HistoryTurn], last: [UInt8]) {
    guard let offset, let name = manifest.increments.last?.place?.history, !name.isEmpty else { return }
    guard turns.isEmpty ? name == last : turns.contains(where: { $0.history == name || $0.next == name }) else {
      for index in manifest.increments.indices { manifest.increments[index].place?.history = [] }
      return
    }
    manifest.turns = turns
    _ = manifest.turns.settle(name, at: offset)
  }
}

/// Why the data as of a moment cannot be brought back.
public struct RecoveryRefusal: Error, Equatable {
  public let reason: String

  init(_ reason: String) { self.reason = reason }
}

/// A base and the increments that go on from it.
struct RecoveryLineage {
  /// nil: the increments begin with nothing.
  let base: AppendOnlyManifest.File?
  let baseBytes: Int
  /// As of which second the base holds the data; nil: nobody knows.
  let baseSecond: Int64?
  let increments: [AppendOnlyManifest.File]
  /// Whether it is what the list says is to be loaded.
  let isCurrent: Bool

  /// The log's offset at which it begins.
  var offset: Int64? { base?.place?.offset ?? increments.first?.place?.offset }
}
