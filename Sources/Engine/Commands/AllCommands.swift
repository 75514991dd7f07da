/// Every command, by group; containers before their subcommands.
enum AllCommands {
  static let list: [any Command.Type] =
    BitmapCommands.list
    + ClusterCommands.list
    + ConnectionCommands.list
    + GenericCommands.list
    + HashCommands.list
    + ListCommands.list
    + HyperLogLogCommands.list
    + GeoCommands.list
    + PubSubCommands.list
    + ReplicationCommands.list
    + ServerCommands.list
    + SetCommands.list
    + SortedSetCommands.list
    + StreamCommands.list
    + StringCommands.list
    + TransactionCommands.list

  /// Commands of Redis 7.2 that are not here, in lower case.
  static let missing = [
    "eval", "eval_ro", "evalsha", "evalsha_ro", "fcall", "fcall_ro", "function", "migrate", "script",
  ]

  /// Whether Redis 7.2 or Ringdove has a command of that name, in lower case. Subcommands do not count.
  static func has(_ name: [UInt8]) -> Bool {
    let name = decoded(name)
    return missing.contains(name) || list.contains { $0.spec.container == nil && $0.spec.name.description == name }
  }
}
