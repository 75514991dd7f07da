// Fields that expire, and listpacks in which they are ordered by that.

extension HashValue {
  /// Whether any field has an expiry.
  var hasExpiringFields: Bool {
    switch encoding {
    case .hashTable: unsafe table.pointee.expiringCount > 0
    case .listpackWithExpiry: earliestExpiry != .max
    default: false
    }
  }

  /// No field expires before this, milliseconds since 1970; `Int64.max` where none does. O(1).
  var earliestExpiry: Int64 {
    switch encoding {
    case .hashTable: return unsafe table.pointee.earliestExpiry
    case .listpackWithExpiry:
      guard let first = listpack.first else { return .max }
      return expiry(at: listpack.end(of: listpack.end(of: first))) ?? .max
    default: return .max
    }
  }

  /// The expiry that an element of a listpack is; nil where it is 0.
  func expiry(at position: Int) -> Int64? {
    guard let moment = listpack[position].integer, moment != 0 else { return nil }
    return moment
  }

  /// Sets, moves or removes (nil) the expiry of a field.
  /// - Precondition: the field is there.
  mutating func setExpiry(of field: Bytes, to expiry: Int64?) {
    if encoding == .hashTable {
      guard let found = unsafe table.pointee.find(field) else { preconditionFailure("no such field") }
      return unsafe table.pointee.setExpiry(of: found, to: expiry)
    }
    if encoding == .listpack {
      if expiry == nil { return }
      convertForExpiry()
    }
    guard let position = listpack.find(field, skipping: 2) else { preconditionFailure("no such field") }
    let valuePosition = listpack.end(of: position)
    let expiryPosition = listpack.end(of: valuePosition)
    if self.expiry(at: expiryPosition) == expiry { return }
    // The triplet moves: its contents are copied out first.
    let value = listpack[valuePosition].array
    listpack.remove(at: position, count: 3)
    value.withBytes { insert(field, $0, expiry: expiry) }
  }

  /// Sets a field of a listpack.
  mutating func setInListpack(_ field: Bytes, to value: Bytes, expiry change: FieldExpiryChange) -> Bool {
    guard let position = listpack.find(field, skipping: stride - 1) else {
      let expiry = change.applied(to: nil)
      if expiry != nil { convertForExpiry() }
      insert(field, value, expiry: expiry)
      return true
    }
    let valuePosition = listpack.end(of: position)
    listpack.replace(at: valuePosition, with: ListpackElement(value))
    if case .keep = change { return false }
    if case .remove = change, encoding == .listpack { return false }
    setExpiry(of: field, to: change.applied(to: nil))
    return false
  }

  /// Adds a field to a listpack, in the place that its expiry gives it.
  private mutating func insert(_ field: Bytes, _ value: Bytes, expiry: Int64?) {
    if encoding == .listpack {
      listpack.append(field)
      listpack.append(value)
      return
    }
    guard let expiry else {
      listpack.append(field)
      listpack.append(value)
      listpack.append(0)
      return
    }
    let position = positionBehind(expiry)
    // Each goes before the one inserted before it.
    listpack.insert(ListpackElement(expiry), at: position)
    listpack.insert(ListpackElement(value), at: position)
    listpack.insert(ListpackElement(field), at: position)
  }

  /// Where the first field is that expires later than `expiry`, or never.
  private func positionBehind(_ expiry: Int64) -> Int {
    var next = listpack.first
    while let position = next {
      let expiryPosition = listpack.end(of: listpack.end(of: position))
      guard let here = self.expiry(at: expiryPosition), here <= expiry else { return position }
      next = listpack.position(after: expiryPosition)
    }
    return listpack.endPosition
  }

  // MARK: Expired fields

  /// Looks for fields that expired before `moment`: all of a listpack, the next slice of a table.
  ///
  /// Nothing is removed yet: names can be read from what is returned until `remove` takes the fields out.
  /// - Parameter limit: fields of a table to look at, roughly.
  func findExpired(before moment: Int64, limit: Int) -> ExpiredFields {
    var found = ExpiredFields()
    switch encoding {
    case .hashTable:
      let outcome = unsafe table.pointee.findExpired(before: moment, limit: limit, &found.fields)
      found.examined = outcome.examined
      found.isAtEnd = outcome.isAtEnd
      found.count = found.fields.count
    case .listpackWithExpiry:
      found.isAtEnd = true
      var next = listpack.first
      while let position = next {
        let expiryPosition = listpack.end(of: listpack.end(of: position))
        guard let expiry = expiry(at: expiryPosition) else { break }
        found.examined += 1
        guard expiry < moment else { break }
        found.count += 1
        next = listpack.position(after: expiryPosition)
      }
    default: found.isAtEnd = true
    }
    return found
  }

  /// Calls `body` with the name of each field found.
  func forEachName(of found: borrowing ExpiredFields, _ body: (Bytes) -> Void) {
    if encoding == .hashTable {
      for index in 0..<found.fields.count { body(found.fields[index].key) }
      return
    }
    var position = Listpack.headerBytes
    for _ in 0..<found.count {
      listpack[position].withBytes(body)
      position = listpack.end(of: listpack.end(of: listpack.end(of: position)))
    }
  }

  /// Takes out what `findExpired` found just before.
  mutating func remove(_ found: borrowing ExpiredFields) {
    if encoding == .hashTable {
      for index in 0..<found.fields.count { unsafe table.pointee.remove(found.fields[index]) }
      if found.isAtEnd { unsafe table.pointee.finishSweep() }
    } else if found.count > 0 {
      listpack.remove(at: Listpack.headerBytes, count: 3 * found.count)
    }
  }
}

/// What one look for expired fields found.
struct ExpiredFields: ~Copyable {
  /// Those of a table; of a listpack they are the first `count`.
  fileprivate(set) var fields = Slab<HashField>(capacity: 1)
  fileprivate(set) var count = 0
  /// Fields with an expiry that were looked at.
  fileprivate(set) var examined = 0
  /// Whether the look reached the end of the hash.
  fileprivate(set) var isAtEnd = false
}

extension StringValue {
  /// The bytes, copied.
  fileprivate var array: [UInt8] { withBytes { $0.array } }
}
