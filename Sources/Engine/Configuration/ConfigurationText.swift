// Text of configuration files and values. Nothing here is on the request path, so bytes are plain arrays.

/// Splits a line into arguments by Redis's quoting rules (`WordSplitter`).
///
/// - Returns: nil when quotes are not balanced.
func splitArguments(_ line: [UInt8]) -> [[UInt8]]? {
  withBytes(of: line) { WordSplitter.words(of: $0) }
}

/// A value in double quotes, so that `splitArguments` gives it back.
func quotedArgument(_ value: [UInt8]) -> [UInt8] {
  withBytes(of: value) {
    var text = ByteBuffer()
    text.append(quoted: $0)
    return text.array
  }
}

/// Whether `name` matches the pattern of a CONFIG GET, whatever the case of letters.
func matches(_ name: String, pattern: [UInt8]) -> Bool {
  withBytes(of: Array(name.utf8)) { name in
    withBytes(of: pattern) { Glob.matches(name, pattern: $0, ignoringCase: true) }
  }
}

/// A view of `array`, for the time of `body`.
private func withBytes<Result>(of array: [UInt8], _ body: (Bytes) -> Result) -> Result {
  var buffer = ByteBuffer(capacity: array.count)
  buffer.append(array)
  return withExtendedLifetime(buffer) { body($0.bytes) }
}

/// The line without blanks, tabs and line ends at either side.
func trimmedLine(_ line: some Collection<UInt8>) -> [UInt8] {
  let isTrimmed: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D || $0 == 0x0A }
  var bytes = Array(line.drop(while: isTrimmed))
  while let last = bytes.last, isTrimmed(last) { bytes.removeLast() }
  return bytes
}

/// The bytes as text, invalid UTF-8 repaired.
func decoded(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

/// The bytes as text with ASCII letters in lower case.
func lowercasedText(_ bytes: some Collection<UInt8>) -> String { decoded(bytes.map(ASCII.lowercase)) }

/// A decimal integer in its one canonical spelling: no sign but `-`, no leading zeros, no blanks.
func canonicalInteger(_ bytes: some Collection<UInt8>) -> Int? {
  guard let value = Int(decoded(bytes)), String(value).utf8.elementsEqual(bytes) else { return nil }
  return value
}
