import Foundation

/// A disk that can be made to stand still: a small ext4 in a file, which the kernel freezes (`fsfreeze`): whoever writes or
/// syncs waits until it thaws. Needs the right to mount, and goes with this value.
final class FrozenDisk {
  let path: String
  private let image: String
  private var isFrozen = false

  /// Whether this process may do all that.
  static let isAllowed: Bool = {
    guard let disk = try? FrozenDisk() else { return false }
    defer { disk.thaw() }
    return (try? disk.freeze()) != nil
  }()

  init() throws {
    path = NSTemporaryDirectory() + "ringdove-frozen-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    image = path + ".image"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let steps =
      "truncate -s 64M '\(image)' && mkfs.ext4 -q -F '\(image)' && mount -o loop '\(image)' '\(path)'"
    let complaint = try? output(of: "sh", "-c", steps)
    guard complaint == "" else {
      remove()
      throw HarnessError(complaint ?? "no disk can be made")
    }
  }

  deinit {
    thaw()
    _ = try? output(of: "umount", "-l", path)
    remove()
  }

  private func remove() {
    rmdir(path)
    unlink(image)
  }

  func freeze() throws {
    let complaint = try output(of: "fsfreeze", "-f", path)
    guard complaint.isEmpty else { throw HarnessError(complaint) }
    isFrozen = true
  }

  func thaw() {
    guard isFrozen else { return }
    isFrozen = false
    _ = try? output(of: "fsfreeze", "-u", path)
  }
}
