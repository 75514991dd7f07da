/// The commands by which servers follow one another.
enum ReplicationCommands {
  static let list: [any Command.Type] = [
    ReplConf.self, PSync.self, Sync.self, ReplicaOf.self, SlaveOf.self, Role.self, FailoverCommand.self, Wait.self,
    WaitAOF.self,
  ]
}
