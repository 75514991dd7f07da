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
  /// That the bytes are sound is looked at always, that the firsts differ only where the policy is deep or there are
  /// more groups than may stay in a listpack: then they become a table.
  /// - Parameters:
  ///   - group: elements of one group: 1 for members, 2 for fields with values, 3 with times of expiry as well.
  ///   - limit: groups that may stay in a listpack; 0 where they are compared in any case, because they will be
  ///     written in another form, which no reader takes with a duplicate.
  ///   - element: gets each element and its index; says whether it may stand there.
  /// - Returns: how many groups there are; nil where it is none.
  static func validGroups(
    _ bytes: Bytes, of group: Int, _ limit: Int, _ policy: LoadPolicy,
    _ element: (StringValue, Int) -> Bool = { _, _ in true }
  ) -> Int? {
    var count = 0
    let isSound = Listpack.isValid(bytes, isDeep: true) { value in
      defer { count += 1 }
      return element(value, count)
    }
    guard isSound, count % group == 0 else { return nil }
    guard policy.isDeep || count / group > limit else { return count / group }
    var firsts: [StringValue] = []
    firsts.reserveCapacity(count / group)
    var index = 0
    _ = Listpack.isValid(bytes, isDeep: true) { value in
      if index % group == 0 { firsts.append(value) }
      index += 1
      return true
    }
    var check = DuplicateCheck(hash: policy.hash)
    for (index, first) in firsts.enumerated() { check.note(first, at: index) }
    return check.isUnique { firsts[$0] } ? firsts.count : nil
  }
}
