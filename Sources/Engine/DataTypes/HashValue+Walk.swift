// All fields, some of them, or one by chance.

extension HashValue {
  /// Calls `body` with every field, its value, and its expiry in milliseconds since 1970. The hash must not change
  /// meanwhile.
  func forEach(_ body: (StringValue, StringValue, Int64?) -> Void) {
    if encoding == .hashTable { return forEachField { body(.bytes($0.key), .bytes($0.value), $0.expiry) } }
    let listpack = self.listpack
    let hasExpiries = encoding == .listpackWithExpiry
    var next = listpack.first
    while let position = next {
      let valuePosition = listpack.end(of: position)
      var last = valuePosition
      if hasExpiries { last = listpack.end(of: valuePosition) }
      body(listpack[position], listpack[valuePosition], hasExpiries ? expiry(at: last) : nil)
      next = listpack.position(after: last)
    }
  }

  /// Calls `body` with every field of a table.
  func forEachField(_ body: (HashField) -> Void) {
    unsafe table.pointee.table.forEachElement(body)
  }

  /// Reports fields from `cursor` on, at least those that were there from the first call to the last.
  /// - Returns: the next cursor, 0 at the end. A listpack is reported at once.
  func scan(cursor: UInt64, _ body: (StringValue, StringValue, Int64?) -> Void) -> UInt64 {
    guard encoding == .hashTable else {
      forEach(body)
      return 0
    }
    return unsafe table.pointee.table.scan(cursor: cursor) { body(.bytes($0.key), .bytes($0.value), $0.expiry) }
  }

  /// How many fields there are that do not expire before `moment`. O(1) where none could.
  func count(notBefore moment: Int64) -> Int {
    guard earliestExpiry < moment else { return count }
    var visible = 0
    forEach { _, _, expiry in if expiry.map({ $0 >= moment }) ?? true { visible += 1 } }
    return visible
  }

  /// Calls `body` with a field chosen evenly, its value and its expiry.
  /// - Parameter random: gives 64 random bits at each call.
  /// - Precondition: there are fields.
  func withRandomField(_ random: () -> UInt64, _ body: (StringValue, StringValue, Int64?) -> Void) {
    if encoding == .hashTable {
      guard let field = unsafe table.pointee.table.randomElement(random) else { preconditionFailure("no fields") }
      return body(.bytes(field.key), .bytes(field.value), field.expiry)
    }
    let index = Int(truncatingIfNeeded: UInt64(count).multipliedFullWidth(by: random()).high)
    guard let position = listpack.position(ofIndex: index * stride) else { preconditionFailure("no fields") }
    let valuePosition = listpack.end(of: position)
    body(
      listpack[position], listpack[valuePosition],
      encoding == .listpack ? nil : expiry(at: listpack.end(of: valuePosition)))
  }

  /// A field of a table, chosen evenly, or nil where there is none.
  func randomField(_ random: () -> UInt64) -> HashField? {
    unsafe table.pointee.table.randomElement(random)
  }

  /// Walks all of the hash and stops where something is not as it must be.
  func checkInvariants() {
    if encoding == .hashTable { return unsafe table.pointee.checkInvariants() }
    listpack.checkInvariants()
    precondition(listpack.count % stride == 0)
    var last: Int64? = .min
    forEach { _, _, expiry in
      if encoding == .listpack { return }
      precondition((last ?? .max) <= (expiry ?? .max), "expiries out of order")
      last = expiry
    }
  }
}
