/// Builds a set: of members, of an intset or of a listpack.
struct SetBuilder: CollectionBuilder {
  private let type: RDBType
  private let policy: LoadPolicy
  private var limits: SetLimits { policy.limits.set }
  /// Made with the first member, which says something about the others.
  private var set: SetValue?
  /// Members still to come; nil before their count.
  private var left: UInt64?

  init(_ type: RDBType, _ policy: LoadPolicy) {
    self.type = type
    self.policy = policy
  }

  var value: LoadedValue { self.set.map { .set($0) } ?? .empty }

  mutating func readPart(_ cursor: inout RDBCursor, _ scratch: inout RDBScratch) throws(RDBCursor.Stop) -> Bool {
    guard type == .set else {
      let packed = try cursor.string(into: &scratch.first)
      if type == .setIntset { try adopt(intset: packed) } else { try adopt(listpack: packed) }
      return true
    }
    guard let left else {
      let count = try cursor.length()
      self.left = count
      return count == 0
    }
    let member = try cursor.string(into: &scratch.first)
    var set =
      self.set ?? .make(for: member, expecting: Int(clamping: left), limits, hash: policy.hash)
    let isNew = set.add(member, limits, hash: policy.hash)
    self.set = set
    guard isNew else { throw .corrupt(.badValue(type, .duplicate)) }
    self.left = left - 1
    return left == 1
  }

  private mutating func adopt(intset bytes: Bytes) throws(RDBCursor.Stop) {
    // An empty one is damage, other than with listpacks: as in Redis.
    guard Intset.isValid(bytes, isDeep: true), bytes.load(littleEndianAt: 4, as: UInt32.self) > 0 else {
      throw .corrupt(.badValue(type, .unsound))
    }
    var set = SetValue(Intset.make(bytes))
    if set.count > limits.intsetEntries { set.becomeTable(policy.hash) }
    self.set = set
  }

  private mutating func adopt(listpack bytes: Bytes) throws(RDBCursor.Stop) {
    guard let count = Listpack.validGroups(bytes, of: 1, 0, policy) else {
      throw .corrupt(.badValue(type, .unsound))
    }
    guard count > 0 else { return }
    var set = SetValue(Listpack.make(bytes))
    if count > limits.listpackEntries { set.becomeTable(policy.hash) }
    self.set = set
  }
}
