/// The text of INFO while it is written: sections with a heading, a line for each field.
struct InfoText: ~Copyable {
  private var buffer = ByteBuffer()

  var text: String { buffer.text }

  /// Begins a section.
  mutating func section(_ title: StaticString) {
    if !buffer.isEmpty { buffer.append("\r\n") }
    buffer.append("# ")
    buffer.append(title)
    buffer.append("\r\n")
  }

  mutating func field(_ name: StaticString, _ value: some BinaryInteger) { field(name, String(value)) }

  mutating func field(_ name: StaticString, _ value: Bool) { field(name, value ? "1" : "0") }

  mutating func field(_ name: StaticString, _ value: String) {
    buffer.append(name)
    line(value)
  }

  mutating func field(_ name: StaticString, _ value: [UInt8]) { field(name, String(decoding: value, as: UTF8.self)) }

  /// A field whose name is put together for the occasion.
  mutating func field(named name: String, _ value: String) {
    buffer.append(text: name)
    line(value)
  }

  /// A number with that many decimals.
  mutating func field(_ name: StaticString, _ value: Double, decimals: Int, suffix: String = "") {
    field(name, value.text(decimals: decimals) + suffix)
  }

  /// A size as people read it: `1.50M`.
  mutating func human(_ name: StaticString, _ byteCount: some BinaryInteger) {
    var size = ByteBuffer()
    size.append(humanSize: UInt64(max(byteCount, 0)))
    field(name, size.text)
  }

  private mutating func line(_ value: String) {
    buffer.append(UInt8(ascii: ":"))
    buffer.append(text: value)
    buffer.append("\r\n")
  }
}

extension Double {
  /// The number with exactly so many decimals, as C's `%.*f` writes it.
  func text(decimals: Int) -> String {
    var buffer = ByteBuffer()
    buffer.append(double: self, decimals: decimals)
    return buffer.text
  }
}
