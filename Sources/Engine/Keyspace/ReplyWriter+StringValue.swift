extension ReplyWriter {
  /// A string value of the keyspace.
  @inline(__always)
  mutating func bulk(_ value: StringValue) {
    switch value {
    case .bytes(let bytes): bulk(bytes)
    case .integer(let integer): bulk(integer: integer)
    }
  }
}
