import Testing

@testable import Engine

@Suite struct GeoTests {
  @Test func placesAndDistances() {
    Transcript.expect(
      """
      GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania -> :2
      GEOADD g 2.2944692 48.8584625 Paris -> :1
      ZSCORE g Paris -> $16 3663832614298053
      ZSCORE g Palermo -> $16 3479099956230698
      GEOADD g CH 2.2944692 48.8584625 Paris 0 0 origin -> :1
      GEOADD g NX 1 1 Paris -> :0
      GEOADD g XX CH 2.3 48.9 Paris 3 3 nobody -> :1
      GEOPOS g Palermo nobody -> *2 *2 $20 13.36138933897018433 $20 38.11555639549629859 *-1
      GEOPOS nothing a b -> *2 *-1 *-1
      GEOPOS g -> *0
      GEOHASH g Palermo Catania nobody -> *3 $11 sqc8b49rny0 $11 sqdtr74hyu0 $-1
      GEODIST g Palermo Catania -> $11 166274.1516
      GEODIST g Palermo Catania km -> $8 166.2742
      GEODIST g Palermo Catania MI -> $8 103.3182
      GEODIST g Palermo Catania ft -> $11 545518.8700
      GEODIST g Palermo Palermo -> $6 0.0000
      GEODIST g Palermo nobody -> $-1
      GEODIST nothing a b -> $-1
      ZRANGE g 0 -1 -> *4 $6 origin $7 Palermo $7 Catania $5 Paris
      """)
  }

  @Test func searches() {
    Transcript.expect(
      """
      GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 12.758489 38.788135 edge1 -> :3
      GEOADD g 17.241510 38.788135 edge2 2.349 48.8567 Paris -> :2
      GEORADIUS g 15 37 200 km ASC -> *2 $7 Catania $7 Palermo
      GEORADIUS g 15 37 200 km DESC -> *2 $7 Palermo $7 Catania
      GEORADIUS g 15 37 200 km WITHDIST ASC -> *2 *2 $7 Catania $7 56.4413 *2 $7 Palermo $8 190.4424
      GEORADIUS g 15 37 200 km WITHHASH COUNT 1 -> *1 *2 $7 Catania :3479447370796909
      GEORADIUS g 15 37 200 km WITHCOORD WITHDIST WITHHASH COUNT 1 -> *1 *4 $7 Catania $7 56.4413 \
      :3479447370796909 *2 $20 15.08726745843887329 $20 37.50266842333162032
      GEORADIUS_RO g 15 37 100 km -> *1 $7 Catania
      GEORADIUS g 15 37 200 km COUNT 1 ANY -> *1 $7 Palermo
      GEORADIUS g 15 37 1 m -> *0
      GEORADIUS nothing 15 37 1 m -> *0
      GEORADIUSBYMEMBER g Palermo 200 km ASC -> *3 $7 Palermo $5 edge1 $7 Catania
      GEORADIUSBYMEMBER_RO g Palermo 0 m -> *1 $7 Palermo
      GEOSEARCH g FROMLONLAT 15 37 BYBOX 400 400 km ASC WITHDIST -> \
      *4 *2 $7 Catania $7 56.4413 *2 $7 Palermo $8 190.4424 *2 $5 edge2 $8 279.7403 *2 $5 edge1 $8 279.7405
      GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC -> *2 $7 Catania $7 Palermo
      GEOSEARCH g FROMMEMBER Palermo BYRADIUS 200 km DESC COUNT 2 -> *2 $7 Catania $5 edge1
      GEOSEARCHSTORE d g FROMLONLAT 15 37 BYBOX 400 400 km ASC COUNT 3 -> :3
      ZRANGE d 0 -1 -> *3 $7 Palermo $7 Catania $5 edge2
      GEOSEARCHSTORE d g FROMLONLAT 15 37 BYRADIUS 10 m -> :0
      EXISTS d -> :0
      GEORADIUS g 15 37 200 km STORE d -> :2
      ZRANGE d 0 -1 WITHSCORES -> *4 $7 Palermo $16 3479099956230698 $7 Catania $16 3479447370796909
      GEORADIUSBYMEMBER nothing a 1 m STORE d -> :0
      EXISTS d -> :0
      GEOSEARCHSTORE d nothing FROMMEMBER a BYRADIUS 1 m -> :0
      """)
  }

