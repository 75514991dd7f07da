import Synchronization
import Testing

@testable import Engine

/// How far a snapshot walks in a turn: so many bytes, or so long.
@Suite(.serialized) struct SnapshotPaceTests {
  /// What a clock shows, and how far it goes on at each look.
  private static let shown = Atomic<Int64>(0)
  private static let step = Atomic<Int64>(0)

  /// An engine with two thousand keys of 600 bytes that begins a snapshot. A look at its clock finds it so much later.
  private func walking(nanosecondsALook: Int64) -> TestEngine {
    Self.step.store(nanosecondsALook, ordering: .relaxed)
    var test = TestEngine(
      files: MemoryFiles(),
      clock: { Self.shown.add(Self.step.load(ordering: .relaxed), ordering: .relaxed).newValue })
    let client = test.connect()
    for key in 0..<2000 { _ = test.run(["SET", "key:\(key)", String(repeating: "\(key)", count: 600)], from: client) }
    _ = test.run("BGSAVE", from: client)
    return test
  }

  /// Keys written in a slice beside requests.
  private func keysInSlice(_ test: inout TestEngine) -> Int {
    let client = test.connect()
    _ = test.run("PING", from: client)
    let before = test.engine.call.snapshot?.writtenKeys ?? 0
    _ = test.engine.runBackgroundSlice()
    return (test.engine.call.snapshot?.writtenKeys ?? 0) - before
  }

  @Test func aSliceEndsWhenItHasTakenLong() {
    var quick = walking(nanosecondsALook: 0)
    let most = keysInSlice(&quick)
    #expect(most > 5 && most < 100)
    // After the second look it is over.
    var slow = walking(nanosecondsALook: 200_000)
    let fewer = keysInSlice(&slow)
    #expect(fewer > 0 && fewer < most)
  }

  /// A slice that took far longer than it can had to wait for a processor: requests, which wait for one as well, come
  /// first for a while.
  @Test func theWalkRestsWhereProcessorsAreScarce() {
    var test = walking(nanosecondsALook: 2_000_000)
    let none = test.engine.nextDeadline
    let first = keysInSlice(&test)
    let rested = keysInSlice(&test)
    let deadline = test.engine.nextDeadline
    #expect(none == nil && first > 0 && rested == 0)
    #expect(deadline == test.now.monotonicMicroseconds + 4000)
    test.advance(milliseconds: 4)
    let second = keysInSlice(&test)
    #expect(second > 0)
    // Nobody is there whom it would hold up.
    Self.step.store(0, ordering: .relaxed)
    test.advance(milliseconds: 5)
    test.engine.runTimers(now: test.now)
    let goesOn = test.engine.runBackgroundSlice()
    #expect(goesOn)
  }

  /// A rest does not outlive its snapshot.
  @Test func aRestEndsWithTheSnapshot() {
    var test = walking(nanosecondsALook: 2_000_000)
    _ = keysInSlice(&test)
    test.engine.call.abandonSnapshot("to see", repeats: false)
    _ = test.engine.runBackgroundSlice()
    let deadline = test.engine.nextDeadline
    #expect(deadline == nil)
  }
}
