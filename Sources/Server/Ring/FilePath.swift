internal import CURing
internal import Glibc

/// The path of a file that an operation in flight reads: one for each, kept until its completion.
@safe
final class FilePath {
  // Allocated once, with a zero at the end; the kernel reads it until the operation's completion, and its owner outlives
  // the ring.
  private let characters: UnsafeMutableBufferPointer<CChar>

  init(_ path: String) {
    let text = path.utf8CString
    unsafe characters = UnsafeMutableBufferPointer.allocate(capacity: text.count)
    _ = unsafe characters.initialize(from: text)
  }

  deinit { unsafe characters.deallocate() }

  /// Its characters, up to a zero.
  fileprivate var start: UnsafePointer<CChar> { unsafe UnsafePointer(characters.baseAddress!) }
}

extension Ring {
  /// Opens a file, without holding up the thread; the completion's result is its descriptor.
  mutating func openInWorker(_ path: FilePath, flags: Int32, mode: mode_t, _ token: Token) {
    unsafe curing_prepare_open_in_worker(next(token), path.start, flags, mode)
  }

  /// Deletes a file, likewise.
  mutating func removeInWorker(_ path: FilePath, _ token: Token) {
    unsafe curing_prepare_remove_in_worker(next(token), path.start)
  }
}
