internal import CURing
internal import Engine
internal import Glibc
internal import Logging

/// systemd, where it started the process and wants to hear of it (`Type=notify`): sd_notify(3).
enum Supervisor {
  /// Says that the process is coming up.
  static func greet(_ mode: SupervisionMode, _ logger: Logger) {
    guard mode == .systemd || mode == .auto else { return }
    guard address != nil else {
      if mode == .systemd { logger.warning("systemd supervision error: NOTIFY_SOCKET not found!") }
      return
    }
    tell("STATUS=Ringdove is loading...\n", mode, logger)
    logger.notice(
      "Supervised by systemd. Please make sure you set appropriate values for TimeoutStartSec and TimeoutStopSec in your service unit."
    )
  }

  /// Sends lines such as `READY=1` in one datagram; does nothing where nobody supervises.
  static func tell(_ state: StaticString, _ mode: SupervisionMode, _ logger: Logger) {
    guard mode == .systemd || mode == .auto, let address else { return }
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    // A literal's bytes live as long as the program, the address for the call.
    let sent = unsafe address.withBytes { target in
      unsafe sendto(
        descriptor, state.utf8Start, state.utf8CodeUnitCount, Int32(MSG_NOSIGNAL),
        target.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(target.count))
    }
    if sent < 0 { logger.warning("systemd supervision error: sd_notify: \(Errno.last)") }
  }

  private static var address: SocketAddress? {
    // Nothing in the process changes its environment.
    guard let name = unsafe getenv("NOTIFY_SOCKET") else { return nil }
    return unsafe SocketAddress(name: String(cString: name))
  }
}
