internal import Glibc

/// Where log lines go: a file, or standard output. Each line is one `write`, so lines never mix and none is held back.
struct LogDestination: Sendable {
  /// Empty: standard output.
  let path: String

  /// A file is opened for each line, with O_APPEND: it can be moved away under a running server, as with Redis.
  func write(_ line: String) {
    guard !path.isEmpty else {
      _ = Files.write(Array(line.utf8), to: STDOUT_FILENO)
      return
    }
    guard let descriptor = try? Files.openToAppend(path) else { return }
    Files.write(Array(line.utf8), to: descriptor)
    close(descriptor)
  }

  /// The reason when the file cannot be opened; nil when all is well.
  func failure() -> Errno? {
    guard !path.isEmpty else { return nil }
    do throws(Errno) {
      close(try Files.openToAppend(path))
      return nil
    } catch { return error }
  }
}
