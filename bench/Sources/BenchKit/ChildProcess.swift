internal import Glibc
internal import Synchronization

/// The children that run now (0: a free place), for the signal handler, which may take no lock.
private let living = LivingChildren()

private struct LivingChildren: ~Copyable, Sendable {
  let first = Atomic<Int32>(0)
  let second = Atomic<Int32>(0)

  func add(_ child: Int32) {
    if !first.compareExchange(expected: 0, desired: child, ordering: .relaxed).exchanged {
      _ = second.compareExchange(expected: 0, desired: child, ordering: .relaxed)
    }
  }

  func remove(_ child: Int32) {
    _ = first.compareExchange(expected: child, desired: 0, ordering: .relaxed)
    _ = second.compareExchange(expected: child, desired: 0, ordering: .relaxed)
  }
}

/// Lets no server outlive this program when it is interrupted or asked to end.
public func endChildrenWhenInterrupted() {
  for code in [SIGINT, SIGTERM, SIGHUP] {
    signal(code) { code in
      for child in [living.first.load(ordering: .relaxed), living.second.load(ordering: .relaxed)] where child > 0 {
        kill(child, SIGKILL)
      }
      _exit(128 + code)
    }
  }
}

/// A program started by this one.
public final class ChildProcess {
  public let identifier: Int32
  private var status: Int32?

  /// Starts `path` with its output in `outputPath`, on the cores the calling thread may use.
  ///
  /// - Throws: `BenchError` where it cannot be started.
  public init(_ path: String, _ arguments: [String], outputPath: String) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    // A lock that this program was started under (flock) is not the child's to keep.
    for descriptor in Int32(3)..<16 where fcntl(descriptor, F_GETFD) >= 0 {
      posix_spawn_file_actions_addclose(&actions, descriptor)
    }
    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var child: pid_t = 0
    let result = posix_spawnp(&child, path, &actions, nil, words, environ)
    guard result == 0 else { throw BenchError.system("cannot start \(path)", code: result) }
    identifier = child
    living.add(child)
  }

  public var isRunning: Bool {
    if status != nil { return false }
    var code: Int32 = 0
    guard waitpid(identifier, &code, WNOHANG) == identifier else { return true }
    status = code
    living.remove(identifier)
    return false
  }

  /// Waits for the end; returns the exit code, or minus the number of the signal that ended it.
  public func wait() -> Int32 {
    var code = status ?? 0
    if status == nil { while waitpid(identifier, &code, 0) < 0 && errno == EINTR {} }
    status = code
    living.remove(identifier)
    return code & 0x7F == 0 ? (code >> 8) & 0xFF : -(code & 0x7F)
  }

  /// Asks it to end, and insists after three seconds.
  public func terminate() {
    guard isRunning else { return }
    kill(identifier, SIGTERM)
    for _ in 0..<300 where isRunning { sleepSeconds(0.01) }
    if isRunning {
      kill(identifier, SIGKILL)
      _ = wait()
    }
  }

  /// The most memory it has had at once since the start or `forgetPeak`, bytes.
  public var peakResidentBytes: Double {
    let line = readSystemFile("/proc/\(identifier)/status")?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Double($0) }.map { $0 * 1024 } ?? 0
  }

  /// Begins to look for the peak anew, where this user may.
  public func forgetPeak() {
    let descriptor = open("/proc/\(identifier)/clear_refs", O_WRONLY)
    guard descriptor >= 0 else { return }
    _ = write(descriptor, "5", 1)
    close(descriptor)
  }

  /// User and system time it has used so far, in microseconds; the kernel counts in steps of 10 ms.
  public var cpuMicroseconds: Double {
    guard let text = readSystemFile("/proc/\(identifier)/stat"), let paren = text.lastIndex(of: ")") else { return 0 }
    let fields = text[text.index(after: paren)...].split(separator: " ")
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
    return (user + system) * 1e6 / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// Resident memory in bytes.
  public var residentBytes: Double {
    guard let text = readSystemFile("/proc/\(identifier)/status") else { return 0 }
    for line in text.split(separator: "\n") where line.hasPrefix("VmRSS:") {
      return (Double(line.split(separator: " ").dropFirst().first ?? "") ?? 0) * 1024
    }
    return 0
  }
}

/// The text of a file, also of one in /proc that says its size is 0; nil where it cannot be read.
public func readSystemFile(_ path: String) -> String? {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = read(descriptor, &chunk, chunk.count)
    guard count > 0 else { break }
    bytes.append(contentsOf: chunk[..<count])
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// A port of 127.0.0.1 that nobody listens on now.
public func freePort() -> Int {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  withUnsafeMutablePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      _ = bind(descriptor, $0, length)
      _ = getsockname(descriptor, $0, &length)
    }
  }
  return Int(UInt16(bigEndian: address.sin_port))
}
