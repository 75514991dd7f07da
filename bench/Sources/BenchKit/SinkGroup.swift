internal import Glibc
internal import Synchronization

/// Many replica sinks on one thread of their own.
public final class SinkGroup: Sendable {
  public struct Plan: Sendable {
    public var endpoint: Endpoint
    public var count = 1
    /// The first so many sinks read only `slowBytesPerSecond`.
    public var slow = 0
    public var slowBytesPerSecond = 1_000_000.0
    /// The next so many take the snapshot and then read nothing more.
    public var stopped = 0

    public init(endpoint: Endpoint) { self.endpoint = endpoint }
  }

  private let stopping = Atomic<Bool>(false)
  private let reports = Mutex<[SinkReport]>([])
  private let thread: Mutex<WorkerThread?>
  private let count: Int

  /// Connects the sinks and starts their thread; the handshake goes on there.
  ///
  /// - Throws: `BenchError` where a sink cannot connect.
  public init(_ plan: Plan) throws {
    count = plan.count
    thread = Mutex(nil)
    let sockets = try (0..<plan.count).map { _ in try plan.endpoint.connect() }
    let worker = WorkerThread { [self] in run(plan, sockets) }
    thread.withLock { $0 = worker }
  }

  /// The state of every sink, at most 2 ms old.
  public var current: [SinkReport] { reports.withLock { $0 } }

  /// Waits until every sink streams; false where that takes longer than `seconds` or one was lost.
  public func waitUntilStreaming(seconds: Double) -> Bool {
    wait(seconds: seconds) { $0.allSatisfy { $0.state == ReplicaSink.State.streaming.rawValue } }
  }

  /// Waits until every sink has drained the stream up to `offset`; false where that takes longer than `seconds` or one
  /// was lost.
  public func waitUntilDrained(to offset: Int, seconds: Double) -> Bool {
    wait(seconds: seconds) { $0.allSatisfy { $0.offset >= offset } }
  }

  /// Waits until all sinks stand at one offset and have stood there for 100 ms: for a server that does not tell its own.
  public func waitUntilStill(seconds: Double) -> Bool {
    var last = -1
    var since = monotonicNanoseconds()
    return wait(seconds: seconds) { reports in
      let lowest = reports.map(\.offset).min() ?? 0
      if lowest != last || lowest != reports.map(\.offset).max() {
        last = lowest
        since = monotonicNanoseconds()
      }
      return monotonicNanoseconds() - since > 100_000_000
    }
  }

  private func wait(seconds: Double, _ isDone: ([SinkReport]) -> Bool) -> Bool {
    let limit = monotonicNanoseconds() + UInt64(seconds * 1e9)
    while monotonicNanoseconds() < limit {
      let now = current
      if now.count == count && isDone(now) { return true }
      if now.contains(where: { $0.state == ReplicaSink.State.lost.rawValue }) { return false }
      sleepSeconds(0.001)
    }
    return false
  }

  /// Closes every sink; returns what they saw.
  public func stop() -> [SinkReport] {
    stopping.store(true, ordering: .relaxed)
    let worker = thread.withLock { thread -> WorkerThread? in
      defer { thread = nil }
      return thread
    }
    worker?.join()
    return current
  }

  private func run(_ plan: Plan, _ sockets: [Int32]) {
    let poller = Poller()
    let capacity = 1 << 20
    let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    defer { buffer.deallocate() }
    var sinks: [ReplicaSink] = []
    for (index, socket) in sockets.enumerated() {
      let reading: ReplicaSink.Reading =
        index < plan.slow
        ? .slow(bytesPerSecond: plan.slowBytesPerSecond) : index < plan.slow + plan.stopped ? .stopped : .draining
      sinks.append(ReplicaSink(descriptor: socket, port: 20_000 + index, reading: reading))
      makeNonblocking(socket)
      poller.add(socket, index: index)
    }
    let hasHeldBack = plan.slow + plan.stopped > 0
    var nextPublication: UInt64 = 0
    while !stopping.load(ordering: .relaxed) {
      let events = poller.wait(milliseconds: 2)
      let now = monotonicNanoseconds()
      var heldBack = 0
      for event in 0..<events {
        let index = poller.index(event)
        guard sinks[index].wantsToRead(now: now) else {
          heldBack += 1
          if sinks[index].state == .lost { poller.remove(sockets[index]) }
          continue
        }
        sinks[index].read(buffer, capacity, now: now)
        if sinks[index].state == .lost { poller.remove(sockets[index]) }
      }
      // epoll would call again at once for those who do not read on purpose.
      if hasHeldBack && heldBack == events && events > 0 { sleepSeconds(0.001) }
      for index in sinks.indices { sinks[index].acknowledge(now: now) }
      if now >= nextPublication {
        nextPublication = now + 2_000_000
        publish(sinks)
      }
    }
    publish(sinks)
    for socket in sockets { close(socket) }
  }

  private func publish(_ sinks: [ReplicaSink]) {
    reports.withLock { reports in
      reports = sinks.enumerated().map { index, sink in
        SinkReport(
          index: index, state: sink.state.rawValue, initialOffset: sink.initialOffset, offset: sink.offset,
          snapshotBytes: sink.snapshotBytes, streamBytes: sink.streamBytes)
      }
    }
  }
}
