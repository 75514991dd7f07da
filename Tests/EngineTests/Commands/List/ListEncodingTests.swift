import Testing

@testable import Engine

/// How lists are kept, as Redis 7.2 tells: redis-server 7.0 has no lists that are one listpack.
@Suite struct ListEncodingTests {
  private func engine(_ size: String) throws -> TestEngine {
    var configuration = Configuration()
    configuration = try configuration.setting("list-max-listpack-size", to: size)
    configuration = try configuration.setting("enable-debug-command", to: "yes")
    return TestEngine(configuration)
  }

  @Test(arguments: [("4", 4, 2), ("0", 1, 0), ("1", 1, 0), ("9", 9, 4)])
  func growAndShrinkByCount(size: String, most: Int, again: Int) throws {
    var test = try engine(size)
    let client = test.connect()
    func encoding(_ test: inout TestEngine) -> String { test.run("OBJECT ENCODING l", from: client) }
    for number in 1...most {
      _ = test.run("RPUSH l \(number)", from: client)
      #expect(encoding(&test) == "$8\r\nlistpack\r\n")
    }
    _ = test.run("RPUSH l next", from: client)
    #expect(encoding(&test) == "$9\r\nquicklist\r\n")
    _ = test.run("RPOP l", from: client)
    for left in stride(from: most, to: 0, by: -1) {
      let expected = left <= again ? "$8\r\nlistpack\r\n" : "$9\r\nquicklist\r\n"
      #expect(encoding(&test) == expected, "\(left)")
      _ = test.run("LPOP l", from: client)
    }
  }

  /// Every command that adds prepares for it, every one that takes away looks whether the list is small again.
  @Test(arguments: ["LPUSH l x", "RPUSH l x y", "LINSERT l BEFORE 2 x", "LINSERT l AFTER q x", "LMOVE m l LEFT LEFT"])
  func grow(line: String) throws {
    var test = try engine("4")
    let client = test.connect()
    _ = test.run("RPUSH l 1 2 3 4", from: client)
    _ = test.run("RPUSH m 1 2 3 4", from: client)
    _ = test.run(line, from: client)
    #expect(test.run("OBJECT ENCODING l", from: client) == "$9\r\nquicklist\r\n")
  }

  @Test(arguments: ["LPOP l 4", "RPOP l 4", "LTRIM l 4 -1", "LREM l 0 1", "LMPOP 1 l LEFT COUNT 4"])
  func shrink(line: String) throws {
    var test = try engine("4")
    let client = test.connect()
    _ = test.run("RPUSH l 1 1 1 1 2", from: client)
    #expect(test.run("OBJECT ENCODING l", from: client) == "$9\r\nquicklist\r\n")
    _ = test.run(line, from: client)
    #expect(test.run("OBJECT ENCODING l", from: client) == "$8\r\nlistpack\r\n")
  }

  @Test func growByBytes() throws {
    var test = try engine("-1")
    let client = test.connect()
    // The 7 bytes of an empty listpack and the element's own count, not what its encoding takes.
    let most = String(repeating: "x", count: 4089)
    _ = test.run(["RPUSH", "l", most], from: client)
    #expect(test.run("OBJECT ENCODING l", from: client) == "$8\r\nlistpack\r\n")
    _ = test.run(["RPUSH", "m", most + "x"], from: client)
    #expect(test.run("OBJECT ENCODING m", from: client) == "$9\r\nquicklist\r\n")
    _ = test.run(["RPUSH", "l", "x"], from: client)
    #expect(test.run("OBJECT ENCODING l", from: client) == "$9\r\nquicklist\r\n")
    _ = test.run("RPOP l", from: client)
    _ = test.run("LSET l 0 y", from: client)
    #expect(test.run("OBJECT ENCODING l", from: client) == "$8\r\nlistpack\r\n")
  }

  @Test func isDescribed() throws {
    var test = try engine("2")
    let client = test.connect()
    _ = test.run("RPUSH l a b c d e", from: client)
    _ = test.run("RPUSH small a", from: client)
    let reply = test.run("DEBUG OBJECT l", from: client)
    #expect(
      reply.hasSuffix("ql_nodes:3 ql_avg_node:1.67 ql_listpack_max:2 ql_compressed:0 ql_uncompressed_size:36\r\n"),
      "\(reply)")
    #expect(!test.run("DEBUG OBJECT small", from: client).contains("ql_"))
    #expect(test.run("DEBUG QUICKLIST l 1", from: client) == "+Quicklist structure printed on stdout\r\n")
    #expect(test.run("DEBUG LISTPACK l", from: client) == "-ERR Not a listpack encoded object.\r\n")
    #expect(test.run("DEBUG LISTPACK small", from: client) == "+Listpack structure printed on stdout\r\n")
    #expect(test.run("DEBUG QUICKLIST small", from: client) == "-ERR Not a quicklist encoded object.\r\n")
    #expect(
      test.run("DEBUG QUICKLIST-PACKED-THRESHOLD 4gb", from: client)
        == "-ERR argument must be a memory value bigger than 1 and smaller than 4gb\r\n")
    #expect(test.run("DEBUG QUICKLIST-PACKED-THRESHOLD 1b", from: client) == "+OK\r\n")
    _ = test.run("RPUSH l large", from: client)
    #expect(test.run("DEBUG OBJECT l", from: client).contains("ql_nodes:4 "))
  }

  /// What a list takes of memory is what its allocations take, whatever is done to it.
  @Test func isAccountedFor() throws {
    var test = try engine("3")
    let client = test.connect()
    _ = test.run("CONFIG SET list-compress-depth 1", from: client)
    let before = test.engine.call.keyspace[0].valueBytes
    for number in 0..<60 {
      _ = test.run("RPUSH l \(String(repeating: "x", count: number * 5)) \(number)", from: client)
    }
    for line in ["LMOVE l m LEFT RIGHT", "LSET l 5 y", "LINSERT l AFTER y z", "LREM l 0 7", "LTRIM l 2 -3", "COPY l n"]
    {
      _ = test.run(line, from: client)
    }
    for line in ["LPOP l 1000", "DEL m", "RPOP n 50", "UNLINK n"] { _ = test.run(line, from: client) }
    #expect(test.engine.call.keyspace[0].valueBytes == before)
  }
}
