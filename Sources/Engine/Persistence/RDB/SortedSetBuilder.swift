/// Builds a sorted set: of members and scores, or of a ziplist or listpack of both.
struct SortedSetBuilder: CollectionBuilder {
  private let type: RDBType
  private let policy: LoadPolicy
  private var limits: SortedSetLimits { policy.limits.sortedSet }
  private var set: SortedSetValue?
  /// Members still to come; nil before their count.
  private var left: UInt64?
  /// What the shape of a skip list is drawn from: nobody outside can guess it.
  private var random: RandomGenerator

  init(_ type: RDBType, _ policy: LoadPolicy) {
    self.type = type
    self.policy = policy
    random = RandomGenerator(seed: policy.hash(Bytes("sorted set")))
  }

  var value: LoadedValue { self.set.map { .sortedSet($0) } ?? .empty }

  mutating func readPart(_ cursor: inout RDBCursor, _ scratch: inout RDBScratch) throws(RDBCursor.Stop) -> Bool {
    switch type {
    case .sortedSetListpack:
      try adopt(listpack: try cursor.string(into: &scratch.first))
      return true
    case .sortedSetZiplist:
      try convert(ziplist: try cursor.string(into: &scratch.first))
      return true
    default: break
    }
    guard let left else {
      let count = try cursor.length()
      self.left = count
      guard count > 0 else { return true }
      set = .make(for: Int(clamping: count), limits: limits, hash: policy.hash)
      return false
    }
    let member = try cursor.string(into: &scratch.first)
    let score = type == .sortedSet ? try cursor.doubleText() : try cursor.double()
    try add(member, score)
    self.left = left - 1
    return left == 1
  }

  private mutating func add(_ member: Bytes, _ score: Double) throws(RDBCursor.Stop) {
    guard !score.isNaN else { throw .corrupt(.badValue(type, .notANumber)) }
    var set = self.set ?? .make(limits: limits, hash: policy.hash)
    defer { self.set = set }
    guard set.find(member) == nil else { throw .corrupt(.badValue(type, .duplicate)) }
    set.insert(member, score: score, limits: limits, hash: policy.hash, &random)
  }

  private mutating func adopt(listpack bytes: Bytes) throws(RDBCursor.Stop) {
    var before: (score: Double, member: StringValue)?
    var member = StringValue.integer(0)
    var isInOrder = true
    let groups = Listpack.validGroups(bytes, of: 2, limits.listpackEntries, policy) { element, index in
      if index % 2 == 0 {
        member = element
        return true
      }
      guard let score = element.score else { return false }
      if let before, !Self.isAscending(before, (score, member)) { isInOrder = false }
      before = (score, member)
      return true
    }
    guard let groups else { throw .corrupt(.badValue(type, .unsound)) }
    guard groups > 0 else { return }
    let listpack = SortedSetValue.make(listpack: bytes)
    guard isInOrder else {
      defer { listpack.free() }
      return try addAll(of: Listpack(address: listpack.address))
    }
    set = listpack
    if groups > limits.listpackEntries { set?.convertToSkipList(hash: policy.hash, &random) }
  }

  private static func isAscending(_ left: (score: Double, member: StringValue), _ right: (Double, StringValue)) -> Bool
  {
    if left.score != right.0 { return left.score < right.0 }
    return left.member.withBytes { first in right.1.withBytes { first < $0 } }
  }

  /// Adds members one by one, where they are not in the order that a listpack must have.
  private mutating func addAll(of listpack: Listpack) throws(RDBCursor.Stop) {
    var position = listpack.first
    while let here = position {
      let scorePosition = listpack.end(of: here)
      let member = listpack[here].withBytes { $0.array }
      guard let score = listpack[scorePosition].score else { throw .corrupt(.badValue(type, .unsound)) }
      try member.withBytes { view throws(RDBCursor.Stop) in try add(view, score) }
      position = listpack.position(after: scorePosition)
    }
  }

  private mutating func convert(ziplist bytes: Bytes) throws(RDBCursor.Stop) {
    var member: [UInt8]?
    var problem: RDBCursor.Stop?
    let isSound = Ziplist.forEach(in: bytes) { element in
      guard let name = member else {
        member = element.withBytes { $0.array }
        return true
      }
      member = nil
      guard let score = element.score else { return false }
      do throws(RDBCursor.Stop) {
        try name.withBytes { view throws(RDBCursor.Stop) in try add(view, score) }
        return true
      } catch {
        problem = error
        return false
      }
    }
    if let problem { throw problem }
    guard isSound, member == nil else { throw .corrupt(.badValue(type, .unsound)) }
  }
}

extension StringValue {
  /// The score that an element of a compact sorted set is; nil where it is none.
  fileprivate var score: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .bytes(let text): text.parseDouble()
    }
  }
}
