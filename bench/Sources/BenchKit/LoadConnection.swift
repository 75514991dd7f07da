internal import Glibc

/// One client of the load: its socket, the bytes it still has to send, and the times it waits for.
struct LoadConnection {
  let descriptor: Int32
  var scanner = ReplyScanner()
  /// Commands encoded and not yet answered.
  var inFlight = 0
  /// Closed loop: when the batch in flight was sent.
  var batchStart: UInt64 = 0
  /// Open loop: when the commands in flight were due, oldest first.
  var dueTimes = TimeQueue()
  /// Open loop: due, but not sent because the connection has all it may have in flight.
  var waiting = TimeQueue()
  var isOpen = true
  var wantsWritable = false
  private var output: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private var head = 0
  private var tail = 0

  init(descriptor: Int32, outputCapacity: Int) {
    self.descriptor = descriptor
    capacity = outputCapacity
    output = .allocate(capacity: capacity)
  }

  func deallocate() {
    output.deallocate()
    dueTimes.deallocate()
    waiting.deallocate()
  }

  var hasOutput: Bool { head < tail }

  mutating func append(from encoder: inout CommandEncoder) {
    if capacity - tail < encoder.largestEncoding { makeRoom(encoder.largestEncoding) }
    tail += encoder.encode(to: output + tail)
    inFlight += 1
  }

  private mutating func makeRoom(_ needed: Int) {
    let pending = tail - head
    if pending + needed > capacity {
      let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: (pending + needed) * 2)
      larger.update(from: output + head, count: pending)
      output.deallocate()
      output = larger
      capacity = (pending + needed) * 2
    } else {
      memmove(output, output + head, pending)
    }
    head = 0
    tail = pending
  }

  /// Sends what the socket takes; false where the connection is gone.
  mutating func flush() -> Bool {
    while head < tail {
      let sent = send(descriptor, output + head, tail - head, Int32(MSG_NOSIGNAL))
      if sent > 0 {
        head += sent
      } else if errno == EAGAIN {
        return true
      } else if errno != EINTR {
        return false
      }
    }
    head = 0
    tail = 0
    return true
  }
}
