internal import CURing

/// A completion is always the three things the kernel says: whose, how it went, and what else. A failed one too.
struct Completion: Equatable {
  let token: Token
  /// Zero or more: what the operation returns (bytes, a descriptor). Negative: an errno, negated.
  let result: Int32
  let flags: UInt32

  init(token: Token, result: Int32, flags: UInt32) {
    self.token = token
    self.result = result
    self.flags = flags
  }

  init(_ raw: curing_completion) {
    self.init(token: Token(bits: raw.user_data), result: raw.result, flags: raw.flags)
  }

  /// The failure, if it is one.
  var failure: Errno? { result < 0 ? Errno(-result) : nil }

  /// The multishot submission lives on. Without it, it must be submitted again to hear more.
  var hasMore: Bool { flags & UInt32(curing_completion_has_more) != 0 }

  /// The provided buffer the kernel filled; the receiver owns it until it gives it back.
  var buffer: UInt16? {
    guard flags & UInt32(curing_completion_has_buffer) != 0 else { return nil }
    return UInt16(truncatingIfNeeded: flags >> UInt32(curing_completion_buffer_shift))
  }
}
