internal import Glibc

/// Files of a page or less that the kernel writes (under /proc). For start-up and once a second, not for data.
enum SmallFile {
  /// The first 4096 bytes of a file as text, nil when it cannot be read.
  static func read(_ path: String) -> String? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { _ = close(descriptor) }
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
      // `read` writes at most the capacity and says how much.
      unsafe count = max(0, Glibc.read(descriptor, buffer.baseAddress, buffer.count))
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
