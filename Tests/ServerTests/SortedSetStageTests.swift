import Foundation
import Testing

/// The eight stages about sorted sets and the eight about places (shared reference "stages"), byte for byte.
@Suite(.withServerLogs) struct SortedSetStageTests {
  private func exchange(_ client: Client, _ words: String, _ reply: String) throws {
    let words = words.split(separator: " ")
    let request = "*\(words.count)\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
    try client.exchange(request, reply.replacing(" ", with: "\r\n") + "\r\n")
  }

  private func text(_ reply: Reply) -> String {
    if case .bulk(let bytes) = reply { String(decoding: bytes, as: UTF8.self) } else { "\(reply)" }
  }

  @Test func addsAndUpdates() throws {
    try withServer { _, client in
      try exchange(client, "ZADD zset 10.0 one", ":1")
      try exchange(client, "ZADD zset 20.0 one", ":0")
      try exchange(client, "ZADD zset 5 two 5 more", ":2")
      try exchange(client, "ZCARD zset", ":3")
      try exchange(client, "ZCARD missing", ":0")
    }
  }

  @Test func ranksByScoreThenMember() throws {
    try withServer { _, client in
      for (score, member) in [("100.0", "foo"), ("100.0", "bar"), ("20.0", "baz"), ("30.1", "caz"), ("40.2", "paz")] {
        try exchange(client, "ZADD zset \(score) \(member)", ":1")
      }
      try exchange(client, "ZRANK zset caz", ":1")
      try exchange(client, "ZRANK zset bar", ":3")
      try exchange(client, "ZRANK zset foo", ":4")
      try exchange(client, "ZRANK zset missing", "$-1")
      try exchange(client, "ZRANK missing foo", "$-1")
      try exchange(client, "ZRANGE zset 2 4", "*3 $3 paz $3 bar $3 foo")
      try exchange(client, "ZRANGE zset 3 100", "*2 $3 bar $3 foo")
      try exchange(client, "ZRANGE zset 4 1", "*0")
      try exchange(client, "ZRANGE missing 0 1", "*0")
      try exchange(client, "ZRANGE zset -2 -1", "*2 $3 bar $3 foo")
      try exchange(client, "ZRANGE zset 0 -3", "*3 $3 baz $3 caz $3 paz")
    }
  }

  @Test func scoresAreShortest() throws {
    try withServer { _, client in
      try exchange(client, "ZADD zset 30.1 caz 100.99 foo 24.34 one", ":3")
      try exchange(client, "ZSCORE zset caz", "$4 30.1")
      try exchange(client, "ZSCORE zset foo", "$6 100.99")
      try exchange(client, "ZSCORE zset missing", "$-1")
      try exchange(client, "ZSCORE missing foo", "$-1")
      try exchange(client, "ZREM zset foo", ":1")
      try exchange(client, "ZREM zset foo", ":0")
      try exchange(client, "ZRANGE zset 0 -1", "*2 $3 one $3 caz")
    }
  }

  @Test func keepsPlacesAsScores() throws {
    try withServer { _, client in
      try exchange(client, "GEOADD places 11.5030378 48.164271 Munich", ":1")
      try exchange(client, "GEOADD places 2.2944692 48.8584625 Paris", ":1")
      try exchange(client, "ZRANGE places 0 -1", "*2 $5 Paris $6 Munich")
      try exchange(client, "ZSCORE places Paris", "$16 3663832614298053")
      let reply = try client.command("GEOADD", "places", "200", "100", "foo")
      guard case .error(let message) = reply else {
        Issue.record("\(reply)")
        return
      }
      #expect(message.hasPrefix("ERR") && message.contains("longitude") && message.contains("latitude"))
      #expect(try client.command("GEOADD", "places", "0", "85.06", "foo") != .integer(1))
    }
  }

  @Test func tellsPlaces() throws {
    try withServer { _, client in
      try exchange(client, "GEOADD places -0.0884948 51.506479 London", ":1")
      guard case .array(let found) = try client.command("GEOPOS", "places", "London", "missing"), found.count == 2,
        case .array(let place) = found[0], place.count == 2
      else {
        Issue.record("no place")
        return
      }
      #expect(abs((Double(text(place[0])) ?? 0) + 0.0884948) < 1e-6)
      #expect(abs((Double(text(place[1])) ?? 0) - 51.506479) < 1e-6)
      #expect(found[1] == .nullArray)
      try exchange(client, "GEOPOS missing London Munich", "*2 *-1 *-1")
    }
  }

  @Test func measuresAndSearches() throws {
    try withServer { _, client in
      try exchange(client, "GEOADD places 11.5030378 48.164271 Munich 2.2944692 48.8584625 Paris", ":2")
      try exchange(client, "GEOADD places -0.0884948 51.506479 London", ":1")
      try exchange(client, "GEODIST places Munich Paris", "$11 682477.7582")
      try exchange(client, "GEOSEARCH places FROMLONLAT 2 48 BYRADIUS 100000 m", "*1 $5 Paris")
      guard
        case .array(let found) = try client.command(
          "GEOSEARCH", "places", "FROMLONLAT", "2", "48", "BYRADIUS", "500000", "m")
      else {
        Issue.record("no array")
        return
      }
      #expect(Set(found.map(text)) == ["Paris", "London"])
      try exchange(client, "GEOSEARCH places FROMLONLAT 11 50 BYRADIUS 300 km", "*1 $6 Munich")
    }
  }
}
