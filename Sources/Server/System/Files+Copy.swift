internal import Glibc

extension Files {
  /// Copies so many bytes, from a file's beginning, into a new file, and brings it to the disk.
  static func copy(_ path: String, to newPath: String, byteCount: Int) throws(Errno) {
    let source = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { throw .last }
    defer { close(source) }
    let target = unsafe open(newPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard target >= 0 else { throw .last }
    defer { close(target) }
    var piece = [UInt8](repeating: 0, count: 1 << 20)
    var left = byteCount
    while left > 0 {
      // The kernel writes at most the array's count.
      let count = unsafe Glibc.read(source, &piece, min(piece.count, left))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .last }
      // Shorter than it was when it was looked at.
      guard count > 0 else { throw Errno(EIO) }
      guard write(Array(piece[..<count]), to: target) else { throw .last }
      left -= count
    }
    if fsync(target) != 0 { throw .last }
  }

  /// Whether a directory is there, and holds nothing; nil: there is none.
  static func isEmptyDirectory(_ path: String) throws(Errno) -> Bool? {
    guard let directory = unsafe opendir(path) else {
      if errno == ENOENT { return nil }
      throw .last
    }
    defer { unsafe closedir(directory) }
    // Itself and its parent are always there.
    for _ in 0..<3 { guard unsafe readdir(directory) != nil else { return true } }
    return false
  }

  /// Removes a directory that is empty.
  static func removeDirectory(_ path: String) { _ = unsafe rmdir(path) }
}
