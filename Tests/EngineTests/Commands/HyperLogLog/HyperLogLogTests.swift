import Testing

@testable import Engine

@Suite struct HyperLogLogTests {
  @Test func elementsAreCounted() {
    Transcript.expect(
      """
      PFADD h                     -> :1
      PFADD h                     -> :0
      PFCOUNT h                   -> :0
      PFADD h a b c d e f g       -> :1
      PFADD h a                   -> :0
      PFCOUNT h                   -> :7
      PFCOUNT h missing           -> :7
      PFCOUNT missing             -> :0
      PFADD other e f g x         -> :1
      PFCOUNT h other             -> :8
      PFMERGE merged h other none -> +OK
      PFCOUNT merged              -> :8
      PFDEBUG ENCODING merged     -> +sparse
      PFDEBUG DECODE merged       -> $103 Z:1646 v:1,1 Z:5645 v:1,1 Z:1085 v:2,1 z:57 v:1,1 Z:4274 v:2,1 Z:2445 v:1,1 Z:622 v:1,1 Z:593 v:2,1 z:9
      PFDEBUG TODENSE merged      -> :1
      PFDEBUG TODENSE merged      -> :0
      PFDEBUG DECODE merged       -> -ERR HLL encoding is not sparse
      PFCOUNT merged              -> :8
      STRLEN merged               -> :12304
      OBJECT ENCODING merged      -> $3 raw
      PFDEBUG WHAT merged         -> -ERR Unknown PFDEBUG subcommand 'WHAT'
      PFDEBUG ENCODING missing    -> -ERR The specified key does not exist
      SET s x                     -> +OK
      PFADD s 1                   -> -WRONGTYPE Key is not a valid HyperLogLog string value.
      PFCOUNT s                   -> -WRONGTYPE Key is not a valid HyperLogLog string value.
      PFMERGE s h                 -> -WRONGTYPE Key is not a valid HyperLogLog string value.
      SET n 12345                 -> +OK
      PFCOUNT n h                 -> -WRONGTYPE Key is not a valid HyperLogLog string value.
      APPEND h x                  -> :39
      PFADD h zz                  -> :1
      PFCOUNT h                   -> -INVALIDOBJ Corrupted HLL object detected
      PFCOUNT h other             -> -INVALIDOBJ Corrupted HLL object detected
      PFMERGE merged h            -> -INVALIDOBJ Corrupted HLL object detected
      PFDEBUG TODENSE h           -> -INVALIDOBJ Corrupted HLL object detected
      SETRANGE merged 4 "\\x02"   -> :12304
      PFCOUNT merged              -> -WRONGTYPE Key is not a valid HyperLogLog string value.
      """)
  }

  /// Registers as no hash can set them: an answer, not a trap, and the one Redis gives.
  @Test func registersBeyondReachAreAnswered() {
    Transcript.expect(
      """
      PFADD h a               -> :1
      PFDEBUG TODENSE h       -> :1
      BITOP NOT inverse h     -> :12304
      SETRANGE inverse 0 HYLL -> :12304
      SETRANGE inverse 4 "\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x80" -> :12304
      PFCOUNT inverse         -> :-9223372036854775808
      """)
  }

  /// The same commands on the engine and on a real server leave the same bytes.
  @Test(.enabled(if: RealRedis.isInstalled), arguments: [3000, 64, 0, 16000])
  func bytesAreRedisOwn(sparseLimit: Int) throws {
    var random = RandomGenerator(seed: UInt64(sparseLimit) + 7)
    let real = try RealRedis(options: ["--hll-sparse-max-bytes", "\(sparseLimit)"])
    var configuration = Configuration()
    configuration.hllSparseMaxBytes = sparseLimit
    var test = TestEngine(configuration)
    let client = test.connect()
    let keys = ["a", "b", "c", "d"]
    for step in 0..<120 {
      func key() -> String { keys[Int(random.next(below: 4))] }
      var words: [String]
      switch random.next(below: 10) {
      case 0: words = ["PFCOUNT", key()]
      case 1: words = ["PFCOUNT", key(), key(), key()]
      case 2: words = ["PFMERGE", key(), key(), key()]
      case 3: words = ["DEL", key()]
      default:
        words = ["PFADD", key()]
        let size = random.next(below: 40)
        for _ in 0..<random.next(below: size == 0 ? 900 : 20) {
          words.append(String(repeating: "e", count: Int(random.next(below: 12))) + "\(random.next(below: 4000))")
        }
      }
      let request = "*\(words.count)\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
      let ours = test.run(words, from: client)
      let theirs = String(decoding: try real.exchange(Array(request.utf8), replies: 1), as: UTF8.self)
      try #require(ours == theirs, "\(step): \(words.prefix(4))")
      for key in keys {
        let bytes = try real.pipeline([[Array("GET".utf8), Array(key.utf8)]])[0]
        try #require(value(of: key, &test) == bytes, "\(step): \(words.prefix(4))")
      }
    }
  }

  private func value(of key: String, _ test: inout TestEngine) -> [UInt8]? {
    Array(key.utf8).withBytes { key in
      let hash = test.engine.call.keyspace.hash(key)
      return test.engine.call.keyspace[0].find(key, hash: hash)?.string.withBytes { $0.array }
    }
  }

  @Test func selfTestPasses() {
    var test = TestEngine()
    let client = test.connect()
    #expect(test.run("PFSELFTEST", from: client) == "+OK\r\n")
  }

  @Test func keptCardinalitiesPropagate() {
    var test = TestEngine()
    let client = test.connect()
    test.recordEffects()
    for line in ["PFADD h a", "PFADD h a", "PFCOUNT h", "PFCOUNT h", "PFCOUNT h none", "PFDEBUG TODENSE h"] {
      _ = test.run(line, from: client)
    }
    let words = String(decoding: test.propagated(), as: UTF8.self).split(separator: "\r\n").map(String.init)
    #expect(words.filter { $0.hasPrefix("PF") } == ["PFADD", "PFCOUNT", "PFDEBUG"])
  }
}
