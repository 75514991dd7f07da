internal import Glibc

/// A failure of a system call, as the kernel numbered it. It stays in Server.
struct Errno: Error, Equatable, CustomStringConvertible {
  let code: Int32

  init(_ code: Int32) { self.code = code }

  /// The failure of the C call just made on this thread.
  static var last: Errno { Errno(errno) }

  /// The system's text, such as "Address already in use".
  var description: String {
    // The text is copied at once; `strerror`'s storage belongs to the calling thread.
    unsafe String(cString: strerror(code))
  }
}
