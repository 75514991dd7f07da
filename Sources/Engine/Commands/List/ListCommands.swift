/// The commands of the group `list`.
enum ListCommands {
  static let list: [any Command.Type] = [
    BLMove.self, BLMPop.self, BLPop.self, BRPop.self, BRPopLPush.self, LIndex.self, LInsert.self, LLen.self, LMove.self,
    LMPop.self, LPop.self, LPos.self, LPush.self, LPushX.self,
    LRange.self, LRem.self, LSet.self, LTrim.self, RPop.self, RPopLPush.self, RPush.self, RPushX.self,
  ]
}
