import Foundation

/// A disk of a few megabytes in memory (tmpfs) that really fills. Needs the right to mount; goes with this value.
final class SmallDisk {
  let path: String

  /// Whether this process may mount.
  static let isAllowed = (try? SmallDisk(kibibytes: 64)) != nil

  init(kibibytes: Int) throws {
    path = NSTemporaryDirectory() + "ringdove-disk-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let complaint = try output(of: "mount", "-t", "tmpfs", "-o", "size=\(kibibytes)k", "tmpfs", path)
    guard complaint.isEmpty else {
      try? FileManager.default.removeItem(atPath: path)
      throw HarnessError(complaint)
    }
  }

  deinit {
    _ = try? output(of: "umount", "-l", path)
    rmdir(path)
  }

  private var filler: String { path + "/filler" }

  /// Takes all room but so much.
  func fill(leavingKibibytes left: Int) throws {
    let file = open(filler, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    guard file >= 0 else { throw HarnessError("cannot fill \(path)") }
    defer { close(file) }
    let page = [UInt8](repeating: 1, count: 4096)
    var size = 0
    while true {
      let count = write(file, page, page.count)
      if count <= 0 { break }
      size += count
    }
    guard ftruncate(file, max(0, size - left << 10)) == 0 else { throw HarnessError("cannot fill \(path)") }
  }

  /// Gives back what `fill` took.
  func makeRoom() { unlink(filler) }

  func setReadOnly(_ isReadOnly: Bool) throws {
    let complaint = try output(of: "mount", "-o", "remount,\(isReadOnly ? "ro" : "rw")", path)
    guard complaint.isEmpty else { throw HarnessError(complaint) }
  }

  /// Names in the disk's root and in the append-only directory.
  func names() -> [String] {
    let manager = FileManager.default
    let root = (try? manager.contentsOfDirectory(atPath: path)) ?? []
    return root + ((try? manager.contentsOfDirectory(atPath: path + "/appendonlydir")) ?? [])
  }
}
