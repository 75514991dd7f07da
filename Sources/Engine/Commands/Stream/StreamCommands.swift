/// The commands of the group `stream`.
enum StreamCommands {
  static let list: [any Command.Type] =
    [
      XAck.self, XAdd.self, XAutoClaim.self, XClaim.self, XDel.self, XLen.self, XPending.self, XRange.self,
      XRead.self, XReadGroup.self, XRevRange.self, XSetID.self, XTrim.self,
    ] + [
      XGroup.self, XGroupCreate.self, XGroupCreateConsumer.self, XGroupDelConsumer.self, XGroupDestroy.self,
      XGroupHelp.self, XGroupSetID.self,
    ] + [XInfo.self, XInfoConsumers.self, XInfoGroups.self, XInfoHelp.self, XInfoStream.self]
}
