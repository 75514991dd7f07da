import CURing
import Glibc

@testable import Server

/// A pair of connected stream sockets, closed at the end.
final class SocketPair {
  let near: Int32
  let far: Int32
  private var isFarOpen = true

  init(sendBufferBytes: Int32? = nil) {
    var descriptors: [Int32] = [-1, -1]
    precondition(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &descriptors) == 0)
    near = descriptors[0]
    far = descriptors[1]
    if var size = sendBufferBytes {
      setsockopt(near, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }
  }

  deinit {
    close(near)
    closeFar()
  }

  func closeFar() {
    if isFarOpen { close(far) }
    isFarOpen = false
  }

  /// Writes all bytes at the far end (they must fit the socket).
  func write(_ text: String) {
    let bytes = Array(text.utf8)
    precondition(Glibc.write(far, bytes, bytes.count) == bytes.count)
  }

  /// Reads what is there at the far end, without waiting.
  func readAvailable(limit: Int = 1 << 20) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: limit)
    let count = recv(far, &bytes, limit, Int32(MSG_DONTWAIT))
    return Array(bytes.prefix(max(0, count)))
  }
}

extension Ring {
  /// Enters and gathers completions until `count` have come or the patience ends.
  mutating func gather(_ count: Int, patienceMicroseconds: Int = 2_000_000) throws -> [Completion] {
    var completions: [Completion] = []
    var rounds = 0
    while completions.count < count, rounds < 64 {
      rounds += 1
      try enter(waitFor: 1, timeoutMicroseconds: patienceMicroseconds / 64)
      while let completion = nextCompletion() { completions.append(completion) }
    }
    return completions
  }

  /// Enters for a moment and gathers what came.
  mutating func settle(microseconds: Int = 20_000) throws -> [Completion] {
    var completions: [Completion] = []
    try enter(waitFor: 1, timeoutMicroseconds: microseconds)
    while let completion = nextCompletion() { completions.append(completion) }
    return completions
  }
}
