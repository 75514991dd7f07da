internal import Engine
internal import Glibc

/// Calls on files that take a path, as safe functions. For start-up, log lines and small files of the kernel's, not
/// for data: that goes through the ring.
enum Files {
  /// The first 4096 bytes of a file as text, nil when it cannot be read.
  static func readStart(_ path: String) -> String? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { _ = close(descriptor) }
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
      // `read` writes at most the capacity and says how much.
      unsafe count = max(0, Glibc.read(descriptor, buffer.baseAddress, buffer.count))
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// All bytes of a file, or of standard input for the path "-".
  static func readAll(_ path: String) throws(Errno) -> [UInt8] {
    let descriptor = path == "-" ? STDIN_FILENO : unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .last }
    defer { if descriptor != STDIN_FILENO { close(descriptor) } }
    var all: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      // The kernel writes at most the array's count.
      let count = unsafe Glibc.read(descriptor, &piece, piece.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .last }
      if count == 0 { return all }
      all += piece[..<count]
    }
  }

  /// Bytes of a file; nil where there is none.
  static func size(_ path: String) -> Int? {
    var information = stat()
    // The kernel fills the one structure that is passed.
    guard unsafe stat(path, &information) == 0 else { return nil }
    return Int(information.st_size)
  }

  /// Bytes of a file that is open; nil where it does not say.
  static func size(_ descriptor: Int32) -> Int? {
    var information = stat()
    // The kernel fills the one structure that is passed.
    guard unsafe fstat(descriptor, &information) == 0 else { return nil }
    return Int(information.st_size)
  }

  /// Cuts a file off.
  static func truncate(_ path: String, to byteCount: Int) throws(Errno) {
    if unsafe Glibc.truncate(path, byteCount) != 0 { throw .last }
  }

  /// Reads on in a file, up to `limit` bytes.
  /// - Returns: how many were appended to `buffer`; 0 at the end.
  static func read(_ descriptor: Int32, atMost limit: Int, into buffer: inout ByteBuffer) throws(Errno) -> Int {
    var failure: Errno?
    let before = buffer.count
    unsafe buffer.append(atMost: limit) { destination in
      while true {
        // The buffer made room for `limit` bytes; the kernel writes no more and says how many.
        let count = unsafe Glibc.read(descriptor, destination, limit)
        if count < 0 && errno == EINTR { continue }
        if count < 0 { failure = .last }
        return max(0, count)
      }
    }
    if let failure { throw failure }
    return buffer.count - before
  }

  /// Opens a file for appending, creating it.
  static func openToAppend(_ path: String) throws(Errno) -> Int32 {
    let descriptor = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .last }
    return descriptor
  }

  static func openToRead(_ path: String) throws(Errno) -> Int32 {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .last }
    _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
    return descriptor
  }

  /// How a file is opened for writing from its beginning, and what a new one may be used for by whom.
  static var anewFlags: Int32 { O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC }
  static var mode: mode_t { 0o644 }

  /// Opens a file for writing from its beginning, creating it, or emptying it where it is there.
  static func openAnew(_ path: String) throws(Errno) -> Int32 {
    let descriptor = unsafe open(path, anewFlags, mode)
    guard descriptor >= 0 else { throw .last }
    return descriptor
  }

  /// Linux's O_TMPFILE, which Glibc's module leaves out: open(2).
  private static var temporaryFile: Int32 { 0o20_000_000 | O_DIRECTORY }

  /// Opens a file to write and to read that has no name, in a directory whose file system can have such.
  static func openNameless(in directory: String) throws(Errno) -> Int32 {
    let descriptor = unsafe open(directory, temporaryFile | O_EXCL | O_RDWR | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .last }
    return descriptor
  }

  /// Makes a directory; one that is there already is as good.
  static func makeDirectory(_ path: String) throws(Errno) {
    if unsafe mkdir(path, 0o755) != 0, errno != EEXIST { throw .last }
  }

  static func rename(_ path: String, to newPath: String) throws(Errno) {
    if unsafe Glibc.rename(path, newPath) != 0 { throw .last }
  }

  /// Brings the names in the directory that holds `path` to the disk: a rename is durable only then.
  static func syncDirectory(of path: String) throws(Errno) {
    let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    let descriptor = unsafe open(directory.isEmpty ? "/" : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .last }
    defer { close(descriptor) }
    if fsync(descriptor) != 0 { throw .last }
  }

  /// Brings a file's bytes to the disk.
  static func sync(_ path: String) throws(Errno) {
    let descriptor = try openToRead(path)
    defer { close(descriptor) }
    if fdatasync(descriptor) != 0 { throw .last }
  }

  /// Puts `bytes` in the place of a file: written beside it, brought to the disk, renamed over it.
  static func replace(_ path: String, with bytes: [UInt8]) throws(Errno) {
    let temporary = path + ".\(getpid()).tmp"
    let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .last }
    let isWritten = write(bytes, to: descriptor) && fsync(descriptor) == 0
    let failure = Errno.last
    close(descriptor)
    // Two paths that live for the call.
    guard isWritten, unsafe Glibc.rename(temporary, path) == 0 else {
      let reason = isWritten ? Errno.last : failure
      remove(temporary)
      throw reason
    }
  }

  /// Makes a file of `bytes`, emptying one that is there.
  static func create(_ path: String, with bytes: [UInt8]) throws(Errno) {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .last }
    defer { close(descriptor) }
    if !write(bytes, to: descriptor) { throw .last }
  }

  /// The path from the root, where it is given from the working directory.
  static func absolutePath(_ path: String) -> String { path.hasPrefix("/") ? path : "\(currentDirectory)/\(path)" }

  /// Writes all bytes, however many calls it takes.
  @discardableResult
  static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var written = 0
    while written < bytes.count {
      // `written` never passes the count.
      let result = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written)
      }
      if result < 0 && errno == EINTR { continue }
      guard result > 0 else { return false }
      written += result
    }
    return true
  }

  static func remove(_ path: String) { _ = unsafe unlink(path) }

  /// The names in a directory, in order; none where it cannot be read.
  static func names(in directory: String) -> [String] {
    guard let stream = unsafe opendir(directory) else { return [] }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      // The kernel's name ends with a zero; the entry stays until the next call.
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      names.append(name)
    }
    return names.sorted()
  }

  /// The paths that match a pattern, in order; none where nothing does: glob(7).
  static func matching(_ pattern: String) -> [String] {
    var found = unsafe glob_t()
    defer { unsafe globfree(&found) }
    // The result is valid until it is freed, and holds as many paths as it says.
    guard unsafe glob(pattern, 0, nil, &found) == 0 else { return [] }
    return (0..<Int(unsafe found.gl_pathc)).compactMap { index in
      unsafe found.gl_pathv[index].map { unsafe String(cString: $0) }
    }
  }

  static func setPermissions(_ path: String, _ mode: Int) { _ = unsafe chmod(path, mode_t(mode)) }

  static func changeDirectory(_ path: String) throws(Errno) { if unsafe chdir(path) != 0 { throw .last } }

  /// The directory the process works in.
  static var currentDirectory: String {
    guard let path = unsafe getcwd(nil, 0) else { return "." }
    defer { unsafe free(path) }
    return unsafe String(cString: path)
  }
}
