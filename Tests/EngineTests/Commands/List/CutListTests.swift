import Testing

@testable import Engine

/// What much is taken off is freed in slices, and accounted for.
@Suite struct CutListTests {
  @Test(arguments: ["LTRIM l 0 9", "LTRIM l -10 -1", "LTRIM l 3000 3009", "LPOP l 5990", "RPOP l 5990"])
  func whatIsCutOffAListIsFreedInSlices(command: String) throws {
    var test = TestEngine(try Configuration().setting("list-max-listpack-size", to: "1"))
    let client = test.connect()
    for part in 0..<60 { _ = test.run(["RPUSH", "l"] + (0..<100).map { "element:\(part * 100 + $0)" }, from: client) }
    let before = test.engine.call.keyspace.usedBytes
    _ = test.run(command, from: client)
    expect(test.run("LLEN l", from: client), ":10\r\n")
    let waits = test.engine.call.keyspace[0].discarded.count + test.engine.call.keyspace.reclaimer.pendingKeys
    #expect(waits > 0)
    while test.engine.runBackgroundSlice() {}
    let after = test.engine.call.keyspace.usedBytes
    #expect(after < before / 10 && test.engine.call.keyspace.reclaimer.pendingKeys == 0)
    test.engine.call.keyspace[0].table.forEachElement { $0.list.checkInvariants() }
    _ = test.run("DEL l", from: client)
    let nothing = test.engine.call.keyspace[0].valueBytes
    #expect(nothing == 0)
  }

  @Test func whatIsCutOffASortedSetIsFreedInSlices() throws {
    var test = TestEngine()
    let client = test.connect()
    for part in 0..<60 {
      _ = test.run(["ZADD", "z"] + (0..<100).flatMap { ["\(part * 100 + $0)", "m\(part * 100 + $0)"] }, from: client)
    }
    expect(test.run("EXPIRE z 1000", from: client), ":1\r\n")
    expect(test.run("ZREMRANGEBYRANK z 10 -1", from: client), ":5990\r\n")
    let waits = test.engine.call.keyspace[0].discarded.count + test.engine.call.keyspace.reclaimer.pendingKeys
    #expect(waits > 0)
    expect(test.run("ZRANGE z 0 1", from: client), "*2\r\n$2\r\nm0\r\n$2\r\nm1\r\n")
    expect(test.run("TTL z", from: client), ":1000\r\n")
    while test.engine.runBackgroundSlice() {}
    _ = test.run("DEL z", from: client)
    let nothing = test.engine.call.keyspace[0].valueBytes
    #expect(nothing == 0)
  }
}
