/// The commands of the group `hash`.
enum HashCommands {
  static let list: [any Command.Type] = [
    HDel.self, HExists.self, HExpire.self, HExpireAt.self, HExpireTime.self, HGet.self, HGetAll.self, HGetDel.self,
    HGetEx.self, HIncrBy.self, HIncrByFloat.self, HKeys.self, HLen.self, HMGet.self, HMSet.self, HPersist.self,
    HPExpire.self, HPExpireAt.self, HPExpireTime.self, HPTTL.self, HRandField.self, HScan.self, HSet.self,
    HSetEx.self, HSetNX.self, HStrLen.self, HTTL.self, HVals.self,
  ]
}
