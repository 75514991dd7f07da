extension ByteBuffer {
  /// Appends a bulk string as it goes over the wire: `$`, length, bytes.
  mutating func append(bulk bytes: Bytes) {
    append("$")
    append(decimal: bytes.count)
    append("\r\n")
    append(bytes)
    append("\r\n")
  }
}
