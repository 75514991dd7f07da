import Testing

@testable import Engine

/// Power failures at any moment, on a disk that keeps of what was not synced any part: what was acknowledged is there.
@Suite struct PowerFailureTests {
  /// Some clients that count, each with a key of its own, and what they were told.
  private struct Counters {
    let handles: [SessionHandle]
    var told: [Int]
    /// When it was told them first: monotonic microseconds by client and number.
    var times: [[Int64]]
    var asked: [Int]

    init(_ handles: [SessionHandle]) {
      self.handles = handles
      told = handles.map { _ in 0 }
      asked = told
      times = handles.map { _ in [] }
    }

    mutating func count(_ index: Int, _ test: inout TestEngine) {
      asked[index] += 1
      note(test.run("INCR n\(index)", from: handles[index]), index, test.now.monotonicMicroseconds)
    }

    mutating func receive(_ test: inout TestEngine) {
      for index in handles.indices { note(test.output(of: handles[index]), index, test.now.monotonicMicroseconds) }
    }

    private mutating func note(_ replies: String, _ index: Int, _ now: Int64) {
      for line in replies.split(separator: "\r\n") {
        if line.hasPrefix("-MISCONF") {
          asked[index] -= 1
          continue
        }
        told[index] += 1
        times[index].append(now)
        #expect(line == ":\(told[index])")
      }
    }
  }

  /// What the counters are after a failure just now.
  private func surviving(_ files: MemoryFiles, _ random: inout RandomGenerator, _ count: Int) throws -> [Int] {
    let left = files.afterPowerFailure(&random)
    var again = try TestEngine(loading: left, ("appendonly", "yes"))
    expect(again.isReady)
    let client = again.connect()
    return (0..<count).map { index in
      let reply = again.run("GET n\(index)", from: client).split(separator: "\r\n")
      return reply.count == 2 ? Int(reply[1]) ?? -1 : 0
    }
  }

  @Test(arguments: 1...6) func nothingAcknowledgedIsLostUnderAlways(seed: UInt64) throws {
    var random = RandomGenerator(seed: seed)
    let files = MemoryFiles()
    var test = try TestEngine(
      loading: files, ("appendonly", "yes"), ("appendfsync", "always"), ("auto-aof-rewrite-percentage", "0"))
    var counters = Counters((0..<3).map { _ in test.connect() })
    let keeper = test.connect()
    var pending: [PendingWrite] = []
    var syncs: [(stream: FileStream, file: OpenFile)] = []
    for _ in 0..<600 {
      switch random.next(below: 12) {
      case 0...3: counters.count(random.next(below: 3), &test)
      case 4, 5: if let write = test.beginWrite() { pending.append(write) }
      case 6: if let write = test.beginWrite(.snapshot) { pending.append(write) }
      case 7, 8: if !pending.isEmpty { test.finish(pending.remove(at: random.next(below: pending.count)), files) }
      case 9:
        for stream in FileStream.allCases {
          if let file = test.engine.nextSync(stream) { syncs.append((stream, file)) }
        }
        if !syncs.isEmpty, random.next(below: 2) == 0 {
          let sync = syncs.removeFirst()
          test.finishSync(sync.stream, sync.file, files)
        }
      case 10:
        if random.next(below: 12) == 0 { _ = test.run("BGREWRITEAOF", from: keeper) }
        if random.next(below: 12) == 0 { _ = test.run("BGSAVE", from: keeper) }
        if random.next(below: 20) == 0 { files.room = random.next(below: 100) }
        if random.next(below: 3) == 0 { files.room = nil }
        // Names that cannot be put in their places, or of which nobody knows whether they are on the disk.
        if random.next(below: 10) == 0 {
          let operations: [MemoryFiles.Operation] = [.replace, .rename, .syncDirectory, .syncRenamed]
          files.failing[operations[random.next(below: operations.count)]] = MemoryFiles.inputOutputError
        }
        if random.next(below: 3) == 0 { files.failing = [:] }
        test.cron(afterMilliseconds: 700)
      default: _ = test.engine.runBackgroundSlice()
      }
      test.settle()
      counters.receive(&test)
      guard random.next(below: 8) == 0 else { continue }
      let left = try surviving(files, &random, 3)
      for index in 0..<3 {
        #expect(left[index] >= counters.told[index] && left[index] <= counters.asked[index], "seed \(seed)")
      }
    }
    #expect(counters.told.reduce(0, +) > 20)
  }

