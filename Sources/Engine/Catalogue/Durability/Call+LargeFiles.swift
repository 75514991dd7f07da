// Files that may be large lose their names at once. What they took of the disk is freed when the last who has them open
// closes them, which takes as long as they are large: the host sees to that beside everything else.
extension Call {
  /// Deletes a file.
  mutating func removeLargeFile(_ path: String) {
    guard let files = host.files else { return }
    let open = try? files.open(path, for: .reading)
    files.remove(path)
    if let open { cause(.closeFile(open)) }
  }

  /// Gives a file the name of another, which is deleted where there is one.
  mutating func replaceLargeFile(_ path: String, by newPath: String) throws(FileFailure) {
    guard let files = host.files else { return }
    let replaced = try? files.open(path, for: .reading)
    // Also where it failed: the name may be the new file's all the same.
    defer { if let replaced { cause(.closeFile(replaced)) } }
    try files.rename(newPath, to: path)
  }
}
