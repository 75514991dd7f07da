extension DatasetDigest {
  /// Adds a stream's entries; its groups do not count.
  mutating func add(_ stream: StreamValue) {
    var entries = stream.entries()
    while let entry = entries.next() {
      var id = ByteBuffer(capacity: 41)
      id.append(decimal: entry.id.milliseconds)
      id.append(UInt8(ascii: "."))
      id.append(decimal: entry.id.sequence)
      mix(id.bytes)
      entry.forEachPair { field, value in
        field.withBytes { mix($0) }
        value.withBytes { mix($0) }
      }
    }
  }
}
