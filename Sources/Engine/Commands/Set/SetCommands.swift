/// The commands of the group `set`.
enum SetCommands {
  static let list: [any Command.Type] = [
    SAdd.self, SCard.self, SDiff.self, SDiffStore.self, SInter.self, SInterCard.self, SInterStore.self,
    SIsMember.self, SMembers.self, SMIsMember.self, SMove.self, SPop.self, SRandMember.self, SRem.self, SScan.self,
    SUnion.self, SUnionStore.self,
  ]
}

extension Call {
  /// Where the compact forms of sets end now.
  @inline(__always)
  var setLimits: SetLimits {
    SetLimits(
      intsetEntries: configuration.setMaxIntsetEntries, listpackEntries: configuration.setMaxListpackEntries,
      listpackValueBytes: configuration.setMaxListpackValue)
  }

  /// The set at argument `index`, or nil where there is none.
  /// - Throws: `wrongType`.
  @inline(__always)
  mutating func findSet(_ index: Int, for lookup: Lookup) throws(CommandError) -> SetValue? {
    try find(index, as: .set, for: lookup)?.set
  }
}
