import Testing

@testable import Engine

@Suite struct GlobTests {
  private func matches(_ text: String, _ pattern: String, ignoringCase: Bool = false) -> Bool {
    Array(text.utf8).withBytes { text in
      Array(pattern.utf8).withBytes { Glob.matches(text, pattern: $0, ignoringCase: ignoringCase) }
    }
  }

  @Test func habits() {
    #expect(matches("hello", "h?llo") && matches("hallo", "h[ae]llo") && !matches("hillo", "h[ae]llo"))
    #expect(matches("hbllo", "h[a-b]llo") && matches("hbllo", "h[b-a]llo") && !matches("hello", "h[^e]llo"))
    #expect(matches("heeeello", "h*llo") && matches("hllo", "h*llo") && matches("a*b", "a\\*b"))
    #expect(matches("ab", "a[b") && matches("a]", "a\\]") && matches("ab", "a[]-b]") == false)
    #expect(!matches("", "*") && matches("", "") && matches("a", "a**") && !matches("a", ""))
    #expect(matches("HELLO", "h[a-e]ll*", ignoringCase: true) && !matches("HELLO", "hello"))
    #expect(!matches(String(repeating: "a", count: 60), String(repeating: "a*", count: 40) + "b"))
    #expect(!matches(String(repeating: "a", count: 2000), String(repeating: "*a", count: 1500)))
  }

  @Test(.enabled(if: RealRedis.isInstalled, "needs redis-server")) func agreesWithRedis() throws {
    let redis = try RealRedis()
    var random = RandomGenerator(seed: 11)
    let alphabet: [UInt8] = Array("aabbcAB-]^") + [0x80, 0xFF]
    let texts = (0..<200).map { _ in
      (0...random.next(below: 6)).map { _ in alphabet[random.next(below: alphabet.count)] }
    }
    _ = try redis.pipeline(texts.map { [Array("SET"), $0, Array("1")] })
    let signs: [UInt8] = alphabet + Array("**??[[[\\--]]^")
    let patterns = (0..<5000).map { _ in (0...random.next(below: 9)).map { _ in signs[random.next(below: signs.count)] }
    }
    let replies = try redis.pipeline(patterns.map { [Array("KEYS"), $0] })
    let distinct = Set(texts)
    for (pattern, reply) in zip(patterns, replies) {
      let theirs = Set((reply ?? []).split(separator: 0x0A).map(Array.init))
      let ours = pattern.withBytes { pattern in
        distinct.filter { $0.withBytes { Glob.matches($0, pattern: pattern) } }
      }
      #expect(ours == theirs, "\(String(decoding: pattern, as: UTF8.self))")
    }
  }
}
