import CURing
import Glibc
import Testing

@testable import Server

/// What the ring promises, each hazard forced.
@Suite struct RingTests {
  // MARK: Entering

  @Test func oneEnterSubmitsAndCollects() throws {
    var ring = try Ring(submissions: 8, completions: 16)
    #expect(ring.mode == .deferred)
    for slot in 0..<5 { ring.nothing(Token(.wake, slot: UInt32(slot), generation: 7)) }
    try ring.enter(waitFor: 1)
    var slots: [UInt32] = []
    while let completion = ring.nextCompletion() {
      #expect(completion.result == 0)
      #expect(completion.token.operation == .wake)
      #expect(completion.token.generation == 7)
      slots.append(completion.token.slot)
    }
    #expect(slots == [0, 1, 2, 3, 4])
    #expect(ring.enterCount == 1)
  }

  @Test func cooperativeModeWorksToo() throws {
    var ring = try Ring(submissions: 8, completions: 16, preferred: .cooperative)
    #expect(ring.mode == .cooperative)
    ring.nothing(Token(.wake))
    #expect(try ring.gather(1).count == 1)
  }

  @Test func aWaitEndsAtItsTimeout() throws {
    var ring = try Ring(submissions: 8, completions: 16)
    let started = ContinuousClock.now
    try ring.enter(waitFor: 1, timeoutMicroseconds: 20_000)
    let waited = started.duration(to: .now)
    #expect(waited >= .milliseconds(19))
    #expect(ring.nextCompletion() == nil)
    #expect(ring.enterCount == 1)
  }

  /// Kernel 6.12: waits for several completions, but no longer than the minimum wait once there is one.
  @Test func minimumWaitGathersSeveralCompletions() throws {
    var ring = try Ring(submissions: 8, completions: 16)
    guard ring.hasMinimumWait else { return }
    ring.nothing(Token(.wake))
    let started = ContinuousClock.now
    try ring.enter(waitFor: 5, timeoutMicroseconds: 2_000_000, minimumWaitMicroseconds: 30_000)
    let waited = started.duration(to: .now)
    #expect(waited >= .milliseconds(25))
    #expect(waited < .milliseconds(1000))
    #expect(ring.nextCompletion() != nil)
  }

  // MARK: A full submission queue

  @Test func submissionsBeyondTheQueueAreNotLost() throws {
    var ring = try Ring(submissions: 2, completions: 4)
    let capacity = ring.submissionCapacity
    let count = capacity * 50
    for slot in 0..<count { ring.nothing(Token(.wake, slot: UInt32(slot))) }
    let slots = try ring.gather(count).map { Int($0.token.slot) }
    #expect(slots == Array(0..<count))
  }

