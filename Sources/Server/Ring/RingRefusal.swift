internal import Glibc

/// Why there is no ring here, and what to do about it. Shown at start, then the process ends.
struct RingRefusal: Error, Equatable, CustomStringConvertible {
  enum Cause: Equatable {
    /// Older than 6.1, the floor.
    case kernelTooOld(release: String)
    /// `kernel.io_uring_disabled` is 1 (privileged users and a group only) or 2 (nobody).
    case disabledBySysctl(value: Int)
    /// A seccomp filter answers for the kernel: containers do this by default.
    case deniedBySeccomp(Errno)
    /// The kernel was built without io_uring.
    case notBuiltIn
    /// Locked memory or descriptors ran out.
    case resources(Errno)
    /// Anything else, with the step that failed.
    case failed(step: String, Errno)
  }

  let cause: Cause

  /// One line: what is wrong, and the remedy.
  var description: String {
    switch cause {
    case .kernelTooOld(let release):
      "io_uring: Linux \(release) is too old. Ringdove needs 6.1 or newer: upgrade the kernel."
    case .disabledBySysctl(let value):
      "io_uring: forbidden by the sysctl kernel.io_uring_disabled=\(value). "
        + "Allow it with 'sysctl -w kernel.io_uring_disabled=0'"
        + (value == 1 ? ", or run in the group that kernel.io_uring_group names." : ".")
    case .deniedBySeccomp(let errno):
      "io_uring: denied by a seccomp filter (\(errno)). Container runtimes block it by default: run with a seccomp "
        + "profile that allows io_uring_setup, io_uring_enter and io_uring_register "
        + "('docker run --security-opt seccomp=PROFILE.json', or seccomp=unconfined to try it)."
    case .notBuiltIn:
      "io_uring: this kernel was built without it (CONFIG_IO_URING). Use a kernel that has it."
    case .resources(let errno):
      "io_uring: no resources for a ring (\(errno)). Raise the limits on locked memory (ulimit -l) and open files "
        + "(ulimit -n)."
    case .failed(let step, let errno):
      "io_uring: \(step) failed (\(errno)). Check that the kernel is 6.1 or newer and that nothing filters system calls."
    }
  }

  init(_ cause: Cause) { self.cause = cause }

  /// Finds the cause behind a failed `step`.
  init(step: String, errno: Errno) {
    let release = KernelVersion.release
    if let version = KernelVersion(release), version < .floor {
      cause = .kernelTooOld(release: release)
      return
    }
    switch errno.code {
    case EPERM, EACCES:
      let setting = RingRefusal.sysctl
      cause = setting == 0 ? .deniedBySeccomp(errno) : .disabledBySysctl(value: setting)
    case ENOSYS:
      cause = RingRefusal.isFiltered ? .deniedBySeccomp(errno) : .notBuiltIn
    case ENOMEM, EMFILE, ENFILE:
      cause = .resources(errno)
    default:
      cause = .failed(step: step, errno)
    }
  }

  /// `kernel.io_uring_disabled` (6.6), 0 where it does not exist.
  private static var sysctl: Int {
    firstWord(of: "/proc/sys/kernel/io_uring_disabled", after: nil).flatMap { Int($0) } ?? 0
  }

  /// True when a seccomp filter (mode 2) sits on this thread.
  private static var isFiltered: Bool {
    firstWord(of: "/proc/thread-self/status", after: "Seccomp:") == "2"
  }

  /// The first word of a file, or of what follows a label in it.
  private static func firstWord(of path: String, after label: String?) -> String? {
    guard let text = Files.readStart(path) else { return nil }
    let lines = text.split(separator: "\n")
    guard let label else { return lines.first.flatMap { $0.split(separator: " ").first }.map(String.init) }
    guard let line = lines.first(where: { $0.hasPrefix(label) }) else { return nil }
    return line.dropFirst(label.count).split(whereSeparator: { $0 == "\t" || $0 == " " }).first.map(String.init)
  }
}

/// The major and minor number of a Linux release.
struct KernelVersion: Comparable {
  let major: Int
  let minor: Int

  /// DEFER_TASKRUN arrived in 6.1.
  static let floor = KernelVersion(major: 6, minor: 1)

  init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// - Parameter release: as `uname -r` prints it, such as "6.1.0-18-amd64".
  init?(_ release: String) {
    let numbers = release.split(separator: ".", maxSplits: 2).prefix(2).map { part in
      Int(part.prefix(while: { $0.isNumber }))
    }
    guard numbers.count == 2, let major = numbers[0], let minor = numbers[1] else { return nil }
    self.init(major: major, minor: minor)
  }

  static func < (left: KernelVersion, right: KernelVersion) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }

  /// The release of the running kernel.
  static var release: String {
    Files.readStart("/proc/sys/kernel/osrelease").map { String($0.prefix(while: { $0 != "\n" })) } ?? "unknown"
  }
}