  @Test func refusesWhatIsNotMeant() {
    Transcript.expect(
      """
      GEOADD g 1 1 a -> :1
      SET s v -> +OK
      GEOADD g 181 0 a -> -ERR invalid longitude,latitude pair 181.000000,0.000000
      GEOADD g 0 86 a -> -ERR invalid longitude,latitude pair 0.000000,86.000000
      GEOADD g 0 -85.06 a -> -ERR invalid longitude,latitude pair 0.000000,-85.060000
      GEOADD g x 0 a -> -ERR value is not a valid float
      GEOADD g 1 1 a 2 2 -> -ERR syntax error
      GEOADD g NX XX 1 1 a -> -ERR syntax error
      GEOADD g CH NX XX -> -ERR syntax error
      GEOADD s 1 1 a -> -WRONGTYPE Operation against a key holding the wrong kind of value
      GEOPOS s a -> -WRONGTYPE Operation against a key holding the wrong kind of value
      GEODIST g a a yd -> -ERR unsupported unit provided. please use M, KM, FT, MI
      GEODIST g a a m x -> -ERR syntax error
      GEORADIUS s 1 1 1 m -> -WRONGTYPE Operation against a key holding the wrong kind of value
      GEORADIUS g 1 1 x m -> -ERR need numeric radius
      GEORADIUS g 1 1 -1 m -> -ERR radius cannot be negative
      GEORADIUS g 1 1 1 m COUNT 0 -> -ERR COUNT must be > 0
      GEORADIUS g 1 1 1 m COUNT x -> -ERR value is not an integer or out of range
      GEORADIUS g 1 1 1 m ANY -> -ERR the ANY argument requires COUNT argument
      GEORADIUS g 1 1 1 m STORE d WITHDIST -> \
      -ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD options
      GEORADIUS_RO g 1 1 1 m STORE d -> -ERR syntax error
      GEORADIUSBYMEMBER g nobody 1 m -> -ERR could not decode requested zset member
      GEOSEARCH g FROMLONLAT 1 1 COUNT 1 ASC -> -ERR exactly one of BYRADIUS and BYBOX can be specified for GEOSEARCH
      GEOSEARCH g BYRADIUS 1 m COUNT 1 ASC -> \
      -ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for GEOSEARCH
      GEOSEARCH g FROMMEMBER a FROMLONLAT 1 1 BYRADIUS 1 m -> -ERR syntax error
      GEOSEARCH g FROMLONLAT 1 1 BYRADIUS 1 m BYBOX 1 1 m -> -ERR syntax error
      GEOSEARCH g FROMLONLAT 1 1 BYBOX x 1 m -> -ERR need numeric width
      GEOSEARCH g FROMLONLAT 1 1 BYBOX 1 x m -> -ERR need numeric height
      GEOSEARCH g FROMLONLAT 1 1 BYBOX -1 1 m -> -ERR height or width cannot be negative
      GEOSEARCH g FROMLONLAT 1 1 BYRADIUS 1 m STORE d -> -ERR syntax error
      GEOSEARCHSTORE d g FROMLONLAT 1 1 BYRADIUS 1 m WITHDIST -> \
      -ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options
      GEOSEARCH g FROMLONLAT 200 1 BYRADIUS 1 m -> -ERR invalid longitude,latitude pair 200.000000,1.000000
      """)
  }

