internal import CLinux
internal import Glibc

/// A level-triggered epoll set whose events carry the index of a connection.
struct Poller: ~Copyable {
  private let descriptor: Int32
  private let events: UnsafeMutablePointer<epoll_event>
  private static let capacity = 512

  init() {
    descriptor = epoll_create1(0)
    precondition(descriptor >= 0, "epoll_create1")
    events = .allocate(capacity: Self.capacity)
  }

  deinit {
    close(descriptor)
    events.deallocate()
  }

  private func control(_ operation: Int32, _ socket: Int32, _ index: Int, writing: Bool) {
    var event = epoll_event()
    event.events = EPOLLIN.rawValue | (writing ? EPOLLOUT.rawValue : 0)
    event.data.u64 = UInt64(index)
    epoll_ctl(descriptor, operation, socket, &event)
  }

  func add(_ socket: Int32, index: Int) { control(EPOLL_CTL_ADD, socket, index, writing: false) }
  func watch(_ socket: Int32, index: Int, writing: Bool) { control(EPOLL_CTL_MOD, socket, index, writing: writing) }

  func remove(_ socket: Int32) {
    var event = epoll_event()
    epoll_ctl(descriptor, EPOLL_CTL_DEL, socket, &event)
  }

  /// Waits for at most `milliseconds`; returns how many events there are.
  func wait(milliseconds: Int32) -> Int {
    max(0, Int(epoll_wait(descriptor, events, Int32(Self.capacity), milliseconds)))
  }

  func index(_ event: Int) -> Int { Int(events[event].data.u64) }
  func isReadable(_ event: Int) -> Bool { events[event].events & ~EPOLLOUT.rawValue != 0 }
  func isWritable(_ event: Int) -> Bool { events[event].events & EPOLLOUT.rawValue != 0 }
}
