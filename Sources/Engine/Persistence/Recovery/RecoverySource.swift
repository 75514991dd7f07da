/// The append-only files that data can be brought back from: those on the list, and those it keeps as history.
struct RecoverySource {
  let directory: String
  private let prefix: String
  let files: any FileSystem
  /// The newest first.
  private(set) var lineages: [RecoveryLineage] = []

  init(directory: String, prefix: String, files: any FileSystem) throws(RecoveryRefusal) {
    self.directory = directory
    self.prefix = prefix
    self.files = files
    var manifest = try Self.readList(directory, prefix, files)
    adoptPlaces(&manifest)
    try addCurrent(manifest)
    addHistory(manifest)
  }

  private func adoptPlaces(_ manifest: inout AppendOnlyManifest) {
    guard let places = try? files.contents(of: "\(directory)/\(AppendOnlyManifest.placesName(prefix))") else { return }
    manifest.adoptPlaces(places)
  }

  /// Where the history got other names, as is known now.
  func turns() -> [HistoryTurn] {
    var manifest = AppendOnlyManifest()
    adoptPlaces(&manifest)
    return manifest.turns
  }

  private static func readList(
    _ directory: String, _ prefix: String, _ files: any FileSystem
  ) throws(RecoveryRefusal) -> AppendOnlyManifest {
    let name = AppendOnlyManifest.manifestName(prefix)
    let bytes: [UInt8]
    do throws(FileFailure) { bytes = try files.contents(of: "\(directory)/\(name)") } catch {
      throw RecoveryRefusal(
        "There is no append-only file to recover from: \(directory)/\(name) cannot be read: \(error.reason).")
    }
    do throws(AppendOnlyManifest.Failure) { return try AppendOnlyManifest(bytes) } catch {
      let line = error.line.map { " at line \($0)" } ?? ""
      throw RecoveryRefusal("The list \(directory)/\(name) is damaged\(line): \(error.reason).")
    }
  }

  private mutating func addCurrent(_ manifest: AppendOnlyManifest) throws(RecoveryRefusal) {
    guard !manifest.isEmpty else { throw RecoveryRefusal("The list of append-only files in \(directory) names none.") }
    for file in (manifest.base.map { [$0] } ?? []) + manifest.increments {
      guard files.size(of: path(file)) != nil else {
        throw RecoveryRefusal(
          "\(file.name) is on the list of append-only files in \(directory) and is not there. If a server works there, it may just have written its file anew: try again."
        )
      }
    }
    lineages.append(
      RecoveryLineage(
        base: manifest.base, baseBytes: manifest.base.flatMap { files.size(of: path($0)) } ?? 0,
        baseSecond: manifest.base.flatMap { secondOfBase($0) }, increments: manifest.increments, isCurrent: true))
  }

  /// Bases that were replaced, where the list still has them (`aof-disable-auto-gc yes`) and it is known what followed.
  private mutating func addHistory(_ manifest: AppendOnlyManifest) {
    let increments = (manifest.history.filter { $0.isIncrement } + manifest.increments)
      .sorted { $0.sequence < $1.sequence }
    for base in manifest.history.filter({ !$0.isIncrement }).sorted(by: { $0.sequence > $1.sequence }) {
      guard let place = base.place, let first = place.firstIncrement, let size = files.size(of: path(base)) else {
        continue
      }
      lineages.append(
        RecoveryLineage(
          base: base, baseBytes: size, baseSecond: secondOfBase(base),
          increments: increments.filter { $0.sequence >= first }, isCurrent: false))
    }
  }

  func path(_ file: AppendOnlyManifest.File) -> String { "\(directory)/\(file.name)" }

  // MARK: The moment of a base

  /// Bytes of a base in which the time it was written is looked for.
  private static let headBytes = 4096

  /// The second as of which a base holds the data: what a snapshot says of its making, or the line that commands begin
  /// with.
  private func secondOfBase(_ file: AppendOnlyManifest.File) -> Int64? {
    guard let open = try? files.open(path(file), for: .reading) else { return nil }
    defer { files.close(open) }
    var head = ByteBuffer()
    guard (try? files.read(open, atMost: Self.headBytes, into: &head)) != nil else { return nil }
    guard !head.isEmpty, head.bytes[0] == UInt8(ascii: "#") else {
      // Behind a snapshot of another name commands may follow: the file of a server before Redis 7.
      return file.name.hasSuffix(".rdb") ? SnapshotHead.createdSecond(head.bytes) : nil
    }
    guard let end = head.bytes.firstIndex(of: UInt8(ascii: "\r")), head.bytes[0..<end].text.hasPrefix("#TS:") else {
      return nil
    }
    return head.bytes[4..<end].parseInt64()
  }
}

/// What a snapshot says of itself ahead of its data.
enum SnapshotHead {
  /// When it was begun, unix seconds; nil where it does not say, or is none.
  static func createdSecond(_ bytes: Bytes) -> Int64? {
    var reader = RDBReader(
      .snapshot(Configuration(), hash: KeyHash(secret: 0, 0)), verifiesChecksum: false)
    reader.feed(bytes)
    while let event = try? reader.next() {
      switch event {
      case .begin: continue
      case .auxiliary(let name, let value): if name == Bytes("ctime") { return value.parseInt64() }
      case .entry(let entry):
        entry.value.free()
        return nil
      default: return nil
      }
    }
    return nil
  }
}