  /// Scores that no place has are places all the same.
  @Test func takesAnyScore() {
    for score in ["-5", "1e300", "-1e300", "inf", "-inf", "0.5", "1.5e19", "9223372036854775808", "5e-324"] {
      var test = TestEngine()
      let client = test.connect()
      _ = test.run("ZADD z \(score) a", from: client)
      #expect(test.run("GEOPOS z a", from: client).hasPrefix("*1\r\n*2\r\n"))
      #expect(test.run("GEOHASH z a", from: client).hasPrefix("*1\r\n$11\r\n"))
      #expect(test.run("GEODIST z a a", from: client) == "$6\r\n0.0000\r\n")
      _ = test.run("GEORADIUSBYMEMBER z a 1e300 km WITHCOORD WITHHASH WITHDIST", from: client)
    }
  }

  @Test func propagatesScores() {
    var test = TestEngine()
    test.recordEffects()
    let client = test.connect()
    _ = test.run("GEOADD g CH 13.361389 38.115556 Palermo", from: client)
    _ = test.run("GEOADD g CH 13.361389 38.115556 Palermo", from: client)
    let words = Transcript.flat(String(decoding: test.propagated(), as: UTF8.self)).split(separator: " ")
    #expect(
      words.filter { !$0.hasPrefix("*") && !$0.hasPrefix("$") }.joined(separator: " ").hasSuffix(
        "zadd g CH 3479099956230698 Palermo"))
    #expect(words.count { $0 == "Palermo" } == 1)
  }

  @Test func speaksRESP3() {
    var test = TestEngine()
    let client = test.connect()
    _ = test.run("HELLO 3", from: client)
    _ = test.run("GEOADD g 13.361389 38.115556 Palermo", from: client)
    #expect(
      test.run("GEOPOS g Palermo x", from: client)
        == "*2\r\n*2\r\n,13.36138933897018433\r\n,38.11555639549629859\r\n_\r\n")
    #expect(
      test.run("GEOSEARCH g FROMMEMBER Palermo BYRADIUS 1 m WITHDIST", from: client)
        == "*1\r\n*2\r\n$7\r\nPalermo\r\n$6\r\n0.0000\r\n")
  }

  /// Random places and searches, the same answers as Redis's.
  @Test(.enabled(if: RealRedis.isInstalled), arguments: [1, 2, 3] as [UInt64])
  func findsWhatRedisFinds(seed: UInt64) throws {
    let redis = try RealRedis()
    var test = TestEngine()
    let client = test.connect()
    var random = RandomGenerator(seed: seed)
    func longitude() -> Double { Double(random.next(below: 36001)) / 100 - 180 }
    func latitude() -> Double { Double(random.next(below: 17001)) / 100 - 85 }
    func expectSame(_ line: String) throws {
      let (ours, theirs) = (test.run(line, from: client), try redis.raw(line))
      #expect(Transcript.flat(ours) == Transcript.flat(theirs), "\(line)")
    }
    for number in 0..<300 { try expectSame("GEOADD g \(longitude()) \(latitude()) p\(number)") }
    for _ in 0..<200 {
      let size = [1, 10, 100, 1000, 5000, 20000][random.next(below: 6)] * (1 + random.next(below: 9))
      let other = 1 + random.next(below: size * 2)
      let place = "\(longitude()) \(latitude())"
      switch random.next(below: 4) {
      case 0: try expectSame("GEORADIUS g \(place) \(size) km ASC WITHDIST WITHHASH")
      case 1: try expectSame("GEOSEARCH g FROMLONLAT \(place) BYBOX \(size) \(other) km DESC WITHCOORD")
      case 2: try expectSame("GEOSEARCH g FROMMEMBER p\(size % 300) BYRADIUS \(other) mi")
      default: try expectSame("GEOSEARCH g FROMLONLAT \(place) BYBOX \(size) \(other) km COUNT 3 ANY")
      }
    }
    for number in 0..<100 { try expectSame("GEODIST g p\(number) p\(number + 100) km") }
    for number in 0..<100 { try expectSame("GEOHASH g p\(number)") }
    for number in 0..<100 { try expectSame("GEOPOS g p\(number)") }
  }
}
