/// The commands of the group `generic`, and those of `server` that concern the keyspace as a whole.
enum GenericCommands {
  static let list: [any Command.Type] =
    [
      Copy.self, Del.self, Dump.self, Exists.self, Expire.self, ExpireAt.self, ExpireTime.self, Keys.self, Move.self,
      Persist.self, PExpire.self, PExpireAt.self, PExpireTime.self, PTTL.self, RandomKey.self, Rename.self,
      RenameNX.self, Restore.self, RestoreAsking.self, Scan.self, Sort.self, SortReadOnly.self, Touch.self,
      TTL.self, TypeOf.self, Unlink.self,
    ] + [
      Object.self, ObjectEncoding.self, ObjectFreq.self, ObjectHelp.self, ObjectIdleTime.self, ObjectRefCount.self,
    ] + [DBSize.self, FlushAll.self, FlushDB.self, SwapDB.self]
}
