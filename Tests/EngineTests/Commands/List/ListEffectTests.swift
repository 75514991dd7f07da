import Testing

@testable import Engine

/// What replicas, subscribers and watchers see of the commands on lists.
@Suite struct ListEffectTests {
  @Test func whatPropagates() {
    #expect(
      GenericPropagationTests.propagated([
        "RPUSH l a b c d e", "LPUSHX missing a", "LPOP l", "RPOP l 1", "LPOP l 0", "LMPOP 2 missing l RIGHT COUNT 10",
        "RPUSH l 1 2 2", "LMPOP 1 l LEFT", "LREM l 0 q", "LREM l 1 2", "LTRIM l 0 -1", "LINSERT l BEFORE q 1",
        "LSET l 0 x", "LMOVE l l LEFT LEFT", "RPOPLPUSH l m", "LMOVE missing l LEFT LEFT", "LTRIM m 5 6",
      ]) == [
        "SELECT 0", "RPUSH l a b c d e", "LPOP l", "RPOP l 1", "RPOP l 3", "RPUSH l 1 2 2", "LPOP l 1", "LREM l 1 2",
        "LSET l 0 x", "LMOVE l l LEFT LEFT", "RPOPLPUSH l m", "LTRIM m 5 6",
      ])
  }

  /// The events of `lines`, each as `event:key`.
  private func events(_ lines: [String]) throws -> [String] {
    var configuration = Configuration()
    configuration = try configuration.setting("notify-keyspace-events", to: "KEAn")
    var test = TestEngine(configuration)
    let client = test.connect()
    let listener = test.connect()
    _ = test.run("PSUBSCRIBE __keyevent@0__:*", from: listener)
    for line in lines { _ = test.run(line, from: client) }
    let words = test.output(of: listener).split(separator: "\r\n").filter { !$0.hasPrefix("$") && !$0.hasPrefix("*") }
    return stride(from: 0, to: words.count, by: 4).map { index in
      words[index + 2].dropFirst("__keyevent@0__:".count) + ":" + words[index + 3]
    }
  }

  @Test func whatSubscribersHear() throws {
    #expect(
      try events(["RPUSH l a b", "LPUSH l c", "LPOP l", "LSET l 0 x", "LINSERT l AFTER x y", "LREM l 1 y"]) == [
        "new:l", "rpush:l", "lpush:l", "lpop:l", "lset:l", "linsert:l", "lrem:l",
      ])
    #expect(
      try events([
        "RPUSH l a b", "RPOPLPUSH l m", "LMOVE l l LEFT RIGHT", "LMPOP 1 l RIGHT", "LTRIM m 0 0", "LTRIM m 1 0",
      ])
        == [
          "new:l", "rpush:l", "new:m", "lpush:m", "rpop:l", "rpush:l", "lpop:l", "rpop:l", "del:l", "ltrim:m",
          "ltrim:m", "del:m",
        ])
  }

  @Test func whatWatchersNotice() {
    for (line, isLost) in [
      ("LPUSH l x", true), ("LPOP l", true), ("LPOP l 0", false), ("LTRIM l 0 -1", true), ("LREM l 0 q", false),
      ("LSET l 0 a", true), ("LSET l 9 a", false), ("LINSERT l BEFORE q x", false), ("LINSERT l BEFORE a x", true),
      ("RPOPLPUSH other l", true), ("LMOVE l other LEFT LEFT", true), ("LRANGE l 0 -1", false), ("LPOS l a", false),
    ] {
      var test = TestEngine()
      let client = test.connect()
      let other = test.connect()
      _ = test.run("RPUSH l a b", from: client)
      _ = test.run("RPUSH other a b", from: client)
      _ = test.run("WATCH l", from: client)
      _ = test.run("MULTI", from: client)
      _ = test.run(line, from: other)
      #expect(test.run("EXEC", from: client) == (isLost ? "*-1\r\n" : "*0\r\n"), "\(line)")
    }
  }

  @Test func whatCountsAsChanges() {
    var test = TestEngine()
    let client = test.connect()
    for (line, changes) in [
      ("RPUSH l a b c d e f a", 7), ("LPOP l", 1), ("LPOP l 2", 2), ("LPOP l 0", 0), ("LSET l 0 x", 1),
      ("LREM l 0 a", 1),
      ("LTRIM l 1 -1", 1), ("LTRIM l 0 -1", 0), ("RPOPLPUSH l m", 1), ("LMOVE m m LEFT RIGHT", 1),
      ("LINSERT m BEFORE f 1", 1),
      ("LMPOP 1 m LEFT COUNT 5", 2),
    ] {
      let before = test.engine.call.keyspace.changes
      _ = test.run(line, from: client)
      #expect(test.engine.call.keyspace.changes - before == Int64(changes), "\(line)")
    }
  }
}
