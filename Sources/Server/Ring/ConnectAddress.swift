internal import Glibc

/// An address that a connect in flight reads: one for each, kept until its completion.
@safe
final class ConnectAddress {
  // Allocated once; the kernel reads it until the connect's completion, and its owner outlives the ring.
  fileprivate let storage = UnsafeMutableRawBufferPointer.allocate(
    byteCount: MemoryLayout<sockaddr_storage>.size, alignment: 8)
  fileprivate let count: Int
  let family: Int32

  /// Takes the first address a host stands for. Blocks while a name is looked up.
  init(host: String, port: Int) throws(ConnectFailure) {
    do throws(ResolutionFailure) {
      let found = try SocketAddress.resolve(host: host, port: port, family: AF_UNSPEC, passive: false)
      guard let address = found.first else { throw ResolutionFailure(text: "no address") }
      family = address.family
      let storage = unsafe storage
      count = unsafe address.withBytes { bytes in
        unsafe storage.copyMemory(from: bytes)
        return bytes.count
      }
    } catch { throw ConnectFailure(reason: error.text) }
  }

  deinit { unsafe storage.deallocate() }
}

/// Why no connection was begun.
struct ConnectFailure: Error {
  let reason: String

  /// Turns the failure of a system call into one of these.
  static func checking<Result>(_ body: () throws(Errno) -> Result) throws(ConnectFailure) -> Result {
    do throws(Errno) { return try body() } catch { throw ConnectFailure(reason: error.description) }
  }
}

extension Ring {
  /// Connects a socket.
  mutating func connect(_ descriptor: Int32, _ address: ConnectAddress, _ token: Token) {
    unsafe connect(
      descriptor, UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(address.storage)[..<address.count]), token)
  }
}
