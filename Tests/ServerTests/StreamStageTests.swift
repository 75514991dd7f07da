import Foundation
import Testing

/// The thirteen stages about streams (shared reference "stages"), byte for byte.
@Suite(.withServerLogs) struct StreamStageTests {
  private func command(_ words: String...) -> String {
    "*\(words.count)\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
  }

  private func add(_ client: Client, _ id: String, key: String = "stream", field: String = "f", value: String = "v")
    throws
  {
    try client.exchange(command("XADD", key, id, field, value), "$\(id.utf8.count)\r\n\(id)\r\n")
  }

  private func entry(_ id: String, _ field: String = "f", _ value: String = "v") -> String {
    "*2\r\n$\(id.utf8.count)\r\n\(id)\r\n*2\r\n$\(field.utf8.count)\r\n\(field)\r\n$\(value.utf8.count)\r\n\(value)\r\n"
  }

  @Test func tellsTypes() throws {
    try withServer { _, client in
      try client.exchange(command("SET", "some", "foo"), "+OK\r\n")
      try client.exchange(command("TYPE", "some"), "+string\r\n")
      try client.exchange(command("TYPE", "missing"), "+none\r\n")
      try add(client, "0-1")
      try client.exchange(command("TYPE", "stream"), "+stream\r\n")
    }
  }

  @Test func refusesIDsThatDoNotRise() throws {
    let notAbove = "-ERR The ID specified in XADD is equal or smaller than the target stream top item\r\n"
    try withServer { _, client in
      try add(client, "1-1")
      try client.exchange(command("XADD", "stream", "1-1", "f", "v"), notAbove)
      try client.exchange(command("XADD", "stream", "0-3", "f", "v"), notAbove)
      try client.exchange(
        command("XADD", "stream", "0-0", "f", "v"), "-ERR The ID specified in XADD must be greater than 0-0\r\n")
    }
  }

  @Test func makesSequencesAndIDs() throws {
    try withServer { _, client in
      try client.exchange(command("XADD", "stream", "0-*", "f", "v"), "$3\r\n0-1\r\n")
      try client.exchange(command("XADD", "stream", "5-*", "f", "v"), "$3\r\n5-0\r\n")
      try client.exchange(command("XADD", "stream", "5-*", "f", "v"), "$3\r\n5-1\r\n")
      let before = Int64(Date().timeIntervalSince1970 * 1000) - 1000
      let id = try client.command("XADD", "stream", "*", "f", "v").text
      let parts = id.split(separator: "-")
      #expect(parts.count == 2 && parts.last == "0")
      #expect((parts.first.flatMap { Int64($0) } ?? 0) >= before)
    }
  }

  @Test func showsIntervals() throws {
    try withServer { _, client in
      for number in 1...4 { try add(client, "0-\(number)") }
      try client.exchange(command("XRANGE", "stream", "0-2", "0-3"), "*2\r\n" + entry("0-2") + entry("0-3"))
      try client.exchange(command("XRANGE", "stream", "-", "0-2"), "*2\r\n" + entry("0-1") + entry("0-2"))
      try client.exchange(command("XRANGE", "stream", "0-3", "+"), "*2\r\n" + entry("0-3") + entry("0-4"))
    }
  }

  @Test func readsBehindIDs() throws {
    try withServer { _, client in
      try add(client, "0-1", key: "one")
      try add(client, "0-2", key: "two")
      let one = "*2\r\n$3\r\none\r\n*1\r\n" + entry("0-1")
      let two = "*2\r\n$3\r\ntwo\r\n*1\r\n" + entry("0-2")
      try client.exchange(command("XREAD", "STREAMS", "one", "0-0"), "*1\r\n" + one)
      try client.exchange(command("XREAD", "streams", "one", "two", "0-0", "0-1"), "*2\r\n" + one + two)
    }
  }

  @Test func waitsForAnEntry() throws {
    try withServer { server, client in
      try add(client, "0-1")
      let reader = try server.connect()
      try reader.send(command("XREAD", "block", "5000", "streams", "stream", "0-1"))
      try reader.expectSilence()
      try add(client, "0-2")
      try reader.expect("*1\r\n*2\r\n$6\r\nstream\r\n*1\r\n" + entry("0-2"))
      try reader.exchange(command("XREAD", "block", "50", "streams", "stream", "0-2"), "*-1\r\n")
    }
  }

  @Test(arguments: ["0-1", "$"]) func waitsForEver(id: String) throws {
    try withServer { server, client in
      try add(client, "0-1")
      let reader = try server.connect()
      try reader.send(command("XREAD", "block", "0", "streams", "stream", id))
      usleep(1_100_000)
      try reader.expectSilence()
      try add(client, "0-2")
      try reader.expect("*1\r\n*2\r\n$6\r\nstream\r\n*1\r\n" + entry("0-2"))
    }
  }
}
