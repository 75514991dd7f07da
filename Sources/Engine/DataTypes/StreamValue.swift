/// A stream's contents.
struct StreamValue: CollectionValue {
  private(set) var address: UInt
  private(set) var encoding: Encoding

  init(address: UInt, encoding: Encoding) {
    self.address = address
    self.encoding = encoding
  }

  var count: Int { preconditionFailure() }
  var allocatedBytes: Int { preconditionFailure() }
  var freeEffort: Int { preconditionFailure() }
  func copy() -> StreamValue { preconditionFailure() }
  func free() { preconditionFailure() }
  mutating func drain(limit: Int) -> Bool { preconditionFailure() }
}
