import Glibc
import Testing

@testable import Engine
@testable import Server

/// Connections over a real ring: bytes in, requests out, and slots that are closed and used again.
@Suite struct RingConnectionsTests {
  /// A ring with connections, driven by hand. No engine: what was parsed is read from the batch.
  final class Bench {
    var ring: Ring
    var buffers: ReceiveBuffers
    var connections = Connections()
    var batch = RequestBatch()
    var ended: [UInt32] = []
    var gone: [SessionHandle] = []

    init(buffers count: Int = 8, sizeBytes: Int = 64) throws {
      ring = try Ring(submissions: 16, completions: 64)
      buffers = try ReceiveBuffers(count: count, sizeBytes: sizeBytes, registeredWith: &ring)
    }

    // What the checks look at, as copies: a connection itself cannot be copied.
    func phase(_ slot: UInt32) -> Connection.Phase { connections.table[slot].phase }
    func sending(_ slot: UInt32) -> Connection.Sending { connections.table[slot].sending }
    func isHeld(_ slot: UInt32) -> Bool { connections.table[slot].isHeld }
    func isReceiving(_ slot: UInt32) -> Bool { connections.table[slot].isReceiving }
    func inputCount(_ slot: UInt32) -> Int { connections.table[slot].input.count }
    func inputCapacity(_ slot: UInt32) -> Int { connections.table[slot].input.capacity }
    var openCount: Int { connections.openCount }
    var quietCount: Int { connections.quietCount }
    var available: Int { buffers.available }
    var enterCount: UInt64 { ring.enterCount }
    func isOpen(_ handle: SessionHandle) -> Bool { connections.open(handle) != nil }

    /// One turn.
    /// - Returns: the requests parsed, each as "session: argument argument".
    func turn(maximumRequests: Int = 1024, deferring: Bool = false) throws -> [String] {
      try ring.enter(waitFor: 1, timeoutMicroseconds: 20_000)
      connections.noteHandedOver()
      var ready: [UInt32] = []
      while let completion = ring.nextCompletion() {
        guard completion.token.operation == .receive else { continue }
        switch connections.received(completion, &buffers, &ring) {
        case .nothing: break
        case .bytes(let slot): if !ready.contains(slot) { ready.append(slot) }
        case .ended(let slot): ended.append(slot)
        }
      }
      var texts: [String] = []
      while !ready.isEmpty {
        var again: [UInt32] = []
        for slot in ready where !connections.table[slot].isHeld {
          let limits = RequestParser.Limits(bulkBytes: 1 << 29, isUnauthenticated: false)
          connections.parse(slot, buffers, limits: limits, maximumRequests: maximumRequests, into: &batch)
        }
        for index in 0..<batch.count {
          let request = batch[index]
          let arguments = batch.arguments(of: request)
          texts.append(
            "\(request.session.slot): " + (0..<arguments.count).map { arguments[$0].text }.joined(separator: " "))
        }
        for slot in ready where !connections.table[slot].isHeld {
          if deferring { connections.table[slot].parsed.deferredFrom = 0 }
          if connections.settle(slot, &buffers) { again.append(slot) }
        }
        batch.removeAll()
        ready = again
      }
      buffers.publish()
      connections.feedStarving(buffers, &ring)
      while let handle = connections.takeGone() { gone.append(handle) }
      return texts
    }
  }

  @Test func requestsSplitAnywhereAreReadOnce() throws {
    let text = "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n*1\r\n$4\r\nPING\r\n"
    for split in 1..<text.utf8.count {
      let bench = try Bench()
      let pair = SocketPair()
      let handle = bench.connections.adopt(dup(pair.near), &bench.ring)
      pair.write(String(text.prefix(split)))
      var found = try bench.turn()
      pair.write(String(text.dropFirst(split)))
      found += try bench.turn()
      #expect(found == ["\(handle.slot): SET key value", "\(handle.slot): PING"])
      #expect(bench.inputCapacity(handle.slot) == 0)
    }
  }

  @Test func severalBuffersOfOneTurnAreBroughtTogether() throws {
    let bench = try Bench(buffers: 32, sizeBytes: 16)
    let pair = SocketPair()
    _ = bench.connections.adopt(dup(pair.near), &bench.ring)
    let value = String(repeating: "v", count: 200)
    pair.write("*2\r\n$4\r\nECHO\r\n$200\r\n\(value)\r\nPING\r\n")
    var found: [String] = []
    for _ in 0..<10 where found.count < 2 { found += try bench.turn() }
    #expect(found == ["0: ECHO \(value)", "0: PING"])
    #expect(bench.available == 32)
    #expect(bench.inputCapacity(0) == 0)
  }

