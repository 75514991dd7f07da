internal import CURing
internal import Glibc

/// A socket's address: IPv4, IPv6 or a path in the file system.
@safe
struct SocketAddress {
  // A plain C value; read and written only through copies of its own members.
  private var storage: sockaddr_storage
  private var length: socklen_t

  /// The family (AF_INET, AF_INET6, AF_UNIX), AF_UNSPEC when unknown.
  var family: Int32 { Int32(storage.ss_family) }

  init() {
    storage = sockaddr_storage()
    length = socklen_t(MemoryLayout<sockaddr_storage>.size)
  }

  /// A path. Nil when it does not fit the 107 bytes the kernel has for it.
  init?(path: String) {
    self.init()
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let capacity = MemoryLayout.size(ofValue: address.sun_path)
    guard bytes.count < capacity else { return nil }
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
    // A sockaddr_un is smaller than the storage it is copied into.
    unsafe withUnsafeMutableBytes(of: &storage) { target in
      unsafe withUnsafeBytes(of: &address) { unsafe target.copyMemory(from: $0) }
    }
    length = socklen_t(MemoryLayout<sockaddr_un>.size)
  }

  /// A path or, behind `@`, a name among the kernel's abstract sockets: unix(7).
  init?(name: String) {
    self.init(path: name)
    guard name.hasPrefix("@") else { return }
    // Behind the family's two bytes such a name begins with a zero, and it ends where the address does.
    unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0[2] = 0 }
    length = socklen_t(2 + name.utf8.count)
  }

  /// Whether a host is a number, IPv4 or IPv6, that takes no resolver.
  static func isNumeric(_ host: String) -> Bool {
    var hints = unsafe addrinfo()
    unsafe hints.ai_flags = AI_NUMERICHOST
    var list: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(host, nil, &hints, &list) == 0 else { return false }
    unsafe freeaddrinfo(list)
    return true
  }

  /// The addresses a name or number stands for. Blocks while a name is looked up, as Redis does; a number never does.
  ///
  /// - Parameters:
  ///   - host: a name, a number, or "*" for every address.
  ///   - family: AF_INET, AF_INET6 or AF_UNSPEC.
  /// - Throws: the resolver's text.
  static func resolve(host: String, port: Int, family: Int32, passive: Bool) throws(ResolutionFailure)
    -> [SocketAddress]
  {
    var hints = unsafe addrinfo()
    unsafe hints.ai_family = family
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    unsafe hints.ai_flags = AI_NUMERICSERV | (passive ? AI_PASSIVE : 0)
    var list: UnsafeMutablePointer<addrinfo>?
    let isEverywhere = host == "*" || host == "::*"
    if !isEverywhere, isNumeric(host) { unsafe hints.ai_flags |= AI_NUMERICHOST }
    let status =
      isEverywhere
      ? unsafe getaddrinfo(nil, String(port), &hints, &list) : unsafe getaddrinfo(host, String(port), &hints, &list)
    guard status == 0 else { throw ResolutionFailure(text: unsafe String(cString: gai_strerror(status))) }
    defer { unsafe freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = unsafe list
    while let entry = unsafe next {
      var address = SocketAddress()
      // The resolver's addresses are at most as long as a sockaddr_storage.
      unsafe withUnsafeMutableBytes(of: &address.storage) {
        unsafe $0.copyMemory(
          from: UnsafeRawBufferPointer(start: entry.pointee.ai_addr, count: Int(entry.pointee.ai_addrlen)))
      }
      unsafe address.length = entry.pointee.ai_addrlen
      addresses.append(address)
      unsafe next = entry.pointee.ai_next
    }
    return addresses
  }

  /// The other end of a connected socket.
  static func peer(of descriptor: Int32) -> SocketAddress? {
    var address = SocketAddress()
    let result = unsafe address.withMutable { unsafe getpeername(descriptor, $0, $1) }
    return result == 0 ? address : nil
  }

  /// This end of a socket.
  static func local(of descriptor: Int32) -> SocketAddress? {
    var address = SocketAddress()
    let result = unsafe address.withMutable { unsafe getsockname(descriptor, $0, $1) }
    return result == 0 ? address : nil
  }

  func bind(_ descriptor: Int32) -> Int32 {
    unsafe withBytes { unsafe Glibc.bind(descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), length) }
  }

  /// The address as the kernel wants it, for the time of `body`.
  @unsafe
  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    unsafe withUnsafeBytes(of: storage) { unsafe body(UnsafeRawBufferPointer(rebasing: $0.prefix(Int(length)))) }
  }

  @unsafe
  private mutating func withMutable(
    _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
  ) -> Int32 {
    unsafe withUnsafeMutablePointer(to: &storage) { pointer in
      // The kernel writes at most `length` bytes, the size of the storage.
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, &length) }
    }
  }

  /// True for 127.0.0.0/8, ::1 and paths: what protected mode lets in. An IPv4 address mapped into IPv6 is not, as in
  /// Redis.
  var isLocal: Bool {
    switch family {
    case AF_UNIX: true
    default:
      switch hostText {
      case let text?: text.hasPrefix("127.") || text == "::1"
      case nil: false
      }
    }
  }

  /// The number of the host, nil for a path.
  var hostText: String? {
    guard family == AF_INET || family == AF_INET6 else { return nil }
    return unsafe withUnsafeBytes(of: storage) { bytes in
      var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
      // sin_addr lies 4 bytes into a sockaddr_in, sin6_addr 8 bytes into a sockaddr_in6.
      let offset = family == AF_INET ? 4 : 8
      guard unsafe inet_ntop(family, bytes.baseAddress! + offset, &text, socklen_t(text.count)) != nil else {
        return nil
      }
      return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }

  /// The port; 0 for a path.
  var port: Int {
    guard family == AF_INET || family == AF_INET6 else { return 0 }
    // The port lies two bytes in, most significant byte first, in both families.
    return unsafe withUnsafeBytes(of: storage) { Int(unsafe $0[2]) << 8 | Int(unsafe $0[3]) }
  }

  /// `127.0.0.1:6379`, `[::1]:6379`; a path's sockets have no name of their own.
  var text: String {
    guard let host = hostText else { return "?:0" }
    return family == AF_INET6 ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}

/// Why a host's name gave no address: the resolver's words.
struct ResolutionFailure: Error {
  let text: String
}
