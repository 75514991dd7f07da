/// One of the sets that are combined. A plain set counts as a sorted one whose scores are all 1.
struct SortedSetSource {
  private enum Members {
    case none
    case sorted(SortedSetValue)
    case plain(SetValue)
  }

  private let members: Members
  var weight = 1.0

  /// - Throws: `wrongType` where the key holds neither kind of set.
  init(_ entry: Entry?) throws(CommandError) {
    switch entry?.type {
    case nil: members = .none
    case .sortedSet: members = .sorted(entry!.sortedSet)
    case .set: members = .plain(entry!.set)
    default: throw .wrongType
    }
  }

  var count: Int {
    switch members {
    case .none: 0
    case .sorted(let set): set.count
    case .plain(let set): set.count
    }
  }

  /// Whether both are the same key's.
  func isSame(as other: SortedSetSource) -> Bool {
    switch (members, other.members) {
    case (.sorted(let left), .sorted(let right)): left.address == right.address
    case (.plain(let left), .plain(let right)): left.address == right.address
    default: false
    }
  }

  /// Calls `body` with each member and its score, without the weight, until it returns false.
  func forEach(_ body: (StringValue, Double) -> Bool) {
    switch members {
    case .none: return
    case .sorted(let set):
      var position = set.first
      while let here = position, body(set.member(at: here), set.score(at: here)) {
        position = set.position(after: here)
      }
    case .plain(let set): set.forEach { body($0, 1) }
    }
  }

  /// The score of a member, without the weight.
  func score(of member: Bytes) -> Double? {
    switch members {
    case .none: nil
    case .sorted(let set): set.score(of: member)
    case .plain(let set): set.contains(member) ? 1 : nil
    }
  }
}

/// Several sets, and how one is to be made of them.
struct SortedSetCombination {
  enum Operation { case union, intersection, difference }
  enum Aggregate {
    case sum, minimum, maximum

    func callAsFunction(_ left: Double, _ right: Double) -> Double {
      switch self {
      case .sum:
        let sum = left + right
        // Of infinities that cancel out.
        return sum.isNaN ? 0 : sum
      case .minimum: return right < left ? right : left
      case .maximum: return right > left ? right : left
      }
    }
  }

  let operation: Operation
  var sources: [SortedSetSource]
  var aggregate = Aggregate.sum

  /// What they come to.
  func result(hash: KeyHash, _ random: inout RandomGenerator) -> SkipListBuilder {
    switch operation {
    case .union: return union(hash, &random)
    case .intersection:
      var builder = SkipListBuilder(hash: hash)
      forEachCommon { member, score in
        member.withBytes { builder.add($0, score, &random) { $1 } }
        return true
      }
      return builder
    case .difference: return difference(hash, &random)
    }
  }

  /// The sources, those with few members first.
  private var bySize: [SortedSetSource] { sources.sorted { $0.count < $1.count } }

  private static func weighted(_ score: Double, _ weight: Double) -> Double {
    let product = score * weight
    // Nothing of infinity.
    return product.isNaN ? 0 : product
  }

  private func union(_ hash: KeyHash, _ random: inout RandomGenerator) -> SkipListBuilder {
    var builder = SkipListBuilder(hash: hash)
    for source in bySize {
      source.forEach { member, score in
        let score = Self.weighted(score, source.weight)
        member.withBytes { builder.add($0, score, &random) { aggregate($0, $1) } }
        return true
      }
    }
    return builder
  }

  /// Calls `body` with each member that is in all sources and its score, until it returns false.
  func forEachCommon(_ body: (StringValue, Double) -> Bool) {
    let ordered = bySize
    let smallest = ordered[0]
    smallest.forEach { member, score in
      var total = Self.weighted(score, smallest.weight)
      for index in 1..<max(ordered.count, 1) {
        let other = ordered[index]
        let own: Double? = other.isSame(as: smallest) ? score : member.withBytes { other.score(of: $0) }
        guard let own else { return true }
        total = aggregate(total, own * other.weight)
      }
      return body(member, total)
    }
  }

  private func difference(_ hash: KeyHash, _ random: inout RandomGenerator) -> SkipListBuilder {
    var builder = SkipListBuilder(hash: hash)
    let first = sources[0]
    let others = sources.dropFirst().sorted { $0.count > $1.count }
    if others.contains(where: { $0.isSame(as: first) }) { return builder }
    // Whether to ask the others for each member costs no more than to take their members out again; it has the better
    // constants, which counts as half the work.
    let all = others.reduce(first.count) { $0 + $1.count }
    let asksOthers = first.count * sources.count / 2 <= all
    first.forEach { member, score in
      member.withBytes { bytes in
        if asksOthers, others.contains(where: { $0.score(of: bytes) != nil }) { return }
        builder.add(bytes, score, &random) { $1 }
      }
      return true
    }
    if asksOthers { return builder }
    for other in others {
      other.forEach { member, _ in
        member.withBytes { builder.remove($0) }
        return builder.count > 0
      }
    }
    return builder
  }
}
