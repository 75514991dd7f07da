import Testing

@testable import Engine

/// A snapshot that has not come to a stream yet gets it as it was when the snapshot began, whatever changes it.
@Suite struct StreamSnapshotTests {
  @Test(arguments: [
    "XADD s 9-0 f v", "XTRIM s MAXLEN 1", "XDEL s 1-0", "XSETID s 9-9", "XACK s g 1-0", "XCLAIM s g d 0 1-0",
    "XAUTOCLAIM s g d 0 0", "XREADGROUP GROUP g c STREAMS s >", "XREADGROUP GROUP g c STREAMS s 0",
    "XREADGROUP GROUP g new BLOCK 0 STREAMS s >", "XGROUP CREATE s h 0", "XGROUP SETID s g 1", "XGROUP DESTROY s g",
    "XGROUP CREATECONSUMER s g new", "XGROUP DELCONSUMER s g c",
  ]) func changesAreKeptFromIt(command: String) {
    var test = TestEngine()
    let client = test.connect()
    for line in [
      "XADD s 1-0 f 1", "XADD s 2-0 f 2", "XADD s 3-0 f 3", "XGROUP CREATE s g 0",
      "XREADGROUP GROUP g c COUNT 2 STREAMS s >",
    ] { _ = test.run(line, from: client) }
    let mark = test.engine.call.keyspace[0].mark
    test.engine.call.keyspace[0].beginWalk(mark: mark + 1, number: 0)
    _ = test.run(command, from: client)
    let kept = test.engine.call.keyspace[0].preimages.count
    #expect(kept == 1)
    test.engine.call.keyspace[0].endWalk()
  }
}
