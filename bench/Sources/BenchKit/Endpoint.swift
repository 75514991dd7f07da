internal import CLinux
internal import Glibc

/// Something that went wrong outside this program's control: a refused connection, a server that does not start.
public struct BenchError: Error, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }

  static func system(_ what: String, code: Int32 = errno) -> BenchError {
    BenchError("\(what): \(String(cString: strerror(code)))")
  }
}

/// Where the server listens.
public enum Endpoint: Sendable {
  case tcp(host: String, port: Int)
  case unix(path: String)

  /// Opens a connection, with Nagle's algorithm off. Blocks until it is made.
  ///
  /// - Throws: `BenchError` with the system's reason.
  public func connect() throws -> Int32 {
    switch self {
    case .unix(let path): return try connectUnix(path)
    case .tcp(let host, let port): return try connectTCP(host, port)
    }
  }

  private func connectUnix(_ path: String) throws -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { throw BenchError("socket path too long") }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw BenchError.system("socket") }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else {
      let code = errno
      close(descriptor)
      throw BenchError.system("connect \(path)", code: code)
    }
    return descriptor
  }

  private func connectTCP(_ host: String, _ port: Int) throws -> Int32 {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let lookup = getaddrinfo(host, String(port), &hints, &list)
    guard lookup == 0, let found = list else { throw BenchError("\(host): \(String(cString: gai_strerror(lookup)))") }
    defer { freeaddrinfo(list) }
    let descriptor = socket(found.pointee.ai_family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw BenchError.system("socket") }
    guard Glibc.connect(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0 else {
      let code = errno
      close(descriptor)
      throw BenchError.system("connect \(host):\(port)", code: code)
    }
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    return descriptor
  }
}

/// Makes reads and writes of `descriptor` return at once.
func makeNonblocking(_ descriptor: Int32) {
  _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
}

/// Raises the limit on open files of this process and its children as far as `count`, where the system allows it.
public func raiseDescriptorLimit(to count: Int) {
  var limit = rlimit()
  getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  guard limit.rlim_cur < rlim_t(count) else { return }
  var wanted = rlimit(rlim_cur: rlim_t(count), rlim_max: max(limit.rlim_max, rlim_t(count)))
  if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &wanted) != 0 {
    wanted = rlimit(rlim_cur: limit.rlim_max, rlim_max: limit.rlim_max)
    _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &wanted)
  }
}

/// Bytes of a set of cores, one bit a core: room for 1024.
private let affinityBytes = 128

/// Keeps the calling thread, and what it starts from now on, to these cores.
public func pinToCores(_ cores: [Int]) {
  var bits = [UInt8](repeating: 0, count: affinityBytes)
  for core in cores where core / 8 < bits.count { bits[core / 8] |= 1 << UInt8(core % 8) }
  _ = bench_set_affinity(bits, bits.count)
}

/// The cores this process may run on.
public func availableCores() -> [Int] {
  var bits = [UInt8](repeating: 0, count: affinityBytes)
  guard bench_get_affinity(&bits, bits.count) == 0 else { return [0] }
  return (0..<bits.count * 8).filter { bits[$0 / 8] & (1 << UInt8($0 % 8)) != 0 }
}
