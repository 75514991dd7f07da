internal import Glibc

/// An address that a connect in flight reads: it stays at one place until the ring is gone.
@safe
final class ConnectAddress {
  // Allocated once; the kernel reads it until the connect's completion, and its owner outlives the ring.
  fileprivate let storage = UnsafeMutableRawBufferPointer.allocate(
    byteCount: MemoryLayout<sockaddr_storage>.size, alignment: 8)
  fileprivate var count = 0

  deinit { unsafe storage.deallocate() }

  /// Takes the first address a host stands for.
  func resolve(host: String, port: Int) throws(ConnectFailure) -> SocketAddress {
    do throws(ResolutionFailure) {
      let found = try SocketAddress.resolve(host: host, port: port, family: AF_UNSPEC, passive: false)
      guard let address = found.first else { throw ResolutionFailure(text: "no address") }
      unsafe address.withBytes { bytes in
        unsafe storage.copyMemory(from: bytes)
        count = bytes.count
      }
      return address
    } catch { throw ConnectFailure(reason: error.text) }
  }
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
