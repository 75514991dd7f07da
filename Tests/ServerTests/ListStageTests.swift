import Testing

/// The stages about lists (shared reference "stages") that wait for nobody, byte for byte.
@Suite(.withServerLogs) struct ListStageTests {
  @Test func makesAListAndAppends() throws {
    try withServer { _, client in
      try client.exchange("*3\r\n$5\r\nRPUSH\r\n$1\r\nl\r\n$3\r\nfoo\r\n", ":1\r\n")
      try client.exchange("*3\r\n$5\r\nRPUSH\r\n$1\r\nl\r\n$3\r\nbar\r\n", ":2\r\n")
      try client.exchange("*5\r\n$5\r\nRPUSH\r\n$1\r\nl\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n", ":5\r\n")
    }
  }

  @Test func listsByIndex() throws {
    try withServer { _, client in
      try client.exchange("RPUSH l a b c d e\r\n", ":5\r\n")
      try client.exchange("LRANGE l 0 1\r\n", "*2\r\n$1\r\na\r\n$1\r\nb\r\n")
      try client.exchange("LRANGE l 2 4\r\n", "*3\r\n$1\r\nc\r\n$1\r\nd\r\n$1\r\ne\r\n")
      try client.exchange("LRANGE l 3 100\r\n", "*2\r\n$1\r\nd\r\n$1\r\ne\r\n")
      try client.exchange("LRANGE l 5 6\r\n", "*0\r\n")
      try client.exchange("LRANGE l 3 2\r\n", "*0\r\n")
      try client.exchange("LRANGE missing 0 1\r\n", "*0\r\n")
      try client.exchange("LRANGE l -2 -1\r\n", "*2\r\n$1\r\nd\r\n$1\r\ne\r\n")
      try client.exchange("LRANGE l 0 -4\r\n", "*2\r\n$1\r\na\r\n$1\r\nb\r\n")
      try client.exchange("LRANGE l -100 0\r\n", "*1\r\n$1\r\na\r\n")
    }
  }

  @Test func prependsAndCounts() throws {
    try withServer { _, client in
      try client.exchange("LPUSH l c\r\n", ":1\r\n")
      try client.exchange("LPUSH l b a\r\n", ":3\r\n")
      try client.exchange("LRANGE l 0 -1\r\n", "*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n")
      try client.exchange("LLEN l\r\n", ":3\r\n")
      try client.exchange("LLEN missing\r\n", ":0\r\n")
    }
  }

  @Test func takesOffTheHead() throws {
    try withServer { _, client in
      try client.exchange("RPUSH l a b c d\r\n", ":4\r\n")
      try client.exchange("LPOP l\r\n", "$1\r\na\r\n")
      try client.exchange("LPOP l 2\r\n", "*2\r\n$1\r\nb\r\n$1\r\nc\r\n")
      try client.exchange("LRANGE l 0 -1\r\n", "*1\r\n$1\r\nd\r\n")
      try client.exchange("LPOP missing\r\n", "$-1\r\n")
    }
  }
}
