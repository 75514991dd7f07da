internal import Glibc
internal import Synchronization

/// What one thread of the load counted.
struct LoadTally: Sendable {
  var histogram = LatencyHistogram()
  var samples: [LatencySample] = []
  var commands = 0
  var errors = 0
  var firstError: [UInt8] = []
  var unanswered = 0
  var lostConnections = 0
  var lastReply: UInt64 = 0
}

/// A count that its thread publishes and the coordinator reads.
final class SharedCount: Sendable {
  let value = Atomic<Int>(0)
}

/// The times of a run, on the monotonic clock. Commands count from `measureFrom` to `until`.
struct LoadWindow: Sendable {
  var start: UInt64
  var measureFrom: UInt64
  var until: UInt64
}

/// One thread's connections and the loop that keeps them busy.
struct LoadLoop: ~Copyable {
  private let plan: LoadPlan
  private let window: LoadWindow
  private let poller = Poller()
  private let connections: UnsafeMutablePointer<LoadConnection>
  private let connectionCount: Int
  private var encoder: CommandEncoder
  private var schedule: ArrivalSchedule?
  private var nextConnection = 0
  /// Commands this thread may still start.
  private var budget: Int
  private var tally = LoadTally()
  private var completed = 0
  private var inFlight = 0
  private var openConnections: Int
  private let published: SharedCount
  private let input: UnsafeMutablePointer<UInt8>

  private static let inputBytes = 256 * 1024
  /// How long after the end an answer may still come.
  private static let graceNanoseconds: UInt64 = 2_000_000_000

  /// - Parameters:
  ///   - sockets: connected, owned by the loop from now on.
  ///   - budget: commands this thread may send.
  init(
    plan: LoadPlan, mix: CommandMix, sockets: [Int32], thread: Int, window: LoadWindow, budget: Int,
    published: SharedCount
  ) {
    self.plan = plan
    self.window = window
    self.budget = budget
    self.published = published
    encoder = CommandEncoder(
      mix: mix, valueSize: plan.valueSize,
      keys: KeySampler(plan.keyDistribution, keySpace: plan.keySpace, thread: thread, threads: plan.threads),
      seed: plan.seed &+ UInt64(thread) &* 0x1_0001)
    if case .openLoop(let rate, let arrivals) = plan.pace {
      schedule = ArrivalSchedule(
        origin: window.start, commandsPerSecond: rate / Double(plan.threads), arrivals: arrivals,
        seed: plan.seed &+ 7919 &* UInt64(thread + 1))
    }
    if plan.keepsSamples, case .openLoop(let rate, _) = plan.pace {
      // Growing it on the way would be a pause of our own.
      let seconds = Double(window.until - window.measureFrom) / 1e9
      tally.samples.reserveCapacity(Int(rate / Double(plan.threads) * seconds * 1.1) + 1000)
    }
    connections = .allocate(capacity: sockets.count)
    connectionCount = sockets.count
    openConnections = sockets.count
    input = .allocate(capacity: Self.inputBytes)
    let capacity = mix.largestEncoding * plan.pipeline + 64
    for (index, socket) in sockets.enumerated() {
      makeNonblocking(socket)
      (connections + index).initialize(to: LoadConnection(descriptor: socket, outputCapacity: capacity))
      poller.add(socket, index: index)
    }
  }

  deinit {
    for index in 0..<connectionCount {
      if connections[index].isOpen { close(connections[index].descriptor) }
      connections[index].deallocate()
    }
    connections.deinitialize(count: connectionCount)
    connections.deallocate()
    input.deallocate()
  }

  mutating func run() -> LoadTally {
    while monotonicNanoseconds() < window.start { sched_yield() }
    if schedule == nil { runClosed() } else { runOpen() }
    for index in 0..<connectionCount {
      tally.errors += connections[index].scanner.errors
      if tally.firstError.isEmpty { tally.firstError = connections[index].scanner.firstError }
    }
    return tally
  }

  // MARK: Closed loop

  private mutating func runClosed() {
    for index in 0..<connectionCount { startBatch(index, now: monotonicNanoseconds()) }
    while inFlight > 0 && openConnections > 0 {
      let events = poller.wait(milliseconds: 100)
      for event in 0..<events { handle(event, open: false) }
      published.value.store(completed, ordering: .relaxed)
      if monotonicNanoseconds() > window.until &+ Self.graceNanoseconds { return }
    }
  }

  private mutating func startBatch(_ index: Int, now: UInt64) {
    guard now < window.until, budget > 0 else { return }
    let count = min(plan.pipeline, budget)
    budget -= count
    inFlight += count
    for _ in 0..<count { connections[index].append(from: &encoder) }
    connections[index].batchStart = now
    flush(index)
  }