  @Test func aLargeArgumentGetsItsRoomOnce() throws {
    let bench = try Bench(buffers: 4, sizeBytes: 4096)
    let pair = SocketPair()
    _ = bench.connections.adopt(dup(pair.near), &bench.ring)
    let count = 1 << 20
    pair.write("*2\r\n$4\r\nECHO\r\n$\(count)\r\n")
    #expect(try bench.turn().isEmpty)
    let capacity = bench.inputCapacity(0)
    #expect(capacity >= count)
    let piece = String(repeating: "x", count: 16 << 10)
    for _ in 0..<count / (16 << 10) {
      pair.write(piece)
      _ = try bench.turn()
      #expect(bench.inputCapacity(0) == capacity)
    }
    for _ in 0..<200 { if bench.inputCount(0) >= count { break } else { _ = try bench.turn() } }
    pair.write("\r\n")
    var found: [String] = []
    for _ in 0..<10 where found.isEmpty { found += try bench.turn() }
    #expect(found.first?.utf8.count == count + 8)
    #expect(bench.inputCapacity(0) == 0)
  }

  /// More connections with input than buffers: all are heard, whatever number of turns it takes.
  @Test(arguments: [1, 2]) func starvingConnectionsAreAllHeard(bufferCount: Int) throws {
    let bench = try Bench(buffers: bufferCount, sizeBytes: 64)
    let pairs = (0..<40).map { _ in SocketPair() }
    for pair in pairs { _ = bench.connections.adopt(dup(pair.near), &bench.ring) }
    _ = try bench.turn()
    for round in 0..<3 {
      for pair in pairs { pair.write("PING \(round)\r\n") }
      var found: [String] = []
      for _ in 0..<200 where found.count < pairs.count { found += try bench.turn() }
      #expect(Set(found).count == pairs.count)
      #expect(bench.available == bufferCount)
    }
  }

  @Test func aRequestPutOffIsKeptAndOfferedAgain() throws {
    let bench = try Bench()
    let pair = SocketPair()
    let handle = bench.connections.adopt(dup(pair.near), &bench.ring)
    pair.write("GET a\r\nGET b\r\n")
    #expect(try bench.turn(deferring: true).count == 2)
    #expect(bench.isHeld(handle.slot))
    pair.write("GET c\r\n")
    #expect(try bench.turn().isEmpty)
    bench.connections.table[handle.slot].isHeld = false
    pair.write("GET d\r\n")
    #expect(try bench.turn() == ["0: GET a", "0: GET b", "0: GET c", "0: GET d"])
  }

  @Test func theRequestLimitLeavesTheRestForTheNextRound() throws {
    let bench = try Bench()
    let pair = SocketPair()
    _ = bench.connections.adopt(dup(pair.near), &bench.ring)
    pair.write("GET a\r\nGET b\r\nGET c\r\nGET")
    #expect(try bench.turn(maximumRequests: 1) == ["0: GET a", "0: GET b", "0: GET c"])
    pair.write(" d\r\n")
    #expect(try bench.turn(maximumRequests: 1) == ["0: GET d"])
  }

  @Test func closingWaitsForWhatIsInFlightAndTheSlotGetsANewGeneration() throws {
    let bench = try Bench()
    let pair = SocketPair()
    let first = bench.connections.adopt(dup(pair.near), &bench.ring)
    _ = try bench.turn()
    bench.connections.close(first.slot, &bench.buffers, &bench.ring)
    #expect(bench.phase(first.slot) == .closing)
    #expect(!bench.isOpen(first))
    #expect(bench.openCount == 0)
    _ = try bench.turn()
    #expect(bench.phase(first.slot) == .vacant)
    let other = SocketPair()
    let second = bench.connections.adopt(dup(other.near), &bench.ring)
    #expect(second.slot == first.slot)
    #expect(second.generation != first.generation)
    other.write("PING\r\n")
    #expect(try bench.turn() == ["\(second.slot): PING"])
  }

  /// A completion that speaks of the slot's former tenant touches the present one in no way, and its buffer goes back.
  @Test func lateCompletionsForAReusedSlotAreIgnored() throws {
    let bench = try Bench()
    let pair = SocketPair()
    let first = bench.connections.adopt(dup(pair.near), &bench.ring)
    bench.connections.close(first.slot, &bench.buffers, &bench.ring)
    _ = try bench.turn()
    let other = SocketPair()
    let second = bench.connections.adopt(dup(other.near), &bench.ring)
    let available = bench.available
    let stale = Token(.receive, slot: first.slot, generation: first.generation)
    // As the kernel would say it: four bytes in buffer 2, and the end of the multishot.
    let late = Completion(token: stale, result: 4, flags: 2 << 16 | 1)
    guard case .nothing = bench.connections.received(late, &bench.buffers, &bench.ring) else {
      Issue.record("a stale completion was taken for the new tenant's")
      return
    }
    guard case .nothing = bench.connections.sent(Completion(token: stale, result: -EPIPE, flags: 0), &bench.ring) else {
      Issue.record("a stale send was taken for the new tenant's")
      return
    }
    bench.buffers.publish()
    #expect(bench.available == available)
    #expect(bench.isReceiving(second.slot))
    #expect(bench.isOpen(second))
  }

