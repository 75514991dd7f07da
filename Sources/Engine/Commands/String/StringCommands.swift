/// The commands of the group `string`.
enum StringCommands {
  static let list: [any Command.Type] = [
    Append.self, Decr.self, DecrBy.self, DelEX.self, DelIfEq.self, Digest.self, Get.self, GetDel.self, GetEX.self,
    GetRange.self, GetSet.self, Incr.self,
    IncrBy.self, IncrByFloat.self, LCS.self, MGet.self, MSet.self, MSetEX.self, MSetNX.self, PSetEX.self, SetKey.self,
    SetEX.self,
    SetNX.self, SetRange.self, StrLen.self, SubStr.self,
  ]
}
