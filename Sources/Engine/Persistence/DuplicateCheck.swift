/// Finds out whether strings are all different, without a copy of them: the hashes of all are kept, and only strings
/// of equal hashes are compared.
struct DuplicateCheck {
  private var seen: [(hash: UInt64, position: Int)] = []
  private let hash: KeyHash

  init(hash: KeyHash) { self.hash = hash }

  /// Notes a string.
  /// - Parameter position: what names it when `isUnique` asks for it again.
  mutating func note(_ string: StringValue, at position: Int) {
    seen.append((string.withBytes { hash($0) }, position))
  }

  /// Whether no two of the strings noted are equal. O(n log n).
  /// - Parameter string: the one noted with a position.
  mutating func isUnique(_ string: (Int) -> StringValue) -> Bool {
    seen.sort { $0.hash < $1.hash }
    for index in seen.indices.dropFirst() {
      // Those of one hash stand side by side: few, unless they are equal.
      var other = index - 1
      while other >= 0, seen[other].hash == seen[index].hash {
        let isEqual = string(seen[index].position).withBytes { left in
          string(seen[other].position).withBytes { left == $0 }
        }
        if isEqual { return false }
        other -= 1
      }
    }
    return true
  }
}

extension Listpack {
  /// Whether `bytes` are a listpack of groups, the first of each group there only once.
  ///
  /// - Parameters:
  ///   - group: elements of one group: 1 for members, 2 for fields with values, 3 with times of expiry as well.
  ///   - isDeep: whether the firsts are compared with each other; that bytes are sound is looked at always.
  ///   - element: gets each element and its index; says whether it may stand there.
  /// - Returns: how many groups there are; nil where it is none.
  static func validGroups(
    _ bytes: Bytes, of group: Int, isDeep: Bool, hash: KeyHash, _ element: (StringValue, Int) -> Bool = { _, _ in true }
  ) -> Int? {
    var count = 0
    var firsts: [StringValue] = []
    let isSound = Listpack.isValid(bytes, isDeep: true) { value in
      if isDeep, count % group == 0 { firsts.append(value) }
      defer { count += 1 }
      return element(value, count)
    }
    guard isSound, count % group == 0 else { return nil }
    if isDeep {
      var check = DuplicateCheck(hash: hash)
      for (index, first) in firsts.enumerated() { check.note(first, at: index) }
      guard check.isUnique({ firsts[$0] }) else { return nil }
    }
    return count / group
  }
}