  @Test func theEndOfAStreamIsTold() throws {
    let bench = try Bench()
    let pair = SocketPair()
    let handle = bench.connections.adopt(dup(pair.near), &bench.ring)
    pair.write("PING\r\n")
    pair.closeFar()
    var found: [String] = []
    for _ in 0..<4 where bench.ended.isEmpty { found += try bench.turn() }
    #expect(found == ["\(handle.slot): PING"])
    #expect(bench.ended == [handle.slot])
  }

  // MARK: Sending

  /// A chain that holds `pieces`, each a chunk of its own.
  private func chain(_ pieces: [String]) -> OutputChain {
    var writer = ReplyWriter()
    var whole = OutputChain()
    for piece in pieces {
      writer.begin(OutputChain(), version: 2, isMuted: false)
      writer.bulk(piece)
      whole.append(writer.end())
    }
    return whole
  }

  @Test func aChainLeavesInOneQuietSend() throws {
    let bench = try Bench()
    var arena = VectorArena()
    let pair = SocketPair()
    let handle = bench.connections.adopt(dup(pair.near), &bench.ring)
    _ = try bench.turn()
    bench.connections.send(handle.slot, chain(["one", "two", "three"]), &arena, &bench.ring)
    let enters = bench.enterCount
    _ = try bench.turn()
    #expect(bench.enterCount == enters + 1)
    let finished = try #require(bench.connections.finishQuiet(0, &bench.ring))
    #expect(finished.slot == handle.slot)
    let expected = "$3\r\none\r\n$3\r\ntwo\r\n$5\r\nthree\r\n"
    #expect(finished.count == expected.utf8.count)
    #expect(String(decoding: pair.readAvailable(), as: UTF8.self) == expected)
    #expect(bench.sending(handle.slot) == .idle)
  }

  @Test func aFullArenaEntersEarly() throws {
    let bench = try Bench()
    var arena = VectorArena(headers: 1, vectors: 1024)
    let pairs = (0..<4).map { _ in SocketPair() }
    let handles = pairs.map { bench.connections.adopt(dup($0.near), &bench.ring) }
    for handle in handles { bench.connections.send(handle.slot, chain(["a", "b"]), &arena, &bench.ring) }
    _ = try bench.turn()
    for pair in pairs { #expect(String(decoding: pair.readAvailable(), as: UTF8.self) == "$1\r\na\r\n$1\r\nb\r\n") }
    #expect(bench.quietCount == 4)
  }

  @Test func aConnectionClosedWhileItSendsIsFreedAfterTheSend() throws {
    let bench = try Bench()
    var arena = VectorArena()
    let pair = SocketPair(sendBufferBytes: 4096)
    let handle = bench.connections.adopt(dup(pair.near), &bench.ring)
    let big = String(repeating: "y", count: 1 << 20)
    bench.connections.send(handle.slot, chain([big]), &arena, &bench.ring)
    bench.connections.table[handle.slot].sending = .idle
    bench.connections.forgetQuiet()
    bench.connections.submit(handle.slot, .waiting, &arena, &bench.ring)
    try bench.ring.enter(waitFor: 0)
    bench.connections.close(handle.slot, &bench.buffers, &bench.ring)
    #expect(bench.phase(handle.slot) == .closing)
    for _ in 0..<20 where bench.phase(handle.slot) == .closing {
      try bench.ring.enter(waitFor: 1, timeoutMicroseconds: 20_000)
      while let completion = bench.ring.nextCompletion() {
        switch completion.token.operation {
        case .receive: _ = bench.connections.received(completion, &bench.buffers, &bench.ring)
        case .send: _ = bench.connections.sent(completion, &bench.ring)
        default: break
        }
      }
    }
    #expect(bench.phase(handle.slot) == .gone)
    #expect(bench.connections.takeGone() == handle)
    #expect(bench.phase(handle.slot) == .vacant)
  }

  /// The kernel cuts a transfer of 2 GiB without a word: one send never comes near.
  @Test func oneSendIsBounded() {
    #expect(VectorArena.largestSend == 1 << 30)
    var arena = VectorArena(bytesPerSend: 10)
    let bytes: [UInt8] = [1, 2, 3, 4, 5, 6]
    for _ in 0..<2 {
      arena.begin()
      let added = bytes.withUnsafeBytes { piece in (0..<3).map { _ in arena.add(piece) } }
      #expect(added == [6, 4, 0])
    }
  }
}
