internal import CURing
internal import Glibc

/// Options of sockets, and sockets. A connection inherits those of the listener it came through, so accepting costs no call.
enum SocketOptions {
  /// A stream socket, close-on-exec.
  static func socket(family: Int32) throws(Errno) -> Int32 {
    let descriptor = Glibc.socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw .last }
    return descriptor
  }

  @discardableResult
  static func set(_ descriptor: Int32, level: Int32, _ name: Int32, _ value: Int32) -> Bool {
    var value = value
    // The kernel reads four bytes from the local value.
    return unsafe setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size)) == 0
  }

  /// Whether small pieces leave at once, or wait a moment for others.
  static func setNoDelay(_ descriptor: Int32, _ isOn: Bool = true) {
    set(descriptor, level: Int32(IPPROTO_TCP), TCP_NODELAY, isOn ? 1 : 0)
  }

  /// Finds dead peers: first probe after `seconds` of silence, then thrice every third of that. 0 turns it off.
  static func setKeepAlive(_ descriptor: Int32, seconds: Int) {
    set(descriptor, level: SOL_SOCKET, SO_KEEPALIVE, seconds > 0 ? 1 : 0)
    guard seconds > 0 else { return }
    let tcp = Int32(IPPROTO_TCP)
    set(descriptor, level: tcp, TCP_KEEPIDLE, Int32(clamping: seconds))
    set(descriptor, level: tcp, TCP_KEEPINTVL, Int32(clamping: max(1, seconds / 3)))
    set(descriptor, level: tcp, TCP_KEEPCNT, 3)
  }

  /// Ends a connection in both directions; its descriptor stays.
  static func shutDown(_ descriptor: Int32) { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// Says a last word to somebody who is not let in, without waiting, and closes the descriptor.
  static func refuse(_ descriptor: Int32, saying text: StaticString) {
    // A literal's bytes live as long as the program.
    _ = unsafe send(
      descriptor, text.utf8Start, text.utf8CodeUnitCount, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
    close(descriptor)
  }
}
