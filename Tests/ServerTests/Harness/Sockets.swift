import Foundation

/// The few socket calls that tests need.
enum Sockets {
  /// Held while a descriptor may be open without close-on-exec, and while a server is spawned: a server that inherits
  /// a socket would keep that connection alive.
  static let inheritanceLock = NSLock()

  static func connect(port: Int, host: String = "127.0.0.1", receiveBuffer: Int? = nil) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw HarnessError("socket: \(String(cString: strerror(errno)))") }
    var yes: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, 4)
    if var size = receiveBuffer.map(Int32.init) { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4) }
    // A host that is cut off says nothing at all: connecting, too, has an end.
    var limit = timeval(tv_sec: 2, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    let status = withAddress(host, port) { Foundation.connect(descriptor, $0, $1) }
    guard status == 0 else {
      let reason = String(cString: strerror(errno))
      close(descriptor)
      throw HarnessError("connect to \(host):\(port): \(reason)")
    }
    return descriptor
  }

  /// - Parameter host: four numbers with points between them.
  static func withAddress<Result>(
    _ host: String, _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    inet_pton(AF_INET, host, &address.sin_addr)
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }

  /// Whether `events` (or the end of the connection) came before the deadline.
  static func wait(_ descriptor: Int32, for events: Int32, until deadline: Date) -> Bool {
    while true {
      let left = deadline.timeIntervalSinceNow
      var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
      let count = poll(&entry, 1, Int32(max(0, min(left * 1000 + 1, 100_000))))
      if count > 0 { return true }
      if count == 0 && left <= 0 { return false }
    }
  }
}

/// A listening socket, for fake primaries.
final class Listener {
  private var descriptor: Int32
  let port: Int

  /// - Parameter port: 0 for any free one.
  init(port: Int = 0) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var yes: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, 4)
    let socket = descriptor
    guard Sockets.withAddress("127.0.0.1", port, { bind(socket, $0, $1) }) == 0, listen(descriptor, 64) == 0 else {
      close(descriptor)
      throw HarnessError("port \(port) is taken")
    }
    self.port = port
  }

  func accept(seconds: Double = 20) throws -> Client {
    guard Sockets.wait(descriptor, for: POLLIN, until: Date() + seconds) else {
      throw HarnessError("nobody connected to port \(port)")
    }
    let socket = descriptor
    let accepted = Sockets.inheritanceLock.withLock {
      let accepted = Foundation.accept(socket, nil, nil)
      if accepted >= 0 { _ = fcntl(accepted, F_SETFD, FD_CLOEXEC) }
      return accepted
    }
    guard accepted >= 0 else { throw HarnessError("accept: \(String(cString: strerror(errno)))") }
    return Client(descriptor: accepted)
  }

  func stop() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  deinit { stop() }
}
