import Testing

@testable import Engine

/// Random commands on sets, put to this engine and to a redis-server: the replies, orders aside, and the data agree.
@Suite struct SetComparisonTests {
  static let members =
    (0..<12).map { "\($0 * $0 * 7 - 20)" } + ["a", "b", "c", "word", "", "007", "-0", "9223372036854775808"]
    + ["9223372036854775807", "-9223372036854775808", String(repeating: "x", count: 70)]

  static func command(_ random: inout RandomGenerator) -> [String] {
    func key() -> String { "k\(random.next(below: 5))" }
    func keys() -> [String] { (0...random.next(below: 3)).map { _ in key() } }
    func some() -> [String] { (0...random.next(below: 6)).map { _ in members[random.next(below: members.count)] } }
    switch random.next(below: 16) {
    case 0, 1, 2: return ["SADD", key()] + some()
    case 3: return ["SREM", key()] + some()
    case 4: return ["SMOVE", key(), key(), some()[0]]
    case 5: return ["SINTER"] + keys()
    case 6: return ["SUNION"] + keys()
    case 7: return ["SDIFF"] + keys()
    case 8: return ["SINTERSTORE", key()] + keys()
    case 9: return ["SUNIONSTORE", key()] + keys()
    case 10: return ["SDIFFSTORE", key()] + keys()
    case 11: return ["SMEMBERS", key()]
    case 12: return ["SMISMEMBER", key()] + some()
    case 13: return ["SISMEMBER", key(), some()[0]]
    case 14:
      let list = keys()
      return ["SINTERCARD", "\(list.count)"] + list + ["LIMIT", "\(random.next(below: 4))"]
    default: return ["SPOP", key(), "100"]
    }
  }

  @Test(.enabled(if: RealRedis.isInstalled), arguments: [(512, 1), (3, 2), (0, 3)] as [(Int, UInt64)])
  func agreesWithRedis(intsetEntries: Int, seed: UInt64) throws {
    var random = RandomGenerator(seed: seed)
    let redis = try RealRedis(options: [
      "--set-max-intset-entries", "\(intsetEntries)", "--enable-debug-command", "yes",
    ])
    var test = TestEngine()
    let client = test.connect()
    for (name, value) in [("intset-entries", intsetEntries), ("listpack-entries", intsetEntries / 2 + 4)] {
      _ = test.run("CONFIG SET set-max-\(name) \(value)", from: client)
    }
    for step in 0..<1500 {
      let words = Self.command(&random)
      let ours = test.run(words, from: client)
      let theirs = try redis.pipeline([words.map { Array($0.utf8) }])[0]
      var expected = theirs.map { String(decoding: $0, as: UTF8.self) } ?? ""
      if ours.hasPrefix("*") {
        let lines = ours.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
        let found = stride(from: 2, to: lines.count - 1, by: 2).map { lines[$0] }
        if words[0] == "SMISMEMBER" {
          expected = expected.replacing("\n", with: "\r\n")
          #expect(lines.dropFirst().dropLast().joined(separator: "\r\n") == expected, "\(words)")
        } else {
          let wanted = expected.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
          #expect(found.sorted() == (found.isEmpty ? [] : wanted.sorted()), "\(words)")
        }
      } else {
        #expect(ours.dropLast() == expected, "\(words)")
      }
      if step % 100 == 0 {
        #expect(try redis.call("DEBUG", "DIGEST") == "+" + DatasetDigest(test.engine.call.keyspace).text)
      }
    }
    #expect(try redis.call("DEBUG", "DIGEST") == "+" + DatasetDigest(test.engine.call.keyspace).text)
    test.engine.call.keyspace[0].table.forEachElement { $0.set.checkInvariants() }
  }
}
