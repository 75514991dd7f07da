import Testing

@testable import Engine

/// What replicas see of the generic commands.
@Suite struct GenericPropagationTests {
  /// The commands that `lines` put into the log, each on a line, its words joined by blanks.
  static func propagated(
    _ lines: [String], configuration: Configuration = Configuration(), waitBefore: Int64 = 0
  ) -> [String] {
    var test = TestEngine(configuration)
    let client = test.connect()
    test.engine.call.log.activate()
    let cursor = test.engine.call.log.cursorAtEnd()
    for (index, line) in lines.enumerated() {
      if index == lines.count - 1 { test.advance(milliseconds: waitBefore) }
      _ = test.run(line, from: client)
    }
    return recorded(&test, cursor)
  }

  static func recorded(_ test: inout TestEngine, _ cursor: LogCursor) -> [String] {
    var bytes: [UInt8] = []
    test.engine.call.log.forEachPiece(cursor, limit: .max) { bytes += $0.array }
    var commands: [String] = []
    for part in String(decoding: bytes, as: UTF8.self).split(separator: "*") {
      let words = part.split(separator: "\r\n").dropFirst().filter { !$0.hasPrefix("$") }
      commands.append(words.joined(separator: " "))
    }
    return commands
  }

  @Test func expiriesBecomeMoments() {
    let now: Int64 = 1_700_000_000_000
    #expect(
      Self.propagated([
        "SET a 1", "EXPIRE a 10", "PEXPIRE a 10", "EXPIREAT a 2000000000", "PEXPIREAT a 2000000000001", "PERSIST a",
        "EXPIRE a 10 XX", "EXPIRE missing 10", "PERSIST a",
      ]) == [
        "SELECT 0", "SET a 1", "PEXPIREAT a \(now + 10000)", "PEXPIREAT a \(now + 10)", "PEXPIREAT a 2000000000000",
        "PEXPIREAT a 2000000000001", "PERSIST a",
      ])
  }

  @Test func whatIsPastIsDeleted() {
    #expect(Self.propagated(["SET a 1", "EXPIRE a -1"]) == ["SELECT 0", "SET a 1", "DEL a"])
    var configuration = Configuration()
    configuration.lazyfreeLazyExpire = true
    #expect(
      Self.propagated(["SET a 1", "EXPIRE a -1"], configuration: configuration) == ["SELECT 0", "SET a 1", "UNLINK a"])
  }

  @Test func theRestGoesAsItCame() {
    #expect(
      Self.propagated([
        "SET a 1", "RENAME a b", "RENAME b b", "COPY b c", "MOVE b 3", "DEL x", "UNLINK c x", "SWAPDB 0 1", "FLUSHDB",
        "FLUSHALL ASYNC",
      ]) == [
        "SELECT 0", "SET a 1", "RENAME a b", "COPY b c", "MOVE b 3", "UNLINK c x", "SWAPDB 0 1", "FLUSHDB",
        "FLUSHALL ASYNC",
      ])
  }

  @Test func aReadThatMeetsAnExpiredKeyDeletesIt() {
    let set = ["SET a 1", "PEXPIREAT a 1700000000100"]
    let before = ["SELECT 0"] + set
    for read in ["GET a", "EXISTS a", "TTL a", "SCAN 0", "RANDOMKEY", "TYPE a", "OBJECT ENCODING a"] {
      #expect(Self.propagated(set + [read], waitBefore: 200) == before + ["DEL a"], "\(read)")
    }
    #expect(Self.propagated(set + ["KEYS *"], waitBefore: 200) == before)
    #expect(
      Self.propagated(set + ["SET a 2"], waitBefore: 200) == before + ["MULTI", "DEL a", "SET a 2", "EXEC"])
    #expect(Self.propagated(set + ["RENAME a b"], waitBefore: 200) == before + ["DEL a"])
  }

  @Test func aScanThatMeetsSeveralIsNoTransaction() {
    let commands = Self.propagated(
      ["SET a 1", "PEXPIREAT a 1700000000100", "SET b 1", "PEXPIREAT b 1700000000100", "SCAN 0"], waitBefore: 200)
    #expect(Set(commands.suffix(2)) == ["DEL a", "DEL b"])
    #expect(!commands.contains("MULTI"))
  }
}
