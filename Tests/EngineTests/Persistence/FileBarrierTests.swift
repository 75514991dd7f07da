import Testing

@testable import Engine

/// `write-barrier-file`: a write is answered when the kernel has what was recorded, whatever `appendfsync` says, so that the
/// end of the process loses nothing of it.
@Suite struct FileBarrierTests {
  private func recording(_ files: MemoryFiles, fsync: String) throws -> TestEngine {
    var test = try TestEngine(
      loading: files, ("appendonly", "yes"), ("appendfsync", fsync), ("write-barrier-file", "yes"))
    test.drive(files)
    return test
  }

  @Test(arguments: ["everysec", "no"]) func aWriteIsAnsweredWhenTheKernelHasIt(fsync: String) throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: fsync)
    let (writer, reader) = (test.connect(), test.connect())
    expect(test.run("SET a 1", from: writer), "")
    // It promises nothing to readers: the disk may lose more than this anyway.
    expect(test.run("GET a", from: reader), "$1\r\n1\r\n")
    let write = try test.wantedWrite()
    #expect(!write.isDurable)
    expect(test.run("SET b 1", from: reader), "")
    expect(test.output(of: writer), "")
    test.finish(write, files)
    expect(test.output(of: writer), "+OK\r\n")
    expect(test.output(of: reader), "")
    var again = try TestEngine(loading: files.afterKill(), ("appendonly", "yes"))
    expect(again.run("GET a", from: again.connect()), "$1\r\n1\r\n")
    test.drive(files)
    expect(test.output(of: reader), "+OK\r\n")
  }

  @Test func withoutAFileNobodyWaits() throws {
    let files = MemoryFiles()
    var test = try TestEngine(loading: files, ("appendonly", "no"), ("write-barrier-file", "yes"))
    let client = test.connect()
    expect(test.run("SET a 1", from: client), "+OK\r\n")
    // Nor where it is on its way: until its base is there it can't be loaded.
    _ = test.run("CONFIG SET appendonly yes", from: client)
    expect(test.run("SET a 2", from: client), "+OK\r\n")
    test.drive(files)
    expect(test.run("SET a 3", from: client), "")
    test.drive(files)
    expect(test.output(of: client), "+OK\r\n")
  }

  @Test func turnedOffItHoldsOnlyWhatItHeldBefore() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    let (client, other) = (test.connect(), test.connect())
    expect(test.run("SET a 1", from: client), "")
    expect(test.run("CONFIG SET write-barrier-file no", from: other), "+OK\r\n")
    expect(test.output(of: client), "+OK\r\n")
    expect(test.run("SET b 1", from: client), "+OK\r\n")
    test.drive(files)
    expect(test.run("CONFIG SET write-barrier-file yes", from: other), "+OK\r\n")
    expect(test.run("SET b 1", from: client), "")
    expect(test.run("CONFIG SET appendonly no", from: other), "+OK\r\n")
    test.drive(files)
    expect(test.output(of: client), "+OK\r\n")
    expect(test.run("SET b 2", from: client), "+OK\r\n")
  }

  @Test(arguments: [MemoryFiles.noSpace, MemoryFiles.inputOutputError])
  func whatCannotBeWrittenIsNotAnswered(failure: FileFailure) throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    let (client, other) = (test.connect(), test.connect())
    files.failing[.write] = failure
    expect(test.run("SET a 1", from: client), "")
    test.drive(files)
    expect(test.output(of: client), "")
    expect(test.isEnded(client) == (failure == MemoryFiles.inputOutputError))
    expect(test.run("SET b 1", from: other).hasPrefix("-MISCONF"))
    guard failure == MemoryFiles.noSpace else { return }
    files.failing = [:]
    test.cron(afterMilliseconds: 1100)
    test.drive(files)
    expect(test.output(of: client), "+OK\r\n")
  }

  /// What waits for a file alone does not keep replicas from being fed in larger pieces.
  @Test func replicasAreFedAsElsewhere() throws {
    let files = MemoryFiles()
    var test = try recording(files, fsync: "everysec")
    expect(test.run("SET a 1", from: test.connect()), "")
    expect(test.engine.mayGatherForReplicas)
    _ = test.run("CONFIG SET write-barrier-replicas 1", from: test.connect())
    expect(test.run("SET b 1", from: test.connect()), "")
    expect(!test.engine.mayGatherForReplicas)
  }
}