  // MARK: Open loop

  private mutating func runOpen() {
    while openConnections > 0 {
      let now = monotonicNanoseconds()
      while schedule!.next <= now && schedule!.next < window.until && budget > 0 {
        submit(due: schedule!.next)
        schedule!.advance()
      }
      let isOver = schedule!.next >= window.until || budget == 0
      if isOver && inFlight == 0 { break }
      if isOver && now > window.until &+ Self.graceNanoseconds { break }
      // Far from the next due time the thread may sleep; near it, it watches the clock.
      let gap = schedule!.next > now ? schedule!.next - now : 0
      let events = poller.wait(milliseconds: isOver ? 10 : gap > 3_000_000 ? Int32(gap / 1_000_000) - 1 : 0)
      for event in 0..<events { handle(event, open: true) }
      published.value.store(completed, ordering: .relaxed)
    }
    countUnanswered()
  }

  private mutating func submit(due: UInt64) {
    budget -= 1
    inFlight += 1
    var index = nextConnection
    // Skip connections that are gone; the caller knows that one is left.
    while !connections[index].isOpen { index = (index + 1) % connectionCount }
    nextConnection = (index + 1) % connectionCount
    guard connections[index].inFlight < plan.pipeline else {
      connections[index].waiting.append(due)
      return
    }
    connections[index].dueTimes.append(due)
    connections[index].append(from: &encoder)
    flush(index)
  }

  private mutating func sendWaiting(_ index: Int) {
    guard connections[index].waiting.count > 0 else { return }
    while connections[index].waiting.count > 0 && connections[index].inFlight < plan.pipeline {
      connections[index].dueTimes.append(connections[index].waiting.removeFirst())
      connections[index].append(from: &encoder)
    }
    flush(index)
  }

  private mutating func countUnanswered() {
    let now = monotonicNanoseconds()
    for index in 0..<connectionCount {
      while connections[index].dueTimes.count > 0 { noteUnanswered(connections[index].dueTimes.removeFirst(), now) }
      while connections[index].waiting.count > 0 { noteUnanswered(connections[index].waiting.removeFirst(), now) }
    }
  }

  private mutating func noteUnanswered(_ due: UInt64, _ now: UInt64) {
    guard due >= window.measureFrom else { return }
    record(now, due)
    tally.unanswered += 1
  }

  private mutating func record(_ now: UInt64, _ due: UInt64) {
    tally.histogram.record(now - due)
    if plan.keepsSamples { tally.samples.append(LatencySample(due: due - window.measureFrom, latency: now - due)) }
  }

  // MARK: Both

  private mutating func handle(_ event: Int, open: Bool) {
    let index = poller.index(event)
    guard connections[index].isOpen else { return }
    if poller.isWritable(event) { flush(index) }
    guard poller.isReadable(event), connections[index].isOpen else { return }
    let count = recv(connections[index].descriptor, input, Self.inputBytes, 0)
    if count <= 0 {
      if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
      return lose(index)
    }
    let replies = connections[index].scanner.scan(input, count: count)
    guard replies > 0 else { return }
    guard replies <= connections[index].inFlight else { return lose(index) }
    let now = monotonicNanoseconds()
    connections[index].inFlight -= replies
    inFlight -= replies
    completed += replies
    tally.lastReply = now
    if open {
      for _ in 0..<replies {
        let due = connections[index].dueTimes.removeFirst()
        if due >= window.measureFrom {
          record(now, due)
          tally.commands += 1
        }
      }
      sendWaiting(index)
    } else {
      if now >= window.measureFrom && now < window.until {
        tally.commands += replies
        tally.histogram.record(now - connections[index].batchStart, count: replies)
      }
      if connections[index].inFlight == 0 { startBatch(index, now: now) }
    }
  }

  private mutating func flush(_ index: Int) {
    guard connections[index].flush() else { return lose(index) }
    let wants = connections[index].hasOutput
    if wants != connections[index].wantsWritable {
      connections[index].wantsWritable = wants
      poller.watch(connections[index].descriptor, index: index, writing: wants)
    }
  }

  private mutating func lose(_ index: Int) {
    guard connections[index].isOpen else { return }
    connections[index].isOpen = false
    poller.remove(connections[index].descriptor)
    close(connections[index].descriptor)
    inFlight -= connections[index].inFlight + connections[index].waiting.count
    openConnections -= 1
    tally.lostConnections += 1
  }
}
