/// The elements that SORT orders, and the order.
struct SortOrder: ~Copyable {
  /// One element, with what it is compared by.
  private struct Place {
    /// Among `elements`.
    var index: Int
    var score = 0.0
    /// What BY led to.
    var text: StringValue?
  }

  private var elements = BytesList()
  private var places: [Place] = []

  init() {}

  var count: Int { places.count }

  mutating func append(_ element: StringValue) {
    places.append(Place(index: elements.count))
    element.withBytes { elements.append($0) }
  }

  subscript(_ index: Int) -> Bytes { elements[places[index].index] }

  /// Notes what the element at `index` is compared by.
  mutating func setText(_ text: StringValue?, at index: Int) { places[index].text = text }
  mutating func setScore(_ score: Double, at index: Int) { places[index].score = score }

  /// Sorts by number; those that are equal by their own bytes.
  mutating func sortByScore(descending: Bool) {
    places = sorted(descending) { first, second in
      if first.score != second.score { return first.score < second.score ? -1 : 1 }
      return Self.compare(elements[first.index], elements[second.index])
    }
  }

  /// Sorts by bytes: those of the elements themselves, or those noted; elements without any come first.
  mutating func sortByText(usesNoted: Bool, descending: Bool) {
    places = sorted(descending) { first, second in
      guard usesNoted else { return Self.compare(elements[first.index], elements[second.index]) }
      guard let left = first.text, let right = second.text else {
        return (first.text == nil ? 0 : 1) - (second.text == nil ? 0 : 1)
      }
      return left.withBytes { left in right.withBytes { right in Self.compare(left, right) } }
    }
  }

  private static func compare(_ left: Bytes, _ right: Bytes) -> Int {
    if left == right { return 0 }
    return left < right ? -1 : 1
  }

  /// Equal ones keep their order, so that the outcome is the same everywhere.
  private func sorted(_ isDescending: Bool, _ compare: (Place, Place) -> Int) -> [Place] {
    places.sorted { first, second in
      let order = isDescending ? compare(second, first) : compare(first, second)
      return order != 0 ? order < 0 : first.index < second.index
    }
  }
}

extension Bytes {
  /// The number these bytes are for SORT, as C's `strtod` sees it: blanks may come first, a zero byte ends them, and
  /// nothing at all is zero.
  var sortScore: Double? {
    let text = firstIndex(of: 0).map { self[0..<$0] } ?? self
    if text.isEmpty { return 0 }
    var start = 0
    while start < text.count, text[start] == 32 || 9...13 ~= text[start] { start += 1 }
    return text.dropFirst(start).parseDouble()
  }
}
