/// The commands of the group `connection`.
enum ConnectionCommands {
  static let list: [any Command.Type] = [
    Ping.self, Echo.self, Select.self, Quit.self, Reset.self, Auth.self, Hello.self,
    Client.self, ClientID.self, ClientInfo.self, ClientList.self, ClientGetName.self, ClientSetName.self,
    ClientSetInfo.self, ClientKill.self, ClientPause.self, ClientUnpause.self, ClientUnblock.self, ClientReply.self,
    ClientBarrier.self,
    ClientNoEvict.self, ClientNoTouch.self, ClientCaching.self, ClientGetRedirection.self, ClientTracking.self,
    ClientTrackingInfo.self, ClientHelp.self,
    Monitor.self,
  ]
}
