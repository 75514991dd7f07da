// What processes that were killed left behind, cleared away at the start: files of certain names, and
// never the snapshot file, which may have been given one of those.

extension Call {
  /// Deletes unfinished files of processes that are no more, and parts of the append-only file that were replaced.
  mutating func removeLeftovers(_ files: any FileSystem) {
    let snapshotName = configuration.dbfilename
    for name in files.names(in: ".") where name != snapshotName {
      guard let maker = LeftoverName.maker(of: name), isGone(maker, files) else { continue }
      removeLeftover(name, files)
    }
    guard isAppending else { return }
    let prefix = configuration.appendfilename
    let manifest = appendOnly.manifest
    let listed = Set(manifest.files.map(\.name))
    for name in files.names(in: appendOnlyDirectory) where !listed.contains(name) && name != snapshotName {
      if let maker = LeftoverName.maker(of: name, prefix: prefix) {
        guard isGone(maker, files) else { continue }
      } else if let (kind, sequence) = LeftoverName.part(name, prefix: prefix) {
        guard manifest.hasReplaced(kind, sequence) else { continue }
      } else {
        continue
      }
      removeLeftover(appendOnlyPath(name), files)
    }
  }

  /// Whether nobody works any more on what a process began. This one has not begun anything yet.
  private func isGone(_ maker: Int32, _ files: any FileSystem) -> Bool {
    maker == facts.processIdentifier || !files.isRunning(process: maker)
  }

  private mutating func removeLeftover(_ path: String, _ files: any FileSystem) {
    logLine(.notice, "Removing \(path), which a server that ended left behind")
    files.remove(path)
  }
}
