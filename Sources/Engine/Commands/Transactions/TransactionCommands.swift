/// The commands of the group `transactions`.
enum TransactionCommands {
  static let list: [any Command.Type] = [Multi.self, Exec.self, Discard.self, WatchKeys.self, Unwatch.self]
}