  /// A server that has nothing else to do syncs once a second: what is older than that, and the turn it takes to notice,
  /// is on the disk.
  @Test(arguments: 1...2) func atMostASecondIsLostUnderEverysec(seed: UInt64) throws {
    var random = RandomGenerator(seed: seed)
    let files = MemoryFiles()
    var test = try TestEngine(loading: files, ("appendonly", "yes"), ("appendfsync", "everysec"))
    var counters = Counters((0..<3).map { _ in test.connect() })
    for _ in 0..<200 {
      test.drive(files)
      counters.receive(&test)
      let left = try surviving(files, &random, 3)
      for index in 0..<3 {
        let old = counters.times[index].count { $0 < test.now.monotonicMicroseconds - 1_000_000 }
        #expect(left[index] >= old && left[index] <= counters.asked[index], "seed \(seed)")
      }
      for _ in 0..<random.next(below: 6) { counters.count(random.next(below: 3), &test) }
      counters.receive(&test)
      test.cron(afterMilliseconds: 100)
    }
  }

  /// The same where writes and syncs take as long as they like, here six seconds at the longest: between the first write
  /// that is lost and the last one that was acknowledged there are three.
  @Test(arguments: 1...6) func aSlowDiskLosesTheLastSecondsUnderEverysec(seed: UInt64) throws {
    var random = RandomGenerator(seed: seed)
    let files = MemoryFiles()
    var test = try TestEngine(
      loading: files, ("appendonly", "yes"), ("appendfsync", "everysec"), ("auto-aof-rewrite-percentage", "0"))
    var counters = Counters((0..<3).map { _ in test.connect() })
    var disk = SlowDisk(slowestTurns: seed % 2 == 0 ? 60 : 8)
    var longest: Int64 = 0
    for _ in 0..<400 {
      for _ in 0..<random.next(below: 4) { counters.count(random.next(below: 3), &test) }
      disk.turn(&test, files, &random)
      counters.receive(&test)
      let left = try surviving(files, &random, 3)
      let last = counters.times.compactMap(\.last).max() ?? 0
      for index in 0..<3 {
        #expect(left[index] <= counters.asked[index], "seed \(seed)")
        guard left[index] < counters.told[index] else { continue }
        longest = max(longest, last - counters.times[index][left[index]])
      }
      test.cron(afterMilliseconds: 100)
    }
    #expect(counters.told.reduce(0, +) > 100)
    #expect(longest <= 3_200_000, "seed \(seed)")
  }
}

/// A disk on which writes and syncs take several turns each, and a sync brings there what was written when it began.
private struct SlowDisk {
  let slowestTurns: Int
  private var write: (write: PendingWrite, turnsLeft: Int)?
  private var sync: (file: OpenFile, count: Int?, turnsLeft: Int)?

  init(slowestTurns: Int) { self.slowestTurns = slowestTurns }

  mutating func turn(_ test: inout TestEngine, _ files: MemoryFiles, _ random: inout RandomGenerator) {
    // Most are quick.
    func turns() -> Int { random.next(below: 3) == 0 ? random.next(below: slowestTurns) : 0 }
    if let (file, count, turnsLeft) = sync {
      sync = (file, count, turnsLeft - 1)
      if turnsLeft == 0 {
        sync = nil
        test.engine.synced(.appendOnly, files.sync(file, upTo: count), now: test.now)
        test.settle()
      }
    }
    if let (pending, turnsLeft) = write {
      write = (pending, turnsLeft - 1)
      if turnsLeft == 0 {
        write = nil
        test.finish(pending, files)
      }
    }
    if write == nil { write = test.beginWrite().map { ($0, turns()) } }
    if sync == nil, let file = test.engine.nextSync(.appendOnly) { sync = (file, files.size(of: file), turns()) }
  }
}
