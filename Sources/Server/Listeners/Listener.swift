internal import Glibc

/// A socket that takes connections.
struct Listener {
  enum Kind: Equatable {
    case tcp
    case unix(path: String)
  }

  let descriptor: Int32
  let kind: Kind
  /// Which listener a completion speaks of; never used again, so an old one is recognised.
  let identity: UInt32
  /// The multishot accept is in flight.
  var isAccepting = false
}

/// Why a listener could not be opened: the step, and the system's word on it.
struct ListenFailure: Error {
  let step: String
  let reason: String
  /// 0 where the resolver failed.
  let code: Int32

  init(step: String, errno: Errno) {
    self.step = step
    reason = errno.description
    code = errno.code
  }

  init(step: String, reason: String) {
    self.step = step
    self.reason = reason
    code = 0
  }

  /// As Redis words it: `bind: Address already in use`.
  var text: String { "\(step): \(reason)" }

  /// The address is not on this machine; harmless where the address is optional.
  var isAddressMissing: Bool { code == EADDRNOTAVAIL }
  /// This machine does not speak the protocol; always harmless.
  var isProtocolMissing: Bool {
    [ENOPROTOOPT, EPROTONOSUPPORT, ESOCKTNOSUPPORT, EPFNOSUPPORT, EAFNOSUPPORT].contains(code)
  }
}
