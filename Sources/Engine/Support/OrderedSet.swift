/// A set whose order depends on nothing but what was done to it, so that the same events give the same bytes.
///
/// Elements stand in the order they came until one is removed: then the last takes its place.
struct OrderedSet<Element: Hashable> {
  private(set) var elements: [Element] = []
  private var positions: [Element: Int] = [:]

  init() {}

  var count: Int { elements.count }
  var isEmpty: Bool { elements.isEmpty }

  /// Where the element stands, until the next removal.
  func position(of element: Element) -> Int? { positions[element] }

  func contains(_ element: Element) -> Bool { positions[element] != nil }

  /// - Returns: whether the element is new.
  @discardableResult
  mutating func insert(_ element: Element) -> Bool {
    guard positions[element] == nil else { return false }
    positions[element] = elements.count
    elements.append(element)
    return true
  }

  /// - Returns: where the element stood, or nil where there was none.
  @discardableResult
  mutating func remove(_ element: Element) -> Int? {
    guard let position = positions.removeValue(forKey: element) else { return nil }
    let last = elements.removeLast()
    if position < elements.count {
      elements[position] = last
      positions[last] = position
    }
    return position
  }
}
