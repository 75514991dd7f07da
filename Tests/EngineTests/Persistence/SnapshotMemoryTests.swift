import Testing

@testable import Engine

/// What changed keys were is kept for a snapshot up to a limit, and gone when the snapshot is.
@Suite struct SnapshotMemoryTests {
  private static let keyCount = 1200
  private static func value(_ letter: Character) -> String { String(repeating: letter, count: 10_000) }

  private func filled(_ files: MemoryFiles, limit: String) throws -> TestEngine {
    var test = try TestEngine(
      loading: files, ("snapshot-preimage-limit", limit), ("rdbcompression", "no"), ("enable-debug-command", "yes"))
    let client = test.connect()
    for key in 0..<Self.keyCount { _ = test.run(["SET", "key:\(key)", Self.value("a")], from: client) }
    return test
  }

  /// Walks until so much waits for a disk that takes nothing that the walk rests.
  private func stall(_ test: inout TestEngine) -> PendingWrite? {
    let stuck = test.beginWrite(.snapshot)
    for _ in 0..<10_000 where test.engine.call.snapshot?.mayWalk == true { _ = test.engine.runBackgroundSlice() }
    return stuck
  }

  @Test func aStalledDiskEndsTheSnapshotAtTheLimit() throws {
    let files = MemoryFiles()
    var test = try filled(files, limit: "200kb")
    let client = test.connect()
    _ = test.run("BGSAVE", from: client)
    _ = test.engine.runBackgroundSlice()
    guard let stuck = stall(&test) else {
      Issue.record("nothing was written")
      return
    }
    var overwritten = 0
    while test.engine.call.snapshot != nil, overwritten < Self.keyCount {
      _ = test.run(["SET", "key:\(overwritten)", Self.value("b")], from: client)
      _ = test.engine.runBackgroundSlice()
      overwritten += 1
      expect(test.engine.call.keyspace.keptBytes <= 240_000)
    }
    test.settle()
    let wasGivenUp = test.engine.call.snapshot == nil
    #expect(wasGivenUp && overwritten >= 15)
    expect(test.logLines.contains { $0.hasPrefix("Snapshot given up:") && $0.contains("snapshot-preimage-limit") })
    let information = test.run("INFO persistence", from: client)
    #expect(information.contains("rdb_last_bgsave_status:err") && information.contains("current_cow_size:0"))
    // When the disk is back, the next one is taken.
    test.finish(stuck, files)
    _ = test.run("BGSAVE", from: client)
    test.drive(files)
    let again = try TestEngine(loading: files.afterKill())
    expect(again.digest, test.digest)
  }

  /// What waits is written as soon as the disk takes it, before anything else: a disk that works needs no limit.
  @Test func aDiskThatKeepsUpIsNotHeldToIt() throws {
    let files = MemoryFiles()
    var test = try filled(files, limit: "200kb")
    let client = test.connect()
    let began = test.digest
    _ = test.run("BGSAVE", from: client)
    for key in 0..<Self.keyCount {
      // From the end on, where the walk has not been: two keys for each that a slice has room for.
      _ = test.run(["SET", "key:\(Self.keyCount - 1 - key)", Self.value("c")], from: client)
      _ = test.engine.runBackgroundSlice()
      if let write = test.beginWrite(.snapshot) { test.finish(write, files) }
    }
    expect(!test.logLines.contains { $0.hasPrefix("Snapshot given up") })
    test.drive(files)
    let again = try TestEngine(loading: files.afterKill())
    expect(again.digest, began)
    expect(test.engine.call.persistence.lastSaveKeptBytes > 0)
    expect(test.engine.call.keyspace.keptBytes == 0)
  }
}
