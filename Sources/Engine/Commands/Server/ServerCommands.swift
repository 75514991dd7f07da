/// The commands of the group `server`.
enum ServerCommands {
  static let list: [any Command.Type] = [
    AccessControl.self, AccessControlCat.self, AccessControlGenPass.self, AccessControlGetUser.self,
    AccessControlList.self, AccessControlUsers.self, AccessControlWhoAmI.self, AccessControlHelp.self,
    Info.self, Time.self, LolWut.self, Shutdown.self, Debug.self,
    Save.self, BGSave.self, BGRewriteAOF.self, LastSave.self,
    CommandContainer.self, CommandCount.self, CommandInfo.self, CommandDocs.self, CommandList.self,
    CommandGetKeys.self, CommandGetKeysAndFlags.self, CommandHelp.self,
    Config.self, ConfigGet.self, ConfigSet.self, ConfigResetStat.self, ConfigRewrite.self, ConfigHelp.self,
    Latency.self, LatencyLatest.self, LatencyHistory.self, LatencyGraph.self, LatencyDoctor.self, LatencyReset.self,
    LatencyHistogram.self, LatencyHelp.self,
    MemoryContainer.self, MemoryUsage.self, MemoryStats.self, MemoryDoctor.self, MemoryPurge.self,
    MemoryMallocStats.self, MemoryHelp.self,
    Module.self, ModuleList.self, ModuleLoad.self, ModuleLoadEx.self, ModuleUnload.self, ModuleHelp.self,
    SlowLogContainer.self, SlowLogGet.self, SlowLogLen.self, SlowLogReset.self, SlowLogHelp.self,
  ]
}
