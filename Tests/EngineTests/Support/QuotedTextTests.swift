import Testing

@testable import Engine

@Suite struct QuotedTextTests {
  private func words(_ line: String) -> [String]? {
    Array(line.utf8).withBytes { WordSplitter.words(of: $0)?.map { String(decoding: $0, as: UTF8.self) } }
  }

  @Test func splitsAsRedis() {
    #expect(words("") == [])
    #expect(words("  SET a\tb\r\n") == ["SET", "a", "b"])
    #expect(words("\"a b\" 'c d' \"\" ''") == ["a b", "c d", "", ""])
    #expect(words("\"\\x41\\n\\q\\\"\" '\\'\\n'") == ["A\nq\"", "'\\n"])
    #expect(words("pre\"fix ed\"") == ["prefix ed"])
    #expect(words("\"a\"b") == nil && words("'a'b") == nil && words("\"a") == nil && words("'a") == nil)
    #expect(words("\"a\\") == nil && words("\"\\x4\"") == ["x4"])
    #expect(words("a\0b") == ["a"])
  }

  @Test func everyByteComesBack() {
    let bytes = (0...255).map { UInt8($0) }
    var quoted = ByteBuffer()
    bytes.withBytes { quoted.append(quoted: $0) }
    #expect(WordSplitter.words(of: quoted.bytes) == [bytes])
    var text = ByteBuffer()
    text.append(quoted: Bytes("a\"\\\n\r\t\u{7}\u{8}\u{1b}~\u{7f}"))
    #expect(text.text == "\"a\\\"\\\\\\n\\r\\t\\a\\b\\x1b~\\x7f\"")
  }
}