  @Test func aReceiveArmedWhileTheQueueIsFullStillReceives() throws {
    var ring = try Ring(submissions: 1, completions: 8)
    var buffers = try ReceiveBuffers(count: 8, sizeBytes: 64, registeredWith: &ring)
    let pairs = (0..<5).map { _ in SocketPair() }
    for (slot, pair) in pairs.enumerated() {
      ring.nothing(Token(.ignored))
      ring.receiveMultishot(pair.near, group: ReceiveBuffers.group, Token(.receive, slot: UInt32(slot)))
    }
    _ = try ring.settle()
    for pair in pairs { pair.write("x") }
    var heard: Set<UInt32> = []
    for completion in try ring.gather(5) where completion.token.operation == .receive {
      heard.insert(completion.token.slot)
      buffers.recycle(try #require(completion.buffer))
    }
    #expect(heard == [0, 1, 2, 3, 4])
  }

  // MARK: An overflown completion queue

  @Test func completionsBeyondTheQueueAreNotLost() throws {
    var ring = try Ring(submissions: 4, completions: 4)
    let capacity = ring.completionCapacity
    // Poll-driven completions run as task work: they flood the queue in one enter, whatever we submitted.
    var buffers = try ReceiveBuffers(count: 64, sizeBytes: 16, registeredWith: &ring)
    let pairs = (0..<capacity * 8).map { _ in SocketPair() }
    for (slot, pair) in pairs.enumerated() {
      ring.receiveMultishot(pair.near, group: ReceiveBuffers.group, Token(.receive, slot: UInt32(slot)))
    }
    try ring.enter(waitFor: 0)
    #expect(ring.nextCompletion() == nil)
    for pair in pairs { pair.write("!") }
    var heard: [UInt32] = []
    for completion in try ring.gather(pairs.count) {
      #expect(completion.result == 1)
      heard.append(completion.token.slot)
      buffers.recycle(try #require(completion.buffer))
    }
    #expect(heard.sorted() == (0..<UInt32(pairs.count)).map { $0 })
    #expect(ring.overflowCount > 0)
  }

  // MARK: Receiving

  @Test func anEmptyBufferRingEndsTheReceiveAndReArmingRevivesIt() throws {
    var ring = try Ring(submissions: 8, completions: 16)
    var buffers = try ReceiveBuffers(count: 1, sizeBytes: 4, registeredWith: &ring)
    let pair = SocketPair()
    let token = Token(.receive, slot: 3, generation: 1)
    ring.receiveMultishot(pair.near, group: ReceiveBuffers.group, token)
    pair.write("abcdefghij")
    var text = ""
    var starved = 0
    var rounds = 0
    while text.count < 10, rounds < 100 {
      rounds += 1
      for completion in try ring.settle() {
        #expect(completion.token == token)
        if let buffer = completion.buffer {
          buffers.took()
          text += buffers.bytes(of: buffer, count: Int(completion.result)).text
          buffers.recycle(buffer)
        }
        if completion.result == -ENOBUFS {
          starved += 1
          #expect(!completion.hasMore)
        }
        if !completion.hasMore {
          buffers.publish()
          ring.receiveMultishot(pair.near, group: ReceiveBuffers.group, token)
        }
      }
      buffers.publish()
    }
    #expect(text == "abcdefghij")
    #expect(starved > 0)
    #expect(buffers.available == 1)
  }

  @Test func theEndOfAStreamComesWithoutMore() throws {
    var ring = try Ring(submissions: 8, completions: 16)
    var buffers = try ReceiveBuffers(count: 4, sizeBytes: 64, registeredWith: &ring)
    let pair = SocketPair()
    ring.receiveMultishot(pair.near, group: ReceiveBuffers.group, Token(.receive))
    pair.write("bye")
    pair.closeFar()
    let completions = try ring.gather(2)
    #expect(completions.map(\.result) == [3, 0])
    #expect(completions.map(\.hasMore) == [true, false])
    buffers.recycle(try #require(completions[0].buffer))
    #expect(completions[1].buffer == nil)
  }

  @Test func cancellingEndsAReceiveWithItsOwnUserData() throws {
    var ring = try Ring(submissions: 8, completions: 16)
    let buffers = try ReceiveBuffers(count: 4, sizeBytes: 64, registeredWith: &ring)
    let pair = SocketPair()
    let token = Token(.receive, slot: 9, generation: 4)
    ring.receiveMultishot(pair.near, group: buffers.count > 0 ? ReceiveBuffers.group : 0, token)
    _ = try ring.settle(microseconds: 1000)
    ring.cancelAll(on: pair.near, Token(.cancel, slot: 9, generation: 4))
    let completions = try ring.gather(2)
    let ended = try #require(completions.first { $0.token.operation == .receive })
    #expect(ended.token == token)
    #expect(ended.result == -ECANCELED)
    #expect(!ended.hasMore)
  }

  // MARK: Sending

  @Test func aQuietSendThatSucceedsSaysNothing() throws {
    var ring = try Ring(submissions: 8, completions: 16)
    let pair = SocketPair()
    let bytes = Array("+PONG\r\n".utf8)
    bytes.withUnsafeBytes { ring.sendQuietly(pair.near, $0, Token(.quietSend)) }
    #expect(try ring.settle().isEmpty)
    #expect(pair.readAvailable() == bytes)
  }

  @Test func aQuietSendThatStaysShortTellsTheCount() throws {
    var ring = try Ring(submissions: 8, completions: 16)
    let pair = SocketPair(sendBufferBytes: 4096)
    let bytes = [UInt8](repeating: 65, count: 1 << 20)
    bytes.withUnsafeBytes { ring.sendQuietly(pair.near, $0, Token(.quietSend, slot: 1)) }
    let short = try #require(try ring.settle().first)
    #expect(short.token.operation == .quietSend)
    #expect(short.result > 0 && short.result < Int32(bytes.count))
    #expect(pair.readAvailable(limit: 2 << 20).count == Int(short.result))
    // The socket is drained; fill it again, and the next quiet send gets nothing away.
    bytes.withUnsafeBytes { ring.sendQuietly(pair.near, $0, Token(.quietSend, slot: 2)) }
    bytes.withUnsafeBytes { ring.sendQuietly(pair.near, $0, Token(.quietSend, slot: 3)) }
    let blocked = try ring.gather(2)
    #expect(blocked.last?.result == -EAGAIN)
  }

  @Test func aShortSendIsContinuedFromWhereItStopped() throws {
    var ring = try Ring(submissions: 8, completions: 16)
    let pair = SocketPair(sendBufferBytes: 4096)
    let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    var received: [UInt8] = []
    var sent = 0
    var sends = 0
    try bytes.withUnsafeBytes { all in
      while sent < all.count {
        sends += 1
        ring.send(pair.near, UnsafeRawBufferPointer(rebasing: all[sent...]), completely: false, Token(.send))
        let completion = try #require(try ring.gather(1).first)
        try #require(completion.result > 0)
        sent += Int(completion.result)
        received += pair.readAvailable()
      }
    }
    #expect(sends > 1)
    #expect(received == bytes)
  }

  @Test func aSendToASlowReaderCompletesWhole() throws {
    var ring = try Ring(submissions: 8, completions: 16)
    let pair = SocketPair(sendBufferBytes: 4096)
    let bytes = [UInt8](repeating: 7, count: 200_000)
    let base = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
    defer { base.deallocate() }
    _ = base.initialize(from: bytes)
    ring.send(pair.near, UnsafeRawBufferPointer(base), Token(.send))
    var received = 0
    var result: Int32?
    for _ in 0..<1000 where result == nil {
      result = try ring.settle(microseconds: 1000).first?.result
      received += pair.readAvailable(limit: 10_000).count
    }
    while case let more = pair.readAvailable().count, more > 0 { received += more }
    #expect(result == Int32(bytes.count))
    #expect(received == bytes.count)
  }

  @Test func aSendInFlightIsCancelledWhenTheDescriptorIs() throws {
    var ring = try Ring(submissions: 8, completions: 16)
    let pair = SocketPair(sendBufferBytes: 4096)
    let bytes = [UInt8](repeating: 7, count: 1 << 20)
    let base = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
    defer { base.deallocate() }
    _ = base.initialize(from: bytes)
    ring.send(pair.near, UnsafeRawBufferPointer(base), Token(.send, slot: 1))
    #expect(try ring.settle(microseconds: 5000).isEmpty)
    ring.cancelAll(on: pair.near, Token(.cancel))
    let completions = try ring.gather(2)
    let ended = try #require(completions.first { $0.token.operation == .send })
    // The part that went out before the cancel is told, or the cancel itself.
    #expect(ended.result == -ECANCELED || (ended.result > 0 && ended.result < Int32(bytes.count)))
  }

  // MARK: Tokens

  @Test func aTokenKeepsItsThreeParts() {
    let token = Token(.quietSend, slot: Token.slotLimit - 1, generation: .max)
    #expect(token.operation == .quietSend)
    #expect(token.slot == Token.slotLimit - 1)
    #expect(token.generation == .max)
    #expect(Token(bits: token.bits) == token)
    #expect(Token(bits: .max).operation == .ignored)
  }
}
