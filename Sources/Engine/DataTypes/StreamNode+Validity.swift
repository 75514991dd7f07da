extension StreamNode {
  /// Whether bytes from elsewhere are a node's listpack.
  ///
  /// - Parameter isDeep: whether every entry is looked at; otherwise only the listpack's two ends, and bytes that are
  ///   damaged in between stop the server when it comes to read them.
  static func isValid(_ bytes: Bytes, isDeep: Bool) -> Bool {
    guard isDeep else { return Listpack.isValid(bytes, isDeep: false) && bytes.count > Listpack.headerBytes + 1 }
    var check = StreamNodeCheck()
    return Listpack.isValid(bytes, isDeep: true) { check.accept($0) } && check.isComplete
  }
}

/// Takes a node's elements one by one and says whether each may stand where it does.
private struct StreamNodeCheck {
  private enum Place {
    case count, deleted, fieldCount, zero, flags, milliseconds, sequence, entryFieldCount, elements
    /// This many elements of whatever contents, and what follows them.
    indirect case contents(Int64, then: Place)
  }

  private var place = Place.count
  /// Entries still to come.
  private var entries: Int64 = 0
  private var masterFields: Int64 = 0
  /// Elements that the entry has so far, if it is as it should be.
  private var elements: Int64 = 0
  private var hasSameFields = false

  /// A number of things in a listpack, which none of them can exceed.
  private static let limit: Int64 = 1 << 32

  var isComplete: Bool {
    if case .flags = place { return entries == 0 }
    return false
  }

  mutating func accept(_ element: StringValue) -> Bool {
    if case .contents(let left, let next) = place {
      place = left > 1 ? .contents(left - 1, then: next) : next
      return true
    }
    guard let number = element.integer else { return false }
    switch place {
    case .count:
      entries = number
      place = .deleted
      return isCount(number)
    case .deleted:
      guard isCount(number) else { return false }
      entries += number
      place = .fieldCount
    case .fieldCount:
      guard isCount(number) else { return false }
      masterFields = number
      skip(number, then: .zero)
    case .zero:
      place = .flags
      return number == 0
    case .flags:
      guard entries > 0 else { return false }
      entries -= 1
      hasSameFields = number & StreamNode.Flags.sameFields != 0
      place = .milliseconds
    case .milliseconds: place = .sequence
    case .sequence:
      place = .entryFieldCount
      guard hasSameFields else { return true }
      elements = masterFields + 3
      skip(masterFields, then: .elements)
    case .entryFieldCount:
      guard isCount(number) else { return false }
      elements = number * 2 + 4
      skip(number * 2, then: .elements)
    case .elements:
      place = .flags
      return number == elements
    case .contents: return false
    }
    return true
  }

  private func isCount(_ number: Int64) -> Bool { number >= 0 && number < Self.limit }

  private mutating func skip(_ count: Int64, then next: Place) {
    place = count > 0 ? .contents(count, then: next) : next
  }
}
