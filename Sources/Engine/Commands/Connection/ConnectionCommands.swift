/// The commands of the group `connection`.
enum ConnectionCommands {
  static let list: [any Command.Type] = [Ping.self, Echo.self, Select.self]
}
