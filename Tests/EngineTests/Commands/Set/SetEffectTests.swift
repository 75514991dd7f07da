import Testing

@testable import Engine

/// What replicas and subscribers learn of the commands on sets.
@Suite struct SetEffectTests {
  @Test func whatChangesIsPropagated() {
    #expect(
      GenericPropagationTests.propagated([
        "SADD s 1 2 3", "SADD s 1", "SREM s 9", "SREM s 1 9", "SMOVE s t 2", "SMOVE s t 2", "SUNIONSTORE u s t",
        "SINTERSTORE u s t", "SINTERSTORE u s t", "SDIFFSTORE d none", "SMEMBERS s",
      ]) == [
        "SELECT 0", "SADD s 1 2 3", "SREM s 1 9", "SMOVE s t 2", "SUNIONSTORE u s t", "SINTERSTORE u s t",
      ])
  }

  @Test func whatIsLeftToChanceIsSpelledOut() {
    let one = GenericPropagationTests.propagated(["SADD s 7", "SPOP s", "SPOP s"])
    #expect(one == ["SELECT 0", "SADD s 7", "SREM s 7"])
    #expect(GenericPropagationTests.propagated(["SADD s 1 2", "SPOP s 5"]) == ["SELECT 0", "SADD s 1 2", "DEL s"])
    var configuration = Configuration()
    configuration.lazyfreeLazyServerDel = true
    #expect(
      GenericPropagationTests.propagated(["SADD s 1 2", "SPOP s 2"], configuration: configuration)
        == ["SELECT 0", "SADD s 1 2", "UNLINK s"])
    let some = GenericPropagationTests.propagated(["SADD s 1 2 3", "SPOP s 2"])
    #expect(some.count == 3)
    #expect(["SREM s 1 2", "SREM s 2 1", "SREM s 1 3", "SREM s 3 1", "SREM s 2 3", "SREM s 3 2"].contains(some[2]))
  }

  /// A replica that applies what was propagated has what the primary has, whichever way the members were chosen.
  @Test(arguments: [10, 100, 1500, 4600])
  func replicasFollow(wanted: Int) {
    var test = TestEngine()
    let client = test.connect()
    test.engine.call.log.activate()
    let members = (0..<5000).map { "member\($0)" }
    _ = test.run(["SADD", "s"] + members, from: client)
    let cursor = test.engine.call.log.cursorAtEnd()
    _ = test.run("SPOP s \(wanted)", from: client)
    let commands = GenericPropagationTests.recorded(&test, cursor).filter { $0 != "MULTI" && $0 != "EXEC" }
    #expect(commands.count == (wanted + 1023) / 1024)
    #expect(commands.allSatisfy { $0.split(separator: " ").count <= 1026 })
    var replica = TestEngine()
    let other = replica.connect()
    _ = replica.run(["SADD", "s"] + members, from: other)
    for command in commands { _ = replica.run(command.split(separator: " ").map(String.init), from: other) }
    #expect(replica.run("SCARD s", from: other) == ":\(5000 - wanted)\r\n")
    #expect(digest(&replica) == digest(&test))
  }

  private func digest(_ test: inout TestEngine) -> String { DatasetDigest(test.engine.call.keyspace).text }

  @Test func subscribersAreTold() {
    var test = TestEngine()
    let listener = test.connect()
    let client = test.connect()
    _ = test.run("PSUBSCRIBE __keyevent@*", from: listener)
    _ = test.run("CONFIG SET notify-keyspace-events EA", from: client)
    for line in [
      "SADD s 1 2 3 4", "SADD s 1", "SREM s 1", "SMOVE s t 2", "SMOVE s t 3", "SPOP s", "SPOP t 1", "SADD u 3",
      "SUNIONSTORE d t u", "SINTERSTORE d t u", "SDIFFSTORE d t none", "SDIFFSTORE d none", "SPOP u 9", "SREM t 2 3",
    ] { _ = test.run(line, from: client) }
    var told: [String] = []
    let words = test.output(of: listener).split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
    for index in words.indices where words[index] == "pmessage" {
      told.append("\(words[index + 4].split(separator: ":")[1]) \(words[index + 6])")
    }
    // Which of the two members is left of t is chance: the intersection may be empty.
    let first = [
      "sadd s", "srem s", "srem s", "sadd t", "srem s", "sadd t", "spop s", "del s", "spop t", "sadd u",
      "sunionstore d",
    ]
    #expect(Array(told.prefix(first.count)) == first)
    #expect(["sinterstore d", "del d"].contains(told[first.count]))
    #expect(Array(told.dropFirst(first.count + 1)) == ["sdiffstore d", "del d", "spop u", "del u", "srem t", "del t"])
  }

  /// Changes count as in Redis: SPOP's members, SMOVE's two sides.
  @Test(arguments: [
    ("SADD s 8 9", 2), ("SADD s 1", 0), ("SREM s 1 2 77", 2), ("SPOP s 2", 2), ("SPOP s 99", 5), ("SMOVE s t 1", 2),
    ("SMOVE s full 1", 1), ("SINTERSTORE d s s", 1), ("SINTERSTORE d none", 0), ("SINTERSTORE s none", 1),
  ])
  func changesAreCounted(command: String, count: Int64) {
    var test = TestEngine()
    let client = test.connect()
    _ = test.run("SADD s 1 2 3 4 5", from: client)
    _ = test.run("SADD full 1", from: client)
    let before = test.engine.call.keyspace.changes
    _ = test.run(command, from: client)
    #expect(test.engine.call.keyspace.changes - before == count)
  }

  @Test func formsChangeAsInRedis72() {
    Transcript.expect(
      """
      CONFIG SET set-max-intset-entries 4 set-max-listpack-entries 6 set-max-listpack-value 5 -> +OK
      SADD i 1 2 3 4             -> :4
      OBJECT ENCODING i          -> $6 intset
      SADD i 5                   -> :1
      OBJECT ENCODING i          -> $9 hashtable
      SADD j 1 2 3 4 5           -> :5
      OBJECT ENCODING j          -> $8 listpack
      SADD k a b c d e f         -> :6
      OBJECT ENCODING k          -> $8 listpack
      SADD k a b c d e f a       -> :0
      OBJECT ENCODING k          -> $9 hashtable
      SADD l a b c d e f a       -> :6
      OBJECT ENCODING l          -> $9 hashtable
      SADD m 1 2                 -> :2
      SADD m 1 2 1 2 1           -> :0
      OBJECT ENCODING m          -> $9 hashtable
      SADD n toolong             -> :1
      OBJECT ENCODING n          -> $9 hashtable
      SINTERSTORE d l k          -> :6
      OBJECT ENCODING d          -> $8 listpack
      SINTERSTORE d i j          -> :5
      OBJECT ENCODING d          -> $8 listpack
      SREM i 5                   -> :1
      OBJECT ENCODING i          -> $9 hashtable
      SINTERSTORE d i i          -> :4
      OBJECT ENCODING d          -> $6 intset
      SUNIONSTORE d i            -> :4
      OBJECT ENCODING d          -> $6 intset
      SUNIONSTORE d i j          -> :5
      OBJECT ENCODING d          -> $9 hashtable
      SDIFFSTORE d j none        -> :5
      OBJECT ENCODING d          -> $9 hashtable
      COPY i c                   -> :1
      OBJECT ENCODING c          -> $9 hashtable
      """, comparesWithRedis: false)
  }

  /// Where few stay, the set is made anew, and small.
  @Test func aSetThatIsNearlyEmptiedIsCompactAgain() {
    var test = TestEngine()
    let client = test.connect()
    _ = test.run(["SADD", "s"] + (0..<1000).map { "m\($0)" }, from: client)
    _ = test.run(["SADD", "few"] + (0..<1000).map { "m\($0)" }, from: client)
    _ = test.run("SPOP s 990", from: client)
    _ = test.run("SPOP few 500", from: client)
    #expect(test.run("SCARD s", from: client) == ":10\r\n")
    #expect(test.run("OBJECT ENCODING s", from: client) == "$8\r\nlistpack\r\n")
    #expect(test.run("OBJECT ENCODING few", from: client) == "$9\r\nhashtable\r\n")
    _ = test.run("DEL s few", from: client)
    #expect(test.engine.call.keyspace[0].valueBytes == 0)
  }
}
